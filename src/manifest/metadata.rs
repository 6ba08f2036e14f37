//! Names, labels and annotations by the API server's rules.
//! Source: Kubernetes 1.37, `staging/src/k8s.io/apimachinery/pkg/util/validation`
//! and `pkg/api/validation/objectmeta.go`.

use std::collections::BTreeMap;

use crate::manifest::error::ManifestError;
use crate::manifest::node::Node;
use crate::system::untrusted::argument;

/// The name that the Kubernetes page gives its pull Secret.
pub(crate) const DEFAULT_SECRET_NAME: &str = "regcred";

/// Most bytes of all annotations of an object, keys and values.
const MAX_ANNOTATIONS_BYTES: usize = 262_144;

const SUBDOMAIN: &str = "up to 253 lower-case letters, digits, `-` and `.`, each part between dots starting and ending with a letter or digit";
const LABEL: &str =
    "up to 63 lower-case letters, digits and `-`, starting and ending with a letter or digit";
const QUALIFIED: &str = "up to 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, after an optional DNS name and `/`";
const LABEL_VALUE: &str = "up to 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, or nothing";

/// Whether an object can have this name: a DNS subdomain, as of Secrets and Pods.
pub(crate) fn is_object_name(name: &str) -> bool {
    is_subdomain(name)
}

/// `metadata` of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    annotations: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    name: String,
    namespace: Option<String>,
    resource_version: Option<String>,
}

impl Metadata {
    /// Metadata of an object whose name is a DNS subdomain, as of Secrets and
    /// Pods. `what` is the name's word for messages.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`].
    pub(crate) fn new(what: &'static str, name: &str) -> Result<Self, ManifestError> {
        check(what, name, SUBDOMAIN, is_subdomain)?;
        Ok(Self { name: name.to_owned(), ..Self::default() })
    }

    /// The object's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The namespace, if one is written down.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// All labels.
    pub(crate) fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }

    /// All annotations.
    pub(crate) fn annotations(&self) -> &BTreeMap<String, String> {
        &self.annotations
    }

    /// The same, to be written only over this version of the live object.
    #[must_use]
    pub(crate) fn at_version(&self, version: Option<&str>) -> Self {
        Self { resource_version: version.map(str::to_owned), ..self.clone() }
    }

    /// Members in kubectl's order; what is empty is left out.
    pub(crate) fn to_node(&self) -> Node<'_> {
        let mut members = Vec::new();
        if !self.annotations.is_empty() {
            members.push(("annotations", texts(&self.annotations)));
        }
        if !self.labels.is_empty() {
            members.push(("labels", texts(&self.labels)));
        }
        members.push(("name", Node::Text(&self.name)));
        members.extend(self.namespace.as_ref().map(|name| ("namespace", Node::Text(name))));
        let version = self.resource_version.as_ref();
        members.extend(version.map(|version| ("resourceVersion", Node::Text(version))));
        Node::Map(members)
    }

    /// The same in a namespace.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`].
    pub(crate) fn in_namespace(&self, namespace: &str) -> Result<Self, ManifestError> {
        check("namespace", namespace, LABEL, is_label)?;
        Ok(Self { namespace: Some(namespace.to_owned()), ..self.clone() })
    }

    /// Adds labels, each as `KEY=VALUE`.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`], also where a key comes twice with different values.
    pub(crate) fn add_labels(&mut self, labels: &[String]) -> Result<(), ManifestError> {
        for text in labels {
            let (key, value) = key_and_value("label", text)?;
            check("label key", key, QUALIFIED, is_qualified)?;
            check("label value", value, LABEL_VALUE, |value| value.is_empty() || is_word(value))?;
            insert(&mut self.labels, "label", key, value)?;
        }
        Ok(())
    }

    /// Adds annotations, each as `KEY=VALUE`.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`], also where a key comes twice with different
    /// values or all of them are too long.
    pub(crate) fn add_annotations(&mut self, annotations: &[String]) -> Result<(), ManifestError> {
        for text in annotations {
            let (key, value) = key_and_value("annotation", text)?;
            let is_key = |key: &str| is_qualified(&key.to_ascii_lowercase());
            check("annotation key", key, QUALIFIED, is_key)?;
            insert(&mut self.annotations, "annotation", key, value)?;
        }
        let size: usize = self.annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
        if size > MAX_ANNOTATIONS_BYTES {
            return Err(ManifestError::InvalidMetadata {
                what: "set of annotations",
                shown: format!("of {size} bytes"),
                rule: "at most 262144 bytes, keys and values together",
            });
        }
        Ok(())
    }
}

