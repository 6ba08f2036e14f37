//! `rotate`.

use super::{cluster, looking, output, selection, trust, words};
use crate::apply::namespaces::{Confirmation, NamespaceSelection};
use crate::cli::{DryRun as DryRunMode, RotateArguments, SelectionArguments};
use crate::cluster::KubectlOptions;
use crate::cluster::apply::DryRun;
use crate::error::Error;
use crate::manifest::metadata::Metadata;
use crate::manifest::replace::{Paths, Wanted};
use crate::output::Listing;
use crate::selection::verification::TrustOptions;
use crate::selection::{SelectionOptions, parse_registry};
use crate::system::environment::Environment;
use crate::system::terminal;

/// `rotate`.
#[derive(Debug)]
pub(crate) struct RotateOptions {
    /// Which entries get the credential.
    pub(crate) wanted: Wanted,
    /// Only Secrets of this name; none is any name.
    pub(crate) secret_name: Option<String>,
    /// Whether Secrets that another tool writes are changed too.
    pub(crate) includes_managed: bool,
    /// Where the Secrets are.
    pub(crate) namespaces: NamespaceSelection,
    /// Which credential they get.
    pub(crate) selection: SelectionOptions,
    /// How the registry is asked first, if it is.
    pub(crate) verify: Option<TrustOptions>,
    /// What is sent to the API server.
    pub(crate) mode: RotateMode,
    /// The form of the answer.
    pub(crate) output: Listing,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
}

/// What is sent to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RotateMode {
    /// Nothing: what would change is shown.
    Show,
    /// The Secrets, which it keeps or not.
    Send(DryRun),
}

impl RotateOptions {
    pub(super) fn of(arguments: RotateArguments, environment: &Environment) -> Result<Self, Error> {
        words::question_registry(&arguments.registry, "--registry HOST, of an image ")?;
        let wanted = Wanted {
            registry: parse_registry(&arguments.registry)?,
            paths: if arguments.paths { Paths::Below } else { Paths::Named },
            username: arguments.old_username,
        };
        if let Some(name) = &arguments.secret_name {
            Metadata::new("Secret name", name)?;
        }
        let mode = match arguments.dry_run {
            Some(DryRunMode::Client) => RotateMode::Show,
            mode => RotateMode::Send(output::server_dry_run(mode)),
        };
        let namespaces = cluster::namespaces(&arguments.namespaces, &arguments.namespace_choice)?;
        let is_agreed =
            namespaces.confirmation == Confirmation::Given || mode != RotateMode::Send(DryRun::Off);
        if !is_agreed && !terminal::can_ask() {
            let problem = "rotate asks before it writes, and there is no terminal to ask on";
            let hint = "see what would change with --dry-run=client, then confirm with --yes";
            return Err(Error::usage(problem, hint));
        }
        let chosen = SelectionArguments {
            registries: vec![arguments.registry],
            images: Vec::new(),
            filenames: Vec::new(),
            recursive: false,
            all: false,
            username: arguments.username,
            password_stdin: arguments.password_stdin,
            from_file: arguments.from_file,
            sources: arguments.sources,
        };
        let standard_input = selection::standard_input(&chosen);
        standard_input.files("--ca-file", &arguments.trust.ca_file).check()?;
        let selection = selection::of(chosen, environment)?;
        selection::check_typed(&selection, &[])?;
        let asks = !arguments.no_verify && mode != RotateMode::Show;
        let trust = trust(&arguments.trust, environment)?;
        Ok(Self {
            wanted,
            secret_name: arguments.secret_name,
            includes_managed: arguments.include_managed,
            namespaces,
            selection,
            verify: asks.then_some(trust),
            mode,
            output: looking::listing(&arguments.form),
            kubectl: cluster::kubectl(&arguments.kubectl)?,
        })
    }
}
