//! What keeps an image from being pulled and is no matter of its credential: the
//! node, its network, the registry or the image itself.

use crate::cluster::pods::Stage;
use crate::diagnose::credential;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::verdict::Verdict;
use crate::kubelet::cause::Cause;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;
use crate::system::shell;

/// What the kubelet finds before it looks for a credential.
pub(crate) fn before_pull(evidence: &Evidence<'_>) -> Option<Verdict> {
    let (message, hint) = match evidence.cause? {
        Cause::InvalidName => (
            format!("the node takes `{}` for no image", clean(without_user_info(evidence.need.image))),
            "write it as in ghcr.io/janedoe/app:v1",
        ),
        Cause::NeverPull => (
            "imagePullPolicy is Never, and the node does not have the image, or had it pulled with another credential".to_owned(),
            "let it be pulled: imagePullPolicy: IfNotPresent",
        ),
        _ => return None,
    };
    Some(Verdict::new(evidence.cause?.code(), message, hint))
}

/// What a cause means that is none of the credential.
pub(crate) fn of_cause(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let cause = evidence.cause?;
    let (message, hint) = of_image(evidence, image, cause)
        .or_else(|| of_network(evidence, image.domain(), cause))
        .or_else(|| of_registry(evidence, pod, image.domain(), cause))?;
    Some(Verdict::new(cause.code(), message, hint))
}

fn of_image(
    evidence: &Evidence<'_>,
    image: &ImageReference,
    cause: Cause,
) -> Option<(String, String)> {
    let written = shell::word(&format!("docker://{}", evidence.need.image));
    Some(match cause {
        Cause::NotFound => {
            // What the Pod refers to and is not there comes first.
            if credential::is_reference_broken(evidence) {
                return None;
            }
            not_found(evidence, image)
        }
        Cause::Platform => (
            "the image is not made for the node's processor or system".to_owned(),
            format!("see for which it is made: skopeo inspect --raw {written}"),
        ),
        Cause::Signature => (
            "the image's signature is not one that the node accepts".to_owned(),
            "sign the image, or correct the node's policy: /etc/containers/policy.json".to_owned(),
        ),
        Cause::ShortName => (
            "the image names no registry, and the node does not choose one".to_owned(),
            format!("write the registry: {}", image.repository()),
        ),
        _ => return None,
    })
}

/// That the registry has no such image.
pub(crate) fn not_found(evidence: &Evidence<'_>, image: &ImageReference) -> (String, String) {
    let (domain, written) = (image.domain(), clean(without_user_info(evidence.need.image)));
    let message = if evidence.candidates().is_empty() {
        format!("{domain} has no {written}, or not for everyone, and no credential is sent")
    } else {
        format!("the credential is good, and {domain} has no {written}")
    };
    let repository = shell::word(&format!("docker://{}", image.repository()));
    (message, format!("see which tags there are: skopeo list-tags {repository}"))
}

fn of_network(evidence: &Evidence<'_>, domain: &str, cause: Cause) -> Option<(String, String)> {
    // containerd 1.6 passes over `server` alone.
    let hosts = format!("in /etc/containerd/certs.d/{domain}/hosts.toml");
    let is_crio = is_crio(evidence);
    let not_here = "that is set on the node, not in a Secret";
    Some(match cause {
        Cause::Untrusted => (
            format!("the node does not trust the certificate of {domain}: {not_here}"),
            if is_crio {
                format!("give the node its authority: /etc/containers/certs.d/{domain}/ca.crt")
            } else {
                format!(
                    "give the node its authority: `ca = \"FILE\"` below `[host.\"https://{domain}\"]` {hosts}"
                )
            },
        ),
        Cause::PlainHttp => (
            format!("{domain} speaks plain HTTP, and the node expects HTTPS: {not_here}"),
            if is_crio {
                format!(
                    "allow it on the node: `location = \"{domain}\"` with `insecure = true` in /etc/containers/registries.conf"
                )
            } else {
                format!("allow it on the node: `[host.\"http://{domain}\"]` {hosts}")
            },
        ),
        Cause::UnknownHost => (
            format!("the node finds no address for {domain}"),
            format!(
                "correct the registry in the image's name, or see on the node: nslookup {}",
                shell::word(host(domain))
            ),
        ),
        Cause::Unreachable => (
            format!("the node does not reach {domain}"),
            format!(
                "see on the node whether it answers: curl -v {}",
                shell::word(&format!("{}/v2/", address(evidence, domain)))
            ),
        ),
        _ => return None,
    })
}

fn of_registry(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    domain: &str,
    cause: Cause,
) -> Option<(String, String)> {
    let wait = || "wait: the kubelet tries again by itself".to_owned();
    Some(match cause {
        Cause::RateLimited if evidence.has_usable() => {
            (format!("{domain} limits how much is pulled with this credential"), wait())
        }
        Cause::RateLimited => (
            format!("{domain} limits how much is pulled without a credential"),
            credential::bring_one(pod, domain),
        ),
        Cause::Busy => (
            "the node has pulled too much lately to try now (its registryPullQPS)".to_owned(),
            wait(),
        ),
        Cause::Outage => (format!("{domain} failed itself"), wait()),
        Cause::OddLogin => (
            format!("{domain} wants a login that the node's container runtime does not speak"),
            format!("ask those who run {domain} for one with a password or a token"),
        ),
        _ => return None,
    })
}

fn host(domain: &str) -> &str {
    domain.split(':').next().unwrap_or(domain)
}

/// With the scheme by which the runtime tried it.
fn address(evidence: &Evidence<'_>, domain: &str) -> String {
    let plain = format!("http://{domain}");
    let is_plain = evidence.words.as_deref().is_some_and(|words| words.contains(&plain));
    if is_plain { plain } else { format!("https://{domain}") }
}

/// Whether the words are CRI-O's: its files are others.
fn is_crio(evidence: &Evidence<'_>) -> bool {
    let marks = ["initializing source docker://", "pinging container registry"];
    let told = |text: &str| marks.iter().any(|mark| text.contains(mark));
    let of_stage = match evidence.need.stage {
        Stage::Waiting(_, message) => told(message),
        Stage::Pulled | Stage::Unknown => false,
    };
    of_stage || evidence.words.as_deref().is_some_and(told)
}
