//! Documents into the cluster: entries of other registries stay, what changed
//! in between is read again, and owners are asked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::cli::{ClusterArguments, DryRun, ShapingArguments};
use crate::cluster::words::{Refused, place};
use crate::cluster::{Kubectl, LiveSecret};
use crate::commands::writing::{self, Written};
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::merge::{self, Merged};
use crate::manifest::metadata::Metadata;
use crate::manifest::render::{Format, render};
use crate::system::environment::Environment;
use crate::system::messages;
use crate::system::process::Patience;
use crate::system::terminal;

/// The type of a pull Secret.
const PULL_SECRET: &str = "kubernetes.io/dockerconfigjson";

/// Where client-side apply keeps all that was applied: a second copy of the credential.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How often a Secret that changed in between is read again.
const RETRIES: usize = 3;

/// Writes to the cluster; prints a line for each object.
pub(super) struct Applier<'a> {
    kubectl: Kubectl,
    cluster: &'a ClusterArguments,
    dry_run: bool,
    output: Format,
}

impl<'a> Applier<'a> {
    /// With the person's kubectl.
    ///
    /// # Errors
    /// [`Error::NoKubectl`].
    pub(super) fn new(
        shaping: &'a ShapingArguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let patience =
            if terminal::can_ask() { Patience::WITH_TERMINAL } else { Patience::CLUSTER };
        let cluster = &shaping.cluster;
        Ok(Self {
            kubectl: Kubectl::find(environment, cluster.passed_on(), patience)?,
            cluster,
            dry_run: shaping.dry_run == Some(DryRun::Server),
            output: shaping.output.into(),
        })
    }

    /// Applies each Secret, and the Pod that belongs to it where there is one,
    /// namespace by namespace.
    ///
    /// # Errors
    /// Each namespace's failure; the others are written all the same.
    pub(super) fn all(
        &self,
        written: &Written<'_>,
        secrets: &[Metadata],
        pods: &[Document],
    ) -> Result<(), Failures> {
        let mut failures = Vec::new();
        for (index, metadata) in secrets.iter().enumerate() {
            let secret = self.secret(written, metadata);
            let result = secret.and_then(|()| pods.get(index).map_or(Ok(()), |pod| self.pod(pod)));
            failures.extend(result.err());
        }
        Failures::check(failures)
    }

    /// Applies Pods.
    ///
    /// # Errors
    /// The failure of each; the others are written all the same.
    pub(super) fn pods(&self, pods: &[Document]) -> Result<(), Failures> {
        Failures::check(pods.iter().filter_map(|pod| self.pod(pod).err()).collect())
    }

    fn secret(&self, written: &Written<'_>, metadata: &Metadata) -> Result<(), Error> {
        let namespace = metadata.namespace();
        let mut force = self.cluster.force_conflicts;
        let mut has_copy = false;
        for attempt in 0.. {
            let live = if self.cluster.replace {
                None
            } else {
                self.kubectl.secret(namespace, metadata.name())?
            };
            let merged = live.as_ref().map(|live| merged(written, live, metadata)).transpose()?;
            let value = merged.as_ref().map_or(written.value, |merged| &merged.value);
            if live.as_ref().is_some_and(|live| is_as_wanted(live, metadata, value)) {
                return self.tell("secret", metadata.name(), namespace, "unchanged");
            }
            has_copy |= live.as_ref().is_some_and(has_last_applied);
            let version = live.as_ref().map(|live| live.metadata.resource_version.as_str());
            let document = Document::pull_secret(metadata.at_version(version), value);
            let text = render(&[document], Format::Yaml)?;
            let Err(refused) = self.kubectl.apply(namespace, &text, force, self.dry_run)? else {
                self.after(metadata, merged.as_ref(), has_copy)?;
                let done = match (&live, self.cluster.replace) {
                    (_, true) => "applied",
                    (Some(_), _) => "updated",
                    (None, _) => "created",
                };
                return self.tell("secret", metadata.name(), namespace, done);
            };
            has_copy |= refused.names_client_side_apply();
            if refused.is_own() && !force {
                messages::note(&format!(
                    "the Secret was written by kubectl before: its fields are taken over{}",
                    place(namespace)
                ));
                force = true;
            } else if refused != Refused::Modified || attempt >= RETRIES {
                return Err(refused.error(namespace));
            }
        }
        Ok(())
    }

