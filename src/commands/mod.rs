//! One file a command: it asks the other rooms in order and writes the result.
//! What several commands share stands beside them.

mod applying;
mod choosing;
pub mod diagnose;
pub mod inject;
pub mod inspect;
pub mod link;
pub mod list;
pub mod login;
mod manifests;
mod namespaces;
pub mod pod;
mod pull_secret;
mod replay;
mod rows;
mod search;
pub mod secret;
pub mod sources;
mod typed;
pub mod verify;
mod verifying;
mod writing;

pub use replay::Replay;

/// Prints the words that complete what is typed. Gives back the exit code.
pub fn complete(typed: &[String]) -> u8 {
    u8::from(writing::print(&crate::cli::complete::complete(typed)).is_err())
}
