//! The documents that are written: pull Secrets and Pods, as YAML or JSON. The
//! same input gives the same bytes. Nothing outside is touched, and nothing is
//! known of where a credential came from.

pub mod dockerconfigjson;
pub mod documents;
pub mod edit;
pub mod error;
pub mod images;
pub mod merge;
pub mod metadata;
pub mod node;
pub mod payload;
mod pod_spec;
pub mod render;
