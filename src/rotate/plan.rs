//! Which entries of which pull Secrets get another credential, and which do not.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

use crate::cluster::ownership::OwningTool;
use crate::cluster::secrets::LiveSecret;
use crate::kubelet::{PullSecret, SecretEntry, SecretKind, SecretValue, ValueFault};
use crate::manifest::changes::is_same;
use crate::manifest::documents::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::EXPIRES_AT;
use crate::manifest::replace::{Wanted, replace};
use crate::registry::credential::Credential;
use crate::registry::expiry::{self, UnixSeconds};
use crate::registry::key::RegistryKey;

/// The pull Secrets that were read, as far as they matter.
#[derive(Default)]
pub(crate) struct Found {
    /// With an entry that is meant, by namespace and name.
    pub(crate) matches: Vec<Match>,
    /// Namespace, name, and why its entries could not be read.
    pub(crate) unreadable: Vec<(String, String, String)>,
    /// The keys of paths below the registry, which were left out, and how many Secrets
    /// have each.
    pub(crate) below: BTreeMap<String, usize>,
    /// The registries of all entries.
    pub(crate) registries: BTreeSet<String>,
}

/// A pull Secret with an entry that is meant.
pub(crate) struct Match {
    /// The Secret as it is.
    pub(crate) live: LiveSecret,
    /// Its type.
    pub(crate) kind: SecretKind,
    /// Its value, decoded.
    value: SecretValue,
    /// Never empty.
    pub(crate) entries: Vec<SecretEntry>,
    /// When the first of its other credentials expires.
    others_expire_at: Option<UnixSeconds>,
}

/// What becomes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It gets the credential.
    Update,
    /// It has got the credential.
    Updated,
    /// It has the credential already.
    Unchanged,
    /// A tool writes the Secret.
    Managed,
    /// The API server refuses every change of the Secret.
    Immutable,
    /// The Secret could not be used, also with the credential.
    Malformed,
    /// It could not be written.
    Failed,
}

/// A pull Secret, and what becomes of it.
pub(crate) struct Planned {
    /// What was found.
    pub(crate) found: Match,
    /// The tool that writes it.
    pub(crate) tool: Option<OwningTool>,
    /// What becomes of its entries.
    pub(crate) action: Action,
    /// Why the Secret could not be used; for [`Action::Malformed`].
    pub(crate) reason: Option<String>,
    /// Its value with the credential in it; for [`Action::Update`].
    pub(crate) value: Option<SecretString>,
}

impl Found {
    /// Finds the entries that are meant.
    pub(crate) fn of(secrets: Vec<LiveSecret>, wanted: &Wanted, now: UnixSeconds) -> Self {
        let mut found = Self::default();
        for live in secrets {
            let (namespace, name) = (live.metadata.namespace.clone(), live.metadata.name.clone());
            let value = live.value();
            let entries = match value.entries() {
                Ok(entries) => entries,
                Err(ValueFault::NoEntries) => continue,
                Err(fault) => {
                    found.unreadable.push((namespace, name, fault.to_string()));
                    continue;
                }
            };
            for entry in &entries {
                if let Some(key) = RegistryKey::from_docker(&entry.key).registry() {
                    found.registries.insert(key.registry().to_string());
                }
                if wanted.leaves(&entry.key) {
                    *found.below.entry(entry.key.clone()).or_default() += 1;
                }
            }
            found.matches.extend(Match::of(live, value, entries, wanted, now));
        }
        let place =
            |one: &Match| (one.live.metadata.namespace.clone(), one.live.metadata.name.clone());
        found.matches.sort_by_key(place);
        found
    }

    /// Finds the entries of one Secret that are meant; none where there are none.
    pub(crate) fn again(live: LiveSecret, wanted: &Wanted, now: UnixSeconds) -> Option<Match> {
        Self::of(vec![live], wanted, now).matches.pop()
    }
}

