//! `rotate`: another credential in every pull Secret that holds this registry.

use std::collections::{BTreeMap, BTreeSet};

use crate::apply::namespaces::Confirmation;
use crate::cluster::Kubectl;
use crate::cluster::apply::DryRun;
use crate::cluster::error::{ClusterError, Remedy};
use crate::cluster::refusal::in_namespace;
use crate::cluster::secrets::LAST_APPLIED;
use crate::commands::options::{RotateMode, RotateOptions};
use crate::diagnose::hints;
use crate::error::{Error, Failures};
use crate::output::table::first_few;
use crate::output::{Listing, rotation};
use crate::rotate::check;
use crate::rotate::plan::{Action, Found, Planned};
use crate::rotate::read::{Places, Read};
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
    warn_of_unreadable(&found);
    note_paths(&found);
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
    let result = if options.mode == RotateMode::Show || count(&plan, Action::Update) == 0 {
        show(&options, &plan, &entry)
    } else {
        write(&mut options, &kubectl, &places, &mut plan, &entry, environment)
    };
    Failures::both(Failures::both(result, blocked(&plan)), failures)
}

/// Asks the registry and the person, and writes.
fn write(
    options: &mut RotateOptions,
    kubectl: &Kubectl,
    places: &Places<'_>,
    plan: &mut [Planned],
    entry: &Entry,
    environment: &Environment,
) -> Result<(), Failures> {
    if let Some(trust) = options.verify.take() {
        let pods = match places.pods() {
            Ok(Read { items, failures }) => {
                for error in failures {
                    messages::warning(&format!("could not read Pods: {error}"));
                }
                items
            }
            Err(error) => {
                messages::warning(&format!("could not read Pods: {error}"));
                Vec::new()
            }
        };
        check::check(&trust.registries(environment), plan, &pods, entry).inspect_err(|_| {
            messages::note("nothing was written; --no-verify writes without asking the registry");
        })?;
    }
    if let Listing::Table(_) = options.output {
        show(options, plan, entry)?;
    }
    if options.mode == RotateMode::Write && options.namespaces.confirmation == Confirmation::Ask {
        let question = question(plan, entry, kubectl)?;
        if !prompt::confirm(&question, prompt::EnterMeans::No)? {
            return Err(Error::Declined.into());
        }
    }
    let dry_run = match options.mode {
        RotateMode::Write => DryRun::Off,
        RotateMode::Try | RotateMode::Show => DryRun::Server,
    };
    let writer = Writer {
        kubectl,
        credential: &entry.credential,
        wanted: &options.wanted,
        includes_managed: options.includes_managed,
        dry_run,
        places,
        secret_name: options.secret_name.as_deref(),
    };
    let failures = writer.write(plan)?;
    match options.output {
        Listing::Table(_) => sum(plan, dry_run),
        Listing::Json | Listing::Yaml => show(options, plan, entry)?,
    }
    warn_of_undoing(plan);
    Failures::check(failures)
}

fn show(options: &RotateOptions, plan: &[Planned], entry: &Entry) -> Result<(), Failures> {
    let registry = options.wanted.registry.to_string();
    let dry_run = match options.mode {
        RotateMode::Show => Some("client"),
        RotateMode::Try => Some("server"),
        RotateMode::Write => None,
    };
    let text = rotation::render(&registry, dry_run, plan, &entry.credential, options.output)?;
    Ok(output_stream::print(&text)?)
}

fn count(plan: &[Planned], action: Action) -> usize {
    plan.iter().filter(|planned| planned.action == action).count()
}

fn question(plan: &[Planned], entry: &Entry, kubectl: &Kubectl) -> Result<String, Error> {
    let changed = plan.iter().filter(|planned| planned.action == Action::Update);
    let namespaces: BTreeSet<&str> = changed.map(|planned| planned.place().0).collect();
    let namespaces: Vec<&str> = namespaces.into_iter().collect();
    let context = kubectl.context()?;
    let context = context.map(|context| format!(" in context {context}")).unwrap_or_default();
    Ok(format!(
        "Replace the credential for {} in {}, namespace{} {}{context}?",
        entry.key,
        secrets(count(plan, Action::Update)),
        if namespaces.len() == 1 { "" } else { "s" },
        first_few(&namespaces, ", "),
    ))
}

fn secrets(count: usize) -> String {
    if count == 1 { "1 Secret".to_owned() } else { format!("{count} Secrets") }
}

/// Prints what became of how many Secrets.
fn sum(plan: &[Planned], dry_run: DryRun) {
    let words = [
        (Action::Updated, "updated"),
        (Action::Unchanged, "unchanged"),
        (Action::Managed, "left to their owners"),
        (Action::Immutable, "immutable"),
        (Action::Malformed, "malformed"),
        (Action::Failed, "failed"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .map(|(action, word)| (count(plan, action), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let dry_run = if dry_run == DryRun::Server { " (server dry run)" } else { "" };
    messages::note(&format!("{}: {}{dry_run}", secrets(plan.len()), parts.join(", ")));
}

fn warn_of_unreadable(found: &Found) {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (namespace, name, reason) in &found.unreadable {
        by_reason.entry(reason).or_default().push(format!("{namespace}/{name}"));
    }
    for (reason, places) in by_reason {
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        messages::warning(&format!("left as it is: {}: {reason}", first_few(&places, ", ")));
    }
}

fn note_paths(found: &Found) {
    for (key, count) in &found.below {
        let secrets = secrets(*count);
        messages::note(&format!(
            "kept: the entry {} in {secrets}; --paths takes it too",
            clean(key)
        ));
    }
}

/// Says where the old credential comes back from: a file that `kubectl apply` copied, or
/// the tool that writes the Secret.
fn warn_of_undoing(plan: &[Planned]) {
    let updated = || plan.iter().filter(|planned| planned.action == Action::Updated);
    let has_copy =
        |planned: &&Planned| planned.found.live.metadata.annotations.contains_key(LAST_APPLIED);
    let from_file = updated().filter(|planned| planned.tool.is_none()).filter(has_copy);
    let of_tool = updated().filter(|planned| planned.tool.is_some());
    warn("change these in the files they were applied from too", from_file);
    warn("change these at their owners too, who may undo this", of_tool);
}

fn warn<'p>(what: &str, secrets: impl Iterator<Item = &'p Planned>) {
    let shown = secrets.map(|planned| format!("{}/{}", planned.place().0, planned.place().1));
    let shown: Vec<String> = shown.collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    if !shown.is_empty() {
        messages::warning(&format!("{what}: {}", first_few(&shown, ", ")));
    }
}

/// Returns an error for each Secret that keeps an old credential and should not.
fn blocked(plan: &[Planned]) -> Result<(), Failures> {
    let errors = plan.iter().filter_map(|planned| {
        let (namespace, name) = planned.place();
        match planned.action {
            Action::Immutable => Some(Error::from(ClusterError::Refused {
                said: format!("Secret {} is immutable", clean(name)),
                namespace: Some(clean(namespace)),
                remedy: Some(Remedy::UseOtherName),
            })),
            Action::Malformed => Some(Error::NotInspectable {
                origin: format!("Secret {}{}", clean(name), in_namespace(Some(namespace))),
                reason: planned.reason.clone().unwrap_or_default(),
                hint: hints::inspect(name, namespace),
            }),
            Action::Update
            | Action::Updated
            | Action::Unchanged
            | Action::Managed
            | Action::Failed => None,
        }
    });
    Failures::check(errors.collect::<Vec<_>>())
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
