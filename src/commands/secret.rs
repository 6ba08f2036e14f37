//! `secret`: a pull Secret on standard output.

use crate::apply;
use crate::apply::payload::{self, Written};
use crate::cli::SecretArguments;
use crate::error::Failures;
use crate::selection::replay::Replay;
use crate::selection::{self, verification};
use crate::system::environment::Environment;

/// Runs the command.
///
/// # Errors
/// Everything that keeps the Secret, or with `--all` a part of it, from being written.
pub fn run(
    arguments: &SecretArguments,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let shaping = &arguments.shaping;
    payload::check_cluster(shaping)?;
    let namespaces = apply::namespaces(shaping, environment)?;
    let placed = payload::metadata("Secret name", &arguments.name, shaping, &namespaces)?;
    let images = selection::images(&arguments.choosing)?;
    let chosen = selection::choose(&arguments.choosing, &images, environment, &mut replay)?;
    let value = payload::dockerconfigjson(&chosen.entries, &images, shaping)?;
    selection::tell(&chosen);
    verification::prove(&arguments.proving, &chosen.entries, &images, environment)?;
    let written = Written { entries: &chosen.entries, images: &images, value: &value };
    payload::finish(&written, placed, Vec::new(), shaping, environment)?;
    replay.show();
    Failures::check(chosen.failures)
}
