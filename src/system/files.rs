//! Reading files and standard input, with a limit, into memory that is wiped.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The first room for what says no length, in bytes.
const FIRST_ROOM: usize = 8 * 1024;

/// Why a file could not be read.
#[derive(Debug)]
pub(crate) enum ReadFault {
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

/// What may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Files, and the null device, which stands for an empty one.
    Regular,
    /// Pipes too: `<(helm template ..)` of a shell is one.
    Pipes,
}

/// Reads at most `limit` bytes of a file, following links. What is found by its
/// usual place or by a variable has to be a regular file or the null device: a
/// pipe, a device or a terminal there would be waited for without anybody's wish.
///
/// # Errors
/// [`ReadFault`], also where the file is longer than `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    read_accepted(path, Accepted::Regular, limit)
}

/// Reads at most `limit` bytes of a file that was named on the command line: a
/// pipe too. Nothing may come out of that for 15 seconds, or for 10 minutes
/// where a person is at the terminal to see it and to interrupt.
///
/// # Errors
/// [`ReadFault`], also where the file is longer than `limit`.
pub(crate) fn read_named(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    read_accepted(path, Accepted::Pipes, limit)
}

/// Reads at most `limit` bytes of standard input, waiting as long as its
/// writer takes.
///
/// # Errors
/// [`ReadFault`], also where there is more than `limit`.
pub(crate) fn read_stdin(limit: u64) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        // Past the library's buffer, which is never wiped.
        let stdin = io::stdin().as_fd().try_clone_to_owned()?;
        read_limited(File::from(stdin), 0, limit)
    }
    #[cfg(not(unix))]
    read_limited(io::stdin().lock(), 0, limit)
}

#[cfg(unix)]
fn read_accepted(
    path: &Path,
    accepted: Accepted,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    use rustix::fs::{Mode, OFlags};
    use std::os::unix::fs::FileTypeExt;
    // Looked at before it is opened, too: to open a device may already do something.
    check_kind(&std::fs::metadata(path)?, accepted)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
    let file = File::from(file);
    let metadata = file.metadata()?;
    check_kind(&metadata, accepted)?;
    if metadata.file_type().is_fifo() {
        let timeout = if super::terminal::can_ask() {
            super::process::Timeout::WITH_TERMINAL
        } else {
            super::process::Timeout::ALONE
        };
        let silence = std::time::Duration::from_secs(timeout.seconds());
        return read_limited(pipe::Pipe { file, silence }, 0, limit);
    }
    read_limited(file, metadata.len(), limit)
}

#[cfg(not(unix))]
fn read_accepted(
    path: &Path,
    _accepted: Accepted,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let file = File::open(path)?;
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    read_limited(file, expected, limit)
}

/// Whether a file is of a kind that is read.
#[cfg(unix)]
pub(super) fn check_kind(metadata: &std::fs::Metadata, accepted: Accepted) -> io::Result<()> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let kind = metadata.file_type();
    let is_null = || {
        let null = std::fs::metadata("/dev/null");
        kind.is_char_device() && null.is_ok_and(|null| null.rdev() == metadata.rdev())
    };
    let what = match accepted {
        Accepted::Pipes if kind.is_fifo() => return Ok(()),
        _ if kind.is_file() || is_null() => return Ok(()),
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::other(format!("it is {what}, not a regular file")))
}

#[cfg(unix)]
mod pipe {
    use std::fs::File;
    use std::io::{self, Read};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// A pipe that was opened without waiting for its writer.
    pub(super) struct Pipe {
        pub(super) file: File,
        /// How long nothing may come out of it.
        pub(super) silence: Duration,
    }

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                let limit = Timespec::try_from(self.silence).map_err(io::Error::other)?;
                let ready = poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&limit))?;
                if ready == 0 {
                    let seconds = self.silence.as_secs();
                    let problem =
                        format!("it is a pipe, and nothing came out of it for {seconds} seconds");
                    return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
                }
                match self.file.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return result,
                }
            }
        }
    }
}

