//! Where credentials come from, by source.

mod config_errors;
mod docker;
mod entry_errors;
mod helper_errors;
mod podman;
mod stores;
