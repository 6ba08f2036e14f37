//! A pull Secret of the cluster, as `list` shows it.

use secrecy::ExposeSecret;
use serde::Serialize;

use crate::cluster::proposal::with_flags;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret};
use crate::diagnose::hints;
use crate::kubelet::{ProblemCode, SecretKind, SecretValue, ValueFault};
use crate::output::entries::{self, Passwords};
use crate::registry::expiry::UnixSeconds;
use crate::system::messages::clean;

/// A Secret; its JSON is a contract: fields are added, never renamed, and null is
/// "could not be read", or of a Secret that does not exist.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) namespace: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) secret_type: Option<String>,
    /// Each once, as in `inspect`.
    pub(crate) registries: Option<Vec<String>>,
    pub(crate) users: Option<Vec<String>>,
    pub(crate) kinds: Option<Vec<&'static str>>,
    /// When the first of its credentials expires.
    pub(crate) expires_at: Option<String>,
    pub(crate) used_by: UsedBy,
    pub(crate) problems: Vec<Problem>,
    /// Those of kubectl that name the cluster.
    #[serde(skip)]
    flags: Vec<String>,
}

/// What references a Secret; none where that could not be read.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsedBy {
    pub(crate) pods: Option<Vec<String>>,
    pub(crate) service_accounts: Option<Vec<String>>,
    /// What creates Pods with it: `deployment/web`.
    pub(crate) workloads: Option<Vec<String>>,
    /// The service account that names it most often, and how often.
    #[serde(skip)]
    pub(crate) repeated: Option<(String, usize)>,
}

/// A problem with a Secret.
#[derive(Serialize)]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    /// The key of the entry that it is about.
    pub(crate) key: Option<String>,
    pub(crate) message: String,
    pub(crate) hint: String,
    /// Whether the Secret can be used all the same.
    #[serde(skip)]
    pub(crate) is_caution: bool,
}

impl Problem {
    fn new(code: ProblemCode, message: impl Into<String>, hint: String) -> Self {
        Self { code, key: None, message: message.into(), hint, is_caution: false }
    }
}

