//! Moves references that have no effect to where they have one, before anything else is
//! put into a manifest.

use serde::Deserialize;
use serde_yaml::{Mapping, Value};
use zeroize::Zeroizing;

use super::Manifest;
use crate::error::{Error, Failures};
use crate::kubelet::SecretKind;
use crate::manifest::edit::{self, Edit, Fault, Kind, Object, Stream};
use crate::system::messages::clean;

/// A manifest whose references were moved.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// The manifest as it is now.
    pub(crate) manifest: Manifest,
    /// What was moved, each as a sentence.
    pub(crate) notes: Vec<String>,
}

/// Moves what is misplaced in each manifest; none where nothing is. Pull Secrets that a
/// service account may only mount are referenced too, and stay in that list. `names` are
/// those that are going to be referenced.
///
/// # Errors
/// `ManifestError::NotEditable` where anything but references would change.
pub(crate) fn fix(
    manifests: &[Manifest],
    names: &[String],
) -> Result<Vec<Option<Fixed>>, Failures> {
    let pulled = |name: &str| is_pulled(manifests, names, name);
    manifests.iter().map(|manifest| of_manifest(manifest, pulled)).collect()
}

fn of_manifest(
    manifest: &Manifest,
    pulled: impl Fn(&str) -> bool,
) -> Result<Option<Fixed>, Failures> {
    let mut edits = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut notes = Vec::new();
    let mut failures = Vec::new();
    for object in &manifest.stream.objects {
        let mut moved = Vec::new();
        for misplaced in &object.misplaced {
            match misplaced.removal(&manifest.text) {
                Ok(edit) => edits.push(edit),
                Err(refusal) => failures.push(manifest.not_editable(refusal)),
            }
            moved.extend(misplaced.names.iter().cloned());
            let (line, place) = (misplaced.line, place(object));
            let names = shown(&misplaced.names);
            notes.push(format!(
                "{}:{line}: moved the reference to {names} to {place}",
                manifest.name
            ));
        }
        let mounted: Vec<String> = mounted(object, &pulled).map(str::to_owned).collect();
        if !mounted.is_empty() {
            let (line, account) = (object.line, clean(&object.name));
            let names = shown(&mounted);
            notes.push(format!(
                "{}:{line}: service account {account} references {names} now",
                manifest.name
            ));
        }
        moved.extend(mounted);
        moved.dedup();
        names.push(moved);
    }
    Failures::check(failures)?;
    if notes.is_empty() {
        return Ok(None);
    }
    let text = edit::apply(&manifest.text, edits);
    let without = read(manifest, text)?;
    let references = references(&without, &names)?;
    let text = edit::apply(&without.text, references);
    let fixed = read(manifest, text)?;
    if !is_meant(manifest, &fixed) {
        return Err(manifest.not_meant().into());
    }
    Ok(Some(Fixed { manifest: fixed, notes }))
}

/// Returns whether a Secret of this name is one to pull with: one of those that are
/// referenced, or a pull Secret among the manifests.
pub(super) fn is_pulled(manifests: &[Manifest], names: &[String], name: &str) -> bool {
    let mut objects = manifests.iter().flat_map(|manifest| &manifest.stream.objects);
    names.iter().any(|other| other == name)
        || objects.any(|object| {
            let secret = object.secret.as_ref();
            object.name == name
                && secret.is_some_and(|it| SecretKind::of_type(&it.secret_type).is_some())
        })
}

