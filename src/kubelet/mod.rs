//! What the kubelet does with pull Secrets: decoding them, and finding the
//! credentials that it tries for an image. Pure: nothing outside is touched.
//!
//! Source: Kubernetes 1.37, `pkg/credentialprovider` and
//! `pkg/credentialprovider/secrets`.

mod decode;
mod keyring;
mod url;

pub use decode::{Malformed, PullSecret, SecretKind};
pub use keyring::{Candidate, Keyring, Lookup};
