//! Files and standard input that were named.

use std::path::{Path, PathBuf};

use crate::error::{Error, UsageError};
use crate::selection::manifests;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};

/// The flags that want standard input: it can be read only once.
#[derive(Debug, Default)]
pub(super) struct StandardInput(Vec<&'static str>);

impl StandardInput {
    /// Notes that a flag wants it.
    pub(super) fn flag(mut self, flag: &'static str, is_given: bool) -> Self {
        self.0.extend(is_given.then_some(flag));
        self
    }

    /// Notes that a flag wants it, once for each of its files that is standard input.
    pub(super) fn files<'p>(
        mut self,
        flag: &'static str,
        paths: impl IntoIterator<Item = &'p PathBuf>,
    ) -> Self {
        let wanting = paths.into_iter().filter(|path| files::is_stdin(path));
        self.0.extend(wanting.map(|_| flag));
        self
    }

    /// Whether nothing wants it.
    pub(super) fn is_free(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes sure that it is wanted at most once.
    ///
    /// # Errors
    /// [`UsageError::StdinTwice`].
    pub(super) fn check(self) -> Result<(), Error> {
        match self.0.as_slice() {
            [first, second, ..] => Err(Error::from(UsageError::StdinTwice { first, second })),
            _ => Ok(()),
        }
    }
}

/// Makes sure that a file or folder can be read.
///
/// # Errors
/// [`FileError::Unreadable`].
pub(super) fn check_readable(path: &Path) -> Result<(), Error> {
    check_readable_as(path, || manifests::shown(path))
}

/// The same, with its name for messages.
///
/// # Errors
/// [`FileError::Unreadable`].
pub(super) fn check_readable_as(path: &Path, shown: impl Fn() -> String) -> Result<(), Error> {
    if files::is_stdin(path) {
        return Ok(());
    }
    files::check_readable(path).map_err(|fault| {
        let reason = match fault {
            ReadFault::NotFound => "there is no such file".to_owned(),
            ReadFault::TooLarge(limit) => format!("it is larger than {limit} bytes"),
            ReadFault::Failed(error) => error.to_string(),
        };
        Error::from(FileError::Unreadable { path: shown(), reason })
    })
}
