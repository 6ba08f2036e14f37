//! Why there is no credential to write.

use std::fmt;

use crate::registry::credential::Refusal;
use crate::registry::key::RegistryKey;
use crate::sources::Remedy;

/// A credential that is missing, not chosen, or of no use in a pull Secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialError {
    /// No source has a credential for a registry.
    #[error("no credential for {registry}")]
    NotFound {
        /// The registry.
        registry: RegistryKey,
        /// Where it was searched for, and what was there instead.
        searched: Vec<String>,
        /// What would help, where something better than `docker login` does.
        remedy: Option<Remedy>,
    },
    /// No source has any credential.
    #[error("no credential for any registry")]
    NothingKnown {
        /// Where it was searched for.
        searched: Vec<String>,
        /// What would help.
        remedy: FirstLogin,
    },
    /// Several registries are known and none was named.
    #[error("found credentials for {} registries, and none was named", .known.len())]
    ChooseRegistry {
        /// The registries, sorted.
        known: Vec<KnownRegistry>,
    },
    /// A credential was found, but the kubelet could not use it.
    #[error(
        "the credential for {registry} from {origin} cannot be used in a pull Secret: {refusal}"
    )]
    Unusable {
        /// The registry.
        registry: RegistryKey,
        /// Where it is from.
        origin: String,
        /// Why.
        refusal: Refusal,
    },
}

/// What a person can do where no source has any credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstLogin {
    /// Log in with docker.
    Docker,
    /// Log in with docker, or pipe a password.
    DockerOrPipe,
    /// Read another file than the one that was named, or none.
    AnotherFile,
}

/// A registry with a known credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownRegistry {
    /// The registry.
    pub key: RegistryKey,
    /// Where its credential is from.
    pub origin: String,
}

impl fmt::Display for KnownRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, from {}", self.key, self.origin)
    }
}
