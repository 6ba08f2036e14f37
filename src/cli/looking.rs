//! The arguments of the commands that look and change nothing, and of asking
//! registries.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{KubectlArguments, SelectionArguments, SourceArguments};

/// `inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubectl regcred inspect\n  \
    kubectl regcred inspect myregistrykey -n awesomeapps -o json\n  \
    kubectl regcred inspect -f secret.yaml\n  \
    kubectl regcred inspect --reveal")]
pub(crate) struct InspectArguments {
    /// Name of the Secret in the cluster [default: regcred]
    #[arg(conflicts_with = "filename")]
    pub name: Option<String>,

    /// The name, where the kind stands before it as for kubectl
    #[arg(hide = true, conflicts_with = "filename")]
    pub name_after_kind: Option<String>,

    /// Read this manifest or docker config, or `-`
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filename: Option<PathBuf>,

    /// Namespace of the Secret
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// The form of the answer.
    #[command(flatten)]
    pub form: ListingArguments,

    /// Print the decoded value; in JSON add passwords
    #[arg(long)]
    pub reveal: bool,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// The form of an answer.
#[derive(Debug, Args)]
pub(crate) struct ListingArguments {
    /// Output format: table, json, yaml
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = Listing::Table,
        hide_possible_values = true
    )]
    pub output: Listing,

    /// Omit the header line of the table
    #[arg(long)]
    pub no_headers: bool,
}

/// `diagnose`.
#[derive(Debug, Args)]
#[command(
    after_help = "Checks the newest failing Pod of a workload: deployment/NAME, job/NAME, …\n\
    With -f no cluster is contacted: each image of the files is diagnosed, or the\n\
    one of --image. Secrets are tried in the order of imagePullSecrets, or of the\n\
    files if these contain no Pod, workload or service account.\n\n\
    Examples:\n  \
    kubectl regcred diagnose private-reg\n  \
    kubectl regcred diagnose deployment/web -n shop --verify\n  \
    kubectl regcred diagnose -f deployment.yaml -f secret.yaml\n  \
    kubectl regcred diagnose --image ghcr.io/janedoe/app:v1 -f secret.yaml",
    override_usage = "kubectl regcred diagnose POD|KIND/NAME|KIND NAME [OPTIONS]\n       \
    kubectl regcred diagnose [--image IMAGE] -f FILE [OPTIONS]"
)]
pub(crate) struct DiagnoseArguments {
    /// Name of a Pod, or KIND/NAME of a workload
    #[arg(value_name = "POD|KIND/NAME", conflicts_with_all = ["image", "filenames"])]
    pub pod: Option<String>,

    /// The name, where the kind stands before it as for kubectl
    #[arg(hide = true, conflicts_with_all = ["image", "filenames"])]
    pub name_after_kind: Option<String>,

    /// Diagnose this image only, from files
    #[arg(long, value_name = "IMAGE", requires = "filenames")]
    pub image: Option<String>,

    /// Read Secrets and Pods from this file, or `-`
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub filenames: Vec<PathBuf>,

    /// Namespace of the Pod
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Output format: table, json, yaml
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = Listing::Table,
        hide_possible_values = true
    )]
    pub output: Listing,

    /// Print passwords too
    #[arg(long)]
    pub reveal: bool,

    /// Ask the registries too, as the kubelet would
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
    after_help = "USED-BY counts the Pods, service accounts and workloads that use a Secret, also\n\
    workloads without Pods. Kinds that are not built in are not looked at, unless\n\
    --kinds names them. Secrets that are referred to but do not exist are listed\n\
    too.\n\n\
    Examples:\n  \
    kubectl regcred list\n  \
    kubectl regcred list -A -o wide\n  \
    kubectl regcred list -A --unused\n  \
    kubectl regcred list -A --expiring 7d\n  \
    kubectl regcred list -A -l team=web -o json"
)]
pub(crate) struct ListArguments {
    /// List pull Secrets in all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,

    /// Namespace to list
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Select Secrets by label; skips missing ones
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,

    /// List only Secrets that nothing uses
    #[arg(long)]
    pub unused: bool,

    /// List only Secrets that expire within 7d, 12h, …
    #[arg(long, value_name = "DURATION")]
    pub expiring: Option<String>,

    /// Count these kinds as workloads too
    #[arg(long, value_name = "KIND,…", value_delimiter = ',')]
    pub kinds: Vec<String>,

    /// Output format: table, wide, json, yaml or name
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = ListForm::Table,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub output: ListForm,

