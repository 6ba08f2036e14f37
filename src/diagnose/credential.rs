//! What keeps an image from being pulled and is a matter of its credential.

use secrecy::ExposeSecret;

use crate::diagnose::evidence::{DroppedReference, Evidence, PodEvidence};
use crate::diagnose::hints::{self, Surroundings};
use crate::diagnose::node;
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::distribution::Outcome;
use crate::kubelet::cause::Cause;
use crate::kubelet::{Candidate, Finding, Miss, Problem};
use crate::registry::credential::{Caution, Login, for_pull_secret, shown_username};
use crate::registry::hosts;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::registry::users;
use crate::system::messages::{clean, first_few};

/// So many namespaces that hold a missing Secret are named.
const NAMED: usize = 3;

/// Judges what the registry refused, or a failure for unknown reasons.
pub(super) fn judge(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    if evidence.diagnosis.is_none() {
        return with_unread_secrets(evidence, pod, image);
    }
    unusable(evidence, pod, image)
        .or_else(|| without_candidates(evidence, pod, image))
        .or_else(|| with_candidates(evidence, pod, image))
}

/// Returns what keeps all Secrets or entries that the Pod needs from being of use.
pub(super) fn unusable(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let finding = if evidence.candidates().is_empty() {
        evidence.find(Problem::is_skipped)?
    } else if evidence.has_usable() {
        return None;
    } else {
        evidence.find(Problem::is_worthless)?
    };
    of_finding(evidence, pod, image, finding)
}

/// Returns what a problem of the Secrets means for the Pod; none for one that keeps
/// no image from being pulled.
pub(super) fn of_finding(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
    finding: &Finding,
) -> Option<Verdict> {
    let code = VerdictCode::of_problem(finding.problem.code())?;
    let names = pod.names_beside();
    let matching: Vec<&str> = evidence.matching.iter().map(String::as_str).collect();
    let surroundings = Surroundings { matching: &matching, ..pod.surroundings(image, &names) };
    let hint = hints::of_finding(finding, &surroundings);
    let secret = finding.secret.as_deref().unwrap_or_default();
    let key = finding.key.as_deref().map(clean);
    match &finding.problem {
        Problem::NoMatch(miss) => {
            let message = no_match(image, miss.as_ref(), &clean(secret), key.as_deref());
            Some(Verdict::new(code, message, hint))
        }
        Problem::SecretMissing => Some(secret_missing(evidence, pod, secret, &names, hint)),
        problem => {
            let entry = key.map(|key| format!(", entry {key}")).unwrap_or_default();
            let message = format!("Secret {}{entry}: {problem}", clean(secret));
            Some(Verdict::new(code, message, hint))
        }
    }
}

fn no_match(
    image: &ImageReference,
    miss: Option<&Miss>,
    secret: &str,
    key: Option<&str>,
) -> String {
    let nothing = format!("no entry of the Pod's Secrets matches {}", image.repository());
    match (miss, key) {
        (Some(Miss::OtherRegistry) | None, _) | (_, None) => {
            let account = of_other_account(image.domain());
            format!("{nothing}: they are for other registries, and no credential is sent{account}")
        }
        (Some(miss), Some(key)) => format!(
            "{nothing}, and no credential is sent; the nearest is {key} in the Secret {secret}: {miss}"
        ),
    }
}

/// Says whose account a registry takes, where that is another's.
fn of_other_account(domain: &str) -> String {
    hosts::account_of(domain)
        .map(|account| format!(" ({domain} takes the account of {account}, under its own name)"))
        .unwrap_or_default()
}