fn texts(map: &BTreeMap<String, String>) -> Node<'_> {
    Node::Map(map.iter().map(|(key, value)| (key.as_str(), Node::Text(value))).collect())
}

/// Checks the name of a container: a DNS label.
///
/// # Errors
/// [`ManifestError::InvalidMetadata`].
pub(crate) fn check_container_name(name: &str) -> Result<(), ManifestError> {
    check("container name", name, LABEL, is_label)
}

fn key_and_value<'a>(
    what: &'static str,
    text: &'a str,
) -> Result<(&'a str, &'a str), ManifestError> {
    text.split_once('=').ok_or_else(|| ManifestError::InvalidMetadata {
        what,
        shown: quoted(text),
        rule: "written as KEY=VALUE",
    })
}

fn insert(
    map: &mut BTreeMap<String, String>,
    what: &'static str,
    key: &str,
    value: &str,
) -> Result<(), ManifestError> {
    let before = map.insert(key.to_owned(), value.to_owned());
    if before.is_some_and(|before| before != value) {
        let shown = quoted(key);
        return Err(ManifestError::InvalidMetadata { what, shown, rule: "one value for each key" });
    }
    Ok(())
}

fn check(
    what: &'static str,
    text: &str,
    rule: &'static str,
    is_valid: impl Fn(&str) -> bool,
) -> Result<(), ManifestError> {
    if is_valid(text) {
        return Ok(());
    }
    Err(ManifestError::InvalidMetadata { what, shown: quoted(text), rule })
}

fn quoted(text: &str) -> String {
    format!("`{}`", argument(text))
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| is_lower(*byte) || *byte == b'-')
        && bytes.first().is_some_and(|byte| is_lower(*byte))
        && bytes.last().is_some_and(|byte| is_lower(*byte))
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_label_part(text)
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_part)
}

fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() <= 63
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_qualified(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_word(name),
        None => is_word(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule_of(result: Result<(), ManifestError>) -> &'static str {
        match result {
            Err(ManifestError::InvalidMetadata { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_follow_the_rules_of_the_api_server() {
        for name in ["regcred", "my.registry-key.1", &"a".repeat(253)] {
            assert!(Metadata::new("Secret name", name).is_ok(), "{name}");
        }
        for name in ["", "Bad_Name", "-a", "a-", "a..b", "a b", &"a".repeat(254)] {
            assert!(Metadata::new("Secret name", name).is_err(), "{name}");
        }
        let metadata = Metadata::new("Secret name", "regcred").unwrap();
        assert!(metadata.in_namespace("awesomeapps").is_ok());
        for namespace in ["", "a.b", "Prod", &"a".repeat(64)] {
            assert!(metadata.in_namespace(namespace).is_err(), "{namespace}");
        }
    }

    #[test]
    fn labels_follow_the_rules_of_the_api_server() {
        let add = |text: &str| Metadata::default().add_labels(&[text.to_owned()]);
        for label in ["app=web", "example.com/Team_1=", "a.b-c_d=A.b-c_d"] {
            assert!(add(label).is_ok(), "{label}");
        }
        assert_eq!(rule_of(add("app")), "label");
        for label in ["=v", "-a=v", "Example.com/a=v", "a/b/c=v", "/a=v", "a/=v"] {
            assert_eq!(rule_of(add(label)), "label key", "{label}");
        }
        for label in ["a=-v", "a=v w", "a=ü", &format!("a={}", "v".repeat(64))] {
            assert_eq!(rule_of(add(label)), "label value", "{label}");
        }
        let twice = ["a=1".to_owned(), "a=2".to_owned()];
        assert_eq!(rule_of(Metadata::default().add_labels(&twice)), "label");
    }

    #[test]
    fn annotations_may_hold_anything_up_to_their_limit() {
        let add = |text: String| Metadata::default().add_annotations(&[text]);
        assert!(add("note=any, thing = goes\n".into()).is_ok());
        assert!(add("Example.com/a=v".into()).is_ok());
        assert_eq!(rule_of(add("a b=v".into())), "annotation key");
        assert_eq!(rule_of(add(format!("a={}", "v".repeat(262_144)))), "set of annotations");
    }
}
