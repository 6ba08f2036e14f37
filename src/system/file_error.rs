//! How reading and writing files fails.

/// Why a file could not be read or written. The path is made safe to show by
/// whoever builds the error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file exists and could not be read, or was named and does not exist.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// The file could not be written; its old content is still in place.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// Another program changed the file before it could be written back.
    #[error("{path} changed after it was read, and was not overwritten")]
    Changed {
        /// The file.
        path: String,
    },
}