/// Says whether another name is meant, or where a missing Secret exists instead.
fn secret_missing(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    secret: &str,
    beside: &[&str],
    hint: String,
) -> Verdict {
    let missing = format!("the Pod references the Secret {}, which does not exist", clean(secret));
    let verdict = |message: String, hint| Verdict::new(VerdictCode::SecretMissing, message, hint);
    if let Some(other) = evidence.matching.first() {
        let message = missing + &hints::matching_message(other);
        return verdict(message, hints::reference_other(pod, other));
    }
    if let Some(near) = hints::near_name(secret, beside) {
        let message = format!("{missing}; there is a Secret {}", clean(near));
        return verdict(message, hints::reference_other(pod, near));
    }
    let same_name = pod.secret_names.iter().filter(|it| it.name == secret && it.is_pull_secret());
    let namespaces: Vec<String> = same_name.map(|other| clean(&other.namespace)).collect();
    let plural = if namespaces.len() == 1 { "" } else { "s" };
    match namespaces.first() {
        None => verdict(missing, hint),
        Some(first) => verdict(
            format!(
                "{missing}; it exists in namespace{plural} {}, but a Pod can only use Secrets from its own namespace",
                first_few(&namespaces, NAMED)
            ),
            hints::copy_hint(secret, first, &pod.namespace),
        ),
    }
}

/// Returns why the kubelet tries no credential where the registry requires one.
fn without_candidates(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let is_refused = matches!(
        evidence.cause,
        Some(Cause::NotSent | Cause::Rejected | Cause::Denied | Cause::NarrowToken)
    );
    let is_no = evidence.outcome().is_some_and(Outcome::is_no);
    if !evidence.candidates().is_empty() || !(is_refused || is_no) {
        return None;
    }
    let (domain, account) = (image.domain(), clean(&pod.account));
    if pod.is_static && evidence.tells_of_login() {
        return Some(of_node(evidence, pod, domain));
    }
    if pod.is_static {
        let message = format!(
            "{domain} requires authentication, and a static Pod, which comes from a file on its node, cannot reference pull Secrets"
        );
        return Some(Verdict::new(VerdictCode::StaticPod, message, hints::NODE_CREDENTIAL));
    }
    let of_account = evidence.account_diagnosis.as_ref().and_then(|it| it.candidates.first());
    if let Some((secret, _)) = of_account {
        return Some(served_by_account(pod, &clean(secret)));
    }
    if evidence.tells_of_login() {
        return Some(of_node(evidence, pod, domain));
    }
    if pod.pull_secrets.is_empty()
        && let Some(misplaced) = pod.misplaced.first()
    {
        return Some(misplaced_reference(pod, misplaced));
    }
    if pod.pull_secrets.is_empty() {
        let or_missing = match evidence.cause {
            Some(Cause::Denied) => ", or has no such repository",
            _ => "",
        };
        let means = if image.names_registry() {
            String::new()
        } else {
            format!("{} names no registry and means {}; ", image.as_written(), image.repository())
        };
        let account_of = of_other_account(domain);
        let mut message = format!(
            "{means}{domain} requires authentication{account_of}{or_missing}, and neither the Pod nor its service account {account} references a pull Secret for it"
        );
        let mounted = evidence.matching.iter().find(|name| pod.mounted.contains(name));
        let hint = match (mounted, evidence.matching.first()) {
            (Some(name), _) => {
                message += &hints::mounted_message(&pod.account, name);
                hints::link_and_recreate(pod, name)
            }
            (None, Some(name)) => {
                message += &hints::matching_message(name);
                hints::link_and_recreate(pod, name)
            }
            (None, None) => hints::create_secret_hint(pod, domain),
        };
        return Some(Verdict::new(VerdictCode::NoPullSecret, message, hint));
    }
    let no_match = evidence.find(|problem| matches!(problem, Problem::NoMatch(_)))?;
    of_finding(evidence, pod, image, no_match)
}

