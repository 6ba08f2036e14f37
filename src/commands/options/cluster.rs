//! kubectl, namespaces, and the commands that need nothing else.

use std::path::Path;

use super::{input, output, words};
use crate::apply::namespaces::{Confirmation, FurtherNamespaces, NamespaceSelection};
use crate::cli::{
    DryRun as DryRunMode, KubectlArguments, LinkArguments, ListArguments,
    ListForm as ListFormArgument, NamespaceArguments,
};
use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::cluster::apply::DryRun;
use crate::cluster::{KubectlOptions, Scope};
use crate::error::Error;
use crate::manifest::metadata::Metadata;
use crate::output::{Headers, ListForm};
use crate::selection::pull_secret::ClusterSecret;
use crate::system::messages::clean;

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
            accounts,
            secret_name: secret,
            namespaces: names,
            namespace_choice,
            dry_run,
            kubectl: passed_on,
        } = arguments;
        Metadata::new("Secret name", &secret)?;
        let mut accounts = words::accounts(accounts);
        if accounts.is_empty() {
            accounts.push(DEFAULT_ACCOUNT.to_owned());
        }
        for account in &accounts {
            Metadata::new("service account name", account)?;
        }
        if dry_run == Some(DryRunMode::Client) {
            let problem =
                "--dry-run=client is not supported here: the list is read before it is changed";
            return Err(Error::usage(problem, "let the API server try it: --dry-run=server"));
        }
        let dry_run = output::server_dry_run(dry_run);
        let namespaces = namespaces(&names, &namespace_choice)?;
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
    /// Whether only Secrets that nothing uses are listed.
    pub(crate) unused: bool,
    /// Only Secrets that expire within so many seconds; none is all.
    pub(crate) expiring: Option<u64>,
    /// Kinds that count as workloads beside the built-in ones.
    pub(crate) kinds: Vec<String>,
    /// The form of the list.
    pub(crate) output: ListForm,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
}

impl ListOptions {
    pub(super) fn of(arguments: ListArguments) -> Result<Self, Error> {
        check_namespace(arguments.namespace.as_deref())?;
        check_kinds(&arguments.kinds)?;
        let is_filtered = arguments.unused || arguments.expiring.is_some();
        if is_filtered && arguments.output == ListFormArgument::Name {
            let problem = "-o name reads nothing but names, and cannot tell which are listed";
            let hint = "take -o json, or leave --unused and --expiring out";
            return Err(Error::usage(problem, hint));
        }
        Ok(Self {
            namespace: arguments.namespace,
            all_namespaces: arguments.all_namespaces,
            selector: arguments.selector,
            unused: arguments.unused,
            expiring: arguments.expiring.as_deref().map(seconds).transpose()?,
            kinds: arguments.kinds,
            output: match arguments.output {
                ListFormArgument::Table => ListForm::Table(headers(arguments.no_headers)),
                ListFormArgument::Wide => ListForm::Wide(headers(arguments.no_headers)),
                ListFormArgument::Json => ListForm::Json,
                ListFormArgument::Yaml => ListForm::Yaml,
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

/// Checks the names of kinds, which become a part of an argument of kubectl's.
///
/// # Errors
/// A usage error.
fn check_kinds(kinds: &[String]) -> Result<(), Error> {
    let is_kind = |kind: &&String| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        !kind.is_empty() && !kind.starts_with('-') && kind.bytes().all(is_part)
    };
    if let Some(kind) = kinds.iter().find(|kind| !is_kind(kind)) {
        let problem = format!("--kinds: `{}` is not the name of a kind", clean(kind));
        return Err(Error::usage(problem, "write it as in: --kinds rollouts.argoproj.io"));
    }
    Ok(())
}

/// Reads a duration in days, hours or minutes, as seconds.
///
/// # Errors
/// A usage error.
fn seconds(text: &str) -> Result<u64, Error> {
    let units = [('d', 24 * 60 * 60), ('h', 60 * 60), ('m', 60)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let number: u32 = text.strip_suffix(*unit)?.parse().ok()?;
        Some(u64::from(number) * seconds)
    });
    parsed.ok_or_else(|| {
        let problem = format!("--expiring: `{}` is not a duration", clean(text));
        Error::usage(problem, "write it as 7d, 12h or 30m")
    })
}

/// Whether a table has a line of headers.
pub(super) fn headers(no_headers: bool) -> Headers {
    if no_headers { Headers::Omitted } else { Headers::Shown }
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
/// `ManifestError::InvalidMetadata`.
pub(super) fn check_namespace(namespace: Option<&str>) -> Result<(), Error> {
    let namespace = namespace.map(|name| Metadata::default().in_namespace(name));
    Ok(namespace.transpose().map(drop)?)
}

/// The namespaces that are written to, those that were named each once.
///
/// # Errors
/// `ManifestError::InvalidMetadata`.
pub(super) fn namespaces(
    names: &[String],
    arguments: &NamespaceArguments,
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
/// A file that was named for kubectl and cannot be read; a usage error.
pub(super) fn kubectl(arguments: &KubectlArguments) -> Result<KubectlOptions, Error> {
    if let Some(timeout) = arguments.request_timeout.as_deref().filter(|text| !is_timeout(text)) {
        let problem = format!("--request-timeout `{}` is not a duration", clean(timeout));
        return Err(Error::usage(problem, "write it as 30s, 2m or 1h30m"));
    }
    let named = [&arguments.kubeconfig, &arguments.certificate_authority];
    // kubectl takes an empty value as none.
    for file in named.into_iter().flatten().filter(|file| !file.is_empty()) {
        input::check_readable(Path::new(file))?;
    }
    Ok(KubectlOptions { flags: flags(arguments) })
}

/// Whether kubectl accepts a time limit: seconds, or a duration of Go. Whether
/// the number is in range is left to kubectl.
/// Source: Kubernetes 1.32, `k8s.io/client-go/tools/clientcmd/helpers.go`.
fn is_timeout(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.is_empty() || !(rest.is_empty() || text.starts_with('-'));
    }
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = rest.strip_suffix(unit).unwrap_or_default();
        let is_number =
            number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
        // `ms` and `m` begin alike: the longer unit is tried first.
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let after = units.iter().find_map(|name| unit.strip_prefix(name));
        let (true, Some(after)) = (is_number, after) else { return false };
        rest = after;
    }
    true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_those_that_kubectl_accepts() {
        for text in
            ["", "0", "5", "5s", "-5s", "1m30s", "1.5h", ".5s", "5.s", "+5s", "10us", "1ms2m"]
        {
            assert!(is_timeout(text), "{text}");
        }
        for text in ["abc", "-5", "5x", "s", ".", "1h2", "1 s", "-", "1..5s", ".s", "5 "] {
            assert!(!is_timeout(text), "{text}");
        }
    }
}
