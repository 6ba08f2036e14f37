//! The images that manifests name: of whatever [`pod_spec`] finds a Pod's
//! specification in, also inside a `List`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_yaml::Value;
use zeroize::Zeroizing;

use super::edit::{self, Fault};
use super::pod_spec::{self, View};

/// Where a text is no YAML. Says nothing of what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidManifest {
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
    /// For this reason.
    #[error("{0}")]
    Unreadable(String),
}

/// Returns the images in a stream of YAML documents, or a JSON object, in their order.
///
/// # Errors
/// [`InvalidManifest`] where a document cannot be parsed, or its aliases stand for
/// too much.
pub(crate) fn find(text: &str) -> Result<Vec<String>, InvalidManifest> {
    // Go reads a byte order mark before each document, as files that were put
    // together have it.
    let text = Zeroizing::new(text.replace("\n\u{feff}", "\n"));
    // Only what is bounded is read as values, since these repeat what aliases do.
    edit::check(&text).or_else(|fault| match fault {
        Fault::Syntax { .. } | Fault::Template { .. } => {
            well_formed(&text).and(Err(InvalidManifest::Unreadable(fault.to_string())))
        }
        other => Err(InvalidManifest::Unreadable(other.to_string())),
    })?;
    let mut images = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        collect(&Value::deserialize(document).map_err(at)?, &mut images);
    }
    if images.is_empty() {
        check_rendered(&text)?;
    }
    Ok(images)
}

/// Refuses a template that is not rendered yet: it may name images that do not show.
fn check_rendered(text: &str) -> Result<(), InvalidManifest> {
    match edit::read(text) {
        Err(fault @ Fault::Template { .. }) => Err(InvalidManifest::Unreadable(fault.to_string())),
        _ => Ok(()),
    }
}

/// Whether a text is YAML at all. Aliases are passed over.
fn well_formed(text: &str) -> Result<(), InvalidManifest> {
    let mut documents = serde_yaml::Deserializer::from_str(text);
    documents.try_for_each(|document| IgnoredAny::deserialize(document).map(drop)).map_err(at)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn at(error: serde_yaml::Error) -> InvalidManifest {
    error.location().map_or(InvalidManifest::Somewhere, |place| InvalidManifest::At {
        line: place.line(),
        column: place.column(),
    })
}

fn collect(document: &Value, images: &mut Vec<String>) {
    let mut waiting = vec![document];
    while let Some(object) = waiting.pop() {
        if let Some(items) = pod_spec::list(object) {
            waiting.extend(items.rev());
        } else if let Some(spec) =
            pod_spec::path(object).and_then(|path| pod_spec::follow(object, path))
        {
            let texts = pod_spec::images(spec).filter_map(View::text);
            images.extend(texts.filter(|text| !text.is_empty()).map(str::to_owned));
        }
    }
}

impl<'v> View<'v> for &'v Value {
    fn own(self, name: &str) -> Option<Self> {
        self.as_mapping()?.get(name)
    }

    fn is_map(self) -> bool {
        self.is_mapping()
    }

    fn items(self) -> impl DoubleEndedIterator<Item = Self> {
        self.as_sequence().map(Vec::as_slice).unwrap_or_default().iter()
    }

    fn text(self) -> Option<&'v str> {
        self.as_str()
    }
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
