//! One document by calls of its own, whose answers are about that document alone.

use crate::apply::cluster::Cluster;
use crate::apply::notes::{Note, Notes};
use crate::apply::reconcile::Change;
use crate::apply::{Applier, Done, LiveSecretPolicy};
use crate::cluster::apply::{Conflicts, Documents, DryRun, RETRIES};
use crate::cluster::refusal::{Refusal, Reply};
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret};
use crate::error::Error;
use crate::manifest::changes::EntryChange;
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::manifest::render::{Format, render};

impl<C: Cluster> Applier<'_, C> {
    /// Applies the Secret in its namespace.
    ///
    /// # Errors
    /// What the API server refuses; a live Secret that cannot be merged into.
    pub(super) fn secret(
        &self,
        payload: &Payload,
        metadata: &Metadata,
        notes: &mut Notes,
    ) -> Result<Done, Error> {
        let namespace = metadata.namespace();
        let mut mode = self.options.mode;
        let mut has_copy = false;
        let mut attempt = 0;
        loop {
            let live = match self.options.live {
                LiveSecretPolicy::Merge => self.cluster.secret(namespace, metadata.name())?,
                LiveSecretPolicy::Replace => None,
            };
            let change = Change::new(payload, metadata, live.as_ref())?;
            has_copy |= change.has_copy;
            if change.is_written && !has_copy {
                return Ok(Done::Unchanged);
            }
            notes.add_changes(namespace, self.changes(&change, live.as_ref()));
            let document = Document::pull_secret(
                metadata.at_version(change.version.as_deref()),
                &change.value,
            );
            let text = render(&[document], Format::Yaml)?;
            let refusal = match self.cluster.apply(namespace, Documents::one(&text), mode)? {
                Reply::Accepted(()) => {
                    let done = self.done(&change);
                    if !change.kept.is_empty() {
                        notes.add(Note::Kept(change.kept), namespace);
                    }
                    if has_copy && mode.dry_run == DryRun::Off {
                        self.remove_copy(metadata)?;
                        notes.add(Note::CopyRemoved, namespace);
                    }
                    return Ok(done);
                }
                Reply::Refused(refusal) => refusal,
            };
            has_copy |= refusal.names_client_side_apply();
            if refusal.is_own() && mode.conflicts == Conflicts::Refuse {
                notes.add(Note::TakenOver, namespace);
                mode.conflicts = Conflicts::Force;
            } else if !matches!(refusal, Refusal::Modified(_)) || attempt >= RETRIES {
                return Err(refusal.error(namespace).into());
            }
            attempt += 1;
        }
    }

    /// Removes the annotation that holds another copy of the old credential.
    fn remove_copy(&self, metadata: &Metadata) -> Result<(), Error> {
        let namespace = metadata.namespace();
        let named = Document::SecretName { metadata: metadata.clone() };
        let text = render(&[named], Format::Yaml)?;
        let documents = Documents::one(&text);
        let reply = self.cluster.remove_annotation(namespace, documents, LAST_APPLIED)?;
        Ok(reply.accepted(namespace)?)
    }

    /// Returns what a Secret will have been, once this change is written.
    pub(super) fn done(&self, change: &Change) -> Done {
        match (self.options.live, &change.version) {
            (LiveSecretPolicy::Replace, _) => Done::Applied,
            (LiveSecretPolicy::Merge, Some(_)) => Done::Updated,
            (LiveSecretPolicy::Merge, None) => Done::Created,
        }
    }

    /// Returns what would become of each entry, where that is not done.
    pub(super) fn changes(&self, change: &Change, live: Option<&LiveSecret>) -> Vec<EntryChange> {
        match (self.options.mode.dry_run, self.options.live) {
            (DryRun::Server, LiveSecretPolicy::Merge) => change.entries(live),
            // What is replaced is not read.
            (DryRun::Server, LiveSecretPolicy::Replace) | (DryRun::Off, _) => Vec::new(),
        }
    }

    /// Applies a Pod in its namespace.
    ///
    /// # Errors
    /// What the API server refuses.
    pub(super) fn pod(&self, pod: &Document) -> Result<Done, Error> {
        let namespace = pod.metadata().namespace();
        let text = render(&[pod], Format::Yaml)?;
        self.cluster
            .apply(namespace, Documents::one(&text), self.options.mode)?
            .accepted(namespace)?;
        Ok(Done::Applied)
    }
}
