//! What keeps an image from being pulled and is no matter of its credential: the
//! node, its network, the registry or the image itself.

use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::hints;
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::kubelet::cause::Cause;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;

/// Where an administrator has to act, not the author of the Pod.
const ON_NODE: &str = "this is configured on the node, not in a Secret";

/// Returns what the kubelet finds before it looks for a credential.
pub(super) fn before_pull(evidence: &Evidence<'_>) -> Option<Verdict> {
    match evidence.cause? {
        Cause::InvalidName => {
            let written = clean(without_user_info(evidence.image.reference));
            let message = format!("the node rejected `{written}` as an image name");
            Some(Verdict::new(VerdictCode::InvalidImage, message, hints::IMAGE_EXAMPLE))
        }
        Cause::NeverPull => {
            let message = "imagePullPolicy is Never, and the node does not have the image, or pulled it with another credential";
            Some(Verdict::new(VerdictCode::NeverPull, message, hints::ALLOW_PULL))
        }
        _ => None,
    }
}

/// Returns what a cause means that is no matter of the credential.
pub(super) fn of_cause(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    image: &ImageReference,
) -> Option<Verdict> {
    let cause = evidence.cause?;
    if cause == Cause::NotFound {
        // Some registries say to strangers that there is nothing: a broken reference
        // of the Pod comes first.
        return (!evidence.is_reference_broken()).then(|| not_found(evidence, image));
    }
    let (message, hint) = of_image(evidence, image, cause)
        .or_else(|| of_network(evidence, image.domain(), cause))
        .or_else(|| of_registry(evidence, pod, image.domain(), cause))?;
    Some(Verdict::new(cause.into(), message, hint))
}

fn of_image(
    evidence: &Evidence<'_>,
    image: &ImageReference,
    cause: Cause,
) -> Option<(String, String)> {
    match cause {
        Cause::Platform => Some((
            "the image is not built for the node's platform".to_owned(),
            hints::list_platforms(evidence.image.reference),
        )),
        Cause::Signature => Some((
            "the image's signature does not satisfy the node's policy".to_owned(),
            hints::SIGN_IMAGE.to_owned(),
        )),
        Cause::ShortName => Some((
            "the image names no registry, and the node does not choose one".to_owned(),
            hints::name_registry(image),
        )),
        _ => None,
    }
}

/// Says that the registry has no such image.
pub(super) fn not_found(evidence: &Evidence<'_>, image: &ImageReference) -> Verdict {
    let (domain, written) = (image.domain(), clean(without_user_info(evidence.image.reference)));
    let message = if evidence.candidates().is_empty() {
        format!("{written} not found in {domain}, or not public (no credential was sent)")
    } else {
        format!("{written} not found in {domain}; the credential was accepted")
    };
    Verdict::new(VerdictCode::NotFound, message, hints::list_tags(image))
}

fn of_network(evidence: &Evidence<'_>, domain: &str, cause: Cause) -> Option<(String, String)> {
    match cause {
        Cause::Untrusted => Some((
            format!("the node does not trust the certificate of {domain} ({ON_NODE})"),
            hints::trust_certificate(domain, evidence.is_crio()),
        )),
        Cause::PlainHttp => Some((
            format!("{domain} speaks plain HTTP, but the node expects HTTPS ({ON_NODE})"),
            hints::allow_plain_http(domain, evidence.is_crio()),
        )),
        Cause::UnknownHost => {
            Some((format!("the node cannot resolve {domain}"), hints::resolve(domain)))
        }
        Cause::Unreachable => {
            let plain = format!("http://{domain}");
            let is_plain = evidence.message.as_deref().is_some_and(|text| text.contains(&plain));
            let address = if is_plain { plain } else { format!("https://{domain}") };
            Some((format!("the node cannot reach {domain}"), hints::reach(&address)))
        }
        _ => None,
    }
}

fn of_registry(
    evidence: &Evidence<'_>,
    pod: &PodEvidence,
    domain: &str,
    cause: Cause,
) -> Option<(String, String)> {
    match cause {
        Cause::RateLimited if evidence.has_usable() => Some((
            format!("{domain} limits the rate of pulls with this credential"),
            hints::WAIT.to_owned(),
        )),
        Cause::RateLimited => Some((
            format!("{domain} limits the rate of pulls without a credential"),
            hints::create_secret_hint(pod, domain),
        )),
        Cause::Throttled => Some((
            "the node has pulled too many images to try now (its registryPullQPS)".to_owned(),
            hints::WAIT.to_owned(),
        )),
        Cause::RegistryError => {
            Some((format!("{domain} returned a server error"), hints::WAIT.to_owned()))
        }
        Cause::UnsupportedAuth => Some((
            format!(
                "{domain} requires an authentication scheme the container runtime does not support"
            ),
            hints::ask_operators(domain),
        )),
        _ => None,
    }
}
