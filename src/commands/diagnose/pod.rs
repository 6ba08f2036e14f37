//! `diagnose POD`: reads what the cluster, and on demand the registry, know of a Pod,
//! by at most seven calls of kubectl.

use crate::cluster::error::{ClusterError, Remedy};
use crate::cluster::pod_context::{PodContext, SecretName};
use crate::cluster::pods::{Event, Pod, PodImage};
use crate::cluster::{Kubectl, Scope, Selectors};
use crate::commands::options::PodDiagnosis;
use crate::diagnose::collect::{self, Reading};
use crate::diagnose::evidence::{DroppedReference, Evidence, PodEvidence};
use crate::diagnose::messages::waiting_message;
use crate::diagnose::secrets::PodSecrets;
use crate::distribution::Registries;
use crate::error::{Error, Failures};
use crate::kubelet::{Candidate, SecretKind};
use crate::manifest::edit;
use crate::output::entries::Passwords;
use crate::output::{Listing, json, pod_diagnosis, yaml};
use crate::registry::credential::Credential;
use crate::registry::reference::ImageReference;
use crate::selection::verification;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::{clock, output_stream};

/// Diagnoses a Pod, or the newest failing one of a workload.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where a pull cannot succeed.
pub(super) fn run(options: PodDiagnosis, environment: &Environment) -> Result<(), Failures> {
    let registries = options.verify.map(|trust| trust.registries(environment));
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let pod = find(&kubectl, options.namespace.as_deref(), &options.kind, &options.name)?;
    let names: Vec<&str> = pod.pull_secrets().collect();
    let around = read_around(&kubectl, &pod, Some(pod.account()), &names)?;
    let secrets = PodSecrets::new(&around.secrets, around.refused.is_none());
    let images = pod.images();
    let (events, secret_names) = read_more(&kubectl, &pod, &images, &secrets);
    let reading = Reading {
        images: &images,
        events: &events,
        names: &names,
        secrets: &secrets,
        now: clock::now(),
    };
    let mut evidence = reading.evidence();
    add_account(&kubectl, &pod, &around, &mut evidence)?;
    add_matching(&kubectl, &pod, &mut evidence);
    if let Some(registries) = &registries {
        ask(registries, &mut evidence);
    }
    let passwords = if options.reveal { Passwords::Shown } else { Passwords::Hidden };
    let sandbox_failure = collect::sandbox_failure(&events);
    let misplaced = misplaced(&kubectl, &pod, &evidence);
    let pod = PodEvidence {
        sandbox_failure,
        misplaced,
        unchangeable: secrets.unchangeable(),
        ..PodEvidence::of(&pod, around.account.as_ref(), secret_names)
    };
    let mut answer = pod_diagnosis::answer(evidence, &pod, passwords);
    answer.add_flags(&options.kubectl.flags);
    output_stream::print(&match options.output {
        Listing::Table(_) => pod_diagnosis::text(&answer),
        Listing::Json => json::render(&answer)?,
        Listing::Yaml => yaml::render(&answer)?,
    })?;
    if answer.problems() > 0 {
        let domains = images.iter().filter_map(|image| ImageReference::parse(image.reference).ok());
        let domains: Vec<ImageReference> = domains.collect();
        kubectl.note_registry_of_nodes(domains.iter().map(|image| image.domain().as_str()));
    }
    Failures::of_problems(answer.problems())
}

/// Returns the Pod of this name, or the newest failing one of a workload, else its
/// newest.
fn find(kubectl: &Kubectl, namespace: Option<&str>, kind: &str, name: &str) -> Result<Pod, Error> {
    if kind == "pod" {
        return Ok(kubectl.pod(namespace, name)?);
    }
    let workload = format!("{kind}/{name}");
    let pods = kubectl.pods(Scope::Namespace(namespace))?;
    let of_workload = pods.into_iter().filter(|pod| pod.is_of(&workload));
    let newest = of_workload.max_by_key(|pod| (pod.fails_to_pull(), pod.created().to_owned()));
    newest.ok_or_else(|| {
        Error::from(ClusterError::Refused {
            said: format!("no Pod of {workload} found"),
            namespace: namespace.map(clean),
            remedy: Some(Remedy::DescribeWorkload(workload.clone())),
        })
    })
}

/// Reads Secrets, and a service account if one is named; warns of what could not be
/// read.
fn read_around(
    kubectl: &Kubectl,
    pod: &Pod,
    account: Option<&str>,
    names: &[&str],
) -> Result<PodContext, Error> {
    let around = kubectl.pod_context(pod.namespace(), account, names)?;
    if let Some(refused) = &around.refused {
        let is_read = |name: &str| around.secrets.iter().any(|live| live.metadata.name == name);
        let unread = names.iter().filter(|name| !is_read(name));
        let mut unread: Vec<String> =
            unread.map(|name| format!("Secret {}", clean(name))).collect();
        if let Some(account) = account.filter(|_| around.account.is_none()) {
            unread.push(format!("service account {}", clean(account)));
        }
        let reason = refused.error(None);
        messages::warning(&format!("could not read {}: {reason}", unread.join(", ")));
    }
    Ok(around)
}

