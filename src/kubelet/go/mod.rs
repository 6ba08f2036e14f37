//! How Go reads: JSON, base64, URLs and glob patterns. Docker, podman, credential
//! helpers and the kubelet are written in Go, and all that they share is read here,
//! so that no two parts of this tool see different content in the same bytes.
//! What a program does with it afterwards is not decided here.
//!
//! Source: Go 1.26.

pub(crate) mod base64;
pub(crate) mod config;
pub(super) mod glob;
pub(crate) mod json;
pub(crate) mod syntax;
pub(super) mod url;
