//! `list`: the pull Secrets of the cluster, what uses them, and their problems.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::error::ClusterError;
use crate::cluster::pod_context::SecretName;
use crate::cluster::pods::Pod;
use crate::cluster::secrets::LiveSecret;
use crate::cluster::workloads::{self, Workload, Workloads};
use crate::cluster::{Kubectl, Scope, Selectors};
use crate::commands::options::ListOptions;
use crate::error::{Error, Failures};
use crate::kubelet::SecretKind;
use crate::output::ListForm;
use crate::output::list_report::{self, Width};
use crate::output::listing::{Row, UsedBy};
use crate::registry::expiry;
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::output_stream;
use crate::system::parallel::join;

/// What `--unused` cannot know.
const UNUSED: &str = "only Pods, service accounts and the built-in workloads were looked at; a custom controller may use a Secret too: name its kind with --kinds";

/// Namespace and name.
type SecretPlace = (String, String);

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where there are any.
pub(crate) fn run(options: &ListOptions, environment: &Environment) -> Result<(), Failures> {
    let kubectl = Kubectl::find(&options.kubectl, environment)?;
    let scope = options.scope();
    let labels = options.selector.as_deref();
    if options.output == ListForm::Name {
        return Ok(output_stream::print(&names(&kubectl, scope, labels)?)?);
    }
    let mut rows = rows(&kubectl, scope, options)?;
    if options.unused {
        rows.retain(Row::is_unused);
        messages::note(UNUSED);
    }
    if let Some(seconds) = options.expiring {
        let limit = expiry::rfc3339(clock::now().saturating_add(seconds));
        rows.retain(|row| row.expires_at.as_ref().is_some_and(|at| *at <= limit));
    }
    for row in &mut rows {
        row.add_flags(&options.kubectl.flags);
    }
    match options.output {
        ListForm::Json => output_stream::print(&list_report::json(&rows)?)?,
        ListForm::Yaml => output_stream::print(&list_report::yaml(&rows)?)?,
        _ if rows.is_empty() => messages::line("No pull Secrets found."),
        ListForm::Wide(headers) => {
            output_stream::print(&list_report::text(&rows, Width::Wide, headers))?;
        }
        ListForm::Table(headers) => {
            output_stream::print(&list_report::text(&rows, Width::Narrow, headers))?;
        }
        // The names were printed above, without a look at the content.
        ListForm::Name => {}
    }
    Failures::of_problems(rows.iter().filter(|row| row.has_problem()).count())
}

/// Returns the pull Secrets, and the missing ones that are referenced, by namespace and
/// name.
fn rows(kubectl: &Kubectl, scope: Scope<'_>, options: &ListOptions) -> Result<Vec<Row>, Error> {
    let labels = options.selector.as_deref();
    let read = Read::all(kubectl, scope, options)?;
    let (mut used, now) = (read.used(), clock::now());
    let mut rows: Vec<Row> = read
        .secrets
        .iter()
        .map(|live| {
            let place = (live.metadata.namespace.clone(), live.metadata.name.clone());
            Row::of(live, used.remove(&place).unwrap_or_else(|| read.unused()), now)
        })
        .collect();
    // A Secret without these labels may exist all the same.
    if labels.is_none() {
        rows.extend(missing(kubectl, scope, used));
    }
    rows.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
    Ok(rows)
}

/// Returns the names as kubectl prints them; nothing of their content is read.
fn names(kubectl: &Kubectl, scope: Scope<'_>, labels: Option<&str>) -> Result<String, Error> {
    let names = kubectl.secret_names(scope, labels)?;
    let names = names.iter().filter(|secret| secret.is_pull_secret());
    Ok(names.flat_map(|secret| ["secret/".to_owned(), clean(&secret.name), "\n".into()]).collect())
}

/// What could be read of the cluster.
struct Read {
    secrets: Vec<LiveSecret>,
    /// None where they could not be read.
    pods: Option<Vec<Pod>>,
    /// None where they could not be read.
    accounts: Option<Vec<ServiceAccount>>,
    /// None where not all of them could be read.
    workloads: Option<Vec<Workload>>,
}

