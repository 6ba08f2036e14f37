//! What `diagnose` tells of one image, for people and for programs.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::kubelet::{self, Diagnosis, Finding, Problem, index_key};
use crate::manifest::metadata::is_object_name;
use crate::output::entries;
use crate::registry::credential;
use crate::registry::key::RegistryKey;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::selection::pull_secret::{DEFAULT_NAME, NO_NAME, write};
use crate::system::messages::clean;
use crate::system::shell;
use crate::system::untrusted::one_line;

/// The answer; its JSON is a contract: fields are added, never renamed.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) image: String,
    /// The repository as the kubelet looks it up; none for an invalid image.
    pub(crate) lookup: Option<String>,
    /// Null, as what follows, where the Secrets could not be looked at.
    pub(crate) ordered: Option<bool>,
    candidates: Option<Vec<Candidate>>,
    pub(crate) problems: Option<Vec<Told>>,
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
pub(crate) struct Told {
    pub(crate) code: &'static str,
    secret: Option<String>,
    key: Option<String>,
    message: String,
    hint: String,
    fatal: bool,
}

/// Of a diagnosis; `place` is ` -n NAMESPACE` where one is known.
pub(crate) fn answer(
    diagnosis: Option<&Diagnosis>,
    image: &ImageReference,
    place: &str,
    reveal: bool,
) -> Answer {
    let problems = |it: &Diagnosis| {
        it.findings.iter().map(|finding| told(finding, image.domain(), place)).collect()
    };
    let candidates =
        |it: &Diagnosis| it.candidates.iter().map(|one| candidate(one, reveal)).collect();
    Answer {
        image: image.as_written().to_owned(),
        lookup: Some(image.repository()),
        ordered: diagnosis.map(|it| it.ordered),
        candidates: diagnosis.map(candidates),
        problems: diagnosis.map(problems),
    }
}

fn candidate((secret, candidate): &(String, kubelet::Candidate), reveal: bool) -> Candidate {
    let username = if reveal { candidate.username.clone() } else { shown_user(candidate) };
    Candidate {
        secret: secret.clone(),
        username,
        password: reveal.then(|| candidate.password.clone()),
        key: candidate.key.clone(),
    }
}

/// The user of a candidate.
pub(crate) fn shown_user(candidate: &kubelet::Candidate) -> String {
    credential::shown_username(&candidate.username, &candidate.password)
}

/// Of an image that is none.
pub(crate) fn invalid(image: &str, reason: &str) -> Answer {
    let problem = Problem::InvalidImage(reason.to_owned());
    Answer {
        image: without_user_info(image).to_owned(),
        lookup: None,
        ordered: Some(true),
        candidates: Some(Vec::new()),
        problems: Some(vec![told(&Finding { problem, secret: None, key: None }, "", "")]),
    }
}

fn told(finding: &Finding, domain: &str, place: &str) -> Told {
    Told {
        code: finding.problem.code(),
        secret: finding.secret.clone(),
        key: finding.key.clone(),
        message: finding.problem.to_string(),
        hint: hint(finding, domain, place),
        fatal: finding.problem.is_fatal(),
    }
}

