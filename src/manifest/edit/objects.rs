//! Which objects a document holds, the images they name, and where they refer
//! to pull Secrets.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::slot::{self, Slot};
use super::tree::{Node, Tree};
use super::{Fault, Refusal};

/// Workloads, and where their Pods' specification stands. Source: Kubernetes 1.37,
/// `staging/src/k8s.io/api/{core,apps,batch}/v1/types.go`.
const WORKLOADS: [(&str, &[&str]); 9] = [
    ("Pod", &["spec"]),
    ("PodTemplate", &["template", "spec"]),
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
];

/// API groups of these kinds; others may have kinds of the same names.
const GROUPS: [&str; 4] = ["", "apps", "batch", "extensions"];

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// An object that is looked at.
#[derive(Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// `metadata.name`, if any.
    pub name: String,
    /// `metadata.namespace`, if any.
    pub namespace: Option<String>,
    /// Images of its containers and image volumes.
    pub images: Vec<String>,
    /// The document that holds it, from 0.
    pub document: usize,
    /// Whether it is the whole document, and no item of a list.
    pub is_whole: bool,
    /// Where it starts, from 1.
    pub line: usize,
    /// Pull Secrets that it refers to already.
    pub pull_secrets: Vec<String>,
    /// The service account that its Pods run as; empty where it names none.
    pub account: String,
    /// What is in it, if it is a Secret.
    pub secret: Option<SecretObject>,
    /// Where further ones go.
    pub(super) slot: Result<Slot, Refusal>,
}

/// What a Secret holds.
#[derive(Debug)]
pub struct SecretObject {
    /// `kubernetes.io/dockerconfigjson` for a pull Secret; empty where it says none.
    pub secret_type: String,
    /// Base64 by key.
    pub data: BTreeMap<String, SecretString>,
    /// Plain values by key, which count before `data`.
    pub string_data: BTreeMap<String, SecretString>,
}

/// What an object is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// It makes Pods, or is one.
    Workload,
    /// A service account.
    ServiceAccount,
    /// A Secret.
    Secret,
    /// Anything else.
    Other(String),
}

/// The objects of a document, those in lists too.
///
/// # Errors
/// [`Fault::Template`].
pub(super) fn find(text: &str, tree: &Tree<'_>, document: usize) -> Result<Vec<Object>, Fault> {
    let mut found = Vec::new();
    let mut waiting = vec![(&tree.root, true)];
    while let Some((node, is_whole)) = waiting.pop() {
        let node = tree.resolve(node);
        let kind = text_of(tree, node, "kind").unwrap_or_default();
        if kind.ends_with("List") {
            let items = tree.items(tree.look(node, "items"));
            waiting.extend(items.iter().rev().map(|item| (item, false)));
        } else if !kind.is_empty() {
            found.push(object(text, tree, node, (kind, document, is_whole))?);
        }
    }
    Ok(found)
}

fn text_of<'n>(tree: &'n Tree<'_>, node: &'n Node<'n>, name: &str) -> Option<&'n str> {
    tree.look(node, name)?.text()
}