impl Match {
    /// Returns none where no entry is meant.
    fn of(
        live: LiveSecret,
        value: SecretValue,
        entries: Vec<SecretEntry>,
        wanted: &Wanted,
        now: UnixSeconds,
    ) -> Option<Self> {
        let SecretValue::Plain(kind, _) = &value else { return None };
        let kind = *kind;
        let (entries, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| wanted.contains(entry));
        if entries.is_empty() {
            return None;
        }
        let expires_at = |entry: &SecretEntry| entry.credential(now)?.1.expires_at;
        let others_expire_at = others.iter().filter_map(expires_at).min();
        Some(Self { live, kind, value, entries, others_expire_at })
    }

    /// Decides what becomes of the Secret; `includes_managed` is whether those that a tool
    /// writes are written too.
    pub(crate) fn plan(self, credential: &Credential, includes_managed: bool) -> Planned {
        let tool = self.live.owning_tool(self.kind.key());
        let (mut reason, mut value) = (None, None);
        let action = if self.entries.iter().all(|entry| is_same(entry, credential)) {
            Action::Unchanged
        } else if tool.is_some() && !includes_managed {
            Action::Managed
        } else if self.live.immutable {
            Action::Immutable
        } else {
            match self.replaced(credential) {
                Ok(replaced) => {
                    value = Some(replaced);
                    Action::Update
                }
                Err(fault) => {
                    reason = Some(fault);
                    Action::Malformed
                }
            }
        };
        Planned { found: self, tool, action, reason, value }
    }

    fn replaced(&self, credential: &Credential) -> Result<SecretString, String> {
        let plain = self.value.plain().map_err(|fault| fault.to_string())?;
        let keys: Vec<&str> = self.entries.iter().map(|entry| entry.key.as_str()).collect();
        replace(PullSecret { kind: self.kind, value: plain }, &keys, credential)
    }
}

impl Planned {
    /// Returns the document to apply: the fields of the Secret that this program has
    /// applied before, or else they would go, and the value.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`].
    pub(crate) fn document(
        &self,
        credential: &Credential,
    ) -> Result<Option<Document>, ManifestError> {
        let Some(value) = &self.value else { return Ok(None) };
        let live = &self.found.live.metadata;
        let mut metadata =
            Metadata::new("Secret name", &live.name)?.in_namespace(&live.namespace)?;
        let own = live.applied(&["metadata", "labels"]);
        let labels = live.labels.iter().filter(|(key, _)| own.contains(key.as_str()));
        let labels: Vec<String> = labels.map(|(key, value)| format!("{key}={value}")).collect();
        metadata.add_labels(&labels)?;
        let own = live.applied(&["metadata", "annotations"]);
        let kept = live
            .annotations
            .iter()
            .filter(|(key, _)| own.contains(key.as_str()) && *key != EXPIRES_AT);
        let mut annotations: Vec<String> =
            kept.map(|(key, value)| format!("{key}={}", value.expose_secret())).collect();
        if live.annotations.contains_key(EXPIRES_AT) {
            let expires_at = [credential.expires_at, self.found.others_expire_at];
            let first = expires_at.into_iter().flatten().min();
            annotations.extend(first.map(|at| format!("{EXPIRES_AT}={}", expiry::rfc3339(at))));
        }
        metadata.add_annotations(&annotations)?;
        let metadata = metadata.at_version(Some(&live.resource_version));
        Ok(Some(Document::pull_secret_of(self.found.kind, metadata, value)))
    }

    /// Returns namespace and name.
    pub(crate) fn place(&self) -> (&str, &str) {
        let metadata = &self.found.live.metadata;
        (&metadata.namespace, &metadata.name)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::manifest::render::{Format, render};
    use crate::manifest::replace::Paths;

    fn credential(expires_at: Option<UnixSeconds>) -> Credential {
        let (username, password) = ("deploy".to_owned(), SecretString::from("n3w"));
        Credential { username, password, expires_at }
    }

    fn secret(auths: &Value, metadata: &Value) -> LiveSecret {
        let mut live = json!({
            "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": "regcred", "namespace": "shop", "resourceVersion": "7"},
            "data": {".dockerconfigjson": STANDARD.encode(json!({"auths": auths}).to_string())},
        });
        let members = metadata.as_object().unwrap().clone();
        live["metadata"].as_object_mut().unwrap().extend(members);
        serde_json::from_value(live).unwrap()
    }

    fn wanted() -> Wanted {
        let registry = RegistryKey::parse("ghcr.io").unwrap();
        Wanted { registry, paths: Paths::Named, username: None }
    }