    /// Omit the header line of the table
    #[arg(long)]
    pub no_headers: bool,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// The formats of the list of pull Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListForm {
    /// Columns
    Table,
    /// With kinds of credentials, and names instead of numbers
    Wide,
    /// One JSON object
    Json,
    /// The same as YAML
    Yaml,
    /// secret/NAME, a line each: nothing of their content is read
    Name,
}

/// `sources`.
#[derive(Debug, Args)]
#[command(after_help = "Unlocks nothing and reads no secret unless --check is given.\n\n\
    Examples:\n  \
    kubectl regcred sources\n  \
    kubectl regcred sources --check -o json")]
pub(crate) struct SourcesArguments {
    /// Read each credential and show its kind, expiry and use
    #[arg(long)]
    pub check: bool,

    /// The form of the answer.
    #[command(flatten)]
    pub form: ListingArguments,

    /// Where from.
    #[command(flatten)]
    pub sources: SourceArguments,
}

/// The formats of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// Columns
    Table,
    /// One JSON object
    Json,
    /// The same as YAML
    Yaml,
}

/// `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Pulls nothing. Each credential is tried as the kubelet would; an image without\n\
    one is tried anonymously. Without an image only the logins are checked.\n\n\
    With -n, -A or -l, each image that runs is checked with the Secrets of its Pods:\n\
    what would not come back if every node were replaced now?\n\n\
    Outcomes: ok; unauthorized, denied, not-found, no-credential (exit 3);\n\
    rate-limited, unreachable, untrusted (exit 1).\n\n\
    Examples:\n  \
    kubectl regcred verify ghcr.io/janedoe/app:v1\n  \
    kubectl regcred verify -f manifests -R -o json\n  \
    kubectl regcred verify ghcr.io/janedoe/app:v1 --secret-name regcred -n shop\n  \
    kubectl regcred verify --registry ghcr.io\n  \
    kubectl regcred verify -A --workloads",
    override_usage = "kubectl regcred verify [IMAGE]... [OPTIONS]\n       \
    kubectl regcred verify -n NAMESPACE|-A [--workloads] [OPTIONS]",
    mut_arg("filenames", |argument| argument.help("Check the images in this file; `-` is standard input")),
    mut_arg("images", |argument| argument.help("Check this image (repeatable)")),
    mut_arg("registries", |argument| {
        argument.help("Check the login for HOST[:PORT][/PATH] (repeatable)")
    }),
    mut_arg("all", |argument| argument.help("Check all registries that have a credential")),
    mut_arg("from_file", |argument| argument.help("Use the credentials of this dockerconfigjson"))
)]
pub(crate) struct VerifyArguments {
    /// Images to check
    #[arg(value_name = "IMAGE")]
    pub references: Vec<String>,

    /// Use the credentials of this Secret in the cluster
    #[arg(long, alias = "secret", value_name = "NAME", conflicts_with_all = ["secret_file", "registries", "all", "username", "password_stdin", "from_file", "sources", "authfile", "ignore_helpers", "allow_helpers"])]
    pub secret_name: Option<String>,

    /// Use the credentials of this manifest or config
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registries", "all", "username", "password_stdin", "from_file", "sources", "authfile", "ignore_helpers", "allow_helpers"])]
    pub secret_file: Option<PathBuf>,

    /// Namespace of --secret-name, or of what runs
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// Check what runs in all namespaces
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "secret_name"])]
    pub all_namespaces: bool,

    /// Check Pods with these labels
    #[arg(
        short = 'l',
        long,
        value_name = "SELECTOR",
        conflicts_with_all = ["secret_name", "workloads"]
    )]
    pub selector: Option<String>,

    /// Check what workloads would run too
    #[arg(long, conflicts_with = "secret_name")]
    pub workloads: bool,

    /// The form of the answer.
    #[command(flatten)]
    pub form: ListingArguments,

    /// Which credentials.
    #[command(flatten)]
    pub selection: SelectionArguments,

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
pub(crate) struct VerificationArguments {
    /// Check the login with the registry before writing
    #[arg(long)]
    pub verify: bool,

    /// How registries are reached.
    #[command(flatten)]
    pub trust: TrustArguments,
}

/// How registries are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verifying")]
pub(crate) struct TrustArguments {
    /// Trust the certificate authorities in this file too
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Use plain HTTP for registries without HTTPS
    #[arg(long)]
    pub plain_http: bool,
}
