//! The arguments of the commands that look and change nothing, and of asking
//! registries.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ChoosingArguments, KubectlArguments, SourceArguments};

/// `inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubectl regcred inspect\n  \
    kubectl regcred inspect myregistrykey -n awesomeapps -o json\n  \
    kubectl regcred inspect -f secret.yaml\n  \
    kubectl regcred inspect --reveal")]
pub struct InspectArguments {
    /// The Secret in the cluster; `regcred` if neither it nor a file is named
    #[arg(conflicts_with = "filename")]
    pub name: Option<String>,

    /// Manifests of Secrets, or docker's config.json; `-` is standard input
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filename: Option<PathBuf>,

    /// The Secret's namespace
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Listing::Table)]
    pub output: Listing,

    /// Print the decoded value itself, passwords included; with -o json add them
    #[arg(long)]
    pub reveal: bool,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// `diagnose`.
#[derive(Debug, Args)]
#[command(
    after_help = "Of a workload the newest failing Pod is looked at: deployment/NAME, statefulset/NAME, job/NAME, …\n\
    With --image nothing is asked of a cluster: the files hold Secrets, which are taken in their order, or\n\
    also what makes the Pod, whose imagePullSecrets then decide.\n\n\
    Examples:\n  \
    kubectl regcred diagnose private-reg\n  \
    kubectl regcred diagnose deployment/web -n shop --verify\n  \
    kubectl regcred diagnose --image ghcr.io/janedoe/app:v1 -f secret.yaml\n  \
    kubectl get secret regcred -o yaml | kubectl regcred diagnose --image ghcr.io/janedoe/app:v1 -f -"
)]
pub struct DiagnoseArguments {
    /// The Pod, or what makes it
    #[arg(value_name = "POD|KIND/NAME", conflicts_with_all = ["image", "filenames"])]
    pub pod: Option<String>,

    /// The image, without a cluster
    #[arg(long, value_name = "REFERENCE", requires = "filenames")]
    pub image: Option<String>,

    /// Manifests of Secrets and Pods; `-` is standard input (repeatable)
    #[arg(short = 'f', long = "filename", value_name = "FILE", requires = "image")]
    pub filenames: Vec<PathBuf>,

    /// The Pod's namespace
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Listing::Table)]
    pub output: Listing,

    /// Show passwords too
    #[arg(long)]
    pub reveal: bool,

    /// Ask the registries too, with what the kubelet would send
    #[arg(long)]
    pub verify: bool,

    /// How registries are reached.
    #[command(flatten)]
    pub trust: TrustArguments,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// `list`.
#[derive(Debug, Args)]
#[command(
    after_help = "USED-BY counts the Pods and the service accounts that refer to it. Secrets that are referred to and are\n\
    not there are listed too.\n\n\
    Examples:\n  \
    kubectl regcred list\n  \
    kubectl regcred list -A -o wide\n  \
    kubectl regcred list -A -l team=web -o json"
)]
pub struct ListArguments {
    /// In all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,

    /// The namespace
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Only those with these labels, and no references to others
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = ListForm::Table)]
    pub output: ListForm,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// The form of the list of pull Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListForm {
    /// Columns
    Table,
    /// With kinds of credentials, and names instead of numbers
    Wide,
    /// One JSON object
    Json,
    /// secret/NAME, a line each: nothing of their content is read
    Name,
}

/// `sources`.
#[derive(Debug, Args)]
#[command(
    after_help = "Only lists: nothing is unlocked, and no secret is read, unless --check is given.\n\n\
    Examples:\n  \
    kubectl regcred sources\n  \
    kubectl regcred sources --check -o json"
)]
pub struct SourcesArguments {
    /// Read each credential, and tell its kind, its expiry and whether the kubelet could use it
    #[arg(long)]
    pub check: bool,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Listing::Table)]
    pub output: Listing,

    /// Where from.
    #[command(flatten)]
    pub sources: SourceArguments,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// Columns
    Table,
    /// One JSON object
    Json,
}

/// `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is pulled. Each credential is tried as the kubelet would; an image without one is tried\n\
    anonymously. Without an image only the logins are checked.\n\n\
    Outcomes: ok; unauthorized, denied, not-found, no-credential (exit 3); rate-limited, unreachable,\n\
    untrusted (exit 1).\n\n\
    Examples:\n  \
    kubectl regcred verify ghcr.io/janedoe/app:v1\n  \
    kubectl regcred verify -f manifests -R -o json\n  \
    kubectl regcred verify ghcr.io/janedoe/app:v1 --secret regcred -n awesomeapps\n  \
    kubectl regcred verify --registry ghcr.io"
)]
pub struct VerifyArguments {
    /// The images
    #[arg(value_name = "IMAGE")]
    pub references: Vec<String>,

    /// Take the credentials in this pull Secret of the cluster
    #[arg(long, value_name = "NAME", conflicts_with_all = ["secret_file", "registries", "all", "username", "password_stdin", "from_file", "sources", "authfile", "ignore_helpers", "allow_helpers"])]
    pub secret: Option<String>,

    /// Take the credentials in this file: pull Secrets, or docker's config.json as it is written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registries", "all", "username", "password_stdin", "from_file", "sources", "authfile", "ignore_helpers", "allow_helpers"])]
    pub secret_file: Option<PathBuf>,

    /// The namespace of --secret
    #[arg(short = 'n', long, value_name = "NAMESPACE", requires = "secret")]
    pub namespace: Option<String>,

    /// The form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t = Listing::Table)]
    pub output: Listing,

    /// Which credentials.
    #[command(flatten)]
    pub choosing: ChoosingArguments,

    /// How registries are reached.
    #[command(flatten)]
    pub trust: TrustArguments,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// Whether registries are asked before anything is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verifying")]
pub struct ProvingArguments {
    /// Ask the registries first, and write nothing if one says no
    #[arg(long)]
    pub verify: bool,

    /// How registries are reached.
    #[command(flatten)]
    pub trust: TrustArguments,
}

/// How registries are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verifying")]
pub struct TrustArguments {
    /// Trust the authorities in this file too, for the registry's certificate
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Let registries that do not speak HTTPS be asked by plain HTTP
    #[arg(long)]
    pub plain_http: bool,
}
