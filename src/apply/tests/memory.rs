//! A cluster in memory: resource versions, owners of fields, namespaces that are
//! forbidden or missing, and calls that end half-way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::apply::cluster::Cluster;
use crate::cluster::accounts::ServiceAccount;
use crate::cluster::apply::{ApplyMode, Conflicts, Documents, DryRun};
use crate::cluster::error::ClusterError;
use crate::cluster::pods::Pod;
use crate::cluster::refusal::{Refusal, Reply};
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret, LiveSecrets};
use crate::cluster::{FIELD_MANAGER, Owners, Scope};

/// The namespace of the kubeconfig.
pub(super) const HERE: &str = "here";

const KEY: &str = ".dockerconfigjson";

/// A Secret of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredSecret {
    pub(super) secret_type: String,
    /// The dockerconfigjson in base64; none where the Secret has no such key.
    pub(super) data: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    /// Owns the data and the type.
    pub(super) manager: String,
    pub(super) version: usize,
}

/// A service account of the cluster.
struct StoredAccount {
    pull_secrets: Option<Vec<String>>,
    version: usize,
}

#[derive(Default)]
struct State {
    secrets: BTreeMap<(String, String), StoredSecret>,
    /// By namespace and name.
    accounts: BTreeMap<(String, String), StoredAccount>,
    pods: Vec<Value>,
    pods_forbidden: bool,
    forbidden: BTreeSet<String>,
    lists_forbidden: bool,
    lists_fail_after_apply: bool,
    missing: BTreeSet<String>,
    /// So many writes find that somebody else wrote meanwhile.
    interruptions: usize,
    /// Calls end without an answer after so many documents.
    ends_after: Option<usize>,
    version: usize,
    calls: Vec<String>,
}

/// A cluster in memory.
#[derive(Default)]
pub(super) struct MemoryCluster(Mutex<State>);

