//! The pull Secrets of service accounts in the cluster: one is added or removed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::apply::cluster::Cluster;
use crate::apply::dry_run_suffix;
use crate::apply::report::Report;
use crate::cluster::accounts::ServiceAccount;
use crate::cluster::apply::DryRun;
use crate::cluster::pods::Pod;
use crate::cluster::proposal::command_with_flags;
use crate::cluster::refusal::{Refusal, Reply, in_namespace, namespace_flag};
use crate::cluster::{Kubectl, Scope};
use crate::error::{Error, Failures};
use crate::kubelet::SecretKind;
use crate::system::parallel;
use crate::system::shell;

/// How often an account that changed in between is read again.
const RETRIES: usize = 3;

/// Beyond so many changed accounts, the Pods of all namespaces are listed by one call.
const FEW: usize = 8;

/// The kinds that `kubectl rollout restart` takes.
const RESTARTABLE: [&str; 3] = ["deployment/", "statefulset/", "daemonset/"];

/// How a service account is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The Secret is added.
    Link,
    /// The Secret is removed.
    Unlink,
}

/// What became of a service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Changed,
    Unchanged,
}

/// A service account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// None is the namespace of the kubeconfig.
    namespace: Option<&'a str>,
    account: &'a str,
}

impl Target<'_> {
    fn is_account_of(&self, pod: &Pod, scope: Scope<'_>) -> bool {
        let is_in_namespace = match scope {
            Scope::Namespace(namespace) => self.namespace == namespace,
            Scope::All => self.namespace == Some(pod.namespace()),
        };
        is_in_namespace && pod.account() == self.account
    }
}

/// What became of several service accounts.
pub(super) struct Results<'a> {
    pub(super) report: Report,
    pub(super) changed: Vec<Target<'a>>,
    pub(super) failures: Vec<Error>,
}

/// Changes service accounts; prints a line for each.
pub(crate) struct Linker<'a, C = Kubectl> {
    pub(crate) cluster: &'a C,
    pub(crate) change: Change,
    /// The pull Secret's name.
    pub(crate) secret: &'a str,
    pub(crate) dry_run: DryRun,
    /// The flags of kubectl in the commands that are proposed.
    pub(crate) kubectl_flags: &'a [String],
}

