//! `inspect`: what is inside a pull Secret or a configuration of docker.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use crate::commands::options::{InspectOptions, InspectedSecret};
use crate::error::{Error, Failures};
use crate::kubelet::SecretEntry;
use crate::output::Listing;
use crate::output::entries::{self, Row};
use crate::selection::pull_secret::{self, Holder};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::output_stream;

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where an entry cannot be used.
pub(crate) fn run(options: &InspectOptions, environment: &Environment) -> Result<(), Failures> {
    let holders = match &options.secret {
        InspectedSecret::File(path) => pull_secret::from_file(path)?,
        InspectedSecret::Cluster(secret) => vec![pull_secret::from_cluster(secret, environment)?],
    };
    if options.reveal && matches!(options.output, Listing::Table(_)) {
        return reveal(&holders);
    }
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for holder in &holders {
        match holder.entries() {
            Ok(entries) => {
                failures.extend(holder.malformed(&entries).map(|fault| holder.error(fault)));
                let same = same(&entries);
                for (entry, same_as) in entries.into_iter().zip(same) {
                    let mut row = entries::of_entry(entry, &holder.origin, options.reveal);
                    row.same_as = same_as;
                    if let Some(place) = &holder.place {
                        row.write_into(&holder.name, place);
                    }
                    rows.push(row);
                }
            }
            Err(fault) => failures.push(holder.error(fault)),
        }
    }
    let problems = rows.iter().filter(|row| row.usable == Some(false)).count();
    output_stream::print(&match options.output {
        Listing::Table(headers) => entries::table(&rows, true, headers) + &explained(&rows),
        Listing::Json => entries::json(rows)?,
        Listing::Yaml => entries::yaml(rows)?,
    })?;
    failures.extend((problems > 0).then_some(Error::Problems(problems)));
    Failures::check(failures)
}

/// What kubectl prints on the Kubernetes page: the value itself.
fn reveal(holders: &[Holder]) -> Result<(), Failures> {
    for holder in holders {
        let value = holder.plain()?;
        output_stream::note_credential();
        output_stream::print(&String::from_utf8_lossy(value))?;
    }
    Ok(())
}

/// For each entry the key of the first one that holds the same credential, where
/// there is one before it: what it can do, it can do for all of them. A person
/// is told too.
fn same(entries: &[SecretEntry]) -> Vec<Option<String>> {
    let mut holders: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut same = Vec::with_capacity(entries.len());
    for SecretEntry { key, login, .. } in entries {
        let login =
            login.as_ref().map(|(user, password)| (user.as_str(), password.expose_secret()));
        let login = login.filter(|(_, password)| !password.is_empty());
        let keys = login.map(|login| holders.entry(login).or_default());
        same.push(keys.and_then(|keys| {
            keys.push(key);
            keys.first().filter(|first| **first != key).map(|first| (*first).to_owned())
        }));
    }
    for keys in holders.values().filter(|keys| keys.len() > 1) {
        messages::note(&format!("these hold the same credential: {}", entries::few(keys, ", ")));
    }
    same
}

/// The problems, below the columns.
fn explained(rows: &[Row]) -> String {
    let problems =
        rows.iter().flat_map(|row| row.problems.iter().map(move |problem| (row, problem)));
    let lines = problems.map(|(row, problem)| {
        format!("\n{}: {}\n  {}\n", clean(&row.key), problem.message, problem.hint)
    });
    lines.collect()
}
