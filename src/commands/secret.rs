//! `secret`: a pull Secret on standard output.

use crate::apply::deliver::{self, Destination};
use crate::commands::options::SecretOptions;
use crate::error::Failures;
use crate::manifest::payload::Payload;
use crate::selection::replay::Replay;
use crate::selection::{self, pull_secret, verification};
use crate::system::environment::Environment;

/// Runs the command.
///
/// # Errors
/// Everything that keeps the Secret, or with `--all` a part of it, from being written.
pub(crate) fn run(
    mut options: SecretOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let images = selection::images(&options.selection)?;
    let destination = Destination::open(&options.output, environment)?;
    let secrets = deliver::in_namespaces(&options.metadata, &destination.namespaces()?)?;
    if let Some(secret) = &options.from_secret {
        let target = options.output.apply.as_ref().map_or(&secret.kubectl, |apply| &apply.kubectl);
        let source = pull_secret::as_source(secret, target, environment)?;
        options.selection.sources.file = Some(source);
    }
    let chosen = selection::choose(&options.selection, &images, environment, &mut replay)?;
    let email = options.output.email.as_deref();
    let payload = Payload::new(&chosen.credentials(), chosen.private(&images), email)?;
    selection::report(&chosen);
    verification::prove(options.verify, &chosen.entries, &images, environment)?;
    destination.deliver(&payload, secrets, Vec::new())?;
    replay.show();
    if destination.prints_manifests() {
        replay.show_next_step();
    }
    Failures::check(chosen.failures)
}
