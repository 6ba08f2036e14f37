//! The command line: types and help. No logic, nothing that needs the environment.

pub mod cluster;
pub mod complete;
pub mod guard;
pub mod looking;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use cluster::{ClusterArguments, KubectlArguments, PlacesArguments};
pub use looking::{
    DiagnoseArguments, InspectArguments, ListArguments, ListForm, Listing, ProvingArguments,
    SourcesArguments, TrustArguments, VerifyArguments,
};

/// `kubectl regcred`.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-regcred",
    bin_name = "kubectl regcred",
    version,
    about = "Turn the registry credentials you already have into pull Secrets that work",
    long_about = "Turn the registry credentials you already have into pull Secrets that work.\n\n\
        Credentials come from what `login` keeps in the OS keyring, from docker's configuration\n\
        with its credential helpers and stores, from podman's files, or are asked for. YAML goes to standard output, for\n\
        `kubectl apply -f -`.",
    after_help = "Examples:\n  \
        kubectl regcred secret --registry ghcr.io | kubectl apply -f -\n  \
        kubectl regcred pod private-reg --image ghcr.io/janedoe/app:v1 | kubectl apply -f -\n  \
        kubectl regcred inject -f deployment.yaml | kubectl apply -f -\n  \
        kubectl regcred verify ghcr.io/janedoe/app:v1\n  \
        kubectl regcred diagnose private-reg\n\n\
        Exit codes: 0 done, 1 failed, 2 usage, 3 no usable credential or a problem found, 130 interrupted",
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Say which sources were asked and what they answered, never values
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a pull Secret for the registries you name, or the one you are logged in to
    Secret(SecretArguments),
    /// Write a Pod and the one pull Secret that its images need
    Pod(PodArguments),
    /// Let existing manifests refer to the pull Secret that their images need
    Inject(InjectArguments),
    /// Let service accounts bring a pull Secret to the Pods that run as them
    Link(LinkArguments),
    /// Take a pull Secret out of the lists of service accounts
    Unlink(LinkArguments),
    /// Show what is inside a pull Secret, or a configuration of docker
    Inspect(InspectArguments),
    /// List the pull Secrets of the cluster: their registries, who uses them, what is amiss
    List(ListArguments),
    /// Ask the registries whether these credentials can pull these images
    Verify(VerifyArguments),
    /// Say why a Pod cannot pull its images, or which credentials the kubelet tries for one
    Diagnose(DiagnoseArguments),
    /// List the registries that this machine has credentials for, and where from
    Sources(SourcesArguments),
    /// Keep a credential in the OS keyring, typed at a prompt or piped
    Login(LoginArguments),
    /// Remove a credential that `login` keeps
    Logout(LogoutArguments),
}

/// `secret`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubectl regcred secret\n  \
    kubectl regcred secret --registry ghcr.io --registry quay.io/myorg\n  \
    kubectl regcred secret --image ghcr.io/janedoe/app:v1 --verify\n  \
    kubectl regcred secret myregistrykey -n awesomeapps --image ghcr.io/janedoe/app:v1\n  \
    kubectl regcred secret --registry ghcr.io --username janedoe --password-stdin <token.txt\n  \
    kubectl regcred secret --registry ghcr.io --apply --namespace-selector team=web")]
pub struct SecretArguments {
    /// The Secret's name
    #[arg(default_value = "regcred")]
    pub name: String,

    /// Which credentials.
    #[command(flatten)]
    pub choosing: ChoosingArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub proving: ProvingArguments,

    /// What is written.
    #[command(flatten)]
    pub shaping: ShapingArguments,
}

/// `pod`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubectl regcred pod private-reg --image ghcr.io/janedoe/app:v1 | kubectl apply -f -\n  \
    kubectl regcred pod private-reg --image ghcr.io/janedoe/app:v1 --existing-secret regcred")]
pub struct PodArguments {
    /// The Pod's name; its containers are NAME-container, NAME-container-2, …
    pub name: Option<String>,

