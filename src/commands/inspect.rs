//! `inspect`: what is inside a pull Secret or a docker config.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use crate::commands::options::{InspectOptions, InspectedSecret};
use crate::diagnose::hints::ValuePlace;
use crate::error::{Error, Failures};
use crate::kubelet::{MalformedReason, SecretEntry, SecretValue, ValueFault, other_readers};
use crate::output::Listing;
use crate::output::entries::{self, Passwords};
use crate::output::table::first_few;
use crate::selection::pull_secret::{self, Holder, Location};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages;
use crate::system::{output_stream, terminal};

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
    let passwords = if options.reveal { Passwords::Shown } else { Passwords::Hidden };
    for holder in &holders {
        let Holder { origin, name, location, value } = holder;
        let unreadable = |fault: ValueFault| not_inspectable(holder, &fault);
        match value.entries() {
            Ok(entries) => {
                failures.extend(value.undecodable(&entries).map(unreadable));
                let same = first_with_same_credential(&entries);
                note_other_readers(holder, &entries);
                for (entry, same_as) in entries.into_iter().zip(same) {
                    let is_mendable = entry.fault.is_some_and(MalformedReason::is_mendable);
                    let mut row =
                        entries::from_secret_entry(entry, origin, passwords, clock::now());
                    row.same_as = same_as;
                    match location {
                        Location::Cluster(namespace, flags) => {
                            row.add_apply_hints(name, namespace.as_deref(), flags);
                        }
                        Location::File(path) | Location::DockerConfig(path) if is_mendable => {
                            row.add_mending_hint(path);
                        }
                        Location::File(_) | Location::DockerConfig(_) => {}
                    }
                    rows.push(row);
                }
            }
            Err(fault) => failures.push(unreadable(fault)),
        }
    }
    let problems = rows.iter().filter(|row| row.usable == Some(false)).count();
    output_stream::print(&match options.output {
        // Nothing could be read: headers without a row would say that nothing is in it.
        Listing::Table(_) if rows.is_empty() && !failures.is_empty() => String::new(),
        Listing::Table(headers) => entries::table(&rows, headers) + &entries::problems(&rows),
        Listing::Json => entries::json(rows)?,
        Listing::Yaml => entries::yaml(rows)?,
    })?;
    failures.extend((problems > 0).then_some(Error::Problems(problems)));
    Failures::check(failures)
}

/// Returns why a Secret or file has no entries to show.
pub(super) fn not_inspectable(holder: &Holder, fault: &ValueFault) -> Error {
    let place = match &holder.location {
        Location::DockerConfig(path) | Location::File(path) => ValuePlace::File(path),
        Location::Cluster(namespace, flags) => {
            ValuePlace::Secret(&holder.name, namespace.as_deref(), flags)
        }
    };
    entries::not_inspectable(&holder.origin, fault, place)
}

/// Prints the value itself, as `base64 --decode` does on the Kubernetes page.
fn reveal(holders: &[Holder]) -> Result<(), Failures> {
    for holder in holders {
        let value = holder.value.plain().map_err(|fault| not_inspectable(holder, &fault))?;
        output_stream::note_credential();
        output_stream::print(&String::from_utf8_lossy(value))?;
        // A pipe gets the value alone, a shell's prompt a line of its own.
        if terminal::stdout_is_terminal() {
            output_stream::print("\n")?;
        }
    }
    Ok(())
}

fn note_other_readers(Holder { origin, location, value, .. }: &Holder, entries: &[SecretEntry]) {
    let SecretValue::Plain(kind, _) = value else { return };
    if matches!(location, Location::DockerConfig(_)) {
        return;
    }
    let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    if let Some(note) = other_readers::note(*kind, &keys) {
        messages::note(&format!("{origin}: {note}"));
    }
}

/// Returns for each entry the key of an earlier one with the same credential, and notes
/// those keys: whoever gets hold of the credential can use it for all of them.
fn first_with_same_credential(entries: &[SecretEntry]) -> Vec<Option<String>> {
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
        messages::note(&format!("these hold the same credential: {}", first_few(keys, ", ")));
    }
    same
}
