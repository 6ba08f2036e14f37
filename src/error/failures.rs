//! Several failures at once.

use super::Error;
use crate::system::output_stream::OutputError;

/// The failures of a batch; never empty.
#[derive(Debug)]
pub struct Failures(Vec<Error>);

impl From<Error> for Failures {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl From<OutputError> for Failures {
    fn from(error: OutputError) -> Self {
        Error::from(error).into()
    }
}

impl Failures {
    /// `Ok` where there are none.
    ///
    /// # Errors
    /// The failures.
    pub fn check(errors: Vec<Error>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// `Ok` where there are no problems.
    ///
    /// # Errors
    /// [`Error::Problems`].
    pub fn of_problems(count: usize) -> Result<(), Self> {
        Self::check((count > 0).then_some(Error::Problems(count)).into_iter().collect())
    }

    /// `Ok` where both are; the failures of both otherwise.
    ///
    /// # Errors
    /// The failures.
    pub fn both(first: Result<(), Self>, second: Result<(), Self>) -> Result<(), Self> {
        match (first, second) {
            (Err(Self(first)), Err(Self(second))) => {
                Err(Self(first.into_iter().chain(second).collect()))
            }
            (first, second) => first.and(second),
        }
    }

    /// Each of them.
    pub fn errors(&self) -> &[Error] {
        &self.0
    }

    /// The worst exit code, in the order 2, 1, 3.
    pub fn exit_code(&self) -> u8 {
        let rank = |code: &u8| [3, 1, 2].iter().position(|known| known == code);
        self.0.iter().map(Error::exit_code).max_by_key(rank).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::key::RegistryKey;

    fn no_credential() -> Error {
        let registry = RegistryKey::parse("ghcr.io").unwrap();
        Error::NoCredential { registry, looked: vec!["~/.docker/config.json".into()], hint: None }
    }

    #[test]
    fn the_worst_failure_of_a_batch_counts() {
        let failures = |errors: Vec<Error>| Failures(errors).exit_code();
        assert_eq!(failures(vec![no_credential()]), 3);
        assert_eq!(failures(vec![Error::Render("Pod"), no_credential()]), 1);
        assert_eq!(
            failures(vec![no_credential(), Error::PasswordArgument, Error::Render("Pod")]),
            2
        );
    }

    #[test]
    fn an_error_tells_where_it_looked_line_by_line() {
        let error = no_credential();
        assert_eq!(error.to_string(), "no credential for ghcr.io\n  ~/.docker/config.json");
        assert_eq!(error.hint(), "log in: docker login ghcr.io");
    }
}
