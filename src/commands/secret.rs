//! `secret`: a pull Secret on standard output.

use crate::apply::payload::{self, Destination, Written};
use crate::commands::options::SecretOptions;
use crate::error::Failures;
use crate::selection::replay::Replay;
use crate::selection::{self, verification};
use crate::system::environment::Environment;

/// Runs the command.
///
/// # Errors
/// Everything that keeps the Secret, or with `--all` a part of it, from being written.
pub(crate) fn run(
    options: SecretOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let images = selection::images(&options.selection)?;
    let destination = Destination::open(&options.output, environment)?;
    let placed = payload::placed(&options.metadata, &destination.namespaces()?)?;
    let chosen = selection::choose(&options.selection, &images, environment, &mut replay)?;
    let email = options.output.email.as_deref();
    let value = payload::dockerconfigjson(&chosen.entries, &images, email)?;
    selection::tell(&chosen);
    verification::prove(options.verify, &chosen.entries, &images, environment)?;
    let written = Written { entries: &chosen.entries, images: &images, value: &value };
    payload::finish(&written, placed, Vec::new(), &destination)?;
    replay.show();
    Failures::check(chosen.failures)
}
