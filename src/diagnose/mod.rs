//! Judges why a pull fails: evidence in, verdict out. Nothing here touches
//! anything outside the process.

pub(crate) mod credential;
pub(crate) mod evidence;
pub(crate) mod node;
pub(crate) mod verdict;
