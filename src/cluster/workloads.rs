//! What creates Pods: the built-in kinds, also where no Pod of theirs exists now.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::accounts::ServiceAccount;
use super::pod_spec::PodSpec;
use super::{Call, Kubectl, Scope, Selectors, parse};
use crate::cluster::error::ClusterError;
use crate::system::parallel;

/// Each kind: in the plural as kubectl takes it, in the singular, and the API server's
/// path before the plural.
const KINDS: [(&str, &str, &str); 7] = [
    ("deployments.apps", "deployment", "/apis/apps/v1"),
    ("statefulsets.apps", "statefulset", "/apis/apps/v1"),
    ("daemonsets.apps", "daemonset", "/apis/apps/v1"),
    ("replicasets.apps", "replicaset", "/apis/apps/v1"),
    ("replicationcontrollers", "replicationcontroller", "/api/v1"),
    ("cronjobs.batch", "cronjob", "/apis/batch/v1"),
    ("jobs.batch", "job", "/apis/batch/v1"),
];

/// Something that creates Pods.
#[derive(Debug)]
pub(crate) struct Workload {
    /// `deployment/web`.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) namespace: String,
    template: PodSpec,
}

/// The workloads that could be read, and why others could not.
#[derive(Debug, Default)]
pub(crate) struct Workloads {
    /// Those that no other workload makes.
    pub(crate) items: Vec<Workload>,
    /// Why some kinds could not be read.
    pub(crate) failures: Vec<ClusterError>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    /// Left out in lists of one kind.
    #[serde(default)]
    kind: String,
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    owner_references: Vec<serde::de::IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    template: Option<Template>,
    job_template: Option<JobTemplate>,
}

#[derive(Deserialize)]
struct Template {
    #[serde(default)]
    spec: PodSpec,
}

#[derive(Deserialize)]
struct JobTemplate {
    spec: JobSpec,
}

#[derive(Deserialize)]
struct JobSpec {
    template: Template,
}

impl Workload {
    fn of(kind: &str, item: Item) -> Option<Self> {
        // What another object makes is counted there.
        if !item.metadata.owner_references.is_empty() {
            return None;
        }
        let Spec { template, job_template } = item.spec;
        let template = template.or_else(|| Some(job_template?.spec.template))?.spec;
        let Metadata { name, namespace, .. } = item.metadata;
        Some(Self { name: format!("{kind}/{name}"), namespace, template })
    }

    /// Returns the images of its Pods.
    pub(crate) fn images(&self) -> impl Iterator<Item = &str> {
        self.template.images()
    }

    /// Returns the pull Secrets that its Pods get: those of the template, or else those of
    /// their service account.
    pub(crate) fn pull_secrets<'a>(&'a self, accounts: &Accounts<'a>) -> Vec<&'a str> {
        let own: Vec<&str> = self.template.pull_secrets().collect();
        if own.is_empty() {
            let account = accounts.get(&(self.namespace.as_str(), self.template.account()));
            return account.into_iter().flat_map(|account| account.pull_secrets()).collect();
        }
        own
    }
}

/// Service accounts by namespace and name.
pub(crate) type Accounts<'a> = BTreeMap<(&'a str, &'a str), &'a ServiceAccount>;

/// Returns service accounts by namespace and name.
pub(crate) fn by_place<'a>(accounts: impl Iterator<Item = &'a ServiceAccount>) -> Accounts<'a> {
    accounts.map(|account| ((account.namespace(), account.name()), account)).collect()
}

impl Kubectl {
    /// Lists what creates Pods there: the built-in kinds, and those that are named as
    /// kubectl takes them. What cannot be read is no error.
    pub(crate) fn workloads(&self, scope: Scope<'_>, more_kinds: &[String]) -> Workloads {
        let built_in = KINDS.map(|(plural, ..)| plural.to_owned());
        match scope {
            Scope::All => {
                let mut workloads = self.workloads_of_each_kind();
                if !more_kinds.is_empty() {
                    let more = self.workloads_of_kinds(scope, more_kinds);
                    workloads.items.extend(more.items);
                    workloads.failures.extend(more.failures);
                }
                workloads
            }
            Scope::Namespace(_) => {
                self.workloads_of_kinds(scope, &[&built_in, more_kinds].concat())
            }
        }
    }

