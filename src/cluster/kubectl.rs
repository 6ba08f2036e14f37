//! How kubectl is run, and its answers.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::apply::Documents;
use super::refusal::{self, Refusal, Reply};
use super::{Owners, Scope, Selectors, sent};
use crate::cluster::error::{ClusterError, Remedy};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::{self, ProcessFault, Request, Timeout};
use crate::system::programs::{self, Search};
use crate::system::shell;
use crate::system::terminal;

/// A Secret of 1 MiB in base64 and JSON, and room for its metadata, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Secrets of one name in all namespaces, in bytes.
const MAX_ANSWERS: usize = 1024 * 1024 * 1024;

impl Selectors<'_> {
    /// Returns the arguments of `kubectl get`, in this format.
    pub(super) fn arguments(self, kind: &str, output: &str) -> Vec<String> {
        let flags = [("field-selector", self.fields), ("selector", self.labels)];
        let flags =
            flags.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        let owners = match self.owners {
            Owners::Read => Some("--show-managed-fields".to_owned()),
            Owners::LeftOut => None,
        };
        ["get".to_owned(), kind.to_owned(), format!("--output={output}")]
            .into_iter()
            .chain(flags)
            .chain(owners)
            .collect()
    }
}

#[derive(Deserialize)]
struct List<T> {
    items: Option<Vec<T>>,
}

/// How kubectl is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KubectlOptions {
    /// The flags that are passed on to it, each as `--NAME=VALUE` or `--NAME`.
    pub flags: Vec<String>,
}

/// The person's kubectl, and the flags that are passed on to it.
#[derive(Debug)]
pub(crate) struct Kubectl {
    program: PathBuf,
    flags: Vec<String>,
    timeout: Timeout,
}

impl Kubectl {
    /// Finds the person's kubectl: `KUBECTL`, else `KUBECTL_PATH`, in which kubectl 1.37
    /// tells its plugins where it is, else `kubectl` on PATH. With a terminal it gets the
    /// time that a person needs to log in to the cluster.
    ///
    /// # Errors
    /// [`ClusterError::NoKubectl`].
    pub(crate) fn find(
        options: &KubectlOptions,
        environment: &Environment,
    ) -> Result<Self, ClusterError> {
        let named = environment.get("KUBECTL").or_else(|| environment.get("KUBECTL_PATH"));
        let named = named.map(|name| name.to_string_lossy().into_owned());
        let name = named.unwrap_or_else(|| "kubectl".to_owned());
        let path = PathBuf::from(&name);
        let program = if path.is_absolute() {
            Some(path)
        } else {
            match programs::find(environment, &name) {
                Search::Found(program) => Some(program),
                Search::NotExecutable(_) | Search::RelativeOnly | Search::Missing => None,
            }
        };
        let program = program.ok_or_else(|| ClusterError::NoKubectl { name: clean(&name) })?;
        let timeout = if terminal::can_ask() { Timeout::WITH_TERMINAL } else { Timeout::CLUSTER };
        Ok(Self { program, flags: options.flags.clone(), timeout })
    }

    /// Returns it with as little time as a person waits for the words of a completion.
    pub(crate) fn for_completion(self) -> Self {
        Self { timeout: Timeout::COMPLETION, ..self }
    }

    /// Returns a kubectl that gets these flags and is never run.
    #[cfg(test)]
    pub(super) fn never_run(flags: &[&str]) -> Self {
        Self {
            program: "kubectl".into(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            timeout: Timeout::ALONE,
        }
    }

    /// Returns the flags that are passed on.
    pub(super) fn flags(&self) -> impl Iterator<Item = &str> {
        self.flags.iter().map(String::as_str)
    }

    /// Lists the objects of a kind, in the plural. Those of all namespaces are taken as the
    /// API server sends them: kubectl needs 15 times as long to read and write
    /// 5,000 Pods (1.37).
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        kind: &str,
        scope: Scope<'_>,
        selectors: Selectors<'_>,
    ) -> Result<Vec<T>, ClusterError> {
        self.list_of("/api/v1", kind, scope, selectors)
    }

