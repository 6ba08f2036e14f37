//! kubectl, namespaces, and the commands that need nothing else.

use std::path::Path;

use super::{input, output};
use crate::apply::DryRun;
use crate::apply::namespaces::{Confirmation, FurtherNamespaces, NamespaceSelection};
use crate::cli::{
    DryRun as DryRunMode, KubectlArguments, LinkArguments, ListArguments,
    ListForm as ListFormArgument, PlacesArguments,
};
use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::cluster::{KubectlOptions, Scope};
use crate::error::Error;
use crate::manifest::metadata::Metadata;
use crate::output::ListForm;
use crate::selection::pull_secret::ClusterSecret;

/// `link` and `unlink`.
#[derive(Debug)]
pub(crate) struct LinkOptions {
    /// The pull Secret's name.
    pub(crate) secret: String,
    /// The names of the service accounts; never empty.
    pub(crate) accounts: Vec<String>,
    /// The namespaces of the accounts.
    pub(crate) namespaces: NamespaceSelection,
    /// Whether the API server keeps the change.
    pub(crate) dry_run: DryRun,
    /// The kubectl to change them with.
    pub(crate) kubectl: KubectlOptions,
}

impl LinkOptions {
    pub(super) fn of(arguments: LinkArguments) -> Result<Self, Error> {
        let LinkArguments {
            mut accounts,
            secret,
            namespaces: names,
            places,
            dry_run,
            kubectl: passed_on,
        } = arguments;
        Metadata::new("Secret name", &secret)?;
        if accounts.is_empty() {
            accounts.push(DEFAULT_ACCOUNT.to_owned());
        }
        for account in &accounts {
            Metadata::new("service account name", account)?;
        }
        if dry_run == Some(DryRunMode::Client) {
            let problem =
                "--dry-run=client contacts nothing, and a list has to be read to be changed";
            return Err(Error::usage(problem, "let the API server try it: --dry-run=server"));
        }
        let dry_run = output::server_dry_run(dry_run);
        let namespaces = namespaces(&names, &places)?;
        namespaces.check(dry_run)?;
        Ok(Self { secret, accounts, namespaces, dry_run, kubectl: kubectl(&passed_on)? })
    }
}

/// `list`.
#[derive(Debug)]
pub(crate) struct ListOptions {
    /// None is the one of the kubeconfig.
    namespace: Option<String>,
    all_namespaces: bool,
    /// A label selector, for kubectl.
    pub(crate) selector: Option<String>,
    /// The form of the list.
    pub(crate) output: ListForm,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
}

impl ListOptions {
    pub(super) fn of(arguments: ListArguments) -> Result<Self, Error> {
        check_namespace(arguments.namespace.as_deref())?;
        Ok(Self {
            namespace: arguments.namespace,
            all_namespaces: arguments.all_namespaces,
            selector: arguments.selector,
            output: match arguments.output {
                ListFormArgument::Table => ListForm::Table,
                ListFormArgument::Wide => ListForm::Wide,
                ListFormArgument::Json => ListForm::Json,
                ListFormArgument::Name => ListForm::Name,
            },
            kubectl: kubectl(&arguments.kubectl)?,
        })
    }

    /// Returns where pull Secrets are listed.
    pub(crate) fn scope(&self) -> Scope<'_> {
        if self.all_namespaces { Scope::All } else { Scope::Namespace(self.namespace.as_deref()) }
    }
}

/// A Secret of the cluster.
///
/// # Errors
/// A usage error; a file of kubectl's that cannot be read.
pub(super) fn secret(
    name: String,
    namespace: Option<String>,
    arguments: &KubectlArguments,
) -> Result<ClusterSecret, Error> {
    Metadata::new("Secret name", &name)?;
    check_namespace(namespace.as_deref())?;
    Ok(ClusterSecret { name, namespace, kubectl: kubectl(arguments)? })
}

/// Checks the name of a namespace.
///
/// # Errors
/// [`Error::InvalidMetadata`].
pub(super) fn check_namespace(namespace: Option<&str>) -> Result<(), Error> {
    namespace.map_or(Ok(()), |name| Metadata::default().in_namespace(name).map(drop))
}

/// The namespaces that are written to, those that were named each once.
///
/// # Errors
/// [`Error::InvalidMetadata`].
pub(super) fn namespaces(
    names: &[String],
    arguments: &PlacesArguments,
) -> Result<NamespaceSelection, Error> {
    let mut named: Vec<String> = Vec::new();
    for name in names {
        check_namespace(Some(name))?;
        if !named.contains(name) {
            named.push(name.clone());
        }
    }
    let further = match &arguments.namespace_selector {
        Some(labels) => FurtherNamespaces::Labelled(labels.clone()),
        None if arguments.all_namespaces => FurtherNamespaces::All,
        None => FurtherNamespaces::None,
    };
    let confirmation = if arguments.yes { Confirmation::Given } else { Confirmation::Ask };
    Ok(NamespaceSelection { named, further, confirmation })
}

/// How kubectl is run.
///
/// # Errors
/// A file that was named for kubectl and cannot be read.
pub(super) fn kubectl(arguments: &KubectlArguments) -> Result<KubectlOptions, Error> {
    let named = [&arguments.kubeconfig, &arguments.certificate_authority];
    // kubectl takes an empty value as none.
    for file in named.into_iter().flatten().filter(|file| !file.is_empty()) {
        input::check_readable(Path::new(file))?;
    }
    Ok(KubectlOptions { flags: flags(arguments) })
}

/// The flags that are passed on to kubectl.
pub(super) fn flags(arguments: &KubectlArguments) -> Vec<String> {
    let texts = [
        ("context", &arguments.context),
        ("cluster", &arguments.cluster),
        ("user", &arguments.user),
        ("kubeconfig", &arguments.kubeconfig),
        ("server", &arguments.server),
        ("certificate-authority", &arguments.certificate_authority),
        ("tls-server-name", &arguments.tls_server_name),
        ("as", &arguments.impersonate),
        ("as-uid", &arguments.impersonate_uid),
        ("request-timeout", &arguments.request_timeout),
    ];
    let texts = texts.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
    let groups = arguments.impersonate_groups.iter().map(|group| ("as-group", group));
    let mut flags: Vec<String> =
        texts.chain(groups).map(|(flag, value)| format!("--{flag}={value}")).collect();
    if arguments.insecure_skip_tls_verify {
        flags.push("--insecure-skip-tls-verify".to_owned());
    }
    flags
}
