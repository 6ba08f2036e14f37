//! Another credential for a registry in the pull Secrets that hold one: found in many
//! namespaces, checked with the images that run with them, and written without a change
//! of anything else.

pub(crate) mod check;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod write;