/// One thing to paste or change.
pub(crate) fn hint(finding: &Finding, domain: &str, place: &str) -> String {
    let secret = finding.secret.as_deref().unwrap_or(DEFAULT_NAME);
    let renew = write(secret, domain, place);
    match &finding.problem {
        Problem::SecretMissing if !is_object_name(secret) => NO_NAME.to_owned(),
        Problem::SecretMissing => format!("make it in the Pod's namespace: {renew}"),
        Problem::WrongType(_) | Problem::MissingKey(_) => {
            let delete = shell::command(["kubectl", "delete", "secret", secret]);
            format!("make it anew: {delete}{place} && {renew}")
        }
        Problem::NotBase64 => {
            let words = ["kubectl", "regcred", "secret", secret, "--registry", domain];
            format!("write it with: {}", shell::command(words))
        }
        Problem::Malformed(_) => match registry(finding) {
            Some(registry) => format!("write the entry anew: {}", write(secret, &registry, place)),
            None => format!(
                "write it anew, with every registry that it is for: {}",
                write(secret, domain, &format!(" --replace{place}"))
            ),
        },
        Problem::NoMatch(_) | Problem::EmptyCredential => {
            format!("add the registry's entry: {renew}")
        }
        Problem::AmbiguousOrder => leave_one(finding, secret, place),
        Problem::IdentityToken => {
            format!("log in with a personal access token, then: {renew}")
        }
        Problem::Expired(_) => format!("log in again, then: {renew}"),
        Problem::Shadowed => {
            "leave the entry of the path out, or give it the rights that it needs".to_owned()
        }
        Problem::InvalidImage(_) => {
            "write it as in a Pod, for example ghcr.io/janedoe/app:v1".to_owned()
        }
    }
}

/// Returns how to leave one of several entries that the kubelet takes for the same.
fn leave_one(finding: &Finding, secret: &str, place: &str) -> String {
    let key = finding.key.as_deref().unwrap_or_default();
    let Some(index_key) = index_key(key) else { return format!("remove the entry {key}") };
    let registry = RegistryKey::parse(&index_key).ok();
    // Writing an entry removes those of the same place in the kubelet's index.
    let is_replaced = |written: &RegistryKey| {
        let written_key = written.auths_key();
        written.is_docker_hub() || kubelet::index_key(&written_key).as_ref() == Some(&index_key)
    };
    match registry.filter(is_replaced) {
        Some(registry) => format!(
            "replace these entries with one: {}",
            write(secret, &registry.to_string(), place)
        ),
        None => format!("keep one entry for {index_key} in the Secret {secret}, remove the others"),
    }
}

/// The registry that the key of a finding stands for.
fn registry(finding: &Finding) -> Option<String> {
    let key = RegistryKey::from_docker(finding.key.as_deref()?);
    key.registry().map(|registry| registry.to_string())
}

/// For people.
pub(crate) fn text(answer: &Answer) -> String {
    let mut text = candidates(answer);
    for problem in answer.problems.iter().flatten() {
        // A String takes whatever is written.
        let _ = write!(text, "\n{}\n  {}\n", line(problem), one_line(&problem.hint));
    }
    text
}

/// What the kubelet tries.
pub(crate) fn candidates(answer: &Answer) -> String {
    let mut lines = vec![tries(answer)];
    for (number, candidate) in answer.candidates.iter().flatten().enumerate() {
        let Candidate { secret, key, username, password } = candidate;
        let username = if username.is_empty() { "nobody".to_owned() } else { clean(username) };
        let (secret, key) = (clean(secret), clean(key));
        let password = password.as_ref().map(ExposeSecret::expose_secret);
        let password = password.map(|password| format!(" with {}", one_line(password)));
        let password = password.unwrap_or_default();
        lines.push(format!(
            "  {}. {username}{password}, from the Secret {secret}, entry {key}",
            number + 1
        ));
    }
    lines.join("\n") + "\n"
}

/// A problem and where it is.
pub(crate) fn line(problem: &Told) -> String {
    let parts = [("Secret", &problem.secret), ("entry", &problem.key)];
    let parts =
        parts.iter().filter_map(|(what, name)| Some(format!("{what} {}", clean(name.as_ref()?))));
    let place = parts.collect::<Vec<_>>().join(", ");
    let place = if place.is_empty() { place } else { format!(" ({place})") };
    format!("{}{place}: {}", problem.code, one_line(&problem.message))
}

fn tries(answer: &Answer) -> String {
    let image = clean(answer.lookup.as_ref().unwrap_or(&answer.image));
    let (Some(candidates), Some(problems)) = (&answer.candidates, &answer.problems) else {
        return format!("{image}: what the kubelet tries is not known");
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
