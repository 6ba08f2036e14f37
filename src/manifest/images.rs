//! The images that manifests name: of containers, init containers, ephemeral
//! containers and image volumes, in Pods, Pod templates and workloads of every
//! kind, also inside a `List`.

use serde::Deserialize;
use serde_yaml::Value;

/// Where a Pod's specification stands in the objects that have one.
const POD_SPECS: [&[&str]; 4] = [
    &["spec"],
    &["template", "spec"],
    &["spec", "template", "spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
];

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Where a text is no YAML. Says nothing of what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidManifest {
    /// At this place.
    #[error("it is not valid YAML or JSON near line {line}, column {column}")]
    At {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Somewhere.
    #[error("it is not valid YAML or JSON")]
    Somewhere,
}

/// The images in a stream of YAML documents, or a JSON object, in their order.
///
/// # Errors
/// [`InvalidManifest`] where a document cannot be parsed.
pub fn find(text: &str) -> Result<Vec<String>, InvalidManifest> {
    let mut images = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).map_err(|error| {
            error.location().map_or(InvalidManifest::Somewhere, |place| InvalidManifest::At {
                line: place.line(),
                column: place.column(),
            })
        })?;
        collect(&value, &mut images);
    }
    Ok(images)
}

fn collect(object: &Value, images: &mut Vec<String>) {
    for item in items(object.get("items")) {
        collect(item, images);
    }
    for path in POD_SPECS {
        let spec = path.iter().try_fold(object, |value, name| value.get(name));
        if let Some(spec) = spec {
            collect_pod(spec, images);
        }
    }
}

fn collect_pod(spec: &Value, images: &mut Vec<String>) {
    let containers = CONTAINERS.iter().flat_map(|name| items(spec.get(name)));
    let containers = containers.filter_map(|container| container.get("image"));
    let volumes = items(spec.get("volumes")).iter();
    let volumes = volumes.filter_map(|volume| volume.get("image")?.get("reference"));
    let texts = containers.chain(volumes).filter_map(Value::as_str).filter(|text| !text.is_empty());
    images.extend(texts.map(str::to_owned));
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_sequence).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_every_kind_are_found() {
        let text = "\
apiVersion: v1
kind: Pod
spec:
  initContainers: [{image: a.io/init}]
  containers: [{name: x, image: a.io/app:v1}]
  ephemeralContainers: [{image: a.io/debug}]
  volumes: [{name: v, image: {reference: a.io/data}}]
---
kind: Deployment
spec: {template: {spec: {containers: [{image: b.io/app}]}}}
---
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: c.io/app}]}}}}}
---
kind: PodTemplate
template: {spec: {containers: [{image: d.io/app}]}}
---
kind: List
items:
- {kind: StatefulSet, spec: {template: {spec: {containers: [{image: e.io/app}]}}}}
--- # nothing
---
kind: ConfigMap
data: {image: not.an/image}
";
        assert_eq!(
            find(text).unwrap(),
            [
                "a.io/app:v1",
                "a.io/init",
                "a.io/debug",
                "a.io/data",
                "b.io/app",
                "c.io/app",
                "d.io/app",
                "e.io/app"
            ]
        );
    }

    #[test]
    fn a_broken_manifest_tells_its_place_and_nothing_of_it() {
        let error = find("kind: Secret\ndata: {a: hunter2\n").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(find("kind: Pod\n---\n\tkind: x").is_err());
        assert!(find("").unwrap().is_empty());
    }
}
