//! `diagnose POD`: reads what the cluster, and on demand the registry, know of it,
//! by at most four calls of kubectl.

use std::collections::BTreeMap;

use crate::cluster::pod_context::{PodContext, SecretName};
use crate::cluster::pods::{Event, Need, Pod, Stage};
use crate::cluster::refusal::namespace_flag;
use crate::cluster::{Kubectl, Scope};
use crate::commands::options::PodDiagnosis;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::distribution;
use crate::error::{Error, Failures};
use crate::kubelet::cause::{self, Cause};
use crate::kubelet::{self, Diagnosis, Reference, State};
use crate::output::pod_diagnosis;
use crate::registry::credential::Credential;
use crate::registry::expiry;
use crate::registry::reference::ImageReference;
use crate::selection::pull_secret::{self, Value};
use crate::selection::verification;
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::shell;

/// The kubelet tries again at the latest after so many seconds.
/// Source: Kubernetes 1.37, `pkg/kubelet/kubelet.go` (`MaxImageBackOff`).
const MAX_BACK_OFF: u64 = 300;

/// Diagnoses a Pod, or the newest failing one of a workload.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where a pull cannot succeed.
pub(super) fn run(options: PodDiagnosis, environment: &Environment) -> Result<(), Failures> {
    let registries = options.verify.map(|trust| trust.registries(environment));
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let pod = find(&kubectl, options.namespace.as_deref(), &options.kind, &options.name)?;
    let names: Vec<&str> = pod.pull_secrets().collect();
    let secrets = Secrets::read(&kubectl, &pod, Some(pod.account()), &names)?;
    let needs = pod.needs();
    let (events, elsewhere) = read_more(&kubectl, &pod, &needs, &secrets);
    let mut images: Vec<Evidence<'_>> =
        needs.iter().map(|need| evidence(need, &needs, &events, &names, &secrets)).collect();
    add_account(&kubectl, &pod, &secrets, &mut images)?;
    if let Some(registries) = &registries {
        ask(registries, &mut images);
    }
    let of_pod = of_pod(&pod, elsewhere);
    pod_diagnosis::tell(images, &of_pod, options.output, options.reveal)
}

/// The Pod of this name, or the newest failing one of a workload, else its newest.
fn find(kubectl: &Kubectl, namespace: Option<&str>, kind: &str, name: &str) -> Result<Pod, Error> {
    if kind == "pod" {
        return kubectl.pod(namespace, name);
    }
    let workload = format!("{kind}/{name}");
    let pods = kubectl.pods(Scope::Namespace(namespace))?;
    let made = pods.into_iter().filter(|pod| pod.is_of(&workload));
    made.max_by_key(|pod| (pod.fails_to_pull(), pod.created().to_owned())).ok_or_else(|| {
        Error::Cluster {
            said: format!("there is no Pod of {workload}"),
            namespace: namespace.map(clean),
            hint: format!(
                "see why none was made: {}{}",
                shell::command(["kubectl", "describe", &workload]),
                namespace_flag(namespace)
            ),
        }
    })
}

/// Pull Secrets, and a service account, as far as they could be looked at.
struct Secrets {
    around: PodContext,
    values: BTreeMap<String, Value>,
}

impl Secrets {
    fn read(
        kubectl: &Kubectl,
        pod: &Pod,
        account: Option<&str>,
        names: &[&str],
    ) -> Result<Self, Error> {
        let around = kubectl.pod_context(pod.namespace(), account, names)?;
        let values: BTreeMap<String, Value> = around
            .secrets
            .iter()
            .map(|live| (live.metadata.name.clone(), Value::of_live(live)))
            .collect();
        if let Some(refused) = &around.refused {
            let mut unseen: Vec<String> = names
                .iter()
                .filter(|name| !values.contains_key(**name))
                .map(|name| format!("Secret {}", clean(name)))
                .collect();
            let has_account = account.is_none() || around.account.is_some();
            unseen.extend(
                (!has_account).then(|| format!("service account {}", clean(pod.account()))),
            );
            let (what, why) = (unseen.join(", "), refused.error(None));
            messages::warning(&format!("not looked at: {what}: {why}"));
        }
        Ok(Self { around, values })
    }

