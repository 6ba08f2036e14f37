//! Standard output: data for people and programs. Messages go to standard error.

use std::io::{self, Write};

use super::{messages, terminal};

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write standard output: {0}")]
pub(crate) struct OutputError(#[from] io::Error);

/// Writes a text to standard output, all at once. A reader that has gone away is
/// no failure.
///
/// # Errors
/// [`OutputError`].
pub(crate) fn print(text: &str) -> Result<(), OutputError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(OutputError),
    }
}

/// Says that the output that follows contains a credential, where it shows on a
/// terminal or stays in a file.
pub(crate) fn note_credential() {
    if terminal::stdout_is_terminal() {
        messages::note("this output contains a readable password (base64 is not encryption)");
    } else if terminal::stdout_is_file() {
        messages::warning(
            "the output file will contain a readable password; do not commit it to a repository",
        );
    }
}
