//! The context of a Pod: its service account and its pull Secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::error::ClusterError;
use crate::cluster::refusal::Refusal;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret};
use crate::cluster::{Call, Kubectl, Scope, parse};
use crate::kubelet::SecretKind;

/// A Secret by its name, without its content.
#[derive(Debug)]
pub(crate) struct SecretName {
    /// Where it is; empty for the namespace of the kubeconfig.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its type, up to a space.
    pub secret_type: String,
}

/// The context of a Pod, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct PodContext {
    /// None where it is not there, or could not be looked at.
    pub account: Option<ServiceAccount>,
    /// Those that are there.
    pub secrets: Vec<LiveSecret>,
    /// Why something could not be looked at.
    pub refused: Option<Refusal>,
}

/// A workload, as far as its annotations matter.
#[derive(Deserialize)]
struct Applied {
    metadata: Annotated,
}

#[derive(Deserialize)]
struct Annotated {
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

impl Kubectl {
    /// Reads a service account, if one is wanted, and these Secrets by one call; what
    /// is forbidden does not keep the rest from being read.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl gave no usable answer.
    pub(crate) fn pod_context(
        &self,
        namespace: &str,
        account: Option<&str>,
        secrets: &[&str],
    ) -> Result<PodContext, ClusterError> {
        let account = account.map(|name| format!("serviceaccount/{name}"));
        let mut seen = BTreeSet::new();
        let secrets = secrets.iter().filter(|name| seen.insert(**name));
        let secrets = secrets.map(|name| format!("secret/{name}"));
        let names: Vec<String> = account.into_iter().chain(secrets).collect();
        let mut arguments = vec!["get"];
        arguments.extend(names.iter().map(String::as_str));
        arguments.extend(["--ignore-not-found", "--output=json", "--show-managed-fields"]);
        let namespace = Some(namespace);
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let (answer, refused) = self.run_partly(call)?;
        let mut context = PodContext { refused, ..PodContext::default() };
        if answer.iter().all(u8::is_ascii_whitespace) {
            return Ok(context);
        }
        let whole: &RawValue = parse(&answer, "an object", namespace)?;
        // A single object stands alone.
        let items = match serde_json::from_str::<List<'_>>(whole.get()) {
            Ok(list) => list.items,
            Err(_) => vec![whole],
        };
        for item in items {
            let text = item.get().as_bytes();
            match parse::<Kind>(text, "an object", namespace)?.kind.as_str() {
                "ServiceAccount" => {
                    context.account = Some(parse(text, "a service account", namespace)?);
                }
                _ => context.secrets.push(parse(text, "a Secret", namespace)?),
            }
        }
        Ok(context)
    }

    /// Reads what `kubectl apply` noted of a workload, `KIND/NAME`; none where it was not
    /// applied.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn last_applied(
        &self,
        namespace: &str,
        workload: &str,
    ) -> Result<Option<String>, ClusterError> {
        let arguments = ["get", workload, "--output=json"];
        let namespace = Some(namespace);
        let answer = self.answer(Call { arguments: &arguments, namespace, ..Call::default() })?;
        let workload: Applied = parse(&answer, "a workload", namespace)?;
        Ok(workload.metadata.annotations.get(LAST_APPLIED).cloned())
    }

    /// The names and types of the Secrets there: of their content the API server
    /// sends nothing for kubectl's columns.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn secret_names(
        &self,
        scope: Scope<'_>,
        labels: Option<&str>,
    ) -> Result<Vec<SecretName>, ClusterError> {
        let labels = labels.map(|labels| format!("--selector={labels}"));
        let mut arguments = vec!["get", "secrets", "--no-headers"];
        arguments.extend(labels.as_deref());
        let (all, namespace) = scope.flag_and_namespace();
        arguments.extend(all);
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let answer = self.answer(call)?;
        let text = String::from_utf8_lossy(&answer);
        Ok(text.lines().filter_map(|line| SecretName::read(line, scope)).collect())
    }
}

impl SecretName {
    /// Whether the kubelet reads Secrets of its type.
    pub(crate) fn is_pull_secret(&self) -> bool {
        SecretKind::of_type(&self.secret_type).is_some()
    }

    /// A line of kubectl's columns.
    fn read(line: &str, scope: Scope<'_>) -> Option<Self> {
        let mut cells = line.split_whitespace().map(str::to_owned);
        let namespace = match scope {
            Scope::All => cells.next()?,
            Scope::Namespace(namespace) => namespace.unwrap_or_default().to_owned(),
        };
        Some(Self { namespace, name: cells.next()?, secret_type: cells.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectls_columns_are_read() {
        let read = |line: &str, scope| {
            SecretName::read(line, scope).map(|it| [it.namespace, it.name, it.secret_type])
        };
        let line = "shop        regcred   kubernetes.io/dockerconfigjson   1     5m";
        let expected = ["shop", "regcred", "kubernetes.io/dockerconfigjson"].map(str::to_owned);
        assert_eq!(read(line, Scope::All), Some(expected));
        let expected = ["here", "token", "Opaque"].map(str::to_owned);
        assert_eq!(read("token   Opaque   0   5m", Scope::Namespace(Some("here"))), Some(expected));
        assert_eq!(read("", Scope::All), None);
    }
}
