//! Questions, answered in a pseudo-terminal.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

mod asking;
mod confirming;
mod guided;
mod lines;
mod lists;
#[allow(dead_code, reason = "each harness uses its part")]
#[path = "../support/screen.rs"]
mod screen;
mod terminal;

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-regcred");

/// Longest wait for a text, in milliseconds.
const LIMIT: u64 = 20_000;

const TWO_LOGINS: &str = r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2"},"quay.io":{"username":"jane","password":"hunter3"}}}"#;