    /// The API server answers for all namespaces by a call for each kind.
    fn workloads_of_each_kind(&self) -> Workloads {
        let lists = parallel::map_parallel(&KINDS, |(plural, _, group)| {
            self.list_of::<Item>(group, plural, Scope::All, Selectors::default())
        });
        let mut workloads = Workloads::default();
        for ((_, kind, _), list) in KINDS.into_iter().zip(lists) {
            match list {
                Ok(items) => {
                    let items = items.into_iter().filter_map(|item| Workload::of(kind, item));
                    workloads.items.extend(items);
                }
                Err(error) => workloads.failures.push(error),
            }
        }
        workloads
    }

    fn workloads_of_kinds(&self, scope: Scope<'_>, kinds: &[String]) -> Workloads {
        let read = self.read_workloads(scope, &kinds.join(","));
        read.unwrap_or_else(|error| Workloads { items: vec![], failures: vec![error] })
    }

    /// Where one of several kinds is refused, kubectl prints the others.
    fn read_workloads(&self, scope: Scope<'_>, kinds: &str) -> Result<Workloads, ClusterError> {
        let (all, namespace) = scope.flag_and_namespace();
        let mut arguments = vec!["get", kinds, "--output=json"];
        arguments.extend(all);
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let (answer, refusal) = self.run_partly(call)?;
        let failure = refusal.map(|refusal| refusal.error(namespace));
        let list = parse::<List>(&answer, "a list", namespace);
        let (list, failures) = match (list, failure) {
            (Err(_), Some(failure)) => return Err(failure),
            (list, failure) => (list?, failure),
        };
        let items = list.items.into_iter().filter_map(|item| {
            let kind = item.kind.to_lowercase();
            Workload::of(&kind, item)
        });
        Ok(Workloads { items: items.collect(), failures: failures.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(kind: &str, text: &str) -> Option<Workload> {
        Workload::of(kind, serde_json::from_str(text).unwrap())
    }

    #[test]
    fn pods_of_a_template_get_its_list_or_that_of_the_account() {
        let account: ServiceAccount = serde_json::from_str(
            r#"{"metadata":{"name":"default","namespace":"shop","resourceVersion":"1"},"imagePullSecrets":[{"name":"of-account"}]}"#,
        )
        .unwrap();
        let accounts = by_place([&account].into_iter());
        let web = workload(
            "deployment",
            r#"{"metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":0,"template":{"spec":{
                "containers":[{"name":"a","image":"ghcr.io/a/b"}],"initContainers":[{"name":"i","image":"c.io/d"}],
                "volumes":[{"name":"v","image":{"reference":"e.io/f"}},{"name":"w"}]}}}}"#,
        )
        .unwrap();
        assert_eq!((web.name.as_str(), web.template.account()), ("deployment/web", "default"));
        assert_eq!(web.images().collect::<Vec<_>>(), ["c.io/d", "ghcr.io/a/b", "e.io/f"]);
        assert_eq!(web.pull_secrets(&accounts), ["of-account"]);
        assert!(web.pull_secrets(&Accounts::new()).is_empty());
        let job = workload(
            "cronjob",
            r#"{"metadata":{"name":"night","namespace":"shop"},"spec":{"suspend":true,"jobTemplate":{"spec":{"template":{"spec":{
                "serviceAccountName":"runner","imagePullSecrets":[{"name":"own"},{"name":""}]}}}}}}"#,
        )
        .unwrap();
        assert_eq!((job.template.account(), job.pull_secrets(&accounts)), ("runner", vec!["own"]));
    }

    #[test]
    fn what_another_object_makes_is_left_to_that() {
        let owned = r#"{"metadata":{"name":"web-1","ownerReferences":[{"kind":"Deployment"}]},"spec":{"template":{"spec":{}}}}"#;
        assert!(workload("replicaset", owned).is_none());
        assert!(workload("replicaset", r#"{"metadata":{"name":"web-1"},"spec":{}}"#).is_none());
    }
}
