//! From evidence about an image pull to a verdict and one thing to do. Pure: the
//! commands read what the cluster, files and registries know, and pass it in.

pub(crate) mod collect;
mod credential;
pub(crate) mod evidence;
pub(crate) mod given;
pub(crate) mod hints;
pub(crate) mod judge;
pub(crate) mod messages;
mod mirror;
mod node;
pub(crate) mod secrets;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;
pub(crate) mod verdict_code;