impl Row {
    fn new(namespace: String, name: String, used_by: UsedBy) -> Self {
        Self {
            namespace,
            name,
            secret_type: None,
            registries: None,
            users: None,
            kinds: None,
            expires_at: None,
            used_by,
            problems: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// Returns the row of a Secret as it is at the time `now`.
    pub(crate) fn of(live: &LiveSecret, used_by: UsedBy, now: UnixSeconds) -> Self {
        let (namespace, name) = (live.metadata.namespace.clone(), live.metadata.name.clone());
        let mut row = Self::new(namespace, name, used_by);
        row.secret_type = Some(live.secret_type.clone());
        row.add_entries(&live.value(), now);
        row.problems.extend(row.repetition());
        if has_copy(live) {
            row.problems.push(Problem::new(
                ProblemCode::LastApplied,
                "`kubectl apply` keeps a second copy of the credential in an annotation",
                hints::remove_annotation(&row.name, &row.namespace, LAST_APPLIED),
            ));
        }
        row
    }

    fn repetition(&self) -> Option<Problem> {
        let (account, times) = self.used_by.repeated.as_ref()?;
        let message = format!(
            "the service account {} references it {times} times: the kubelet tries its entries as often, and its Pods start late",
            clean(account)
        );
        let hint = hints::link_once(account, &self.name, Some(&self.namespace));
        let problem = Problem::new(ProblemCode::RepeatedReference, message, hint);
        Some(Problem { is_caution: true, ..problem })
    }

    fn add_entries(&mut self, value: &SecretValue, now: UnixSeconds) {
        let hint = self.inspect_hint();
        let whole = |fault: ValueFault| Problem::new(fault.code(), fault.to_string(), hint.clone());
        let entries = match value.entries() {
            Ok(entries) => entries,
            Err(fault) => {
                self.problems.push(whole(fault));
                return;
            }
        };
        self.problems.extend(value.undecodable(&entries).map(whole));
        let (mut registries, mut users, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let row = entries::from_secret_entry(entry, "", Passwords::Hidden, now);
            let is_caution = row.usable != Some(false);
            let (key, expires_at) = (row.key, row.expires_at);
            self.problems.extend(row.problems.into_iter().map(|problem| Problem {
                code: problem.code,
                key: Some(key.clone()),
                message: problem.message,
                hint: problem.hint,
                is_caution,
            }));
            add(&mut registries, Some(row.registry));
            add(&mut users, row.username);
            add(&mut kinds, row.kind);
            let is_earlier = |at: &String| self.expires_at.as_ref().is_none_or(|first| at < first);
            if let Some(at) = expires_at.filter(is_earlier) {
                self.expires_at = Some(at);
            }
        }
        (self.registries, self.users, self.kinds) = (Some(registries), Some(users), Some(kinds));
    }

    /// Returns the row of a Secret that is referenced and does not exist; `names` are
    /// those of the other Secrets in the namespace.
    pub(crate) fn missing(namespace: String, name: String, by: UsedBy, names: &[&str]) -> Self {
        let hint = hints::create_missing(&name, &namespace, names);
        let mut row = Self::new(namespace, name, by);
        let message = "it is referenced but does not exist";
        row.problems.push(Problem::new(ProblemCode::SecretMissing, message, hint));
        row
    }

    /// Returns the row of a Secret that is referenced and of a type that the kubelet
    /// skips.
    pub(crate) fn other_type(namespace: String, name: String, found: &str, by: UsedBy) -> Self {
        let hint = hints::replace_reference(&name, &namespace);
        let mut row = Self::new(namespace, name, by);
        row.secret_type = Some(found.to_owned());
        let message =
            format!("it is referenced, but of type {}: the kubelet skips it", clean(found));
        row.problems.push(Problem::new(ProblemCode::WrongType, message, hint));
        row
    }

    /// Returns where more is shown of the Secret than here.
    fn inspect_hint(&self) -> String {
        hints::inspect(&self.name, &self.namespace)
    }

    /// Returns the hint of a problem for people: what concerns an entry is shown whole by
    /// `inspect`.
    pub(crate) fn shown_hint(&self, problem: &Problem) -> String {
        if problem.key.is_none() {
            return problem.hint.clone();
        }
        with_flags(&self.inspect_hint(), &self.flags)
    }

    /// Adds the flags of kubectl that name the cluster to every command that is proposed.
    pub(crate) fn add_flags(&mut self, flags: &[String]) {
        for problem in &mut self.problems {
            problem.hint = with_flags(&problem.hint, flags);
        }
        self.flags = flags.to_vec();
    }

    /// Returns namespace and name, by which rows are sorted.
    pub(crate) fn sort_key(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// Returns whether it is certain that nothing uses the Secret, which exists.
    pub(crate) fn is_unused(&self) -> bool {
        let UsedBy { pods, service_accounts, workloads, .. } = &self.used_by;
        let is_empty = |names: &Option<Vec<String>>| names.as_ref().is_some_and(Vec::is_empty);
        let is_there = self.secret_type.is_some();
        is_there && is_empty(pods) && is_empty(service_accounts) && is_empty(workloads)
    }

    /// Returns whether the Secret has a problem that is more than a caution.
    pub(crate) fn has_problem(&self) -> bool {
        self.problems.iter().any(|problem| !problem.is_caution)
    }
}

/// Returns whether the annotation of `kubectl apply` holds a credential.
fn has_copy(live: &LiveSecret) -> bool {
    live.metadata.annotations.get(LAST_APPLIED).is_some_and(|text| {
        let text = text.expose_secret();
        let kinds = [SecretKind::DockerConfigJson, SecretKind::DockerConfig];
        kinds.iter().any(|kind| text.contains(&format!("\"{}\"", kind.key())))
    })
}

/// Adds a value that the list does not have yet.
fn add<T: PartialEq>(list: &mut Vec<T>, value: Option<T>) {
    list.extend(value.filter(|value| !list.contains(value)));
}
