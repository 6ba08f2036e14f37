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
mod foreign;
mod habits;
#[cfg(unix)]
mod in_place;
mod inject;
mod inspect;
#[cfg(unix)]
mod interrupts;
mod link;
mod list;
mod listing;
mod manifests;
mod many;
mod native_stores;
#[cfg(unix)]
mod odd_files;
mod papers;
mod pod_cluster;
mod podman;
mod registry;
mod sources;
mod support;
mod usage;
mod verify;
mod writing;