/// The Secrets that a service account may mount and that are meant to be used to pull.
pub(super) fn mounted(
    object: &Object,
    pulled: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &str> {
    let mounted = object.mounted.iter().map(String::as_str);
    mounted.filter(move |name| {
        let is_referenced = object.pull_secrets.iter().any(|other| other == name);
        object.kind == Kind::ServiceAccount && !is_referenced && pulled(name)
    })
}

fn place(object: &Object) -> &str {
    match object.right_place.as_str() {
        "" => "the top of the service account",
        place => place,
    }
}

fn shown(names: &[String]) -> String {
    names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(" and ")
}

/// The edits that reference these Secrets, one list for each object.
fn references(manifest: &Manifest, names: &[Vec<String>]) -> Result<Vec<Edit>, Failures> {
    let mut edits = Vec::new();
    let mut failures = Vec::new();
    for (object, names) in manifest.stream.objects.iter().zip(names) {
        match Stream::refer(object, names) {
            Ok(edit) => edits.extend(edit),
            Err(refusal) => failures.push(manifest.not_editable(refusal)),
        }
    }
    Failures::check(failures)?;
    Ok(edits)
}

fn read(manifest: &Manifest, text: Zeroizing<String>) -> Result<Manifest, Error> {
    Manifest::read(manifest.name.clone(), text).map_err(|_: Fault| manifest.not_meant())
}

/// Whether nothing but references to pull Secrets differs, and all have an effect.
fn is_meant(before: &Manifest, after: &Manifest) -> bool {
    let objects = (&before.stream.objects, &after.stream.objects);
    let is_right = objects.1.iter().all(|object| object.misplaced.is_empty());
    objects.0.len() == objects.1.len()
        && is_right
        && without_references(&before.text)
            .is_some_and(|before| Some(before) == without_references(&after.text))
}

/// The documents of a text without any reference to pull Secrets, and without maps that
/// hold nothing.
fn without_references(text: &str) -> Option<Vec<Value>> {
    let values = if text.trim_start().starts_with('{') {
        let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.collect::<Result<Vec<Value>, _>>().ok()
    } else {
        None
    };
    let yaml = || {
        let documents = serde_yaml::Deserializer::from_str(text).map(Value::deserialize);
        documents.collect::<Result<Vec<Value>, _>>().ok()
    };
    let mut values = values.or_else(yaml)?;
    values.iter_mut().for_each(strip);
    Some(values)
}

fn strip(value: &mut Value) {
    match value {
        Value::Mapping(map) => {
            map.retain(|key, _| !key.as_str().is_some_and(edit::is_meant_as_reference));
            map.iter_mut().for_each(|(_, value)| strip(value));
            map.retain(|_, value| {
                !value.is_null() && !value.as_mapping().is_some_and(Mapping::is_empty)
            });
        }
        Value::Sequence(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use indoc::indoc;
    use insta::assert_snapshot;

    use super::*;

    /// The text with its references moved, and what is said; or why it cannot be.
    fn fixed(text: &str) -> String {
        let name = "web.yaml".to_owned();
        let manifest = Manifest::read(name, Zeroizing::new(text.to_owned())).unwrap();
        match fix(&[manifest], &["regcred".to_owned()]) {
            Ok(mut fixed) => match fixed.remove(0) {
                Some(Fixed { manifest, notes }) => {
                    format!("{}\n{}", manifest.text.as_str(), notes.join("\n"))
                }
                None => "nothing".to_owned(),
            },
            Err(failures) => {
                failures.errors().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn references_are_moved_and_nothing_else_changes() {
        let text = indoc! {"
                # mine
                kind: Deployment
                metadata:
                  name: web # kept
                  imagePullSecrets: [{name: meta}] # gone with its line
                spec:
                  imagePullSecrets:
                  - name: outer
                  replicas: 2
                  template:
                    spec:
                      containers:
                      - imagePullSecrets:
                        - name: inner
                        name: app
                        image: a.io/b
                      - {name: side, imagePullSecrets: [{name: inner}], image: a.io/c}
            "};
        assert_snapshot!(fixed(text), @"
        # mine
        kind: Deployment
        metadata:
          name: web # kept
        spec:
          replicas: 2
          template:
            spec:
              imagePullSecrets:
              - name: meta
              - name: outer
              - name: inner
              containers:
              - name: app
                image: a.io/b
              - {name: side, image: a.io/c}

        web.yaml:5: moved the reference to meta to spec.template.spec
        web.yaml:7: moved the reference to outer to spec.template.spec
        web.yaml:13: moved the reference to inner to spec.template.spec
        web.yaml:17: moved the reference to inner to spec.template.spec
        ");
    }

    #[test]
    fn references_of_another_shape_are_rewritten() {
        let texts = [
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - regcred\n  - \"other\"\n  containers: [{image: a.io/b}]\n",
            "kind: Pod\nspec:\n  imagePullSecrets: [regcred]\n  containers: [{image: a.io/b}]\n",
            "kind: Pod\nspec:\n  imagePullSecrets:\n  - secretName: regcred\n  - other:\n  - name: good\n  containers: [{image: a.io/b}]\n",
            "kind: Pod\nspec:\n  imagePullSecrets: regcred\n  containers:\n  - image: a.io/b\n",
            "kind: Pod\nspec:\n  imagePullSecret:\n    name: regcred\n  containers:\n  - image: a.io/b\n",
            "{\"kind\": \"Pod\", \"spec\": {\"containers\": [{\"image\": \"a.io/b\", \"imagePullSecrets\": [\"regcred\"]}]}}\n",
            "kind: ServiceAccount\nmetadata: {name: bot}\nsecrets:\n- name: regcred\n- name: bot-token\n",
        ];
        assert_snapshot!(texts.map(fixed).join("\n\n"), @r#"
        kind: Pod
        spec:
          imagePullSecrets:
          - name: regcred
          - name: "other"
          containers: [{image: a.io/b}]

        web.yaml:4: moved the reference to regcred to spec
        web.yaml:5: moved the reference to other to spec

        kind: Pod
        spec:
          imagePullSecrets: [{name: regcred}]
          containers: [{image: a.io/b}]

        web.yaml:3: moved the reference to regcred to spec

        kind: Pod
        spec:
          imagePullSecrets:
          - name: regcred
          - name: other
          - name: good
          containers: [{image: a.io/b}]

        web.yaml:4: moved the reference to regcred to spec
        web.yaml:5: moved the reference to other to spec

        kind: Pod
        spec:
          imagePullSecrets:
          - name: regcred
          containers:
          - image: a.io/b

        web.yaml:3: moved the reference to regcred to spec

        kind: Pod
        spec:
          imagePullSecrets:
          - name: regcred
          containers:
          - image: a.io/b

        web.yaml:3: moved the reference to regcred to spec

        {"kind": "Pod", "spec": {"imagePullSecrets": [{"name": "regcred"}], "containers": [{"image": "a.io/b"}]}}

        web.yaml:1: moved the reference to regcred to spec

        kind: ServiceAccount
        imagePullSecrets:
        - name: regcred
        metadata: {name: bot}
        secrets:
        - name: regcred
        - name: bot-token

        web.yaml:1: service account bot references regcred now
        "#);
    }

    #[test]
    fn what_has_its_effect_is_left_alone() {
        for text in [
            "kind: Pod\nspec:\n  imagePullSecrets: [{name: regcred}]\n  containers: [{image: a.io/b}]\n",
            "kind: ServiceAccount\nmetadata: {name: bot}\nimagePullSecrets: [{name: regcred}]\nsecrets: [{name: regcred}, {name: other}]\n",
            "kind: ConfigMap\ndata: {imagePullSecrets: regcred}\n",
        ] {
            assert_eq!(fixed(text), "nothing", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_moved_alone_is_refused() {
        for text in [
            // Both members stand on one line, and an alias is shared.
            "kind: Pod\nspec:\n  containers:\n  - image: a.io/b\n    ? imagePullSecrets\n    : [{name: x}]\n",
            "kind: Pod\nspec: &s\n  containers: [{image: a.io/b, imagePullSecrets: [{name: x}]}]\n---\nkind: Pod\nspec: &t {<<: {containers: [{image: a.io/b}]}, containers: [{image: a.io/b, imagePullSecret: x}]}\n",
        ] {
            let said = fixed(text);
            assert!(
                said.contains("cannot add imagePullSecrets") || said.contains("references"),
                "{said}"
            );
        }
    }
}
