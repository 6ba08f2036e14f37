//! Secrets as the cluster has them.

use crate::system::untrusted::clean;
use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::{OWN_MANAGERS, Reply};
use super::{Call, FIELD_MANAGER, Kubectl, Owners, Scope, Selectors, parse};
use crate::cluster::error::ClusterError;
use crate::kubelet::{SecretKind, SecretValue};
use crate::system::parallel;

/// The annotation in which client-side apply keeps all that was applied: on a
/// pull Secret, a second copy of the credentials.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Secret as the cluster has it.
#[derive(Debug, Deserialize)]
pub(crate) struct LiveSecret {
    /// Name, labels, annotations.
    pub metadata: LiveMetadata,
    /// Base64 by key.
    #[serde(default)]
    pub data: BTreeMap<String, SecretString>,
    /// `kubernetes.io/dockerconfigjson` for a pull Secret.
    #[serde(rename = "type", default)]
    pub secret_type: String,
    /// Whether the API server refuses every change of its data.
    #[serde(default)]
    pub immutable: bool,
}

impl LiveSecret {
    /// Returns what the kubelet would read.
    pub(crate) fn value(&self) -> SecretValue {
        SecretValue::read(&self.secret_type, &self.data, None)
    }
}

/// Several of them.
#[derive(Debug, Deserialize)]
pub(crate) struct LiveSecrets {
    items: Vec<LiveSecret>,
}

impl LiveSecrets {
    /// Returns Secrets of one name by their namespaces.
    pub(crate) fn by_namespace(self) -> BTreeMap<String, LiveSecret> {
        self.items.into_iter().map(|live| (live.metadata.namespace.clone(), live)).collect()
    }
}

/// Their metadata.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveMetadata {
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
    /// The objects that it is deleted with.
    #[serde(default)]
    pub owner_references: Vec<OwnerReference>,
    /// Who wrote which fields.
    #[serde(default)]
    managed_fields: Vec<ManagedFields>,
}

/// An object that owns another.
#[derive(Debug, Deserialize)]
pub(crate) struct OwnerReference {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// The fields of one manager. Source: Kubernetes 1.37,
/// `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManagedFields {
    #[serde(default)]
    manager: String,
    /// `Apply` or `Update`.
    #[serde(default)]
    operation: String,
    /// Members are fields, each with `f:` before its name.
    #[serde(default)]
    fields_v1: Value,
    #[serde(default)]
    time: String,
}

/// Whose fields a write would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This program, or no manager at all.
    None,
    /// An earlier kubectl command of the person's.
    Person,
    /// Another tool, whatever else an earlier kubectl command owns.
    Other,
}

impl LiveMetadata {
    /// Returns when the Secret was last written, as RFC 3339.
    pub(crate) fn written(&self) -> &str {
        let times = self.managed_fields.iter().map(|managed| managed.time.as_str());
        times.max().unwrap_or_default().max(&self.creation_timestamp)
    }

    /// Returns who owns any of these fields, each a path of names.
    pub(crate) fn owner(&self, fields: &[Vec<&str>]) -> Owner {
        let owns =
            |managed: &&ManagedFields| fields.iter().any(|path| managed.field(path).is_some());
        let mut owner = Owner::None;
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

    /// Returns the managers that own a field.
    pub(super) fn managers_of(&self, field: &[&str]) -> impl Iterator<Item = &str> {
        let owners = self.managed_fields.iter().filter(|managed| managed.field(field).is_some());
        owners.map(|managed| managed.manager.as_str())
    }

    /// Returns the names of the fields below this one that this program has applied: the
    /// next time that it applies the object without them, they go.
    pub(crate) fn applied(&self, parent: &[&str]) -> BTreeSet<&str> {
        let own = self
            .managed_fields
            .iter()
            .filter(|managed| managed.manager == FIELD_MANAGER && managed.operation == "Apply");
        let below = own.filter_map(|managed| managed.field(parent)?.as_object());
        below.flat_map(|fields| fields.keys()).filter_map(|name| name.strip_prefix("f:")).collect()
    }
}

impl ManagedFields {
    /// Returns a field that the manager owns, by its path of names.
    fn field(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.fields_v1, |value, name| value.get(format!("f:{name}")))
    }
}

