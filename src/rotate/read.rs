//! What is read of the namespaces that are meant, also where only some may be read.

use std::collections::BTreeSet;

use crate::apply::namespaces::{FurtherNamespaces, NamespaceSelection};
use crate::cluster::error::ClusterError;
use crate::cluster::pods::Pod;
use crate::cluster::secrets::LiveSecret;
use crate::cluster::{Kubectl, Owners, Scope, Selectors};
use crate::system::messages::clean;
use crate::system::parallel::map_parallel;

/// Up to so many namespaces are read one by one: nothing of others is read then.
const FEW: usize = 8;

/// After so many failures the further ones are only named.
const MAX_FAILURES: usize = 5;

/// The namespaces that are meant.
pub(crate) struct Places<'k> {
    kubectl: &'k Kubectl,
    namespaces: Namespaces,
}

enum Namespaces {
    All,
    /// By their labels or names.
    Some(Vec<String>),
    /// That of the kubeconfig.
    Chosen,
}

/// Objects, and the namespaces that could not be read.
pub(crate) struct Read<T> {
    /// In the order of the namespaces.
    pub(crate) items: Vec<T>,
    /// Never all of the namespaces.
    pub(crate) failures: Vec<ClusterError>,
}

/// An object that is in a namespace.
trait Namespaced {
    fn namespace(&self) -> &str;
}

impl Namespaced for LiveSecret {
    fn namespace(&self) -> &str {
        &self.metadata.namespace
    }
}

impl Namespaced for Pod {
    fn namespace(&self) -> &str {
        self.namespace()
    }
}

impl<'k> Places<'k> {
    /// Finds the namespaces.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where those with the labels cannot be listed.
    pub(crate) fn of(
        selection: &NamespaceSelection,
        kubectl: &'k Kubectl,
    ) -> Result<Self, ClusterError> {
        let mut names = selection.named.clone();
        let namespaces = match &selection.further {
            FurtherNamespaces::All => Namespaces::All,
            FurtherNamespaces::None if names.is_empty() => Namespaces::Chosen,
            FurtherNamespaces::None => Namespaces::Some(names),
            FurtherNamespaces::Labelled(labels) => {
                names.extend(kubectl.namespaces(Some(labels))?);
                Namespaces::Some(names)
            }
        };
        Ok(Self { kubectl, namespaces })
    }

    /// Returns the namespace of an error or hint: the only one that was named.
    pub(crate) fn only(&self) -> Option<&str> {
        match &self.namespaces {
            Namespaces::Some(names) if names.len() == 1 => names.first().map(String::as_str),
            Namespaces::All | Namespaces::Some(_) | Namespaces::Chosen => None,
        }
    }

    /// Reads the pull Secrets of both types, or those of this name.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where no namespace can be read.
    pub(crate) fn secrets(&self, name: Option<&str>) -> Result<Read<LiveSecret>, ClusterError> {
        let fields = name.map(|name| format!("metadata.name={name}"));
        let selectors =
            Selectors { fields: fields.as_deref(), owners: Owners::Read, ..Selectors::default() };
        self.each(|scope| self.kubectl.pull_secrets(scope, selectors))
    }

    /// Reads the Pods.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where no namespace can be read.
    pub(crate) fn pods(&self) -> Result<Read<Pod>, ClusterError> {
        self.each(|scope| self.kubectl.pods(scope))
    }

    fn each<T: Namespaced + Send>(
        &self,
        read: impl Fn(Scope<'_>) -> Result<Vec<T>, ClusterError> + Sync,
    ) -> Result<Read<T>, ClusterError> {
        let names = match &self.namespaces {
            Namespaces::Chosen => {
                return read(Scope::Namespace(None)).map(|items| Read { items, failures: vec![] });
            }
            Namespaces::Some(names) if names.len() <= FEW => names.clone(),
            Namespaces::Some(_) | Namespaces::All => match read(Scope::All) {
                Ok(items) => return Ok(Read { items: self.wanted(items), failures: vec![] }),
                Err(error) if error.is_forbidden() => self.names()?,
                Err(error) => return Err(error),
            },
        };
        let answers = map_parallel(&names, |name| read(Scope::Namespace(Some(name))));
        let (mut items, mut failed) = (Vec::new(), Vec::new());
        for (name, answer) in names.iter().zip(answers) {
            match answer {
                Ok(found) => items.extend(found),
                Err(error) => failed.push((name, error)),
            }
        }
        let is_total = failed.len() == names.len();
        let rest: Vec<String> =
            failed.iter().skip(MAX_FAILURES).map(|(name, _)| clean(name)).collect();
        let mut failures: Vec<ClusterError> =
            failed.into_iter().take(MAX_FAILURES).map(|(_, error)| error).collect();
        if is_total && !failures.is_empty() {
            return Err(failures.swap_remove(0));
        }
        if !rest.is_empty() {
            let problem = "further namespaces could not be read";
            failures.push(ClusterError::MoreNamespaces { problem, namespaces: rest });
        }
        Ok(Read { items, failures })
    }

    fn names(&self) -> Result<Vec<String>, ClusterError> {
        match &self.namespaces {
            Namespaces::Some(names) => Ok(names.clone()),
            Namespaces::All | Namespaces::Chosen => self.kubectl.namespaces(None),
        }
    }

    /// Returns what is in the namespaces that are meant.
    fn wanted<T: Namespaced>(&self, items: Vec<T>) -> Vec<T> {
        let Namespaces::Some(names) = &self.namespaces else { return items };
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        items.into_iter().filter(|item| names.contains(item.namespace())).collect()
    }
}
