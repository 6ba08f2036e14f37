//! Pods, what became of their images, and what the cluster noted about them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pod_spec::PodSpec;
use super::{Call, Kubectl, Scope, Selectors, parse};
use crate::cluster::error::ClusterError;
use crate::cluster::secrets::LAST_APPLIED;

/// The annotation of a Pod that comes from a file on its node.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// A Pod, as far as its images and pull Secrets matter.
#[derive(Debug, Deserialize)]
pub(crate) struct Pod {
    metadata: PodMetadata,
    #[serde(default)]
    spec: PodSpec,
    #[serde(default)]
    status: PodStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodMetadata {
    name: String,
    namespace: String,
    uid: String,
    creation_timestamp: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    owner_references: Vec<Owner>,
}

#[derive(Debug, Deserialize)]
struct Owner {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    phase: String,
    reason: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    name: String,
    status: String,
    message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerStatus {
    name: String,
    state: StateFields,
}

#[derive(Debug, Default, Deserialize)]
struct StateFields {
    waiting: Option<Waiting>,
    running: Option<serde::de::IgnoredAny>,
    terminated: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
    message: String,
}

/// An image that a Pod needs, and what became of it.
#[derive(Debug)]
pub(crate) struct PodImage<'a> {
    /// The container's name, or `volume NAME`.
    pub name: String,
    /// Whether it is for an image volume, of whose pull the containers tell that
    /// mount it (Kubernetes 1.37, `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).
    pub is_volume: bool,
    /// The image as it stands in the Pod.
    pub reference: &'a str,
    /// What became of the image.
    pub state: ContainerState<'a>,
}

/// How far a container has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerState<'a> {
    /// The node says nothing of it.
    Unknown,
    /// It runs, or did: its image was pulled.
    Pulled,
    /// It waits, with reason and message.
    Waiting(&'a str, &'a str),
}

impl ContainerState<'_> {
    /// Whether the node was not asked to pull yet, or says nothing of it.
    pub(crate) fn is_before_pull(self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Pulled => false,
            Self::Waiting(reason, _) => {
                ["", "ContainerCreating", "PodInitializing"].contains(&reason)
            }
        }
    }

    /// Whether the node has the image.
    /// Source: Kubernetes 1.37, `pkg/kubelet/kuberuntime/kuberuntime_container.go`.
    pub(crate) fn is_beyond_pull(self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Pulled => true,
            Self::Waiting(reason, _) => [
                "CrashLoopBackOff",
                "CreateContainerConfigError",
                "CreateContainerError",
                "PostStartHookError",
                "PreCreateHookError",
                "PreStartHookError",
                "RunContainerError",
            ]
            .contains(&reason),
        }
    }
}

/// Something that the cluster noted about a Pod.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    /// `Failed`, `BackOff`, …
    pub reason: String,
    /// The message of the kubelet or the runtime.
    pub message: String,
    involved_object: Involved,
    last_timestamp: Option<String>,
    #[serde(rename = "eventTime")]
    noted: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Involved {
    field_path: String,
}

impl Event {
    /// Returns when the event was last seen, as RFC 3339; empty where that is unknown.
    pub(crate) fn at(&self) -> &str {
        let times = [&self.last_timestamp, &self.noted];
        times.into_iter().flatten().max().map_or("", String::as_str)
    }

    /// Returns whether the event says that this image was not pulled for its container.
    pub(crate) fn is_failure_of(&self, image: &PodImage<'_>) -> bool {
        // As in `spec.containers{web}`; of a volume there is none.
        let path = &self.involved_object.field_path;
        let is_about_image = if path.is_empty() {
            self.message.contains(image.reference)
        } else {
            path.ends_with(&format!("{{{}}}", image.name))
        };
        is_about_image
            && ["Failed", "ErrImageNeverPull", "InspectFailed"].contains(&self.reason.as_str())
    }
}

impl Pod {
    /// Returns the namespace the Pod lives in.
    pub(crate) fn namespace(&self) -> &str {
        &self.metadata.namespace
    }

    /// Returns the name of the Pod.
    pub(crate) fn name(&self) -> &str {
        &self.metadata.name
    }

    /// When it was made, as RFC 3339.
    pub(crate) fn created(&self) -> &str {
        &self.metadata.creation_timestamp
    }

    /// Returns why no image is pulled for the Pod: it has ended, or no node has it.
    pub(crate) fn no_pull_reason(&self) -> Option<String> {
        let PodStatus { phase, reason, conditions, .. } = &self.status;
        if self.has_ended() {
            let reason = if reason.is_empty() { phase } else { reason };
            return Some(format!("the Pod has ended: {reason}"));
        }
        if self.spec.node_name.is_empty() {
            let condition = conditions.iter().find(|one| one.name == "PodScheduled");
            let why = condition.filter(|one| one.status == "False").map(|one| one.message.as_str());
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            return Some(format!("no node was found for the Pod yet{why}"));
        }
        None
    }

    /// Returns whether all of its containers have ended for good.
    pub(crate) fn has_ended(&self) -> bool {
        ["Failed", "Succeeded"].contains(&self.status.phase.as_str())
    }

