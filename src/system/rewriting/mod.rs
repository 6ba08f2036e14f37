//! Changing a file that was read before, so that nothing is lost: neither what
//! another program wrote into it meanwhile, nor its owner, its permissions, its
//! extended attributes (access lists and security labels are such) and its
//! other names.

#[cfg(not(unix))]
mod portable;
#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod unix;

use std::fmt;
use std::io;

#[cfg(not(unix))]
pub(crate) use portable::{Original, read};
#[cfg(unix)]
pub(crate) use unix::{Original, read};

/// How a file was changed.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only on Unix a file is overwritten in place"))]
pub(crate) enum Written {
    /// A new file took its place: whole or not at all.
    Replaced,
    /// Its bytes were overwritten, since a new file could not be like it.
    InPlace(Reason),
}

/// Why no new file can take the place of a file.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only on Unix a file is overwritten in place"))]
pub(crate) enum Reason {
    /// It has so many names; the others would keep the old content.
    HardLinks(u64),
    /// A new file would belong to another user or group.
    Owner,
    /// A new file would have other permissions.
    Permissions,
    /// A new file would lack this extended attribute, or have it in addition.
    Attribute(String),
    /// No file can be made or renamed in its folder.
    Folder,
    /// It is a mount of its own, as a single file in a container often is.
    MountPoint,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HardLinks(count) => write!(formatter, "it has {count} hard links"),
            Self::Owner => formatter.write_str("a new file cannot be given its owner"),
            Self::Permissions => formatter.write_str("a new file cannot be given its permissions"),
            Self::Attribute(name) => {
                write!(formatter, "a new file cannot be given its extended attribute {name}")
            }
            Self::Folder => formatter.write_str("its folder cannot be written"),
            Self::MountPoint => formatter.write_str("it is a mount point"),
        }
    }
}

/// Why a file was not changed.
#[derive(Debug)]
pub(crate) enum WriteFault {
    /// It is no longer what was read: another program wrote, replaced or removed it.
    Changed,
    /// The system's own reason; the file is as it was.
    Failed(io::Error),
}

impl From<io::Error> for WriteFault {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}
