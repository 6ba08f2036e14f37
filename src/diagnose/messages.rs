//! Which messages of kubelet and runtime are about which image of a Pod.

use crate::cluster::pods::{ContainerState, PodImage};
use crate::kubelet::cause::{Cause, runtime_message};
use crate::registry::reference::ImageReference;

/// Returns the message about the pull of an image in what its container waits with,
/// or a container that waits for the image volume.
pub(crate) fn waiting_message<'a>(
    image: &PodImage<'_>,
    images: &[PodImage<'a>],
) -> Option<&'a str> {
    images.iter().filter(|other| !other.state.is_before_pull()).find_map(|other| {
        let ContainerState::Waiting(_, message) = other.state else { return None };
        let is_own = other.name == image.name && awaited_volume(other, images).is_none();
        let is_of_volume = image.is_volume && names_image(message, image);
        if is_own || is_of_volume { runtime_message(message, image.reference) } else { None }
    })
}

/// Returns the image volume that a container waits for before its own image.
pub(crate) fn awaited_volume<'n>(
    image: &PodImage<'_>,
    images: &'n [PodImage<'_>],
) -> Option<&'n str> {
    let ContainerState::Waiting(_, message) = image.state else { return None };
    if names_image(message, image) {
        return None;
    }
    let mut volumes = images.iter().filter(|other| other.is_volume);
    volumes.find(|volume| names_image(message, volume)).map(|volume| volume.name.as_str())
}

/// Returns whether a message names this image, as written or in full.
fn names_image(message: &str, image: &PodImage<'_>) -> bool {
    let repository = ImageReference::parse(image.reference).map(|image| image.repository());
    message.contains(image.reference)
        || repository.is_ok_and(|repository| message.contains(&repository))
}

/// Returns what the kubelet's reason means where it gives no message.
/// Source: Kubernetes 1.37, `pkg/kubelet/images/types.go`.
pub(crate) fn cause_of_reason(state: ContainerState<'_>) -> Option<Cause> {
    let ContainerState::Waiting(reason, _) = state else { return None };
    match reason {
        "InvalidImageName" => Some(Cause::InvalidName),
        "ErrImageNeverPull" => Some(Cause::NeverPull),
        "RegistryUnavailable" => Some(Cause::Unreachable),
        "SignatureValidationFailed" => Some(Cause::Signature),
        _ => None,
    }
}
