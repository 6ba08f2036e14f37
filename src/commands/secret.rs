//! `secret`: a pull Secret on standard output.

use crate::cli::SecretArguments;
use crate::commands::writing::{self, Written};
use crate::commands::{Replay, applying, choosing, verifying};
use crate::error::Failures;
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
    writing::check_cluster(shaping)?;
    let namespaces = applying::namespaces(shaping, environment)?;
    let placed = writing::metadata("Secret name", &arguments.name, shaping, &namespaces)?;
    let images = choosing::images(&arguments.choosing)?;
    let chosen = choosing::choose(&arguments.choosing, &images, environment, &mut replay)?;
    let value = writing::dockerconfigjson(&chosen.entries, &images, shaping)?;
    choosing::tell(&chosen);
    verifying::prove(&arguments.proving, &chosen.entries, &images, environment)?;
    let written = Written { entries: &chosen.entries, images: &images, value: &value };
    writing::finish(&written, placed, Vec::new(), shaping, environment)?;
    replay.show();
    Failures::check(chosen.failures)
}