    /// What is said and done once a Secret is written.
    fn after(
        &self,
        metadata: &Metadata,
        merged: Option<&Merged>,
        has_copy: bool,
    ) -> Result<(), Error> {
        let namespace = metadata.namespace();
        if let Some(kept) = merged.map(|merged| &merged.kept).filter(|kept| !kept.is_empty()) {
            let kept: Vec<String> = kept.iter().map(|key| messages::clean(key)).collect();
            messages::note(&format!("kept{}: {}", place(namespace), kept.join(", ")));
        }
        if has_copy && !self.dry_run {
            self.kubectl.remove_annotation(namespace, metadata.name(), LAST_APPLIED)?;
            messages::note(&format!(
                "removed{}: the annotation {LAST_APPLIED}, which held the old credential",
                place(namespace)
            ));
        }
        Ok(())
    }

    fn pod(&self, pod: &Document) -> Result<(), Error> {
        let namespace = pod.metadata().namespace();
        let text = render(std::slice::from_ref(pod), Format::Yaml)?;
        let force = self.cluster.force_conflicts;
        match self.kubectl.apply(namespace, &text, force, self.dry_run)? {
            Ok(()) => self.tell("pod", pod.metadata().name(), namespace, "applied"),
            Err(refused) => Err(refused.error(namespace)),
        }
    }

    fn tell(
        &self,
        kind: &str,
        name: &str,
        namespace: Option<&str>,
        done: &str,
    ) -> Result<(), Error> {
        if self.output == Format::Name {
            return writing::print(&format!("{kind}/{name}\n"));
        }
        let dry = if self.dry_run { " (server dry run)" } else { "" };
        writing::print(&format!("{kind}/{name} {done}{}{dry}\n", place(namespace)))
    }
}

/// The value with the live entries of other registries in it.
fn merged(written: &Written<'_>, live: &LiveSecret, metadata: &Metadata) -> Result<Merged, Error> {
    let (name, place) = (metadata.name().to_owned(), place(metadata.namespace()));
    if live.secret_type != PULL_SECRET {
        let found = messages::clean(&live.secret_type);
        return Err(Error::OtherType { name, place, found });
    }
    let result = live
        .data
        .get(".dockerconfigjson")
        .ok_or("it has no `.dockerconfigjson`".to_owned())
        .and_then(|data| {
            STANDARD
                .decode(data.expose_secret())
                .map(Zeroizing::new)
                .map_err(|_| "its `.dockerconfigjson` is not base64".to_owned())
        })
        .and_then(|bytes| {
            let reason = "its `.dockerconfigjson` is not JSON with `auths`";
            merge::merge(&bytes, written.value).ok_or(reason.to_owned())
        })
        .and_then(|merged| {
            let proof = writing::prove(&merged.value, written.entries, written.images);
            proof.map(|()| merged).map_err(|error| format!("with what it holds, {error}"))
        });
    result.map_err(|reason| Error::LiveSecret { name, place, reason })
}

fn has_last_applied(live: &LiveSecret) -> bool {
    live.metadata.annotations.contains_key(LAST_APPLIED)
}

/// Whether nothing would change.
fn is_as_wanted(live: &LiveSecret, metadata: &Metadata, value: &SecretString) -> bool {
    let encoded = STANDARD.encode(value.expose_secret());
    let data = live.data.get(".dockerconfigjson");
    let annotations = &live.metadata.annotations;
    data.is_some_and(|data| data.expose_secret() == encoded)
        && !has_last_applied(live)
        && metadata.labels().iter().all(|(key, value)| live.metadata.labels.get(key) == Some(value))
        && metadata.annotations().iter().all(|(key, value)| {
            annotations.get(key).is_some_and(|annotation| annotation.expose_secret() == value)
        })
}
