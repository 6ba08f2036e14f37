//! Which objects a document holds, the images they name, and where they refer
//! to pull Secrets.

use super::slot::Before;
use std::collections::{BTreeMap, HashSet};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::slot::{self, Slot};
use super::tree::{Node, Seen, Shape, Tree};
use super::{Fault, Misplaced, Refusal, misplaced};
use crate::kubelet::SecretValue;
use crate::kubelet::go::base64::{self, STANDARD};
use crate::manifest::pod_spec::{self, View, is_built_in};

/// An object that is looked at.
#[derive(Debug)]
pub(crate) struct Object {
    /// What it is.
    pub kind: Kind,
    /// `kind`, as it is written.
    pub kind_name: String,
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
    /// References that have no effect.
    pub misplaced: Vec<Misplaced>,
    /// Where references have one, as `spec.template.spec`; empty for a service account.
    pub right_place: String,
    /// Of a service account: the Secrets that its Pods may mount.
    pub mounted: Vec<String>,
    /// The service account that its Pods run as; empty where it names none.
    pub account: String,
    /// What is in it, if it is a Secret.
    pub secret: Option<SecretObject>,
    /// Where further ones go.
    pub(super) slot: Result<Slot, Refusal>,
}

/// What a Secret holds.
#[derive(Debug)]
pub(crate) struct SecretObject {
    /// `kubernetes.io/dockerconfigjson` for a pull Secret; empty where it says none.
    pub secret_type: String,
    /// Base64 by key.
    pub data: BTreeMap<String, SecretString>,
    /// Plain values by key, which count before `data`.
    pub string_data: BTreeMap<String, SecretString>,
    /// Whether the API server refuses every change of its data.
    pub is_immutable: bool,
}

impl SecretObject {
    /// Returns what is under a key, decoded; none where it is no text in base64.
    pub(crate) fn decoded(&self, key: &str) -> Option<Zeroizing<String>> {
        if let Some(plain) = self.string_data.get(key) {
            return Some(Zeroizing::new(plain.expose_secret().to_owned()));
        }
        let encoded = self.data.get(key)?.expose_secret();
        let bytes = base64::decode(&STANDARD, encoded)?;
        std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
    }

    /// Returns what stands under a key of `data`, as it is written.
    pub(crate) fn undecoded(&self, key: &str) -> Option<Zeroizing<String>> {
        self.data.get(key).map(|text| Zeroizing::new(text.expose_secret().to_owned()))
    }

    /// Returns what is under the only key.
    pub(crate) fn only_value(&self) -> Option<Zeroizing<String>> {
        let mut keys = self.data.keys().chain(self.string_data.keys());
        keys.next().filter(|_| keys.next().is_none()).and_then(|key| self.decoded(key))
    }

    /// Returns what the kubelet would read.
    pub(crate) fn value(&self) -> SecretValue {
        SecretValue::read(&self.secret_type, &self.data, Some(&self.string_data))
    }
}

/// What an object is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It makes Pods, or is one.
    Workload,
    /// A service account.
    ServiceAccount,
    /// A Secret.
    Secret,
    /// Anything else.
    Other(String),
}

/// Returns the objects of a document, those in lists too.
///
/// # Errors
/// [`Fault::Template`]; [`Fault::TooManyObjects`] beyond `most`.
pub(super) fn find(
    text: &str,
    tree: &Tree<'_, '_>,
    document: usize,
    most: usize,
) -> Result<Vec<Object>, Fault> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![(tree.view(text), true)];
    while let Some((view, is_whole)) = waiting.pop() {
        if let Some(items) = pod_spec::list(view) {
            // A list that aliases repeat brings nothing new the second time.
            if !tree.is_shared(view.node) || seen.insert(view.node.start) {
                waiting.extend(items.rev().map(|item| (item, false)));
            }
        } else if view.text_of("kind").is_some_and(|kind| !kind.is_empty()) {
            if found.len() == most {
                return Err(Fault::TooManyObjects);
            }
            found.push(object(text, tree, view, (document, is_whole))?);
        }
    }
    Ok(found)
}

