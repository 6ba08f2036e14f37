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
    key: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "entries::revealed")]
    password: Option<SecretString>,
}

#[derive(Serialize)]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    secret: Option<String>,
    key: Option<String>,
    message: String,
    hint: String,
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
    Candidate { secret: secret.clone(), key: key.clone(), username, password }
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
        key: finding.key.clone(),
        message: finding.problem.to_string(),
        hint: hints::of_finding(finding, surroundings),
        fatal: finding.problem.is_fatal(),
    }
}

/// Returns the answer for people.
pub(crate) fn text(answer: &Answer) -> String {
    let mut text = candidates(answer);
    for problem in answer.problems.iter().flatten() {
        // A String takes whatever is written.
        let _ = write!(text, "\n{}\n  hint: {}\n", line(problem), one_line(&problem.hint));
    }
    text
}

/// Returns what the kubelet tries, a line each.
pub(crate) fn candidates(answer: &Answer) -> String {
    let mut text = tries(answer) + "\n";
    for (index, candidate) in answer.candidates.iter().flatten().enumerate() {
        let username = match candidate.username.as_str() {
            "" => "(no user name)".to_owned(),
            username => clean(username),
        };
        let password = match &candidate.password {
            Some(password) => format!(" with {}", one_line(password.expose_secret())),
            None => String::new(),
        };
        let (number, secret, key) = (index + 1, clean(&candidate.secret), clean(&candidate.key));
        // A String takes whatever is written.
        let _ = writeln!(
            text,
            "  {number}. {username}{password}, from the Secret {secret}, entry {key}"
        );
    }
    text
}

/// Returns a problem and where it is, as one line.
pub(crate) fn line(problem: &Problem) -> String {
    let secret = problem.secret.iter().map(|name| format!("Secret {}", clean(name)));
    let entry = problem.key.iter().map(|key| format!("entry {}", clean(key)));
    let parts: Vec<String> = secret.chain(entry).collect();
    let place = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}{place}: {}", problem.code, one_line(&problem.message))
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
        (_, Some(false)) => format!("{image}: the kubelet tries, in any order"),
        (_, _) => format!("{image}: the kubelet tries, in this order"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
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
            ProblemCode::NoMatch => {
                vec![Found::NoMatch(None), Found::NoMatch(Some(Miss::OtherRegistry))]
            }
            ProblemCode::EmptyCredential => vec![Found::EmptyCredential],
            ProblemCode::IdentityToken => vec![Found::IdentityToken],
            ProblemCode::Expired => vec![Found::Expired(1)],
            ProblemCode::Shadowed => vec![Found::Shadowed],
            ProblemCode::AmbiguousOrder => vec![Found::AmbiguousOrder],
            ProblemCode::InvalidImage => vec![Found::InvalidImage("it is empty".to_owned())],
            // Of entries and annotations, which `inspect` and `list` show.
            ProblemCode::TrailingNewline
            | ProblemCode::ShortLived
            | ProblemCode::TooPowerful
            | ProblemCode::Converted
            | ProblemCode::LastApplied => Vec::new(),
        }
    }

    #[test]
    fn every_problem_has_its_json() {
        let surroundings =
            Surroundings { domain: "ghcr.io", namespace: Some("shop"), names: &["regcred"] };
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
        {"code":"no-match","secret":"mine","key":"quay.io","message":"no entry matches the image, and the pull is anonymous","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"no-match","secret":"mine","key":"quay.io","message":"no entry matches the image, and the pull is anonymous; the nearest entry: it is the key of another registry","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"empty-credential","secret":"mine","key":"quay.io","message":"the entry matches, but its user name or password is empty: the pull is anonymous","hint":"add the registry's entry: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"identity-token","secret":"mine","key":"quay.io","message":"the entry matches, but has only an identity token, which the kubelet ignores","hint":"log in with a personal access token, then: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"expired","secret":"mine","key":"quay.io","message":"the credential expired at 1970-01-01T00:00:01Z","hint":"log in again, then: kubectl regcred secret mine --registry ghcr.io --apply -n shop","fatal":false}
        {"code":"shadowed","secret":"mine","key":"quay.io","message":"Docker Hub's entry is not tried: it counts only where no other entry matches","hint":"remove the entry that is tried, or grant its user access to the image","fatal":false}
        {"code":"ambiguous-order","secret":"mine","key":"quay.io","message":"several entries of one Secret are for this registry: the kubelet tries them in any order","hint":"replace these entries with one: kubectl regcred secret mine --registry quay.io --apply -n shop","fatal":false}
        {"code":"invalid-image","secret":"mine","key":"quay.io","message":"the image name is not valid: it is empty","hint":"write it as in a Pod, for example ghcr.io/janedoe/app:v1","fatal":true}
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
