//! `rotate`: another credential in every pull Secret that holds this registry.

use std::collections::BTreeSet;

use crate::apply::namespaces::Confirmation;
use crate::cluster::Kubectl;
use crate::cluster::apply::DryRun;
use crate::cluster::error::{ClusterError, Remedy};
use crate::cluster::pods::Pod;
use crate::commands::options::{RotateMode, RotateOptions};
use crate::distribution::Registries;
use crate::error::{Error, Failures};
use crate::output::table::first_few;
use crate::output::{Listing, rotation};
use crate::rotate::check;
use crate::rotate::plan::{Action, Found, Planned};
use crate::rotate::read::{Places, Read};
use crate::rotate::report::{self, count, secrets};
use crate::rotate::write::Writer;
use crate::selection::replay::Replay;
use crate::selection::{self, Entry};
use crate::sources::prompt;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::{clock, output_stream};

/// Runs the command.
///
/// # Errors
/// What cannot be read or written; what the registry refuses.
pub(crate) fn run(
    mut options: RotateOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    kubectl.check_configuration(environment)?;
    let places = Places::of(&options.namespaces, &kubectl)?;
    let Read { items, failures } = places.secrets(options.secret_name.as_deref())?;
    let failures = Failures::check(failures);
    let found = Found::of(items, &options.wanted, clock::now());
    report::warn_of_unreadable(&found);
    report::note_paths(&found);
    if found.matches.is_empty() {
        return Failures::both(Err(nothing_found(&options, &found, &places).into()), failures);
    }
    let chosen = selection::choose(&options.selection, &[], environment, &mut replay)?;
    selection::report(&chosen);
    let entry = chosen.entries.into_values().next();
    let entry = entry.ok_or_else(|| nothing_found(&options, &Found::default(), &places))?;
    let planned = found.matches.into_iter();
    let mut plan: Vec<Planned> =
        planned.map(|it| it.plan(&entry.credential, options.includes_managed)).collect();
    report::warn_of_several_users(&plan);
    let result = match options.mode {
        RotateMode::Send(dry_run) if count(&plan, Action::Update) > 0 => {
            let writer = Writer {
                kubectl: &kubectl,
                credential: &entry.credential,
                wanted: &options.wanted,
                includes_managed: options.includes_managed,
                dry_run,
                places: &places,
                secret_name: options.secret_name.as_deref(),
            };
            let registries = options.verify.take().map(|trust| trust.registries(environment));
            write(&options, registries.as_ref(), &writer, &mut plan, &entry)
        }
        RotateMode::Send(_) | RotateMode::Show => show(&options, &plan, &entry),
    };
    Failures::both(Failures::both(result, report::blocked(&plan)), failures)
}

/// Asks the registry and the person, and writes.
fn write(
    options: &RotateOptions,
    registries: Option<&Registries>,
    writer: &Writer<'_>,
    plan: &mut [Planned],
    entry: &Entry,
) -> Result<(), Failures> {
    if let Some(registries) = registries {
        check::check(registries, plan, &pods(writer.places), entry).inspect_err(|_| {
            messages::note("nothing was written; --no-verify writes without asking the registry");
        })?;
    }
    if let Listing::Table(_) = options.output {
        show(options, plan, entry)?;
    }
    let is_asked = options.namespaces.confirmation == Confirmation::Ask;
    if is_asked && writer.dry_run == DryRun::Off {
        let question = question(plan, entry, writer.kubectl)?;
        if !prompt::confirm(&question, prompt::EnterMeans::No)? {
            return Err(Error::Declined.into());
        }
    }
    let failures = writer.write(plan)?;
    match options.output {
        Listing::Table(_) => report::sum(plan, writer.dry_run),
        Listing::Json | Listing::Yaml => show(options, plan, entry)?,
    }
    report::warn_of_undoing(plan);
    Failures::check(failures)
}

/// Returns the Pods that can be read; warns of the others.
fn pods(places: &Places<'_>) -> Vec<Pod> {
    let (items, failures) = match places.pods() {
        Ok(Read { items, failures }) => (items, failures),
        Err(error) => (Vec::new(), vec![error]),
    };
    for error in failures {
        messages::warning(&format!("could not read Pods: {error}"));
    }
    items
}

fn show(options: &RotateOptions, plan: &[Planned], entry: &Entry) -> Result<(), Failures> {
    let registry = options.wanted.registry.to_string();
    let dry_run = match options.mode {
        RotateMode::Show => Some("client"),
        RotateMode::Send(DryRun::Server) => Some("server"),
        RotateMode::Send(DryRun::Off) => None,
    };
    let text = rotation::render(&registry, dry_run, plan, &entry.credential, options.output)?;
    Ok(output_stream::print(&text)?)
}

fn question(plan: &[Planned], entry: &Entry, kubectl: &Kubectl) -> Result<String, Error> {
    let changed = plan.iter().filter(|planned| planned.action == Action::Update);
    let namespaces: BTreeSet<&str> = changed.map(|planned| planned.place().0).collect();
    let namespaces: Vec<&str> = namespaces.into_iter().collect();
    let context = kubectl.context()?;
    let context = context.map(|context| format!(" of context {context}")).unwrap_or_default();
    Ok(format!(
        "Replace the credential for {} in {}{context} (namespace{} {})?",
        entry.key,
        secrets(count(plan, Action::Update)),
        if namespaces.len() == 1 { "" } else { "s" },
        first_few(&namespaces, ", "),
    ))
}

fn nothing_found(options: &RotateOptions, found: &Found, places: &Places<'_>) -> Error {
    let registry = &options.wanted.registry;
    let user = options.wanted.username.as_ref();
    let user = user.map(|user| format!(" of user {}", clean(user))).unwrap_or_default();
    let others: Vec<&str> = found.registries.iter().map(String::as_str).collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!("; there are entries for {}", first_few(&others, ", "))
    };
    Error::from(ClusterError::Refused {
        said: format!("no pull Secret has an entry for {registry}{user}{others}"),
        namespace: places.only().map(clean),
        remedy: Some(Remedy::ListPullSecrets),
    })
}
