//! Documents that kubectl applies, and what it does with conflicts.

use super::refusal::Reply;
use super::{Call, FIELD_MANAGER, Kubectl};
use crate::cluster::error::ClusterError;

/// Most documents of one call.
pub(crate) const MAX_DOCUMENTS: usize = 1_000;

/// How often a Secret that changed in between is read again.
pub(crate) const RETRIES: usize = 3;

/// Documents for kubectl's standard input.
#[derive(Default)]
pub(crate) struct Documents<'a> {
    /// YAML; may hold credentials.
    pub text: &'a str,
    /// How many documents the text holds.
    pub count: usize,
    /// Called with the number of documents that kubectl has finished.
    pub on_progress: Option<&'a mut dyn FnMut(usize)>,
}

impl<'a> Documents<'a> {
    /// Returns a single document.
    pub(crate) fn one(text: &'a str) -> Self {
        Self { text, count: 1, on_progress: None }
    }
}

/// How documents are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ApplyMode {
    /// What becomes of fields that another tool owns.
    pub conflicts: Conflicts,
    /// Whether the API server keeps what is sent.
    pub dry_run: DryRun,
}

/// What becomes of fields that another tool owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflicts {
    /// Nothing is written.
    Refuse,
    /// The fields are taken over.
    Force,
}

/// Whether the API server keeps what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DryRun {
    /// The API server keeps what is sent.
    Off,
    /// The API server checks what is sent, and keeps nothing.
    Server,
}

impl DryRun {
    /// Returns kubectl's flag for it.
    pub(super) fn flag(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Server => Some("--dry-run=server"),
        }
    }
}

impl Kubectl {
    /// Applies documents on the server's side. Where one of them is refused, the
    /// others are applied all the same; the reply is about the first.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(crate) fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, ClusterError> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let mut arguments = vec!["apply", "--server-side", &manager, "--filename=-"];
        match mode.conflicts {
            Conflicts::Refuse => {}
            Conflicts::Force => arguments.push("--force-conflicts"),
        }
        arguments.extend(mode.dry_run.flag());
        let call = Call { arguments: &arguments, namespace, documents, ..Call::default() };
        Ok(self.run(call)?.without_answer())
    }

    /// Removes an annotation from the objects that these documents name; an object
    /// without the annotation is no failure. The reply is about the first failure.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(crate) fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, ClusterError> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let removal = format!("{annotation}-");
        let arguments = ["annotate", "--filename=-", &removal, &manager];
        let call = Call { arguments: &arguments, namespace, documents, ..Call::default() };
        Ok(self.run(call)?.without_answer())
    }
}