    /// The name of the Secret that is written before the Pod
    #[arg(long, value_name = "NAME", default_value = "regcred")]
    pub secret_name: String,

    /// Use this Secret, which the cluster has already, and write none (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["secret_name", "registries", "all", "username", "password_stdin", "sources", "authfile", "ignore_helpers", "allow_helpers", "email", "verify"]
    )]
    pub existing_secret: Vec<String>,

    /// Which credentials.
    #[command(flatten)]
    pub choosing: ChoosingArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub proving: ProvingArguments,

    /// What is written.
    #[command(flatten)]
    pub shaping: ShapingArguments,
}

/// `inject`.
#[derive(Debug, Args)]
#[command(
    after_help = "Pods, workloads that make Pods, and lists of them. All that stands in the manifests stays as it is.\n\n\
    Examples:\n  \
    kubectl regcred inject -f deployment.yaml | kubectl apply -f -\n  \
    helm template RELEASE CHART | kubectl regcred inject -f - | kubectl apply -f -\n  \
    kubectl regcred inject -f manifests -R --registry ghcr.io --in-place"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct InjectArguments {
    /// The name of the pull Secret
    #[arg(long, value_name = "NAME", default_value = "regcred")]
    pub secret_name: String,

    /// Refer to this Secret, which the cluster has already, and write none (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["secret_name", "refresh", "verify"])]
    pub existing_secret: Vec<String>,

    /// Write no Secret, only the references to it
    #[arg(long, conflicts_with = "verify")]
    pub references_only: bool,

    /// Replace a Secret of that name which the manifests hold already
    #[arg(long, conflicts_with_all = ["references_only", "in_place"])]
    pub refresh: bool,

    /// Let service accounts refer to it too
    #[arg(long)]
    pub service_accounts: bool,

    /// Write the references into the files, and no Secret: it does not belong there
    #[arg(long, conflicts_with = "verify")]
    pub in_place: bool,

    /// Which credentials.
    #[command(flatten)]
    pub choosing: ChoosingArguments,

    /// Asking the registry first.
    #[command(flatten)]
    pub proving: ProvingArguments,
}

/// `link` and `unlink`.
#[derive(Debug, Args)]
#[command(
    after_help = "An account's list is appended to, never replaced. Pods get it when they are made.\n\n\
    Examples:\n  \
    kubectl regcred link --secret regcred\n  \
    kubectl regcred link builder --secret regcred -n ci\n  \
    kubectl regcred unlink --secret regcred -A --yes"
)]
pub struct LinkArguments {
    /// The service accounts; `default` if none is named
    #[arg(value_name = "SERVICEACCOUNT")]
    pub accounts: Vec<String>,

    /// The pull Secret
    #[arg(long, value_name = "NAME")]
    pub secret: String,

    /// The namespace (repeatable)
    #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,

    /// Which namespaces.
    #[command(flatten)]
    pub places: PlacesArguments,

    /// server: let the API server check the change without keeping it
    #[arg(long, value_name = "MODE")]
    pub dry_run: Option<DryRun>,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// `login`.
#[derive(Debug, Args)]
#[command(after_help = "The registry is asked first; a credential that it rejects is not kept.\n\
    The credential goes into the keyring of this system and nowhere else; the registry is noted\n\
    in the user's configuration folder. `secret`, `pod` and `sources` find it there.\n\n\
    Examples:\n  \
    kubectl regcred login\n  \
    kubectl regcred login ghcr.io\n  \
    kubectl regcred login ghcr.io --username janedoe --password-stdin <token.txt")]
pub struct LoginArguments {
    /// The registry, or a path in it
    #[arg(value_name = "HOST[:PORT][/PATH]")]
    pub registry: Option<String>,

    /// The user; the password is asked for, or read with --password-stdin
    #[arg(long, value_name = "USER")]
    pub username: Option<String>,

    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,

