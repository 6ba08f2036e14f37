//! The real binary against hostile registries, in a network of its own where
//! names lead to public, private and metadata addresses: `tests/attacks/run`.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

mod credentials;
#[path = "../support/http.rs"]
mod http;
mod network;
mod trust;
