//! Where a Pod's specification is in an object, and which images it names: the
//! one table for everything that reads manifests.
//!
//! Kinds of Kubernetes are told by their names. The custom kinds of others are
//! told by their shape, since there is no list of them: Argo's `Rollout`,
//! Knative's `Service`, `OpenShift`'s `DeploymentConfig`, `OpenKruise`'s `CloneSet` and
//! many more hold a Pod template, and hand its `imagePullSecrets` on to the Pods.
//! What has another shape under the same names is not changed: the `template` of a
//! Strimzi `KafkaConnect` or of a `KubeVirt` `VirtualMachine` holds no `containers`, that of
//! a Cluster API `MachineDeployment` or of an Argo CD `ApplicationSet` no Pod, and a
//! chart's values have an `image` in parts (`{repository, tag}`).

/// Kinds of Kubernetes, and where their Pods' specification is.
/// Source: Kubernetes 1.37, `staging/src/k8s.io/api/{core,apps,batch}/v1/types.go`.
const BUILT_IN: [(&str, &[&str]); 9] = [
    ("Pod", POD),
    ("PodTemplate", POD_TEMPLATE),
    ("Deployment", WORKLOAD),
    ("StatefulSet", WORKLOAD),
    ("DaemonSet", WORKLOAD),
    ("ReplicaSet", WORKLOAD),
    ("ReplicationController", WORKLOAD),
    ("Job", WORKLOAD),
    ("CronJob", CRON_JOB),
];

const POD: &[&str] = &["spec"];
const POD_TEMPLATE: &[&str] = &["template", "spec"];
const WORKLOAD: &[&str] = &["spec", "template", "spec"];
const CRON_JOB: &[&str] = &["spec", "jobTemplate", "spec", "template", "spec"];

/// Where the Pod's specification of a custom kind is looked for, in this order.
/// Directly under `spec` it is in Knative's `Revision`, in `KServe`'s `ServingRuntime`
/// and in what Prometheus' and `VictoriaMetrics`' operators read.
const CUSTOM: [&[&str]; 4] = [WORKLOAD, CRON_JOB, POD_TEMPLATE, POD];

/// API groups of the built-in kinds.
const BUILT_IN_GROUPS: [&str; 4] = ["", "apps", "batch", "extensions"];

/// Ends of the groups in which clouds describe containers of their own, which no
/// kubelet runs: Azure's `ContainerGroup`, for one, has `containers` under `spec`.
const CLOUDS: [&str; 3] = [".azure.com", ".cnrm.cloud.google.com", ".services.k8s.aws"];

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// A part of a manifest as a reader of the data sees it: aliases are what they
/// stand for.
pub(crate) trait View<'v>: Copy {
    /// Returns the member of a map, if its name is in the map itself.
    fn own(self, name: &str) -> Option<Self>;

    /// Whether the part is a map.
    fn is_map(self) -> bool;

    /// Returns the items of a list; nothing of any other part.
    fn items(self) -> impl DoubleEndedIterator<Item = Self>;

    /// Returns the text of a scalar.
    fn text(self) -> Option<&'v str>;

    /// Returns the line of a template's expression, if the part is one.
    fn template_line(self) -> Option<usize> {
        None
    }

    /// Returns the member of a map, which may come from its merge key.
    fn member(self, name: &str) -> Option<Self> {
        let mut waiting = vec![self];
        while let Some(map) = waiting.pop() {
            if let Some(value) = map.own(name) {
                return Some(value);
            }
            if let Some(merged) = map.own("<<") {
                if merged.is_map() {
                    waiting.push(merged);
                }
                waiting.extend(merged.items().rev());
            }
        }
        None
    }

    /// Returns the text of a member of a map.
    fn text_of(self, name: &str) -> Option<&'v str> {
        self.member(name)?.text()
    }

    /// Returns the items of a member of a map.
    fn items_of(self, name: &str) -> impl DoubleEndedIterator<Item = Self> {
        self.member(name).into_iter().flat_map(Self::items)
    }
}

/// Returns the path to the Pod's specification in an object; nothing where the
/// object makes no Pods, or gives them no `imagePullSecrets`.
pub(crate) fn path<'v>(object: impl View<'v>) -> Option<&'static [&'static str]> {
    let kind = object.text_of("kind")?;
    let group = group(object);
    if is_built_in(object) {
        let built_in = BUILT_IN.iter().find(|(name, _)| *name == kind).map(|(_, path)| *path);
        // OpenShift 3 had its kind in the group of the Pod.
        let legacy = || (kind == "DeploymentConfig" && group.is_empty()).then_some(WORKLOAD);
        return built_in.or_else(legacy);
    }
    // The group of a custom kind is a domain with a dot; the other groups without
    // one are Kubernetes' own.
    let is_custom = group.contains('.') && !CLOUDS.iter().any(|cloud| group.ends_with(cloud));
    let mut paths = CUSTOM.into_iter().filter(|_| is_custom);
    paths.find(|path| follow(object, path).is_some_and(is_pod_spec))
}

/// Returns whether an object is of a group of Kubernetes itself, which drops the fields
/// that it does not know.
pub(crate) fn is_built_in<'v>(object: impl View<'v>) -> bool {
    BUILT_IN_GROUPS.contains(&group(object))
}

/// Returns the API group of an object; empty for Kubernetes' first one.
pub(crate) fn group<'v>(object: impl View<'v>) -> &'v str {
    let version = object.text_of("apiVersion").unwrap_or_default();
    version.split_once('/').map_or("", |(group, _)| group)
}

/// Returns the part at the end of a path.
pub(crate) fn follow<'v, V: View<'v>>(object: V, path: &[&str]) -> Option<V> {
    path.iter().try_fold(object, |part, name| part.member(name))
}

/// Whether a part is a Pod's specification, by its shape: `containers` are maps,
/// and one of them has an image at least.
fn is_pod_spec<'v, V: View<'v>>(spec: V) -> bool {
    let mut has_image = false;
    for container in spec.items_of("containers") {
        let image = container.member("image");
        let text = image.and_then(V::text);
        let is_template = image.and_then(V::template_line).is_some();
        // An image in parts belongs to no container of a Pod.
        if !container.is_map() || (image.is_some() && text.is_none() && !is_template) {
            return false;
        }
        has_image |= is_template || text.is_some_and(|text| !text.is_empty());
    }
    has_image
}

/// Returns the images of a Pod's specification: of containers, init containers,
/// ephemeral containers and image volumes.
pub(crate) fn images<'v, V: View<'v>>(spec: V) -> impl Iterator<Item = V> {
    let containers = CONTAINERS.into_iter().flat_map(move |name| spec.items_of(name));
    let containers = containers.filter_map(|container| container.member("image"));
    let volumes = spec.items_of("volumes");
    containers.chain(volumes.filter_map(|volume| volume.member("image")?.member("reference")))
}

/// Returns the items of an object that is a list.
pub(crate) fn list<'v, V: View<'v>>(object: V) -> Option<impl DoubleEndedIterator<Item = V>> {
    object.text_of("kind")?.ends_with("List").then(|| object.items_of("items"))
}

#[cfg(test)]
mod tests;
