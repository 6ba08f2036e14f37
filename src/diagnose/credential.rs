//! What keeps an image from being pulled and is a matter of its credential.

use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::node;
use crate::diagnose::verdict::Verdict;
use crate::distribution::Outcome;
use crate::kubelet::cause::Cause;
use crate::kubelet::{Candidate, Finding, Miss, Problem};
use crate::output::diagnosis;
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;
use crate::system::shell;

/// Judges what the registry refused, or what nobody knows the reason of.
pub(crate) fn judge(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    if evidence.diagnosis.is_none() {
        return unseen(evidence, pod, image);
    }
    unusable(evidence, pod, image)
        .or_else(|| without_candidates(evidence, pod, image))
        .or_else(|| with_candidates(evidence, pod, image))
}

/// Whether the Pod refers to a Secret that is of no use, and brings no other.
pub(crate) fn is_reference_broken(evidence: &Evidence<'_>) -> bool {
    evidence.candidates().is_empty()
        && evidence.findings().iter().any(|finding| finding.problem.is_skipped())
}

/// What keeps all Secrets or entries that the Pod needs from being of use.
pub(crate) fn unusable(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let none_matches = evidence.candidates().is_empty();
    if !none_matches && evidence.has_usable() {
        return None;
    }
    let decides = |finding: &&Finding| {
        let problem = &finding.problem;
        if none_matches { problem.is_skipped() } else { problem.is_worthless() }
    };
    let finding = evidence.findings().iter().find(decides)?;
    Some(of_finding(pod, image, finding))
}

/// What a problem of the Secrets means for the Pod.
pub(crate) fn of_finding(pod: &PodEvidence, image: &ImageReference, finding: &Finding) -> Verdict {
    let Finding { problem, secret, key } = finding;
    let name = secret.as_deref().unwrap_or_default();
    let secret = clean(name);
    let key = key.as_deref().map(clean);
    let mut hint = diagnosis::hint(finding, image.domain(), &pod.place());
    let message = match problem {
        Problem::NoMatch(miss) => no_match(image, miss.as_ref(), &secret, key.as_deref()),
        Problem::SecretMissing => {
            let (where_it_is, better) = elsewhere(pod, name);
            hint = better.unwrap_or(hint);
            format!("the Pod refers to the Secret {secret}, which is not there{where_it_is}")
        }
        _ => {
            let entry = key.map(|key| format!(", entry {key}")).unwrap_or_default();
            format!("Secret {secret}{entry}: {problem}")
        }
    };
    Verdict::new(problem.code(), message, hint)
}

fn no_match(
    image: &ImageReference,
    miss: Option<&Miss>,
    secret: &str,
    key: Option<&str>,
) -> String {
    let repository = image.repository();
    let nothing = format!("no entry of the Pod's Secrets matches {repository}");
    match (miss, key) {
        (Some(Miss::OtherRegistry) | None, _) | (_, None) => {
            format!("{nothing}: they are for other registries, and no credential is sent")
        }
        (Some(miss), Some(key)) => {
            format!(
                "{nothing}, and no credential is sent; the nearest is {key} in the Secret {secret}: {miss}"
            )
        }
    }
}

/// Where a Secret is that is not where it should be, or one that is called nearly
/// so; with the better hint.
fn elsewhere(pod: &PodEvidence, secret: &str) -> (String, Option<String>) {
    let others = &pod.elsewhere;
    let mut here = others.iter().filter(|other| other.namespace == pod.namespace);
    if let Some(near) = here.find(|other| is_near(&other.name, secret)) {
        let near = clean(&near.name);
        let hint = format!("let the Pod refer to it: imagePullSecrets: [{{name: {near}}}]");
        return (format!("; there is {near}, which may be meant"), Some(hint));
    }
    let spaces: Vec<String> = others
        .iter()
        .filter(|other| other.name == secret && other.is_pull_secret())
        .map(|other| clean(&other.namespace))
        .collect();
    let Some(first) = spaces.first() else { return (String::new(), None) };
    let read = ["kubectl", "regcred", "inspect", secret, "-n", first, "--reveal"];
    let write = ["kubectl", "regcred", "secret", secret, "--from-file", "-", "--apply"];
    let (read, write) = (shell::command(read), shell::command(write));
    let hint = format!("copy it: {read} | {write}{}", pod.place());
    let told = format!(
        "; it is in namespace {}, and a Pod brings Secrets of its own namespace only",
        spaces.join(", ")
    );
    (told, Some(hint))
}

/// Whether two names differ in one place, or in what one has after the other.
fn is_near(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let same = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let (Some(rest), Some(longer)) = (short.get(same..), long.get(same..)) else { return false };
    let is_one_apart =
        longer.get(1..).is_some_and(|longer| longer == rest || Some(longer) == rest.get(1..));
    (rest.is_empty() && same > 2) || is_one_apart
}

