//! `sources`: which registries this machine has credentials for.

use serde::Serialize;

use crate::cli::{Listing, SourcesArguments};
use crate::commands::search::Search;
use crate::commands::writing;
use crate::error::{Error, Failures};
use crate::registry::key::RegistryKey;
use crate::registry::{credential, expiry};
use crate::sources::{Found, Lookup, Wanted};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages::clean;

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "not looked at".
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    registry: String,
    key: String,
    username: Option<String>,
    kind: Option<&'static str>,
    expires_at: Option<String>,
    usable: Option<bool>,
    problems: Vec<Problem>,
    origin: String,
}

#[derive(Debug, Serialize)]
struct Problem {
    code: &'static str,
    message: String,
    hint: String,
}

#[derive(Debug, Serialize)]
struct Rows {
    entries: Vec<Row>,
}

/// Runs the command.
///
/// # Errors
/// What could not be listed or read; with `--check` also what the kubelet could
/// not use. The rest is listed all the same.
pub fn run(arguments: &SourcesArguments, environment: &Environment) -> Result<(), Failures> {
    let mut search = Search::new(&arguments.sources, None, environment)?;
    let unlooked = search.repair();
    let (known, mut failures) = search.known();
    failures.extend(unlooked);
    if known.is_empty() {
        Failures::check(failures)?;
        let hint = "log in: docker login HOST";
        return Err(Error::NothingKnown { looked: search.places(), hint }.into());
    }
    let mut entries: Vec<Row> = known.iter().map(|(key, origin)| row(key, origin)).collect();
    if arguments.check {
        let wanted = known.into_keys().map(Wanted::registry).collect();
        for (row, (wanted, answer)) in entries.iter_mut().zip(search.look_up(wanted)) {
            match answer {
                Ok(Lookup::Found(found)) => failures.extend(check(row, &wanted.key, found)),
                Ok(Lookup::NotFound { looked, hint }) => {
                    failures.push(missing(row, wanted.key, looked, hint));
                }
                Err(error) => failures.push(error),
            }
        }
    }
    writing::print(&match arguments.output {
        Listing::Table => table(&entries, arguments.check),
        Listing::Json => json(entries)?,
    })?;
    Failures::check(failures)
}

fn row(key: &RegistryKey, origin: &str) -> Row {
    Row {
        registry: key.to_string(),
        key: key.auths_key(),
        username: None,
        kind: None,
        expires_at: None,
        usable: None,
        problems: Vec::new(),
        origin: origin.to_owned(),
    }
}

/// Fills the row with what was found; gives the reason why it cannot be used.
fn check(row: &mut Row, key: &RegistryKey, found: Found) -> Option<Error> {
    row.kind = Some(found.login.kind());
    row.origin.clone_from(&found.origin);
    let username = clean(&found.login.username);
    match credential::usable(key, found.login, clock::now()) {
        Ok((credential, _)) => {
            row.username = Some(clean(credential.shown_username()));
            row.expires_at = credential.expires_at.map(expiry::rfc3339);
            row.usable = Some(true);
            None
        }
        Err(refusal) => {
            // The password of a refused login is gone, and may have been the name too.
            row.username = Some(username).filter(|_| refusal.code() == "expired");
            row.usable = Some(false);
            row.problems.push(Problem {
                code: refusal.code(),
                message: refusal.to_string(),
                hint: refusal.hint(key),
            });
            let origin = found.origin;
            Some(Error::Unusable { registry: key.clone(), origin, refusal })
        }
    }
}

fn missing(
    row: &mut Row,
    registry: RegistryKey,
    looked: Vec<String>,
    hint: Option<String>,
) -> Error {
    let message = looked.join(", ");
    let error = Error::NoCredential { registry, looked, hint };
    row.usable = Some(false);
    row.problems.push(Problem { code: "empty-credential", message, hint: error.hint() });
    error
}

fn json(entries: Vec<Row>) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(&Rows { entries });
    text.map(|text| text + "\n").map_err(|_| Error::Render("list"))
}

/// Columns as kubectl's, three spaces apart.
fn table(entries: &[Row], checked: bool) -> String {
    let mut lines: Vec<Vec<&str>> = Vec::new();
    if checked {
        lines.push(vec!["REGISTRY", "USERNAME", "KIND", "EXPIRES", "USABLE", "FROM"]);
        lines.extend(entries.iter().map(checked_cells));
    } else {
        lines.push(vec!["REGISTRY", "FROM"]);
        lines.extend(entries.iter().map(|row| vec![row.registry.as_str(), &row.origin]));
    }
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in &lines {
        for (column, cell) in line.iter().enumerate() {
            text.push_str(cell);
            let is_last = column + 1 == line.len();
            let gap = if is_last { 0 } else { width(column) + 3 - cell.chars().count() };
            text.push_str(&" ".repeat(gap));
        }
        text.push('\n');
    }
    text
}

fn checked_cells(row: &Row) -> Vec<&str> {
    let usable = match row.usable {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    vec![
        &row.registry,
        row.username.as_deref().unwrap_or("-"),
        row.kind.unwrap_or("-"),
        row.expires_at.as_deref().unwrap_or("-"),
        usable,
        &row.origin,
    ]
}
