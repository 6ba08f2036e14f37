//! What `diagnose` reports about one image, for people and for programs.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::diagnose::hints::{self, Surroundings};
use crate::kubelet::{self, Diagnosis, Finding, ProblemCode};
use crate::output::entries::{self, Passwords};
use crate::registry::credential;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;
use crate::system::untrusted::one_line;

/// The answer; its JSON is a contract: fields are added, never renamed.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) image: String,
    /// The repository as the kubelet looks it up; none for an invalid image.
    pub(crate) lookup: Option<String>,
    /// Null, as what follows, where the Secrets could not be read.
    pub(crate) ordered: Option<bool>,
    candidates: Option<Vec<Candidate>>,
    pub(crate) problems: Option<Vec<Problem>>,
}

#[derive(Serialize)]
struct Candidate {
    secret: String,
    /// The docker config that counts as the Secret, where there is no Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    key: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "entries::revealed")]
    password: Option<SecretString>,
}

#[derive(Serialize)]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    secret: Option<String>,
    /// The docker config that counts as the Secret, where there is no Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    key: Option<String>,
    message: String,
    pub(super) hint: String,
    fatal: bool,
}

/// Returns the answer about an image; without a diagnosis the Secrets could not be
/// read.
pub(crate) fn answer(
    diagnosis: Option<&Diagnosis>,
    image: &ImageReference,
    surroundings: &Surroundings<'_>,
    passwords: Passwords,
) -> Answer {
    let problems = |diagnosis: &Diagnosis| {
        diagnosis.findings.iter().map(|finding| problem(finding, surroundings)).collect()
    };
    let candidates = |diagnosis: &Diagnosis| {
        diagnosis.candidates.iter().map(|one| candidate(one, passwords)).collect()
    };
    Answer {
        image: image.as_written().to_owned(),
        lookup: Some(image.repository()),
        ordered: diagnosis.map(|it| it.ordered),
        candidates: diagnosis.map(candidates),
        problems: diagnosis.map(problems),
    }
}

fn candidate(
    (secret, candidate): &(String, kubelet::Candidate),
    passwords: Passwords,
) -> Candidate {
    let kubelet::Candidate { key, username, password, .. } = candidate;
    let (username, password) = match passwords {
        Passwords::Shown => (username.clone(), Some(password.clone())),
        Passwords::Hidden => (credential::shown_username(username, password), None),
    };
    Candidate { secret: secret.clone(), file: None, key: key.clone(), username, password }
}

/// Returns the answer about an image whose name is not valid.
pub(crate) fn invalid(image: &str, reason: &str) -> Answer {
    let invalid = kubelet::Problem::InvalidImage(reason.to_owned());
    let finding = Finding { problem: invalid, secret: None, key: None };
    Answer {
        image: without_user_info(image).to_owned(),
        lookup: None,
        ordered: Some(true),
        candidates: Some(Vec::new()),
        problems: Some(vec![problem(&finding, &Surroundings::default())]),
    }
}

fn problem(finding: &Finding, surroundings: &Surroundings<'_>) -> Problem {
    Problem {
        code: finding.problem.code(),
        secret: finding.secret.clone(),
        file: None,
        key: finding.key.clone(),
        message: hints::message(finding, surroundings),
        hint: hints::of_finding(finding, surroundings),
        fatal: finding.problem.is_fatal(),
    }
}

impl Answer {
    /// Names the docker configs that count as Secrets: `config_of` tells them by name.
    pub(crate) fn name_configs<'c>(&mut self, config_of: impl Fn(&str) -> Option<&'c str>) {
        for candidate in self.candidates.iter_mut().flatten() {
            candidate.file = config_of(&candidate.secret).map(str::to_owned);
        }
        for problem in self.problems.iter_mut().flatten() {
            problem.file = problem.secret.as_deref().and_then(&config_of).map(str::to_owned);
        }
    }

    /// Returns how many problems there are.
    pub(crate) fn problem_count(&self) -> usize {
        self.problems.as_ref().map_or(0, Vec::len)
    }
}

