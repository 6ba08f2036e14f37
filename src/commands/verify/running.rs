//! `verify` without images: what would not come back if every node were replaced now.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cluster::{Kubectl, Scope};
use crate::commands::options::RunningOptions;
use crate::distribution::{Outcome, PullCheck, Question, Registries};
use crate::error::{Error, Failures};
use crate::output::Listing;
use crate::output::running_report::{self, Row};
use crate::registry::key::RegistryKey;
use crate::running::collect::{Inventory, Pull};
use crate::running::read::Cluster;
use crate::system::environment::Environment;
use crate::system::parallel::map_parallel;
use crate::system::{messages, output_stream};

/// Asks the registries about all that runs.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where something would not come back, and
/// [`Error::NotVerified`] where a registry did not answer.
pub(super) fn run(
    options: &RunningOptions,
    registries: &Registries,
    form: Listing,
    environment: &Environment,
) -> Result<(), Failures> {
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let scope = if options.all_namespaces {
        Scope::All
    } else {
        Scope::Namespace(options.namespace.as_deref())
    };
    let labels = options.selector.as_deref();
    let cluster = Cluster::read(&kubectl, scope, labels, options.workloads)?;
    let inventory = Inventory::of(&cluster);
    let checks = ask(registries, &inventory);
    let flags = &options.kubectl.flags;
    let asked = inventory.pulls.iter().zip(&checks);
    let mut rows: Vec<Row<'_>> =
        asked.map(|(pull, check)| Row::asked(pull, check, flags)).collect();
    rows.extend(inventory.hopeless.iter().map(|hopeless| Row::hopeless(hopeless, flags)));
    rows.sort_by_key(Row::rank);
    if rows.is_empty() {
        messages::line("No Pods found.");
        return Ok(());
    }
    output_stream::print(&running_report::render(&rows, form)?)?;
    let lost = rows.iter().filter(|row| row.is_lost()).count();
    let good = checks.iter().filter(|check| check.outcome == Outcome::Ok).count();
    let users = match inventory.users {
        1 => "the Pod or workload that uses them".to_owned(),
        count => format!("the {count} Pods and workloads that use them"),
    };
    messages::note(&format!(
        "{good} of {} images can be pulled, with the credentials of {users}",
        rows.len()
    ));
    for (host, left) in registries.pulls_left() {
        let pulls = if left == 1 { "pull is" } else { "pulls are" };
        messages::note(&format!("{host}: {left} {pulls} left before its rate limit"));
    }
    Failures::both(Failures::of_problems(lost), unanswered(&inventory.pulls, &checks))
}

/// Asks about each image once, and shows on a terminal how far that is. A registry that
/// limits is not asked again: its first answer stands for its other images.
fn ask(registries: &Registries, inventory: &Inventory) -> Vec<PullCheck> {
    let (done, count) = (AtomicUsize::new(0), inventory.pulls.len());
    let limited: Mutex<BTreeMap<String, PullCheck>> = Mutex::default();
    let known = || limited.lock().unwrap_or_else(PoisonError::into_inner);
    let checks = map_parallel(&inventory.pulls, |pull| {
        let registry = RegistryKey::of_image(&pull.image).to_string();
        let answered = known().get(&registry).cloned();
        let check = answered.unwrap_or_else(|| {
            let credentials = pull.credentials.iter();
            let credentials = credentials.filter_map(|index| inventory.credentials.get(*index));
            registries.ask(&Question::Pull(&pull.image, credentials.collect()))
        });
        if check.outcome == Outcome::RateLimited {
            known().entry(registry).or_insert_with(|| check.clone());
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        messages::progress(&format!("asked for {done} of {count} images"));
        check
    });
    messages::progress_ended();
    checks
}

/// Returns the first failure of each registry that gave no answer.
fn unanswered(pulls: &[Pull], checks: &[PullCheck]) -> Result<(), Failures> {
    let mut errors: Vec<Error> = Vec::new();
    let mut registries: Vec<(&str, Outcome)> = Vec::new();
    for (pull, check) in pulls.iter().zip(checks) {
        let place = (check.registry.as_str(), check.outcome);
        let is_answer = check.outcome == Outcome::Ok || check.outcome.is_no();
        if is_answer || registries.contains(&place) {
            continue;
        }
        registries.push(place);
        let what = messages::clean(&pull.image.full());
        errors.push(Error::NotVerified { what, verdict: check.clone() });
    }
    Failures::check(errors)
}
