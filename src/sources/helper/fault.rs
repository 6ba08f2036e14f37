//! How credential helpers fail.

use std::fmt;

use crate::sources::cause::Cause;
use crate::sources::store::fault::StoreFault;
use crate::system::messages::clean;

/// Why a credential helper gave no usable answer. Holds no standard output
/// except known sentences: a helper may print the secret there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperFault {
    /// Its name would start something else than a helper.
    InvalidName,
    /// Not on PATH.
    Missing,
    /// Only in a relative folder of PATH.
    RelativeOnly,
    /// On PATH, but not executable: the file.
    NotExecutable(String),
    /// The system cannot run it: the system's reason.
    NotRunnable(String),
    /// Stopped after this many seconds.
    TimedOut(u64),
    /// Stopped after 1 MiB of output.
    TooMuchOutput,
    /// Ended by a signal or a crash: how.
    Crashed(String),
    /// Ended with a failure: how, and what it said.
    Failed {
        /// `exit status 1`.
        status: String,
        /// A known sentence, or the last line on standard error; may be empty.
        said: String,
        /// The kind of failure, if the text is known.
        cause: Option<Cause>,
    },
    /// Ended well without output.
    NoOutput,
    /// Ended well with something else than the protocol's JSON.
    NotTheProtocol,
    /// Answered for this other server, made safe to show.
    OtherServer(String),
    /// A user name without a secret.
    NoSecret,
    /// Named by a file for which helpers are not started.
    NotAllowed,
    /// The store behind it was read in its place, without success.
    Store {
        /// Why the helper was not enough: `is not on PATH`, `found nothing`.
        why: String,
        /// The store's name.
        store: &'static str,
        /// What the store said.
        fault: StoreFault,
    },
}

impl HelperFault {
    /// Whether there is no program that could answer.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Missing | Self::RelativeOnly | Self::NotExecutable(_) | Self::NotRunnable(_)
        )
    }
}

impl fmt::Display for HelperFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName => formatter.write_str("is not a valid helper name"),
            Self::Missing => formatter.write_str("is not on PATH"),
            Self::RelativeOnly => {
                formatter.write_str("is only in a relative folder of PATH, which is not used")
            }
            Self::NotExecutable(path) => write!(formatter, "is not executable: {path}"),
            Self::NotRunnable(reason) => write!(formatter, "cannot run here: {}", clean(reason)),
            Self::TimedOut(seconds) => {
                write!(formatter, "gave no answer within {seconds} s and was stopped")
            }
            Self::TooMuchOutput => formatter.write_str("printed more than 1 MiB and was stopped"),
            Self::Crashed(how) => write!(formatter, "crashed ({how})"),
            Self::Failed { status, said, .. } if said.is_empty() => {
                write!(formatter, "failed without an error message ({status})")
            }
            Self::Failed { status, said, .. } => write!(formatter, "failed ({status}): {said}"),
            Self::NoOutput => formatter.write_str("printed nothing"),
            Self::NotTheProtocol => formatter.write_str("returned invalid output (expected JSON)"),
            Self::OtherServer(server) => {
                write!(formatter, "answered for another server, {server}")
            }
            Self::NoSecret => formatter.write_str("answered with a user name but no secret"),
            Self::Store { why, store, fault } => {
                write!(formatter, "{why}, and {store}, read directly, {fault}")
            }
            Self::NotAllowed => {
                formatter.write_str("is named by a file for which helpers are not started")
            }
        }
    }
}
