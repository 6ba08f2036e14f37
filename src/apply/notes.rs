//! Notes about what was written, each once for all the namespaces that it is
//! true of.

use std::collections::BTreeMap;

use crate::apply::report::Report;
use crate::cluster::refusal::in_namespace;
use crate::cluster::secrets::LAST_APPLIED;
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
pub(super) struct Notes(BTreeMap<Note, Vec<Option<String>>>);

impl Notes {
    /// Adds a note that is true of this namespace.
    pub(super) fn add(&mut self, note: Note, namespace: Option<&str>) {
        self.0.entry(note).or_default().push(namespace.map(str::to_owned));
    }

    /// Adds each note to a report.
    pub(super) fn report(&self, report: &mut Report) {
        for (note, namespaces) in &self.0 {
            report.note(note.text(&in_namespaces(namespaces)));
        }
    }
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
