//! Which namespaces of the cluster are written to.

use crate::apply::cluster::Cluster;
use crate::cluster::Kubectl;
use crate::cluster::apply::DryRun;
use crate::cluster::error::{ClusterError, Remedy};
use crate::error::Error;
use crate::system::messages::first_few;
use crate::system::terminal;

/// Most namespaces that a question names.
const SHOWN: usize = 10;

/// Which namespaces are written to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamespaceSelection {
    /// Those that were named, each once.
    pub(crate) named: Vec<String>,
    /// Those that the cluster adds.
    pub(crate) further: FurtherNamespaces,
    /// Whether a person is asked before several are written to that only the cluster named.
    pub(crate) confirmation: Confirmation,
}

/// The namespaces that the cluster adds to those that were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum FurtherNamespaces {
    /// None.
    #[default]
    None,
    /// All but the system's own.
    All,
    /// Those that this label selector matches.
    Labelled(String),
}

/// Whether a person is asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// The person is asked.
    #[default]
    Ask,
    /// The person has agreed beforehand.
    Given,
}

/// The namespaces of Kubernetes itself, which `-A` leaves out.
const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Returns the namespaces that were named, and those that the cluster has for `-A`
/// or a selector. None is the one of the kubeconfig.
///
/// # Errors
/// [`ClusterError::Refused`]; where no namespace has the labels.
pub(crate) fn find(
    selection: &NamespaceSelection,
    cluster: &impl Cluster,
) -> Result<Vec<String>, Error> {
    let mut namespaces = selection.named.clone();
    let labels = match &selection.further {
        FurtherNamespaces::None => return Ok(namespaces),
        FurtherNamespaces::All => None,
        FurtherNamespaces::Labelled(labels) => Some(labels.as_str()),
    };
    let found = cluster.namespaces(labels)?;
    let is_wanted = |name: &String| {
        !SYSTEM_NAMESPACES.contains(&name.as_str()) && !selection.named.contains(name)
    };
    namespaces.extend(found.into_iter().filter(is_wanted));
    if namespaces.is_empty() {
        return Err(Error::from(ClusterError::Refused {
            said: "no namespace has these labels".to_owned(),
            namespace: None,
            remedy: Some(Remedy::ListNamespaceLabels),
        }));
    }
    namespaces.sort();
    Ok(namespaces)
}

/// Returns `3 namespaces in context prod (default, shop, test)` for questions;
/// no context where none is known, and the first names of many.
///
/// # Errors
/// [`ClusterError::Refused`] where kubectl returned no answer.
pub(crate) fn described(names: &[&str], kubectl: &Kubectl) -> Result<String, Error> {
    let context = kubectl.context()?;
    let context = context.map(|context| format!(" in context {context}")).unwrap_or_default();
    Ok(format!("{} namespaces{context} ({})", names.len(), first_few(names, SHOWN)))
}

impl NamespaceSelection {
    /// Whether the cluster decides which namespaces are written to.
    pub(crate) fn asks_cluster(&self) -> bool {
        self.further != FurtherNamespaces::None
    }

    /// Refuses to write to many namespaces where no person can be asked.
    ///
    /// # Errors
    /// A usage error.
    pub(crate) fn check(&self, dry_run: DryRun) -> Result<(), Error> {
        let is_agreed = dry_run == DryRun::Server || self.confirmation == Confirmation::Given;
        if self.asks_cluster() && !is_agreed && !terminal::can_ask() {
            let problem =
                "this writes to many namespaces, and there is no terminal to confirm it on";
            return Err(Error::usage(problem, "confirm it beforehand: --yes"));
        }
        Ok(())
    }
}
