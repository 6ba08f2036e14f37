//! What to change on the command line.

use crate::error::UsageError;
use crate::registry::key::InvalidRegistry;
use crate::system::hint::Hint;

pub(in crate::error) fn hint(error: &UsageError) -> Option<Hint> {
    Some(match error {
        UsageError::Invalid { hint, .. } if hint.is_empty() => return None,
        UsageError::Invalid { hint, .. } => Hint::from(hint.as_str()),
        UsageError::PasswordArgument { .. } => {
            Hint::new("leave the password out to be asked for it, or pipe it")
                .shell("--username USER --password-stdin <token.txt")
        }
        UsageError::StdinTwice { second, .. } => {
            Hint::new(format!("give {second} the path of a file"))
        }
        UsageError::InvalidRegistry { reason, .. } => registry(*reason),
        UsageError::InvalidImage { .. } => {
            "write the image as in a Pod, for example ghcr.io/janedoe/app:v1".into()
        }
    })
}

pub(super) fn registry(reason: InvalidRegistry) -> Hint {
    match reason {
        InvalidRegistry::UserInfo => Hint::new("give the user name with its own option")
            .shell("--registry HOST --username USER"),
        InvalidRegistry::Empty
        | InvalidRegistry::TooLong
        | InvalidRegistry::Characters
        | InvalidRegistry::Scheme
        | InvalidRegistry::Host
        | InvalidRegistry::Port
        | InvalidRegistry::Undotted
        | InvalidRegistry::Path => {
            "write the registry as HOST[:PORT][/PATH], for example --registry ghcr.io".into()
        }
    }
}
