//! What is known of registries without asking one: their names, the keys of
//! `auths`, and what a credential is worth in a pull Secret.
//!
//! Nothing here reads a file, a variable or the clock.

pub mod credential;
pub mod expiry;
pub mod key;
pub mod reference;