    fn planned(live: LiveSecret, expires_at: Option<UnixSeconds>) -> String {
        let found = Found::again(live, &wanted(), 0).unwrap();
        let planned = found.plan(&credential(expires_at), false);
        assert_eq!(planned.action, Action::Update);
        let document = planned.document(&credential(expires_at)).unwrap().unwrap();
        render(&[document], Format::Yaml).unwrap().to_string()
    }

    #[test]
    fn what_this_program_applied_before_is_applied_again() {
        let auths = json!({"ghcr.io": {"username": "jane", "password": "x"}});
        let fields = json!({"f:metadata": {"f:labels": {"f:a": {}},
            "f:annotations": {"f:c": {}, "f:kubectl-regcred/expires-at": {}}}});
        let metadata = json!({
            "labels": {"a": "1", "b": "2"},
            "annotations": {"c": "3", "d": "4", EXPIRES_AT: "2026-01-01T00:00:00Z"},
            "managedFields": [
                {"manager": "kubectl-regcred", "operation": "Apply", "fieldsV1": fields},
                {"manager": "kubectl-regcred", "operation": "Update", "fieldsV1":
                    {"f:metadata": {"f:labels": {"f:b": {}}}}},
            ],
        });
        let text = planned(secret(&auths, &metadata), Some(86_400));
        insta::assert_snapshot!(text, @r#"
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            c: "3"
            kubectl-regcred/expires-at: "1970-01-02T00:00:00Z"
          labels:
            a: "1"
          name: regcred
          namespace: shop
          resourceVersion: "7"
        data:
          .dockerconfigjson: eyJhdXRocyI6eyJnaGNyLmlvIjp7InVzZXJuYW1lIjoiZGVwbG95IiwicGFzc3dvcmQiOiJuM3ciLCJhdXRoIjoiWkdWd2JHOTVPbTR6ZHc9PSJ9fX0=
        type: kubernetes.io/dockerconfigjson
        "#);
        // A credential without an end leaves none behind.
        assert!(!planned(secret(&auths, &metadata), None).contains("expires-at"));
        assert!(!planned(secret(&auths, &json!({})), Some(0)).contains("expires-at"));
    }

    #[test]
    fn what_becomes_of_a_secret_depends_on_who_writes_it() {
        let auths = json!({"ghcr.io": {"username": "jane", "password": "x"}});
        let action = |live: LiveSecret, includes_managed: bool| {
            Found::again(live, &wanted(), 0)
                .unwrap()
                .plan(&credential(None), includes_managed)
                .action
        };
        let owned = json!({"labels": {"olm.managed": "true"}});
        assert_eq!(action(secret(&auths, &owned), false), Action::Managed);
        assert_eq!(action(secret(&auths, &owned), true), Action::Update);
        let mut frozen = secret(&auths, &json!({}));
        frozen.immutable = true;
        assert_eq!(action(frozen, true), Action::Immutable);
        let same = json!({"ghcr.io": {"auth": STANDARD.encode("deploy:n3w")}});
        assert_eq!(action(secret(&same, &owned), false), Action::Unchanged);
        let odd = json!({"ghcr.io": {}, "q.io": {"auth": "%"}});
        assert_eq!(action(secret(&odd, &json!({})), false), Action::Malformed);
    }

    #[test]
    fn what_cannot_be_read_is_kept_apart() {
        let mut text = secret(&json!({}), &json!({}));
        text.data.insert(".dockerconfigjson".to_owned(), SecretString::from("e30K!"));
        let empty = secret(&json!({}), &json!({}));
        let found = Found::of(vec![text, empty], &wanted(), 0);
        assert_eq!((found.matches.len(), found.unreadable.len()), (0, 1));
        let below = secret(&json!({"ghcr.io/team": {}, "quay.io": {}}), &json!({}));
        let found = Found::of(vec![below], &wanted(), 0);
        assert_eq!(found.below, BTreeMap::from([("ghcr.io/team".to_owned(), 1)]));
        let registries = ["ghcr.io", "quay.io"].map(str::to_owned);
        assert_eq!(found.registries, BTreeSet::from(registries));
    }
}