    /// Keep the credential without asking the registry
    #[arg(
        long,
        help_heading = "Verifying",
        conflicts_with_all = ["verify", "ca_file", "plain_http"]
    )]
    pub no_verify: bool,

    /// Fail where the registry cannot be reached
    #[arg(long, hide = true)]
    pub verify: bool,

    /// How the registry is reached.
    #[command(flatten)]
    pub trust: TrustArguments,
}

/// `logout`.
#[derive(Debug, Args)]
#[command(
    after_help = "Says what remains elsewhere: docker's and podman's own logins are theirs to remove.\n\n\
    Examples:\n  \
    kubectl regcred logout ghcr.io\n  \
    kubectl regcred logout --all"
)]
pub struct LogoutArguments {
    /// The registry, as it was given to `login`
    #[arg(value_name = "HOST[:PORT][/PATH]", conflicts_with = "all")]
    pub registry: Option<String>,

    /// Everything that `login` keeps
    #[arg(long)]
    pub all: bool,
}

/// Which credentials are written, and where they come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing credentials")]
pub struct ChoosingArguments {
    /// A registry, or a path in it (repeatable)
    #[arg(long = "registry", value_name = "HOST[:PORT][/PATH]", alias = "docker-server")]
    pub registries: Vec<String>,

    /// An image: its registry, so that the kubelet matches this image (repeatable)
    #[arg(long = "image", value_name = "REFERENCE")]
    pub images: Vec<String>,

    /// The registries of the images in these manifests; `-` is standard input (repeatable)
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filenames: Vec<PathBuf>,

    /// Read the folders among them with all that is below
    #[arg(short = 'R', long, requires = "filenames")]
    pub recursive: bool,

    /// All registries that a credential is known for
    #[arg(long)]
    pub all: bool,

    /// This user; the password is asked for, or read with --password-stdin
    #[arg(
        long,
        value_name = "USER",
        alias = "docker-username",
        conflicts_with_all = ["all", "authfile", "ignore_helpers", "allow_helpers"]
    )]
    pub username: Option<String>,

    /// Read the password from standard input
    #[arg(long, conflicts_with_all = ["all", "ignore_helpers", "allow_helpers"])]
    pub password_stdin: bool,

    /// Write the entries of this dockerconfigjson, those that were named or all, checked
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

/// Where credentials are looked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choosing credentials")]
pub struct SourceArguments {
    /// Ask only these sources, in their usual order
    #[arg(long = "source", value_name = "SOURCE[,SOURCE…]", value_delimiter = ',')]
    pub sources: Vec<Source>,

    /// Read only this file, docker's config.json or podman's auth.json; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub authfile: Option<PathBuf>,

    /// Read the entries that files hold, as if they named no credential helpers
    #[arg(long)]
    pub ignore_helpers: bool,

    /// Start the credential helpers that --authfile's file names
    #[arg(long, requires = "authfile", conflicts_with = "ignore_helpers")]
    pub allow_helpers: bool,
}

/// Where credentials may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
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
#[command(next_help_heading = "Shaping")]
pub struct ShapingArguments {
    /// The namespace to write down (repeatable: the documents once for each)
    #[arg(short = 'n', long = "namespace", value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,

    /// Labels
    #[arg(long, value_name = "KEY=VALUE[,…]", value_delimiter = ',')]
    pub labels: Vec<String>,

    /// An annotation, taken as it is (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub annotations: Vec<String>,

    /// An e-mail address for the entries; registries do not need one
    #[arg(long, value_name = "ADDRESS", alias = "docker-email")]
    pub email: Option<String>,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Output::Yaml)]
    pub output: Output,

    /// client: only print, contact nothing; server: let --apply send it without keeping it
    #[arg(long, value_name = "MODE")]
    pub dry_run: Option<DryRun>,

    /// Into the cluster.
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A stream of YAML documents
    Yaml,
    /// One JSON object; several documents are a List
    Json,
    /// KIND/NAME, a line each
    Name,
}

/// The modes of kubectl's `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// Print, contact nothing
    Client,
    /// Send it to the API server, which keeps nothing
    Server,
}
