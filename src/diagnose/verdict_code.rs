//! The codes of verdicts.

use crate::kubelet::ProblemCode;
use crate::kubelet::cause::Cause;
use crate::kubelet::codes::codes;

codes! {
    /// What keeps an image from being pulled, as programs read it. The names in JSON
    /// are a contract: codes are added, never renamed.
    pub(crate) enum VerdictCode {
        /// The node has the image, or the Pod needs none.
        Pulled,
        /// The next attempt should succeed.
        Resolved,
        /// No pull was attempted yet.
        NotTried,
        /// A referenced Secret does not exist.
        SecretMissing,
        /// A Secret of a type that the kubelet skips.
        WrongType,
        /// A Secret without the key that the kubelet reads.
        MissingKey,
        /// A Secret that cannot be decoded stops every pull of the Pod.
        Malformed,
        /// A Secret in another shape than its type says, in which the kubelet finds no entry.
        WrongShape,
        /// No entry matches the image.
        NoMatch,
        /// The entry that matches has no user name or no password.
        EmptyCredential,
        /// The entry that matches has only a token that the kubelet ignores.
        IdentityToken,
        /// The credential has expired.
        Expired,
        /// Neither the Pod nor its service account references a pull Secret.
        NoPullSecret,
        /// A reference to a pull Secret stands where Kubernetes reads none.
        MisplacedReference,
        /// The service account references the Secret only since the Pod was created.
        AccountLinkedLater,
        /// The Pod's own imagePullSecrets replace those of its service account.
        AccountSecretsIgnored,
        /// A Pod from a file on its node cannot reference pull Secrets.
        StaticPod,
        /// The registry rejected the credentials.
        Rejected,
        /// The credentials have no access to the repository, or it does not exist.
        Denied,
        /// The container runtime did not send the credential.
        CredentialNotSent,
        /// A mirror answered in place of the registry, or was asked in vain.
        Mirror,
        /// The registry refuses a login that the node has of its own.
        NodeCredential,
        /// The node cannot pull the image that it starts every Pod with.
        SandboxImage,
        /// The image names no registry, and was most likely built on this machine.
        LocalImage,
        /// The image was moved to another registry or repository.
        MovedImage,
        /// The image or tag does not exist.
        NotFound,
        /// The image is not built for the node's platform.
        WrongPlatform,
        /// The image name is not valid.
        InvalidImage,
        /// The image pull policy forbids a pull.
        NeverPull,
        /// The image's signature does not satisfy the node's policy.
        Signature,
        /// The image names no registry, and the node chooses none.
        ShortName,
        /// The name of the registry's host cannot be resolved on the node.
        UnknownHost,
        /// The registry cannot be reached from the node.
        Unreachable,
        /// The node does not trust the registry's certificate.
        Untrusted,
        /// The registry speaks HTTP where the node expects HTTPS.
        PlainHttp,
        /// The registry limits the rate of pulls.
        RateLimited,
        /// The registry returned a server error.
        RegistryError,
        /// The registry requires an authentication scheme that the runtime lacks.
        UnsupportedAuth,
        /// The kubelet limits its own pulls.
        NodeThrottled,
        /// The message of the node is not known.
        Unknown,
    }
}

impl VerdictCode {
    /// Returns the verdict that a problem of the Secrets leads to; none for those that
    /// keep no image from being pulled.
    pub(crate) fn of_problem(code: ProblemCode) -> Option<Self> {
        Some(match code {
            ProblemCode::SecretMissing => Self::SecretMissing,
            ProblemCode::WrongType => Self::WrongType,
            ProblemCode::MissingKey => Self::MissingKey,
            ProblemCode::Malformed => Self::Malformed,
            ProblemCode::WrongShape => Self::WrongShape,
            ProblemCode::NoMatch => Self::NoMatch,
            ProblemCode::EmptyCredential => Self::EmptyCredential,
            ProblemCode::IdentityToken => Self::IdentityToken,
            ProblemCode::Expired => Self::Expired,
            ProblemCode::InvalidImage => Self::InvalidImage,
            ProblemCode::NoPullSecret => Self::NoPullSecret,
            ProblemCode::MisplacedReference => Self::MisplacedReference,
            ProblemCode::RepeatedReference
            | ProblemCode::Shadowed
            | ProblemCode::AmbiguousOrder
            | ProblemCode::TrailingNewline
            | ProblemCode::WhiteSpace
            | ProblemCode::Placeholder
            | ProblemCode::UnusualUser
            | ProblemCode::ShortLived
            | ProblemCode::TooPowerful
            | ProblemCode::MayNotPull
            | ProblemCode::Converted
            | ProblemCode::LastApplied => return None,
        })
    }

    /// Returns whether the image is on the node.
    pub(crate) fn is_pulled(self) -> bool {
        self == Self::Pulled
    }

    /// Returns whether a person has to do something.
    pub(crate) fn is_problem(self) -> bool {
        !matches!(self, Self::Pulled | Self::Resolved | Self::NotTried | Self::NodeThrottled)
    }
}

impl From<Cause> for VerdictCode {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Throttled => Self::NodeThrottled,
            Cause::NotSent => Self::CredentialNotSent,
            Cause::Rejected => Self::Rejected,
            Cause::Denied | Cause::NarrowToken => Self::Denied,
            Cause::UnsupportedAuth => Self::UnsupportedAuth,
            Cause::UnknownHost => Self::UnknownHost,
            Cause::Unreachable => Self::Unreachable,
            Cause::Untrusted => Self::Untrusted,
            Cause::PlainHttp => Self::PlainHttp,
            Cause::RegistryError => Self::RegistryError,
            Cause::RateLimited => Self::RateLimited,
            Cause::NotFound => Self::NotFound,
            Cause::Platform => Self::WrongPlatform,
            Cause::Signature => Self::Signature,
            Cause::ShortName => Self::ShortName,
            Cause::Malformed => Self::Malformed,
            Cause::NeverPull => Self::NeverPull,
            Cause::InvalidName => Self::InvalidImage,
        }
    }
}
