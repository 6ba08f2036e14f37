//! scaffold
#![allow(missing_docs, reason = "scaffold")]
pub mod kubelet;
pub mod registry;
