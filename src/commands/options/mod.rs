//! From the command line to plain, typed options. Every usage error is reported
//! here: before a credential is read, a question asked or a server contacted.
//! The types of clap end here.

mod cluster;
mod documents;
mod input;
mod login;
mod looking;
mod output;
mod rotate;
mod selection;
#[cfg(test)]
mod tests;
mod version;
mod words;

use clap::Parser;

use crate::apply::link::Change;
use crate::cli::{Cli, Command, TrustArguments, VerificationArguments, completion, help};
use crate::error::Error;
use crate::selection::verification::TrustOptions;
use crate::system::environment::Environment;

pub(crate) use cluster::{LinkOptions, ListOptions};
pub(crate) use documents::{
    InjectDestination, InjectOptions, PodOptions, PodSecret, SecretOptions, ServedImages,
};
pub(crate) use login::{LoginCheck, LoginOptions, LogoutOptions};
pub(crate) use looking::{
    DiagnoseOptions, ImageDiagnosis, InspectOptions, InspectedSecret, PodDiagnosis, RunningOptions,
    SourcesOptions, VerifiedCredentials, VerifyOptions,
};
pub(crate) use rotate::{RotateMode, RotateOptions};
pub(crate) use version::{VersionForm, VersionOptions};

/// A command with its options.
#[derive(Debug)]
pub(crate) enum Options {
    /// `secret`.
    Secret(Box<SecretOptions>),
    /// `pod`.
    Pod(Box<PodOptions>),
    /// `inject`.
    Inject(Box<InjectOptions>),
    /// `link` and `unlink`.
    Link(Change, LinkOptions),
    /// `inspect`.
    Inspect(InspectOptions),
    /// `list`.
    List(ListOptions),
    /// `rotate`.
    Rotate(Box<RotateOptions>),
    /// `verify`.
    Verify(Box<VerifyOptions>),
    /// `diagnose`.
    Diagnose(DiagnoseOptions),
    /// `sources`.
    Sources(SourcesOptions),
    /// `login`.
    Login(LoginOptions),
    /// `logout`.
    Logout(LogoutOptions),
    /// `version`.
    Version(VersionOptions),
    /// `help`, `options` and `completion`: a text about the command line itself.
    Page(String),
}

impl Options {
    /// Reads the options of a command line of this program's own making; the words
    /// that follow `kubectl regcred`.
    ///
    /// # Errors
    /// As of [`Self::of`].
    pub(crate) fn of_words(words: &[String], environment: &Environment) -> Result<Self, Error> {
        let words = std::iter::once("kubectl-regcred").chain(words.iter().map(String::as_str));
        let cli = Cli::try_parse_from(words).map_err(|_| {
            Error::usage(
                "these answers make no command",
                "write it yourself: kubectl regcred secret",
            )
        })?;
        Self::of(cli.command, environment)
    }

    /// Returns the flags that are passed on to kubectl.
    pub(crate) fn kubectl_flags(&self) -> Vec<String> {
        let kubectl = match self {
            Self::Secret(options) => {
                let source = options.from_secret.as_ref().map(|secret| &secret.kubectl);
                options.output.apply.as_ref().map(|apply| &apply.kubectl).or(source)
            }
            Self::Pod(options) => options.output.apply.as_ref().map(|apply| &apply.kubectl),
            Self::Link(_, options) => Some(&options.kubectl),
            Self::List(options) => Some(&options.kubectl),
            Self::Rotate(options) => Some(&options.kubectl),
            Self::Diagnose(DiagnoseOptions::Pod(options)) => Some(&options.kubectl),
            Self::Inspect(options) => match &options.secret {
                InspectedSecret::Cluster(secret) => Some(&secret.kubectl),
                InspectedSecret::File(_) => None,
            },
            Self::Verify(options) => match &options.credentials {
                VerifiedCredentials::Cluster(secret) => Some(&secret.kubectl),
                VerifiedCredentials::Running(options) => Some(&options.kubectl),
                VerifiedCredentials::File(_) | VerifiedCredentials::Selection(_) => None,
            },
            Self::Inject(_)
            | Self::Diagnose(DiagnoseOptions::Image(_))
            | Self::Sources(_)
            | Self::Login(_)
            | Self::Logout(_)
            | Self::Version(_)
            | Self::Page(_) => None,
        };
        kubectl.map(|kubectl| kubectl.flags.clone()).unwrap_or_default()
    }

    /// Reads the options of a command.
    ///
    /// # Errors
    /// A usage error; a file that was named and cannot be read.
    pub(crate) fn of(command: Command, environment: &Environment) -> Result<Self, Error> {
        Ok(match command {
            Command::Secret(arguments) => {
                Self::Secret(Box::new(SecretOptions::of(arguments, environment)?))
            }
            Command::Pod(arguments) => Self::Pod(Box::new(PodOptions::of(arguments, environment)?)),
            Command::Inject(arguments) => {
                Self::Inject(Box::new(InjectOptions::of(arguments, environment)?))
            }
            Command::Link(arguments) => Self::Link(Change::Link, LinkOptions::of(arguments)?),
            Command::Unlink(arguments) => Self::Link(Change::Unlink, LinkOptions::of(arguments)?),
            Command::Inspect(arguments) => Self::Inspect(InspectOptions::of(arguments)?),
            Command::List(arguments) => Self::List(ListOptions::of(arguments)?),
            Command::Rotate(arguments) => {
                Self::Rotate(Box::new(RotateOptions::of(*arguments, environment)?))
            }
            Command::Verify(arguments) => {
                Self::Verify(Box::new(VerifyOptions::of(arguments, environment)?))
            }
            Command::Diagnose(arguments) => {
                Self::Diagnose(DiagnoseOptions::of(arguments, environment)?)
            }
            Command::Sources(arguments) => {
                Self::Sources(SourcesOptions::of(arguments, environment)?)
            }
            Command::Login(arguments) => Self::Login(LoginOptions::of(arguments, environment)?),
            Command::Logout(arguments) => Self::Logout(LogoutOptions::of(&arguments)?),
            Command::Version(arguments) => Self::Version(VersionOptions::of(&arguments)),
            Command::Help(arguments) => Self::Page(help::page(arguments.command.as_deref())?),
            Command::Options => Self::Page(help::kubectl_flags()),
            Command::Completion(arguments) => Self::Page(completion::script(arguments.shell)),
        })
    }
}

/// How registries are asked before anything is written; none where they are not.
fn verify_first(
    arguments: &VerificationArguments,
    environment: &Environment,
) -> Result<Option<TrustOptions>, Error> {
    verify(arguments.verify, &arguments.trust, environment)
}

/// The same for a command with a `--verify` of its own.
fn verify(
    is_wanted: bool,
    arguments: &TrustArguments,
    environment: &Environment,
) -> Result<Option<TrustOptions>, Error> {
    if is_wanted {
        return trust(arguments, environment).map(Some);
    }
    if arguments.ca_file.is_some() || arguments.plain_http {
        let problem = "--ca-file and --plain-http say how --verify reaches registries";
        return Err(Error::usage(problem, "add --verify, or leave them out"));
    }
    Ok(None)
}

fn trust(arguments: &TrustArguments, environment: &Environment) -> Result<TrustOptions, Error> {
    TrustOptions::read(arguments.ca_file.as_deref(), arguments.plain_http, environment)
}
