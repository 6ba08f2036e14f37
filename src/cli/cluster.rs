//! Flags for what is done in the cluster, and those that are kubectl's own.

use clap::Args;

/// Applying, and the flags that are passed on to kubectl.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArguments {
    /// Apply to the cluster with kubectl instead of printing; other registries' entries stay
    #[arg(long)]
    pub apply: bool,

    /// Let a service account bring the Secret to its Pods: `default`, or this one
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
    pub places: PlacesArguments,

    /// Write exactly what was asked for over a live Secret, without reading it
    #[arg(long, requires = "apply")]
    pub replace: bool,

    /// Take fields over that belong to somebody else's tool
    #[arg(long, requires = "apply")]
    pub force_conflicts: bool,

    /// For kubectl.
    #[command(flatten)]
    pub kubectl: KubectlArguments,
}

/// Namespaces that the cluster names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub struct PlacesArguments {
    /// In all namespaces but kube-system, kube-public and kube-node-lease
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,

    /// In the namespaces with these labels, and in those that -n names
    #[arg(long, value_name = "SELECTOR", conflicts_with = "all_namespaces")]
    pub namespace_selector: Option<String>,

    /// Write to many namespaces without being asked
    #[arg(long)]
    pub yes: bool,
}

/// Flags that are passed on to kubectl.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub struct KubectlArguments {
    /// The kubeconfig context
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,

    /// The kubeconfig cluster
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,

    /// The kubeconfig user
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// The kubeconfig file
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<String>,

    /// The API server
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,

    /// The API server's certificate authority
    #[arg(long, value_name = "FILE")]
    pub certificate_authority: Option<String>,

    /// The name in the API server's certificate
    #[arg(long, value_name = "NAME")]
    pub tls_server_name: Option<String>,

    /// Do not check the API server's certificate
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,

    /// Act as this user
    #[arg(long = "as", value_name = "USER")]
    pub impersonate: Option<String>,

    /// Act as in this group (repeatable)
    #[arg(long = "as-group", value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,

    /// Act as this user's identifier
    #[arg(long = "as-uid", value_name = "UID")]
    pub impersonate_uid: Option<String>,

    /// How long one request may take
    #[arg(long, value_name = "DURATION")]
    pub request_timeout: Option<String>,
}
