//! All steps go through the folder's descriptor and follow no link.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{Reason, WriteFault, Written};
use crate::system::files::{self, ReadFault};
use crate::system::interrupt;

/// A file as it was when it was read; links on the way to it were resolved then.
#[derive(Debug)]
pub(crate) struct Original {
    folder: PathBuf,
    folder_identity: Identity,
    name: OsString,
    identity: Identity,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

/// Device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self(metadata.dev(), metadata.ino())
    }
}

/// Reads at most `limit` bytes of a regular file that is to be changed later.
///
/// # Errors
/// [`ReadFault`]; what is not a regular file is refused.
pub(crate) fn read(path: &Path, limit: u64) -> Result<(Zeroizing<Vec<u8>>, Original), ReadFault> {
    let path = std::fs::canonicalize(path)?;
    files::check_kind(&std::fs::metadata(&path)?, files::Accepted::Regular)?;
    let folder_path = path.parent().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
    let name = path.file_name().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
    let folder = open_folder(folder_path)?;
    let file = open(&folder, name, OFlags::RDONLY).map_err(io::Error::from)?;
    let metadata = file.metadata()?;
    files::check_kind(&metadata, files::Accepted::Regular)?;
    let original = Original {
        folder: folder_path.to_owned(),
        folder_identity: Identity::of(&folder.metadata()?),
        name: name.to_owned(),
        identity: Identity::of(&metadata),
        size: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    };
    let bytes = files::read_limited(&file, metadata.len(), limit)?;
    Ok((bytes, original))
}

impl Original {
    /// Whether two paths led to the same file, as two hard links do.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        self.identity == other.identity
    }

    /// Gives the file new content if it still holds the old one: by a new file
    /// that is renamed, or in place where a new file could not be like it.
    ///
    /// # Errors
    /// [`WriteFault`]; the file is then as it was.
    pub(crate) fn replace(&self, old: &[u8], new: &[u8]) -> Result<Written, WriteFault> {
        let folder = open_folder(&self.folder).map_err(|_| WriteFault::Changed)?;
        if Identity::of(&folder.metadata()?) != self.folder_identity {
            return Err(WriteFault::Changed);
        }
        let current = self.open_unchanged(&folder, &self.name, OFlags::RDONLY, old)?;
        let metadata = current.metadata()?;
        if metadata.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only").into());
        }
        let kept_out = match metadata.nlink() {
            0 | 1 => self.rename_new(&folder, &current, old, new)?,
            links => Some(Reason::HardLinks(links)),
        };
        match kept_out {
            None => Ok(Written::Replaced),
            Some(reason) => self.overwrite(&folder, old, new).map(|()| Written::InPlace(reason)),
        }
    }

    /// Opens what has a name in the folder now, if it is what was read.
    fn open_unchanged(
        &self,
        folder: &File,
        name: &OsStr,
        access: OFlags,
        old: &[u8],
    ) -> Result<File, WriteFault> {
        let file = open(folder, name, access).map_err(|error| match error {
            // Removed, or a link in its place: EMLINK is FreeBSD's word for that.
            Errno::NOENT | Errno::LOOP | Errno::MLINK => WriteFault::Changed,
            error => WriteFault::Failed(error.into()),
        })?;
        let metadata = file.metadata()?;
        let is_same = Identity::of(&metadata) == self.identity
            && metadata.len() == self.size
            && (metadata.mtime(), metadata.mtime_nsec()) == self.modified
            && files::read_limited(&file, self.size, self.size)
                .is_ok_and(|now| now.as_slice() == old);
        if is_same { Ok(file) } else { Err(WriteFault::Changed) }
    }

    /// Renames a new file over the old one; a reason where it could not be like it.
    fn rename_new(
        &self,
        folder: &File,
        current: &File,
        old: &[u8],
        new: &[u8],
    ) -> Result<Option<Reason>, WriteFault> {
        let (mut file, mut temporary) = match Temporary::create(folder, &self.folder) {
            Ok(created) => created,
            Err(error) if is_refusal(&error) => return Ok(Some(Reason::Folder)),
            Err(error) => return Err(error.into()),
        };
        file.write_all(new)?;
        if let Err(reason) = make_alike(&file, current)? {
            return Ok(Some(reason));
        }
        file.sync_all()?;
        self.put(&mut temporary, old)
    }

    /// Puts the new file under the name of the old one. Where the system can
    /// exchange two names, what was there is looked at afterwards, and put back
    /// where it is not what was read: no moment is left for another program.
    fn put(&self, temporary: &mut Temporary<'_>, old: &[u8]) -> Result<Option<Reason>, WriteFault> {
        let folder = temporary.folder;
        let _uninterrupted = interrupt::hold_off();
        match exchange(folder, &temporary.name, &self.name) {
            Ok(()) => {
                let replaced = self.open_unchanged(folder, &temporary.name, OFlags::RDONLY, old);
                if let Err(fault) = replaced {
                    // What another program wrote is under the temporary name now.
                    if let Err(error) = exchange(folder, &temporary.name, &self.name) {
                        temporary.is_kept = true;
                        let name = temporary.name.to_string_lossy();
                        return Err(io::Error::other(format!(
                            "it changed after it was read, and what was there is now {name} beside it ({error})"
                        ))
                        .into());
                    }
                    return Err(fault);
                }
                Ok(None)
            }
            // The file system, or the system, cannot exchange names.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                self.open_unchanged(folder, &self.name, OFlags::RDONLY, old)?;
                match rustix::fs::renameat(folder, &temporary.name, folder, &self.name) {
                    Ok(()) => Ok(None),
                    Err(error) => not_renamed(error),
                }
            }
            Err(error) => not_renamed(error),
        }
    }

    /// Overwrites the bytes of the file. Room for them is reserved before, and
    /// an error puts the old bytes back; only a crash of the machine can leave
    /// a mixture.
    fn overwrite(&self, folder: &File, old: &[u8], new: &[u8]) -> Result<(), WriteFault> {
        let file = self.open_unchanged(folder, &self.name, OFlags::RDWR, old)?;
        reserve(&file, new.len())?;
        let _uninterrupted = interrupt::hold_off();
        let write = |bytes: &[u8]| {
            file.write_all_at(bytes, 0)?;
            file.set_len(bytes.len() as u64)?;
            file.sync_all()
        };
        write(new).map_err(|error| {
            let old_is_back = match write(old) {
                Ok(()) => "its old content was put back",
                Err(_) => "its old content could not be put back",
            };
            io::Error::new(error.kind(), format!("{error}; {old_is_back}")).into()
        })
    }
}