/// Reads by at most two calls more: the events, unless the Pod itself says why it waits
/// and a Secret is missing; then the names of Secrets that may be meant.
fn read_more(
    kubectl: &Kubectl,
    pod: &Pod,
    images: &[PodImage<'_>],
    secrets: &PodSecrets,
) -> (Vec<Event>, Vec<SecretName>) {
    let is_explained = images
        .iter()
        .all(|image| image.state.is_beyond_pull() || waiting_message(image, images).is_some());
    let is_missing = pod.pull_secrets().any(|name| secrets.is_missing(name));
    let mut events = Vec::new();
    if !is_explained || !is_missing {
        events = kubectl.events(pod).unwrap_or_else(|error| {
            messages::warning(&format!("could not read events: {error}"));
            Vec::new()
        });
    }
    if !is_missing {
        return (events, Vec::new());
    }
    let everywhere = kubectl.secret_names(Scope::All, None).or_else(|error| {
        messages::detail(&format!("could not read Secrets of other namespaces: {error}"));
        // Many may read their own namespace only; that would be the fifth call after
        // the events.
        if is_explained {
            kubectl.secret_names(Scope::Namespace(Some(pod.namespace())), None)
        } else {
            Err(error)
        }
    });
    (events, everywhere.unwrap_or_default())
}

/// Adds, by the last call, what the service account's Secrets would do for the images
/// that nothing of the Pod's own matches.
fn add_account(
    kubectl: &Kubectl,
    pod: &Pod,
    around: &PodContext,
    evidence: &mut [Evidence<'_>],
) -> Result<(), Error> {
    let Some(account) = &around.account else { return Ok(()) };
    let names: Vec<&str> = account.pull_secrets().filter(|name| !pod.references(name)).collect();
    if names.is_empty() || !evidence.iter().any(collect::needs_account) {
        return Ok(());
    }
    let of_account = read_around(kubectl, pod, None, &names)?;
    let secrets = PodSecrets::new(&of_account.secrets, of_account.refused.is_none());
    for one in evidence.iter_mut().filter(|one| collect::needs_account(one)) {
        let reference = one.reference.as_ref().ok();
        one.account_diagnosis =
            reference.and_then(|image| secrets.diagnose(&names, image, clock::now()));
    }
    Ok(())
}

/// Adds, by one call more, which pull Secrets of the namespace would serve the images that
/// no reference of the Pod serves.
fn add_matching(kubectl: &Kubectl, pod: &Pod, evidence: &mut [Evidence<'_>]) {
    if !evidence.iter().any(collect::needs_matching) {
        return;
    }
    let (scope, kind) = (Scope::Namespace(Some(pod.namespace())), SecretKind::DockerConfigJson);
    let secrets = kubectl.secrets(scope, kind, Selectors::default()).unwrap_or_else(|error| {
        messages::detail(&format!("could not read the pull Secrets of the namespace: {error}"));
        Vec::new()
    });
    let secrets = PodSecrets::new(&secrets, true);
    for one in evidence.iter_mut().filter(|one| collect::needs_matching(one)) {
        let Ok(image) = &one.reference else { continue };
        let others = secrets.serving(image, clock::now());
        one.matching = others.filter(|name| !pod.references(name)).map(str::to_owned).collect();
    }
}

/// Returns the references that the API server dropped, of a Pod or of what makes it, as far
/// as `kubectl apply` noted them; by one call more where another workload makes the Pod that
/// lacks a reference.
fn misplaced(kubectl: &Kubectl, pod: &Pod, evidence: &[Evidence<'_>]) -> Vec<DroppedReference> {
    let mut applied = pod.last_applied().map(str::to_owned);
    if pod.has_owner() && evidence.iter().any(collect::lacks_reference) {
        applied = kubectl.last_applied(pod.namespace(), &pod.workload()).unwrap_or_else(|error| {
            messages::detail(&format!("could not read {}: {error}", clean(&pod.workload())));
            None
        });
    }
    let stream = applied.and_then(|text| edit::read(&text).ok());
    let objects = stream.map(|stream| stream.objects).unwrap_or_default();
    objects.iter().flat_map(DroppedReference::of).collect()
}

/// Asks the registries with what the kubelet would send.
fn ask(registries: &Registries, evidence: &mut [Evidence<'_>]) {
    let sent: Vec<Option<(ImageReference, Vec<Credential>)>> = evidence
        .iter()
        .map(|one| {
            let (image, diagnosis) = (one.reference.as_ref().ok()?, one.diagnosis.as_ref()?);
            let candidates = diagnosis.candidates.iter().map(|(_, candidate)| candidate.clone());
            Some((image.clone(), candidates.filter_map(Candidate::sent).collect()))
        })
        .collect();
    let questions: Vec<verification::Asked<'_>> = sent
        .iter()
        .flatten()
        .map(|(image, credentials)| verification::pull(image, credentials.iter().collect()))
        .collect();
    let mut answers = verification::ask(registries, &questions).into_iter();
    for (one, sent) in evidence.iter_mut().zip(&sent) {
        one.registry = sent.as_ref().and_then(|_| answers.next());
    }
}