/// The paths in a folder, sorted.
///
/// # Errors
/// The system's reason.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
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
pub(crate) fn check_readable(path: &Path) -> Result<(), ReadFault> {
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
pub(crate) fn is_stdin(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
}

/// Whether others than the owner may write a file or make files in a folder, or
/// it belongs to somebody else than this user and root.
#[cfg(unix)]
pub(crate) fn is_writable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    let user = rustix::process::geteuid().as_raw();
    let owner = metadata.uid();
    let is_kept = metadata.is_file() || metadata.is_dir();
    is_kept && (metadata.mode() & 0o022 != 0 || (owner != user && owner != 0))
}

/// Whether others may write a file: not read from Windows' access lists.
#[cfg(not(unix))]
pub(crate) fn is_writable_by_others(_path: &Path) -> bool {
    false
}

/// Reads to the end. A buffer that is too small is copied into a larger one and
/// wiped, which `read_to_end` would not do.
pub(super) fn read_limited(
    mut reader: impl Read,
    expected: u64,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
    // One byte more than expected, to see the end; one more than allowed, to see that.
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let room = usize::try_from(expected).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Zeroizing::new(vec![0; room.max(FIRST_ROOM).min(most)]);
    let mut length = 0;
    loop {
        if length == bytes.len() {
            if length == most {
                return Err(ReadFault::TooLarge(limit));
            }
            let mut larger = Zeroizing::new(vec![0; length.saturating_mul(4).min(most)]);
            larger.iter_mut().zip(bytes.iter()).for_each(|(new, old)| *new = *old);
            bytes = larger;
        }
        match reader.read(bytes.get_mut(length..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Makes a named pipe; rustix cannot on macOS.
#[cfg(all(test, unix))]
pub(super) fn make_pipe(path: &Path) {
    #[expect(clippy::disallowed_methods, reason = "a program of every Unix, for a test")]
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo {}", path.display());
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
    fn input_in_pieces_is_read_whole() {
        struct Pieces(Vec<u8>);
        impl Read for Pieces {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let piece = self.0.len().min(buffer.len()).min(777);
                buffer[..piece].copy_from_slice(&self.0.split_off(self.0.len() - piece));
                Ok(piece)
            }
        }
        for length in [0, 1, 776, 777, 778, FIRST_ROOM - 1, FIRST_ROOM, FIRST_ROOM + 1, 100_000] {
            for expected in [0, length as u64, 2 * length as u64] {
                let read = read_limited(Pieces(vec![7; length]), expected, 100_000).unwrap();
                assert!(read.len() == length && read.iter().all(|byte| *byte == 7), "{length}");
            }
        }
        let more = read_limited(Pieces(vec![7; 100_001]), 100_000, 100_000);
        assert!(matches!(more, Err(ReadFault::TooLarge(100_000))));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_may_be_late_but_not_silent() {
        let silence = std::time::Duration::from_millis(200);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        make_pipe(&path);
        let open = || {
            let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
            File::from(rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).unwrap())
        };
        let silent = |fault| {
            let ReadFault::Failed(error) = fault else { panic!("{fault:?}") };
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert!(error.to_string().starts_with("it is a pipe, and nothing came"), "{error}");
        };
        silent(read_limited(pipe::Pipe { file: open(), silence }, 0, 10).unwrap_err());
        let file = open();
        let mut writer = File::options().write(true).open(&path).unwrap();
        io::Write::write_all(&mut writer, b"half").unwrap();
        silent(read_limited(pipe::Pipe { file, silence }, 0, 10).unwrap_err());
        drop(writer);
        let pipe = pipe::Pipe { file: open(), silence: std::time::Duration::from_secs(60) };
        std::thread::scope(|scope| {
            scope.spawn(|| std::fs::write(&path, "whole").unwrap());
            assert_eq!(*read_limited(pipe, 0, 10).unwrap(), b"whole");
        });
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
