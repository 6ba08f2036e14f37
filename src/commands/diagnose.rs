//! `diagnose`: what the kubelet does for an image, from manifests alone.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::cli::{DiagnoseArguments, Listing};
use crate::commands::pull_secret::Value;
use crate::commands::{manifests, rows, writing};
use crate::error::{Error, Failures};
use crate::kubelet::{self, Diagnosis, Finding, Problem, Reference, State};
use crate::manifest::edit::{Kind, Object, SecretObject};
use crate::registry::reference::ImageReference;
use crate::system::clock;
use crate::system::files;
use crate::system::messages::{self, clean};

/// The account of Pods that name none.
const DEFAULT_ACCOUNT: &str = "default";

/// The answer; its JSON is a contract: fields are added, never renamed.
#[derive(Serialize)]
struct Answer {
    image: String,
    /// The repository as the kubelet looks it up; none for an invalid image.
    lookup: Option<String>,
    ordered: bool,
    candidates: Vec<Candidate>,
    problems: Vec<Told>,
}

#[derive(Serialize)]
struct Candidate {
    secret: String,
    key: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rows::revealed")]
    password: Option<SecretString>,
}

#[derive(Serialize)]
struct Told {
    code: &'static str,
    secret: Option<String>,
    key: Option<String>,
    message: String,
    hint: String,
    fatal: bool,
}

/// Runs the command.
///
/// # Errors
/// Manifests that cannot be read; [`Error::Problems`] where anything is amiss.
pub fn run(arguments: &DiagnoseArguments) -> Result<(), Failures> {
    check(arguments)?;
    let objects = manifests::objects(&arguments.filenames)?;
    let answer = match ImageReference::parse(&arguments.image) {
        Ok(image) => diagnosed(&objects, &image, arguments),
        Err(reason) => invalid(&arguments.image, &reason.to_string()),
    };
    let count = answer.problems.len();
    writing::print(&match arguments.output {
        Listing::Table => text(&answer),
        Listing::Json => json(&answer)?,
    })?;
    if count == 0 { Ok(()) } else { Err(Error::Problems(count).into()) }
}

fn check(arguments: &DiagnoseArguments) -> Result<(), Error> {
    let from_stdin = arguments.filenames.iter().filter(|path| files::is_stdin(path)).count();
    if from_stdin > 1 {
        return Err(Error::StdinTwice { first: "--filename", second: "--filename" });
    }
    Ok(())
}

fn invalid(image: &str, reason: &str) -> Answer {
    let problem = Problem::InvalidImage(reason.to_owned());
    Answer {
        image: clean(image),
        lookup: None,
        ordered: true,
        candidates: Vec::new(),
        problems: vec![told(&Finding { problem, secret: None, key: None }, "")],
    }
}

fn diagnosed(objects: &[Object], image: &ImageReference, arguments: &DiagnoseArguments) -> Answer {
    let pod = pod(objects, image);
    let named = referred(objects, pod);
    let values: Vec<(&str, Option<Value>)> =
        named.iter().map(|(name, secret)| (*name, secret.map(Value::of))).collect();
    let references: Vec<Reference<'_>> = values
        .iter()
        .map(|(name, value)| Reference {
            name,
            state: value.as_ref().map_or(State::Missing, Value::state),
        })
        .collect();
    let repository = image.repository();
    let diagnosis = kubelet::diagnose(&references, &repository, clock::now());
    answer(diagnosis, image, repository, arguments.reveal)
}

/// What makes the Pod: of several workloads the one with this image, else the first.
fn pod<'o>(objects: &'o [Object], image: &ImageReference) -> Option<&'o Object> {
    let workloads = || objects.iter().filter(|object| object.kind == Kind::Workload);
    let has_image = |object: &&Object| {
        let parsed = object.images.iter().filter_map(|one| ImageReference::parse(one).ok());
        parsed.into_iter().any(|one| one.repository() == image.repository())
    };
    workloads().find(has_image).or_else(|| workloads().next())
}

/// The Secrets that the kubelet would fetch, by their names, in their order.
fn referred<'o>(
    objects: &'o [Object],
    pod: Option<&'o Object>,
) -> Vec<(&'o str, Option<&'o SecretObject>)> {
    let secrets = || objects.iter().filter_map(|object| Some((object, object.secret.as_ref()?)));
    let Some(pod) = pod else {
        return secrets().map(|(object, secret)| (object.name.as_str(), Some(secret))).collect();
    };
    let is_near = |object: &Object| {
        // Where either names no namespace, both go into the one of the apply.
        let spaces = (&object.namespace, &pod.namespace);
        matches!(spaces, (None, _) | (_, None)) || object.namespace == pod.namespace
    };
    let account = if pod.account.is_empty() { DEFAULT_ACCOUNT } else { &pod.account };
    let is_account = |object: &&Object| {
        object.kind == Kind::ServiceAccount && object.name == account && is_near(object)
    };
    // Only a Pod without a list of its own gets the account's.
    let brings = if pod.pull_secrets.is_empty() { objects.iter().find(is_account) } else { None };
    let names = brings.map_or(&pod.pull_secrets, |account| &account.pull_secrets);
    let find = |name: &str| {
        let mut found = secrets().filter(|(object, _)| object.name == name && is_near(object));
        found.next().map(|(_, secret)| secret)
    };
    let names = names.iter().filter(|name| !name.is_empty());
    names.map(|name| (name.as_str(), find(name))).collect()
}