    /// Returns the images that the node pulls for the Pod.
    pub(crate) fn pulled_images(&self) -> impl Iterator<Item = &str> {
        self.spec.images()
    }

    /// Returns the service account that the Pod runs as.
    pub(crate) fn account(&self) -> &str {
        self.spec.account()
    }

    /// Returns the pull Secrets that the Pod references.
    pub(crate) fn pull_secrets(&self) -> impl Iterator<Item = &str> {
        self.spec.pull_secrets()
    }

    /// Returns what `kubectl apply` noted of the manifest: fields too that the API server
    /// dropped.
    pub(crate) fn last_applied(&self) -> Option<&str> {
        self.metadata.annotations.get(LAST_APPLIED).map(String::as_str)
    }

    /// Returns whether the Pod references this pull Secret.
    pub(crate) fn references(&self, secret: &str) -> bool {
        self.pull_secrets().any(|name| name == secret)
    }

    /// Returns whether something recreates the Pod when it is deleted.
    pub(crate) fn has_owner(&self) -> bool {
        !self.metadata.owner_references.is_empty()
    }

    /// Returns whether the Pod comes from a file on its node.
    pub(crate) fn is_static(&self) -> bool {
        self.metadata.annotations.contains_key(MIRROR)
    }

    /// Returns the images in the order in which they are pulled.
    pub(crate) fn images(&self) -> Vec<PodImage<'_>> {
        let (spec, status) = (&self.spec, &self.status);
        let groups = [
            (&spec.init_containers, &status.init_container_statuses),
            (&spec.containers, &status.container_statuses),
            (&spec.ephemeral_containers, &status.ephemeral_container_statuses),
        ];
        let volumes = spec.volumes.iter().filter_map(|volume| {
            let image = volume.image.as_ref()?.reference.as_str();
            let name = format!("volume {}", volume.name);
            Some(PodImage {
                name,
                is_volume: true,
                reference: image,
                state: ContainerState::Unknown,
            })
        });
        let containers = groups.into_iter().flat_map(|(containers, statuses)| {
            containers.iter().map(|container| {
                let status = statuses.iter().find(|status| status.name == container.name);
                let state = status.map_or(ContainerState::Unknown, |status| status.state.state());
                let name = container.name.clone();
                PodImage { name, is_volume: false, reference: &container.image, state }
            })
        });
        volumes.chain(containers).filter(|image| !image.reference.is_empty()).collect()
    }

    /// Whether one of its images waits for a pull that failed.
    pub(crate) fn fails_to_pull(&self) -> bool {
        self.images()
            .iter()
            .any(|image| !image.state.is_before_pull() && !image.state.is_beyond_pull())
    }

    /// Whether this workload, `KIND/NAME`, made it; a `CronJob` by its jobs.
    pub(crate) fn is_of(&self, workload: &str) -> bool {
        let Some((kind, name)) = workload.split_once('/') else { return false };
        let made_by = |owner: &Owner| {
            let is_kind = owner.kind.eq_ignore_ascii_case(kind);
            // Source: Kubernetes 1.37, `pkg/controller/cronjob/utils.go`.
            let scheduled = owner.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            let is_scheduled =
                scheduled.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
            is_kind && owner.name == name
                || kind == "cronjob" && owner.kind == "Job" && is_scheduled
        };
        self.workload() == workload || self.metadata.owner_references.iter().any(made_by)
    }

    /// What makes it, as `KIND/NAME` for kubectl. A `ReplicaSet`'s own maker is
    /// known by the hash that a Deployment puts into its name (Kubernetes 1.37,
    /// `pkg/controller/deployment/sync.go`).
    pub(crate) fn workload(&self) -> String {
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

impl StateFields {
    fn state(&self) -> ContainerState<'_> {
        match self {
            Self { waiting: Some(waiting), .. } => {
                ContainerState::Waiting(&waiting.reason, &waiting.message)
            }
            Self { running: Some(_), .. } | Self { terminated: Some(_), .. } => {
                ContainerState::Pulled
            }
            _ => ContainerState::Unknown,
        }
    }
}

impl Kubectl {
    /// Reads a Pod.
    ///
    /// # Errors
    /// [`ClusterError::Refused`], also where there is no such Pod.
    pub(crate) fn pod(&self, namespace: Option<&str>, name: &str) -> Result<Pod, ClusterError> {
        let arguments = ["get", "pod", name, "--output=json"];
        let answer = self
            .run(Call { arguments: &arguments, namespace, ..Call::default() })?
            .accepted(namespace)?;
        parse(&answer, "a Pod", namespace)
    }

