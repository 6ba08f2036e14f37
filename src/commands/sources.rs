//! `sources`: which registries this machine has credentials for.

use crate::commands::options::SourcesOptions;
use crate::error::{CredentialError, Error, Failures, FirstLogin};
use crate::kubelet::ProblemCode;
use crate::output::Listing;
use crate::output::entries::{self, Problem, Row};
use crate::registry::key::RegistryKey;
use crate::sources::search::Search;
use crate::sources::{CredentialQuery, FoundCredential, Lookup, Remedy};
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
    let (known, failures) = search.known();
    let mut failures: Vec<Error> = failures.into_iter().chain(unlooked).map(Error::from).collect();
    if known.is_empty() {
        Failures::check(failures)?;
        return Err(Error::from(CredentialError::NothingKnown {
            searched: search.places(),
            remedy: FirstLogin::Docker,
        })
        .into());
    }
    let mut entries: Vec<Row> = known
        .iter()
        .map(|(key, origin)| Row::new(key.to_string(), key.auths_key(), origin))
        .collect();
    if options.check {
        let wanted = known.into_keys().map(CredentialQuery::registry).collect();
        for (row, (wanted, answer)) in entries.iter_mut().zip(search.look_up(wanted)) {
            match answer {
                Ok(Lookup::Found(found)) => failures.extend(check(row, &wanted.key, found)),
                Ok(Lookup::NotFound { searched, remedy }) => {
                    failures.push(missing(row, wanted.key, searched, remedy));
                }
                Err(error) => failures.push(error.into()),
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
fn check(row: &mut Row, key: &RegistryKey, found: FoundCredential) -> Option<Error> {
    row.origin.clone_from(&found.origin);
    let refusal = row.check(key, found.login, clock::now());
    for problem in row.problems.iter().filter(|_| refusal.is_none()) {
        messages::warning(&format!("{key}: {}; {}", problem.message, problem.hint));
    }
    let refusal = refusal?;
    Some(Error::from(CredentialError::Unusable {
        registry: key.clone(),
        origin: found.origin,
        refusal,
    }))
}

fn missing(
    row: &mut Row,
    registry: RegistryKey,
    searched: Vec<String>,
    remedy: Option<Remedy>,
) -> Error {
    let message = searched.join(", ");
    let error = Error::from(CredentialError::NotFound { registry, searched, remedy });
    row.usable = Some(false);
    let hint = error.hint().map(|hint| hint.to_string()).unwrap_or_default();
    row.problems.push(Problem { code: ProblemCode::EmptyCredential, message, hint });
    error
}
