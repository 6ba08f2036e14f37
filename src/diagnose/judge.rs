//! From the evidence about an image to the verdict.

use crate::cluster::pods::ContainerState;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::diagnose::{credential, hints, mirror, node};
use crate::distribution::Outcome;
use crate::kubelet::Problem;
use crate::kubelet::cause::Cause;
use crate::kubelet::sandbox;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;

/// Judges one image.
pub(crate) fn judge(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let state = evidence.image.state;
    if state.is_beyond_pull() {
        return pulled(state);
    }
    let image = match &evidence.reference {
        Ok(image) => image,
        Err(reason) => return invalid(evidence, &reason.to_string()),
    };
    // The kubelet looks at the name, the policy and the Secrets before it pulls.
    if let Some(verdict) = node::before_pull(evidence) {
        return verdict;
    }
    let fatal = evidence.find(Problem::is_fatal);
    if let Some(verdict) = fatal.and_then(|it| credential::of_finding(evidence, pod, image, it)) {
        return verdict;
    }
    let is_untried = evidence.message.is_none() && state.is_before_pull();
    if is_untried
        && let Some(verdict) = pod.sandbox_failure.as_deref().and_then(node::sandbox_image)
    {
        return verdict;
    }
    if is_untried || evidence.cause == Some(Cause::Throttled) {
        return credential::unusable(evidence, pod, image)
            .or_else(|| node::of_cause(evidence, pod, image))
            .unwrap_or_else(|| not_tried(evidence, pod));
    }
    // What is asked from here is the registry itself.
    if evidence.outcome() == Some(Outcome::Ok) && evidence.mirror.is_none() {
        let message = "no problem now: asked from here, the registry allows the pull with the Pod's credentials; the kubelet retries within five minutes";
        return resolved(pod, message);
    }
    failed(evidence, pod, image)
}

/// Judges an image whose pull has failed.
fn failed(evidence: &Evidence<'_>, pod: &PodEvidence, image: &ImageReference) -> Verdict {
    let is_refusal = matches!(
        evidence.cause,
        None | Some(
            Cause::NotSent
                | Cause::Rejected
                | Cause::Denied
                | Cause::NarrowToken
                | Cause::Malformed
        )
    );
    let is_limited = evidence.cause == Some(Cause::RateLimited);
    let is_no = evidence.outcome().is_some_and(Outcome::is_no);
    if evidence.is_changed && (is_refusal || is_limited) && !is_no {
        let message = "a pull Secret was written after the last failed pull; the kubelet retries with it within five minutes, and `--verify` asks the registry now";
        return resolved(pod, message);
    }
    if evidence.cause == Some(Cause::Malformed) && evidence.diagnosis.is_some() {
        let message = "the pull Secrets can be decoded now; the kubelet retries within two minutes";
        return resolved(pod, message);
    }
    if let Some(verdict) = mirror::judge(evidence, image).or_else(|| node::of_name(evidence, image))
    {
        return verdict;
    }
    if !is_refusal
        && !is_contradicted(evidence)
        && let Some(verdict) = node::of_cause(evidence, pod, image)
    {
        return verdict;
    }
    credential::judge(evidence, pod, image).unwrap_or_else(|| unknown(evidence, pod))
}

/// Returns whether the registry, asked now, says that the credential is the reason
/// after all.
fn is_contradicted(evidence: &Evidence<'_>) -> bool {
    evidence.cause == Some(Cause::NotFound)
        && evidence.outcome().is_some_and(|outcome| outcome.is_no() && outcome != Outcome::NotFound)
}

fn pulled(state: ContainerState<'_>) -> Verdict {
    let message = match state {
        ContainerState::Waiting(reason, _) => format!(
            "the image was pulled; the container waits for something else: {}",
            clean(reason)
        ),
        ContainerState::Pulled | ContainerState::Unknown => "the image was pulled".to_owned(),
    };
    Verdict::new(VerdictCode::Pulled, message, "")
}

fn invalid(evidence: &Evidence<'_>, reason: &str) -> Verdict {
    let written = clean(without_user_info(evidence.image.reference));
    let message = format!("`{written}` is not an image: {reason}");
    Verdict::new(VerdictCode::InvalidImage, message, hints::IMAGE_EXAMPLE)
}

fn resolved(pod: &PodEvidence, message: &str) -> Verdict {
    // Deleting a Pod without an owner would end it: it has to wait.
    let hint = if pod.has_owner { hints::recreate_hint(pod) } else { String::new() };
    Verdict::new(VerdictCode::Resolved, message, hint)
}

fn not_tried(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let message = if let Some(volume) = &evidence.awaited_volume {
        format!("the container waits for the image of {}", clean(volume))
    } else if let Some(reason) = &pod.no_pull_reason {
        clean(reason)
    } else if let Some(failure) = &pod.sandbox_failure {
        format!("the node cannot create the Pod's sandbox: {}", clean(sandbox::reason(failure)))
    } else {
        "no pull reported yet".to_owned()
    };
    Verdict::new(VerdictCode::NotTried, message, hints::describe_hint(pod))
}

fn unknown(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let reported = match (&evidence.message, evidence.image.state) {
        (Some(message), _) => clean(message),
        (None, ContainerState::Waiting(reason, message)) => clean(&format!("{reason} {message}")),
        (None, ContainerState::Pulled | ContainerState::Unknown) => String::new(),
    };
    let unread = if evidence.diagnosis.is_none() { "the Secrets could not be read; " } else { "" };
    let message = format!("{unread}the kubelet reports: {reported}");
    Verdict::new(VerdictCode::Unknown, message, hints::describe_hint(pod))
}

/// Judges a Pod that has no images.
pub(crate) fn without_images() -> Verdict {
    Verdict::new(VerdictCode::Pulled, "the Pod has no images", "")
}