    /// The same for kinds of other API groups, `deployments.apps`, below this path.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(super) fn list_of<T: DeserializeOwned>(
        &self,
        group: &str,
        kind: &str,
        scope: Scope<'_>,
        selectors: Selectors<'_>,
    ) -> Result<Vec<T>, ClusterError> {
        let (words, namespace) = match scope {
            Scope::All => {
                let plural = kind.split('.').next().unwrap_or(kind);
                let path = path(&format!("{group}/{plural}"), selectors);
                (vec!["get".to_owned(), format!("--raw={path}")], None)
            }
            Scope::Namespace(namespace) => (selectors.arguments(kind, "json"), namespace),
        };
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let answer = self.answer(call)?;
        parse::<List<T>>(&answer, "a list", namespace).map(|list| list.items.unwrap_or_default())
    }

    /// Runs kubectl where a refusal is an error; returns what it printed.
    ///
    /// # Errors
    /// [`ClusterError::Refused`].
    pub(super) fn answer(&self, call: Call<'_, '_>) -> Result<Zeroizing<Vec<u8>>, ClusterError> {
        let namespace = call.namespace;
        self.run(call)?.accepted(namespace)
    }

    /// Runs kubectl; returns what it printed, or what was refused.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(super) fn run(
        &self,
        call: Call<'_, '_>,
    ) -> Result<Reply<Zeroizing<Vec<u8>>>, ClusterError> {
        let (answer, refusal) = self.run_partly(call)?;
        Ok(refusal.map_or(Reply::Accepted(answer), Reply::Refused))
    }

    /// Runs kubectl; returns what it printed, and what was refused where that is
    /// not the whole answer.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where kubectl returned no answer.
    pub(super) fn run_partly(
        &self,
        call: Call<'_, '_>,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<Refusal>), ClusterError> {
        let namespace = call.namespace;
        let namespace_flag = namespace.map(|namespace| format!("--namespace={namespace}"));
        let mut all = call.arguments.to_vec();
        all.extend(namespace_flag.as_deref());
        all.extend(self.flags.iter().map(String::as_str));
        let Documents { text, count, mut on_progress } = call.documents;
        let mut done = 0;
        let mut count_lines = |chunk: &[u8]| {
            done += String::from_utf8_lossy(chunk).matches('\n').count();
            if let Some(on_progress) = &mut on_progress {
                on_progress(done);
            }
        };
        let request = Request {
            program: &self.program,
            arguments: &all,
            input: Zeroizing::new(text.as_bytes().to_vec()),
            hidden_variables: &["DOCKER_AUTH_CONFIG"],
            timeout: self.timeout.for_steps(count),
            max_stdout: call.max_stdout,
            on_stdout: Some(&mut count_lines),
        };
        messages::detail(&shell::command(["kubectl"].into_iter().chain(all.iter().copied())));
        let finished = process::run(request, |said| {
            // Several documents have a progress line of their own.
            if count < 2 {
                sent::hide_credentials(text);
                messages::note(&refusal::waiting(said));
            }
        });
        let finished = finished.map_err(|fault| self.failed(fault, namespace))?;
        let refusal = (!finished.status.success()).then(|| {
            sent::hide_credentials(text);
            Refusal::of(&finished.stderr)
        });
        Ok((finished.stdout, refusal))
    }

    fn failed(&self, fault: ProcessFault, namespace: Option<&str>) -> ClusterError {
        let failed = |said: String, remedy: Option<Remedy>| ClusterError::Refused {
            said,
            namespace: namespace.map(clean),
            remedy,
        };
        match fault {
            ProcessFault::TimedOut(limit) => failed(
                format!("kubectl returned no answer within {} s and was stopped", limit.as_secs()),
                Some(Remedy::CheckCluster),
            ),
            ProcessFault::TooMuchOutput => failed("kubectl printed without end".to_owned(), None),
            ProcessFault::Failed(error) => failed(
                format!("{} cannot run: {error}", clean(&self.program.to_string_lossy())),
                Some(Remedy::NameKubectl),
            ),
        }
    }
}

/// One call of kubectl.
pub(super) struct Call<'a, 'd> {
    /// Without those for the namespace, and those that are passed on.
    pub(super) arguments: &'a [&'a str],
    /// None is the namespace of the kubeconfig.
    pub(super) namespace: Option<&'a str>,
    /// What goes to its standard input.
    pub(super) documents: Documents<'d>,
    /// In bytes.
    pub(super) max_stdout: usize,
}

impl Call<'_, '_> {
    /// Returns a call with room for an answer about many objects.
    pub(super) fn of_many() -> Self {
        Self { max_stdout: MAX_ANSWERS, ..Self::default() }
    }
}

impl Default for Call<'_, '_> {
    fn default() -> Self {
        let documents = Documents::default();
        Self { arguments: &[], namespace: None, documents, max_stdout: MAX_ANSWER }
    }
}

/// Returns the API server's path of the objects at this path of a kind, in all namespaces.
fn path(kind: &str, selectors: Selectors<'_>) -> String {
    let selectors = [("fieldSelector", selectors.fields), ("labelSelector", selectors.labels)];
    let query: Vec<String> = selectors
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!("{name}={}", utf8_percent_encode(value?, NON_ALPHANUMERIC)))
        })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{kind}{mark}{}", query.join("&"))
}

/// Reads an answer of kubectl. What the parser says may quote the data, and is
/// not shown.
///
/// # Errors
/// [`ClusterError::Refused`].
pub(super) fn parse<'a, T: Deserialize<'a>>(
    answer: &'a [u8],
    what: &str,
    namespace: Option<&str>,
) -> Result<T, ClusterError> {
    serde_json::from_slice(answer).map_err(|_| ClusterError::Refused {
        said: format!("its answer is not {what} in JSON"),
        namespace: namespace.map(clean),
        remedy: Some(Remedy::CheckCluster),
    })
}
