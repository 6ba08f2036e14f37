//! What the kubelet does with pull Secrets: decoding them, and finding the
//! credentials that it tries for an image, and what it says when a pull fails.
//! Pure: nothing outside is touched.
//!
//! Source: Kubernetes 1.37, `pkg/credentialprovider` and
//! `pkg/credentialprovider/secrets`.

pub mod cause;
pub(crate) mod codes;
mod decode;
mod diagnosis;
mod entries;
pub mod go;
mod index_key;
mod keyring;
mod miss;
mod prefixes;
mod problem_code;
pub mod prove;
mod value;

pub use decode::{Malformed, MalformedReason, PullSecret, SecretKind};
pub use diagnosis::{Diagnosis, Finding, Problem, Reference, State, diagnose};
pub use entries::{SecretEntry, entries};
pub use index_key::index_key;
pub use keyring::{Candidate, Keyring, Lookup, serves};
pub use miss::{Miss, why};
pub use problem_code::ProblemCode;
pub use value::{SecretValue, ValueFault};