/// The answers about the images of manifests; its JSON is a contract.
#[derive(Serialize)]
pub(crate) struct Answers {
    pub(crate) images: Vec<ImageAnswer>,
}

/// The answer about an image, and what names it.
#[derive(Serialize)]
pub(crate) struct ImageAnswer {
    /// `Deployment/web`.
    pub(crate) workload: String,
    pub(crate) file: String,
    /// For people: `Deployment web (web.yaml)`.
    #[serde(skip)]
    pub(crate) title: String,
    #[serde(flatten)]
    pub(crate) answer: Answer,
}

impl Answers {
    /// Returns how many problems there are. What is said of several images of a workload
    /// alike is one.
    pub(crate) fn problem_count(&self) -> usize {
        self.images.iter().enumerate().map(|(index, _)| self.new_problems(index).count()).sum()
    }

    /// The problems of an image that no image of the same workload before it has.
    fn new_problems(&self, index: usize) -> impl Iterator<Item = &Problem> {
        let (before, rest) = self.images.split_at(index.min(self.images.len()));
        let image = rest.first();
        let problems = image.into_iter().flat_map(|one| one.answer.problems.iter().flatten());
        problems.filter(move |problem| {
            let is_same =
                |other: &&Problem| line(other) == line(problem) && other.hint == problem.hint;
            let alike = before.iter().filter(|other| {
                image.is_some_and(|one| (&one.title, &one.file) == (&other.title, &other.file))
            });
            !alike.flat_map(|other| other.answer.problems.iter().flatten()).any(|it| is_same(&it))
        })
    }
}

/// Returns the answers about the images of manifests for people.
pub(crate) fn texts(answers: &Answers) -> String {
    let mut text = String::new();
    for (index, ImageAnswer { title, answer, .. }) in answers.images.iter().enumerate() {
        let line_before = if index == 0 { "" } else { "\n" };
        // A String takes whatever is written.
        let _ = write!(text, "{line_before}{title}, {}", candidates(answer));
        for problem in answers.new_problems(index) {
            let _ = write!(text, "\n{}\n  hint: {}\n", line(problem), hint(problem));
        }
    }
    text
}

/// Returns the answer for people.
pub(crate) fn text(answer: &Answer) -> String {
    let mut text = candidates(answer);
    for problem in answer.problems.iter().flatten() {
        // A String takes whatever is written.
        let _ = write!(text, "\n{}\n  hint: {}\n", line(problem), hint(problem));
    }
    text
}

/// Returns what the kubelet tries, a line each; what it tries several times, on one line.
pub(crate) fn candidates(answer: &Answer) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for candidate in answer.candidates.iter().flatten() {
        let line = tried(candidate);
        match lines.iter_mut().find(|(other, _)| *other == line) {
            Some((_, times)) => *times += 1,
            None => lines.push((line, 1)),
        }
    }
    let mut text = tries(answer) + "\n";
    for (index, (line, times)) in lines.into_iter().enumerate() {
        let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
        // A String takes whatever is written.
        let _ = writeln!(text, "  {}. {line}{times}", index + 1);
    }
    text
}

fn tried(candidate: &Candidate) -> String {
    let username = match candidate.username.as_str() {
        "" => "(no user name)".to_owned(),
        username => clean(username),
    };
    let password = match &candidate.password {
        Some(password) => format!(" with {}", one_line(password.expose_secret())),
        None => String::new(),
    };
    let from = match &candidate.file {
        Some(file) => clean(file),
        None => format!("the Secret {}", clean(&candidate.secret)),
    };
    format!("{username}{password}, from {from}, entry {}", clean(&candidate.key))
}

/// Returns a problem and where it is, as one line.
pub(crate) fn line(problem: &Problem) -> String {
    let secret = match (&problem.file, &problem.secret) {
        (Some(file), _) => Some(clean(file)),
        (None, secret) => secret.as_ref().map(|name| format!("Secret {}", clean(name))),
    };
    let secret = secret.into_iter();
    let entry = problem.key.iter().map(|key| format!("entry {}", clean(key)));
    let parts: Vec<String> = secret.chain(entry).collect();
    let place = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}{place}: {}", problem.code, one_line(&problem.message))
}

