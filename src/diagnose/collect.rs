//! From what was read of a Pod to the evidence about each of its images.

use crate::cluster::pods::{ContainerState, Event, PodImage};
use crate::diagnose::evidence::Evidence;
use crate::diagnose::messages;
use crate::diagnose::secrets::PodSecrets;
use crate::kubelet::cause::{self, Cause, runtime_message};
use crate::kubelet::{Problem, mirror};
use crate::registry::expiry::{self, UnixSeconds};
use crate::registry::reference::ImageReference;

/// The kubelet tries again at the latest after so many seconds.
/// Source: Kubernetes 1.37, `pkg/kubelet/kubelet.go` (`MaxImageBackOff`).
const MAX_BACK_OFF: u64 = 300;

/// What was read of a Pod.
pub(crate) struct Reading<'r, 'a> {
    /// All images of the Pod.
    pub(crate) images: &'r [PodImage<'a>],
    /// What the cluster noted about the Pod, oldest first.
    pub(crate) events: &'r [Event],
    /// The names in the Pod's own imagePullSecrets.
    pub(crate) names: &'r [&'r str],
    /// The Secrets of those names.
    pub(crate) secrets: &'r PodSecrets,
    pub(crate) now: UnixSeconds,
}

impl<'a> Reading<'_, 'a> {
    /// Returns the evidence about each image, in the order of the Pod.
    pub(crate) fn evidence(&self) -> Vec<Evidence<'a>> {
        self.images.iter().map(|image| self.of_image(image)).collect()
    }

    fn of_image(&self, image: &PodImage<'a>) -> Evidence<'a> {
        let reference = ImageReference::parse(image.reference);
        let diagnosis = reference
            .as_ref()
            .ok()
            .and_then(|reference| self.secrets.diagnose(self.names, reference, self.now));
        let message = self.last_message(image);
        let awaited_volume = messages::awaited_volume(image, self.images).map(str::to_owned);
        // The reason is that of the volume, and says nothing of the container's image.
        let state = if awaited_volume.is_some() { ContainerState::Unknown } else { image.state };
        let cause = message
            .as_deref()
            .and_then(|message| Cause::of(message, image.reference))
            .or_else(|| messages::cause_of_reason(state));
        let mirror = message.as_deref().zip(reference.as_ref().ok()).and_then(|(message, of)| {
            let (attempt, _) = cause::decisive(message, image.reference)?;
            mirror::answering(attempt, of.domain())
        });
        let failed = self.last_failure(image);
        let is_changed =
            diagnosis.as_ref().is_some_and(|it| self.secrets.last_written(it) > failed.as_str());
        Evidence {
            image: PodImage { name: image.name.clone(), state, ..*image },
            reference,
            awaited_volume,
            message,
            cause,
            mirror,
            diagnosis,
            account_diagnosis: None,
            matching: Vec::new(),
            is_changed,
            registry: None,
        }
    }

    /// The failures of an image among the events, the latest first.
    fn failures<'s>(&'s self, image: &'s PodImage<'_>) -> impl Iterator<Item = &'s Event> {
        self.events.iter().rev().filter(|event| event.is_failure_of(image))
    }

    /// Returns the latest message that says why the pull failed.
    fn last_message(&self, image: &PodImage<'_>) -> Option<String> {
        let of_events = self
            .failures(image)
            .filter_map(|event| runtime_message(&event.message, image.reference));
        let of_state = messages::waiting_message(image, self.images);
        let all: Vec<&str> = of_state.into_iter().chain(of_events).collect();
        // That the kubelet does not try now says less than why it failed before.
        let says_why =
            |message: &&&str| Cause::of(message, image.reference) != Some(Cause::Throttled);
        all.iter().find(says_why).or(all.first()).map(|message| (*message).to_owned())
    }

    /// Returns when the last pull failed, as RFC 3339. Events are kept for an hour;
    /// without them the last attempt is not long ago.
    fn last_failure(&self, image: &PodImage<'_>) -> String {
        let noted = self.failures(image).map(|event| event.at().to_owned()).max();
        noted.unwrap_or_else(|| expiry::rfc3339(self.now.saturating_sub(MAX_BACK_OFF)))
    }
}

/// Returns whether no pull Secret is referenced where a login is required.
pub(crate) fn lacks_reference(evidence: &Evidence<'_>) -> bool {
    let is_without = evidence.find(|problem| *problem == Problem::NoPullSecret).is_some();
    let is_refused =
        matches!(evidence.cause, Some(Cause::NotSent | Cause::Rejected | Cause::Denied));
    let of_account = evidence.account_diagnosis.as_ref();
    let is_served = of_account.is_some_and(|it| !it.candidates.is_empty());
    !evidence.image.state.is_beyond_pull() && is_without && is_refused && !is_served
}

/// Returns whether another pull Secret of the namespace may be meant: one that is
/// referenced does not exist, or none is referenced where a login is required.
pub(crate) fn needs_matching(evidence: &Evidence<'_>) -> bool {
    let is_missing = evidence.find(|problem| *problem == Problem::SecretMissing).is_some();
    !evidence.image.state.is_beyond_pull()
        && evidence.candidates().is_empty()
        && (is_missing || lacks_reference(evidence))
}

/// Returns whether the Secrets of the service account may explain a failure: no Secret
/// of the Pod's own matches, and all of those can be used.
pub(crate) fn needs_account(evidence: &Evidence<'_>) -> bool {
    let has_no_candidates = evidence.diagnosis.as_ref().is_some_and(|it| it.candidates.is_empty());
    !evidence.image.state.is_beyond_pull()
        && has_no_candidates
        && evidence.find(Problem::is_skipped).is_none()
}

/// The events that tell how far the node has come with a Pod.
/// Source: Kubernetes 1.37, `pkg/kubelet/events/event.go`.
const PROGRESS: [&str; 8] = [
    "FailedCreatePodSandBox",
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "Failed",
    "BackOff",
    "ErrImageNeverPull",
];

/// Returns why the sandbox of a Pod could not be created, where that is the last that
/// the node told of the Pod. `events` come oldest first.
pub(crate) fn sandbox_failure(events: &[Event]) -> Option<String> {
    let mut progress = events.iter().rev();
    let last = progress.find(|event| PROGRESS.contains(&event.reason.as_str()))?;
    (last.reason == "FailedCreatePodSandBox").then(|| last.message.clone())
}
