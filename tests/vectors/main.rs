//! Recorded behaviour of other programs, row by row. `docker.json` was recorded
//! from docker/cli 29.9 and credential helpers, `kubelet.json` from Kubernetes
//! 1.36 and 1.37.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod docker;
mod kubelet;
mod podman;
mod stores;

use serde_json::Value;

/// The text of a member; empty if there is none.
fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}
