//! `inject`.

#[cfg(unix)]
mod in_place;
mod manifests;
mod misplaced;
