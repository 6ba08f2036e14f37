//! The arguments of `login` and `logout`.

use clap::Args;

use super::TrustArguments;

/// `login`.
#[derive(Debug, Args)]
#[command(
    after_help = "The registry is asked first; a rejected credential is not saved. The credential\n\
    is saved in the keyring of this system and nowhere else. All other commands use\n\
    it; docker and podman do not see it.\n\n\
    Examples:\n  \
    kubectl regcred login\n  \
    kubectl regcred login ghcr.io\n  \
    kubectl regcred login ghcr.io --username janedoe --password-stdin <token.txt"
)]
pub(crate) struct LoginArguments {
    /// Registry, or a path in it
    #[arg(value_name = "HOST[:PORT][/PATH]")]
    pub registry: Option<String>,

    /// The same as a flag, as other commands have it
    #[arg(long = "registry", value_name = "HOST", hide = true, conflicts_with = "registry")]
    pub registry_flag: Option<String>,

    /// Username (prompts without --password-stdin)
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
#[command(after_help = "Reports which logins docker and podman still have; those are kept.\n\n\
    Examples:\n  \
    kubectl regcred logout ghcr.io\n  \
    kubectl regcred logout --all")]
pub(crate) struct LogoutArguments {
    /// Registry, as it was given to `login`
    #[arg(value_name = "HOST[:PORT][/PATH]", conflicts_with = "all")]
    pub registry: Option<String>,

    /// The same as a flag, as other commands have it
    #[arg(
        long = "registry",
        value_name = "HOST",
        hide = true,
        conflicts_with_all = ["registry", "all"]
    )]
    pub registry_flag: Option<String>,

    /// Remove all credentials that `login` saved
    #[arg(long)]
    pub all: bool,
}
