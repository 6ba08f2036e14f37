//! What applying and linking ask of a cluster: kubectl answers, and in unit
//! tests a cluster in memory.

use serde_json::Value;

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::apply::{ApplyMode, Documents, DryRun};
use crate::cluster::error::ClusterError;
use crate::cluster::pods::Pod;
use crate::cluster::refusal::Reply;
use crate::cluster::secrets::{LiveSecret, LiveSecrets};
use crate::cluster::{Kubectl, Owners, Scope};

/// A cluster that Secrets are applied to. The methods are those of [`Kubectl`].
pub(crate) trait Cluster: Sync {
    /// Reads a Secret; none where there is no such Secret.
    fn secret(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<LiveSecret>, ClusterError>;

    /// Reads the Secrets of this name in all namespaces.
    fn secrets_named(&self, name: &str, owners: Owners)
    -> Result<Reply<LiveSecrets>, ClusterError>;

    /// Returns the type of the Secret of this name, where there is one.
    fn secret_type(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<String>, ClusterError>;

    /// Applies documents; the reply is about the first that is refused.
    fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, ClusterError>;

    /// Removes an annotation from the objects that these documents name.
    fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, ClusterError>;

    /// Reads a service account.
    fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, ClusterError>;

    /// Changes a service account by a JSON patch.
    fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, ClusterError>;

    /// Lists Pods.
    fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, ClusterError>;

    /// Returns the namespaces that have these labels, or all of them, sorted.
    fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, ClusterError>;
}

impl Cluster for Kubectl {
    fn secret(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<LiveSecret>, ClusterError> {
        self.secret(namespace, name)
    }

    fn secrets_named(
        &self,
        name: &str,
        owners: Owners,
    ) -> Result<Reply<LiveSecrets>, ClusterError> {
        self.secrets_named(name, owners)
    }

    fn secret_type(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<String>, ClusterError> {
        self.secret_type(namespace, name)
    }

    fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, ClusterError> {
        self.apply(namespace, documents, mode)
    }

    fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, ClusterError> {
        self.remove_annotation(namespace, documents, annotation)
    }

    fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, ClusterError> {
        self.service_account(namespace, name)
    }

    fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, ClusterError> {
        self.patch_account(namespace, name, patch, dry_run)
    }

    fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, ClusterError> {
        self.pods(scope)
    }

    fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, ClusterError> {
        self.namespaces(selector)
    }
}
