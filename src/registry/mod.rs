//! Registries: their names, the keys of `auths`, what a credential is worth in
//! a pull Secret, and what a registry answers when it is asked.
//!
//! Nothing here reads a file or a variable; only the client asks anyone.

pub mod client;
pub mod credential;
pub mod expiry;
pub mod key;
pub mod kind;
pub mod reference;
