//! What keeps an image from being pulled, from all that is known, and the one
//! thing to do about it.

use serde::Serialize;

use crate::cluster::pods::Stage;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::{credential, node};
use crate::distribution::Outcome;
use crate::kubelet::cause::Cause;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;

/// The answer; its JSON is a contract.
#[derive(Clone, Serialize)]
pub(crate) struct Verdict {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// One thing to paste or change; empty where nothing is amiss.
    pub(crate) hint: String,
}

impl Verdict {
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    /// Whether the image is on the node.
    pub(crate) fn is_pulled(&self) -> bool {
        self.code == "pulled"
    }

    /// Whether somebody has to do something.
    pub(crate) fn is_problem(&self) -> bool {
        !["pulled", "heals", "not-tried", Cause::Busy.code()].contains(&self.code)
    }
}

/// Judges one image.
pub(crate) fn judge(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let stage = evidence.need.stage;
    if stage.is_beyond_pull() {
        return pulled(stage);
    }
    let Ok(image) = &evidence.image else { return invalid(evidence) };
    // The kubelet looks at the name, the policy and the Secrets before it pulls.
    if let Some(verdict) = node::before_pull(evidence) {
        return verdict;
    }
    if let Some(finding) = evidence.findings().iter().find(|it| it.problem.is_fatal()) {
        return credential::of_finding(pod, image, finding);
    }
    let is_untried = evidence.words.is_none() && stage.is_before_pull();
    if is_untried || evidence.cause == Some(Cause::Busy) {
        let verdict = credential::unusable(evidence, pod, image);
        let verdict = verdict.or_else(|| node::of_cause(evidence, pod, image));
        return verdict.unwrap_or_else(|| not_tried(evidence, pod));
    }
    if evidence.outcome() == Some(Outcome::Ok) {
        let message = "nothing is wrong now: asked from here, the registry lets it be pulled with what the Pod brings; the kubelet tries again within five minutes";
        return heals(pod, message);
    }
    failed(evidence, pod, image)
}

/// Judges an image that a pull has failed for.
fn failed(evidence: &Evidence<'_>, pod: &PodEvidence, image: &ImageReference) -> Verdict {
    let is_refusal = matches!(
        evidence.cause,
        None | Some(Cause::NotSent | Cause::Rejected | Cause::Denied | Cause::Malformed)
    );
    let is_limited = evidence.cause == Some(Cause::RateLimited);
    if evidence.is_changed && (is_refusal || is_limited) && !is_no(evidence) {
        let message = "a pull Secret was written after the last pull that failed: the kubelet's next try, within five minutes, uses it; `--verify` asks the registry now";
        return heals(pod, message);
    }
    if evidence.cause == Some(Cause::Malformed) && evidence.diagnosis.is_some() {
        let message = "the pull Secrets can be decoded by now: the kubelet tries again within a minute or two";
        return heals(pod, message);
    }
    if !is_refusal
        && !is_contradicted(evidence)
        && let Some(verdict) = node::of_cause(evidence, pod, image)
    {
        return verdict;
    }
    credential::judge(evidence, pod, image).unwrap_or_else(|| unknown(evidence, pod))
}

/// Whether the registry, asked now, says no.
fn is_no(evidence: &Evidence<'_>) -> bool {
    evidence.outcome().is_some_and(Outcome::is_no)
}

/// Whether the registry, asked now, says that it is the login after all.
fn is_contradicted(evidence: &Evidence<'_>) -> bool {
    evidence.cause == Some(Cause::NotFound)
        && evidence.outcome().is_some_and(|outcome| outcome.is_no() && outcome != Outcome::NotFound)
}

fn pulled(stage: Stage<'_>) -> Verdict {
    let message = match stage {
        Stage::Waiting(reason, _) => {
            format!("its image was pulled; what it waits for is another: {}", clean(reason))
        }
        Stage::Pulled | Stage::Unknown => "its image was pulled".to_owned(),
    };
    Verdict::new("pulled", message, "")
}

fn invalid(evidence: &Evidence<'_>) -> Verdict {
    let reason = evidence.image.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let message =
        format!("`{}` is not an image: {reason}", clean(without_user_info(evidence.need.image)));
    Verdict::new("invalid-image", message, "write it as in ghcr.io/janedoe/app:v1")
}

fn heals(pod: &PodEvidence, message: &str) -> Verdict {
    // Who does not want to wait has it made anew by what made it.
    let hint = if pod.is_made { pod.make_anew() } else { String::new() };
    Verdict::new("heals", message, hint)
}

fn not_tried(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let first = evidence.waits_for.as_ref();
    let message = first
        .map(|volume| format!("it waits for the image of {}", clean(volume)))
        .or_else(|| pod.idle.as_deref().map(clean))
        .unwrap_or_else(|| "its node tells of no pull yet".to_owned());
    Verdict::new("not-tried", message, pod.describe())
}

fn unknown(evidence: &Evidence<'_>, pod: &PodEvidence) -> Verdict {
    let words = match (&evidence.words, evidence.need.stage) {
        (Some(words), _) => clean(words),
        (None, Stage::Waiting(reason, message)) => clean(&format!("{reason} {message}")),
        (None, Stage::Pulled | Stage::Unknown) => String::new(),
    };
    let unseen =
        if evidence.diagnosis.is_none() { "the Secrets could not be looked at; " } else { "" };
    let message = format!("{unseen}the kubelet says: {words}");
    Verdict::new("unknown", message, pod.describe())
}

/// Of a Pod that has none.
pub(crate) fn without_images() -> Verdict {
    Verdict::new("pulled", "the Pod names no image", "")
}
