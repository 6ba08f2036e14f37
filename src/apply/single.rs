//! One document by calls of its own, whose answers are about it alone.

use crate::apply::live::{self, has_copy, is_written};
use crate::apply::notes::{Note, Notes};
use crate::apply::payload::Written;
use crate::apply::{Applier, Done};
use crate::cluster::Documents;
use crate::cluster::refusal::Refused;
use crate::cluster::secrets::LAST_APPLIED;
use crate::error::Error;
use crate::manifest::documents::Document;
use crate::manifest::merge::Merged;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::{Format, render};

/// How often a Secret that changed in between is read again.
const RETRIES: usize = 3;

impl Applier<'_> {
    /// Applies the Secret in its namespace.
    ///
    /// # Errors
    /// What the API server refuses; a live Secret that cannot be added to.
    pub(super) fn secret(
        &self,
        written: &Written<'_>,
        metadata: &Metadata,
        notes: &mut Notes,
    ) -> Result<Done, Error> {
        let namespace = metadata.namespace();
        let mut force = self.forces_conflicts();
        let mut is_copied = false;
        for attempt in 0.. {
            let live = if self.replaces() {
                None
            } else {
                self.kubectl.secret(namespace, metadata.name())?
            };
            let merged =
                live.as_ref().map(|live| live::merged(written, live, metadata)).transpose()?;
            let value = merged.as_ref().map_or(written.value, |merged| &merged.value);
            is_copied |= live.as_ref().is_some_and(has_copy);
            if !is_copied && live.as_ref().is_some_and(|live| is_written(live, metadata, value)) {
                return Ok(Done::Unchanged);
            }
            let version = live.as_ref().map(|live| live.metadata.resource_version.as_str());
            let document = Document::pull_secret(metadata.at_version(version), value);
            let text = render(&[document], Format::Yaml)?;
            let sent = Documents::one(&text);
            let Err(refused) = self.kubectl.apply(namespace, sent, force, self.dry_run)? else {
                self.after(metadata, merged, is_copied, notes)?;
                return Ok(match (&live, self.replaces()) {
                    (_, true) => Done::Applied,
                    (Some(_), _) => Done::Updated,
                    (None, _) => Done::Created,
                });
            };
            is_copied |= refused.names_client_side_apply();
            if refused.is_own() && !force {
                notes.add(Note::TakenOver, namespace);
                force = true;
            } else if refused != Refused::Modified || attempt >= RETRIES {
                return Err(refused.error(namespace));
            }
        }
        Ok(Done::Unchanged)
    }

    /// What is noted and done once a Secret is written.
    fn after(
        &self,
        metadata: &Metadata,
        merged: Option<Merged>,
        is_copied: bool,
        notes: &mut Notes,
    ) -> Result<(), Error> {
        let namespace = metadata.namespace();
        if let Some(merged) = merged.filter(|merged| !merged.kept.is_empty()) {
            notes.add(Note::Kept(merged.kept), namespace);
        }
        if is_copied && !self.dry_run {
            let text =
                render(&[Document::SecretName { metadata: metadata.clone() }], Format::Yaml)?;
            self.kubectl
                .remove_annotation(namespace, Documents::one(&text), LAST_APPLIED)?
                .map_err(|refused| refused.error(namespace))?;
            notes.add(Note::CopyRemoved, namespace);
        }
        Ok(())
    }

    /// Applies a Pod in its namespace.
    ///
    /// # Errors
    /// What the API server refuses.
    pub(super) fn pod(&self, pod: &Document) -> Result<Done, Error> {
        let namespace = pod.metadata().namespace();
        let text = render(&[pod], Format::Yaml)?;
        let (sent, force) = (Documents::one(&text), self.forces_conflicts());
        let answer = self.kubectl.apply(namespace, sent, force, self.dry_run)?;
        answer.map(|()| Done::Applied).map_err(|refused| refused.error(namespace))
    }
}