/// A new file with a name of its own, which is removed in the end: what is
/// under the name then is either unfinished or the old file. A program that is
/// killed leaves it behind; its name starts with `.new-`.
struct Temporary<'f> {
    folder: &'f File,
    name: OsString,
    is_kept: bool,
    noted: Option<interrupt::TemporaryFile>,
}

impl<'f> Temporary<'f> {
    fn create(folder: &'f File, path: &Path) -> io::Result<(File, Self)> {
        let mut noted = None;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let created = tempfile::Builder::new().prefix(".new-").make_in(path, |path| {
            noted = Some(interrupt::temporary_file(path.to_owned()));
            Ok(open(folder, path.file_name().unwrap_or_default(), flags)?)
        })?;
        let (file, path) = created.into_parts();
        let name = path.file_name().unwrap_or_default().to_owned();
        // Removed through the folder's descriptor instead.
        let _ = path.keep();
        Ok((file, Self { folder, name, is_kept: false, noted }))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // After a rename there is none.
            let _ = rustix::fs::unlinkat(self.folder, &self.name, AtFlags::empty());
        }
        self.noted = None;
    }
}

fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// Opens a file of a folder; never waits for another program, follows no link.
fn open(folder: &File, name: &OsStr, access: OFlags) -> Result<File, Errno> {
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR).map(File::from)
}

/// Whether no file can be made there, or not by this user.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn not_renamed(error: Errno) -> Result<Option<Reason>, WriteFault> {
    match error {
        Errno::BUSY | Errno::XDEV => Ok(Some(Reason::MountPoint)),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => Ok(Some(Reason::Folder)),
        Errno::NOENT => Err(WriteFault::Changed),
        error => Err(WriteFault::Failed(error.into())),
    }
}

