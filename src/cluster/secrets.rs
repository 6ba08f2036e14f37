//! Secrets as they stand in the cluster.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::cluster::FIELD_MANAGER;
use crate::cluster::refusal::OWN_MANAGERS;
use crate::kubelet::SecretValue;

/// The annotation in which client-side apply keeps all that was applied: a second copy
/// of the credential.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Secret as it stands in the cluster.
#[derive(Debug, Deserialize)]
pub struct LiveSecret {
    /// Name, labels, annotations.
    pub metadata: LiveMetadata,
    /// Base64 by key.
    #[serde(default)]
    pub data: BTreeMap<String, SecretString>,
    /// `kubernetes.io/dockerconfigjson` for a pull Secret.
    #[serde(rename = "type", default)]
    pub secret_type: String,
}

impl LiveSecret {
    /// Returns what the kubelet would read.
    pub fn value(&self) -> SecretValue {
        SecretValue::read(&self.secret_type, &self.data, None)
    }
}

/// Several of them.
#[derive(Debug, Deserialize)]
pub struct LiveSecrets {
    items: Vec<LiveSecret>,
}

impl LiveSecrets {
    /// Those of one name, by where they are.
    pub fn by_namespace(self) -> BTreeMap<String, LiveSecret> {
        self.items.into_iter().map(|live| (live.metadata.namespace.clone(), live)).collect()
    }
}

/// Their metadata.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveMetadata {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub namespace: String,
    #[serde(default)]
    creation_timestamp: String,
    /// Changes with each write.
    pub resource_version: String,
    /// As they stand there.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// As they stand there; the last-applied configuration may hold a credential.
    #[serde(default)]
    pub annotations: BTreeMap<String, SecretString>,
    /// Who wrote which fields.
    #[serde(default)]
    managed_fields: Vec<ManagedFields>,
}

/// The fields of one manager. Source: Kubernetes 1.37,
/// `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManagedFields {
    #[serde(default)]
    manager: String,
    /// Members are fields, each with `f:` before its name.
    #[serde(default)]
    fields_v1: Value,
    #[serde(default)]
    time: String,
}

/// Whose fields a write would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Ours, or nobody's.
    Nobody,
    /// The person's own, written by an earlier kubectl command.
    Person,
    /// Another tool's, whatever else is the person's own.
    Other,
}

impl LiveMetadata {
    /// When it was last written, as RFC 3339.
    pub fn written(&self) -> &str {
        let times = self.managed_fields.iter().map(|managed| managed.time.as_str());
        times.max().unwrap_or_default().max(&self.creation_timestamp)
    }

    /// Who owns one of these fields: each a path of names.
    pub fn owner(&self, fields: &[Vec<&str>]) -> Owner {
        let owns = |managed: &&ManagedFields| {
            fields.iter().any(|path| {
                let field = |value, name: &&str| Value::get(value, format!("f:{name}"));
                path.iter().try_fold(&managed.fields_v1, field).is_some()
            })
        };
        let mut owner = Owner::Nobody;
        for managed in self.managed_fields.iter().filter(owns) {
            if managed.manager != FIELD_MANAGER {
                if !OWN_MANAGERS.contains(&managed.manager.as_str()) {
                    return Owner::Other;
                }
                owner = Owner::Person;
            }
        }
        owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(managed: &str) -> Owner {
        let text = format!(r#"{{"resourceVersion":"7","managedFields":{managed}}}"#);
        let metadata: LiveMetadata = serde_json::from_str(&text).unwrap();
        metadata.owner(&[vec!["data", ".dockerconfigjson"], vec!["type"]])
    }

    #[test]
    fn owners_are_told_by_their_fields() {
        let by = |manager: &str, fields: &str| {
            format!(r#"{{"manager":"{manager}","operation":"Update","fieldsV1":{fields}}}"#)
        };
        let data = r#"{"f:data":{".":{},"f:.dockerconfigjson":{}}}"#;
        let elsewhere = r#"{"f:data":{"f:other":{}},"f:metadata":{"f:labels":{"f:type":{}}}}"#;
        let kubectl = by("kubectl-create", data);
        assert_eq!(owner("[]"), Owner::Nobody);
        assert_eq!(owner(&format!("[{}]", by("kubectl-regcred", data))), Owner::Nobody);
        assert_eq!(owner(&format!("[{kubectl}]")), Owner::Person);
        assert_eq!(owner(&format!("[{kubectl},{}]", by("argocd", elsewhere))), Owner::Person);
        assert_eq!(
            owner(&format!("[{kubectl},{}]", by("argocd", r#"{"f:type":{}}"#))),
            Owner::Other
        );
    }
}