fn object(
    text: &str,
    tree: &Tree<'_, '_>,
    view: Seen<'_, '_>,
    (document, is_whole): (usize, bool),
) -> Result<Object, Fault> {
    let (node, kind) = (view.node, view.text_of("kind").unwrap_or_default());
    let is_of_core = pod_spec::group(view).is_empty();
    let workload = pod_spec::path(view);
    let metadata = view.member("metadata");
    let field = |name| metadata.and_then(|metadata| metadata.text_of(name));
    let mut object = Object {
        kind: match kind {
            _ if workload.is_some() => Kind::Workload,
            "ServiceAccount" if is_of_core => Kind::ServiceAccount,
            "Secret" if is_of_core => Kind::Secret,
            other => Kind::Other(other.to_owned()),
        },
        kind_name: kind.to_owned(),
        name: field("name").unwrap_or_default().to_owned(),
        namespace: field("namespace").filter(|name| !name.is_empty()).map(str::to_owned),
        images: Vec::new(),
        document,
        is_whole,
        line: node.line,
        pull_secrets: Vec::new(),
        misplaced: Vec::new(),
        right_place: String::new(),
        mounted: Vec::new(),
        account: String::new(),
        secret: None,
        slot: Err(Refusal { line: node.line, reason: "it has no Pod specification" }),
    };
    let path: &[&str] = match (&object.kind, workload) {
        (Kind::Workload, Some(path)) => path,
        (Kind::ServiceAccount, _) => &[],
        (Kind::Secret, _) => {
            object.secret = Some(secret(view));
            return Ok(object);
        }
        _ => return Ok(object),
    };
    refer(text, tree, view, path, &mut object)?;
    Ok(object)
}

/// Reads what an object says of pull Secrets, and where further references go.
fn refer(
    text: &str,
    tree: &Tree<'_, '_>,
    view: Seen<'_, '_>,
    path: &[&str],
    object: &mut Object,
) -> Result<(), Fault> {
    object.right_place = path.join(".");
    let target = pod_spec::follow(view, path);
    // What the other parts of custom kinds mean, their own programs know.
    object.misplaced = match target {
        Some(target) if !is_built_in(view) => {
            misplaced::find(target.node, Some(target.node), &object.right_place)
        }
        target => misplaced::find(view.node, target.map(|target| target.node), ""),
    };
    let Some(target) = target else { return Ok(()) };
    if object.kind == Kind::ServiceAccount {
        let mounted = target.items_of("secrets").filter_map(|item| item.text_of("name"));
        object.mounted = mounted.map(str::to_owned).collect();
    }
    object.images = images(target)?;
    target.text_of("serviceAccountName").unwrap_or_default().clone_into(&mut object.account);
    let listed = target.items_of("imagePullSecrets");
    object.pull_secrets =
        listed.filter_map(|item| item.text_of("name")).map(str::to_owned).collect();
    let before = if path.is_empty() { Before::Metadata } else { Before::First };
    object.slot = reach(tree, view.node, path)
        .and_then(|(key, target)| slot::find(text, tree, target, key, before));
    Ok(())
}

fn secret(view: Seen<'_, '_>) -> SecretObject {
    let texts = |name| {
        let texts = view.member(name).into_iter().flat_map(Seen::texts);
        texts.map(|(key, text)| (key.to_owned(), SecretString::from(text))).collect()
    };
    SecretObject {
        secret_type: view.text_of("type").unwrap_or_default().to_owned(),
        data: texts("data"),
        string_data: texts("stringData"),
        is_immutable: view.member("immutable").is_some_and(Seen::is_true),
    }
}

/// The map at the end of a path and the line of its key, where an edit of it is
/// an edit of this object alone.
fn reach<'n, 't>(
    tree: &Tree<'_, '_>,
    root: &'n Node<'t>,
    path: &[&str],
) -> Result<(usize, &'n Node<'t>), Refusal> {
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
            return refuse(key.line, "the same key is set twice");
        }
        (line, node) = (key.line, value);
        if matches!(node.shape, Shape::Alias(_)) {
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

fn images(spec: Seen<'_, '_>) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for image in pod_spec::images(spec) {
        if let Some(line) = image.template_line() {
            return Err(Fault::Template { line });
        }
        found.extend(image.text().filter(|name| !name.is_empty()).map(str::to_owned));
    }
    Ok(found)
}
