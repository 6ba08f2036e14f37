//! Where credentials come from. A source answers found, not found, or fails
//! with the reason why it could not look; these three are never confused.
//!
//! Sources know nothing of Kubernetes.

pub(crate) mod auths;
pub(crate) mod cause;
pub mod docker;
pub(crate) mod error;
pub mod helper;
pub(crate) mod login_store;
mod near;
pub mod podman;
pub(crate) mod prompt;
pub(crate) mod search;
pub mod store;

use crate::registry::credential::Login;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;

/// Where credentials may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What `login` keeps in the OS keyring.
    Keyring,
    /// Docker's configuration with its helpers and stores.
    Docker,
    /// The auth.json files of podman, skopeo and buildah.
    Podman,
    /// The terminal, or a pipe in its place.
    Prompt,
}

/// A registry for which a credential is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CredentialQuery {
    /// The key to write if the whole registry's credential is found.
    pub key: RegistryKey,
    /// The path of the image that needs it; a credential of a path may then serve.
    pub image_path: Option<String>,
}

impl CredentialQuery {
    /// A registry, or a path in it, that was named.
    pub fn registry(key: RegistryKey) -> Self {
        Self { key, image_path: None }
    }

    /// The registry of an image.
    pub fn image(image: &ImageReference) -> Self {
        Self { key: RegistryKey::of_image(image), image_path: Some(image.path().to_owned()) }
    }

    /// The path for which a credential of a path may serve.
    fn path(&self) -> &str {
        self.image_path.as_deref().unwrap_or(self.key.path())
    }
}

/// A credential as a source holds it.
#[derive(Debug)]
pub struct FoundCredential {
    /// The key to write.
    pub key: RegistryKey,
    /// As it stands in the source.
    pub login: Login,
    /// The source that holds it.
    pub source: Source,
    /// Where it is from, for messages.
    pub origin: String,
    /// What is odd about it.
    pub notes: Vec<String>,
}

/// What a search came to.
#[derive(Debug)]
pub enum Lookup {
    /// A credential.
    Found(FoundCredential),
    /// None, and nothing went wrong.
    NotFound {
        /// Where it was looked for, and what was there instead.
        searched: Vec<String>,
        /// What would help, if anything special does.
        remedy: Option<Remedy>,
    },
}

/// What would help where no source has a credential. How a person does it is said
/// by the room `error`, which knows the options of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A login that this program keeps.
    LogIn(RegistryKey),
    /// A login at Docker Hub with a personal access token.
    AccessToken,
    /// The entry of a file, although a helper is named.
    UseEntry,
    /// Another registry, which was probably meant.
    UseRegistry(RegistryKey),
    /// Another source: the only one that was asked has entries for these alone.
    UseOneOf(Vec<RegistryKey>),
    /// A password that is piped: the helper that is configured cannot be asked.
    PipePassword(RegistryKey),
}
