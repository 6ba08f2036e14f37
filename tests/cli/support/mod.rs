//! A run of the binary, and fakes of what it talks to.

pub mod case;
pub mod fake_cluster;
pub mod fake_registry;

pub use case::{Case, Outcome, document, entries, expected};
