//! What `diagnose POD` tells, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use crate::cluster::pods::Stage;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::verdict::{self, Verdict};
use crate::error::Failures;
use crate::output::diagnosis::{self, Answer};
use crate::output::{Listing, json, yaml};
use crate::system::messages::clean;
use crate::system::output_stream;
use crate::system::untrusted::{Untrusted, one_line};

/// The answer; its JSON is a contract: fields are added, never renamed.
#[derive(Serialize)]
struct PodAnswer {
    pod: String,
    namespace: String,
    containers: Vec<ContainerAnswer>,
    verdict: Named,
}

#[derive(Serialize)]
struct ContainerAnswer {
    container: String,
    /// None where the node says nothing of it, or it does not wait.
    state: Option<Waits>,
    #[serde(flatten)]
    answer: Answer,
    /// Null where the registry was not asked.
    registry: Option<Asked>,
    verdict: Verdict,
}

#[derive(Serialize)]
struct Waits {
    reason: String,
    message: String,
}

#[derive(Serialize)]
struct Asked {
    outcome: &'static str,
    username: Option<String>,
    message: String,
}

/// The verdict that counts for the Pod, and the container that it is about.
#[derive(Serialize)]
struct Named {
    container: Option<String>,
    #[serde(flatten)]
    verdict: Verdict,
}

/// Tells what was found of each image, and what to do first.
///
/// # Errors
/// [`Error::Problems`] where a pull cannot succeed.
pub(crate) fn tell(
    images: Vec<Evidence<'_>>,
    pod: &PodEvidence,
    form: Listing,
    reveal: bool,
) -> Result<(), Failures> {
    let containers: Vec<ContainerAnswer> =
        images.into_iter().map(|one| container(one, pod, reveal)).collect();
    let count = containers.iter().filter(|one| one.verdict.is_problem()).count();
    let answer = PodAnswer {
        pod: pod.name.clone(),
        namespace: pod.namespace.clone(),
        verdict: decisive(&containers),
        containers,
    };
    output_stream::print(&match form {
        Listing::Table(_) => text(&answer),
        Listing::Json => json::render(&answer)?,
        Listing::Yaml => yaml::render(&answer)?,
    })?;
    Failures::of_problems(count)
}

fn container(evidence: Evidence<'_>, pod: &PodEvidence, reveal: bool) -> ContainerAnswer {
    let verdict = verdict::judge(&evidence, pod);
    let Evidence { need, image, words, diagnosis, asked, .. } = evidence;
    let answer = match &image {
        Ok(image) => diagnosis::answer(diagnosis.as_ref(), image, &pod.place(), reveal),
        Err(reason) => diagnosis::invalid(need.image, &reason.to_string()),
    };
    let state = match need.stage {
        Stage::Waiting(reason, message) => Some(Waits {
            reason: reason.to_owned(),
            message: words.as_deref().unwrap_or(message).to_owned(),
        }),
        Stage::Pulled | Stage::Unknown => None,
    };
    let registry = asked.map(|asked| Asked {
        outcome: asked.outcome.name(),
        username: asked.username,
        message: asked.message,
    });
    ContainerAnswer { container: need.name, state, answer, registry, verdict }
}

/// The first image that cannot be pulled decides; without one the first that was
/// not pulled yet.
fn decisive(containers: &[ContainerAnswer]) -> Named {
    let first = |is_it: fn(&&ContainerAnswer) -> bool| containers.iter().find(is_it);
    let decides = first(|one| one.verdict.is_problem())
        .or_else(|| first(|one| !one.verdict.is_pulled()))
        .or_else(|| containers.first());
    decides.map_or_else(
        || Named { container: None, verdict: verdict::without_images() },
        |one| Named { container: Some(one.container.clone()), verdict: one.verdict.clone() },
    )
}

fn text(answer: &PodAnswer) -> String {
    let mut text = String::new();
    for one in &answer.containers {
        text.push_str(&about(one));
        text.push('\n');
    }
    let Named { container, verdict } = &answer.verdict;
    let of = container.as_ref().filter(|_| answer.containers.len() > 1);
    let of = of.map(|container| format!("{}: ", clean(container))).unwrap_or_default();
    // A String takes whatever is written.
    let _ = writeln!(text, "verdict: {of}{}: {}", verdict.code, one_line(&verdict.message));
    if !verdict.hint.is_empty() {
        let _ = writeln!(text, "  {}", one_line(&verdict.hint));
    }
    text
}

/// One container: how far it is, what is tried for it, and what is amiss.
fn about(one: &ContainerAnswer) -> String {
    let container = clean(&one.container);
    let mut lines = vec![match &one.state {
        Some(Waits { reason, .. }) => format!("{container}: {}", clean(reason)),
        None if one.verdict.is_pulled() => format!("{container}: pulled"),
        None => format!("{container}: {}", one.verdict.code),
    }];
    if let Some(Waits { reason, message }) = &one.state
        && !message.is_empty()
        && message != reason
    {
        lines.push(format!("  {}", Untrusted::from(message.as_str()).paragraph()));
    }
    if !one.verdict.is_pulled() {
        let tried = diagnosis::candidates(&one.answer);
        lines.extend(tried.lines().map(|line| format!("  {line}")));
        // The verdict says it already, or says better why nothing matches.
        let is_said = |code: &str| code == one.verdict.code || code == "no-match";
        let others = one.answer.problems.iter().flatten().filter(|it| !is_said(it.code));
        let told = others.map(|problem| format!("  {}", diagnosis::line(problem)));
        lines.extend(told);
        if let Some(Asked { outcome, message, .. }) = &one.registry {
            lines.push(format!("  the registry, asked from here: {outcome}: {message}"));
        }
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
