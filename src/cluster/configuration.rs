//! Whether kubectl's own configuration names a cluster, as far as this machine
//! knows: no server is contacted.

use serde::Deserialize;

use super::{Call, Kubectl};
use crate::cluster::error::{ClusterError, Remedy};
use crate::system::environment::Environment;
use crate::system::messages::clean;

/// The namespace of a context that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// What kubectl uses where no flag says otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CurrentContext {
    /// Its name; none in a Pod, and where only a server is named.
    pub(crate) name: Option<String>,
    /// Its namespace.
    pub(crate) namespace: String,
}

/// What `kubectl config view` prints, as far as it matters here. kubectl leaves
/// credentials out of it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Configuration {
    clusters: Option<Vec<Named>>,
    contexts: Option<Vec<Named>>,
    users: Option<Vec<Named>>,
    current_context: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    context: Option<Context>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    namespace: String,
}

impl Kubectl {
    /// Makes sure that the context, cluster and user exist that would be used.
    /// An answer that cannot be read decides nothing.
    /// Source: Kubernetes 1.32, `k8s.io/client-go/tools/clientcmd`, and runs of
    /// kubectl with each of the flags.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(crate) fn check_configuration(
        &self,
        environment: &Environment,
    ) -> Result<(), ClusterError> {
        self.configuration(environment).map(drop)
    }

    /// Returns the context and namespace that kubectl uses where no flag says
    /// otherwise.
    ///
    /// # Errors
    /// As of [`Self::check_configuration`].
    pub(crate) fn current_context(
        &self,
        environment: &Environment,
    ) -> Result<CurrentContext, ClusterError> {
        Ok(self.configuration(environment)?.unwrap_or_default().current())
    }

    /// Reads and checks the configuration; none where it cannot be read.
    fn configuration(
        &self,
        environment: &Environment,
    ) -> Result<Option<Configuration>, ClusterError> {
        let call = Call { arguments: &["config", "view", "--output=json"], ..Call::default() };
        let answer = self.answer(call)?;
        let Ok(configuration) = serde_json::from_slice::<Configuration>(&answer) else {
            return Ok(None);
        };
        let is_in_pod = environment.get("KUBERNETES_SERVICE_HOST").is_some();
        self.check(&configuration, is_in_pod)?;
        Ok(Some(configuration))
    }

    fn check(&self, configuration: &Configuration, is_in_pod: bool) -> Result<(), ClusterError> {
        let server = self.flag("server");
        let context = self.flag("context").or(Some(configuration.current_context.as_str()));
        let context = context.filter(|context| !context.is_empty());
        let cluster = self.flag("cluster").filter(|_| server.is_none());
        exists("context", context, configuration.contexts.as_deref())?;
        exists("cluster", cluster, configuration.clusters.as_deref())?;
        exists("user", self.flag("user"), configuration.users.as_deref())?;
        if context.is_none() && cluster.is_none() && server.is_none() && !is_in_pod {
            return Err(ClusterError::Refused {
                said: "kubectl has no current context".to_owned(),
                namespace: None,
                remedy: Some(Remedy::NameContext),
            });
        }
        Ok(())
    }

    /// The value of a flag that is passed on; an empty one is none, as for kubectl.
    fn flag(&self, name: &str) -> Option<&str> {
        let values = self.flags().filter_map(|flag| flag.strip_prefix("--")?.split_once('='));
        let mut values = values.filter(|(flag, value)| *flag == name && !value.is_empty());
        values.next().map(|(_, value)| value)
    }
}

impl Configuration {
    fn current(&self) -> CurrentContext {
        let name = self.current_context.as_str();
        let mut contexts = self.contexts.iter().flatten();
        let context = contexts.find(|named| named.name == name && !name.is_empty());
        let namespace = context.and_then(|named| named.context.as_ref());
        let namespace = namespace.map(|context| context.namespace.as_str());
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        CurrentContext {
            name: context.map(|context| clean(&context.name)),
            namespace: clean(namespace.unwrap_or(DEFAULT_NAMESPACE)),
        }
    }
}

fn exists(
    kind: &'static str,
    name: Option<&str>,
    known: Option<&[Named]>,
) -> Result<(), ClusterError> {
    let Some(name) = name else { return Ok(()) };
    if known.unwrap_or_default().iter().any(|named| named.name == name) {
        return Ok(());
    }
    Err(ClusterError::Refused {
        said: format!("the kubeconfig has no {kind} {}", clean(name)),
        namespace: None,
        remedy: Some(Remedy::ListConfig(kind)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"clusters":[{"name":"c","cluster":{}}],"users":[{"name":"u"}],"contexts":[{"name":"x"}],"current-context":"x"}"#;

    fn check(flags: &[&str], configuration: &str, is_in_pod: bool) -> Result<(), String> {
        let kubectl = Kubectl::never_run(flags);
        let configuration = serde_json::from_str(configuration).unwrap();
        kubectl.check(&configuration, is_in_pod).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_named_has_to_exist() {
        for flags in [
            &[][..],
            &["--context=x"],
            &["--context="],
            &["--cluster=c", "--user=u"],
            &["--server=https://h:1", "--cluster=other"],
        ] {
            assert_eq!(check(flags, ONE, false), Ok(()), "{flags:?}");
        }
        for (flags, problem) in [
            (&["--context=y"][..], "the kubeconfig has no context y"),
            (&["--context=y", "--server=https://h:1"], "the kubeconfig has no context y"),
            (&["--cluster=y"], "the kubeconfig has no cluster y"),
            (&["--user=y"], "the kubeconfig has no user y"),
        ] {
            assert_eq!(check(flags, ONE, false).unwrap_err(), problem, "{flags:?}");
        }
        let gone = ONE.replace("\"current-context\":\"x\"", "\"current-context\":\"z\"");
        assert_eq!(check(&[], &gone, false).unwrap_err(), "the kubeconfig has no context z");
    }

    #[test]
    fn the_current_context_names_the_namespace() {
        let current = |contexts: &str, name: &str| {
            let text = format!(r#"{{"contexts":{contexts},"current-context":"{name}"}}"#);
            let current = serde_json::from_str::<Configuration>(&text).unwrap().current();
            (current.name, current.namespace)
        };
        let contexts = r#"[{"name":"x","context":{"namespace":"shop"}},{"name":"y","context":{}}]"#;
        assert_eq!(current(contexts, "x"), (Some("x".to_owned()), "shop".to_owned()));
        assert_eq!(current(contexts, "y"), (Some("y".to_owned()), "default".to_owned()));
        assert_eq!(current("null", ""), (None, "default".to_owned()));
    }

    #[test]
    fn without_a_context_something_else_has_to_name_the_cluster() {
        let none = r#"{"clusters":null,"users":null,"contexts":null,"current-context":""}"#;
        assert_eq!(check(&[], none, false).unwrap_err(), "kubectl has no current context");
        assert_eq!(check(&[], none, true), Ok(()));
        assert_eq!(check(&["--server=https://h:1"], none, false), Ok(()));
        let nowhere = ONE.replace(",\"current-context\":\"x\"", "");
        assert_eq!(check(&[], &nowhere, false).unwrap_err(), "kubectl has no current context");
        assert_eq!(check(&["--cluster=c"], &nowhere, false), Ok(()));
    }
}
