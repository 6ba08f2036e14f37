//! The lists of service accounts in the cluster: a pull Secret is appended or taken out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::refusal::{Refused, flag, place};
use crate::cluster::{Kubectl, Scope};
use crate::error::{Error, Failures};
use crate::system::messages;
use crate::system::output_stream;
use crate::system::parallel;
use crate::system::shell;

/// How often an account that changed in between is read again.
const RETRIES: usize = 3;

/// From so many namespaces on, Pods and Secrets are looked at in all by one call.
const MANY: usize = 8;

/// What is done to an account's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The Secret is appended.
    Link,
    /// It is taken out.
    Unlink,
}

/// One account in one namespace; none is the namespace of the kubeconfig.
type Target<'a> = (Option<&'a str>, &'a str);

/// Changes the lists of service accounts; prints a line for each.
pub(crate) struct Linker<'a> {
    pub(crate) kubectl: &'a Kubectl,
    pub(crate) change: Change,
    /// The pull Secret's name.
    pub(crate) secret: &'a str,
    pub(crate) dry_run: bool,
}

impl Linker<'_> {
    /// Changes each of these accounts in each namespace.
    ///
    /// # Errors
    /// The failure of each; the others are changed all the same.
    pub(crate) fn all(
        &self,
        namespaces: &[Option<&str>],
        accounts: &[&str],
    ) -> Result<(), Failures> {
        let mut targets: Vec<Target<'_>> = Vec::new();
        for namespace in namespaces {
            targets.extend(accounts.iter().map(|account| (*namespace, *account)));
        }
        let results = parallel::ask_all(&targets, |target| self.one(*target));
        let mut lines = Vec::new();
        let mut failures = Vec::new();
        let mut changed = Vec::new();
        for (target, result) in targets.iter().zip(results) {
            let (namespace, account) = *target;
            match result {
                Ok(is_changed) => {
                    changed.extend(is_changed.then_some(*target));
                    let done = if is_changed { self.done() } else { "unchanged" };
                    let dry = if self.dry_run { " (server dry run)" } else { "" };
                    lines.push(format!(
                        "serviceaccount/{account} {done}{}{dry}\n",
                        place(namespace)
                    ));
                }
                Err(error) => failures.push(error),
            }
        }
        output_stream::print(&lines.concat())?;
        if self.change == Change::Link {
            self.warn_of_missing_secrets(namespaces);
        }
        if !changed.is_empty() && !self.dry_run {
            self.name_what_keeps_its_list(&changed);
        }
        Failures::check(failures)
    }

    fn done(&self) -> &'static str {
        match self.change {
            Change::Link => "linked",
            Change::Unlink => "unlinked",
        }
    }

    /// Whether the account had to be changed.
    fn one(&self, (namespace, account): Target<'_>) -> Result<bool, Error> {
        for attempt in 0.. {
            let live = self.kubectl.service_account(namespace, account)?;
            let Some(patch) = self.patch(&live) else { return Ok(false) };
            match self.kubectl.patch_account(namespace, account, &patch, self.dry_run)? {
                Ok(()) => return Ok(true),
                Err(refused) if refused.is_outdated() && attempt < RETRIES => {}
                Err(refused) if refused.is_outdated() => {
                    let said = "the service account keeps changing while it is written".to_owned();
                    return Err(Refused::in_words(&said).error(namespace));
                }
                Err(refused) => return Err(refused.error(namespace)),
            }
        }
        Ok(false)
    }

    fn patch(&self, live: &ServiceAccount) -> Option<Value> {
        match self.change {
            Change::Link => live.with(self.secret),
            Change::Unlink => live.without(self.secret),
        }
    }

    /// A list may name a Secret that is yet to come.
    fn warn_of_missing_secrets(&self, namespaces: &[Option<&str>]) {
        let answers = parallel::ask_all(namespaces, |namespace| {
            self.kubectl.has_secret(*namespace, self.secret)
        });
        for (namespace, has) in namespaces.iter().zip(answers) {
            let (secret, place) = (self.secret, place(*namespace));
            match has {
                Ok(true) => {}
                Ok(false) => messages::warning(&format!(
                    "there is no Secret {secret}{place} yet: {}{}",
                    shell::command(["kubectl", "regcred", "secret", secret, "--apply"]),
                    flag(*namespace)
                )),
                Err(error) => messages::detail(&format!("not looked at: {error}")),
            }
        }
    }

    /// The API server copies an account's list into a Pod when the Pod is made.
    fn name_what_keeps_its_list(&self, changed: &[Target<'_>]) {
        let in_all = changed.len() > MANY;
        let places: BTreeSet<Option<&str>> = if in_all {
            BTreeSet::from([None])
        } else {
            changed.iter().map(|(namespace, _)| *namespace).collect()
        };
        let mut workloads: BTreeMap<Option<&str>, BTreeSet<String>> = BTreeMap::new();
        for looked_at in places {
            let scope = if in_all { Scope::All } else { Scope::Namespace(looked_at) };
            let pods = match self.kubectl.pods(scope) {
                Ok(pods) => pods,
                Err(error) => {
                    messages::note("Pods that are there keep the list that they were made with");
                    messages::detail(&format!("not looked at: {error}"));
                    return;
                }
            };
            for pod in pods {
                let is_in = |namespace: Option<&str>| {
                    if in_all { namespace == Some(pod.namespace()) } else { namespace == looked_at }
                };
                let runs_as = |(namespace, account): &&Target<'_>| {
                    is_in(*namespace) && pod.account() == *account
                };
                let is_outdated = pod.references(self.secret) == (self.change == Change::Unlink);
                if let Some((namespace, _)) = changed.iter().find(runs_as).filter(|_| is_outdated) {
                    workloads.entry(*namespace).or_default().insert(pod.workload());
                }
            }
        }
        for (namespace, names) in workloads {
            messages::note(&outdated(namespace, &names));
        }
    }
}

/// What to do about Pods that keep their list.
fn outdated(namespace: Option<&str>, names: &BTreeSet<String>) -> String {
    let can_restart = |name: &&String| {
        ["deployment/", "statefulset/", "daemonset/"].iter().any(|kind| name.starts_with(kind))
    };
    let (restart, delete): (Vec<&String>, Vec<&String>) = names.iter().partition(can_restart);
    let flag = flag(namespace);
    let list = |names: &[&String]| shell::command(names.iter().map(|name| name.as_str()));
    let place = place(namespace);
    let kept = format!("Pods that are there keep the list that they were made with{place}");
    let restart = (!restart.is_empty())
        .then(|| format!("restart them: kubectl rollout restart{flag} {}", list(&restart)));
    let anew = (!delete.is_empty()).then(|| format!("to be made anew: {}", list(&delete)));
    [Some(kept), restart, anew].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