fn answer(diagnosis: Diagnosis, image: &ImageReference, lookup: String, reveal: bool) -> Answer {
    let problems = diagnosis.findings.iter().map(|finding| told(finding, image.domain())).collect();
    let candidates = diagnosis.candidates.into_iter().map(|(secret, candidate)| {
        let password = candidate.password.expose_secret();
        // Some registries take their token as the user name too.
        let is_token = !reveal && !password.is_empty() && candidate.username == password;
        let username = if is_token { "(the token)" } else { &candidate.username };
        Candidate {
            secret,
            username: username.to_owned(),
            password: reveal.then(|| candidate.password.clone()),
            key: candidate.key,
        }
    });
    Answer {
        image: image.as_written().to_owned(),
        lookup: Some(lookup),
        ordered: diagnosis.ordered,
        candidates: candidates.collect(),
        problems,
    }
}

fn told(finding: &Finding, domain: &str) -> Told {
    let Finding { problem, secret, key } = finding;
    let name = secret.as_deref().map_or_else(|| "regcred".to_owned(), clean);
    Told {
        code: problem.code(),
        secret: secret.clone(),
        key: key.clone(),
        message: problem.to_string(),
        hint: hint(problem, &name, domain),
        fatal: problem.is_fatal(),
    }
}

/// One thing to paste or change.
fn hint(problem: &Problem, secret: &str, domain: &str) -> String {
    let renew = format!("kubectl regcred secret {secret} --registry {domain} --apply");
    match problem {
        Problem::SecretMissing => format!("make it in the Pod's namespace: {renew}"),
        Problem::WrongType(_) | Problem::MissingKey(_) => {
            format!("make it anew: kubectl delete secret {secret}; {renew}")
        }
        Problem::NotBase64 => {
            format!("write it with: kubectl regcred secret {secret} --registry {domain}")
        }
        Problem::Malformed(_) => format!("write it anew: {renew} --replace"),
        Problem::NoMatch(_) | Problem::EmptyCredential | Problem::AmbiguousOrder => {
            format!("add the registry's entry: {renew}")
        }
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

fn json(answer: &Answer) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(answer);
    text.map(|text| text + "\n").map_err(|_| Error::Render("answer"))
}

fn text(answer: &Answer) -> String {
    let mut lines = vec![tries(answer)];
    for (number, candidate) in answer.candidates.iter().enumerate() {
        let Candidate { secret, key, username, password } = candidate;
        let username = if username.is_empty() { "nobody" } else { username };
        let password =
            password.as_ref().map(|password| format!(" with {}", password.expose_secret()));
        let password = password.unwrap_or_default();
        lines.push(format!(
            "  {}. {username}{password}, from the Secret {secret}, entry {key}",
            number + 1
        ));
    }
    for problem in &answer.problems {
        let parts = [("Secret", &problem.secret), ("entry", &problem.key)];
        let parts =
            parts.iter().filter_map(|(what, name)| Some(format!("{what} {}", name.as_ref()?)));
        let place = parts.collect::<Vec<_>>().join(", ");
        let place = if place.is_empty() { place } else { format!(" ({place})") };
        lines.push(format!("\n{}{place}: {}\n  {}", problem.code, problem.message, problem.hint));
    }
    // Names and keys are whatever stands in the manifests.
    lines.push(String::new());
    lines.join("\n").chars().filter(|c| *c == '\n' || !messages::is_unsafe(*c)).collect()
}

fn tries(answer: &Answer) -> String {
    let image = answer.lookup.as_ref().unwrap_or(&answer.image);
    if answer.problems.iter().any(|problem| problem.fatal) {
        return format!("{image}: the kubelet pulls nothing");
    }
    match (answer.candidates.len(), answer.ordered) {
        (0, _) => format!("{image}: the kubelet tries no credential, and pulls anonymously"),
        (1, _) => format!("{image}: the kubelet tries"),
        (_, true) => format!("{image}: the kubelet tries, in this order"),
        (_, false) => format!("{image}: the kubelet tries, in any order"),
    }
}
