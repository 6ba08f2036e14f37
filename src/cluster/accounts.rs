//! Service accounts, and the Pods that run as them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::words::Refused;
use super::{Call, FIELD_MANAGER, Kubectl, parse};
use crate::error::Error;

/// A service account as it stands in the cluster.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    metadata: Version,
    #[serde(default)]
    image_pull_secrets: Option<Vec<Reference>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    resource_version: String,
}

#[derive(Debug, Deserialize)]
struct Reference {
    #[serde(default)]
    name: String,
}

/// A Pod, as far as its pull Secrets matter.
#[derive(Debug, Deserialize)]
pub struct Pod {
    metadata: PodMetadata,
    #[serde(default)]
    spec: PodSpec,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodMetadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    owner_references: Vec<Owner>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    #[serde(default)]
    service_account_name: String,
    #[serde(default)]
    image_pull_secrets: Vec<Reference>,
}

#[derive(Debug, Deserialize)]
struct Pods {
    items: Vec<Pod>,
}

impl ServiceAccount {
    /// The changes that append a pull Secret; none where it is there already.
    /// They fail if the account has changed since it was read.
    pub fn with(&self, secret: &str) -> Option<Value> {
        let entry = json!({"name": secret});
        let change = match &self.image_pull_secrets {
            Some(list) if list.iter().any(|one| one.name == secret) => return None,
            Some(_) => json!({"op": "add", "path": "/imagePullSecrets/-", "value": entry}),
            None => json!({"op": "add", "path": "/imagePullSecrets", "value": [entry]}),
        };
        Some(self.guarded(vec![change]))
    }

    /// The changes that take a pull Secret out, wherever it stands; none where
    /// it is not there.
    pub fn without(&self, secret: &str) -> Option<Value> {
        let list = self.image_pull_secrets.as_deref().unwrap_or_default();
        let places = list.iter().enumerate().filter(|(_, one)| one.name == secret);
        // From the end, so that the places of the others stay.
        let changes: Vec<Value> = places
            .rev()
            .map(|(place, _)| json!({"op": "remove", "path": format!("/imagePullSecrets/{place}")}))
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

impl Pod {
    /// Where it is.
    pub fn namespace(&self) -> &str {
        &self.metadata.namespace
    }

    /// Whether it runs as this account.
    pub fn runs_as(&self, account: &str) -> bool {
        let name = self.spec.service_account_name.as_str();
        account == if name.is_empty() { "default" } else { name }
    }

    /// Whether it brings this pull Secret.
    pub fn brings(&self, secret: &str) -> bool {
        self.spec.image_pull_secrets.iter().any(|one| one.name == secret)
    }

    /// What makes it, as `KIND/NAME` for kubectl. A `ReplicaSet`'s own maker is
    /// told by the hash that a Deployment puts into its name (Kubernetes 1.37,
    /// `pkg/controller/deployment/sync.go`).
    pub fn workload(&self) -> String {
        let Some(owner) = self.metadata.owner_references.first() else {
            return format!("pod/{}", self.metadata.name);
        };
        let hash = self.metadata.labels.get("pod-template-hash");
        let deployment =
            hash.and_then(|hash| owner.name.strip_suffix(hash.as_str())?.strip_suffix('-'));
        match deployment.filter(|_| owner.kind == "ReplicaSet") {
            Some(name) => format!("deployment/{name}"),
            None => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        }
    }
}

impl Kubectl {
    /// Reads a service account.
    ///
    /// # Errors
    /// [`Error::Cluster`], also where it is not there.
    pub fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, Error> {
        let arguments = ["get", "serviceaccount", name, "--output=json"];
        let answer = self
            .run(Call { arguments: &arguments, namespace, ..Call::default() })?
            .map_err(|refused| refused.error(namespace))?;
        parse(&answer, "a service account", namespace)
    }

    /// Changes a service account by a JSON patch.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no answer; inside, what the API
    /// server refused.
    pub fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: bool,
    ) -> Result<Result<(), Refused>, Error> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let patch = format!("--patch={patch}");
        let mut arguments = vec!["patch", "serviceaccount", name, "--type=json", &patch, &manager];
        arguments.extend(dry_run.then_some("--dry-run=server"));
        Ok(self.run(Call { arguments: &arguments, namespace, ..Call::default() })?.map(drop))
    }

    /// The Pods of a namespace, or of all.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub fn pods(&self, namespace: Option<&str>, in_all: bool) -> Result<Vec<Pod>, Error> {
        let mut arguments = vec!["get", "pods", "--output=json"];
        arguments.extend(in_all.then_some("--all-namespaces"));
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let answer = self.run(call)?.map_err(|refused| refused.error(namespace))?;
        parse::<Pods>(&answer, "a list of Pods", namespace).map(|pods| pods.items)
    }

    /// Whether a Secret is there. Nothing of it is read but its name.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub fn has_secret(&self, namespace: Option<&str>, name: &str) -> Result<bool, Error> {
        let arguments = ["get", "secret", name, "--ignore-not-found", "--output=name"];
        let call = Call { arguments: &arguments, namespace, ..Call::default() };
        let answer = self.run(call)?.map_err(|refused| refused.error(namespace))?;
        Ok(!answer.is_empty())
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
    fn a_secret_is_taken_out_wherever_it_stands() {
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

    #[test]
    fn a_pod_is_named_by_what_makes_it() {
        let pod = |owner: &str, labels: &str| -> String {
            let text = format!(
                r#"{{"metadata":{{"name":"web-1","labels":{{{labels}}},"ownerReferences":[{owner}]}}}}"#
            );
            serde_json::from_str::<Pod>(&text).unwrap().workload()
        };
        let hash = r#""pod-template-hash":"5d4f""#;
        assert_eq!(pod(r#"{"kind":"ReplicaSet","name":"web-5d4f"}"#, hash), "deployment/web");
        assert_eq!(pod(r#"{"kind":"ReplicaSet","name":"web-5d4f"}"#, ""), "replicaset/web-5d4f");
        assert_eq!(pod(r#"{"kind":"StatefulSet","name":"db"}"#, ""), "statefulset/db");
        assert_eq!(pod("", ""), "pod/web-1");
    }
}
