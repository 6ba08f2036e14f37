//! How the index of the registries that `login` keeps fails.

/// The version of the index that this program writes.
pub(super) const VERSION: u64 = 1;

/// Why an index cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// No JSON of the form that this program writes: where it goes wrong.
    #[error("is not an index of kubectl-regcred ({0})")]
    Malformed(String),
    /// Written by a newer version of this program.
    #[error("is of version {0}, and this program knows only {VERSION}")]
    Newer(u64),
    /// Larger than 1 MiB.
    #[error("is larger than 1 MiB")]
    TooLarge,
    /// Another `login` or `logout` did not end in time.
    #[error("is being changed by another login or logout")]
    Busy,
    /// It could not be written: the system's reason.
    #[error("cannot be written: {0}")]
    Unwritable(String),
    /// The same, before a credential was kept: then none is.
    #[error("cannot be written: {0}; the credential was not kept")]
    NotKept(String),
    /// There is no folder for it.
    #[error("cannot be written: this user has no folder for configuration")]
    NoFolder,
}
