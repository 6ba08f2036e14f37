//! Registries that no source has a credential for: their images may be public, or a
//! person knows the password.

use std::collections::BTreeSet;

use super::{Chosen, add, typed};
use crate::error::{CredentialError, Error};
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::sources::{CredentialQuery, Remedy};
use crate::system::messages::{self, clean};

/// A registry that no source has a credential for.
pub(super) struct Missing {
    pub(super) wanted: CredentialQuery,
    pub(super) searched: Vec<String>,
    pub(super) remedy: Option<Remedy>,
}

impl Missing {
    /// Says where was looked.
    pub(super) fn report(&self) {
        for place in &self.searched {
            messages::line(&format!("{}: {place}", self.wanted.key));
        }
    }

    /// Returns the error of a credential that is needed.
    pub(super) fn into_error(self) -> Error {
        let Self { wanted, searched, remedy } = self;
        Error::from(CredentialError::NotFound { registry: wanted.key, searched, remedy })
    }
}

/// Takes the images of registries without a credential for public; returns the
/// registries that were named themselves.
pub(super) fn take_for_public(
    missing: Vec<Missing>,
    images: &[ImageReference],
    chosen: &mut Chosen,
) -> Vec<Missing> {
    let (of_images, named): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|one| one.wanted.image_path.is_some());
    for one in of_images {
        note_public(&one.wanted.key, images, chosen);
    }
    named
}

/// Notes the images of a registry that no credential was found for.
fn note_public(registry: &RegistryKey, images: &[ImageReference], chosen: &mut Chosen) {
    let is_covered = |image: &ImageReference| {
        let mut entries = chosen.entries.values();
        entries.any(|entry| entry.key.covers(registry.registry(), image.path()))
    };
    let of_registry = images.iter().filter(|image| RegistryKey::of_image(image) == *registry);
    let uncovered = of_registry.filter(|image| !is_covered(image));
    let names: BTreeSet<String> = uncovered.map(ImageReference::repository).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let shown: Vec<String> = names.iter().map(|name| clean(name)).collect();
    let shown = shown.join(", ");
    if names.iter().any(|name| !chosen.public.contains(name)) {
        messages::note(&format!(
            "no credential for {registry}: assuming that {shown} {verb} public"
        ));
    }
    chosen.public.extend(names);
}

/// Asks for the credential of each registry; a registry whose images are public needs
/// none. One at least is needed.
pub(super) fn ask_for_some(
    missing: Vec<Missing>,
    images: &[ImageReference],
    chosen: &mut Chosen,
) -> Result<(), Error> {
    let mut public = Vec::new();
    for one in missing {
        one.report();
        match typed::ask_unless_public(&one.wanted.key)? {
            Some(found) => add(chosen, found)?,
            None => public.push(one),
        }
    }
    if chosen.entries.is_empty() {
        chosen.failures.extend(public.into_iter().map(Missing::into_error));
    } else {
        take_for_public(public, images, chosen);
    }
    Ok(())
}
