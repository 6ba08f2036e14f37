//! References to pull Secrets that have no effect: Kubernetes drops fields that it does
//! not know, and reads `imagePullSecrets` in one place of each kind only.

use super::slot::{FIELD, is_null};
use super::tree::{Node, Shape};
use crate::system::messages::clean;

/// A reference that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misplaced {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    /// The key, as it is written.
    pub(crate) key: String,
    /// What is wrong with it.
    pub(crate) fault: Fault,
    /// The Secrets that it names.
    pub(crate) names: Vec<String>,
    /// What is taken away, or replaced, to put it right.
    pub(super) part: Part,
}

/// What is wrong with a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It stands in this container.
    Container(String),
    /// It stands at this path; empty for the top of the object.
    Path(String),
    /// The place is right, and the key is not.
    Key,
    /// Place and key are right, and the items are no references.
    Shape,
}

/// A part of the text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A member of a map, from its key to the end of its value, and where the key of the
    /// next member starts.
    Member { start: usize, end: usize, next: Option<usize>, is_flow: bool },
    /// An item of a list that names a Secret otherwise than by `name`. Its name is the
    /// text itself, or this one.
    Name { start: usize, end: usize, name: Option<String>, is_flow: bool },
}

impl Misplaced {
    /// Moves it by so many bytes and lines: the text was a part of another.
    pub(super) fn shift(&mut self, bytes: usize, lines: usize) {
        self.line += lines;
        match &mut self.part {
            Part::Name { start, end, .. } => {
                *start += bytes;
                *end += bytes;
            }
            Part::Member { start, end, next, .. } => {
                *start += bytes;
                *end += bytes;
                *next = next.map(|next| next + bytes);
            }
        }
    }

    /// Whether the place is right, and the items are no references.
    pub(crate) fn is_of_shape(&self) -> bool {
        self.fault == Fault::Shape
    }

    /// Returns what is wrong, for an object that reads its references at `right`.
    pub(crate) fn message(&self, right: &str) -> String {
        let key = format!("`{}`", clean(&self.key));
        let belongs = match right {
            "" => "it belongs at the top of the service account".to_owned(),
            path => format!("it belongs in {path}, beside `containers`"),
        };
        match &self.fault {
            Fault::Container(name) => {
                let name = clean(name);
                format!("{key} in container {name} has no effect: {belongs}")
            }
            Fault::Path(path) if path.is_empty() => {
                format!("{key} at the top of the object has no effect: {belongs}")
            }
            Fault::Path(path) => format!("{key} in {path} has no effect: {belongs}"),
            Fault::Key => format!("{key} has no effect: the field is called `{FIELD}`"),
            Fault::Shape => format!(
                "the API server refuses this `{FIELD}`: it is a list, and each item of it is written `name: SECRET`"
            ),
        }
    }
}

/// A map on the way, and where it is.
struct Visit<'n, 't> {
    node: &'n Node<'t>,
    path: String,
    container: Option<String>,
}

/// Finds the references below `top` that have no effect; `right` is the map in which they
/// would have one. Aliases are passed over: what they stand for is found where it stands.
pub(super) fn find<'t>(top: &Node<'t>, right: Option<&Node<'t>>, start: &str) -> Vec<Misplaced> {
    let mut found = Vec::new();
    let mut waiting = vec![Visit { node: top, path: start.to_owned(), container: None }];
    while let Some(Visit { node, path, container }) = waiting.pop() {
        let is_right = right.is_some_and(|right| std::ptr::eq(right, node));
        let members: Vec<(&Node<'t>, &Node<'t>)> = node.members().collect();
        for (index, (key, value)) in members.iter().copied().enumerate() {
            let place = Place {
                next: members.get(index + 1).map(|(next, _)| next.start),
                is_flow: node.is_flow(),
            };
            let Some(name) = key.text() else { continue };
            if is_right && name == FIELD {
                found.extend(wrong_items(key, value, place));
            } else if is_meant(name) {
                let fault = match &container {
                    _ if is_right => Fault::Key,
                    Some(container) => Fault::Container(container.clone()),
                    None => Fault::Path(path.clone()),
                };
                found.extend(member(key, value, fault, place));
            } else {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                let container = container.clone();
                waiting.push(Visit { node: value, path, container });
            }
        }
        if matches!(node.shape, Shape::List { .. }) {
            let is_containers = path.ends_with("ontainers");
            waiting.extend(node.children.iter().map(|item| {
                let name = item.member("name").and_then(|(_, name, _)| name.text());
                let own = name.filter(|_| is_containers).map(str::to_owned);
                Visit { node: item, path: path.clone(), container: own.or(container.clone()) }
            }));
        }
    }
    found.sort_by_key(|one| one.line);
    found
}