/// Says that the login which was refused is none of the Pod's.
fn of_node(evidence: &Evidence<'_>, pod: &PodEvidence, domain: &str) -> Verdict {
    let verb = match evidence.cause {
        Some(Cause::NarrowToken) => "denied access to the token of",
        _ => "rejected",
    };
    let message = format!(
        "{domain} {verb} a login that no Secret of the Pod holds: the node has a login of its own for {domain} ({}), which it sends for public images too",
        hints::NODE_LOGINS
    );
    let hint = if pod.is_static {
        format!("correct the login for {domain} on the node: {}", hints::NODE_LOGINS)
    } else {
        let create = hints::create_secret(pod, domain);
        format!(
            "correct the login for {domain} on the node, or override it by a pull Secret: {create}"
        )
    };
    Verdict::new(VerdictCode::NodeCredential, message, hint)
}

/// Says that a reference of the Pod has no effect: the API server drops it, and keeps it
/// in what `kubectl apply` notes.
fn misplaced_reference(pod: &PodEvidence, dropped: &DroppedReference) -> Verdict {
    let hint = hints::reference_other(pod, &dropped.secret);
    Verdict::new(VerdictCode::MisplacedReference, dropped.message.clone(), hint)
}

/// Returns why the Pod lacks a Secret that its service account references.
fn served_by_account(pod: &PodEvidence, secret: &str) -> Verdict {
    let account = clean(&pod.account);
    if pod.pull_secrets.is_empty() {
        let message = format!(
            "service account {account} now references Secret {secret}, which matches, but this Pod was created before that; Pods keep the imagePullSecrets they were created with"
        );
        return Verdict::new(VerdictCode::AccountLinkedLater, message, hints::recreate_hint(pod));
    }
    let message = format!(
        "no entry of the Pod's own Secrets matches; service account {account} references Secret {secret}, which does, but a Pod with imagePullSecrets of its own does not get those of its service account"
    );
    Verdict::new(VerdictCode::AccountSecretsIgnored, message, hints::reference_too(secret))
}

/// Returns what became of a credential that matches.
fn with_candidates(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let (secret, first) = evidence.candidates().first()?;
    let (domain, path) = (image.domain(), image.path());
    let then = hints::then_write(pod, secret, domain);
    match (evidence.outcome(), evidence.cause) {
        (Some(Outcome::NotFound), _) => Some(node::not_found(evidence, image)),
        (Some(Outcome::Denied), _) | (None, Some(Cause::Denied)) => {
            let owners = owners(evidence, " or ");
            let message =
                format!("{domain} has no repository {path}, or no access to it for {owners}");
            let hint = hints::grant_access(&shown_candidate(first), &then);
            let flaw = flaw(
                evidence,
                image,
                |caution| matches!(caution, Caution::Kind(kind) if !kind.may_pull),
            );
            Some(named_first(flaw, VerdictCode::Denied, message, hint, &then))
        }
        (None, Some(Cause::NarrowToken)) => {
            let owners = owners(evidence, " or ");
            let message = format!(
                "{domain} accepted the login of {owners}, but its token may not pull {path}: the token's scopes are too narrow"
            );
            let user = shown_candidate(first);
            let hint = hints::widen_token(domain, &user, &then);
            Some(Verdict::new(VerdictCode::Denied, message, hint))
        }
        (Some(Outcome::Unauthorized), _) | (_, Some(Cause::Rejected)) => {
            let owners = owners(evidence, ", and those of ");
            let message = format!("{domain} rejected the credentials of {owners}");
            let hint = hints::log_in_again(&then);
            let flaw = flaw(evidence, image, |caution| match caution {
                Caution::Kind(kind) => kind.is_short || !kind.may_pull,
                Caution::AzureToken => false,
                _ => true,
            });
            Some(named_first(flaw, VerdictCode::Rejected, message, hint, &then))
        }
        (_, Some(Cause::NotSent)) => {
            let owners = owners(evidence, ", then that of ");
            let message = format!(
                "the kubelet passed the credential of {owners} on, but the container runtime did not send it to {domain} (a mirror may have answered)"
            );
            let hint = hints::check_mirrors(domain);
            Some(Verdict::new(VerdictCode::CredentialNotSent, message, hint))
        }
        _ => None,
    }
}

