//! Flags for what is done in the cluster, and those that are kubectl's own.

use clap::Args;

/// Applying, and the flags that are passed on to kubectl.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArguments {
    /// Apply with kubectl instead of printing
    #[arg(long)]
    pub apply: bool,

    /// Add it to a service account too
    #[arg(
        long,
        value_name = "ACCOUNT",
        requires = "apply",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "default"
    )]
    pub link: Option<String>,

    /// Which namespaces.
    #[command(flatten)]
    pub namespace_choice: NamespaceArguments,

    /// Overwrite the Secret instead of merging
    #[arg(long, requires = "apply")]
    pub replace: bool,

    /// Overwrite fields owned by other managers
    #[arg(long, requires = "apply")]
    pub force_conflicts: bool,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// Namespaces that the cluster names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct NamespaceArguments {
    /// Write to all namespaces but kube-*
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,

    /// Write to namespaces with these labels
    #[arg(long, value_name = "SELECTOR", conflicts_with = "all_namespaces")]
    pub namespace_selector: Option<String>,

    /// Skip the confirmation for many namespaces
    #[arg(long)]
    pub yes: bool,
}

/// Flags that are passed on to kubectl. They are hidden in the help of every command
/// and shown by `options`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "kubectl")]
pub(crate) struct KubectlArguments {
    /// Use this context of the kubeconfig
    #[arg(hide = true, long, value_name = "NAME")]
    pub context: Option<String>,

    /// Use this cluster of the kubeconfig
    #[arg(hide = true, long, value_name = "NAME")]
    pub cluster: Option<String>,

    /// Use this user of the kubeconfig
    #[arg(hide = true, long, value_name = "NAME")]
    pub user: Option<String>,

    /// Use this kubeconfig file
    #[arg(hide = true, long, value_name = "FILE")]
    pub kubeconfig: Option<String>,

    /// Use this API server
    #[arg(hide = true, long, value_name = "URL")]
    pub server: Option<String>,

    /// Trust this certificate authority
    #[arg(hide = true, long, value_name = "FILE")]
    pub certificate_authority: Option<String>,

    /// Expect this name in the certificate
    #[arg(hide = true, long, value_name = "NAME")]
    pub tls_server_name: Option<String>,

    /// Skip the check of the API server's certificate
    #[arg(hide = true, long)]
    pub insecure_skip_tls_verify: bool,

    /// Act as this user
    #[arg(hide = true, long = "as", value_name = "USER")]
    pub impersonate: Option<String>,

    /// Act as a member of this group (repeatable)
    #[arg(hide = true, long = "as-group", value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,

    /// Act with this user ID
    #[arg(hide = true, long = "as-uid", value_name = "UID")]
    pub impersonate_uid: Option<String>,

    /// Give up on a request after this time
    #[arg(hide = true, long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
}
