//! `diagnose`.

mod image;
mod nodes;
mod pod;
mod references;
