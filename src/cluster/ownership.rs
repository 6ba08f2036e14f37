//! Which tool writes a Secret, and would undo a change of it. Each is known by what it
//! leaves on the object: labels, annotations, owners, names of field managers.

use secrecy::ExposeSecret;

use super::FIELD_MANAGER;
use super::secrets::{LiveSecret, OwnerReference};
use crate::system::messages::clean;

/// A tool that writes a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwningTool {
    /// The tool's name, safe to show.
    pub(crate) name: String,
    /// What the tool makes the Secret from, safe to show; none where that is not known.
    pub(crate) place: Option<String>,
}

/// An annotation or label, by its whole key, whose value may name the place.
struct Mark {
    key: &'static str,
    /// What the value has to be; none is anything.
    value: Option<&'static str>,
    tool: &'static str,
    /// What the value names; none is nothing.
    place: Option<&'static str>,
}

impl Mark {
    const fn naming(key: &'static str, tool: &'static str, place: &'static str) -> Self {
        Self { key, value: None, tool, place: Some(place) }
    }

    const fn with(key: &'static str, value: Option<&'static str>, tool: &'static str) -> Self {
        Self { key, value, tool, place: None }
    }
}

/// Marks in labels and annotations. Of several, the first counts: it names the place best.
/// Sources: what Argo CD, Flux, Helm, External Secrets, OLM, reflector,
/// kubernetes-replicator, config-syncer, OpenShift and Kyverno document or write (2026).
const MARKS: [Mark; 19] = [
    Mark::naming("argocd.argoproj.io/tracking-id", "Argo CD", "application"),
    Mark::naming("argocd.argoproj.io/instance", "Argo CD", "application"),
    Mark::naming("kustomize.toolkit.fluxcd.io/name", "Flux", "Kustomization"),
    Mark::naming("helm.toolkit.fluxcd.io/name", "Flux", "HelmRelease"),
    Mark::naming("meta.helm.sh/release-name", "Helm", "release"),
    Mark::naming("reflector.v1.k8s.emberstack.com/reflects", "reflector", "Secret"),
    Mark::naming("replicator.v1.mittwald.de/replicate-from", "kubernetes-replicator", "Secret"),
    Mark::with("replicator.v1.mittwald.de/replicated-from-version", None, "kubernetes-replicator"),
    Mark::with("replicator.v1.mittwald.de/replicated-at", None, "kubernetes-replicator"),
    Mark::with("kubed.appscode.com/origin", None, "config-syncer"),
    Mark::with("config-syncer.appscode.com/origin", None, "config-syncer"),
    Mark::with("reconcile.external-secrets.io/managed", Some("true"), "External Secrets"),
    Mark::with("reconcile.external-secrets.io/data-hash", None, "External Secrets"),
    Mark::with("olm.managed", Some("true"), "OLM"),
    Mark::with("openshift.io/internal-registry-auth-token.service-account", None, "OpenShift"),
    Mark::with("openshift.io/token-secret.name", None, "OpenShift"),
    Mark::naming("generate.kyverno.io/policy-name", "Kyverno", "policy"),
    Mark::with("generate.kyverno.io/rule-name", None, "Kyverno"),
    Mark::with("app.kubernetes.io/managed-by", Some("Helm"), "Helm"),
];

/// Kinds that own what a tool makes of them.
const KINDS: [(&str, &str); 5] = [
    ("ExternalSecret", "External Secrets"),
    ("PushSecret", "External Secrets"),
    ("SealedSecret", "Sealed Secrets"),
    ("ClusterServiceVersion", "OLM"),
    ("CatalogSource", "OLM"),
];