/// Returns what to do about a problem, as one line.
pub(crate) fn hint(problem: &Problem) -> String {
    one_line(&problem.hint)
}

fn tried_first(candidates: &[Candidate]) -> String {
    candidates.first().map(tried).unwrap_or_default()
}

fn tries(answer: &Answer) -> String {
    let image = clean(answer.lookup.as_ref().unwrap_or(&answer.image));
    let (Some(candidates), Some(problems)) = (&answer.candidates, &answer.problems) else {
        return format!("{image}: what the kubelet tries is unknown");
    };
    if problems.iter().any(|problem| problem.fatal) {
        return format!("{image}: the kubelet pulls nothing");
    }
    match (candidates.len(), answer.ordered) {
        (0, _) => format!("{image}: the kubelet tries no credential, and pulls anonymously"),
        (1, _) => format!("{image}: the kubelet tries"),
        _ if candidates.iter().all(|one| tried(one) == tried_first(candidates)) => {
            format!("{image}: the kubelet tries")
        }
        (_, Some(false)) => format!("{image}: the kubelet tries, in any order"),
        (_, _) => format!("{image}: the kubelet tries, in this order"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::kubelet::shape::Shape;
    use crate::kubelet::{Miss, Problem as Found, PullSecret, SecretKind};

    /// A problem for each code that a diagnosis may report: the compiler asks for a row
    /// of a new one.
    fn found(code: ProblemCode) -> Vec<Found> {
        let malformed = PullSecret { kind: SecretKind::DockerConfigJson, value: b"x" }.malformed();
        match code {
            ProblemCode::SecretMissing => vec![Found::SecretMissing],
            ProblemCode::WrongType => vec![Found::WrongType("Opaque".to_owned())],
            ProblemCode::MissingKey => vec![Found::MissingKey(".dockerconfigjson")],
            ProblemCode::Malformed => {
                malformed.map(Found::Malformed).into_iter().chain([Found::NotBase64]).collect()
            }
            ProblemCode::WrongShape => vec![Found::WrongShape(Shape::Legacy)],
            ProblemCode::NoMatch => {
                vec![Found::NoMatch(None), Found::NoMatch(Some(Miss::OtherRegistry))]
            }
            ProblemCode::EmptyCredential => vec![Found::EmptyCredential],
            ProblemCode::IdentityToken => vec![Found::IdentityToken],
            ProblemCode::Expired => vec![Found::Expired(1)],
            ProblemCode::Shadowed => vec![Found::Shadowed],
            ProblemCode::AmbiguousOrder => vec![Found::AmbiguousOrder],
            ProblemCode::InvalidImage => vec![Found::InvalidImage("it is empty".to_owned())],
            ProblemCode::NoPullSecret => vec![Found::NoPullSecret],
            ProblemCode::MisplacedReference => {
                vec![Found::MisplacedReference("web.yaml:3: it has no effect".to_owned())]
            }
            ProblemCode::RepeatedReference => vec![Found::RepeatedReference(545)],
            // Of entries and annotations, which `inspect` and `list` show.
            ProblemCode::TrailingNewline
            | ProblemCode::WhiteSpace
            | ProblemCode::Placeholder
            | ProblemCode::UnusualUser
            | ProblemCode::ShortLived
            | ProblemCode::TooPowerful
            | ProblemCode::MayNotPull
            | ProblemCode::Converted
            | ProblemCode::LastApplied => Vec::new(),
        }
    }

    #[test]
    fn every_problem_has_its_json() {
        let surroundings = Surroundings {
            domain: "ghcr.io",
            namespace: Some("shop"),
            names: &["regcred"],
            ..Surroundings::default()
        };
        let mut lines = Vec::new();
        for code in ProblemCode::ALL {
            for found in found(*code) {
                let (secret, key) = (Some("mine".to_owned()), Some("quay.io".to_owned()));
                let json = problem(&Finding { problem: found, secret, key }, &surroundings);
                assert_eq!(json.code, *code);
                lines.push(serde_json::to_string(&json).unwrap());
            }
        }
        assert_snapshot!(lines.join("\n"), @r#"
        {"code":"secret-missing","secret":"mine","key":"quay.io","message":"the Pod references this Secret, but it does not exist: the kubelet continues without it","hint":"create it in the Pod's namespace: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"wrong-type","secret":"mine","key":"quay.io","message":"the Secret is of type Opaque: the kubelet skips it","hint":"create a pull Secret under another name, and reference that one: kubectl regcred secret mine-pull --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"missing-key","secret":"mine","key":"quay.io","message":"the Secret has nothing under `.dockerconfigjson`: the kubelet skips it","hint":"create a pull Secret under another name, and reference that one: kubectl regcred secret mine-pull --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"malformed","secret":"mine","key":"quay.io","message":"the Secret is not the JSON that the kubelet expects, at line 1, column 1: the kubelet pulls no image of the Pod","hint":"rewrite the entry: kubectl regcred secret mine --registry quay.io --apply -n shop","fatal":true}
        {"code":"malformed","secret":"mine","key":"quay.io","message":"the Secret's data is not base64: the API server refuses it","hint":"write it with: kubectl regcred secret mine --registry ghcr.io","fatal":true}
        {"code":"wrong-shape","secret":"mine","key":"quay.io","message":"the Secret holds its entries without `auths` around them, as the older type kubernetes.io/dockercfg has them: the kubelet finds no entry in it","hint":"write it as the kubelet reads it: kubectl regcred secret mine --from-secret shop/mine --apply --replace -n shop","fatal":false}
        {"code":"no-match","secret":"mine","key":"quay.io","message":"no entry matches the image, and the pull is anonymous","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"no-match","secret":"mine","key":"quay.io","message":"no entry matches the image, and the pull is anonymous; the nearest entry: it is the key of another registry","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"empty-credential","secret":"mine","key":"quay.io","message":"the entry matches, but its user name or password is empty: the pull is anonymous","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"identity-token","secret":"mine","key":"quay.io","message":"the entry matches, but has only an identity token, which the kubelet ignores","hint":"log in with a personal access token, then: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"expired","secret":"mine","key":"quay.io","message":"the credential expired at 1970-01-01T00:00:01Z","hint":"log in again, then: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"shadowed","secret":"mine","key":"quay.io","message":"Docker Hub's entry is not tried: it counts only where no other entry matches","hint":"remove the entry that is tried, or grant its user access to the image","fatal":false}
        {"code":"ambiguous-order","secret":"mine","key":"quay.io","message":"several entries of one Secret are for this registry: the kubelet tries them in any order","hint":"replace these entries with one: kubectl regcred secret mine --registry quay.io --apply -n shop","fatal":false}
        {"code":"invalid-image","secret":"mine","key":"quay.io","message":"the image name is not valid: it is empty","hint":"write it as in a Pod, for example ghcr.io/janedoe/app:v1","fatal":true}
        {"code":"no-pull-secret","secret":"mine","key":"quay.io","message":"neither the Pod nor its service account references a pull Secret: the pull is anonymous","hint":"create one that new Pods use: kubectl regcred secret --registry ghcr.io --apply --link -n shop","fatal":false}
        {"code":"misplaced-reference","secret":"mine","key":"quay.io","message":"web.yaml:3: it has no effect","hint":"move it beside `containers`: imagePullSecrets: [{name: mine}]","fatal":false}
        {"code":"repeated-reference","secret":"mine","key":"quay.io","message":"the Secret is referenced 545 times: the kubelet tries its entries as often, and the Pod starts late","hint":"reference it once: imagePullSecrets: [{name: mine}]","fatal":false}
        "#);
    }

    #[test]
    fn a_misspelt_name_is_corrected() {
        let surroundings = Surroundings { names: &["other", "regcred"], ..Surroundings::default() };
        let (secret, key) = (Some("regcerd".to_owned()), None);
        let problem =
            problem(&Finding { problem: Found::SecretMissing, secret, key }, &surroundings);
        assert_snapshot!(problem.hint, @"reference regcred instead: imagePullSecrets: [{name: regcred}]");
    }
}
