//! The one error type of the commands: what failed, which exit code that has, and
//! what to do about it.
//!
//! Each room below has an error of its own, without any option of this program in
//! it; [`Error`] holds them, and `hints` knows how a person helps. Every match here
//! names all variants: a new one does not compile before it has its exit code and
//! its hint.

mod credential;
mod failures;
mod hints;
#[cfg(test)]
mod tests;
mod usage;

pub(crate) use credential::{CredentialError, FirstLogin, KnownRegistry};
pub(crate) use failures::Failures;
pub(crate) use hints::registry::hint as registry_hint;
pub(crate) use usage::UsageError;

use crate::cluster::error::ClusterError;
use crate::distribution::{Outcome, PullCheck};
use crate::kubelet::prove::NoMatch;
use crate::manifest::error::ManifestError;
use crate::sources::error::SourceError;
use crate::system::file_error::FileError;
use crate::system::hint::Hint;
use crate::system::output_stream::OutputError;

/// Everything that can end a command. Paths and texts from outside are made
/// safe to show by whoever builds the error; no variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line asks for what cannot be done.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A source of credentials failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no credential to write.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A manifest cannot be read, edited or written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The cluster, or kubectl, did not do what was asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A registry did not say yes.
    #[error("{what}: {}", .verdict.message)]
    NotVerified {
        /// The image, or the registry where only the login was tried.
        what: String,
        /// What the registry said.
        verdict: PullCheck,
    },
    /// A Secret whose entries cannot be read.
    #[error("{origin}: {reason}")]
    NotInspectable {
        /// What it is called.
        origin: String,
        /// Why.
        reason: String,
        /// One thing to do.
        hint: String,
    },
    /// A command that only looks found problems; standard output names them.
    #[error("{}", problems(*.0))]
    Problems(usize),
    /// The person said no.
    #[error("nothing was written")]
    Declined,
    /// Standard output could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl From<NoMatch> for Error {
    fn from(no_match: NoMatch) -> Self {
        ManifestError::from(no_match).into()
    }
}

fn problems(count: usize) -> String {
    if count == 1 { "1 problem found".to_owned() } else { format!("{count} problems found") }
}

/// Failed.
const FAILED: u8 = 1;

/// The command line is wrong.
const USAGE: u8 = 2;

/// The answer is no.
const NO: u8 = 3;

impl Error {
    /// Returns a usage error with one thing to change.
    pub(crate) fn usage(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        UsageError::Invalid { problem: problem.into(), hint: hint.into() }.into()
    }

    /// Returns the exit code: 1 failed, 2 usage, 3 the answer is no. An interrupt ends
    /// the program at once.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Source(error) => source_exit_code(error),
            Self::Credential(error) => credential_exit_code(error),
            Self::Manifest(error) => manifest_exit_code(error),
            Self::NotVerified { verdict, .. } => registry_exit_code(verdict.outcome),
            Self::Problems(_) | Self::NotInspectable { .. } => NO,
            Self::File(_) | Self::Cluster(_) | Self::Declined | Self::Output(_) => FAILED,
        }
    }

    /// Returns the lines below the error's own, such as the places that were searched.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Source(SourceError::NotKept { kept: lines, .. })
            | Self::Credential(
                CredentialError::NotFound { searched: lines, .. }
                | CredentialError::NothingKnown { searched: lines, .. },
            )
            | Self::Cluster(ClusterError::MoreNamespaces { namespaces: lines, .. }) => {
                lines.clone()
            }
            Self::Credential(CredentialError::ChooseRegistry { known }) => {
                known.iter().map(ToString::to_string).collect()
            }
            Self::Usage(_)
            | Self::File(_)
            | Self::Source(_)
            | Self::Credential(_)
            | Self::Manifest(_)
            | Self::Cluster(_)
            | Self::NotVerified { .. }
            | Self::NotInspectable { .. }
            | Self::Problems(_)
            | Self::Declined
            | Self::Output(_) => Vec::new(),
        }
    }

    /// Returns one thing to paste or change; none where there is nothing to say.
    pub(crate) fn hint(&self) -> Option<Hint> {
        match self {
            Self::Usage(error) => hints::usage::hint(error),
            Self::File(error) => hints::file(error),
            Self::Source(error) => hints::sources::hint(error),
            Self::Credential(error) => Some(hints::credential::hint(error)),
            Self::Manifest(error) => hints::manifest(error),
            Self::Cluster(error) => hints::cluster::hint(error),
            Self::NotVerified { verdict, .. } => verdict.remedy.as_ref().map(registry_hint),
            Self::NotInspectable { hint, .. } => Some(Hint::from(hint.as_str())),
            Self::Problems(_) | Self::Declined | Self::Output(_) => None,
        }
    }
}

fn source_exit_code(error: &SourceError) -> u8 {
    match error {
        SourceError::PasswordOnTerminal | SourceError::InvalidAnswer { .. } => USAGE,
        SourceError::NotKept { .. } => NO,
        SourceError::File(_)
        | SourceError::InvalidConfig { .. }
        | SourceError::InvalidEntry { .. }
        | SourceError::AmbiguousEntries { .. }
        | SourceError::Helper { .. }
        | SourceError::LoginStore { .. }
        | SourceError::Index { .. }
        | SourceError::Prompt { .. } => FAILED,
    }
}

fn credential_exit_code(error: &CredentialError) -> u8 {
    match error {
        CredentialError::ChooseRegistry { .. } => USAGE,
        CredentialError::NotFound { .. }
        | CredentialError::NothingKnown { .. }
        | CredentialError::Unusable { .. } => NO,
    }
}

fn manifest_exit_code(error: &ManifestError) -> u8 {
    match error {
        ManifestError::InvalidMetadata { .. } => USAGE,
        ManifestError::NoMatch { .. } | ManifestError::NoImageOf { .. } => NO,
        ManifestError::TooLarge { .. }
        | ManifestError::Invalid { .. }
        | ManifestError::Template { .. }
        | ManifestError::NotEditable { .. }
        | ManifestError::Render(_) => FAILED,
    }
}

fn registry_exit_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Unauthorized | Outcome::Denied | Outcome::NotFound | Outcome::NoCredential => NO,
        Outcome::Ok | Outcome::RateLimited | Outcome::Unreachable | Outcome::Untrusted => FAILED,
    }
}
