//! The real binary against real programs: docker's client and Debian's
//! credential helpers, a registry with a password, and the kubelet's own code.
//! `tests/run` installs what they need and says where the oracle is.

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

mod deadlines;
mod docker_login;
#[path = "../support/home.rs"]
mod home;
mod krew;
mod limits;
mod numbers;
#[allow(dead_code, reason = "each harness uses its part")]
#[path = "../support/outcome.rs"]
mod outcome;
mod random_configs;
mod random_json;
mod random_manifests;
mod random_secrets;
mod registries;
mod secrets;
mod skopeo_login;
mod stores;
mod system_calls;
mod verify;
mod yaml_readers;
