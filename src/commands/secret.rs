//! `secret`: a pull Secret on standard output.

use crate::cli::SecretArguments;
use crate::commands::{Replay, choosing, writing};
use crate::error::{Error, Failures};
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
    let placed = writing::metadata("Secret name", &arguments.name, shaping)?;
    let images = choosing::images(&arguments.choosing)?;
    let chosen = choosing::choose(&arguments.choosing, &images, environment, &mut replay)?;
    let value = writing::dockerconfigjson(&chosen.entries, &images, shaping)?;
    let documents = placed
        .into_iter()
        .map(|metadata| writing::secret(metadata, &chosen.entries, &value))
        .collect::<Result<Vec<_>, Error>>()?;
    choosing::tell(&chosen);
    writing::write(&documents, shaping)?;
    replay.show();
    Failures::check(chosen.failures)
}
