//! What would not come back if every node were replaced now: each image that runs, with
//! exactly the credentials that the kubelet would try for it where it runs.

pub(crate) mod collect;
pub(crate) mod read;
