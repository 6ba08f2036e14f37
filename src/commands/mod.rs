//! One file a command: it asks the other rooms in order and writes the result.
//! What several commands share stands beside them.

mod applying;
mod choosing;
pub mod login;
mod manifests;
pub mod pod;
mod replay;
mod search;
pub mod secret;
pub mod sources;
mod typed;
mod writing;

pub use replay::Replay;
