//! `secret`.

mod apply;
mod apply_many;
mod from_file;
mod kubectl;
mod manifests;
mod odd_credentials;
mod output;
mod public_images;
mod selection;
mod shapes;
