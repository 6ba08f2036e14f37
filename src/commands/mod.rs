//! One file a command: straight-line code that asks the other rooms in order.

pub mod diagnose;
pub mod inject;
pub mod inspect;
pub mod link;
pub mod list;
pub mod login;
pub mod pod;
pub mod secret;
pub mod sources;
pub mod verify;

/// Prints the words that complete what is typed. Gives back the exit code.
pub fn complete(typed: &[String]) -> u8 {
    u8::from(crate::apply::payload::print(&crate::cli::complete::complete(typed)).is_err())
}
