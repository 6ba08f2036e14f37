//! What keeps an image from being pulled and is no matter of its credential: the
//! node, its network, the registry or the image itself.

use crate::diagnose::evidence::{Evidence, PodEvidence, Runtime};
use crate::diagnose::hints;
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::kubelet::cause::Cause;
use crate::kubelet::sandbox;
use crate::registry::authority::Authority;
use crate::registry::moved::{self, Moved};
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
            let local = evidence.reference.as_ref().ok().filter(|image| is_bare(image));
            let hint = local.map_or_else(|| hints::ALLOW_PULL.to_owned(), hints::load_image);
            let message = "imagePullPolicy is Never, and the node does not have the image, or pulled it with another credential";
            Some(Verdict::new(VerdictCode::NeverPull, message, hint))
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

/// Returns what keeps the node from creating the Pod's sandbox, where that is its image:
/// the kubelet has no part in the pull, nor has any Secret.
pub(super) fn sandbox_image(failure: &str) -> Option<Verdict> {
    let image = sandbox::image(failure)?;
    let reason = sandbox::reason(failure);
    let (shown, runtime) = (clean(without_user_info(image)), Runtime::of([failure].into_iter()));
    let said = Cause::of(reason, image).and_then(said_by_host);
    let registry = ImageReference::parse(image).ok();
    let why = match (said, registry) {
        (Some(said), Some(registry)) => format!("{} {said}", registry.domain()),
        _ => clean(reason),
    };
    let message = format!(
        "the node cannot pull its sandbox image {shown}, with which every Pod starts: {why}; no pull Secret is used for it"
    );
    let files = hints::sandbox_files(runtime);
    let hint = format!("name an image that the node can pull, on the node: {files}");
    Some(Verdict::new(VerdictCode::SandboxImage, message, hint))
}

/// Returns what a failure means of which the name of the image is the reason.
pub(super) fn of_name(evidence: &Evidence<'_>, image: &ImageReference) -> Option<Verdict> {
    let cause = evidence.cause?;
    let is_missing =
        matches!(cause, Cause::NotFound | Cause::Denied | Cause::NotSent | Cause::UnknownHost);
    if let Some(Moved { reason, image: new }) = moved::moved(image).filter(|_| is_missing) {
        let written = clean(without_user_info(evidence.image.reference));
        let message = format!("{written} was not found or is not public: {reason}");
        let hint = format!("name the image in its new place: {new}");
        return Some(Verdict::new(VerdictCode::MovedImage, message, hint));
    }
    if cause != Cause::Denied || !is_bare(image) {
        return None;
    }
    let message = format!(
        "{} names no registry and means {}, which does not exist or is not public",
        image.as_written(),
        image.repository()
    );
    Some(Verdict::new(VerdictCode::LocalImage, message, hints::load_image(image)))
}

/// Whether an image is named by one word, as what was built on this machine mostly is.
fn is_bare(image: &ImageReference) -> bool {
    !image.as_written().contains('/')
}

/// What a host that was asked did; none for what is no matter of the host.
pub(super) fn said_by_host(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::NotSent => "requires a login, but none was sent",
        Cause::Rejected => "rejected the login",
        Cause::Denied => "denied access, or has no such repository",
        Cause::NarrowToken => "denied access to the token",
        Cause::UnsupportedAuth => "requires an authentication scheme the runtime does not support",
        Cause::UnknownHost => "cannot be resolved",
        Cause::Unreachable => "cannot be reached",
        Cause::Untrusted => "has a certificate that the node does not trust",
        Cause::PlainHttp => "speaks plain HTTP, but the node expects HTTPS",
        Cause::RegistryError => "returned a server error",
        Cause::RateLimited => "limits the rate of pulls",
        Cause::NotFound => "does not have the image",
        Cause::Throttled
        | Cause::Platform
        | Cause::Signature
        | Cause::ShortName
        | Cause::Malformed
        | Cause::NeverPull
        | Cause::InvalidName => return None,
    })
}

fn of_network(evidence: &Evidence<'_>, domain: &str, cause: Cause) -> Option<(String, String)> {
    match cause {
        Cause::Untrusted => Some((
            format!("the node does not trust the certificate of {domain} ({ON_NODE})"),
            hints::trust_certificate(domain, domain, evidence.runtime()),
        )),
        Cause::PlainHttp => Some((
            format!("{domain} speaks plain HTTP, but the node expects HTTPS ({ON_NODE})"),
            hints::allow_plain_http(domain, domain, evidence.runtime()),
        )),
        Cause::UnknownHost => {
            Some((format!("the node cannot resolve {domain}"), hints::resolve(domain)))
        }
        Cause::Unreachable => {
            let plain = format!("http://{domain}");
            if Authority::new(domain).is_loopback() {
                let message = format!(
                    "the node cannot reach {domain}: on a node, that is the node itself, not the machine that the image was built on"
                );
                return Some((message, hints::LOAD_OR_PUSH.to_owned()));
            }
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
