//! The arguments of `rotate`.

use std::path::PathBuf;

use clap::Args;

use super::{
    DryRun, KubectlArguments, ListingArguments, NamespaceArguments, SourceArguments, TrustArguments,
};

/// `rotate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Only the registry's entry changes: other entries, labels and annotations are\n\
    kept. Secrets that another tool writes are listed with that tool, and left.\n\
    Before anything is written, the registry is asked whether the new credential\n\
    can pull the images that run with these Secrets.\n\n\
    Examples:\n  \
    kubectl regcred rotate --registry ghcr.io -A --dry-run=client\n  \
    kubectl regcred rotate --registry ghcr.io -A\n  \
    kubectl regcred rotate --registry ghcr.io -u bot --password-stdin --yes",
    override_usage = "kubectl regcred rotate --registry HOST [OPTIONS]",
    mut_arg("all_namespaces", |argument| argument.help("Rotate in all namespaces")),
    mut_arg("namespace_selector", |argument| {
        argument.help("Rotate in namespaces with these labels")
    }),
    mut_arg("yes", |argument| argument.help("Skip the confirmation"))
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct RotateArguments {
    /// Replace the entries for HOST[:PORT][/PATH]
    #[arg(long, value_name = "HOST")]
    pub registry: String,

    /// Replace the entries of paths below it too
    #[arg(long)]
    pub paths: bool,

    /// Replace only the entries of this user
    #[arg(long, value_name = "USER")]
    pub old_username: Option<String>,

    /// Change only Secrets of this name
    #[arg(long, value_name = "NAME")]
    pub secret_name: Option<String>,

    /// Change Secrets that another tool writes too
    #[arg(long)]
    pub include_managed: bool,

    /// Namespace of the Secrets (repeatable)
    #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,

    /// Must be client (show, send nothing) or server
    #[arg(long, value_name = "MODE", hide_possible_values = true)]
    pub dry_run: Option<DryRun>,

    /// The form of the answer.
    #[command(flatten)]
    pub form: ListingArguments,

    /// Username (prompts without --password-stdin)
    #[arg(
        short,
        long,
        value_name = "USER",
        help_heading = "Choosing credentials",
        conflicts_with_all = ["authfile", "ignore_helpers", "allow_helpers"]
    )]
    pub username: Option<String>,

    /// Read the password from standard input
    #[arg(
        long,
        help_heading = "Choosing credentials",
        conflicts_with_all = ["ignore_helpers", "allow_helpers"]
    )]
    pub password_stdin: bool,

    /// Use this dockerconfigjson or Secret manifest
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Choosing credentials",
        conflicts_with_all = ["authfile", "username", "password_stdin", "sources", "ignore_helpers", "allow_helpers"]
    )]
    pub from_file: Option<PathBuf>,

    /// Where from.
    #[command(flatten)]
    pub sources: SourceArguments,

    /// Do not ask the registry first
    #[arg(long, help_heading = "Verifying", conflicts_with_all = ["ca_file", "plain_http"])]
    pub no_verify: bool,

    /// How the registry is reached.
    #[command(flatten)]
    pub trust: TrustArguments,

    /// Which namespaces.
    #[command(flatten)]
    pub namespace_choice: NamespaceArguments,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}
