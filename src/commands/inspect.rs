//! `inspect`: what is inside a pull Secret or a configuration of docker.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::cli::{InspectArguments, Listing};
use crate::commands::pull_secret::{self, Holder, Value};
use crate::commands::rows::{self, Problem, Row};
use crate::commands::writing;
use crate::error::{Error, Failures};
use crate::kubelet::SecretEntry;
use crate::registry::credential::Login;
use crate::registry::key::{DockerKey, RegistryKey};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};

/// The name that the Kubernetes page gives its Secret.
const DEFAULT_NAME: &str = "regcred";

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where an entry cannot be used.
pub fn run(arguments: &InspectArguments, environment: &Environment) -> Result<(), Failures> {
    let holders = if let Some(path) = &arguments.filename {
        pull_secret::from_file(path)?
    } else {
        let name = arguments.name.as_deref().unwrap_or(DEFAULT_NAME);
        let namespace = arguments.namespace.as_deref();
        vec![pull_secret::from_cluster(name, namespace, &arguments.kubectl, environment)?]
    };
    if arguments.reveal && arguments.output == Listing::Table {
        return reveal(&holders);
    }
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for holder in &holders {
        match pull_secret::read(holder) {
            Ok(entries) => {
                tell_same(&entries);
                let rows_of =
                    entries.into_iter().map(|entry| row(entry, &holder.origin, arguments.reveal));
                rows.extend(rows_of);
            }
            Err(error) => failures.push(error),
        }
    }
    let problems = rows.iter().filter(|row| row.usable == Some(false)).count();
    writing::print(&match arguments.output {
        Listing::Table => rows::table(&rows, true) + &explained(&rows),
        Listing::Json => rows::json(rows)?,
    })?;
    failures.extend((problems > 0).then_some(Error::Problems(problems)));
    Failures::check(failures)
}

/// What kubectl prints on the Kubernetes page: the value itself.
fn reveal(holders: &[Holder]) -> Result<(), Failures> {
    for holder in holders {
        let Value::Plain(_, value) = &holder.value else {
            return Err(pull_secret::read_error(holder).into());
        };
        writing::note_credential();
        writing::print(&String::from_utf8_lossy(value))?;
    }
    Ok(())
}

/// Says which entries hold one credential: it is as good as one registry's rights
/// for all of them.
fn tell_same(entries: &[SecretEntry]) {
    let mut holders: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for entry in entries {
        if let Some((username, password)) = &entry.login
            && !password.expose_secret().is_empty()
        {
            let credential = (username.as_str(), password.expose_secret());
            holders.entry(credential).or_default().push(clean(&entry.key));
        }
    }
    for keys in holders.values().filter(|keys| keys.len() > 1) {
        messages::note(&format!("these hold the same credential: {}", keys.join(", ")));
    }
}

fn row(entry: SecretEntry, origin: &str, reveal: bool) -> Row {
    let SecretEntry { key, login, has_identity_token } = entry;
    let registry = match RegistryKey::from_docker(&key) {
        DockerKey::Registry(registry) => Some(registry),
        DockerKey::HubSession | DockerKey::Unusable => None,
    };
    let problem = |code, message: &str, hint: &str| Problem {
        code,
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let Some(registry) = registry else {
        let mut row = Row::new(clean(&key), key, origin);
        row.usable = Some(false);
        let hint = "take the entry out";
        row.problems.push(problem(
            "no-match",
            "its key is that of no registry, and matches no image",
            hint,
        ));
        return row;
    };
    let mut row = Row::new(registry.to_string(), key, origin);
    let Some((username, password)) = login else {
        row.usable = Some(false);
        let message =
            "it cannot be decoded, and the kubelet pulls no image of a Pod that refers to it";
        row.problems.push(problem("malformed", message, "write it with: kubectl regcred secret"));
        return row;
    };
    row.password = reveal.then(|| password.clone());
    // The kubelet ignores the token; its presence says what was meant.
    let identity_token = has_identity_token.then(|| SecretString::from(""));
    let login = Login { username, password, identity_token, has_registry_token: false };
    // The refusal is among the row's problems.
    let _ = row.check(&registry, login);
    row
}

/// The problems, and which entries hold one credential, below the columns.
fn explained(rows: &[Row]) -> String {
    let problems =
        rows.iter().flat_map(|row| row.problems.iter().map(move |problem| (row, problem)));
    let lines = problems.map(|(row, problem)| {
        format!("\n{}: {}\n  {}\n", clean(&row.key), problem.message, problem.hint)
    });
    lines.collect()
}