fn object(
    text: &str,
    tree: &Tree<'_>,
    node: &Node<'_>,
    (kind, document, is_whole): (&str, usize, bool),
) -> Result<Object, Fault> {
    let version = text_of(tree, node, "apiVersion").unwrap_or("v1");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let workload = WORKLOADS.iter().find(|(name, _)| *name == kind && GROUPS.contains(&group));
    let metadata = tree.look(node, "metadata");
    let field = |name| metadata.and_then(|metadata| text_of(tree, metadata, name));
    let mut object = Object {
        kind: match kind {
            _ if workload.is_some() => Kind::Workload,
            "ServiceAccount" if group.is_empty() => Kind::ServiceAccount,
            "Secret" if group.is_empty() => Kind::Secret,
            other => Kind::Other(other.to_owned()),
        },
        name: field("name").unwrap_or_default().to_owned(),
        namespace: field("namespace").filter(|name| !name.is_empty()).map(str::to_owned),
        images: Vec::new(),
        document,
        is_whole,
        line: node.line,
        pull_secrets: Vec::new(),
        account: String::new(),
        secret: None,
        slot: Err(Refusal { line: node.line, reason: "it has no Pod specification" }),
    };
    let path: &[&str] = match (&object.kind, workload) {
        (Kind::Workload, Some((_, path))) => path,
        (Kind::ServiceAccount, _) => &[],
        (Kind::Secret, _) => {
            object.secret = Some(secret(tree, node));
            return Ok(object);
        }
        _ => return Ok(object),
    };
    let Some(target) = path.iter().try_fold(node, |node, name| tree.look(node, name)) else {
        return Ok(object);
    };
    object.images = images(text, tree, target)?;
    let account = text_of(tree, target, "serviceAccountName");
    account.unwrap_or_default().clone_into(&mut object.account);
    let listed = tree.items(tree.look(target, "imagePullSecrets"));
    object.pull_secrets =
        listed.iter().filter_map(|item| text_of(tree, item, "name")).map(str::to_owned).collect();
    object.slot = reach(tree, node, path)
        .and_then(|(key, target)| slot::find(text, tree, target, key, !path.is_empty()));
    Ok(object)
}

fn secret(tree: &Tree<'_>, node: &Node<'_>) -> SecretObject {
    let texts = |name: &str| {
        let members = tree.look(node, name).into_iter().flat_map(Node::members);
        let texts = members.filter_map(|(key, value)| {
            let text = tree.resolve(value).text()?;
            Some((key.text()?.to_owned(), SecretString::from(text)))
        });
        texts.collect()
    };
    SecretObject {
        secret_type: text_of(tree, node, "type").unwrap_or_default().to_owned(),
        data: texts("data"),
        string_data: texts("stringData"),
    }
}

/// The map at the end of a path and the line of its key, where an edit of it is
/// an edit of this object alone.
fn reach<'n>(
    tree: &Tree<'_>,
    root: &'n Node<'n>,
    path: &[&str],
) -> Result<(usize, &'n Node<'n>), Refusal> {
    let refuse = |line, reason| Err(Refusal { line, reason });
    let (mut line, mut node) = (root.line, root);
    if tree.is_shared(root) {
        return refuse(line, "an alias elsewhere repeats it");
    }
    for name in path {
        let Some((key, value, is_double)) = node.member(name) else {
            return refuse(node.line, "its Pod specification comes from a merge key");
        };
        if is_double {
            return refuse(key.line, "the same key stands twice there");
        }
        (line, node) = (key.line, value);
        if matches!(node.shape, super::tree::Shape::Alias(_)) {
            return refuse(line, "its Pod specification is an alias");
        }
        if tree.is_shared(node) {
            return refuse(line, "an alias elsewhere repeats it");
        }
    }
    if !node.is_map() {
        return refuse(line, "its Pod specification is no map");
    }
    Ok((line, node))
}

fn images(text: &str, tree: &Tree<'_>, spec: &Node<'_>) -> Result<Vec<String>, Fault> {
    let containers = CONTAINERS.iter().flat_map(|name| tree.items(tree.look(spec, name)));
    let containers = containers.filter_map(|container| tree.look(container, "image"));
    let volumes = tree.items(tree.look(spec, "volumes")).iter();
    let volumes = volumes.filter_map(|volume| tree.look(tree.look(volume, "image")?, "reference"));
    let mut found = Vec::new();
    for image in containers.chain(volumes) {
        let is_template = text.get(image.start..).is_some_and(|rest| rest.starts_with("{{"));
        match image.text() {
            _ if is_template => return Err(Fault::Template { line: image.line }),
            Some(name) if name.contains("{{") => return Err(Fault::Template { line: image.line }),
            Some(name) if !name.is_empty() => found.push(name.to_owned()),
            _ => {}
        }
    }
    Ok(found)
}
