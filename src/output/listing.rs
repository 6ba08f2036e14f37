//! A pull Secret of the cluster, as `list` tells it.

use secrecy::ExposeSecret;
use serde::Serialize;

use crate::cluster::refusal::namespace_flag;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret};
use crate::kubelet::SecretKind;
use crate::manifest::metadata::is_object_name;
use crate::output::entries;
use crate::selection::pull_secret::{self, Fault, Holder, Value};
use crate::system::messages::clean;
use crate::system::shell;

/// A Secret; its JSON is a contract: fields are added, never renamed, and null is
/// "not looked at", or of a Secret that is not there.
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
}

/// Who refers to a Secret; none where that could not be looked at.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsedBy {
    pub(crate) pods: Option<Vec<String>>,
    pub(crate) service_accounts: Option<Vec<String>>,
}

/// What is amiss with a Secret.
#[derive(Serialize)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    /// The key of the entry that it is about.
    pub(crate) key: Option<String>,
    pub(crate) message: String,
    pub(crate) hint: String,
    /// Whether it only may be of harm.
    #[serde(skip)]
    pub(crate) is_caution: bool,
}

impl Problem {
    fn new(code: &'static str, message: impl Into<String>, hint: String) -> Self {
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
        }
    }

    /// Of a Secret that is there.
    pub(crate) fn of(live: &LiveSecret, used_by: UsedBy) -> Self {
        let (namespace, name) = (live.metadata.namespace.clone(), live.metadata.name.clone());
        let mut row = Self::new(namespace, name, used_by);
        row.secret_type = Some(live.secret_type.clone());
        let value = Value::of_live(live);
        row.add_entries(&Holder {
            origin: String::new(),
            name: row.name.clone(),
            place: None,
            value,
        });
        if has_copy(live) {
            row.problems.push(Problem::new(
                "last-applied",
                "`kubectl apply` keeps a second copy of the credential in an annotation",
                format!("remove it: kubectl annotate secret {} {LAST_APPLIED}-", row.named()),
            ));
        }
        row
    }

    fn add_entries(&mut self, holder: &Holder) {
        let hint = self.inspect();
        let whole = |fault: Fault| Problem::new(fault.code, fault.reason, hint.clone());
        let entries = match holder.entries() {
            Ok(entries) => entries,
            Err(fault) => {
                self.problems.push(whole(fault));
                return;
            }
        };
        self.problems.extend(holder.malformed(&entries).map(whole));
        let (mut registries, mut users, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let row = entries::of_entry(entry, "", false);
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
            let earlier = |at: &String| self.expires_at.as_ref().is_none_or(|first| at < first);
            if let Some(at) = expires_at.filter(earlier) {
                self.expires_at = Some(at);
            }
        }
        (self.registries, self.users, self.kinds) = (Some(registries), Some(users), Some(kinds));
    }

    /// Of a Secret that is referred to and is not there.
    pub(crate) fn missing(namespace: String, name: String, by: UsedBy) -> Self {
        let mut row = Self::new(namespace, name, by);
        let hint = if is_object_name(&row.name) {
            let words = ["kubectl", "regcred", "secret", &row.name, "--apply"];
            format!("make it: {}{}", shell::command(words), namespace_flag(Some(&row.namespace)))
        } else {
            pull_secret::NO_NAME.to_owned()
        };
        let message = "it is referred to, and it is not there";
        row.problems.push(Problem::new("secret-missing", message, hint));
        row
    }

    /// Of a Secret that is referred to and is of a type that the kubelet skips.
    pub(crate) fn other_type(namespace: String, name: String, found: &str, by: UsedBy) -> Self {
        let mut row = Self::new(namespace, name, by);
        let named = row.named();
        row.secret_type = Some(found.to_owned());
        row.problems.push(Problem::new(
            "wrong-type",
            format!("it is referred to and of type {}: the kubelet skips it", clean(found)),
            format!("make it anew: kubectl delete secret {named} && kubectl regcred secret {named} --apply"),
        ));
        row
    }

    /// `NAME -n NAMESPACE` for commands.
    fn named(&self) -> String {
        shell::word(&self.name) + &namespace_flag(Some(&self.namespace))
    }

    /// Where more is told of it than here.
    pub(crate) fn inspect(&self) -> String {
        format!("see it whole: kubectl regcred inspect {}", self.named())
    }

    /// By this they are sorted.
    pub(crate) fn place(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// Whether something is amiss that does harm.
    pub(crate) fn is_amiss(&self) -> bool {
        self.problems.iter().any(|problem| !problem.is_caution)
    }
}

/// Whether what `kubectl apply` noted of it holds a credential.
fn has_copy(live: &LiveSecret) -> bool {
    live.metadata.annotations.get(LAST_APPLIED).is_some_and(|text| {
        let text = text.expose_secret();
        let kinds = [SecretKind::DockerConfigJson, SecretKind::DockerConfig];
        kinds.iter().any(|kind| text.contains(&format!("\"{}\"", kind.key())))
    })
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, value: Option<T>) {
    list.extend(value.filter(|value| !list.contains(value)));
}