/// A document, as far as it matters here.
#[derive(Deserialize)]
struct Sent {
    kind: String,
    metadata: SentMetadata,
    #[serde(default)]
    data: BTreeMap<String, String>,
    #[serde(default, rename = "type")]
    secret_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentMetadata {
    name: String,
    namespace: Option<String>,
    resource_version: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl MemoryCluster {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Adds a pull Secret with this dockerconfigjson, as this manager wrote it.
    pub(super) fn add_secret(&self, namespace: &str, name: &str, manager: &str, value: &str) {
        let secret = StoredSecret {
            secret_type: "kubernetes.io/dockerconfigjson".to_owned(),
            data: Some(super::encoded(value)),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            manager: manager.to_owned(),
            version: 0,
        };
        self.put_secret(namespace, name, secret);
    }

    pub(super) fn put_secret(&self, namespace: &str, name: &str, mut secret: StoredSecret) {
        let mut state = self.state();
        state.version += 1;
        secret.version = state.version;
        state.secrets.insert((namespace.to_owned(), name.to_owned()), secret);
    }

    pub(super) fn stored(&self, namespace: &str, name: &str) -> Option<StoredSecret> {
        self.state().secrets.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    pub(super) fn add_account(&self, namespace: &str, name: &str, list: Option<&[&str]>) {
        let pull_secrets = list.map(|list| list.iter().map(|&name| name.to_owned()).collect());
        let mut state = self.state();
        state.version += 1;
        let version = state.version;
        state.accounts.insert(
            (namespace.to_owned(), name.to_owned()),
            StoredAccount { pull_secrets, version },
        );
    }

    pub(super) fn account(&self, namespace: &str, name: &str) -> Option<Vec<String>> {
        let state = self.state();
        state.accounts.get(&(namespace.to_owned(), name.to_owned()))?.pull_secrets.clone()
    }

    pub(super) fn add_pod(&self, pod: Value) {
        self.state().pods.push(pod);
    }

    /// Nothing may be read or written in this namespace.
    pub(super) fn forbid(&self, namespace: &str) {
        self.state().forbidden.insert(namespace.to_owned());
    }

    pub(super) fn forbid_lists(&self) {
        self.state().lists_forbidden = true;
    }

    pub(super) fn forbid_pods(&self) {
        self.state().pods_forbidden = true;
    }

    /// Lists return no answer once anything was applied.
    pub(super) fn fail_lists_after_apply(&self) {
        self.state().lists_fail_after_apply = true;
    }

    pub(super) fn remove_namespace(&self, namespace: &str) {
        self.state().missing.insert(namespace.to_owned());
    }

    /// Lets somebody else write before each of the next writes.
    pub(super) fn interrupt(&self, writes: usize) {
        self.state().interruptions = writes;
    }

    /// Lets the next call that applies end without an answer after so many documents.
    pub(super) fn end_after(&self, documents: usize) {
        self.state().ends_after = Some(documents);
    }

    pub(super) fn allow_everything(&self) {
        let mut state = self.state();
        state.forbidden.clear();
        state.missing.clear();
        state.ends_after = None;
    }

    /// Returns the calls so far, as `VERB WHAT`.
    pub(super) fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    pub(super) fn count(&self, call: &str) -> usize {
        self.state().calls.iter().filter(|one| one.starts_with(call)).count()
    }
}

impl State {
    fn call(&mut self, verb: &str, what: &str) {
        self.calls.push(format!("{verb} {what}"));
    }

    fn check(&self, namespace: &str, verb: &str, kind: &str) -> Result<(), Refusal> {
        if self.forbidden.contains(namespace) {
            return Err(refusal(&format!(
                "Error from server (Forbidden): {kind} \"x\" is forbidden: User \"jane\" cannot {verb} resource \"{kind}\" in API group \"\" in the namespace \"{namespace}\""
            )));
        }
        if self.missing.contains(namespace) && verb != "get" {
            return Err(refusal(&format!(
                "Error from server (NotFound): namespaces \"{namespace}\" not found"
            )));
        }
        Ok(())
    }

    fn live(namespace: &str, name: &str, secret: &StoredSecret) -> Value {
        let mut metadata = json!({
            "name": name, "namespace": namespace, "resourceVersion": secret.version.to_string(),
            "labels": secret.labels, "annotations": secret.annotations,
        });
        let fields = json!({"f:data": {"f:.dockerconfigjson": {}}, "f:type": {}});
        metadata["managedFields"] = json!([{"manager": secret.manager, "fieldsV1": fields}]);
        let data: BTreeMap<&str, &String> = secret.data.iter().map(|data| (KEY, data)).collect();
        json!({"metadata": metadata, "type": secret.secret_type, "data": data})
    }

    fn apply(&mut self, namespace: &str, sent: Sent, mode: ApplyMode) -> Result<(), Refusal> {
        let kind = if sent.kind == "Pod" { "pods" } else { "secrets" };
        self.check(namespace, "patch", kind)?;
        let SentMetadata { name, resource_version, labels, annotations, .. } = sent.metadata;
        if sent.kind == "Pod" {
            return Ok(());
        }
        let place = (namespace.to_owned(), name);
        if self.interruptions > 0 {
            self.interruptions -= 1;
            self.version += 1;
            let version = self.version;
            if let Some(secret) = self.secrets.get_mut(&place) {
                secret.version = version;
            }
        }
        let live = self.secrets.get(&place);
        let is_outdated =
            |version: &String| live.is_none_or(|live| live.version.to_string() != *version);
        if resource_version.as_ref().is_some_and(is_outdated) {
            return Err(refusal(
                "error: Operation cannot be fulfilled on secrets \"x\": the object has been modified; please apply your changes to the latest version and try again",
            ));
        }
        let data = sent.data.get(KEY).cloned();
        if let Some(live) = live {
            let is_other = live.manager != FIELD_MANAGER;
            if is_other && live.data != data && mode.conflicts == Conflicts::Refuse {
                return Err(refusal(&format!(
                    "error: Apply failed with 1 conflict: conflict with \"{}\" using v1: .data..dockerconfigjson",
                    live.manager
                )));
            }
        }
        if mode.dry_run == DryRun::Server {
            return Ok(());
        }
        self.version += 1;
        let mut secret = live.cloned().unwrap_or_else(|| StoredSecret {
            secret_type: String::new(),
            data: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            manager: String::new(),
            version: 0,
        });
        secret.version = self.version;
        secret.secret_type = sent.secret_type;
        secret.data = data;
        secret.labels.extend(labels);
        secret.annotations.extend(annotations);
        secret.manager = FIELD_MANAGER.to_owned();
        self.secrets.insert(place, secret);
        Ok(())
    }
}

impl Cluster for MemoryCluster {
    fn secret(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<LiveSecret>, ClusterError> {
        let mut state = self.state();
        let namespace = namespace.unwrap_or(HERE);
        state.call("get", namespace);
        let allowed = state.check(namespace, "get", "secrets");
        allowed.map_err(|refusal| refusal.error(Some(namespace)))?;
        let stored = state.secrets.get(&(namespace.to_owned(), name.to_owned()));
        Ok(stored.map(|stored| read(State::live(namespace, name, stored))))
    }

    fn secrets_named(&self, name: &str, _: Owners) -> Result<Reply<LiveSecrets>, ClusterError> {
        let mut state = self.state();
        if state.lists_fail_after_apply && state.calls.iter().any(|call| call.starts_with("apply"))
        {
            return Err(no_answer());
        }
        state.call("list", "secrets");
        if state.lists_forbidden {
            return Ok(Reply::Refused(refusal(
                "Error from server (Forbidden): secrets is forbidden: User \"jane\" cannot list resource \"secrets\" in API group \"\" at the cluster scope",
            )));
        }
        let items: Vec<Value> = state
            .secrets
            .iter()
            .filter(|((_, stored), _)| stored == name)
            .map(|((namespace, name), secret)| State::live(namespace, name, secret))
            .collect();
        Ok(Reply::Accepted(read(json!({"items": items}))))
    }

    fn secret_type(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<String>, ClusterError> {
        Ok(self.secret(namespace, name)?.map(|secret| secret.secret_type))
    }

    fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        mode: ApplyMode,
    ) -> Result<Reply, ClusterError> {
        let mut state = self.state();
        let force = if mode.conflicts == Conflicts::Force { " by force" } else { "" };
        state.call("apply", &format!("{}{force}", documents.count));
        let mut first = None;
        for document in serde_yaml::Deserializer::from_str(documents.text) {
            match &mut state.ends_after {
                Some(0) => {
                    state.ends_after = None;
                    return Err(no_answer());
                }
                Some(left) => *left -= 1,
                None => {}
            }
            let sent = Sent::deserialize(document).unwrap();
            let own = sent.metadata.namespace.clone();
            let namespace = own.as_deref().or(namespace).unwrap_or(HERE).to_owned();
            if let Err(refusal) = state.apply(&namespace, sent, mode) {
                first.get_or_insert(refusal);
            }
        }
        Ok(first.map_or(Reply::Accepted(()), Reply::Refused))
    }

    fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Reply, ClusterError> {
        assert_eq!(annotation, LAST_APPLIED);
        let mut state = self.state();
        state.call("annotate", &documents.count.to_string());
        for document in serde_yaml::Deserializer::from_str(documents.text) {
            let SentMetadata { name, namespace: own, .. } =
                Sent::deserialize(document).unwrap().metadata;
            let namespace = own.as_deref().or(namespace).unwrap_or(HERE).to_owned();
            if let Some(secret) = state.secrets.get_mut(&(namespace, name)) {
                secret.annotations.remove(annotation);
            }
        }
        Ok(Reply::Accepted(()))
    }

    fn service_account(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<ServiceAccount, ClusterError> {
        let state = self.state();
        let namespace = namespace.unwrap_or(HERE);
        let allowed = state.check(namespace, "get", "serviceaccounts");
        allowed.map_err(|refusal| refusal.error(Some(namespace)))?;
        let place = (namespace.to_owned(), name.to_owned());
        let Some(StoredAccount { pull_secrets, version }) = state.accounts.get(&place) else {
            let text =
                format!("Error from server (NotFound): serviceaccounts \"{name}\" not found");
            return Err(refusal(&text).error(Some(namespace)));
        };
        let names: Option<Vec<Value>> = pull_secrets
            .as_ref()
            .map(|list| list.iter().map(|name| json!({"name": name})).collect());
        Ok(read(json!({
            "metadata": {"name": name, "namespace": namespace, "resourceVersion": version.to_string()},
            "imagePullSecrets": names,
        })))
    }

    fn patch_account(
        &self,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        dry_run: DryRun,
    ) -> Result<Reply, ClusterError> {
        let mut state = self.state();
        let namespace = namespace.unwrap_or(HERE);
        state.call("patch", &format!("{namespace}/{name}"));
        state.version += 1;
        let (next, is_interrupted) = (state.version, state.interruptions > 0);
        state.interruptions = state.interruptions.saturating_sub(1);
        let place = (namespace.to_owned(), name.to_owned());
        let StoredAccount { pull_secrets: list, version } = state.accounts.get_mut(&place).unwrap();
        if is_interrupted {
            *version = next;
        }
        let changes = patch.as_array().unwrap();
        if changes[0]["value"] != json!(version.to_string()) {
            return Ok(Reply::Refused(refusal(
                "The  \"\" is invalid: the server rejected our request due to an error in our request",
            )));
        }
        if dry_run == DryRun::Server {
            return Ok(Reply::Accepted(()));
        }
        for change in &changes[1..] {
            let path = change["path"].as_str().unwrap();
            let value = |value: &Value| value["name"].as_str().unwrap().to_owned();
            match change["op"].as_str().unwrap() {
                "add" if path.ends_with('-') => {
                    list.as_mut().unwrap().push(value(&change["value"]));
                }
                "add" => *list = Some(vec![value(&change["value"][0])]),
                _ => {
                    let index = path.rsplit('/').next().unwrap().parse().unwrap();
                    list.as_mut().unwrap().remove(index);
                }
            }
        }
        *version = next;
        Ok(Reply::Accepted(()))
    }

    fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, ClusterError> {
        let mut state = self.state();
        state.call("list", "pods");
        if state.pods_forbidden {
            let text = "Error from server (Forbidden): pods is forbidden: User \"jane\" cannot list resource \"pods\"";
            return Err(refusal(text).error(None));
        }
        let is_listed = |pod: &&Value| match scope {
            Scope::All => true,
            Scope::Namespace(namespace) => {
                pod["metadata"]["namespace"] == json!(namespace.unwrap_or(HERE))
            }
        };
        Ok(state.pods.iter().filter(is_listed).map(|pod| read(pod.clone())).collect())
    }

    fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, ClusterError> {
        let names = match selector {
            Some("team=none") => Vec::new(),
            Some(_) => vec!["shop"],
            None => vec!["default", "kube-node-lease", "kube-public", "kube-system", "shop"],
        };
        Ok(names.into_iter().map(str::to_owned).collect())
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// What kubectl prints, as a refusal.
fn refusal(stderr: &str) -> Refusal {
    Refusal::of(&stderr.into())
}

/// What is returned where kubectl was stopped.
fn no_answer() -> ClusterError {
    Refusal::with_text("kubectl returned no answer within 60 s and was stopped").error(None)
}
