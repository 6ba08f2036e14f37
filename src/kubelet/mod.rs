//! What the kubelet does with pull Secrets: decoding them, and finding the
//! credentials that it tries for an image, and what it says when a pull fails.
//! Pure: nothing outside is touched.
//!
//! Source: Kubernetes 1.37, `pkg/credentialprovider` and
//! `pkg/credentialprovider/secrets`.

pub(crate) mod cause;
pub(crate) mod codes;
mod decode;
mod diagnosis;
mod entries;
pub(crate) mod go;
mod index_key;
mod keyring;
pub(crate) mod mirror;
mod miss;
pub(crate) mod other_readers;
mod prefixes;
mod problem_code;
pub(crate) mod prove;
pub(crate) mod sandbox;
pub(crate) mod shape;
mod value;

pub(crate) use decode::{BadAuth, MalformedReason};
pub use decode::{PullSecret, SecretKind};
pub use diagnosis::{Diagnosis, Problem, Reference, State, diagnose};
pub(crate) use diagnosis::{Finding, is_legacy, serves_image};
pub(crate) use entries::{SecretEntry, entries, places};
pub(crate) use index_key::index_key;
pub(crate) use keyring::serves;
pub use keyring::{Candidate, Keyring};
pub(crate) use miss::{Miss, NO_PORT, why};
pub(crate) use problem_code::ProblemCode;
pub(crate) use value::{SecretValue, ValueFault};
