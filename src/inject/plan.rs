//! Which object needs which credentials, and where they are put.

use std::collections::{BTreeMap, BTreeSet};

use super::fix;
use super::{Edits, Images, Injected, Manifest, Request, SecretDocument, ServiceAccounts};
use crate::error::{Error, Failures};
use crate::kubelet::prove;
use crate::manifest::documents::Document;
use crate::manifest::edit::{Kind, Object, Refusal, Stream};
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::{Credentials, Payload};
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;

/// The keys in `auths` that the kubelet would try for each image, by its spelling.
type KeysOfImages<'i> = BTreeMap<&'i str, BTreeSet<String>>;

/// What an object of the manifests needs.
struct ObjectNeed<'m> {
    /// The place of its manifest among all of them.
    manifest: usize,
    object: &'m Object,
    /// The keys in `auths`; none where the object is not changed.
    keys: BTreeSet<String>,
}

/// What the objects of a namespace need.
#[derive(Default)]
struct NamespaceNeed {
    /// The keys in `auths`.
    keys: BTreeSet<String>,
    /// The first document that needs one of them: its manifest, and its place there.
    first: Option<(usize, usize)>,
}

/// By namespace; none where an object names none.
type NamespaceNeeds<'m> = BTreeMap<Option<&'m str>, NamespaceNeed>;

/// What is put where.
pub(super) struct Plan<'m> {
    manifests: &'m [Manifest],
    images: &'m Images,
    request: &'m Request,
    needs: Vec<ObjectNeed<'m>>,
}

impl<'m> Plan<'m> {
    /// Finds out which object needs which of these keys.
    ///
    /// # Errors
    /// `ManifestError::NoMatch`.
    pub(super) fn new(
        manifests: &'m [Manifest],
        images: &'m Images,
        keys: &BTreeSet<String>,
        request: &'m Request,
    ) -> Result<Self, Error> {
        let keys_of_images = keys_of_images(&images.references, keys)?;
        let mut needs = Vec::new();
        for (index, manifest) in manifests.iter().enumerate() {
            for object in &manifest.stream.objects {
                let keys = keys_of_object(object, &keys_of_images);
                needs.push(ObjectNeed { manifest: index, object, keys });
            }
        }
        let mut plan = Self { manifests, images, request, needs };
        plan.add_service_accounts(keys);
        Ok(plan)
    }

    /// Lets service accounts need what their Pods need.
    fn add_service_accounts(&mut self, keys: &BTreeSet<String>) {
        let of_namespaces = match self.request.service_accounts {
            ServiceAccounts::Kept => return,
            ServiceAccounts::Referring => Some(self.of_namespaces()),
            ServiceAccounts::AllReferring => None,
        };
        let keys_in = |namespace: Option<&str>| match &of_namespaces {
            Some(needs) => needs.get(&namespace).map(|need| need.keys.clone()).unwrap_or_default(),
            None => keys.clone(),
        };
        for need in &mut self.needs {
            if need.object.kind == Kind::ServiceAccount {
                need.keys = keys_in(self.request.namespace_of(need.object));
            }
        }
    }

