//! Service accounts and their lists of pull Secrets.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::apply::DryRun;
use super::refusal::Reply;
use super::{Call, FIELD_MANAGER, Kubectl, Scope, Selectors, parse};
use crate::cluster::error::ClusterError;

/// The account of Pods that name none.
pub(crate) const DEFAULT_ACCOUNT: &str = "default";

/// A service account as the cluster has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceAccount {
    metadata: Metadata,
    #[serde(default)]
    image_pull_secrets: Option<Vec<Reference>>,
    #[serde(default)]
    secrets: Option<Vec<Reference>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    resource_version: String,
}

/// A pull Secret by its name.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) name: String,
}

impl ServiceAccount {
    /// Returns the account's name.
    pub(crate) fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Returns the namespace of the account.
    pub(crate) fn namespace(&self) -> &str {
        &self.metadata.namespace
    }

    /// Returns the names of the account's pull Secrets, in their order.
    pub(crate) fn pull_secrets(&self) -> impl Iterator<Item = &str> {
        let list = self.image_pull_secrets.as_deref().unwrap_or_default();
        list.iter().map(|one| one.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Returns the names of the Secrets that the account's Pods may mount.
    pub(crate) fn mounted(&self) -> impl Iterator<Item = &str> {
        let list = self.secrets.as_deref().unwrap_or_default();
        list.iter().map(|one| one.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether the account references a pull Secret more than once.
    pub(crate) fn repeats(&self) -> bool {
        let mut seen = BTreeSet::new();
        !self.pull_secrets().all(|name| seen.insert(name))
    }

    /// Returns the JSON patch that appends a pull Secret; none where the list has
    /// it already. The patch fails if the account has changed since it was read.
    pub(crate) fn with(&self, secret: &str) -> Option<Value> {
        let entry = json!({"name": secret});
        let change = match &self.image_pull_secrets {
            Some(list) if list.iter().any(|one| one.name == secret) => return None,
            Some(_) => json!({"op": "add", "path": "/imagePullSecrets/-", "value": entry}),
            None => json!({"op": "add", "path": "/imagePullSecrets", "value": [entry]}),
        };
        Some(self.guarded(vec![change]))
    }

    /// Returns the JSON patch that removes a pull Secret wherever the list has it;
    /// none where the list does not have it.
    pub(crate) fn without(&self, secret: &str) -> Option<Value> {
        let list = self.image_pull_secrets.as_deref().unwrap_or_default();
        let matching = list.iter().enumerate().filter(|(_, one)| one.name == secret);
        // From the end, so that the indices of the others stay.
        let changes: Vec<Value> = matching
            .rev()
            .map(|(index, _)| json!({"op": "remove", "path": format!("/imagePullSecrets/{index}")}))
            .collect();
        (!changes.is_empty()).then(|| self.guarded(changes))
    }

    fn guarded(&self, mut changes: Vec<Value>) -> Value {
        let version = &self.metadata.resource_version;
        let test = json!({"op": "test", "path": "/metadata/resourceVersion", "value": version});
        changes.insert(0, test);
        Value::Array(changes)
    }
}

impl Kubectl {
    /// Reads a service account.
    ///
    /// # Errors
    /// [`ClusterError::Refused`], also where there is no such account.
    pub(crate) fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, ClusterError> {
        let arguments = ["get", "serviceaccount", name, "--output=json"];
        let answer = self.answer(Call { arguments: &arguments, namespace, ..Call::default() })?;
        parse(&answer, "a service account", namespace)
    }

    /// Lists the service accounts.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn service_accounts(
        &self,
        scope: Scope<'_>,
    ) -> Result<Vec<ServiceAccount>, ClusterError> {
        self.list("serviceaccounts", scope, Selectors::default())
    }

    /// Changes a service account by a JSON patch.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(crate) fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, ClusterError> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let patch = format!("--patch={patch}");
        let mut arguments = vec!["patch", "serviceaccount", name, "--type=json", &patch, &manager];
        arguments.extend(dry_run.flag());
        let call = Call { arguments: &arguments, namespace, ..Call::default() };
        Ok(self.run(call)?.without_answer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(more: &str) -> ServiceAccount {
        serde_json::from_str(&format!(r#"{{"metadata":{{"resourceVersion":"7"}}{more}}}"#)).unwrap()
    }

    #[test]
    fn a_secret_is_appended_to_what_is_there() {
        let test = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"});
        let add =
            |path: &str, value: Value| json!([test, {"op": "add", "path": path, "value": value}]);
        assert_eq!(account("").with("x"), Some(add("/imagePullSecrets", json!([{"name": "x"}]))));
        let append = Some(add("/imagePullSecrets/-", json!({"name": "x"})));
        assert_eq!(account(r#","imagePullSecrets":[]"#).with("x"), append);
        assert_eq!(account(r#","imagePullSecrets":[{"name":"a"},{}]"#).with("x"), append);
        assert_eq!(account(r#","imagePullSecrets":[{"name":"x"}]"#).with("x"), None);
    }

    #[test]
    fn a_secret_is_removed_wherever_the_list_has_it() {
        let several = account(r#","imagePullSecrets":[{"name":"x"},{"name":"a"},{"name":"x"}]"#);
        assert_eq!(
            several.without("x").unwrap(),
            json!([
                {"op": "test", "path": "/metadata/resourceVersion", "value": "7"},
                {"op": "remove", "path": "/imagePullSecrets/2"},
                {"op": "remove", "path": "/imagePullSecrets/0"},
            ])
        );
        assert_eq!(several.without("b"), None);
        assert_eq!(account("").without("x"), None);
    }
}
