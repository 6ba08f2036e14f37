//! `list`: the pull Secrets of the cluster, who uses them, and what is amiss.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::pods::Pod;
use crate::cluster::secrets::LiveSecret;
use crate::cluster::{Kubectl, Scope};
use crate::commands::options::ListOptions;
use crate::error::{Error, Failures};
use crate::kubelet::SecretKind;
use crate::output::ListForm;
use crate::output::listing::{Row, UsedBy};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::output_stream;
use crate::system::parallel::join;

/// Namespace and name.
type Place = (String, String);

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where anything is amiss.
pub(crate) fn run(options: &ListOptions, environment: &Environment) -> Result<(), Failures> {
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let scope = options.scope();
    let labels = options.selector.as_deref();
    if options.output == ListForm::Name {
        return Ok(output_stream::print(&names(&kubectl, scope, labels)?)?);
    }
    let read = Read::all(&kubectl, scope, labels)?;
    let mut used = read.used();
    let mut rows: Vec<Row> = read
        .secrets
        .iter()
        .map(|live| {
            let place = (live.metadata.namespace.clone(), live.metadata.name.clone());
            Row::of(live, used.remove(&place).unwrap_or_else(|| read.nobody()))
        })
        .collect();
    // A Secret without these labels may be there all the same.
    if labels.is_none() {
        rows.extend(missing(&kubectl, scope, used));
    }
    rows.sort_by(|one, other| one.place().cmp(&other.place()));
    crate::output::list_report::tell(&rows, options.output)
}

/// As kubectl names them; nothing of their content is read.
fn names(kubectl: &Kubectl, scope: Scope<'_>, labels: Option<&str>) -> Result<String, Error> {
    let names = kubectl.secret_names(scope, labels)?;
    let names = names.iter().filter(|secret| secret.is_pull_secret());
    Ok(names.flat_map(|secret| ["secret/".to_owned(), clean(&secret.name), "\n".into()]).collect())
}

/// What could be read of the cluster.
struct Read {
    secrets: Vec<LiveSecret>,
    /// None where they could not be looked at.
    pods: Option<Vec<Pod>>,
    /// None where they could not be looked at.
    accounts: Option<Vec<ServiceAccount>>,
}

impl Read {
    /// All of it at the same time.
    fn all(kubectl: &Kubectl, scope: Scope<'_>, labels: Option<&str>) -> Result<Self, Error> {
        let secrets = |kind: SecretKind| kubectl.secrets(scope, kind.secret_type(), labels);
        let ((secrets, legacy), (pods, accounts)) = join(
            || join(|| secrets(SecretKind::DockerConfigJson), || secrets(SecretKind::DockerConfig)),
            || join(|| kubectl.pods(scope), || kubectl.service_accounts(scope)),
        );
        Ok(Self {
            secrets: [secrets?, legacy?].into_iter().flatten().collect(),
            pods: seen("Pods", pods),
            accounts: seen("service accounts", accounts),
        })
    }

    /// That nobody refers to a Secret, as far as that is known.
    fn nobody(&self) -> UsedBy {
        UsedBy {
            pods: self.pods.as_ref().map(|_| Vec::new()),
            service_accounts: self.accounts.as_ref().map(|_| Vec::new()),
        }
    }

    /// Who refers to which Secret.
    fn used(&self) -> BTreeMap<Place, UsedBy> {
        let mut used: BTreeMap<Place, UsedBy> = BTreeMap::new();
        let at = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
        for pod in self.pods.iter().flatten() {
            let names: BTreeSet<&str> = pod.pull_secrets().collect();
            for name in names {
                let by = used.entry(at(pod.namespace(), name)).or_insert_with(|| self.nobody());
                by.pods.get_or_insert_default().push(pod.name().to_owned());
            }
        }
        for account in self.accounts.iter().flatten() {
            let names: BTreeSet<&str> = account.pull_secrets().collect();
            for name in names {
                let by = used.entry(at(account.namespace(), name)).or_insert_with(|| self.nobody());
                by.service_accounts.get_or_insert_default().push(account.name().to_owned());
            }
        }
        used
    }
}

fn seen<T>(what: &str, read: Result<T, Error>) -> Option<T> {
    read.inspect_err(|error| messages::warning(&format!("not looked at: {what}: {error}"))).ok()
}

/// What is referred to and is no pull Secret.
fn missing(kubectl: &Kubectl, scope: Scope<'_>, used: BTreeMap<Place, UsedBy>) -> Vec<Row> {
    if used.is_empty() {
        return Vec::new();
    }
    let names = kubectl.secret_names(scope, None);
    let Some(names) = seen("whether the other Secrets are there", names) else { return Vec::new() };
    let types: BTreeMap<(&str, &str), &str> = names
        .iter()
        .map(|it| ((it.namespace.as_str(), it.name.as_str()), it.secret_type.as_str()))
        .collect();
    used.into_iter()
        .filter_map(|((namespace, name), by)| {
            // Of a namespace that kubectl chose the list has no name.
            let chosen = matches!(scope, Scope::Namespace(None));
            let listed = if chosen { "" } else { namespace.as_str() };
            match types.get(&(listed, name.as_str())).copied() {
                None => Some(Row::missing(namespace, name, by)),
                Some(found) if SecretKind::of_type(found).is_none() => {
                    Some(Row::other_type(namespace, name, found, by))
                }
                // It was made meanwhile.
                Some(_) => None,
            }
        })
        .collect()
}
