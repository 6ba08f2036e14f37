//! Why manifests cannot be read, edited or written.

/// A failure of a manifest that is read or written. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// A name, label or annotation that the API server would refuse.
    #[error("{what} {shown} is not valid: {rule}")]
    InvalidMetadata {
        /// `Secret name`, `label key`, …
        what: &'static str,
        /// The text.
        shown: String,
        /// The API server's rule.
        rule: &'static str,
    },
    /// Too much data for one Secret.
    #[error("the Secret would hold {size} bytes, and the API server accepts {limit}")]
    TooLarge {
        /// Bytes, decoded.
        size: usize,
        /// Bytes, decoded.
        limit: usize,
    },
    /// A manifest that cannot be parsed.
    #[error("{path} is not a manifest: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// Where it is wrong; never the text found there.
        reason: String,
    },
    /// A manifest that has to be rendered first.
    #[error("{path} is a template: line {line} holds {{{{")]
    Template {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
    },
    /// A position in a manifest that cannot be edited without changing more.
    #[error("cannot add imagePullSecrets at {path}:{line}: {reason}")]
    NotEditable {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// What is there.
        reason: &'static str,
    },
    /// The kubelet would not use what was about to be written.
    #[error("the kubelet would not find a credential for {image}: {reason}")]
    NoMatch {
        /// The image.
        image: String,
        /// Why.
        reason: String,
    },
    /// No image of the manifests comes from the registries that were named.
    #[error("no image in the manifests comes from {} (found: {})", .registries.join(" or "), .found.join(", "))]
    NoImageOf {
        /// The registries that were named.
        registries: Vec<String>,
        /// The registries of the images.
        found: Vec<String>,
    },
    /// A document could not be serialised.
    #[error("cannot write the {0} as text")]
    Render(&'static str),
}