/// Field managers, by the start of their names.
const MANAGERS: [(&str, &str); 9] = [
    ("argocd", "Argo CD"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
    ("helm", "Helm"),
    ("external-secrets", "External Secrets"),
    ("externalsecrets.external-secrets.io", "External Secrets"),
    ("sealed-secrets", "Sealed Secrets"),
    ("catalog", "OLM"),
    ("olm", "OLM"),
];

impl LiveSecret {
    /// Returns the tool that writes the Secret; none where a person does. `key` is the
    /// key of its data that would change.
    pub(crate) fn owning_tool(&self, key: &str) -> Option<OwningTool> {
        self.marked().or_else(|| self.owned()).or_else(|| self.managed(key))
    }

    fn marked(&self) -> Option<OwningTool> {
        let metadata = &self.metadata;
        MARKS.iter().find_map(|mark| {
            let annotation = metadata.annotations.get(mark.key).map(ExposeSecret::expose_secret);
            let found = annotation.or_else(|| metadata.labels.get(mark.key).map(String::as_str))?;
            if mark.value.is_some_and(|value| value != found) {
                return None;
            }
            // Argo CD's names the application before the object.
            let name = found.split(':').next().unwrap_or_default();
            let place = mark.place.map(|what| format!("{what} {}", clean(name)));
            Some(OwningTool { name: mark.tool.to_owned(), place })
        })
    }

    fn owned(&self) -> Option<OwningTool> {
        let OwnerReference { kind, name } = self.metadata.owner_references.first()?;
        let tool = KINDS.iter().find(|(known, _)| known == kind);
        Some(OwningTool {
            name: tool.map_or_else(|| clean(kind), |(_, tool)| (*tool).to_owned()),
            place: Some(format!("{} {}", clean(kind), clean(name))),
        })
    }

    fn managed(&self, key: &str) -> Option<OwningTool> {
        let is_tool = |manager: &&str| *manager != FIELD_MANAGER && !is_person(manager);
        // An apply on the server's side records what was sent: `stringData` too.
        let manager = ["data", "stringData"]
            .iter()
            .find_map(|field| self.metadata.managers_of(&[field, key]).find(is_tool))?;
        let tool = MANAGERS.iter().find(|(start, _)| manager.starts_with(start));
        let name = tool.map_or_else(|| clean(manager), |(_, tool)| (*tool).to_owned());
        Some(OwningTool { name, place: None })
    }
}

/// Whether a field manager is one of kubectl's commands, which a person runs.
fn is_person(manager: &str) -> bool {
    manager == "kubectl" || manager.starts_with("kubectl-")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tool = (String, Option<String>);

    fn owner(metadata: &str) -> Option<Tool> {
        let text = format!(r#"{{"metadata":{{"resourceVersion":"7",{metadata}}}}}"#);
        let live: LiveSecret = serde_json::from_str(&text).unwrap();
        live.owning_tool(".dockercfg").map(|tool| (tool.name, tool.place))
    }

    fn tool(name: &str, place: Option<&str>) -> Tool {
        (name.to_owned(), place.map(str::to_owned))
    }

    #[test]
    fn tools_are_known_by_what_they_leave() {
        let tracked = r#""annotations":{"argocd.argoproj.io/tracking-id":"shop:/Secret:shop/regcred"},"labels":{"app.kubernetes.io/managed-by":"Helm"}"#;
        assert_eq!(owner(tracked), Some(tool("Argo CD", Some("application shop"))));
        let helm = r#""annotations":{"meta.helm.sh/release-name":"web"},"labels":{"app.kubernetes.io/managed-by":"Helm"}"#;
        assert_eq!(owner(helm), Some(tool("Helm", Some("release web"))));
        let flux = r#""labels":{"kustomize.toolkit.fluxcd.io/name":"apps"}"#;
        assert_eq!(owner(flux), Some(tool("Flux", Some("Kustomization apps"))));
        let copy = r#""annotations":{"reflector.v1.k8s.emberstack.com/reflects":"infra/regcred"}"#;
        assert_eq!(owner(copy), Some(tool("reflector", Some("Secret infra/regcred"))));
        let kyverno = r#""labels":{"generate.kyverno.io/policy-name":"sync","generate.kyverno.io/rule-name":"r"}"#;
        assert_eq!(owner(kyverno), Some(tool("Kyverno", Some("policy sync"))));
        assert_eq!(owner(r#""labels":{"olm.managed":"false"}"#), None);
        let other = r#""labels":{"app.kubernetes.io/managed-by":"jane"}"#;
        assert_eq!(owner(other), None);
    }

    #[test]
    fn owners_are_named_with_their_kind() {
        let owned = |kind: &str| {
            format!(r#""ownerReferences":[{{"apiVersion":"x/v1","kind":"{kind}","name":"pull"}}]"#)
        };
        let external = Some(tool("External Secrets", Some("ExternalSecret pull")));
        assert_eq!(owner(&owned("ExternalSecret")), external);
        assert_eq!(owner(&owned("SealedSecret")).unwrap().0, "Sealed Secrets");
        assert_eq!(owner(&owned("Tenant")), Some(tool("Tenant", Some("Tenant pull"))));
    }

    #[test]
    fn managers_count_where_they_own_the_value() {
        let written = |manager: &str, parent: &str, field: &str| {
            format!(
                r#""managedFields":[{{"manager":"{manager}","fieldsV1":{{"f:{parent}":{{"f:{field}":{{}}}}}}}}]"#
            )
        };
        let managed = |manager: &str, field: &str| written(manager, "data", field);
        let plain = written("helm", "stringData", ".dockercfg");
        assert_eq!(owner(&plain), Some(tool("Helm", None)));
        assert_eq!(owner(&managed("argocd-controller", ".dockercfg")), Some(tool("Argo CD", None)));
        assert_eq!(owner(&managed("terraform", ".dockercfg")), Some(tool("terraform", None)));
        for manager in ["kubectl-create", "kubectl-replace", "kubectl", "kubectl-regcred"] {
            assert_eq!(owner(&managed(manager, ".dockercfg")), None);
        }
        assert_eq!(owner(&managed("argocd-controller", "other")), None);
    }
}