/// Why nothing is tried, where a credential is wanted.
fn without_candidates(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let refused = matches!(evidence.cause, Some(Cause::NotSent | Cause::Rejected | Cause::Denied));
    let is_wanted = refused || evidence.outcome().is_some_and(Outcome::is_no);
    if !evidence.candidates().is_empty() || !is_wanted {
        return None;
    }
    let (domain, account) = (image.domain(), clean(&pod.account));
    if pod.is_static {
        let message = format!(
            "{domain} asks for a login, and a Pod that is made by a file on its node can bring no pull Secret"
        );
        let hint = "put the credential on the node: /var/lib/kubelet/config.json";
        return Some(Verdict::new("static-pod", message, hint));
    }
    let serves = evidence.of_account.as_ref().and_then(|it| it.candidates.first());
    if let Some((secret, _)) = serves {
        return Some(of_account(pod, &clean(secret)));
    }
    if pod.list.is_empty() {
        let no_such = if matches!(evidence.cause, Some(Cause::Denied)) {
            ", or has no such repository"
        } else {
            ""
        };
        let message = format!(
            "{domain} asks for a login{no_such}, and neither the Pod nor its service account {account} brings a pull Secret for it"
        );
        return Some(Verdict::new("no-pull-secret", message, bring_one(pod, domain)));
    }
    let no_match = evidence.findings().iter().find(|it| matches!(it.problem, Problem::NoMatch(_)));
    no_match.map(|finding| of_finding(pod, image, finding))
}

/// The service account has what the Pod does not bring.
fn of_account(pod: &PodEvidence, secret: &str) -> Verdict {
    let account = clean(&pod.account);
    if pod.list.is_empty() {
        let message = format!(
            "the service account {account} brings the Secret {secret} by now, whose entry matches; a Pod keeps the list that it was made with, and this one has none"
        );
        return Verdict::new("account-later", message, pod.make_anew());
    }
    let message = format!(
        "no entry of the Pod's own Secrets matches; the service account {account} brings {secret}, which does, but a Pod with a list of its own does not get its account's"
    );
    let hint = format!("name it in the Pod too: imagePullSecrets: [{{name: {secret}}}]");
    Verdict::new("list-hides-account", message, hint)
}

/// What became of a credential that matches.
fn with_candidates(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let (secret, first) = evidence.candidates().first()?;
    let (domain, path) = (image.domain(), image.path());
    let whose: Vec<String> = evidence.candidates().iter().map(whose).collect();
    let user = clean(&diagnosis::shown_user(first));
    let renew = pod.write(secret, domain);
    let (code, message, hint) = match (evidence.outcome(), evidence.cause) {
        (Some(Outcome::NotFound), _) => {
            let (message, hint) = node::not_found(evidence, image);
            (Cause::NotFound.code(), message, hint)
        }
        (Some(Outcome::Denied), _) | (None, Some(Cause::Denied)) => (
            "denied",
            format!(
                "{domain} has no repository {path} for {}: it may not pull it, or there is none",
                whose.join(" or ")
            ),
            format!(
                "let {user} read it at the registry, or log in as somebody who may, then: {renew}"
            ),
        ),
        (Some(Outcome::Unauthorized), _) | (_, Some(Cause::Rejected)) => (
            "rejected",
            format!("{domain} does not accept the login of {}", whose.join(", nor that of ")),
            format!("log in again, then: {renew}"),
        ),
        (_, Some(Cause::NotSent)) => (
            "not-sent",
            format!(
                "the kubelet hands over the login of {}, and the node's runtime did not send it to {domain}: a mirror may have answered",
                whose.join(", then that of ")
            ),
            format!("see what is set up on the node: /etc/containerd/certs.d/{domain}/hosts.toml"),
        ),
        _ => return None,
    };
    Some(Verdict::new(code, message, hint))
}

/// What the registry said, where the Secrets could not be looked at.
fn unseen(evidence: &Evidence<'_>, pod: &PodEvidence, image: &ImageReference) -> Option<Verdict> {
    let domain = image.domain();
    let secrets = pod.list.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ");
    let first = pod.list.first()?;
    let said = match evidence.cause? {
        Cause::Rejected => format!("{domain} does not accept the login that the node sent"),
        Cause::Denied => format!(
            "{domain} does not let it be pulled with what the node sent, or has no such repository"
        ),
        Cause::NotSent => format!("{domain} asks for a login, and none was sent"),
        _ => return None,
    };
    let message = format!("{said}; the Pod's Secrets ({secrets}) could not be looked at");
    let hint = format!("write it anew: {}", pod.write(first, domain));
    Some(Verdict::new(evidence.cause?.code(), message, hint))
}

/// The user of a candidate, and where it stands.
fn whose((secret, candidate): &(String, Candidate)) -> String {
    let user = clean(&diagnosis::shown_user(candidate));
    format!("{user} (Secret {}, entry {})", clean(secret), clean(&candidate.key))
}

/// The command that makes a Secret which new Pods bring.
pub(crate) fn bring_one(pod: &PodEvidence, domain: &str) -> String {
    let link = match pod.account.as_str() {
        "default" => "--link".to_owned(),
        account => shell::flag("--link", account),
    };
    let write = shell::command(["kubectl", "regcred", "secret", "--registry", domain, "--apply"]);
    format!("make one that new Pods bring: {write} {link}{}", pod.place())
}
