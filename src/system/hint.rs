//! What to do about a failure, as data: a sentence, and a command to paste.

use std::fmt;

use super::shell;

/// One thing to do: a sentence, a command or an option to paste, or both. Shown as
/// `sentence: command`, each word of the command quoted for a POSIX shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    sentence: String,
    command: Option<String>,
}

impl Hint {
    /// Says what to do in a sentence, without a full stop.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), command: None }
    }

    /// Appends a command of these words, each quoted where a shell needs it.
    #[must_use]
    pub(crate) fn command<'w>(self, words: impl IntoIterator<Item = &'w str>) -> Self {
        self.shell(shell::command(words))
    }

    /// Appends a command as it is: of fixed text, and of words quoted by
    /// [`crate::system::shell`].
    #[must_use]
    pub(crate) fn shell(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Changes its command, if it has one.
    #[must_use]
    pub(crate) fn map_command(self, change: impl FnOnce(&str) -> String) -> Self {
        let Self { sentence, command } = self;
        Self { sentence, command: command.as_deref().map(change) }
    }
}

impl From<&str> for Hint {
    fn from(sentence: &str) -> Self {
        Self::new(sentence)
    }
}

impl From<String> for Hint {
    fn from(sentence: String) -> Self {
        Self::new(sentence)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)?;
        match &self.command {
            Some(command) if self.sentence.is_empty() => formatter.write_str(command),
            Some(command) => write!(formatter, ": {command}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_follows_its_sentence_and_is_quoted() {
        let hint = Hint::new("log in").command(["docker", "login", "[::1]:5000"]);
        assert_eq!(hint.to_string(), "log in: docker login '[::1]:5000'");
        assert_eq!(Hint::default().command(["ls", "a b"]).to_string(), "ls 'a b'");
        assert_eq!(Hint::from("wait").to_string(), "wait");
    }
}
