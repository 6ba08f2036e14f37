//! What is worth knowing of what was written, said once for all namespaces that
//! it is true of.

use std::collections::BTreeMap;

use crate::cluster::refusal::place;
use crate::cluster::secrets::LAST_APPLIED;
use crate::system::messages;

/// Something worth knowing.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Note {
    /// Fields of kubectl's own commands are now ours.
    TakenOver,
    /// Entries of these registries stayed.
    Kept(Vec<String>),
    /// The second copy of the old credential is gone.
    CopyRemoved,
}

/// The notes of a run, with the namespaces of each.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<Note, Vec<Option<String>>>);

impl Notes {
    /// Adds one, true of this namespace.
    pub(super) fn add(&mut self, note: Note, namespace: Option<&str>) {
        self.0.entry(note).or_default().push(namespace.map(str::to_owned));
    }

    /// Says them all.
    pub(super) fn tell(&self) {
        for (note, namespaces) in &self.0 {
            messages::note(&note.text(&places(namespaces)));
        }
    }
}

impl Note {
    fn text(&self, place: &str) -> String {
        match self {
            Self::TakenOver => {
                format!(
                    "the Secret was written by kubectl before: its fields are taken over{place}"
                )
            }
            Self::Kept(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| messages::clean(key)).collect();
                format!("kept{place}: {}", keys.join(", "))
            }
            Self::CopyRemoved => format!(
                "removed{place}: the annotation {LAST_APPLIED}, which held the old credential"
            ),
        }
    }
}

fn places(namespaces: &[Option<String>]) -> String {
    match namespaces {
        [] => String::new(),
        [one] => place(one.as_deref()),
        several => format!(" in {} namespaces", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_its_namespace_or_counts_them() {
        let kept = Note::Kept(vec!["quay.io".to_owned()]);
        assert_eq!(kept.text(&places(&[None])), "kept: quay.io");
        let (a, b) = (Some("a".to_owned()), Some("b".to_owned()));
        assert_eq!(kept.text(&places(std::slice::from_ref(&a))), "kept in namespace a: quay.io");
        assert_eq!(kept.text(&places(&[a, b])), "kept in 2 namespaces: quay.io");
    }
}
