//! Documents into the cluster: entries of other registries stay, what changed
//! in between is read again, and owners are asked.

mod batch;
pub(crate) mod link;
mod live;
pub(crate) mod namespaces;
mod notes;
pub(crate) mod payload;
mod single;

use std::collections::BTreeMap;
use std::fmt;

use crate::apply::link::{Change, Linker};
use crate::apply::payload::Written;
use crate::cluster::refusal::place;
use crate::cluster::{Kubectl, KubectlOptions};
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::Format;
use crate::sources::prompt;
use crate::system::environment::Environment;
use crate::system::messages;
pub(crate) use live::LAST_APPLIED;
use namespaces::{Confirmation, NamespaceSelection};
use notes::Notes;

/// Up to so many namespaces each is written by calls of its own, which need
/// fewer rights.
const FEW: usize = 8;

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Done {
    Created,
    Updated,
    Unchanged,
    /// Written, without looking at what was there.
    Applied,
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Applied => "applied",
        })
    }
}

/// How documents are applied.
#[derive(Clone, Debug)]
pub(crate) struct ApplyOptions {
    /// The kubectl to apply with.
    pub(crate) kubectl: KubectlOptions,
    /// The service account that is to bring the Secret to its Pods.
    pub(crate) link: Option<String>,
    /// What becomes of a live Secret's other entries.
    pub(crate) live: LiveSecret,
    /// What becomes of fields that somebody else's tool owns.
    pub(crate) conflicts: Conflicts,
    /// Whether the API server keeps what is sent.
    pub(crate) dry_run: DryRun,
}

/// What becomes of a live Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveSecret {
    /// Its entries of other registries stay.
    Merge,
    /// It is overwritten without being read.
    Replace,
}

/// What becomes of fields that somebody else's tool owns.
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
    /// It does.
    Off,
    /// It checks it, and keeps nothing.
    Server,
}

/// Writes to the cluster; prints a line for each object.
pub(crate) struct Applier<'a> {
    kubectl: Kubectl,
    options: &'a ApplyOptions,
    namespaces: &'a NamespaceSelection,
    dry_run: bool,
    output: Format,
}

impl<'a> Applier<'a> {
    /// Finds the person's kubectl. Unless the cluster is asked for namespaces
    /// anyway, its configuration is checked too: a person should not unlock a
    /// credential for a cluster that cannot be reached.
    ///
    /// # Errors
    /// [`Error::NoKubectl`]; a configuration that names no cluster.
    pub(crate) fn new(
        options: &'a ApplyOptions,
        namespaces: &'a NamespaceSelection,
        output: Format,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let kubectl = namespaces::kubectl(&options.kubectl, environment)?;
        if !namespaces.asks_cluster() {
            kubectl.check_configuration(environment)?;
        }
        let dry_run = options.dry_run == DryRun::Server;
        Ok(Self { kubectl, options, namespaces, dry_run, output })
    }

    /// Returns the namespaces to write to; none is the one of the kubeconfig.
    ///
    /// # Errors
    /// As of [`namespaces::find`].
    pub(crate) fn namespaces(&self) -> Result<Vec<String>, Error> {
        namespaces::find(self.namespaces, &self.kubectl)
    }

    /// Whether a live Secret is overwritten without being read.
    fn replaces(&self) -> bool {
        self.options.live == LiveSecret::Replace
    }

    /// Whether fields of other owners are taken over.
    fn forces_conflicts(&self) -> bool {
        self.options.conflicts == Conflicts::Force
    }

    /// Applies each Secret, and the Pod that belongs to it where there is one.
    ///
    /// # Errors
    /// Each namespace's failure; the others are written all the same.
    pub(crate) fn all(
        &self,
        written: &Written<'_>,
        secrets: &[Metadata],
        pods: &[Document],
    ) -> Result<(), Failures> {
        self.ask(secrets)?;
        let mut notes = Notes::default();
        let results = if secrets.len() > FEW {
            self.many(written, secrets, &mut notes)?
        } else {
            let apply = |metadata| self.secret(written, metadata, &mut notes);
            Results::each(secrets.iter().map(apply))
        };
        notes.tell();
        self.tell("secret", secrets, &results)?;
        let pods = pods.iter().zip(&results.done).filter(|(_, secret)| secret.is_some());
        let pods = pods.map(|(pod, _)| pod).collect::<Vec<_>>();
        // A Pod takes its account's list when it is made.
        let linked = self.link(secrets, &results);
        let pods = Failures::both(linked, self.pods(&pods));
        Failures::both(Failures::check(results.failures), pods)
    }

