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
mod docker_json;
mod docker_login;
mod generated;
mod inject;
mod krew;
mod kubelet;
mod limits;
mod native_stores;
mod numbers;
mod registries;
mod secrets;
mod skopeo_login;
mod support;
mod trace;
mod verify;
mod yaml_readers;