/// What is wrong with a credential, and what serves better; empty where nothing does.
struct Flaw {
    message: String,
    better: &'static str,
}

/// Returns the first flaw of the candidates that may explain a refusal: what
/// `explains` it of the cautions, and whatever would not be written at all.
fn flaw(
    evidence: &Evidence<'_>,
    image: &ImageReference,
    explains: impl Fn(&Caution) -> bool,
) -> Option<Flaw> {
    let registry = RegistryKey::of_image(image);
    evidence.candidates().iter().find_map(|candidate| {
        let (_, Candidate { username, password, .. }) = candidate;
        let login = Login::basic(username.clone(), password.clone());
        // What has expired is a problem of its own.
        let (said, better) = match for_pull_secret(&registry, login, 0) {
            Ok((_, cautions)) => match cautions.into_iter().find(&explains) {
                Some(caution) => (caution.to_string(), caution.hint()),
                None => (wrong_user(evidence, image, candidate)?.to_owned(), ""),
            },
            Err(refusal) => (refusal.to_string(), ""),
        };
        Some(Flaw { message: format!("{}: {said}", owner(candidate)), better })
    })
}

/// Returns which user the registry takes instead, where it rejected the login.
fn wrong_user(
    evidence: &Evidence<'_>,
    image: &ImageReference,
    (_, candidate): &(String, Candidate),
) -> Option<&'static str> {
    let is_rejected = evidence.outcome() == Some(Outcome::Unauthorized)
        || evidence.outcome().is_none() && evidence.cause == Some(Cause::Rejected);
    let Candidate { username, password, .. } = candidate;
    users::taken_with(image.domain(), username, password.expose_secret()).filter(|_| is_rejected)
}

/// Returns a verdict that names the flaw of the credential first, if there is one.
fn named_first(
    flaw: Option<Flaw>,
    code: VerdictCode,
    message: String,
    hint: String,
    then: &str,
) -> Verdict {
    match flaw {
        None => Verdict::new(code, message, hint),
        Some(Flaw { message: flaw, better }) => {
            let hint = if better.is_empty() { hint } else { format!("{better}, {then}") };
            Verdict::new(code, format!("{flaw}; {message}"), hint)
        }
    }
}

/// Returns what the registry answered, where the Secrets could not be read.
fn with_unread_secrets(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let (domain, cause) = (image.domain(), evidence.cause?);
    let first = pod.pull_secrets.first()?;
    let answered = match cause {
        Cause::Rejected => format!("{domain} rejected the credentials that the node sent"),
        Cause::Denied | Cause::NarrowToken => format!(
            "{domain} denied access with the credentials that the node sent, or has no such repository"
        ),
        Cause::NotSent => {
            format!("{domain} requires authentication, and the node sent no credential")
        }
        _ => return None,
    };
    let secrets = pod.pull_secrets.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ");
    let message = format!("{answered}; the Pod's Secrets ({secrets}) could not be read");
    let hint = hints::rewrite(&hints::write_entry(first, domain, Some(&pod.namespace)));
    Some(Verdict::new(cause.into(), message, hint))
}

/// The users of all candidates and the entries they come from, joined.
pub(super) fn owners(evidence: &Evidence<'_>, joint: &str) -> String {
    let mut owners: Vec<String> = Vec::new();
    for owner in evidence.candidates().iter().map(owner) {
        // A Secret that is referenced several times is tried as often.
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.join(joint)
}

/// The user of a candidate, and the entry it comes from.
fn owner((secret, candidate): &(String, Candidate)) -> String {
    let user = shown_candidate(candidate);
    format!("{user} (Secret {}, entry {})", clean(secret), clean(&candidate.key))
}

fn shown_candidate(candidate: &Candidate) -> String {
    clean(&shown_username(&candidate.username, &candidate.password))
}
