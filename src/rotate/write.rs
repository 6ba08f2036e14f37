//! Writes what was planned: all of it by few calls, and what one of them left by calls of
//! its own.

use std::collections::HashMap;

use secrecy::ExposeSecret;

use crate::cluster::Kubectl;
use crate::cluster::apply::{ApplyMode, Conflicts, Documents, DryRun, MAX_DOCUMENTS, RETRIES};
use crate::cluster::error::ClusterError;
use crate::cluster::refusal::{Refusal, Reply};
use crate::cluster::secrets::LiveSecret;
use crate::error::Error;
use crate::manifest::documents::Document;
use crate::manifest::render::{Format, render};
use crate::manifest::replace::Wanted;
use crate::registry::credential::Credential;
use crate::rotate::plan::{Action, Found, Planned};
use crate::rotate::read::{Places, Read};
use crate::system::{clock, messages};

/// After so many failures in a row the further Secrets are only named.
const MAX_FAILURES: usize = 20;

/// Writes Secrets.
pub(crate) struct Writer<'a> {
    /// The kubectl to write with.
    pub(crate) kubectl: &'a Kubectl,
    /// The new credential.
    pub(crate) credential: &'a Credential,
    /// Which entries get it.
    pub(crate) wanted: &'a Wanted,
    /// Whether Secrets that a tool writes are written too.
    pub(crate) includes_managed: bool,
    /// Whether the API server keeps what is sent.
    pub(crate) dry_run: DryRun,
    /// Where the Secrets were read.
    pub(crate) places: &'a Places<'a>,
    /// The name that all of them have, where one was named.
    pub(crate) secret_name: Option<&'a str>,
}

impl Writer<'_> {
    /// Writes what is planned, and records what became of it.
    ///
    /// # Errors
    /// What keeps all of them from being written; otherwise the failures are returned.
    pub(crate) fn write(&self, plan: &mut [Planned]) -> Result<Vec<Error>, Error> {
        let mut chosen: Vec<&mut Planned> =
            plan.iter_mut().filter(|planned| planned.action == Action::Update).collect();
        for part in chosen.chunks_mut(MAX_DOCUMENTS) {
            let documents = part.iter().map(|planned| planned.document(self.credential));
            let documents = documents.collect::<Result<Vec<_>, _>>()?;
            let documents: Vec<Document> = documents.into_iter().flatten().collect();
            if let Reply::Accepted(()) = self.apply(&documents)? {
                for planned in part {
                    planned.action = Action::Updated;
                }
            }
        }
        chosen.retain(|planned| planned.action == Action::Update);
        if chosen.len() > 1 && self.dry_run == DryRun::Off {
            self.find_written(&mut chosen);
        }
        Ok(self.write_alone(chosen))
    }

    /// Finds out what was written by calls that failed: kubectl's answers do not say which
    /// namespace they are about. What cannot be read is found out one by one.
    fn find_written(&self, left: &mut Vec<&mut Planned>) {
        let Ok(Read { items, .. }) = self.places.secrets(self.secret_name) else { return };
        let place =
            |live: &LiveSecret| (live.metadata.namespace.clone(), live.metadata.name.clone());
        let found: HashMap<_, _> = items.into_iter().map(|live| (place(&live), live)).collect();
        left.retain_mut(|planned| {
            let (namespace, name) = planned.place();
            let live = found.get(&(namespace.to_owned(), name.to_owned()));
            let is_written = live.is_some_and(|live| has_value(live, planned));
            if is_written {
                planned.action = Action::Updated;
            }
            !is_written
        });
    }

    fn apply(&self, documents: &[Document]) -> Result<Reply, Error> {
        let text = render(documents, Format::Yaml)?;
        let count = documents.len();
        let mut show = |done| messages::progress(&format!("updated {done} of {count}"));
        let documents = Documents { text: &text, count, on_progress: Some(&mut show) };
        let mode = ApplyMode { conflicts: Conflicts::Force, dry_run: self.dry_run };
        let reply = self.kubectl.apply(None, documents, mode);
        messages::progress_ended();
        Ok(reply?)
    }

    /// Writes each Secret by calls of its own, after it was read again.
    fn write_alone(&self, left: Vec<&mut Planned>) -> Vec<Error> {
        let (mut failures, mut rest, mut in_a_row) = (Vec::new(), Vec::new(), 0);
        for planned in left {
            let (namespace, name) = planned.place();
            if in_a_row >= MAX_FAILURES {
                rest.push(messages::clean(&format!("{namespace}/{name}")));
                planned.action = Action::Failed;
                continue;
            }
            messages::progress(&format!("trying {namespace}/{name} again"));
            match self.write_one(planned) {
                Ok(()) => in_a_row = 0,
                Err(error) => {
                    planned.action = Action::Failed;
                    failures.push(error);
                    in_a_row += 1;
                }
            }
        }
        messages::progress_ended();
        if !rest.is_empty() {
            let problem = "further Secrets were not written";
            failures.push(ClusterError::MoreNamespaces { problem, namespaces: rest }.into());
        }
        failures
    }

    fn write_one(&self, planned: &mut Planned) -> Result<(), Error> {
        let (namespace, name) = planned.place();
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let mut attempt = 0;
        loop {
            let live = self.kubectl.secret(Some(&namespace), &name)?;
            let is_written = live.as_ref().is_some_and(|live| has_value(live, planned));
            let found = live.and_then(|live| Found::again(live, self.wanted, clock::now()));
            let Some(found) = found else {
                // It was deleted, or its entry was: nothing is left to change.
                planned.action = Action::Unchanged;
                return Ok(());
            };
            let again = found.plan(self.credential, self.includes_managed);
            if again.action != Action::Update {
                planned.action = if is_written { Action::Updated } else { again.action };
                return Ok(());
            }
            let Some(document) = again.document(self.credential)? else { return Ok(()) };
            match self.apply(std::slice::from_ref(&document))? {
                Reply::Accepted(()) => {
                    planned.action = Action::Updated;
                    return Ok(());
                }
                Reply::Refused(Refusal::Modified(_)) if attempt < RETRIES => attempt += 1,
                Reply::Refused(refusal) => return Err(refusal.error(Some(&namespace)).into()),
            }
        }
    }
}

/// Whether a Secret has the value that was planned for it.
fn has_value(live: &LiveSecret, planned: &Planned) -> bool {
    let value = live.value();
    let (Ok(plain), Some(planned)) = (value.plain(), &planned.value) else { return false };
    plain == planned.expose_secret().as_bytes()
}
