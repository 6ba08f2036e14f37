//! The documents that are written: pull Secrets and Pods, as YAML or JSON. The
//! same input gives the same bytes. Nothing outside is touched, and nothing is
//! known of where a credential came from.

pub(crate) mod changes;
pub(crate) mod dockerconfigjson;
pub(crate) mod documents;
pub(crate) mod edit;
pub(crate) mod error;
pub(crate) mod images;
pub(crate) mod merge;
pub(crate) mod metadata;
pub(crate) mod node;
pub(crate) mod payload;
mod pod_spec;
pub(crate) mod render;
pub(crate) mod replace;
