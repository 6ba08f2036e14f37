//! Notes about what was written, each once for all the namespaces that it is
//! true of.

use std::collections::BTreeMap;

use crate::apply::report::Report;
use crate::cluster::refusal::in_namespace;
use crate::cluster::secrets::LAST_APPLIED;
use crate::manifest::changes::{ChangeKind, EntryChange, users};
use crate::system::messages::clean;

/// A note about a Secret that was written.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Note {
    /// Fields of kubectl's own commands were taken over.
    TakenOver,
    /// Entries of these registries stayed.
    Kept(Vec<String>),
    /// The annotation with another copy of the old credential was removed.
    CopyRemoved,
}

/// The notes of a run, with the namespaces of each.
#[derive(Debug, Default)]
pub(super) struct Notes {
    by_note: BTreeMap<Note, Vec<Option<String>>>,
    /// By namespace, for a dry run: what would become of the entries.
    changes: BTreeMap<Option<String>, Vec<EntryChange>>,
}

impl Notes {
    /// Adds a note that is true of this namespace.
    pub(super) fn add(&mut self, note: Note, namespace: Option<&str>) {
        self.by_note.entry(note).or_default().push(namespace.map(str::to_owned));
    }

    /// Adds what would become of the entries of the Secret in this namespace.
    pub(super) fn add_changes(&mut self, namespace: Option<&str>, changes: Vec<EntryChange>) {
        self.changes.insert(namespace.map(str::to_owned), changes);
    }

    /// Returns a line for each entry of the Secret in this namespace, where it is tried only.
    pub(super) fn changes(&self, namespace: Option<&str>) -> Vec<String> {
        let changes = self.changes.get(&namespace.map(str::to_owned));
        changes.into_iter().flatten().map(line).collect()
    }

    /// Adds each note to a report.
    pub(super) fn report(&self, report: &mut Report) {
        for (note, namespaces) in &self.by_note {
            report.note(note.text(&in_namespaces(namespaces)));
        }
    }
}

/// Returns what becomes of an entry: `  ghcr.io: jane → robot`.
fn line(change: &EntryChange) -> String {
    let shown = |name: &Option<String>| name.as_deref().map(clean);
    let (old, new) = (shown(&change.old_username), shown(&change.new_username));
    let new = new.unwrap_or_else(|| "?".to_owned());
    let user = match change.kind {
        ChangeKind::Added => format!("{new} (added)"),
        ChangeKind::Changed => users(old.as_deref(), &new, true),
        ChangeKind::Kept => format!("{new} (kept)"),
    };
    format!("  {}: {user}", clean(&change.key))
}

impl Note {
    fn text(&self, namespace_phrase: &str) -> String {
        match self {
            Self::TakenOver => {
                format!(
                    "the Secret was written by kubectl before: its fields are taken over{namespace_phrase}"
                )
            }
            Self::Kept(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| clean(key)).collect();
                format!("kept{namespace_phrase}: {}", keys.join(", "))
            }
            Self::CopyRemoved => format!(
                "removed{namespace_phrase}: the annotation {LAST_APPLIED}, which held the old credential"
            ),
        }
    }
}

fn in_namespaces(namespaces: &[Option<String>]) -> String {
    match namespaces {
        [] => String::new(),
        [one] => in_namespace(one.as_deref()),
        several => format!(" in {} namespaces", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_its_namespace_or_counts_them() {
        let kept = Note::Kept(vec!["quay.io".to_owned()]);
        assert_eq!(kept.text(&in_namespaces(&[None])), "kept: quay.io");
        let (a, b) = (Some("a".to_owned()), Some("b".to_owned()));
        assert_eq!(
            kept.text(&in_namespaces(std::slice::from_ref(&a))),
            "kept in namespace a: quay.io"
        );
        assert_eq!(kept.text(&in_namespaces(&[a, b])), "kept in 2 namespaces: quay.io");
    }
}
