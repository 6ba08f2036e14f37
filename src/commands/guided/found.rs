//! What the guided mode finds before it asks: logins of this machine, the cluster,
//! and Pods there that cannot pull their images.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::pods::Pod;
use crate::cluster::{Kubectl, KubectlOptions, Scope};
use crate::error::Error;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::sources::docker::HelperPolicy;
use crate::sources::search::{Search, SourceOptions};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean, first_few};

use super::plan::Registry;

/// A cluster that does not answer in this time is done without.
const TIME_LIMIT: &str = "--request-timeout=10s";

/// Most names in a line.
const SHOWN: usize = 5;

/// A cluster that answers.
pub(super) struct Cluster {
    /// The context, where kubectl has one.
    pub(super) context: Option<String>,
    /// The namespace that kubectl uses.
    pub(super) namespace: String,
    /// Those that may be listed, the current one first.
    pub(super) namespaces: Vec<String>,
    /// The Pods of the namespace that cannot pull.
    pub(super) failing: Vec<Pod>,
}

/// Lists the registries that this machine has logins for. No secret is read.
///
/// # Errors
/// A configuration that cannot be read.
pub(super) fn logins(environment: &Environment) -> Result<Vec<Registry>, Error> {
    let options = SourceOptions { sources: Vec::new(), file: None, policy: HelperPolicy::Start };
    let search = Search::new(&options, environment)?;
    let (known, failures) = search.known();
    for failure in failures {
        messages::warning(&failure.to_string());
    }
    let logins = known.iter().map(|(key, origin)| Registry {
        name: key.to_string(),
        source: Some(search.source_name(key, origin)),
    });
    Ok(logins.collect())
}

/// Looks at the cluster that kubectl uses; none where it cannot be reached, which is
/// said.
pub(super) fn cluster(environment: &Environment) -> Option<Cluster> {
    let options = KubectlOptions { flags: vec![TIME_LIMIT.to_owned()] };
    let read = || {
        let kubectl = Kubectl::find(&options, environment)?;
        let current = kubectl.current_context(environment)?;
        let namespaces = kubectl.namespaces(None);
        let pods = kubectl.pods(Scope::Namespace(Some(&current.namespace)));
        // Many may read the one or the other only.
        match (namespaces, pods) {
            (Err(error), Err(_)) => Err(error),
            (namespaces, pods) => {
                Ok((current, namespaces.unwrap_or_default(), pods.unwrap_or_default()))
            }
        }
    };
    match read() {
        Ok((current, namespaces, pods)) => {
            let others = namespaces.into_iter().filter(|name| *name != current.namespace);
            let namespaces = [current.namespace.clone()].into_iter().chain(others).collect();
            let failing = pods.into_iter().filter(Pod::fails_to_pull).collect();
            let (context, namespace) = (current.name, current.namespace);
            Some(Cluster { context, namespace, namespaces, failing })
        }
        Err(error) => {
            messages::line(&format!("Cluster: not available ({error})"));
            None
        }
    }
}

impl Cluster {
    /// Says which cluster it is, and which Pods fail.
    pub(super) fn report(&self) {
        let context = self.context.as_ref().map(|context| format!("context {context}, "));
        let context = context.unwrap_or_default();
        messages::line(&format!("Cluster: {context}namespace {}", self.namespace));
        if !self.failing.is_empty() {
            let names = self.failing_names();
            messages::line(&format!(
                "Pods that cannot pull an image: {}",
                first_few(&names, SHOWN)
            ));
        }
    }

    /// Returns the names of the Pods that cannot pull.
    pub(super) fn failing_names(&self) -> Vec<String> {
        self.failing.iter().map(|pod| clean(pod.name())).collect()
    }

    /// Returns the registries of the images that cannot be pulled.
    pub(super) fn wanted_registries(&self) -> BTreeSet<String> {
        let images = self.failing.iter().flat_map(Pod::images);
        let images = images
            .filter(|image| !image.state.is_before_pull() && !image.state.is_beyond_pull())
            .filter_map(|image| ImageReference::parse(image.reference).ok());
        images.map(|image| RegistryKey::of_image(&image).to_string()).collect()
    }

    /// Returns the one pull Secret that the failing Pods reference.
    pub(super) fn referenced_secret(&self) -> Option<String> {
        let names: BTreeSet<&str> = self.failing.iter().flat_map(Pod::pull_secrets).collect();
        let mut names = names.into_iter();
        names.next().filter(|_| names.next().is_none()).map(str::to_owned)
    }

    /// Whether all failing Pods reference this Secret, and there is one.
    pub(super) fn references(&self, secret: &str) -> bool {
        !self.failing.is_empty() && self.failing.iter().all(|pod| pod.references(secret))
    }
}

/// Says which logins there are.
pub(super) fn report(logins: &[Registry]) {
    let mut by_source: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for login in logins {
        by_source.entry(login.source.unwrap_or_default()).or_default().push(login.name.clone());
    }
    if by_source.is_empty() {
        messages::line("Logins: none found in the keyring, docker or podman");
    }
    for (source, names) in by_source {
        messages::line(&format!("Logins from {source}: {}", first_few(&names, SHOWN)));
    }
}
