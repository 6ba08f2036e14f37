//! The command line: types and help. No logic, nothing that needs the environment.

pub(crate) mod advice;
pub(crate) mod cluster;
pub(crate) mod completion;
pub(crate) mod guard;
pub(crate) mod help;
pub(crate) mod login;
pub(crate) mod looking;
pub(crate) mod rotate;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use cluster::{ClusterArguments, KubectlArguments, NamespaceArguments};
pub(crate) use completion::CompletionArguments;
pub(crate) use help::{HelpArguments, VersionArguments, VersionForm, command};
pub(crate) use login::{LoginArguments, LogoutArguments};
pub(crate) use looking::{
    DiagnoseArguments, InspectArguments, ListArguments, ListForm, Listing, ListingArguments,
    SourcesArguments, TrustArguments, VerificationArguments, VerifyArguments,
};
pub(crate) use rotate::RotateArguments;

/// `kubectl regcred`.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-regcred",
    bin_name = "kubectl regcred",
    version,
    about = "Turn the registry credentials you already have into pull Secrets that work",
    after_help = "Credentials come from the OS keyring (see `login`), from docker's config with\n\
        its credential helpers, from podman's files, or from a prompt. YAML goes to\n\
        standard output, for `kubectl apply -f -`. Without a command, the program asks\n\
        step by step.\n\n\
        Examples:\n  \
        kubectl regcred secret --registry ghcr.io | kubectl apply -f -\n  \
        kubectl regcred inject -f deployment.yaml | kubectl apply -f -\n  \
        kubectl regcred verify ghcr.io/janedoe/app:v1\n  \
        kubectl regcred diagnose deployment/web\n\n\
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no usable credential or a problem\n\
        found, 130 interrupted",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Print which sources were asked and what they answered
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global")]
    pub verbose: u8,

    /// Print warnings and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global")]
    pub quiet: bool,

    /// Print help
    #[arg(short, long, global = true, action = ArgAction::Help, help_heading = "Global")]
    pub help: Option<bool>,

    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Global")]
    pub version: Option<bool>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a pull Secret from credentials you already have
    Secret(SecretArguments),
    /// Create a Pod and the pull Secret that its images need
    Pod(PodArguments),
    /// Add imagePullSecrets to existing manifests
    Inject(InjectArguments),
    /// Add a pull Secret to service accounts
    Link(LinkArguments),
    /// Remove a pull Secret from service accounts
    #[command(
        after_help = "Removes only the entry for this Secret; the Secret itself is kept.\n\n\
        Examples:\n  \
        kubectl regcred unlink --secret-name regcred\n  \
        kubectl regcred unlink builder --secret-name regcred -n ci\n  \
        kubectl regcred unlink --secret-name regcred -A --yes",
        mut_arg("secret_name", |argument| argument.help("Remove this pull Secret")),
        mut_arg("all_namespaces", |argument| {
            argument.help("Change all namespaces but kube-*")
        })
    )]
    Unlink(LinkArguments),
    /// Show what is inside a pull Secret or a docker config
    Inspect(InspectArguments),
    /// List pull Secrets with their registries, users and problems
    List(ListArguments),
    /// Replace a registry's credential in the pull Secrets of a cluster
    Rotate(Box<RotateArguments>),
    /// Check that registries accept the credentials for these images
    Verify(VerifyArguments),
    /// Explain why a Pod cannot pull its image
    Diagnose(DiagnoseArguments),
    /// List the registries that this machine has credentials for
    Sources(SourcesArguments),
    /// Save a credential in the OS keyring
    Login(LoginArguments),
    /// Remove a credential that `login` saved
    Logout(LogoutArguments),
    /// Print a completion script for a shell
    Completion(CompletionArguments),
    /// List kubectl's flags, which all commands for a cluster accept
    Options,
    /// Print the version, and the commit it was built from
    Version(VersionArguments),
    /// Print help for a command
    Help(HelpArguments),
}

/// `secret`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  \
    kubectl regcred secret\n  \
    kubectl regcred secret --registry ghcr.io --registry quay.io/myorg\n  \
    kubectl regcred secret --image ghcr.io/janedoe/app:v1 --verify\n  \
    kubectl regcred secret myregistrykey -n shop --image ghcr.io/janedoe/app:v1\n  \
    kubectl regcred secret --registry ghcr.io -u jane --password-stdin <token.txt\n  \
    kubectl regcred secret --registry ghcr.io --apply --namespace-selector team=a",
    override_usage = "kubectl regcred secret [NAME] [OPTIONS]",
    mut_arg("output", |argument| {
        argument.help("yaml (default), json, name, dockerconfigjson").hide_default_value(true)
    })
)]
pub(crate) struct SecretArguments {
    /// Name of the Secret [default: regcred]
    #[arg(conflicts_with = "secret_name")]
    pub name: Option<String>,