/// Gives a new file the owner, the extended attributes and the permissions of
/// another, in this order: a change of the owner clears set-user-ID, which is so
/// never given to a file of another owner. Fails with what cannot be given.
fn make_alike(file: &File, like: &File) -> io::Result<Result<(), Reason>> {
    let wanted = like.metadata()?;
    let own = file.metadata()?;
    let owner = (wanted.uid(), wanted.gid());
    if (own.uid(), own.gid()) != owner && fchown(file, Some(owner.0), Some(owner.1)).is_err() {
        return Ok(Err(Reason::Owner));
    }
    if let Err(name) = attributes::copy(like, file)? {
        return Ok(Err(Reason::Attribute(name)));
    }
    let mode = wanted.mode() & 0o7777;
    if file.metadata()?.mode() & 0o7777 != mode {
        // What it comes to is looked at below.
        let _ = file.set_permissions(Permissions::from_mode(mode));
    }
    let own = file.metadata()?;
    let is_alike = own.mode() == wanted.mode() && (own.uid(), own.gid()) == owner;
    Ok(if is_alike { Ok(()) } else { Err(Reason::Permissions) })
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(folder: &File, one: &OsStr, other: &OsStr) -> Result<(), Errno> {
    rustix::fs::renameat_with(folder, one, folder, other, rustix::fs::RenameFlags::EXCHANGE)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_folder: &File, _one: &OsStr, _other: &OsStr) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Reserves room, so that a full disk is noticed before a byte is overwritten.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reserve(file: &File, length: usize) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    if length == 0 {
        return Ok(());
    }
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, length as u64) {
        // The file system cannot: the old bytes are put back where it is full.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn reserve(_file: &File, _length: usize) -> io::Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod attributes {
    use std::collections::BTreeMap;
    use std::ffi::CString;
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    type Attributes = BTreeMap<CString, Vec<u8>>;

    /// Most bytes of a value, and of all names: the limits of Linux.
    const MAX_BYTES: usize = 64 * 1024;

    /// Gives a file the extended attributes of another and takes away those
    /// that the other lacks; fails with the name of one where that is refused.
    pub(super) fn copy(from: &File, to: &File) -> io::Result<Result<(), String>> {
        let wanted = of(from)?;
        let own = of(to)?;
        for (name, value) in &wanted {
            if own.get(name) != Some(value)
                && fsetxattr(to, name, value, XattrFlags::empty()).is_err()
            {
                return Ok(Err(name.to_string_lossy().into_owned()));
            }
        }
        for name in own.keys().filter(|name| !wanted.contains_key(*name)) {
            if fremovexattr(to, name).is_err() {
                return Ok(Err(name.to_string_lossy().into_owned()));
            }
        }
        Ok(Ok(()))
    }

    fn of(file: &File) -> io::Result<Attributes> {
        let mut buffer = vec![0; MAX_BYTES];
        let length = match flistxattr(file, &mut buffer[..]) {
            Ok(length) => length,
            Err(Errno::NOTSUP) => return Ok(Attributes::new()),
            Err(error) => return Err(error.into()),
        };
        let names = buffer.get(..length).unwrap_or_default().split(|byte| *byte == 0);
        let names: Vec<CString> =
            names.filter(|name| !name.is_empty()).filter_map(|n| CString::new(n).ok()).collect();
        let mut attributes = Attributes::new();
        for name in names {
            let length = match fgetxattr(file, &name, &mut buffer[..]) {
                Ok(length) => length,
                // Gone meanwhile, or not for this user to see.
                Err(Errno::NODATA | Errno::NOTSUP) => continue,
                #[cfg(target_vendor = "apple")]
                Err(Errno::NOATTR) => continue,
                Err(error) => return Err(error.into()),
            };
            attributes.insert(name, buffer.get(..length).unwrap_or_default().to_vec());
        }
        Ok(attributes)
    }
}

/// The BSDs' extended attributes are not copied: rustix does not know them.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub(super) fn copy(_from: &File, _to: &File) -> io::Result<Result<(), String>> {
        Ok(Ok(()))
    }
}