    /// Whether all of these could be looked at, be they there or not.
    fn is_known(&self, names: &[&str]) -> bool {
        self.around.refused.is_none() || names.iter().all(|name| self.values.contains_key(*name))
    }

    fn diagnose(&self, names: &[&str], image: &ImageReference) -> Option<Diagnosis> {
        let references: Vec<Reference<'_>> = names
            .iter()
            .map(|name| Reference {
                name,
                state: self.values.get(*name).map_or(State::Missing, Value::state),
            })
            .collect();
        self.is_known(names)
            .then(|| kubelet::diagnose(&references, &image.repository(), clock::now()))
    }

    /// When the last of the Secrets was written that match, as RFC 3339.
    fn written(&self, diagnosis: &Diagnosis) -> &str {
        let is_it = |name: &str| diagnosis.candidates.iter().any(|(secret, _)| secret == name);
        let matching = self.around.secrets.iter().filter(|live| is_it(&live.metadata.name));
        matching.map(|live| live.metadata.written()).max().unwrap_or_default()
    }
}

/// Two calls more at the most: what the cluster noted, unless the Pod says itself
/// why it waits and a Secret is missing; then where that may be instead.
fn read_more(
    kubectl: &Kubectl,
    pod: &Pod,
    needs: &[Need<'_>],
    secrets: &Secrets,
) -> (Vec<Event>, Vec<SecretName>) {
    let is_told = |need: &Need<'_>| words_of(need, needs).is_some() || need.stage.is_beyond_pull();
    let is_told = needs.iter().all(is_told);
    let is_missing = secrets.around.refused.is_none()
        && pod.pull_secrets().any(|name| !secrets.values.contains_key(name));
    let mut events = Vec::new();
    if !is_told || !is_missing {
        events = kubectl.events(pod).unwrap_or_else(|error| {
            messages::warning(&format!("not looked at: events: {error}"));
            Vec::new()
        });
    }
    if !is_missing {
        return (events, Vec::new());
    }
    // Many may look into their own namespace only.
    let elsewhere = kubectl.secret_names(Scope::All, None).or_else(|error| {
        messages::detail(&format!("not looked at: Secrets of other namespaces: {error}"));
        if is_told {
            kubectl.secret_names(Scope::Namespace(Some(pod.namespace())), None)
        } else {
            Err(error)
        }
    });
    (events, elsewhere.unwrap_or_default())
}

/// The words about the pull of an image in what its container waits with, or one
/// that waits for the image volume.
fn words_of<'a>(need: &Need<'_>, needs: &[Need<'a>]) -> Option<&'a str> {
    let mut containers = needs.iter().filter(|one| !one.stage.is_before_pull());
    containers.find_map(|one| {
        let Stage::Waiting(_, message) = one.stage else { return None };
        let is_own = one.name == need.name && waits_for(one, needs).is_none();
        let is_it = is_own || need.is_volume && is_about(message, need);
        is_it.then(|| cause::words(message, need.image)).flatten()
    })
}

/// The image volume that a container waits for, before its own image.
fn waits_for<'n>(need: &Need<'_>, needs: &'n [Need<'_>]) -> Option<&'n str> {
    let Stage::Waiting(_, message) = need.stage else { return None };
    let mut volumes = needs.iter().filter(|one| one.is_volume && !is_about(message, need));
    volumes.find(|volume| is_about(message, volume)).map(|volume| volume.name.as_str())
}

/// Whether a message names this image, as it is written or in full.
fn is_about(message: &str, need: &Need<'_>) -> bool {
    let in_full = ImageReference::parse(need.image).map(|image| image.repository());
    message.contains(need.image) || in_full.is_ok_and(|repository| message.contains(&repository))
}

