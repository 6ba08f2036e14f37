//! Files that are for this user alone: written whole or not at all, and one
//! writer at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::interrupt;

/// How long another writer is waited for.
const LOCK_LIMIT: Duration = Duration::from_secs(15);

const TICK: Duration = Duration::from_millis(20);

/// Keeps other writers out as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "closing it gives the lock back")] File);

/// Waits until no other writer has the lock, which is a file of its own; makes
/// its folder where there is none.
///
/// # Errors
/// The system's reason; [`io::ErrorKind::TimedOut`] after 15 seconds.
pub(crate) fn lock(path: &Path) -> io::Result<Lock> {
    make_folder(path)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A pipe in its place is not waited for.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        options.mode(0o600).custom_flags(flags);
    }
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
/// beside it, then a rename. Makes its folder where there is none. A link stays
/// one, as managers of configuration files make it, and what it leads to is
/// replaced; both have to belong to this user or to root.
///
/// # Errors
/// The system's reason; the file is then as it was.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    make_folder(path)?;
    let target = target(path)?;
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut noted = None;
    let mut file = tempfile::Builder::new().prefix(".new-").make_in(folder, |path| {
        noted = Some(interrupt::temporary_file(path.to_owned()));
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.create_new(true).write(true).open(path)
    })?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

/// Removes a file; where there is none that is done already.
///
/// # Errors
/// The system's reason.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What is to be replaced: the file itself, or what a link leads to.
fn target(path: &Path) -> io::Result<PathBuf> {
    let link = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => metadata,
        _ => return Ok(path.to_owned()),
    };
    let target = fs::canonicalize(path).map_err(|error| {
        io::Error::new(error.kind(), format!("it is a link that leads to no file: {error}"))
    })?;
    let file = fs::metadata(&target)?;
    if !file.is_file() {
        return Err(io::Error::other("it is a link to something that is not a file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let trusted = [0, rustix::process::geteuid().as_raw()];
        if !trusted.contains(&link.uid()) || !trusted.contains(&file.uid()) {
            let problem = "it is a link that another user made, or leads to another user's file";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
    }
    #[cfg(not(unix))]
    drop(link);
    Ok(target)
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("made/file"), folder.path().join("dotfiles/file"));
        for path in [&path, &target] {
            fs::create_dir(path.parent().unwrap()).unwrap();
        }
        std::os::unix::fs::symlink(&target, &path).unwrap();
        let dangling = replace(&path, b"new").unwrap_err().to_string();
        assert!(dangling.starts_with("it is a link that leads to no file: "), "{dangling}");
        fs::write(&target, "old").unwrap();
        replace(&path, b"new").unwrap();
        assert!(path.is_symlink());
        assert_eq!(*crate::system::files::read(&target, 100).unwrap(), b"new");
        fs::remove_file(&target).unwrap();
        fs::create_dir(&target).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read_dir(folder.path().join("made")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_place_of_the_lock_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        crate::system::files::make_pipe(&path);
        assert!(lock(&path).is_err());
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
