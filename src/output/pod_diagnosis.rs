//! What `diagnose POD` reports, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use crate::cluster::pods::ContainerState;
use crate::cluster::proposal::with_flags;
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::hints::Surroundings;
use crate::diagnose::judge;
use crate::diagnose::verdict::Verdict;
use crate::diagnose::verdict_code::VerdictCode;
use crate::kubelet::ProblemCode;
use crate::output::diagnosis::{self, Answer};
use crate::output::entries::Passwords;
use crate::system::messages::clean;
use crate::system::untrusted::{Untrusted, one_line};

/// The answer; its JSON is a contract: fields are added, never renamed.
#[derive(Serialize)]
pub(crate) struct PodAnswer {
    pod: String,
    namespace: String,
    containers: Vec<ContainerAnswer>,
    verdict: ContainerVerdict,
}

#[derive(Serialize)]
struct ContainerAnswer {
    container: String,
    /// None where the container does not wait, or the node reports no state.
    state: Option<WaitingState>,
    #[serde(flatten)]
    answer: Answer,
    /// Null where the registry was not asked.
    registry: Option<RegistryAnswer>,
    verdict: Verdict,
}

#[derive(Serialize)]
struct WaitingState {
    reason: String,
    message: String,
}

#[derive(Serialize)]
struct RegistryAnswer {
    outcome: &'static str,
    username: Option<String>,
    message: String,
}

/// The verdict that counts for the Pod, and the container that it is about.
#[derive(Serialize)]
struct ContainerVerdict {
    container: Option<String>,
    #[serde(flatten)]
    verdict: Verdict,
}

/// Judges each image of a Pod, and returns the answer.
pub(crate) fn answer(
    images: Vec<Evidence<'_>>,
    pod: &PodEvidence,
    passwords: Passwords,
) -> PodAnswer {
    let containers: Vec<ContainerAnswer> =
        images.into_iter().map(|evidence| container(evidence, pod, passwords)).collect();
    PodAnswer {
        pod: pod.name.clone(),
        namespace: pod.namespace.clone(),
        verdict: decisive(&containers),
        containers,
    }
}

impl PodAnswer {
    /// Adds the flags of kubectl that name the cluster to every command that is proposed.
    pub(crate) fn add_flags(&mut self, flags: &[String]) {
        let add = |hint: &mut String| *hint = with_flags(hint, flags);
        add(&mut self.verdict.verdict.hint);
        for container in &mut self.containers {
            add(&mut container.verdict.hint);
            let problems = container.answer.problems.iter_mut().flatten();
            problems.for_each(|problem| add(&mut problem.hint));
        }
    }

    /// Returns how many images cannot be pulled.
    pub(crate) fn problems(&self) -> usize {
        self.containers.iter().filter(|one| one.verdict.code.is_problem()).count()
    }
}

fn container(evidence: Evidence<'_>, pod: &PodEvidence, passwords: Passwords) -> ContainerAnswer {
    let verdict = judge::judge(&evidence, pod);
    let Evidence { image, reference, message: reported, diagnosis, registry, matching, .. } =
        evidence;
    let answer = match &reference {
        Ok(reference) => {
            let names = pod.names_beside();
            let matching: Vec<&str> = matching.iter().map(String::as_str).collect();
            let surroundings =
                Surroundings { matching: &matching, ..pod.surroundings(reference, &names) };
            diagnosis::answer(diagnosis.as_ref(), reference, &surroundings, passwords)
        }
        Err(reason) => diagnosis::invalid(image.reference, &reason.to_string()),
    };
    let state = match image.state {
        ContainerState::Waiting(reason, message) => Some(WaitingState {
            reason: reason.to_owned(),
            message: reported.as_deref().unwrap_or(message).to_owned(),
        }),
        ContainerState::Pulled | ContainerState::Unknown => None,
    };
    let registry = registry.map(|answer| RegistryAnswer {
        outcome: answer.outcome.name(),
        username: answer.username,
        message: answer.message,
    });
    ContainerAnswer { container: image.name, state, answer, registry, verdict }
}

/// Returns the verdict of the first image that cannot be pulled, else of the first that
/// was not pulled yet.
fn decisive(containers: &[ContainerAnswer]) -> ContainerVerdict {
    let first =
        |decides: fn(VerdictCode) -> bool| containers.iter().find(|one| decides(one.verdict.code));
    let decisive = first(VerdictCode::is_problem)
        .or_else(|| first(|code| !code.is_pulled()))
        .or_else(|| containers.first());
    match decisive {
        Some(one) => ContainerVerdict {
            container: Some(one.container.clone()),
            verdict: one.verdict.clone(),
        },
        None => ContainerVerdict { container: None, verdict: judge::without_images() },
    }
}

/// Returns the answer for people.
pub(crate) fn text(answer: &PodAnswer) -> String {
    let mut text = String::new();
    for container in &answer.containers {
        text.push_str(&container_text(container));
        text.push('\n');
    }
    let ContainerVerdict { container, verdict } = &answer.verdict;
    let container = match container {
        Some(name) if answer.containers.len() > 1 => format!("{}: ", clean(name)),
        _ => String::new(),
    };
    // A String takes whatever is written.
    let _ = writeln!(text, "verdict: {container}{}: {}", verdict.code, one_line(&verdict.message));
    if !verdict.hint.is_empty() {
        let _ = writeln!(text, "  hint: {}", one_line(&verdict.hint));
    }
    text
}

/// Returns how far a container has come, what is tried for its image, and the problems.
fn container_text(one: &ContainerAnswer) -> String {
    let container = clean(&one.container);
    let is_pulled = one.verdict.code.is_pulled();
    let mut lines = vec![match &one.state {
        Some(WaitingState { reason, .. }) => format!("{container}: {}", clean(reason)),
        None if is_pulled => format!("{container}: pulled"),
        None => format!("{container}: {}", one.verdict.code),
    }];
    if let Some(WaitingState { reason, message }) = &one.state
        && !message.is_empty()
        && message != reason
    {
        lines.push(format!("  {}", Untrusted::from(message.as_str()).paragraph()));
    }
    if !is_pulled {
        let tried = diagnosis::candidates(&one.answer);
        lines.extend(tried.lines().map(|line| format!("  {line}")));
        // The verdict says it already, or says better why nothing matches.
        let is_said = |code: ProblemCode| {
            [ProblemCode::NoMatch, ProblemCode::NoPullSecret].contains(&code)
                || VerdictCode::of_problem(code) == Some(one.verdict.code)
        };
        let others = one.answer.problems.iter().flatten().filter(|it| !is_said(it.code));
        for problem in others {
            lines.push(format!("  {}", diagnosis::line(problem)));
            lines.push(format!("    hint: {}", diagnosis::hint(problem)));
        }
        if let Some(RegistryAnswer { outcome, message, .. }) = &one.registry {
            lines.push(format!("  the registry, asked from here: {outcome}: {message}"));
        }
    }
    lines.join("\n") + "\n"
}