    /// The Pods there.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn pods(&self, scope: Scope<'_>) -> Result<Vec<Pod>, ClusterError> {
        self.labelled_pods(scope, None)
    }

    /// The Pods there that have these labels.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn labelled_pods(
        &self,
        scope: Scope<'_>,
        labels: Option<&str>,
    ) -> Result<Vec<Pod>, ClusterError> {
        self.list("pods", scope, Selectors { labels, ..Selectors::default() })
    }

    /// Reads what the cluster noted about a Pod, oldest first.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn events(&self, pod: &Pod) -> Result<Vec<Event>, ClusterError> {
        // A Pod of the same name may have been there before.
        let fields = format!("involvedObject.uid={}", pod.metadata.uid);
        let selectors = Selectors { fields: Some(&fields), ..Selectors::default() };
        let scope = Scope::Namespace(Some(pod.namespace()));
        let mut events: Vec<Event> = self.list("events", scope, selectors)?;
        events.sort_by(|one, other| one.at().cmp(other.at()));
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(text: &str) -> Pod {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_pod_is_named_by_what_makes_it() {
        let workload = |owner: &str, labels: &str| {
            let text = format!(
                r#"{{"metadata":{{"name":"web-1","labels":{{{labels}}},"ownerReferences":[{owner}]}}}}"#
            );
            pod(&text).workload()
        };
        let hash = r#""pod-template-hash":"5d4f""#;
        assert_eq!(workload(r#"{"kind":"ReplicaSet","name":"web-5d4f"}"#, hash), "deployment/web");
        assert_eq!(
            workload(r#"{"kind":"ReplicaSet","name":"web-5d4f"}"#, ""),
            "replicaset/web-5d4f"
        );
        assert_eq!(workload(r#"{"kind":"StatefulSet","name":"db"}"#, ""), "statefulset/db");
        assert_eq!(workload("", ""), "pod/web-1");
    }

    #[test]
    fn images_are_read_with_their_states() {
        let pod = pod(r#"{"metadata":{"name":"web"},"spec":{
                "volumes":[{"name":"data","image":{"reference":"v.io/a"}},{"name":"other"}],
                "initContainers":[{"name":"first","image":"i.io/a"}],
                "containers":[{"name":"one","image":"c.io/a"},{"name":"two","image":"c.io/b"},{"name":"none"}]},
              "status":{"initContainerStatuses":[{"name":"first","state":{"terminated":{"exitCode":0}}}],
                "containerStatuses":[{"name":"one","state":{"waiting":{"reason":"ErrImagePull","message":"no"}}}]}}"#);
        let images = pod.images();
        let read: Vec<_> = images
            .iter()
            .map(|image| (image.name.as_str(), image.reference, image.state))
            .collect();
        assert_eq!(
            read,
            [
                ("volume data", "v.io/a", ContainerState::Unknown),
                ("first", "i.io/a", ContainerState::Pulled),
                ("one", "c.io/a", ContainerState::Waiting("ErrImagePull", "no")),
                ("two", "c.io/b", ContainerState::Unknown),
            ]
        );
        assert!(pod.fails_to_pull());
        assert_eq!(pod.account(), "default");
    }

    #[test]
    fn a_pod_without_status_and_spec_is_read() {
        let pod = pod(r#"{"metadata":{"name":"web"}}"#);
        assert!(pod.images().is_empty() && !pod.fails_to_pull());
        assert_eq!(pod.no_pull_reason().as_deref(), Some("no node was found for the Pod yet"));
        assert_eq!(pod.pull_secrets().count(), 0);
    }

    #[test]
    fn pods_are_found_by_what_made_them() {
        let made = |kind: &str, name: &str| {
            pod(&format!(
                r#"{{"metadata":{{"name":"x","labels":{{"pod-template-hash":"5d4f"}},"ownerReferences":[{{"kind":"{kind}","name":"{name}"}}]}}}}"#
            ))
        };
        assert!(made("ReplicaSet", "web-5d4f").is_of("deployment/web"));
        assert!(made("ReplicaSet", "web-5d4f").is_of("replicaset/web-5d4f"));
        assert!(made("StatefulSet", "db").is_of("statefulset/db"));
        assert!(made("Job", "backup-29").is_of("cronjob/backup"));
        assert!(made("Job", "backup-29").is_of("job/backup-29"));
        assert!(!made("Job", "backup-now").is_of("cronjob/backup"));
        assert!(!made("StatefulSet", "db").is_of("statefulset/d"));
    }

    #[test]
    fn an_event_is_of_a_container_or_of_an_image() {
        let event = |path: &str, reason: &str| -> Event {
            serde_json::from_str(&format!(
                r#"{{"reason":"{reason}","message":"Failed to pull image \"c.io/a\": x","involvedObject":{{"fieldPath":"{path}"}},"lastTimestamp":null}}"#
            ))
            .unwrap()
        };
        let (name, state) = ("one".to_owned(), ContainerState::Unknown);
        let image = PodImage { name, is_volume: false, reference: "c.io/a", state };
        assert!(event("spec.containers{one}", "Failed").is_failure_of(&image));
        assert!(!event("spec.containers{two}", "Failed").is_failure_of(&image));
        assert!(event("", "Failed").is_failure_of(&image));
        assert!(!event("spec.containers{one}", "BackOff").is_failure_of(&image));
        assert_eq!(event("", "Failed").at(), "");
    }
}
