//! Documents as text.

use std::borrow::Borrow;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::manifest::documents::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::node::Node;

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A stream of YAML documents.
    Yaml,
    /// One JSON object; several documents are a `List`.
    Json,
    /// `KIND/NAME`, a line each.
    Name,
}

/// The documents as text that ends with a line end. The text holds credentials.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(
    documents: &[impl Borrow<Document>],
    format: Format,
) -> Result<Zeroizing<String>, ManifestError> {
    let nodes: Vec<Node<'_>> = documents.iter().map(|one| one.borrow().to_node()).collect();
    let texts: Vec<Zeroizing<String>> = match format {
        Format::Yaml => nodes.iter().map(Node::to_yaml).collect(),
        Format::Json => vec![json(nodes)?],
        Format::Name => {
            let names = documents.iter().map(|one| one.borrow().resource_name() + "\n");
            vec![Zeroizing::new(names.collect())]
        }
    };
    // Room for all of it at once: a text that grows leaves unwiped copies behind.
    let room = texts.iter().map(|text| text.len() + SEPARATOR.len()).sum();
    let mut stream = Zeroizing::new(String::with_capacity(room));
    for (index, text) in texts.iter().enumerate() {
        stream.push_str(if index > 0 { SEPARATOR } else { "" });
        stream.push_str(text);
    }
    Ok(stream)
}

const SEPARATOR: &str = "---\n";

fn json(nodes: Vec<Node<'_>>) -> Result<Zeroizing<String>, ManifestError> {
    let root = match <[Node<'_>; 1]>::try_from(nodes) {
        Ok([node]) => node,
        Err(nodes) => Node::map([
            ("apiVersion", Node::Text("v1")),
            ("kind", Node::Text("List")),
            ("items", Node::List(nodes)),
        ]),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // kubectl indents by four spaces.
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *bytes, formatter);
    root.serialize(&mut serializer).map_err(|_| ManifestError::Render("JSON"))?;
    bytes.push(b'\n');
    String::from_utf8(std::mem::take(&mut *bytes))
        .map(Zeroizing::new)
        .map_err(|_| ManifestError::Render("JSON"))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::manifest::metadata::Metadata;
    use crate::registry::reference::ImageReference;

    fn secret() -> Document {
        let metadata = Metadata::new("Secret name", "myregistrykey").unwrap();
        let metadata = metadata.in_namespace("awesomeapps").unwrap();
        Document::pull_secret(metadata, &SecretString::from("{}"))
    }

    fn pod(images: &[&str]) -> Document {
        let metadata = Metadata::new("Pod name", "private-reg").unwrap();
        let images: Vec<_> = images.iter().map(|i| ImageReference::parse(i).unwrap()).collect();
        Document::pod(metadata, &images, &["regcred".to_owned()]).unwrap()
    }

    #[test]
    fn the_secret_is_the_one_of_the_kubernetes_page() {
        assert_eq!(
            *render(&[secret()], Format::Yaml).unwrap(),
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: myregistrykey\n  namespace: awesomeapps\ndata:\n  .dockerconfigjson: e30=\ntype: kubernetes.io/dockerconfigjson\n"
        );
    }

    #[test]
    fn the_pod_is_the_one_of_the_kubernetes_page() {
        assert_eq!(
            *render(&[pod(&["reg.example.com/app:v1"])], Format::Yaml).unwrap(),
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: private-reg\nspec:\n  containers:\n  - name: private-reg-container\n    image: reg.example.com/app:v1\n  imagePullSecrets:\n  - name: regcred\n"
        );
    }

    #[test]
    fn further_containers_are_numbered() {
        let text = render(&[pod(&["a.io/x", "b.io/y"])], Format::Yaml).unwrap();
        assert!(text.contains("- name: private-reg-container\n    image: a.io/x\n"));
        assert!(text.contains("- name: private-reg-container-2\n    image: b.io/y\n"));
    }

    #[test]
    fn several_documents_are_a_stream_or_a_list() {
        let documents = [secret(), pod(&["a.io/x"])];
        assert_eq!(render(&documents, Format::Yaml).unwrap().matches("\n---\n").count(), 1);
        let list: serde_json::Value =
            serde_json::from_str(&render(&documents, Format::Json).unwrap()).unwrap();
        assert_eq!(list["kind"], "List");
        assert_eq!(list["items"][1]["kind"], "Pod");
        let names = render(&documents, Format::Name).unwrap();
        assert_eq!(*names, "secret/myregistrykey\npod/private-reg\n");
    }

    #[test]
    fn a_long_value_stays_one_line() {
        let metadata = Metadata::new("Secret name", "regcred").unwrap();
        let long = SecretString::from("x".repeat(10_000));
        let text = render(&[Document::pull_secret(metadata, &long)], Format::Yaml).unwrap();
        assert_eq!(text.lines().count(), 7);
    }
}
