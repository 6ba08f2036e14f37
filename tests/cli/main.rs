//! The real binary against fake programs: every flag, every message.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

mod bad_arguments;
mod commands;
mod docs;
mod foreign_text;
mod habits;
mod hints;
#[path = "../support/http.rs"]
mod http;
#[cfg(unix)]
mod interrupts;
mod manifests;
#[cfg(unix)]
mod odd_files;
#[path = "../support/outcome.rs"]
mod outcome;
mod sources;
mod support;
mod usage;
