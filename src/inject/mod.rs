//! Existing manifests with the pull Secret that their images need: which object
//! needs which credentials, what is edited, and whether the result is what was
//! meant. Nothing outside is touched.

mod fix;
mod plan;
mod result;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use crate::error::{Error, Failures};
use crate::manifest::edit::{self, Edit, Fault, Object, Refusal, Stream};
use crate::manifest::error::ManifestError;
use crate::manifest::payload::Credentials;
use crate::registry::key::RegistryKey;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::system::messages::clean;
pub(crate) use fix::fix;
use plan::Plan;
pub(crate) use result::join;

/// What is put into the manifests.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The name of the Secret that is written.
    pub(crate) secret_name: String,
    /// The names of the Secrets that are referred to; never empty.
    pub(crate) names: Vec<String>,
    /// What becomes of the Secret.
    pub(crate) secret: SecretDocument,
    /// What becomes of service accounts.
    pub(crate) service_accounts: ServiceAccounts,
    /// What becomes of references that have no effect.
    pub(crate) misplaced: Misplaced,
    /// The namespace of objects that name none; their Secret names none either
    /// where this is none.
    pub(crate) namespace: Option<String>,
}

impl Request {
    /// Returns the namespace that an object will be in, as far as it is known.
    fn namespace_of<'a>(&'a self, object: &'a Object) -> Option<&'a str> {
        object.namespace.as_deref().or(self.namespace.as_deref())
    }
}

/// What becomes of the Secret among manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretDocument {
    /// It is written where the manifests do not hold it already.
    Added,
    /// It is written in place of the one that the manifests hold.
    Refreshed,
    /// None is written.
    Omitted,
}

/// What becomes of service accounts among manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceAccounts {
    /// They stay as they are.
    Kept,
    /// They refer to the Secret that workloads of their namespace need.
    Referring,
    /// They refer to the Secret, whatever the images are.
    AllReferring,
}

/// What becomes of references that have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// They stay as they are, and are told.
    Kept,
    /// They are moved to where they have an effect.
    Moved,
}

/// A manifest as it was read.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// What the file is called in messages.
    pub(crate) name: String,
    /// The whole text; may hold a credential.
    pub(crate) text: Zeroizing<String>,
    /// The objects of the text.
    pub(crate) stream: Stream,
}

impl Manifest {
    /// Reads the objects of a text.
    ///
    /// # Errors
    /// [`Fault`] where the text is no manifest.
    pub(crate) fn read(name: String, text: Zeroizing<String>) -> Result<Self, Fault> {
        let stream = edit::read(&text)?;
        Ok(Self { name, text, stream })
    }

    /// The error of an edit whose result is not what was meant.
    fn not_meant(&self) -> Error {
        self.not_editable(Refusal { line: 1, reason: "the result would not be what was meant" })
    }

    fn not_editable(&self, Refusal { line, reason }: Refusal) -> Error {
        ManifestError::NotEditable { path: self.name.clone(), line, reason }.into()
    }
}

/// The images of manifests.
#[derive(Debug, Default)]
pub(crate) struct Images {
    /// By their spellings.
    pub(crate) references: BTreeMap<String, ImageReference>,
    /// Why the other images are left alone.
    pub(crate) warnings: Vec<String>,
}

impl Images {
    /// Returns each image that the kubelet could pull.
    pub(crate) fn of(manifests: &[Manifest]) -> Self {
        let spellings: BTreeSet<&String> = manifests
            .iter()
            .flat_map(|manifest| &manifest.stream.objects)
            .flat_map(|object| &object.images)
            .collect();
        let mut images = Self::default();
        for spelling in spellings {
            match ImageReference::parse(spelling) {
                Ok(reference) => {
                    images.references.insert(spelling.clone(), reference);
                }
                Err(reason) => {
                    let shown = clean(without_user_info(spelling));
                    images.warnings.push(format!("{shown} is not changed: {reason}"));
                }
            }
        }
        images
    }
}

impl Images {
    /// Returns the keys in `auths` of the registries that the images come from.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.references.values().map(|image| RegistryKey::of_image(image).auths_key()).collect()
    }
}

/// Manifests after the edit.
#[derive(Debug)]
pub(crate) struct Injected {
    /// The new text of each manifest; none where nothing changed.
    pub(crate) texts: Vec<Option<Zeroizing<String>>>,
    /// How many objects were given a reference.
    pub(crate) added: usize,
    /// How many objects had every reference already.
    pub(crate) unchanged: usize,
    /// The keys in `auths` of the credentials that were written.
    pub(crate) used: BTreeSet<String>,
    /// Notes for the person.
    pub(crate) notes: Vec<String>,
    /// Details for `-v`.
    pub(crate) details: Vec<String>,
}

/// Puts references to the pull Secret, and the Secret itself, into manifests.
/// `keys` are those that are known in `auths`; `credentials` are what is written,
/// if anything is.
///
/// # Errors
/// `ManifestError::NotEditable` for each place that cannot be edited; credentials that
/// the kubelet could not use.
pub(crate) fn inject(
    manifests: &[Manifest],
    images: &Images,
    keys: &BTreeSet<String>,
    credentials: Option<&Credentials<'_>>,
    request: &Request,
) -> Result<Injected, Failures> {
    let plan = Plan::new(manifests, images, keys, request)?;
    let mut edits = Edits::new(manifests.len());
    let mut injected = Injected {
        texts: Vec::new(),
        added: 0,
        unchanged: 0,
        used: BTreeSet::new(),
        notes: Vec::new(),
        details: plan.details(),
    };
    plan.note_misplaced(&mut injected);
    if let Some(credentials) = credentials {
        plan.add_secrets(credentials, &mut edits, &mut injected)?;
    }
    plan.add_references(&mut edits, &mut injected)?;
    for (manifest, edits) in manifests.iter().zip(edits.0) {
        injected.texts.push(result::edited(manifest, edits, &request.names)?);
    }
    Ok(injected)
}

/// The changes of each manifest.
struct Edits(Vec<Vec<Edit>>);

impl Edits {
    fn new(manifests: usize) -> Self {
        Self((0..manifests).map(|_| Vec::new()).collect())
    }

    fn add(&mut self, manifest: usize, edit: Edit) {
        if let Some(edits) = self.0.get_mut(manifest) {
            edits.push(edit);
        }
    }
}
