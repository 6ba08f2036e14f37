//! How the stores behind the helpers fail.

use crate::system::messages::clean;

/// Why a store gave no secret. Holds nothing of a secret; texts of other
/// programs are made safe to show by whoever builds the fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// No session bus to reach it by: the system's reason.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// A session bus, and no service on it.
    #[error("is not running")]
    NotRunning,
    /// It runs, and has nothing yet to keep items in.
    #[error("has no keyring yet")]
    NoKeyring,
    /// It, or the item, is locked.
    #[error("is locked")]
    Locked,
    /// A person was asked to unlock it and did not.
    #[error("is locked, and the dialogue to unlock it was dismissed")]
    Dismissed,
    /// `pass` has no store.
    #[error("is not initialised")]
    NotInitialized,
    /// `pass` is not installed, so that its store cannot be read.
    #[error("cannot be read: the program {0} is not on PATH")]
    NoProgram(&'static str),
    /// `GnuPG` could not decrypt: what it said.
    #[error("cannot be decrypted: {0}")]
    Gpg(String),
    /// No answer within this many seconds.
    #[error("gave no answer within {0} s")]
    TimedOut(u64),
    /// Several items for one server: their users.
    #[error("holds several logins for one registry, of {}", .0.join(" and "))]
    SeveralUsers(Vec<String>),
    /// The secret is no text, and a password in a pull Secret has to be.
    #[error("holds a secret that is not UTF-8 text")]
    NotText,
    /// No item in a session without a person to ask.
    #[error("is closed to this logon session")]
    NoLogonSession,
    /// A secret is too long for the store: its limit in bytes.
    #[error("takes no more than {0} bytes, and the credential is longer")]
    TooLong(u32),
    /// What `login` stored is of another form.
    #[error("holds an item of kubectl-regcred that cannot be read")]
    Malformed,
    /// Anything else, in the store's words.
    #[error("failed: {0}")]
    Failed(String),
}

impl StoreFault {
    /// A fault in words of another program.
    pub fn failed(said: &impl ToString) -> Self {
        Self::Failed(clean(&said.to_string()))
    }

    /// Whether there is no such store on this machine, rather than one that
    /// cannot be read.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::NotRunning | Self::NotInitialized)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_absent() {
        for fault in [
            StoreFault::Unreachable("no bus".into()),
            StoreFault::NotRunning,
            StoreFault::NotInitialized,
        ] {
            assert!(fault.is_absent(), "{fault}");
        }
        for fault in [
            StoreFault::Locked,
            StoreFault::Dismissed,
            StoreFault::TimedOut(15),
            StoreFault::NoLogonSession,
            StoreFault::SeveralUsers(vec![]),
        ] {
            assert!(!fault.is_absent(), "{fault}");
        }
    }
}
