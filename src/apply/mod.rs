//! Documents into the cluster: entries of other registries stay, a Secret that
//! changed in between is read again, and fields of other tools are left alone.

mod batch;
mod cluster;
pub(crate) mod deliver;
pub(crate) mod link;
pub(crate) mod namespaces;
mod notes;
mod reconcile;
mod report;
mod single;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use crate::apply::cluster::Cluster;
use crate::apply::link::{Change, Linker};
use crate::apply::namespaces::{Confirmation, NamespaceSelection};
use crate::apply::notes::Notes;
use crate::apply::report::Report;
use crate::cluster::apply::{ApplyMode, DryRun};
use crate::cluster::refusal::in_namespace;
use crate::cluster::{Kubectl, KubectlOptions};
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::manifest::render::Format;
use crate::sources::prompt;
use crate::system::environment::Environment;

/// Up to so many namespaces each is written by calls of its own, which need
/// fewer rights.
const FEW: usize = 8;

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Done {
    Created,
    Updated,
    Unchanged,
    /// Written; whether it was there before was not read.
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
    /// The service account that the Secret is linked to.
    pub(crate) link: Option<String>,
    /// What becomes of a live Secret's other entries.
    pub(crate) live: LiveSecretPolicy,
    /// What becomes of conflicts, and whether the API server keeps what is sent.
    pub(crate) mode: ApplyMode,
}

/// What becomes of a live Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveSecretPolicy {
    /// Its entries of other registries stay.
    Merge,
    /// It is overwritten without being read.
    Replace,
}

/// Writes to the cluster; prints a line for each object.
pub(crate) struct Applier<'a, C = Kubectl> {
    cluster: C,
    options: &'a ApplyOptions,
    namespaces: &'a NamespaceSelection,
    output: Format,
}

impl<'a> Applier<'a> {
    /// Finds the person's kubectl. Unless the cluster is asked for namespaces
    /// anyway, its configuration is checked too: a person should not unlock a
    /// credential for a cluster that cannot be reached.
    ///
    /// # Errors
    /// `ClusterError::NoKubectl`; a configuration that names no cluster.
    pub(crate) fn new(
        options: &'a ApplyOptions,
        namespaces: &'a NamespaceSelection,
        output: Format,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let cluster = Kubectl::find(&options.kubectl, environment)?;
        if !namespaces.asks_cluster() {
            cluster.check_configuration(environment)?;
        }
        Ok(Self { cluster, options, namespaces, output })
    }

    /// Applies each Secret, and the Pod that belongs to it where there is one.
    ///
    /// # Errors
    /// Each namespace's failure; the others are written all the same.
    pub(crate) fn all(
        &self,
        payload: &Payload,
        secrets: &[Metadata],
        pods: &[Document],
    ) -> Result<(), Failures> {
        self.confirm(secrets)?;
        let results = self.secrets(payload, secrets)?;
        self.report("secret", secrets, &results).print()?;
        let pods: Vec<&Document> = pods
            .iter()
            .zip(&results.done)
            .filter(|(_, secret)| secret.is_some())
            .map(|(pod, _)| pod)
            .collect();
        // A Pod gets its account's list when it is created.
        let linked = self.link(secrets, &results);
        let pods = Failures::both(linked, self.pods(&pods));
        if results.failures.is_empty() {
            self.cluster.note_registry_of_nodes(payload.hosts());
        }
        Failures::both(Failures::check(results.failures), pods)
    }

    /// Applies Pods.
    ///
    /// # Errors
    /// The failure of each; the others are written all the same.
    pub(crate) fn pods(&self, pods: &[&Document]) -> Result<(), Failures> {
        let results = self.apply_pods(pods)?;
        let metadata: Vec<Metadata> = pods.iter().map(|pod| pod.metadata().clone()).collect();
        self.report("pod", &metadata, &results).print()?;
        Failures::check(results.failures)
    }

    /// Asks before many namespaces are written to that only the cluster named.
    fn confirm(&self, secrets: &[Metadata]) -> Result<(), Error> {
        let count = secrets.len();
        let is_agreed = self.namespaces.confirmation == Confirmation::Given
            || self.options.mode.dry_run == DryRun::Server;
        if is_agreed || !self.namespaces.asks_cluster() || count < 2 {
            return Ok(());
        }
        let names: Vec<&str> = secrets.iter().filter_map(Metadata::namespace).collect();
        let namespaces_named = namespaces::described(&names, &self.cluster)?;
        let name = secrets.first().map(Metadata::name).unwrap_or_default();
        let question = format!("Write Secret {name} to {namespaces_named}?");
        if prompt::confirm(&question, prompt::EnterMeans::No)? {
            Ok(())
        } else {
            Err(Error::Declined)
        }
    }
}

