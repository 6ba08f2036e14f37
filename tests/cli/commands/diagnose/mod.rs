//! `diagnose`.

mod image;
mod nodes;
mod pod;
