//! `diagnose`.

mod image;
mod pod;
