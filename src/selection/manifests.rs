//! Manifests that were named: files, folders, standard input.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::manifest::edit::Fault;
use crate::manifest::error::ManifestError;
use crate::manifest::images;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};
use crate::system::messages::clean;
use crate::system::rewriting::{self, Original};

/// Largest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 64 * 1024 * 1024;

/// Endings of manifests in a folder, as for `kubectl apply -f FOLDER`.
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

/// The images that these manifests name, in their order.
///
/// # Errors
/// [`FileError::Unreadable`], [`ManifestError::Invalid`].
pub(crate) fn images(paths: &[PathBuf], recursive: bool) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for (file, text) in read_all(paths, recursive)? {
        let text = text.trim_start_matches('\u{feff}');
        let images = images::find(text).map_err(|reason| {
            Error::from(ManifestError::Invalid { path: shown(&file), reason: reason.to_string() })
        })?;
        found.extend(images);
    }
    Ok(found)
}

/// These files, and the manifests in these folders, each with its text.
///
/// # Errors
/// [`FileError::Unreadable`].
pub(crate) fn read_all(
    paths: &[PathBuf],
    recursive: bool,
) -> Result<Vec<(PathBuf, Zeroizing<String>)>, Error> {
    let mut found = Vec::new();
    for path in paths {
        for file in files_of(path, recursive)? {
            // A pipe is read where it was named, and not where it lies in a folder.
            let text = if file == *path { read(&file)? } else { read_found(&file)? };
            found.push((file, text));
        }
    }
    Ok(found)
}

/// A text that is no manifest.
pub(crate) fn unparsable(path: &Path, fault: &Fault) -> Error {
    let path = shown(path);
    match fault {
        Fault::Template { line } => Error::from(ManifestError::Template { path, line: *line }),
        fault => Error::from(ManifestError::Invalid { path, reason: fault.to_string() }),
    }
}

/// The file itself, or the manifests in the folder, sorted.
fn files_of(path: &Path, recursive: bool) -> Result<Vec<PathBuf>, Error> {
    if files::is_stdin(path) || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = files::list(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let mut found = Vec::new();
    for entry in entries {
        let is_manifest = entry.extension().is_some_and(|end| ENDINGS.iter().any(|e| end == *e));
        // A link to a folder is not followed: it may lead back.
        if entry.is_dir() && !entry.is_symlink() {
            if recursive {
                found.extend(files_of(&entry, recursive)?);
            }
        } else if is_manifest {
            found.push(entry);
        }
    }
    Ok(found)
}

/// The text of a file that was named or of standard input; it may hold a Secret.
///
/// # Errors
/// [`FileError::Unreadable`].
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, Error> {
    let bytes = if files::is_stdin(path) {
        files::read_stdin(MAX_MANIFEST_BYTES)
    } else {
        files::read_named(path, MAX_MANIFEST_BYTES)
    };
    text(path, bytes.map_err(|fault| not_read(path, fault))?)
}

/// The text of a file of a folder.
fn read_found(path: &Path) -> Result<Zeroizing<String>, Error> {
    let bytes = files::read(path, MAX_MANIFEST_BYTES).map_err(|fault| not_read(path, fault))?;
    text(path, bytes)
}

/// Reads files and the manifests in folders that are to be changed, each once,
/// whatever it is called; with what says later whether they are still the same.
///
/// # Errors
/// [`FileError::Unreadable`].
pub(crate) fn read_to_change(
    paths: &[PathBuf],
    recursive: bool,
) -> Result<Vec<(PathBuf, Zeroizing<String>, Original)>, Error> {
    let mut found: Vec<(PathBuf, Zeroizing<String>, Original)> = Vec::new();
    for path in paths {
        for file in files_of(path, recursive)? {
            let (bytes, original) = rewriting::read(&file, MAX_MANIFEST_BYTES)
                .map_err(|fault| not_read(&file, fault))?;
            if found.iter().all(|(_, _, other)| !original.is_same_file(other)) {
                let text = text(&file, bytes)?;
                found.push((file, text, original));
            }
        }
    }
    Ok(found)
}

fn text(path: &Path, mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Error> {
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|_| unreadable(path, "it is not UTF-8 text"))
}

fn not_read(path: &Path, fault: ReadFault) -> Error {
    match fault {
        ReadFault::NotFound => unreadable(path, "there is no such file"),
        ReadFault::TooLarge(_) => unreadable(path, "it is larger than 64 MiB"),
        ReadFault::Failed(error) => unreadable(path, &error.to_string()),
    }
}

fn unreadable(path: &Path, reason: &str) -> Error {
    Error::from(FileError::Unreadable { path: shown(path), reason: reason.to_owned() })
}

pub(crate) fn shown(path: &Path) -> String {
    if files::is_stdin(path) { "standard input".to_owned() } else { clean(&path.to_string_lossy()) }
}