impl Kubectl {
    /// Reads a Secret; none where there is no such Secret.
    ///
    /// # Errors
    /// [`ClusterError::Refused`]; an answer that is no Secret.
    pub(crate) fn secret(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<LiveSecret>, ClusterError> {
        let arguments =
            ["get", "secret", name, "--ignore-not-found", "--output=json", "--show-managed-fields"];
        let answer = self.answer(Call { arguments: &arguments, namespace, ..Call::default() })?;
        if answer.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        parse(&answer, "a Secret", namespace).map(Some)
    }

    /// Reads a Secret as the JSON of its manifest; none where there is no such Secret.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn secret_manifest(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<SecretString>, ClusterError> {
        let arguments = ["get", "secret", name, "--ignore-not-found", "--output=json"];
        let answer = self.answer(Call { arguments: &arguments, namespace, ..Call::default() })?;
        let text = String::from_utf8_lossy(&answer);
        let text = SecretString::from(text.trim());
        Ok(Some(text).filter(|text| !text.expose_secret().is_empty()))
    }

    /// Reads the Secrets of this name in all namespaces.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no usable answer.
    pub(crate) fn secrets_named(
        &self,
        name: &str,
        owners: Owners,
    ) -> Result<Reply<LiveSecrets>, ClusterError> {
        let field = format!("--field-selector=metadata.name={name}");
        let mut arguments = vec!["get", "secrets", "--all-namespaces", &field, "--output=json"];
        match owners {
            Owners::Read => arguments.push("--show-managed-fields"),
            Owners::LeftOut => {}
        }
        match self.run(Call { arguments: &arguments, ..Call::of_many() })? {
            Reply::Accepted(answer) => {
                parse(&answer, "a list of Secrets", None).map(Reply::Accepted)
            }
            Reply::Refused(refusal) => Ok(Reply::Refused(refusal)),
        }
    }

    /// Lists the pull Secrets of both types; the fields of the selectors are added to the
    /// type.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn pull_secrets(
        &self,
        scope: Scope<'_>,
        selectors: Selectors<'_>,
    ) -> Result<Vec<LiveSecret>, ClusterError> {
        let of = |kind: SecretKind| self.secrets(scope, kind, selectors);
        let (new, legacy) =
            parallel::join(|| of(SecretKind::DockerConfigJson), || of(SecretKind::DockerConfig));
        Ok([new?, legacy?].into_iter().flatten().collect())
    }

    /// Lists the pull Secrets of this type; the fields of the selectors are added to it.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn secrets(
        &self,
        scope: Scope<'_>,
        kind: SecretKind,
        selectors: Selectors<'_>,
    ) -> Result<Vec<LiveSecret>, ClusterError> {
        let more = selectors.fields.map(|fields| format!(",{fields}")).unwrap_or_default();
        let fields = format!("type={}{more}", kind.secret_type());
        self.list("secrets", scope, Selectors { fields: Some(&fields), ..selectors })
    }

    /// Returns the type of the Secret of this name, where there is one. Nothing else of
    /// it is read.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn secret_type(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<String>, ClusterError> {
        let arguments = ["get", "secret", name, "--ignore-not-found", "--output=jsonpath={.type}"];
        let call = Call { arguments: &arguments, namespace, ..Call::default() };
        let answer = self.answer(call)?;
        let found = clean(String::from_utf8_lossy(&answer).trim());
        Ok(Some(found).filter(|found| !found.is_empty()))
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
    fn owners_are_known_by_their_fields() {
        let by = |manager: &str, fields: &str| {
            format!(r#"{{"manager":"{manager}","operation":"Update","fieldsV1":{fields}}}"#)
        };
        let data = r#"{"f:data":{".":{},"f:.dockerconfigjson":{}}}"#;
        let elsewhere = r#"{"f:data":{"f:other":{}},"f:metadata":{"f:labels":{"f:type":{}}}}"#;
        let kubectl = by("kubectl-create", data);
        assert_eq!(owner("[]"), Owner::None);
        assert_eq!(owner(&format!("[{}]", by("kubectl-regcred", data))), Owner::None);
        assert_eq!(owner(&format!("[{kubectl}]")), Owner::Person);
        assert_eq!(owner(&format!("[{kubectl},{}]", by("argocd", elsewhere))), Owner::Person);
        assert_eq!(
            owner(&format!("[{kubectl},{}]", by("argocd", r#"{"f:type":{}}"#))),
            Owner::Other
        );
    }
}
