//! Names of registries and repositories, canonical keys of `auths`, kinds of
//! credentials and their expiry. Nothing here touches anything outside the process.

pub(crate) mod authority;
pub(crate) mod cloud;
pub mod credential;
pub(crate) mod duration;
pub mod expiry;
pub(crate) mod hosts;
pub mod key;
pub(crate) mod kind;
pub(crate) mod moved;
pub(crate) mod placeholder;
pub mod reference;
pub(crate) mod users;
pub(crate) mod white_space;
