//! Reading files and standard input, with a limit, into memory that is wiped.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Why a file could not be read.
#[derive(Debug)]
pub enum ReadFault {
    /// There is none.
    NotFound,
    /// It holds more than the limit, in bytes.
    TooLarge(u64),
    /// The system's own reason.
    Failed(io::Error),
}

impl From<io::Error> for ReadFault {
    fn from(error: io::Error) -> Self {
        // A file in place of a folder on the way is "not there", as for docker.
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            _ => Self::Failed(error),
        }
    }
}

/// Reads at most `limit` bytes of a file, following links.
///
/// # Errors
/// [`ReadFault`], also where the file is longer than `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let file = File::open(path)?;
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    read_limited(file, expected, limit)
}

/// Reads at most `limit` bytes of standard input.
///
/// # Errors
/// [`ReadFault`], also where there is more than `limit`.
pub fn read_stdin(limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    read_limited(io::stdin().lock(), 0, limit)
}

/// Replaces a file by a new one with its permissions, whole or not at all. A
/// link stays, and what it leads to is replaced.
///
/// # Errors
/// The system's reason; a file that must not be written. The old one is then
/// still there.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = std::fs::canonicalize(path)?;
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// The paths in a folder, sorted.
///
/// # Errors
/// The system's reason.
pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Makes sure that a file, or a folder, is there and can be read. Of what is
/// neither, such as a pipe, nothing is read: it could be read only once.
///
/// # Errors
/// [`ReadFault`].
pub fn check_readable(path: &Path) -> Result<(), ReadFault> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        std::fs::read_dir(path)?;
    } else if metadata.is_file() {
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        File::open(path)?;
    }
    Ok(())
}

/// Whether a path names standard input: `-`, or the system's own names of it.
pub fn is_stdin(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
}

/// Whether others than the owner may write a file, or it belongs to somebody
/// else than this user and root.
#[cfg(unix)]
pub fn is_writable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    let user = rustix::process::geteuid().as_raw();
    let owner = metadata.uid();
    metadata.is_file() && (metadata.mode() & 0o022 != 0 || (owner != user && owner != 0))
}

/// Whether others may write a file: not told from Windows' access lists.
#[cfg(not(unix))]
pub fn is_writable_by_others(_path: &Path) -> bool {
    false
}

fn read_limited(
    reader: impl Read,
    expected: u64,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    // Room for all of it at once: a buffer that grows leaves unwiped copies behind.
    let room = usize::try_from(expected.min(limit)).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadFault::TooLarge(limit)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_up_to_the_limit_is_read_and_more_is_refused() {
        assert_eq!(*read_limited(&b"four"[..], 4, 4).unwrap(), b"four");
        assert!(matches!(read_limited(&b"fives"[..], 4, 4), Err(ReadFault::TooLarge(4))));
        assert!(matches!(read_limited(io::repeat(0), 0, 4), Err(ReadFault::TooLarge(4))));
    }

    #[test]
    fn a_missing_file_is_told_apart_from_an_unreadable_one() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read(&folder.path().join("none"), 10);
        assert!(matches!(missing, Err(ReadFault::NotFound)));
        assert!(matches!(read(folder.path(), 10), Err(ReadFault::Failed(_))));
    }

    #[test]
    fn files_and_folders_are_looked_at_without_being_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(check_readable(folder.path()).is_ok());
        assert!(check_readable(file.path()).is_ok());
        for missing in [folder.path().join("none"), file.path().join("x")] {
            assert!(matches!(check_readable(&missing), Err(ReadFault::NotFound)));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_write_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!is_writable_by_others(file.path()));
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(is_writable_by_others(file.path()));
    }
}