impl<C: Cluster> Linker<'_, C> {
    /// Changes each of these accounts in each namespace.
    ///
    /// # Errors
    /// The failure of each; the others are changed all the same.
    pub(crate) fn all(
        &self,
        namespaces: &[Option<&str>],
        accounts: &[&str],
    ) -> Result<(), Failures> {
        let Results { report, changed, failures } = self.change_all(namespaces, accounts);
        report.print()?;
        if self.change == Change::Link {
            self.useless_secrets(namespaces).print()?;
        }
        if !changed.is_empty() && self.dry_run == DryRun::Off {
            self.outdated_pods(&changed).print()?;
        }
        Failures::check(failures)
    }

    pub(super) fn change_all<'t>(
        &self,
        namespaces: &[Option<&'t str>],
        accounts: &[&'t str],
    ) -> Results<'t> {
        let mut targets: Vec<Target<'_>> = Vec::new();
        for namespace in namespaces {
            let target = |account: &&'t str| Target { namespace: *namespace, account };
            targets.extend(accounts.iter().map(target));
        }
        let outcomes = parallel::map_parallel(&targets, |target| self.change_one(*target));
        let (mut report, mut changed, mut failures) = (Report::default(), Vec::new(), Vec::new());
        for (target, outcome) in targets.iter().zip(outcomes) {
            let done = match outcome {
                Ok(Outcome::Changed) => {
                    changed.push(*target);
                    self.done()
                }
                Ok(Outcome::Unchanged) => "unchanged",
                Err(error) => {
                    failures.push(error);
                    continue;
                }
            };
            let (namespace_phrase, dry_run) =
                (in_namespace(target.namespace), dry_run_suffix(self.dry_run));
            report.output(format!(
                "serviceaccount/{} {done}{namespace_phrase}{dry_run}",
                target.account
            ));
        }
        Results { report, changed, failures }
    }

    fn done(&self) -> &'static str {
        match self.change {
            Change::Link => "linked",
            Change::Unlink => "unlinked",
        }
    }

    /// Changes an account; one that changed in between is read again.
    fn change_one(&self, Target { namespace, account }: Target<'_>) -> Result<Outcome, Error> {
        let mut retries = 0;
        loop {
            let live = self.cluster.service_account(namespace, account)?;
            let Some(patch) = self.patch(&live) else { return Ok(Outcome::Unchanged) };
            match self.cluster.patch_account(namespace, account, &patch, self.dry_run)? {
                Reply::Accepted(()) => return Ok(Outcome::Changed),
                Reply::Refused(refusal) if !refusal.is_outdated() => {
                    return Err(refusal.error(namespace).into());
                }
                Reply::Refused(_) if retries == RETRIES => {
                    let text = "the service account keeps changing while it is written";
                    return Err(Refusal::with_text(text).error(namespace).into());
                }
                Reply::Refused(_) => retries += 1,
            }
        }
    }

    fn patch(&self, live: &ServiceAccount) -> Option<Value> {
        match self.change {
            Change::Link => live.with(self.secret),
            Change::Unlink => live.without(self.secret),
        }
    }

    /// Returns warnings where there is no such Secret, which may be created later, or one
    /// of another type.
    pub(super) fn useless_secrets(&self, namespaces: &[Option<&str>]) -> Report {
        let answers = parallel::map_parallel(namespaces, |namespace| {
            self.cluster.secret_type(*namespace, self.secret)
        });
        let mut report = Report::default();
        for (namespace, secret_type) in namespaces.iter().zip(answers) {
            let (secret, namespace_phrase) = (self.secret, in_namespace(*namespace));
            match secret_type {
                Ok(Some(found)) if SecretKind::of_type(&found).is_some() => {}
                Ok(Some(found)) => report.warning(format!(
                    "Secret {secret}{namespace_phrase} is of type {found}, which the kubelet does not use to pull images"
                )),
                Ok(None) => report.warning(format!(
                    "there is no Secret {secret}{namespace_phrase} yet: {}",
                    self.create(*namespace)
                )),
                Err(error) => {
                    report.detail(format!("could not read Secret {secret}{namespace_phrase}: {error}"));
                }
            }
        }
        report
    }

    fn create(&self, namespace: Option<&str>) -> String {
        let command = shell::command(["kubectl", "regcred", "secret", self.secret, "--apply"]);
        command_with_flags(&(command + &namespace_flag(namespace)), self.kubectl_flags)
    }

    /// Returns notes about Pods that were created before the change: the API server
    /// copies an account's list into a Pod when the Pod is created.
    pub(super) fn outdated_pods(&self, changed: &[Target<'_>]) -> Report {
        let mut report = Report::default();
        let mut workloads: BTreeMap<Option<&str>, BTreeSet<String>> = BTreeMap::new();
        for scope in scopes(changed) {
            let pods = match self.cluster.pods(scope) {
                Ok(pods) => pods,
                Err(error) => {
                    report.note(keeps_list(None));
                    report.detail(format!("could not read Pods: {error}"));
                    return report;
                }
            };
            for pod in pods.iter().filter(|pod| self.is_outdated(pod)) {
                if let Some(target) = changed.iter().find(|target| target.is_account_of(pod, scope))
                {
                    workloads.entry(target.namespace).or_default().insert(pod.workload());
                }
            }
        }
        for (namespace, names) in workloads {
            report.note(self.recreate(namespace, &names));
        }
        report
    }

    /// Whether a Pod's list is not what the changed account's is.
    fn is_outdated(&self, pod: &Pod) -> bool {
        pod.references(self.secret) == (self.change == Change::Unlink)
    }

    /// Returns how the Pods of these workloads get the changed list.
    fn recreate(&self, namespace: Option<&str>, workloads: &BTreeSet<String>) -> String {
        let (restart, recreate): (Vec<&str>, Vec<&str>) = workloads
            .iter()
            .map(String::as_str)
            .partition(|name| RESTARTABLE.iter().any(|kind| name.starts_with(kind)));
        let mut parts = vec![keeps_list(namespace)];
        if !restart.is_empty() {
            let (flag, names) = (namespace_flag(namespace), shell::command(restart));
            let command = format!("kubectl rollout restart{flag} {names}");
            parts.push(format!(
                "restart them: {}",
                command_with_flags(&command, self.kubectl_flags)
            ));
        }
        if !recreate.is_empty() {
            parts.push(format!("recreate: {}", shell::command(recreate)));
        }
        parts.join("; ")
    }
}

/// Returns where the Pods of these accounts are listed.
fn scopes<'a>(changed: &[Target<'a>]) -> Vec<Scope<'a>> {
    if changed.len() > FEW {
        return vec![Scope::All];
    }
    let namespaces: BTreeSet<Option<&str>> =
        changed.iter().map(|target| target.namespace).collect();
    namespaces.into_iter().map(Scope::Namespace).collect()
}

fn keeps_list(namespace: Option<&str>) -> String {
    let namespace_phrase = in_namespace(namespace);
    format!("existing Pods{namespace_phrase} keep their imagePullSecrets until they are recreated")
}
