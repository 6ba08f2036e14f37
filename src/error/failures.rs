//! Several failures at once.

use super::Error;
use crate::cluster::proposal::command_with_flags;
use crate::system::hint::Hint;
use crate::system::messages;

/// The failures of a batch; never empty.
#[derive(Debug)]
pub(crate) struct Failures(Vec<Error>);

impl<E: Into<Error>> From<E> for Failures {
    fn from(error: E) -> Self {
        Self(vec![error.into()])
    }
}

impl Failures {
    /// `Ok` where there are none.
    ///
    /// # Errors
    /// The failures.
    pub(crate) fn check(errors: Vec<impl Into<Error>>) -> Result<(), Self> {
        let errors: Vec<Error> = errors.into_iter().map(Into::into).collect();
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// `Ok` where there are no problems.
    ///
    /// # Errors
    /// [`Error::Problems`].
    pub(crate) fn of_problems(count: usize) -> Result<(), Self> {
        Self::check((count > 0).then_some(Error::Problems(count)).into_iter().collect::<Vec<_>>())
    }

    /// `Ok` where both are; the failures of both otherwise.
    ///
    /// # Errors
    /// The failures.
    pub(crate) fn both(first: Result<(), Self>, second: Result<(), Self>) -> Result<(), Self> {
        match (first, second) {
            (Err(Self(first)), Err(Self(second))) => {
                Err(Self(first.into_iter().chain(second).collect()))
            }
            (first, second) => first.and(second),
        }
    }

    /// Prints each of them, with its hint. A command that is proposed gets the flags of
    /// kubectl that the person used.
    pub(crate) fn print(&self, kubectl_flags: &[String]) {
        let complete = |command: &str| command_with_flags(command, kubectl_flags);
        let hint = |error: &Error| error.hint().map(|hint| hint.map_command(complete));
        let hints: Vec<Option<Hint>> = self.0.iter().map(hint).collect();
        for (index, (error, hint)) in self.0.iter().zip(&hints).enumerate() {
            match error {
                // A finding is the answer, not a failure of the program.
                Error::Problems(_) => messages::line(&error.to_string()),
                _ => messages::error(&error.to_string(), &error.details()),
            }
            // What helps against several failures is said once.
            if let Some(text) = hint
                && !hints.iter().skip(index + 1).any(|later| later == hint)
            {
                messages::hint(text);
            }
        }
    }

    /// Each of them.
    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[Error] {
        &self.0
    }

    /// The worst exit code, in the order 2, 1, 3.
    pub(crate) fn exit_code(&self) -> u8 {
        let rank = |code: &u8| [3, 1, 2].iter().position(|known| known == code);
        self.0.iter().map(Error::exit_code).max_by_key(rank).unwrap_or(1)
    }
}