    /// The name, where the type stands before it as for `kubectl create secret`
    #[arg(hide = true)]
    pub name_after_type: Option<String>,

    /// Set the name, even one that looks like a registry
    #[arg(long, value_name = "NAME")]
    pub secret_name: Option<String>,

    /// Use the Secret [NAMESPACE/]NAME of a cluster
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Choosing credentials",
        conflicts_with_all = ["from_file", "authfile", "username", "password_stdin", "sources", "ignore_helpers", "allow_helpers"]
    )]
    pub from_secret: Option<String>,

    /// Read --from-secret with this context
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Choosing credentials",
        requires = "from_secret"
    )]
    pub from_context: Option<String>,

    /// The one type that is written
    #[arg(long = "type", hide = true, value_parser = ["kubernetes.io/dockerconfigjson"])]
    pub secret_type: Option<String>,

    /// Which credentials.
    #[command(flatten)]
    pub selection: SelectionArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub verification: VerificationArguments,

    /// What is written.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// `pod`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  \
    kubectl regcred pod web --image ghcr.io/janedoe/app:v1 | kubectl apply -f -\n  \
    kubectl regcred pod web --image ghcr.io/jane/app:v1 --existing-secret regcred",
    override_usage = "kubectl regcred pod [NAME] --image IMAGE [OPTIONS]"
)]
pub(crate) struct PodArguments {
    /// Name of the Pod; its containers are NAME-container, …
    pub name: Option<String>,

    /// Set the name of the Secret
    #[arg(long, value_name = "NAME", default_value = "regcred")]
    pub secret_name: String,

    /// Use this Secret of the cluster (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["secret_name", "registries", "all", "username", "password_stdin", "sources", "authfile", "ignore_helpers", "allow_helpers", "email", "verify"]
    )]
    pub existing_secret: Vec<String>,

    /// Which credentials.
    #[command(flatten)]
    pub selection: SelectionArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub verification: VerificationArguments,

    /// What is written.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// `inject`.
#[derive(Debug, Args)]
#[command(
    after_help = "Accepts Pods, workloads that create Pods, and lists of them. Comments, order\n\
    and layout are kept. Without FILE a pipe on standard input is read.\n\n\
    Examples:\n  \
    kubectl regcred inject -f deployment.yaml | kubectl apply -f -\n  \
    helm template RELEASE CHART | kubectl regcred inject | kubectl apply -f -\n  \
    kubectl regcred inject -f manifests -R --registry ghcr.io --in-place",
    override_usage = "kubectl regcred inject [FILE]... [OPTIONS]"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct InjectArguments {
    /// Manifests to change, as with -f; `-` is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Namespace of the objects that name none
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Set the name of the Secret
    #[arg(long, value_name = "NAME", default_value = "regcred")]
    pub secret_name: String,

    /// Use this Secret of the cluster (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["secret_name", "refresh", "verify"])]
    pub existing_secret: Vec<String>,

    /// Add only the references, and write no Secret
    #[arg(long, conflicts_with = "verify")]
    pub references_only: bool,

    /// Replace the Secret if the manifests contain it
    #[arg(long, conflicts_with_all = ["references_only", "in_place"])]
    pub refresh: bool,

    /// Add the reference to service accounts too
    #[arg(long)]
    pub service_accounts: bool,

    /// Move references that have no effect
    #[arg(long)]
    pub fix: bool,

    /// Change the files; add references, no Secret
    #[arg(long, conflicts_with = "verify")]
    pub in_place: bool,

    /// Which credentials.
    #[command(flatten)]
    pub selection: SelectionArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub verification: VerificationArguments,
}

/// `link` and `unlink`.
#[derive(Debug, Args)]
#[command(
    after_help = "Appends to the account's imagePullSecrets and keeps the others. Only Pods that\n\
    are created later get them.\n\n\
    Examples:\n  \
    kubectl regcred link --secret-name regcred\n  \
    kubectl regcred link builder --secret-name regcred -n ci\n  \
    kubectl regcred link --secret-name regcred -A --yes"
)]
pub(crate) struct LinkArguments {
    /// Names of the service accounts [default: default]
    #[arg(value_name = "SERVICEACCOUNT")]
    pub accounts: Vec<String>,

    /// Add this pull Secret
    #[arg(long, value_name = "NAME", alias = "secret")]
    pub secret_name: String,

