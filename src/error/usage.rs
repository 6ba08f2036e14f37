//! What a command line cannot ask for.

use crate::registry::key::InvalidRegistry;
use crate::registry::reference::InvalidReference;

/// A command line that asks for what cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// Options that do not fit each other, or one that is missing.
    #[error("{problem}")]
    Invalid {
        /// The fact.
        problem: String,
        /// One thing to change.
        hint: String,
    },
    /// A password on the command line.
    #[error(
        "{flag} is not supported: a password on the command line stays in the shell's history and shows in the process list"
    )]
    PasswordArgument {
        /// The flag, without its value.
        flag: &'static str,
    },
    /// Two options read standard input.
    #[error("standard input cannot be used for both {first} and {second}")]
    StdinTwice {
        /// An option.
        first: &'static str,
        /// Another one, or the same again.
        second: &'static str,
    },
    /// A text that is no registry.
    #[error("{shown} is not a registry: {reason}")]
    InvalidRegistry {
        /// The text, without anything before `@`.
        shown: String,
        /// What is wrong with it.
        reason: InvalidRegistry,
    },
    /// An image that the kubelet would not accept.
    #[error("{shown} is not an image: {reason}")]
    InvalidImage {
        /// The text.
        shown: String,
        /// What is wrong with it.
        reason: InvalidReference,
    },
}
