//! The real binary against a real Kubernetes, which `tests/run` starts and names
//! in the environment: `api` needs the API server alone, `node` also the node and
//! its private registries, and `restart` has the API server for itself.

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

mod api;
mod diagnose_node;
mod looking;
mod many;
mod node;
#[allow(dead_code, reason = "shared with the tests against real programs")]
#[path = "../real/support.rs"]
mod programs;
mod restart;
mod rights;
mod support;
mod wiring;
