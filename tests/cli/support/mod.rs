//! A run of the binary, and fakes of the programs and servers that it calls.

pub mod case;
pub mod fake_cluster;
pub mod fake_registry;

#[cfg(target_os = "linux")]
pub use case::wait_until;
pub use case::{Case, document, entries, expected};

pub use crate::outcome::Outcome;
