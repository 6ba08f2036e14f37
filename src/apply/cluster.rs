//! What applying and linking ask of a cluster: kubectl answers, and in unit
//! tests a cluster in memory.

use serde_json::Value;

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::apply::{ApplyMode, Documents, DryRun};
use crate::cluster::pods::Pod;
use crate::cluster::refusal::Reply;
use crate::cluster::secrets::{LiveSecret, LiveSecrets, Owners};
use crate::cluster::{Kubectl, Scope};
use crate::error::Error;

/// A cluster that Secrets are applied to. The methods are those of [`Kubectl`].
pub(crate) trait Cluster: Sync {
    /// Reads a Secret; none where there is no such Secret.
    fn secret(&self, namespace: Option<&str>, name: &str) -> Result<Option<LiveSecret>, Error>;

    /// Reads the Secrets of this name in all namespaces.
    fn secrets_named(&self, name: &str, owners: Owners) -> Result<Reply<LiveSecrets>, Error>;

    /// Whether there is a Secret of this name.
    fn has_secret(&self, namespace: Option<&str>, name: &str) -> Result<bool, Error>;

    /// Applies documents; the reply is about the first that is refused.
    fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, Error>;

    /// Removes an annotation from the objects that these documents name.
    fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, Error>;

    /// Reads a service account.
    fn service_account(&self, namespace: Option<&str>, name: &str)
    -> Result<ServiceAccount, Error>;

    /// Changes a service account by a JSON patch.
    fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, Error>;

    /// Lists Pods.
    fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, Error>;

    /// Returns the namespaces that have these labels, or all of them, sorted.
    fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, Error>;
}

impl Cluster for Kubectl {
    fn secret(&self, namespace: Option<&str>, name: &str) -> Result<Option<LiveSecret>, Error> {
        self.secret(namespace, name)
    }

    fn secrets_named(&self, name: &str, owners: Owners) -> Result<Reply<LiveSecrets>, Error> {
        self.secrets_named(name, owners)
    }

    fn has_secret(&self, namespace: Option<&str>, name: &str) -> Result<bool, Error> {
        self.has_secret(namespace, name)
    }

    fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, Error> {
        self.apply(namespace, documents, mode)
    }

    fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, Error> {
        self.remove_annotation(namespace, documents, annotation)
    }

    fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, Error> {
        self.service_account(namespace, name)
    }

    fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, Error> {
        self.patch_account(namespace, name, patch, dry_run)
    }

    fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, Error> {
        self.pods(scope)
    }

    fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, Error> {
        self.namespaces(selector)
    }
}
