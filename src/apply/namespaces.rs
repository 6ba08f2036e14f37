//! Which namespaces of the cluster are meant.

use crate::cli::{KubectlArguments, PlacesArguments};
use crate::cluster::Kubectl;
use crate::error::Error;
use crate::system::environment::Environment;
use crate::system::process::Patience;
use crate::system::terminal;

/// The system's own, which nobody means by "all".
const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// The person's kubectl.
///
/// # Errors
/// [`Error::NoKubectl`].
pub(crate) fn kubectl(
    arguments: &KubectlArguments,
    environment: &Environment,
) -> Result<Kubectl, Error> {
    let patience = if terminal::can_ask() { Patience::WITH_TERMINAL } else { Patience::CLUSTER };
    Kubectl::find(environment, arguments.passed_on(), patience)
}

/// Those that are named, and those that the cluster has for `-A` or a selector.
/// None: the one of the kubeconfig.
///
/// # Errors
/// [`Error::Cluster`]; where no namespace has the labels.
pub(crate) fn find(
    places: &PlacesArguments,
    named: &[String],
    kubectl: &Kubectl,
) -> Result<Vec<String>, Error> {
    let mut namespaces: Vec<String> = Vec::new();
    for namespace in named {
        if !namespaces.contains(namespace) {
            namespaces.push(namespace.clone());
        }
    }
    if !places.asks_cluster() {
        return Ok(namespaces);
    }
    let found = kubectl.namespaces(places.namespace_selector.as_deref())?;
    let is_wanted =
        |name: &String| !SYSTEM_NAMESPACES.contains(&name.as_str()) && !named.contains(name);
    namespaces.extend(found.into_iter().filter(is_wanted));
    if namespaces.is_empty() {
        return Err(Error::Cluster {
            said: "no namespace has these labels".to_owned(),
            namespace: None,
            hint: "see which labels they have: kubectl get namespaces --show-labels".to_owned(),
        });
    }
    namespaces.sort();
    Ok(namespaces)
}

/// ` of context X` for questions, where a context is known.
///
/// # Errors
/// [`Error::Cluster`] where kubectl gave no answer.
pub(crate) fn context(kubectl: &Kubectl) -> Result<String, Error> {
    let context = kubectl.context()?;
    Ok(context.map(|context| format!(" of context {context}")).unwrap_or_default())
}

impl PlacesArguments {
    /// Whether the cluster decides which namespaces are written to.
    pub(crate) fn asks_cluster(&self) -> bool {
        self.all_namespaces || self.namespace_selector.is_some()
    }

    /// Refuses to write to many namespaces where nobody can be asked.
    ///
    /// # Errors
    /// A usage error.
    pub(crate) fn check(&self, dry_run: bool) -> Result<(), Error> {
        if self.asks_cluster() && !dry_run && !self.yes && !terminal::can_ask() {
            let problem = "many namespaces would be written to, and nobody is here to be asked";
            return Err(Error::usage(problem, "say it beforehand: --yes"));
        }
        Ok(())
    }
}
