//! `kubectl regcred`: turns the registry credentials that a person already has
//! into Kubernetes pull Secrets, and Pods that use them.
//!
//! Data flows one way: `cli` gives `commands` their arguments; these ask `sources`
//! for credentials, `registry` what a credential is worth, `kubelet` whether a Pod
//! could use it, `manifest` for the documents, and `cluster` to apply them. Whatever
//! lies outside the process is reached through `system`. See `docs/architecture.md`.

mod apply;
mod cli;
mod cluster;
mod commands;
mod completion;
mod diagnose;
mod distribution;
mod error;
mod inject;
mod kubelet;
mod manifest;
mod output;
#[cfg(any(test, fuzzing))]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a property that does not hold stops the test"
)]
pub mod properties;
mod registry;
mod rotate;
mod running;
mod selection;
mod sources;
mod system;

/// What the tests in `tests/`, the fuzz targets and the edge reach of this crate. No
/// interface: everything here may change.
#[doc(hidden)]
pub mod testing {
    pub use crate::cli::help::{command, reference};
    #[cfg(any(test, fuzzing))]
    pub use crate::distribution::properties as distribution_properties;
    pub use crate::kubelet::{
        Candidate, Diagnosis, Keyring, Problem, PullSecret, Reference, SecretKind, State, diagnose,
    };
    pub use crate::registry::{credential, expiry, key, reference};
    pub use crate::sources::auths::config::DockerConfig;
    pub use crate::sources::error::SourceError;
    pub use crate::sources::{CredentialQuery, Lookup, docker, helper, podman, store};
    pub use crate::system::environment::Environment;
    pub use crate::system::memory::forbid_dumps;
    pub use crate::system::process::Timeout;
}

use std::ffi::OsString;

use clap::error::ErrorKind;

use crate::cli::guard::NotParsed;
use crate::commands::options::Options;
use crate::error::Failures;
use crate::system::environment::Environment;
use crate::system::messages;

/// Runs one command with the process's arguments, the program's name first.
/// Returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let environment = Environment::of_process();
    if let Some(words) = completed(&arguments, &environment) {
        return u8::from(system::output_stream::print(&words).is_err());
    }
    let arguments = match cli::guard::check(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return report(&error.into(), &[]),
    };
    let cli = match cli::guard::parse(&arguments) {
        Ok(cli) => cli,
        Err(NotParsed::Refused(error)) => return report(&error.into(), &[]),
        Err(NotParsed::ByClap(error))
            if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            if system::terminal::can_ask() {
                let result = commands::guided::run(&environment);
                return result.map_or_else(|failures| report(&failures, &[]), |()| 0);
            }
            return system::output_stream::print(&error.render().to_string()).map_or(1, |()| 2);
        }
        Err(NotParsed::ByClap(error)) => {
            // The stream may be closed: there is nobody left to tell.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match (cli.verbose, cli.quiet) {
        (0, false) => {}
        (0, true) => messages::set_quiet(),
        _ => messages::set_verbose(),
    }
    let replay = selection::Replay::new(&arguments);
    let options = match Options::of(cli.command, &environment) {
        Ok(options) => options,
        Err(error) => return report(&error.into(), &[]),
    };
    let kubectl_flags = options.kubectl_flags();
    let result = commands::run(options, &environment, replay);
    result.map_or_else(|failures| report(&failures, &kubectl_flags), |()| 0)
}

/// Returns the words that complete a line, where a shell or kubectl asks for them.
fn completed(arguments: &[OsString], environment: &Environment) -> Option<String> {
    if arguments.get(1).is_some_and(|word| word == cli::completion::FOR_KUBECTL) {
        return Some(completion::for_kubectl(arguments.get(2..).unwrap_or_default()));
    }
    let shell = environment.get(cli::completion::VARIABLE)?;
    let words = completion::for_shell(shell, arguments)?;
    Some(String::from_utf8_lossy(&words).into_owned())
}

/// Prints failures, with these flags of kubectl in what is proposed.
fn report(failures: &Failures, kubectl_flags: &[String]) -> u8 {
    failures.print(kubectl_flags);
    failures.exit_code()
}
