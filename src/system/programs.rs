//! Finding programs on PATH, more carefully than the system does: only in
//! absolute folders, so that a checked-out repository cannot supply one.

use std::path::{Path, PathBuf};

use super::environment::Environment;

/// What a search on PATH came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The program, as an absolute path.
    Found(PathBuf),
    /// Only files that cannot be executed have the name; the first of them.
    NotExecutable(PathBuf),
    /// Only a relative folder of PATH has it, which is not used on purpose.
    RelativeOnly,
    /// No folder of PATH has it.
    Missing,
}

/// Searches PATH for a program by its whole file name; on Windows with `.exe`
/// appended and never a script, whose arguments cannot be quoted safely.
pub(crate) fn find(environment: &Environment, name: &str) -> Search {
    let file_name = match name.strip_suffix(".exe") {
        None if cfg!(windows) => format!("{name}.exe"),
        _ => name.to_owned(),
    };
    let mut result = Search::Missing;
    let folders = environment.get("PATH").map(std::env::split_paths).into_iter().flatten();
    for folder in folders {
        let candidate = folder.join(&file_name);
        if !candidate.is_file() {
            continue;
        }
        match (folder.is_absolute(), is_executable(&candidate)) {
            (true, true) => return Search::Found(candidate),
            (true, false) => result = Search::NotExecutable(candidate),
            (false, _) if result == Search::Missing => result = Search::RelativeOnly,
            (false, _) => {}
        }
    }
    result
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn search(path: &str) -> Search {
        find(&Environment::from_iter([("PATH", path)]), "helper")
    }

    #[test]
    fn the_first_executable_in_an_absolute_folder_is_taken() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = format!("{}:{}", first.path().display(), second.path().display());
        assert_eq!(search(&path), Search::Missing);
        let plain = file(first.path(), "helper", 0o644);
        assert_eq!(search(&path), Search::NotExecutable(plain));
        let program = file(second.path(), "helper", 0o755);
        assert_eq!(search(&path), Search::Found(program));
    }

    #[test]
    fn a_relative_folder_is_never_used() {
        let here = std::env::current_dir().unwrap();
        let folder = tempfile::tempdir_in(&here).unwrap();
        file(folder.path(), "helper", 0o755);
        let relative = folder.path().strip_prefix(&here).unwrap();
        assert_eq!(search(&relative.display().to_string()), Search::RelativeOnly);
        assert_eq!(search(""), Search::Missing);
    }
}