    /// Links the service account that was named, wherever the Secret is.
    fn link(&self, secrets: &[Metadata], results: &Results) -> Result<(), Failures> {
        let Some(account) = &self.options.link else { return Ok(()) };
        let written = secrets.iter().zip(&results.done).filter(|(_, done)| done.is_some());
        let namespaces: Vec<_> = written.map(|(metadata, _)| metadata.namespace()).collect();
        let secret = secrets.first().map(Metadata::name).unwrap_or_default();
        let (kubectl, dry_run) = (&self.kubectl, self.dry_run);
        Linker { kubectl, change: Change::Link, secret, dry_run }.all(&namespaces, &[account])
    }

    /// Applies Pods.
    ///
    /// # Errors
    /// The failure of each; the others are written all the same.
    pub(crate) fn pods(&self, pods: &[&Document]) -> Result<(), Failures> {
        let results = if pods.len() > FEW {
            self.many_pods(pods)?
        } else {
            Results::each(pods.iter().map(|pod| self.pod(pod)))
        };
        let metadata: Vec<Metadata> = pods.iter().map(|pod| pod.metadata().clone()).collect();
        self.tell("pod", &metadata, &results)?;
        Failures::check(results.failures)
    }

    /// Asks before many namespaces are written to that nobody has named.
    fn ask(&self, secrets: &[Metadata]) -> Result<(), Error> {
        let count = secrets.len();
        let is_agreed = self.namespaces.confirmation == Confirmation::Given;
        if !self.namespaces.asks_cluster() || is_agreed || self.dry_run || count < 2 {
            return Ok(());
        }
        let names: Vec<&str> = secrets.iter().filter_map(Metadata::namespace).collect();
        let places = namespaces::described(&names, &self.kubectl)?;
        let name = secrets.first().map(Metadata::name).unwrap_or_default();
        let question = format!("Write Secret {name} to {places}?");
        if prompt::confirm(&question)? { Ok(()) } else { Err(Error::Declined) }
    }

    /// A line for each object that was written, and their sum where they are several.
    fn tell(&self, kind: &str, objects: &[Metadata], results: &Results) -> Result<(), Error> {
        let dry = if self.dry_run { " (server dry run)" } else { "" };
        let mut lines = Vec::new();
        let mut sum: BTreeMap<Done, usize> = BTreeMap::new();
        for (metadata, done) in objects.iter().zip(&results.done) {
            let Some(done) = done else { continue };
            let (name, place) = (metadata.name(), place(metadata.namespace()));
            *sum.entry(*done).or_default() += 1;
            lines.push(match self.output {
                Format::Name => format!("{kind}/{name}\n"),
                Format::Yaml | Format::Json => format!("{kind}/{name} {done}{place}{dry}\n"),
            });
        }
        payload::print(&lines.concat())?;
        if objects.len() > 1 {
            let failed = objects.len() - sum.values().sum::<usize>();
            let failed = (failed > 0).then(|| format!("{failed} failed"));
            let parts = sum.iter().map(|(done, count)| format!("{count} {done}")).chain(failed);
            let parts = parts.collect::<Vec<_>>().join(", ");
            messages::note(&format!("{} namespaces: {parts}", objects.len()));
        }
        Ok(())
    }
}

/// What became of several documents.
#[derive(Debug)]
struct Results {
    /// By their place; none where it failed.
    done: Vec<Option<Done>>,
    failures: Vec<Error>,
}

impl Results {
    fn of(count: usize) -> Self {
        Self { done: vec![None; count], failures: Vec::new() }
    }

    fn each(results: impl Iterator<Item = Result<Done, Error>>) -> Self {
        let mut all = Self::of(0);
        for (index, result) in results.enumerate() {
            all.done.push(None);
            all.add(index, result);
        }
        all
    }

    fn add(&mut self, index: usize, result: Result<Done, Error>) {
        match result {
            Ok(done) => self.done.get_mut(index).into_iter().for_each(|place| *place = Some(done)),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: Error) {
        self.failures.push(error);
    }
}