/// Whether a key is meant to be `imagePullSecrets`.
pub(crate) fn is_meant(key: &str) -> bool {
    let letters =
        key.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    let letters: Vec<u8> = letters.take(FIELD.len() + 1).collect();
    [&b"imagepullsecrets"[..], b"imagepullsecret"].contains(&&letters[..])
}

/// Where a member stands in its map.
#[derive(Clone, Copy)]
struct Place {
    next: Option<usize>,
    is_flow: bool,
}

/// A member that is taken away as a whole; none where it names nothing.
fn member(key: &Node<'_>, value: &Node<'_>, fault: Fault, place: Place) -> Option<Misplaced> {
    let names = names(value);
    let Place { next, is_flow } = place;
    let part = Part::Member { start: key.start, end: value.end.max(key.end), next, is_flow };
    let key_text = key.text()?.to_owned();
    (!names.is_empty()).then_some(Misplaced { line: key.line, key: key_text, fault, names, part })
}

/// What is in the right place, and no list of references.
fn wrong_items(key: &Node<'_>, value: &Node<'_>, place: Place) -> Vec<Misplaced> {
    if !matches!(value.shape, Shape::List { .. }) {
        return member(key, value, Fault::Shape, place).into_iter().collect();
    }
    let wrong = value.children.iter().filter_map(|item| {
        let bare = scalar(item);
        let shown = bare.or_else(|| wrong_name(item))?;
        let name = bare.is_none().then(|| shown.to_owned());
        let is_flow = if item.is_map() { item.is_flow() } else { value.is_flow() };
        Some(Misplaced {
            line: item.line,
            key: FIELD.to_owned(),
            fault: Fault::Shape,
            names: vec![shown.to_owned()],
            part: Part::Name { start: item.start, end: item.end, name, is_flow },
        })
    });
    wrong.collect()
}

/// The Secret that a map names otherwise than by `name`: by another member, or by its
/// only key.
fn wrong_name<'n>(item: &'n Node<'_>) -> Option<&'n str> {
    if item.member("name").is_some() {
        return None;
    }
    let mut members = item.members();
    let (key, value) = members.next()?;
    if members.next().is_some() {
        return None;
    }
    let is_name =
        |key: &str| ["secretname", "secret", "name"].contains(&key.to_ascii_lowercase().as_str());
    match (key.text()?, scalar(value)) {
        (key, Some(name)) if is_name(key) => Some(name),
        (key, None) if value.text().is_some() && !is_name(key) => Some(key),
        _ => None,
    }
}

/// The Secrets that a value names, in whichever shape.
fn names(value: &Node<'_>) -> Vec<String> {
    let of_map = |map: &Node<'_>| {
        let (_, name, _) = map.member("name").or_else(|| map.member("secretName"))?;
        scalar(name).map(str::to_owned)
    };
    let of_item = |item: &Node<'_>| scalar(item).map(str::to_owned).or_else(|| of_map(item));
    match value.shape {
        Shape::List { .. } => value.children.iter().filter_map(of_item).collect(),
        _ => of_item(value).into_iter().collect(),
    }
}