impl<C: Cluster> Applier<'_, C> {
    /// Returns the namespaces to write to; none is the one of the kubeconfig.
    ///
    /// # Errors
    /// As of [`namespaces::find`].
    pub(crate) fn namespaces(&self) -> Result<Vec<String>, Error> {
        namespaces::find(self.namespaces, &self.cluster)
    }

    /// Applies the Secret in each namespace.
    ///
    /// # Errors
    /// What keeps all of them from being written.
    fn secrets(&self, payload: &Payload, secrets: &[Metadata]) -> Result<Results, Error> {
        if secrets.len() > FEW {
            return self.secrets_in_batches(payload, secrets);
        }
        let mut results = Results::of(secrets.len());
        for (index, metadata) in secrets.iter().enumerate() {
            let result = self.secret(payload, metadata, &mut results.notes);
            results.add(index, result);
        }
        Ok(results)
    }

    /// Applies each Pod in its namespace.
    ///
    /// # Errors
    /// `ManifestError::Render`.
    fn apply_pods(&self, pods: &[&Document]) -> Result<Results, Error> {
        if pods.len() > FEW {
            return self.pods_in_batches(pods);
        }
        let mut results = Results::of(pods.len());
        for (index, pod) in pods.iter().enumerate() {
            results.add(index, self.pod(pod));
        }
        Ok(results)
    }

    /// Links the service account that was named, wherever the Secret was written.
    fn link(&self, secrets: &[Metadata], results: &Results) -> Result<(), Failures> {
        let Some(account) = &self.options.link else { return Ok(()) };
        let written = secrets.iter().zip(&results.done).filter(|(_, done)| done.is_some());
        let namespaces: Vec<_> = written.map(|(metadata, _)| metadata.namespace()).collect();
        let linker = Linker {
            cluster: &self.cluster,
            change: Change::Link,
            secret: secrets.first().map(Metadata::name).unwrap_or_default(),
            dry_run: self.options.mode.dry_run,
            kubectl_flags: &self.options.kubectl.flags,
        };
        linker.all(&namespaces, &[account])
    }

    /// Returns the notes, a line for each object that was written, and their sum
    /// where they are several.
    fn report(&self, kind: &str, objects: &[Metadata], results: &Results) -> Report {
        let mut report = Report::default();
        results.notes.report(&mut report);
        let dry_run = dry_run_suffix(self.options.mode.dry_run);
        let mut sum: BTreeMap<Done, usize> = BTreeMap::new();
        for (metadata, done) in objects.iter().zip(&results.done) {
            let Some(done) = done else { continue };
            *sum.entry(*done).or_default() += 1;
            let (name, namespace_phrase) = (metadata.name(), in_namespace(metadata.namespace()));
            report.output(match self.output {
                Format::Name => format!("{kind}/{name}"),
                Format::Yaml | Format::Json => {
                    format!("{kind}/{name} {done}{namespace_phrase}{dry_run}")
                }
            });
            if self.output != Format::Name {
                for line in results.notes.changes(metadata.namespace()) {
                    report.output(line);
                }
            }
        }
        if objects.len() > 1 {
            let mut parts: Vec<String> =
                sum.iter().map(|(done, count)| format!("{count} {done}")).collect();
            let failed = objects.len() - sum.values().sum::<usize>();
            if failed > 0 {
                parts.push(format!("{failed} failed"));
            }
            report.note(format!("{} namespaces: {}", objects.len(), parts.join(", ")));
        }
        report
    }
}

/// Returns kubectl's own words where nothing is kept.
fn dry_run_suffix(dry_run: DryRun) -> &'static str {
    match dry_run {
        DryRun::Off => "",
        DryRun::Server => " (server dry run)",
    }
}

/// What became of several documents.
#[derive(Debug)]
struct Results {
    /// In the order of the documents; none where one failed.
    done: Vec<Option<Done>>,
    failures: Vec<Error>,
    notes: Notes,
}

impl Results {
    fn of(count: usize) -> Self {
        Self { done: vec![None; count], failures: Vec::new(), notes: Notes::default() }
    }

    fn add(&mut self, index: usize, result: Result<Done, Error>) {
        match result {
            Ok(done) => {
                if let Some(slot) = self.done.get_mut(index) {
                    *slot = Some(done);
                }
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: Error) {
        self.failures.push(error);
    }
}
