//! Files that are for this user alone: written whole or not at all, and one
//! writer at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long another writer is waited for.
const LOCK_LIMIT: Duration = Duration::from_secs(15);

const TICK: Duration = Duration::from_millis(20);

/// Keeps other writers out as long as it lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing it gives the lock back")] File);

/// Waits until no other writer has the lock, which is a file of its own; makes
/// its folder where there is none.
///
/// # Errors
/// The system's reason; [`io::ErrorKind::TimedOut`] after 15 seconds.
pub fn lock(path: &Path) -> io::Result<Lock> {
    make_folder(path)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() > LOCK_LIMIT => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(TryLockError::WouldBlock) => thread::sleep(TICK),
        }
    }
}

/// Replaces a file by a new one that only this user may read: a temporary file
/// beside it, then a rename. Makes its folder where there is none.
///
/// # Errors
/// The system's reason; the file is then as it was.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = make_folder(path)?;
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn make_folder(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/file.json");
        for content in ["a longer one", "short"] {
            replace(&path, content.as_bytes()).unwrap();
            let read = crate::system::files::read(&path, 100).unwrap();
            assert_eq!(*read, content.as_bytes());
        }
        assert_eq!(fs::read_dir(folder.path().join("made")).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn a_second_writer_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/lock");
        let first = lock(&path).unwrap();
        let (sender, events) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            let second = sender.clone();
            let path = &path;
            scope.spawn(move || {
                let _lock = lock(path).unwrap();
                second.send("second").unwrap();
            });
            sender.send("first").unwrap();
            drop(first);
        });
        drop(sender);
        assert_eq!(events.iter().collect::<Vec<_>>(), ["first", "second"]);
    }
}