    fn of_namespaces(&self) -> NamespaceNeeds<'m> {
        let mut needs = NamespaceNeeds::new();
        for ObjectNeed { manifest, object, keys } in &self.needs {
            if !keys.is_empty() {
                let need = needs.entry(self.request.namespace_of(object)).or_default();
                need.keys.extend(keys.iter().cloned());
                need.first.get_or_insert((*manifest, object.document));
            }
        }
        needs
    }

    /// Returns which objects are of kinds that are left alone.
    pub(super) fn details(&self) -> Vec<String> {
        let mut details = Vec::new();
        for ObjectNeed { manifest, object, .. } in &self.needs {
            if let (Kind::Other(kind), Some(manifest)) =
                (&object.kind, self.manifests.get(*manifest))
            {
                let (kind, name) = (clean(kind), clean(&object.name));
                details.push(format!("{}: {kind} {name} is not changed", manifest.name));
            }
        }
        details
    }

    /// Tells which references have no effect, and stay.
    pub(super) fn note_misplaced(&self, injected: &mut Injected) {
        let pulled = |name: &str| fix::is_pulled(self.manifests, &self.request.names, name);
        for ObjectNeed { manifest, object, .. } in &self.needs {
            let Some(manifest) = self.manifests.get(*manifest) else { continue };
            for misplaced in &object.misplaced {
                let message = misplaced.message(&object.right_place);
                let (file, line) = (&manifest.name, misplaced.line);
                let verb = if misplaced.is_of_shape() { "rewrites" } else { "moves" };
                injected.notes.push(format!("{file}:{line}: {message}; --fix {verb} it"));
            }
            for name in fix::mounted(object, pulled) {
                let message = format!(
                    "{} under `secrets` of service account {} is mounted, not used to pull",
                    clean(name),
                    clean(&object.name)
                );
                let (file, line) = (&manifest.name, object.line);
                injected.notes.push(format!("{file}:{line}: {message}; --fix references it"));
            }
        }
    }

    /// Puts the Secret of each namespace before the first document that needs it.
    ///
    /// # Errors
    /// `ManifestError::NotEditable`; credentials that the kubelet could not use.
    pub(super) fn add_secrets(
        &self,
        credentials: &Credentials<'_>,
        edits: &mut Edits,
        injected: &mut Injected,
    ) -> Result<(), Error> {
        for (namespace, need) in self.of_namespaces() {
            let secret = self.secret(namespace, &need, credentials)?;
            let mut is_held = false;
            for (index, manifest) in self.manifests.iter().enumerate() {
                let Some(object) = self.held(manifest, secret.metadata()) else { continue };
                is_held = true;
                self.keep_or_replace((index, manifest), object, &secret, edits, injected)?;
            }
            if !is_held || self.request.secret == SecretDocument::Refreshed {
                injected.used.extend(need.keys);
            }
            if let (false, Some((index, document))) = (is_held, need.first)
                && let Some(manifest) = self.manifests.get(index)
            {
                edits.add(index, manifest.stream.put_before(document, &secret)?);
            }
        }
        Ok(())
    }

    /// Keeps a Secret that the manifests hold already, or replaces it.
    fn keep_or_replace(
        &self,
        (index, manifest): (usize, &Manifest),
        object: &Object,
        secret: &Document,
        edits: &mut Edits,
        injected: &mut Injected,
    ) -> Result<(), Error> {
        if self.request.secret != SecretDocument::Refreshed {
            let (name, path) = (secret.metadata().name(), &manifest.name);
            injected.notes.push(format!(
                "the Secret {name} in {path} is kept as it is: --refresh replaces it"
            ));
            return Ok(());
        }
        let replaced = manifest.stream.replace(&manifest.text, object, secret)?;
        let reason = "the Secret shares its document with something else";
        let refusal = || manifest.not_editable(Refusal { line: object.line, reason });
        edits.add(index, replaced.ok_or_else(refusal)?);
        Ok(())
    }

    /// Returns the Secret of a namespace.
    fn secret(
        &self,
        namespace: Option<&str>,
        need: &NamespaceNeed,
        credentials: &Credentials<'_>,
    ) -> Result<Document, Error> {
        let mut metadata = Metadata::new("Secret name", &self.request.secret_name)?;
        if let Some(namespace) = namespace {
            metadata = metadata.in_namespace(namespace)?;
        }
        let mut needed = credentials.clone();
        needed.retain(|key, _| need.keys.contains(&key.auths_key()));
        let keys_of_images = keys_of_images(&self.images.references, &need.keys)?;
        let served = self.images.references.iter().filter(|(image, _)| {
            keys_of_images.get(image.as_str()).is_some_and(|keys| !keys.is_empty())
        });
        let served = served.map(|(_, reference)| reference.clone()).collect();
        Ok(Payload::new(&needed, served, None)?.pull_secret(metadata)?)
    }

    /// Returns the Secret of this name and namespace that a manifest holds.
    fn held(&self, manifest: &'m Manifest, metadata: &Metadata) -> Option<&'m Object> {
        manifest.stream.objects.iter().find(|object| {
            object.kind == Kind::Secret
                && object.name == metadata.name()
                && self.request.namespace_of(object) == metadata.namespace()
        })
    }

    /// Lets each object that needs a credential refer to the pull Secrets.
    ///
    /// # Errors
    /// `ManifestError::NotEditable` for each object that cannot be edited.
    pub(super) fn add_references(
        &self,
        edits: &mut Edits,
        injected: &mut Injected,
    ) -> Result<(), Failures> {
        let mut failures = Vec::new();
        for ObjectNeed { manifest: index, object, keys } in &self.needs {
            let Some(manifest) = self.manifests.get(*index).filter(|_| !keys.is_empty()) else {
                continue;
            };
            match Stream::refer(object, &self.request.names) {
                Ok(Some(edit)) => {
                    injected.added += 1;
                    edits.add(*index, edit);
                }
                Ok(None) => injected.unchanged += 1,
                Err(refusal) => failures.push(manifest.not_editable(refusal)),
            }
        }
        Failures::check(failures)
    }
}

fn keys_of_object(object: &Object, keys_of_images: &KeysOfImages<'_>) -> BTreeSet<String> {
    let keys = object.images.iter().filter_map(|image| keys_of_images.get(image.as_str()));
    keys.flatten().cloned().collect()
}

/// Returns the keys that the kubelet would try for each image.
fn keys_of_images<'i>(
    images: &'i BTreeMap<String, ImageReference>,
    keys: &BTreeSet<String>,
) -> Result<KeysOfImages<'i>, Error> {
    let entries: BTreeMap<&String, serde_json::Value> =
        keys.iter().map(|key| (key, serde_json::json!({}))).collect();
    let value = serde_json::json!({"auths": entries}).to_string();
    let keyring = prove::keyring(&value)?;
    let tried = images.iter().map(|(image, reference)| {
        let candidates = keyring.lookup(&reference.repository()).candidates;
        (image.as_str(), candidates.into_iter().map(|candidate| candidate.key).collect())
    });
    Ok(tried.collect())
}
