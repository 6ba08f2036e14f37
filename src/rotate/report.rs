//! What a person is told of a rotation beside its table.

use std::collections::BTreeMap;

use crate::cluster::apply::DryRun;
use crate::cluster::error::{ClusterError, Remedy};
use crate::cluster::refusal::in_namespace;
use crate::cluster::secrets::LAST_APPLIED;
use crate::diagnose::hints;
use crate::error::{Error, Failures};
use crate::rotate::plan::{Action, Found, Planned};
use crate::system::messages::{self, clean, first_few};

/// How many Secrets a message names.
const FEW: usize = 3;

pub(crate) fn count(plan: &[Planned], action: Action) -> usize {
    plan.iter().filter(|planned| planned.action == action).count()
}

pub(crate) fn secrets(count: usize) -> String {
    if count == 1 { "1 Secret".to_owned() } else { format!("{count} Secrets") }
}

/// Warns of entries of several users: some may be other people's own, who would get a
/// credential that was not meant for them.
pub(crate) fn warn_of_several_users(plan: &[Planned]) {
    let changed = plan.iter().filter(|planned| planned.action == Action::Update);
    let entries = changed.flat_map(|planned| &planned.found.entries);
    // Two tokens in place of the users look the same where they are hidden.
    let users: BTreeMap<&str, String> = entries
        .filter_map(|entry| Some((entry.login.as_ref()?.0.as_str(), entry.shown_username()?)))
        .filter(|(username, _)| !username.is_empty())
        .collect();
    if users.len() > 1 {
        let users: Vec<String> = users.values().map(|shown| clean(shown)).collect();
        messages::warning(&format!(
            "the entries to replace are of several users: {}; --old-username replaces those of one",
            first_few(&users, FEW)
        ));
    }
}

/// Prints what became of how many Secrets.
pub(crate) fn sum(plan: &[Planned], dry_run: DryRun) {
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

pub(crate) fn warn_of_unreadable(found: &Found) {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (namespace, name, reason) in &found.unreadable {
        by_reason.entry(reason).or_default().push(clean(&format!("{namespace}/{name}")));
    }
    for (reason, places) in by_reason {
        messages::warning(&format!("left as it is: {}: {reason}", first_few(&places, FEW)));
    }
}

pub(crate) fn note_paths(found: &Found) {
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
pub(crate) fn warn_of_undoing(plan: &[Planned]) {
    let updated = || plan.iter().filter(|planned| planned.action == Action::Updated);
    let has_copy =
        |planned: &&Planned| planned.found.live.metadata.annotations.contains_key(LAST_APPLIED);
    let from_file = updated().filter(|planned| planned.tool.is_none()).filter(has_copy);
    let of_tool = updated().filter(|planned| planned.tool.is_some());
    warn("the files that these Secrets were applied from hold the old credential", from_file);
    warn("the tools that these Secrets belong to may undo the change", of_tool);
}

fn warn<'p>(what: &str, secrets: impl Iterator<Item = &'p Planned>) {
    let shown =
        secrets.map(|planned| clean(&format!("{}/{}", planned.place().0, planned.place().1)));
    let shown: Vec<String> = shown.collect();
    if !shown.is_empty() {
        messages::warning(&format!("{what}: {}", first_few(&shown, FEW)));
    }
}

/// Returns an error for each Secret that keeps an old credential and should not.
pub(crate) fn blocked(plan: &[Planned]) -> Result<(), Failures> {
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
