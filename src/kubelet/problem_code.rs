//! The codes of problems with pull Secrets and their entries.

use super::codes::codes;
use crate::registry::credential::{Caution, Refusal};

codes! {
    /// A problem with a pull Secret or one of its entries, as programs read it. The
    /// names in JSON are a contract: codes are added, never renamed.
    pub enum ProblemCode {
        /// A referenced Secret does not exist.
        SecretMissing,
        /// A Secret of a type that the kubelet skips.
        WrongType,
        /// A Secret without the key that the kubelet reads.
        MissingKey,
        /// A Secret or an entry that cannot be decoded.
        Malformed,
        /// A value that the kubelet decodes, and finds no entry in: it is of another shape.
        WrongShape,
        /// An entry that matches no image, or not the one that was asked for.
        NoMatch,
        /// An entry without user name or password.
        EmptyCredential,
        /// An entry whose token the kubelet ignores.
        IdentityToken,
        /// A credential that has expired.
        Expired,
        /// Docker Hub's entry, which counts only where no other matches.
        Shadowed,
        /// Entries that the kubelet tries in any order.
        AmbiguousOrder,
        /// An image name that is not valid.
        InvalidImage,
        /// Neither the Pod nor its service account references a pull Secret.
        NoPullSecret,
        /// A reference to a pull Secret where Kubernetes reads none.
        MisplacedReference,
        /// A pull Secret that is referenced more than once.
        RepeatedReference,
        /// A password that ends with a newline.
        TrailingNewline,
        /// Other white space at an end of a user name or password.
        WhiteSpace,
        /// What stands where a user name or password was to be filled in.
        Placeholder,
        /// A user name that its registry does not take with such a credential.
        UnusualUser,
        /// A credential that expires within a day.
        ShortLived,
        /// A credential that can do more than pull.
        TooPowerful,
        /// A credential that its registry lets log in, and not pull.
        MayNotPull,
        /// An identity token that is written as a password.
        Converted,
        /// A second copy of the credential in an annotation.
        LastApplied,
    }
}

impl From<Refusal> for ProblemCode {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Empty | Refusal::NoUsername | Refusal::NoPassword | Refusal::BlankPassword => {
                Self::EmptyCredential
            }
            Refusal::UsernamePlaceholder(_) | Refusal::PasswordPlaceholder(_) => Self::Placeholder,
            Refusal::IdentityToken | Refusal::RegistryToken | Refusal::HubSessionToken => {
                Self::IdentityToken
            }
            Refusal::Expired(_) => Self::Expired,
            Refusal::ColonInUsername
            | Refusal::NewlineInUsername
            | Refusal::ControlInUsername
            | Refusal::ControlInPassword => Self::Malformed,
        }
    }
}

impl From<Caution> for ProblemCode {
    fn from(caution: Caution) -> Self {
        match caution {
            Caution::WhiteSpace(at) if at.ends_with_newline() => Self::TrailingNewline,
            Caution::WhiteSpace(_) => Self::WhiteSpace,
            Caution::User(_) => Self::UnusualUser,
            Caution::ShortLived { .. } => Self::ShortLived,
            Caution::Kind(kind) if kind.is_short => Self::ShortLived,
            Caution::Kind(kind) if !kind.may_pull => Self::MayNotPull,
            Caution::Kind(_) => Self::TooPowerful,
            Caution::AzureToken => Self::Converted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_json_are_those_in_texts() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.to_string());
        }
        let names: Vec<String> = ProblemCode::ALL.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(names.join(" "), @"secret-missing wrong-type missing-key malformed wrong-shape no-match empty-credential identity-token expired shadowed ambiguous-order invalid-image no-pull-secret misplaced-reference repeated-reference trailing-newline white-space placeholder unusual-user short-lived too-powerful may-not-pull converted last-applied");
    }
}
