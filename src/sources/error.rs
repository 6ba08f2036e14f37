//! Why a source could not be asked, or what it holds cannot be read.

use crate::registry::key::{InvalidRegistry, RegistryKey};
use crate::sources::auths::config::ConfigFault;
use crate::sources::auths::entry::EntryFault;
use crate::sources::helper::fault::HelperFault;
use crate::sources::login_store::fault::IndexFault;
use crate::sources::store::fault::StoreFault;
use crate::system::file_error::FileError;

/// A failure of one source. Paths and texts from outside are made safe to show by
/// whoever builds the error; no variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A configuration that docker would not load.
    #[error("{path} {fault}")]
    InvalidConfig {
        /// The file or variable.
        path: String,
        /// What is wrong with it.
        fault: ConfigFault,
    },
    /// The entry that is needed cannot be decoded.
    #[error("the entry {key} in {path} {fault}")]
    InvalidEntry {
        /// Its key.
        key: String,
        /// The file or variable.
        path: String,
        /// What is wrong with it.
        fault: EntryFault,
        /// The registry it stands for.
        registry: RegistryKey,
    },
    /// Several spellings of one registry with different credentials.
    #[error("{path} holds different credentials for {registry} under {}", .keys.join(" and "))]
    AmbiguousEntries {
        /// The file or variable.
        path: String,
        /// The registry.
        registry: RegistryKey,
        /// The spellings.
        keys: Vec<String>,
    },
    /// A credential helper gave no usable answer.
    #[error("docker-credential-{helper}, which {origin} names{}, {fault}", for_registry(.registry.as_ref()))]
    Helper {
        /// Its name after `docker-credential-`.
        helper: String,
        /// The file that names it.
        origin: String,
        /// The registry it was asked for; none when it was to list them.
        registry: Option<RegistryKey>,
        /// What happened.
        fault: HelperFault,
    },
    /// The store in which `login` keeps credentials gave no usable answer.
    #[error("{store}, where `kubectl regcred login` keeps credentials, {fault}{}", about_registry(.registry.as_ref()))]
    LoginStore {
        /// The store's name.
        store: &'static str,
        /// The registry it was asked for; none when it was to list them.
        registry: Option<RegistryKey>,
        /// What happened.
        fault: StoreFault,
    },
    /// `login` keeps nothing for a registry.
    #[error("{store} keeps no credential for {registry}")]
    NotKept {
        /// The registry.
        registry: RegistryKey,
        /// The store's name.
        store: &'static str,
        /// The registries it keeps a credential for.
        kept: Vec<String>,
    },
    /// The list of the registries that `login` keeps a credential for.
    #[error("{path} {fault}")]
    Index {
        /// The file.
        path: String,
        /// What is wrong with it.
        fault: IndexFault,
    },
    /// A question could not be asked.
    #[error("cannot ask on the terminal: {reason}")]
    Prompt {
        /// The system's reason.
        reason: String,
    },
    /// A person answered with a text that is no registry.
    #[error("the answer is not a registry: {reason}")]
    InvalidAnswer {
        /// What is wrong with it.
        reason: InvalidRegistry,
    },
    /// A password would be typed where it shows.
    #[error("--password-stdin reads a pipe or a file, and standard input is a terminal")]
    PasswordOnTerminal,
}

impl SourceError {
    /// Returns whether a helper cannot be asked on this machine at all, so that only a
    /// person can answer.
    pub(crate) fn is_missing_helper(&self) -> bool {
        match self {
            Self::Helper { fault: HelperFault::Store { fault, .. }, .. } => {
                fault.is_absent() || matches!(fault, StoreFault::NoProgram(_))
            }
            Self::Helper { fault, .. } => fault.is_missing(),
            _ => false,
        }
    }
}

fn about_registry(registry: Option<&RegistryKey>) -> String {
    registry.map(|registry| format!(" (asked for {registry})")).unwrap_or_default()
}

fn for_registry(registry: Option<&RegistryKey>) -> String {
    registry.map(|registry| format!(" for {registry}")).unwrap_or_default()
}
