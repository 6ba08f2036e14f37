//! `sources`: which registries this machine has credentials for.

use crate::commands::options::SourcesOptions;
use crate::error::{Error, Failures};
use crate::kubelet::ProblemCode;
use crate::output::Listing;
use crate::output::entries::{self, Problem, Row};
use crate::registry::key::RegistryKey;
use crate::sources::search::Search;
use crate::sources::{Found, Lookup, Wanted};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages;
use crate::system::output_stream;

/// Runs the command.
///
/// # Errors
/// What could not be listed or read; with `--check` also what the kubelet could
/// not use. The rest is listed all the same.
pub(crate) fn run(options: &SourcesOptions, environment: &Environment) -> Result<(), Failures> {
    let mut search = Search::new(&options.sources, environment)?;
    let unlooked = search.repair();
    let (known, mut failures) = search.known();
    failures.extend(unlooked);
    if known.is_empty() {
        Failures::check(failures)?;
        let hint = "log in: docker login HOST";
        return Err(Error::NothingKnown { looked: search.places(), hint }.into());
    }
    let mut entries: Vec<Row> = known
        .iter()
        .map(|(key, origin)| Row::new(key.to_string(), key.auths_key(), origin))
        .collect();
    if options.check {
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
    output_stream::print(&match options.output {
        Listing::Table(headers) if options.check => entries::table(&entries, headers),
        Listing::Table(headers) => entries::table_of_registries(&entries, headers),
        Listing::Json => entries::json(entries)?,
        Listing::Yaml => entries::yaml(entries)?,
    })?;
    Failures::check(failures)
}

/// Fills the row with what was found; gives the reason why it cannot be used.
fn check(row: &mut Row, key: &RegistryKey, found: Found) -> Option<Error> {
    row.origin.clone_from(&found.origin);
    let refusal = row.check(key, found.login, clock::now());
    for problem in row.problems.iter().filter(|_| refusal.is_none()) {
        messages::warning(&format!("{key}: {}; {}", problem.message, problem.hint));
    }
    let refusal = refusal?;
    Some(Error::Unusable { registry: key.clone(), origin: found.origin, refusal })
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
    row.problems.push(Problem { code: ProblemCode::EmptyCredential, message, hint: error.hint() });
    error
}
