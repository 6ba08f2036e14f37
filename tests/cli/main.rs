//! The real binary against fake programs: every flag, every message.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

mod applying;
mod bad_config;
mod bad_entries;
mod bad_helpers;
mod bad_input;
mod choosing;
mod diagnose;
mod diagnose_pod;
mod files;
mod inject;
mod inspect;
mod link;
mod list;
mod listing;
mod many;
mod native_stores;
mod papers;
mod pod_cluster;
mod podman;
mod registry;
mod sources;
mod support;
mod usage;
mod verify;
mod writing;