    /// Namespace of the service accounts (repeatable)
    #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,

    /// Which namespaces.
    #[command(flatten)]
    pub namespace_choice: NamespaceArguments,

    /// Must be server (send, but save nothing)
    #[arg(long, value_name = "MODE", hide_possible_values = true)]
    pub dry_run: Option<DryRun>,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// Which credentials are written, and where they come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing credentials")]
pub(crate) struct SelectionArguments {
    /// The registries that are named, as they were written.
    #[arg(
        long = "registry",
        value_name = "HOST",
        alias = "docker-server",
        help = "Use the registry HOST[:PORT][/PATH] (repeatable)"
    )]
    pub registries: Vec<String>,

    /// Use this image's registry (repeatable)
    #[arg(long = "image", value_name = "IMAGE")]
    pub images: Vec<String>,

    /// Use the images in this file; `-` is standard input
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filenames: Vec<PathBuf>,

    /// Process directories in -f recursively
    #[arg(short = 'R', long, requires = "filenames")]
    pub recursive: bool,

    /// Use all registries that have a credential
    #[arg(long)]
    pub all: bool,

    /// Username (prompts without --password-stdin)
    #[arg(
        short,
        long,
        value_name = "USER",
        alias = "docker-username",
        conflicts_with_all = ["all", "authfile", "ignore_helpers", "allow_helpers"]
    )]
    pub username: Option<String>,

    /// Read the password from standard input
    #[arg(long, conflicts_with_all = ["all", "ignore_helpers", "allow_helpers"])]
    pub password_stdin: bool,

    /// Use this dockerconfigjson or Secret manifest
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["authfile", "username", "password_stdin", "sources", "ignore_helpers", "allow_helpers"]
    )]
    pub from_file: Option<PathBuf>,

    /// Where from.
    #[command(flatten)]
    pub sources: SourceArguments,
}

impl SelectionArguments {
    /// Whether anything was said about which credentials are meant, or where from.
    pub(crate) fn is_named(&self) -> bool {
        let sources = &self.sources;
        self.names_registries()
            || self.all
            || self.username.is_some()
            || self.password_stdin
            || self.from_file.is_some()
            || !sources.sources.is_empty()
            || sources.authfile.is_some()
            || sources.ignore_helpers
    }

    /// Whether it was said which registries are meant, one by one.
    pub(crate) fn names_registries(&self) -> bool {
        !(self.registries.is_empty() && self.images.is_empty() && self.filenames.is_empty())
    }
}

/// Where credentials are looked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing credentials")]
pub(crate) struct SourceArguments {
    /// Ask only these: keyring, docker, podman, prompt
    #[arg(
        long = "source",
        value_name = "SOURCE",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub sources: Vec<Source>,

    /// Read only this config.json or auth.json, or `-`
    #[arg(long, value_name = "FILE")]
    pub authfile: Option<PathBuf>,

    /// Ignore credential helpers, read entries only
    #[arg(long)]
    pub ignore_helpers: bool,

    /// Run credential helpers named in --authfile
    #[arg(long, requires = "authfile", conflicts_with = "ignore_helpers")]
    pub allow_helpers: bool,
}

/// Where credentials may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// What `kubectl regcred login` keeps in the OS keyring
    Keyring,
    /// Docker's configuration with its helpers and stores
    Docker,
    /// The auth.json files of podman, skopeo and buildah
    Podman,
    /// The terminal
    Prompt,
}

/// What is written around the credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Namespace of the generated objects (repeatable)
    #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,

    /// Add these labels
    #[arg(long, value_name = "KEY=VALUE,…", value_delimiter = ',')]
    pub labels: Vec<String>,

    /// Add an annotation as it is (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub annotations: Vec<String>,

    /// Add an email address, which registries ignore
    #[arg(long, value_name = "ADDRESS", alias = "docker-email")]
    pub email: Option<String>,

    /// Output format: yaml, json, name
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = Output::Yaml,
        hide_possible_values = true
    )]
    pub output: Output,

    /// Must be client or server, as for kubectl
    #[arg(long, value_name = "MODE", hide_possible_values = true)]
    pub dry_run: Option<DryRun>,

    /// Into the cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A stream of YAML documents
    Yaml,
    /// One JSON object; several documents are a List
    Json,
    /// KIND/NAME, a line each
    Name,
    /// What the Secret holds, as a file for other programs
    #[value(name = "dockerconfigjson")]
    DockerConfigJson,
}

/// The modes of kubectl's `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DryRun {
    /// Print, contact nothing
    Client,
    /// Send it to the API server, which keeps nothing
    Server,
}
