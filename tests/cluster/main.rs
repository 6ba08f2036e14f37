//! The real binary against a real Kubernetes, which `tests/run` starts and names
//! in the environment: `node`, `diagnose_node`, `readme_node`, `rotate_node`, `running_node` and `pictures_node` need the node and its private registries,
//! `restart` has the API server for itself, and the others need the API server alone.

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

mod apply;
mod apply_many;
mod diagnose_node;
#[allow(dead_code, reason = "shared with the tests against real programs")]
#[path = "../support/home.rs"]
mod home;
mod link_and_inject;
mod list_and_inspect;
mod node;
#[allow(dead_code, reason = "each harness uses its part")]
#[path = "../support/outcome.rs"]
mod outcome;
mod permissions;
mod pictures_node;
mod readme_node;
mod restart;
mod rotate;
mod rotate_node;
mod running_node;
#[allow(dead_code, reason = "each harness uses its part")]
#[path = "../support/screen.rs"]
mod screen;
mod support;
mod svg;