impl Read {
    /// Reads Secrets, Pods and service accounts at the same time.
    fn all(kubectl: &Kubectl, scope: Scope<'_>, options: &ListOptions) -> Result<Self, Error> {
        let labels = options.selector.as_deref();
        let workloads = || kubectl.workloads(scope, &options.kinds);
        let selectors = Selectors { labels, ..Selectors::default() };
        let (secrets, (pods, (accounts, workloads))) = join(
            || kubectl.pull_secrets(scope, selectors),
            || join(|| kubectl.pods(scope), || join(|| kubectl.service_accounts(scope), workloads)),
        );
        let Workloads { items, failures } = workloads;
        let workloads = failures.into_iter().next().map_or(Ok(items), Err);
        Ok(Self {
            secrets: secrets?,
            pods: read_or_warn("Pods", pods),
            accounts: read_or_warn("service accounts", accounts),
            workloads: read_or_warn("workloads", workloads),
        })
    }

    /// Returns that nothing references a Secret, as far as that is known.
    fn unused(&self) -> UsedBy {
        UsedBy {
            pods: self.pods.as_ref().map(|_| Vec::new()),
            service_accounts: self.accounts.as_ref().map(|_| Vec::new()),
            workloads: self.workloads.as_ref().map(|_| Vec::new()),
            repeated: None,
        }
    }

    /// Returns what references which Secret.
    fn used(&self) -> BTreeMap<SecretPlace, UsedBy> {
        let mut used: BTreeMap<SecretPlace, UsedBy> = BTreeMap::new();
        let at = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
        for pod in self.pods.iter().flatten() {
            let names: BTreeSet<&str> = pod.pull_secrets().collect();
            for name in names {
                let by = used.entry(at(pod.namespace(), name)).or_insert_with(|| self.unused());
                by.pods.get_or_insert_default().push(pod.name().to_owned());
            }
        }
        for account in self.accounts.iter().flatten() {
            let mut times: BTreeMap<&str, usize> = BTreeMap::new();
            for name in account.pull_secrets() {
                *times.entry(name).or_default() += 1;
            }
            for (name, times) in times {
                let by = used.entry(at(account.namespace(), name)).or_insert_with(|| self.unused());
                by.service_accounts.get_or_insert_default().push(account.name().to_owned());
                if times > by.repeated.as_ref().map_or(1, |(_, most)| *most) {
                    by.repeated = Some((account.name().to_owned(), times));
                }
            }
        }
        let accounts = workloads::by_place(self.accounts.iter().flatten());
        for workload in self.workloads.iter().flatten() {
            let names: BTreeSet<&str> = workload.pull_secrets(&accounts).into_iter().collect();
            for name in names {
                let place = at(&workload.namespace, name);
                let by = used.entry(place).or_insert_with(|| self.unused());
                by.workloads.get_or_insert_default().push(workload.name.clone());
            }
        }
        used
    }
}

/// Returns what was read; warns of what could not be.
fn read_or_warn<T>(what: &str, read: Result<T, ClusterError>) -> Option<T> {
    read.inspect_err(|error| messages::warning(&format!("could not read {what}: {error}"))).ok()
}

/// Returns the Secrets that are referenced and are no pull Secrets.
fn missing(kubectl: &Kubectl, scope: Scope<'_>, used: BTreeMap<SecretPlace, UsedBy>) -> Vec<Row> {
    if used.is_empty() {
        return Vec::new();
    }
    let names = kubectl.secret_names(scope, None);
    let Some(names) = read_or_warn("the names of the other Secrets", names) else {
        return Vec::new();
    };
    let mut types: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for SecretName { namespace, name, secret_type } in &names {
        types.entry(namespace).or_default().insert(name, secret_type);
    }
    let row = |((namespace, name), by): (SecretPlace, UsedBy)| {
        // Of a namespace that kubectl chose the list has no name.
        let is_chosen = matches!(scope, Scope::Namespace(None));
        let types = types.get(if is_chosen { "" } else { namespace.as_str() });
        match types.and_then(|types| types.get(name.as_str())).copied() {
            None => {
                let beside: Vec<&str> = types.into_iter().flatten().map(|(it, _)| *it).collect();
                Some(Row::missing(namespace, name, by, &beside))
            }
            Some(found) if SecretKind::of_type(found).is_none() => {
                Some(Row::other_type(namespace, name, found, by))
            }
            // It was created meanwhile.
            Some(_) => None,
        }
    };
    used.into_iter().filter_map(row).collect()
}
