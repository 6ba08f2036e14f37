//! Where the system tells less about files: size, time and bytes are compared.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{WriteFault, Written};
use crate::system::files::{self, ReadFault};

/// A file as it was when it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Original {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

/// Reads at most `limit` bytes of a regular file that is to be changed later.
///
/// # Errors
/// [`ReadFault`].
pub(crate) fn read(path: &Path, limit: u64) -> Result<(Zeroizing<Vec<u8>>, Original), ReadFault> {
    let original = Original::of(path)?;
    let bytes = files::read(&original.path, limit)?;
    Ok((bytes, original))
}

impl Original {
    fn of(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let metadata = fs::metadata(&path)?;
        Ok(Self { path, size: metadata.len(), modified: metadata.modified().ok() })
    }

    /// Whether two paths led to the same file.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// Replaces the file by one with new content and the same permissions, if
    /// it still holds the old content.
    ///
    /// # Errors
    /// [`WriteFault`].
    pub(crate) fn replace(&self, old: &[u8], new: &[u8]) -> Result<Written, WriteFault> {
        let permissions = fs::metadata(&self.path)?.permissions();
        if permissions.readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only").into());
        }
        let folder = self.path.parent().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
        file.write_all(new)?;
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()?;
        let is_same = Self::of(&self.path).is_ok_and(|now| now == *self)
            && files::read(&self.path, self.size).is_ok_and(|now| now.as_slice() == old);
        if !is_same {
            return Err(WriteFault::Changed);
        }
        file.persist(&self.path).map_err(io::Error::from)?;
        Ok(Written::Replaced)
    }
}