/// The text of a scalar that is neither empty nor null.
fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.text().filter(|text| !is_null(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::edit;

    /// Each as `LINE: MESSAGE (NAMES)`.
    fn found(text: &str) -> Vec<String> {
        let objects = edit::read(text).unwrap().objects;
        let found = objects.iter().flat_map(|object| {
            let shown = |one: &Misplaced| {
                let message = one.message(&object.right_place);
                format!("{}: {message} ({})", one.line, one.names.join(" "))
            };
            object.misplaced.iter().map(shown).collect::<Vec<_>>()
        });
        found.collect()
    }

    #[test]
    fn references_without_effect_are_found_wherever_they_stand() {
        let manifest = indoc::indoc! {"
            kind: Deployment
            imagePullSecrets: [{name: top}]
            metadata: {name: web, imagePullSecrets: [{name: meta}]}
            spec:
              imagePullSecrets:
              - name: spec
              template:
                metadata:
                  imagePullSecret: [{name: inner}]
                imagePullSecrets: [{name: template}]
                spec:
                  imagePullSecrets: [{name: right}]
                  ImagePullSecrets: [{name: case}]
                  image_pull_secrets: underscores
                  initContainers:
                  - {name: first, image: a.io/b, imagePullSecrets: [{name: init}]}
                  containers:
                  - name: app
                    image: a.io/b
                    imagePullSecrets:
                      - secretName: app
                    securityContext:
                      imagePullSecrets: [bare]
                    env: [{name: imagePullSecrets, value: x}]
        "};
        insta::assert_snapshot!(found(manifest).join("\n"), @"
        2: `imagePullSecrets` at the top of the object has no effect: it belongs in spec.template.spec, beside `containers` (top)
        3: `imagePullSecrets` in metadata has no effect: it belongs in spec.template.spec, beside `containers` (meta)
        5: `imagePullSecrets` in spec has no effect: it belongs in spec.template.spec, beside `containers` (spec)
        9: `imagePullSecret` in spec.template.metadata has no effect: it belongs in spec.template.spec, beside `containers` (inner)
        10: `imagePullSecrets` in spec.template has no effect: it belongs in spec.template.spec, beside `containers` (template)
        13: `ImagePullSecrets` has no effect: the field is called `imagePullSecrets` (case)
        14: `image_pull_secrets` has no effect: the field is called `imagePullSecrets` (underscores)
        16: `imagePullSecrets` in container first has no effect: it belongs in spec.template.spec, beside `containers` (init)
        20: `imagePullSecrets` in container app has no effect: it belongs in spec.template.spec, beside `containers` (app)
        23: `imagePullSecrets` in container app has no effect: it belongs in spec.template.spec, beside `containers` (bare)
        ");
    }

    #[test]
    fn what_has_another_shape_is_found() {
        for (list, expected) in [
            (
                "[regcred, {name: good}]",
                "5: the API server refuses this `imagePullSecrets`: it is a list, and each item of it is written `name: SECRET` (regcred)",
            ),
            (
                "regcred",
                "5: the API server refuses this `imagePullSecrets`: it is a list, and each item of it is written `name: SECRET` (regcred)",
            ),
            (
                "{name: regcred}",
                "5: the API server refuses this `imagePullSecrets`: it is a list, and each item of it is written `name: SECRET` (regcred)",
            ),
        ] {
            let text = format!(
                "kind: Pod\nspec:\n  containers:\n  - image: a.io/b\n  imagePullSecrets: {list}\n"
            );
            assert_eq!(found(&text), [expected], "{list}");
            let json = "{\"kind\": \"Other\"}\n{\n\"kind\": \"Pod\",\n\"spec\": {\"containers\": [{\"name\": \"a\",\n\"imagePullSecrets\": [\"x\"]}]}}";
            assert_eq!(
                found(json),
                [
                    "5: `imagePullSecrets` in container a has no effect: it belongs in spec, beside `containers` (x)"
                ]
            );
        }
        assert_eq!(
            found("kind: Pod\nspec: {imagePullSecrets: [], containers: [{imagePullSecrets: }]}\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn of_other_kinds_only_what_is_sure_is_found() {
        let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  imagePullSecrets: [{name: theirs}]\n  template:\n    spec:\n      containers:\n      - {image: a.io/b, name: app, imagePullSecrets: [{name: mine}]}\n";
        assert_eq!(
            found(rollout),
            [
                "8: `imagePullSecrets` in container app has no effect: it belongs in spec.template.spec, beside `containers` (mine)"
            ]
        );
        let account = "kind: ServiceAccount\nmetadata: {name: a, imagePullSecrets: [{name: x}]}\nspec: {imagePullSecrets: [{name: y}]}\nimagePullSecrets: [{name: z}]\nsecrets: [{name: m}]\n";
        assert_eq!(
            found(account),
            [
                "2: `imagePullSecrets` in metadata has no effect: it belongs at the top of the service account (x)",
                "3: `imagePullSecrets` in spec has no effect: it belongs at the top of the service account (y)",
            ]
        );
        assert_eq!(edit::read(account).unwrap().objects[0].mounted, ["m"]);
        for other in [
            "kind: ConfigMap\ndata: {imagePullSecrets: x}\n",
            "kind: Service\nspec: {imagePullSecrets: [{name: x}]}\n",
        ] {
            assert!(found(other).is_empty());
        }
    }
}