fn evidence<'a>(
    need: &Need<'a>,
    needs: &[Need<'a>],
    events: &[Event],
    names: &[&str],
    secrets: &Secrets,
) -> Evidence<'a> {
    let image = ImageReference::parse(need.image);
    let diagnosis = image.as_ref().ok().and_then(|image| secrets.diagnose(names, image));
    let failures = || events.iter().rev().filter(|event| event.is_failure_of(need));
    let of_events = failures().filter_map(|event| cause::words(&event.message, need.image));
    let all: Vec<&str> = words_of(need, needs).into_iter().chain(of_events).collect();
    // That it does not try now says less than why it failed before.
    let says_why = |words: &&&str| Cause::of(words, need.image) != Some(Cause::Busy);
    let words = all.iter().find(says_why).or(all.first()).map(|words| (*words).to_owned());
    let waits_for = waits_for(need, needs).map(str::to_owned);
    let stage = if waits_for.is_some() { Stage::Unknown } else { need.stage };
    let of_words = words.as_deref().and_then(|words| Cause::of(words, need.image));
    let cause = of_words.or_else(|| of_reason(stage));
    // Events are kept for an hour; without them the last try is not long ago.
    let failed = failures().map(|event| event.at().to_owned()).max();
    let failed =
        failed.unwrap_or_else(|| expiry::rfc3339(clock::now().saturating_sub(MAX_BACK_OFF)));
    let is_changed = diagnosis.as_ref().is_some_and(|it| secrets.written(it) > failed.as_str());
    let need = Need { name: need.name.clone(), stage, ..*need };
    Evidence {
        need,
        image,
        words,
        cause,
        diagnosis,
        waits_for,
        of_account: None,
        is_changed,
        asked: None,
    }
}

/// What the kubelet's reason means where it gives no words.
/// Source: Kubernetes 1.37, `pkg/kubelet/images/types.go`.
fn of_reason(stage: Stage<'_>) -> Option<Cause> {
    let Stage::Waiting(reason, _) = stage else { return None };
    match reason {
        "InvalidImageName" => Some(Cause::InvalidName),
        "ErrImageNeverPull" => Some(Cause::NeverPull),
        "RegistryUnavailable" => Some(Cause::Unreachable),
        "SignatureValidationFailed" => Some(Cause::Signature),
        _ => None,
    }
}

/// What the service account's list would do for the images that nothing of the
/// Pod's own matches, where all of that is there: the last call.
fn add_account(
    kubectl: &Kubectl,
    pod: &Pod,
    secrets: &Secrets,
    images: &mut [Evidence<'_>],
) -> Result<(), Error> {
    let Some(account) = &secrets.around.account else { return Ok(()) };
    let names: Vec<&str> = account.pull_secrets().filter(|name| !pod.brings(name)).collect();
    let is_wanted = |one: &Evidence<'_>| {
        let failed = !one.need.stage.is_beyond_pull();
        let is_empty = one.diagnosis.as_ref().is_some_and(|it| it.candidates.is_empty());
        failed && is_empty && !one.findings().iter().any(|it| it.problem.is_skipped())
    };
    if names.is_empty() || !images.iter().any(is_wanted) {
        return Ok(());
    }
    let of_account = Secrets::read(kubectl, pod, None, &names)?;
    for one in images.iter_mut().filter(|one| is_wanted(one)) {
        let image = one.image.as_ref().ok();
        one.of_account = image.and_then(|image| of_account.diagnose(&names, image));
    }
    Ok(())
}

fn of_pod(pod: &Pod, elsewhere: Vec<SecretName>) -> PodEvidence {
    PodEvidence {
        name: pod.name().to_owned(),
        namespace: pod.namespace().to_owned(),
        is_made: pod.is_made(),
        is_static: pod.is_static(),
        idle: pod.idle(),
        list: pod.pull_secrets().map(str::to_owned).collect(),
        account: pod.account().to_owned(),
        elsewhere,
    }
}

/// Asks the registries with what the kubelet would send.
fn ask(registries: &distribution::Registries, images: &mut [Evidence<'_>]) {
    let sent: Vec<Option<(ImageReference, Vec<Credential>)>> = images
        .iter()
        .map(|one| {
            let (image, diagnosis) = (one.image.as_ref().ok()?, one.diagnosis.as_ref()?);
            let candidates = diagnosis.candidates.iter().map(|(_, candidate)| candidate.clone());
            Some((image.clone(), candidates.filter_map(pull_secret::sent).collect()))
        })
        .collect();
    let asked: Vec<verification::Asked<'_>> = sent
        .iter()
        .flatten()
        .map(|(image, credentials)| verification::pull(image, credentials.iter().collect()))
        .collect();
    let mut verdicts = verification::ask(registries, &asked).into_iter();
    for (one, sent) in images.iter_mut().zip(&sent) {
        one.asked = sent.as_ref().and_then(|_| verdicts.next());
    }
}
