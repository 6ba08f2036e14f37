#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

/// A folder with one file of this content.
fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.yaml");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn original(path: &Path) -> Original {
    read(path, 1000).unwrap().1
}

fn content(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn count(folder: &tempfile::TempDir) -> usize {
    fs::read_dir(folder.path()).unwrap().count()
}

#[test]
fn a_file_is_replaced_with_its_permissions() {
    let (folder, path) = file("old");
    for mode in [0o640, 0o600, 0o4755, 0o1644] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        assert_eq!(original(&path).replace(b"old", b"new").unwrap(), Written::Replaced);
        assert_eq!(content(&path), "new");
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(metadata.mode() & 0o7777, mode);
        assert_ne!(metadata.ino(), inode);
    }
    assert_eq!(count(&folder), 1, "nothing is left behind");
}

#[test]
fn extended_attributes_stay() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let (folder, path) = file("old");
    if setxattr(&path, "user.note", b"kept", XattrFlags::empty()).is_err() {
        // This file system has none, and there is nothing to lose.
        return;
    }
    assert_eq!(original(&path).replace(b"old", b"new").unwrap(), Written::Replaced);
    let mut value = [0; 10];
    let length = getxattr(&path, "user.note", &mut value[..]).unwrap();
    assert_eq!((&value[..length], content(&path).as_str()), (&b"kept"[..], "new"));
    assert_eq!(count(&folder), 1);
}

#[test]
fn what_changed_meanwhile_is_not_overwritten() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 6] = [
        ("longer", |path| fs::write(path, "old, edited").unwrap()),
        ("same length", |path| fs::write(path, "OLD").unwrap()),
        ("same length and time", |path| {
            let time = fs::metadata(path).unwrap().modified().unwrap();
            fs::write(path, "OLD").unwrap();
            fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }),
        ("another file of the same content", |path| {
            fs::write(path.with_extension("new"), "old").unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("a link", |path| {
            fs::write(path.with_extension("victim"), "old").unwrap();
            fs::remove_file(path).unwrap();
            symlink(path.with_extension("victim"), path).unwrap();
        }),
        ("a link to itself under another name", |path| {
            fs::rename(path, path.with_extension("moved")).unwrap();
            symlink(path.with_extension("moved"), path).unwrap();
        }),
    ];
    for (what, change) in changes {
        for links in [1, 2] {
            let (folder, path) = file("old");
            let other = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
            if links == 2 {
                fs::hard_link(&path, other.path().join("link")).unwrap();
            }
            let original = original(&path);
            change(&path);
            let (after, names) = (content(&path), count(&folder));
            let result = original.replace(b"old", b"new");
            assert!(matches!(result, Err(WriteFault::Changed)), "{what}: {result:?}");
            assert_eq!(content(&path), after, "{what}");
            assert_eq!(count(&folder), names, "{what}: nothing is left behind");
        }
    }
}

#[test]
fn what_was_removed_meanwhile_stays_removed() {
    let (folder, path) = file("old");
    let original = original(&path);
    fs::remove_file(&path).unwrap();
    assert!(matches!(original.replace(b"old", b"new"), Err(WriteFault::Changed)));
    assert_eq!(count(&folder), 0);
}

#[test]
fn a_folder_that_was_exchanged_for_a_link_is_not_followed() {
    let above = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (above.path().join("folder"), above.path().join("elsewhere"));
    for folder in [&folder, &elsewhere] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("file"), "old").unwrap();
    }
    let original = original(&folder.join("file"));
    fs::rename(&folder, above.path().join("moved")).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(matches!(original.replace(b"old", b"new"), Err(WriteFault::Changed)));
    assert_eq!(content(&elsewhere.join("file")), "old");
}

#[test]
fn hard_links_stay_one_file() {
    let (folder, path) = file("old, and longer");
    let link = folder.path().join("link.yaml");
    fs::hard_link(&path, &link).unwrap();
    let one = original(&path);
    assert!(one.is_same_file(&original(&link)));
    let written = one.replace(b"old, and longer", b"new").unwrap();
    assert_eq!(written, Written::InPlace(Reason::HardLinks(2)));
    assert_eq!((content(&path), content(&link)), ("new".to_owned(), "new".to_owned()));
    assert_eq!(count(&folder), 2);
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_changed() {
    let (folder, path) = file("old");
    let link = folder.path().join("link.yaml");
    symlink("file.yaml", &link).unwrap();
    assert_eq!(original(&link).replace(b"old", b"new").unwrap(), Written::Replaced);
    assert!(link.is_symlink());
    assert_eq!(content(&path), "new");
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let (folder, path) = file("x");
    let fifo = folder.path().join("fifo");
    crate::system::files::make_pipe(&fifo);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    for (name, what) in [
        ("fifo", "it is a pipe, not a regular file"),
        ("socket", "it is a socket, not a regular file"),
        (".", "it is a directory, not a regular file"),
        ("/dev/zero", "it is a device, not a regular file"),
    ] {
        let fault = read(&folder.path().join(name), 10).unwrap_err();
        let crate::system::files::ReadFault::Failed(error) = fault else { panic!("{fault:?}") };
        assert_eq!(error.to_string(), what);
    }
    assert_eq!(content(&path), "x");
}
