//! Everything asked of the cluster, through the person's own kubectl. Documents
//! go to its standard input; no argument and no variable carries a secret.

pub mod accounts;
pub mod configuration;
pub mod pod_context;
pub mod pods;
pub mod refusal;
pub mod secrets;
mod sent;

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::{self, Patience, ProcessFault, Request};
use crate::system::programs::{self, Search};
use crate::system::shell;
use crate::system::untrusted::Untrusted;
use refusal::Refused;
use secrets::{LiveSecret, LiveSecrets};

/// Under this name the API server notes which fields are ours.
pub const FIELD_MANAGER: &str = "kubectl-regcred";

/// A Secret of 1 MiB in base64 and JSON, and room for its metadata, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Secrets of one name in all namespaces, in bytes.
const MAX_ANSWERS: usize = 1024 * 1024 * 1024;

/// Where objects are listed.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// In this namespace; none is that of the kubeconfig.
    Namespace(Option<&'a str>),
    /// In all of them.
    All,
}

/// Which of them are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selectors<'a> {
    /// By their fields.
    pub fields: Option<&'a str>,
    /// By their labels.
    pub labels: Option<&'a str>,
}

impl Selectors<'_> {
    /// The arguments of `kubectl get` after it.
    fn get(self, kind: &str) -> Vec<String> {
        let flags = [("field-selector", self.fields), ("selector", self.labels)];
        let flags =
            flags.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        [kind.to_owned(), "--output=json".to_owned()].into_iter().chain(flags).collect()
    }
}

#[derive(Deserialize)]
struct List<T> {
    items: Option<Vec<T>>,
}

/// How kubectl is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubectlOptions {
    /// The flags that are passed on to it, each as `--NAME=VALUE` or `--NAME`.
    pub flags: Vec<String>,
}

/// The person's kubectl, and the flags that are passed on to it.
#[derive(Debug)]
pub struct Kubectl {
    program: PathBuf,
    flags: Vec<String>,
    patience: Patience,
}

impl Kubectl {
    /// `KUBECTL`, or `kubectl` on PATH.
    ///
    /// # Errors
    /// [`Error::NoKubectl`].
    pub fn find(
        environment: &Environment,
        flags: Vec<String>,
        patience: Patience,
    ) -> Result<Self, Error> {
        let named = environment.get("KUBECTL").map(|name| name.to_string_lossy().into_owned());
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
        let program = program.ok_or_else(|| Error::NoKubectl { name: clean(&name) })?;
        Ok(Self { program, flags, patience })
    }

    /// Reads a Secret; none where it is not there.
    ///
    /// # Errors
    /// [`Error::Cluster`]; an answer that is no Secret.
    pub fn secret(&self, namespace: Option<&str>, name: &str) -> Result<Option<LiveSecret>, Error> {
        let arguments =
            ["get", "secret", name, "--ignore-not-found", "--output=json", "--show-managed-fields"];
        let answer = self
            .run(Call { arguments: &arguments, namespace, ..Call::default() })?
            .map_err(|refused| refused.error(namespace))?;
        if answer.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        parse(&answer, "a Secret", namespace).map(Some)
    }

    /// Reads the Secrets of this name in all namespaces; on demand with who owns
    /// their fields, which takes longer.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no usable answer; inside, what the
    /// API server refused.
    pub fn secrets_named(
        &self,
        name: &str,
        with_owners: bool,
    ) -> Result<Result<LiveSecrets, Refused>, Error> {
        let field = format!("--field-selector=metadata.name={name}");
        let mut arguments = vec!["get", "secrets", "--all-namespaces", &field, "--output=json"];
        arguments.extend(with_owners.then_some("--show-managed-fields"));
        let call = Call { arguments: &arguments, ..Call::of_many() };
        self.run(call)?.map_or_else(
            |refused| Ok(Err(refused)),
            |answer| parse(&answer, "a list of Secrets", None).map(Ok),
        )
    }

    /// The Secrets of a type, with these labels.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub fn secrets(
        &self,
        scope: Scope<'_>,
        secret_type: &str,
        labels: Option<&str>,
    ) -> Result<Vec<LiveSecret>, Error> {
        let fields = format!("type={secret_type}");
        self.list("secrets", scope, Selectors { fields: Some(&fields), labels })
    }

    /// The namespaces that have these labels, or all of them, sorted.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub fn namespaces(&self, selector: Option<&str>) -> Result<Vec<String>, Error> {
        let selector = selector.map(|selector| format!("--selector={selector}"));
        let mut arguments = vec!["get", "namespaces", "--output=name"];
        arguments.extend(selector.as_deref());
        let answer = self
            .run(Call { arguments: &arguments, ..Call::default() })?
            .map_err(|refused| refused.error(None))?;
        let text = String::from_utf8_lossy(&answer);
        let mut names: Vec<String> =
            text.lines().filter_map(|line| line.strip_prefix("namespace/")).map(clean).collect();
        names.sort();
        Ok(names)
    }

    /// The objects of a kind, in the plural. Those of all namespaces are taken as the
    /// API server sends them: kubectl needs 15 times as long to read and write
    /// 5,000 Pods (1.37).
    ///
    /// # Errors
    /// [`Error::Cluster`].
    fn list<T: DeserializeOwned>(
        &self,
        kind: &str,
        scope: Scope<'_>,
        selectors: Selectors<'_>,
    ) -> Result<Vec<T>, Error> {
        let (words, namespace) = match scope {
            Scope::All => (vec![format!("--raw={}", path(kind, selectors))], None),
            Scope::Namespace(namespace) => (selectors.get(kind), namespace),
        };
        let arguments: Vec<&str> =
            ["get"].into_iter().chain(words.iter().map(String::as_str)).collect();
        let call = Call { arguments: &arguments, namespace, ..Call::of_many() };
        let answer = self.run(call)?.map_err(|refused| refused.error(namespace))?;
        parse::<List<T>>(&answer, "a list", namespace).map(|list| list.items.unwrap_or_default())
    }

    /// The name of the context that is used, where there is one.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no answer.
    pub fn context(&self) -> Result<Option<String>, Error> {
        let given = self.flags.iter().find_map(|flag| flag.strip_prefix("--context="));
        if let Some(context) = given {
            return Ok(Some(clean(context)));
        }
        let call = Call { arguments: &["config", "current-context"], ..Call::default() };
        let answer = self.run(call)?.ok();
        Ok(answer.map(|answer| Untrusted::from_bytes(&answer).last_line()))
    }

    /// Applies documents on the server's side.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no answer; inside, what the API
    /// server refused first. Further documents are applied all the same.
    pub fn apply(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        force: bool,
        dry_run: bool,
    ) -> Result<Result<(), Refused>, Error> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let mut arguments = vec!["apply", "--server-side", &manager, "--filename=-"];
        arguments.extend(force.then_some("--force-conflicts"));
        arguments.extend(dry_run.then_some("--dry-run=server"));
        let call = Call { arguments: &arguments, namespace, documents, ..Call::default() };
        Ok(self.run(call)?.map(drop))
    }

    /// Removes an annotation from the objects that these documents name; none is fine too.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no answer; inside, what the API
    /// server refused first.
    pub fn remove_annotation(
        &self,
        namespace: Option<&str>,
        documents: Documents<'_>,
        annotation: &str,
    ) -> Result<Result<(), Refused>, Error> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let removal = format!("{annotation}-");
        let arguments = ["annotate", "--filename=-", &removal, &manager];
        let call = Call { arguments: &arguments, namespace, documents, ..Call::default() };
        Ok(self.run(call)?.map(drop))
    }

    fn run(&self, call: Call<'_, '_>) -> Result<Result<Zeroizing<Vec<u8>>, Refused>, Error> {
        let (answer, refused) = self.run_partly(call)?;
        Ok(refused.map_or(Ok(answer), Err))
    }

    /// The answer, and what was refused where it is not the whole.
    fn run_partly(
        &self,
        call: Call<'_, '_>,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<Refused>), Error> {
        let namespace = call.namespace;
        let namespace_flag = namespace.map(|namespace| format!("--namespace={namespace}"));
        let mut all = call.arguments.to_vec();
        all.extend(namespace_flag.as_deref());
        all.extend(self.flags.iter().map(String::as_str));
        let Documents { text, count, mut told } = call.documents;
        let mut done = 0;
        let mut tell = |chunk: &[u8]| {
            done += String::from_utf8_lossy(chunk).matches('\n').count();
            if let Some(tell) = &mut told {
                tell(done);
            }
        };
        let request = Request {
            program: &self.program,
            arguments: &all,
            input: Zeroizing::new(text.as_bytes().to_vec()),
            hidden_variables: &["DOCKER_AUTH_CONFIG"],
            patience: self.patience.for_steps(count),
            max_stdout: call.max_stdout,
            on_stdout: Some(&mut tell),
        };
        messages::detail(&shell::command(["kubectl"].into_iter().chain(all.iter().copied())));
        let finished = process::run(request, |said| {
            // A long work tells how far it is.
            if count < 2 {
                sent::hide_credentials(text);
                messages::note(&refusal::waiting(said));
            }
        });
        let finished = finished.map_err(|fault| self.failed(fault, namespace))?;
        let refused = (!finished.status.success()).then(|| {
            sent::hide_credentials(text);
            Refused::of(&finished.stderr)
        });
        Ok((finished.stdout, refused))
    }

    fn failed(&self, fault: ProcessFault, namespace: Option<&str>) -> Error {
        let failed = |said: String, hint: &str| Error::Cluster {
            said,
            namespace: namespace.map(clean),
            hint: hint.to_owned(),
        };
        match fault {
            ProcessFault::TimedOut(limit) => failed(
                format!("kubectl gave no answer within {} s and was stopped", limit.as_secs()),
                "see whether the cluster answers: kubectl cluster-info",
            ),
            ProcessFault::TooMuchOutput => failed("kubectl printed without end".to_owned(), ""),
            ProcessFault::Failed(error) => failed(
                format!("{} cannot run: {error}", clean(&self.program.to_string_lossy())),
                "name a kubectl that runs: export KUBECTL=/path/to/kubectl",
            ),
        }
    }
}

/// Documents for kubectl's standard input.
#[derive(Default)]
pub struct Documents<'a> {
    /// YAML; may hold credentials.
    pub text: &'a str,
    /// How many they are.
    pub count: usize,
    /// Is told how many lines kubectl has answered, one for each document that is done.
    pub told: Option<&'a mut dyn FnMut(usize)>,
}

impl<'a> Documents<'a> {
    /// A single one.
    pub fn one(text: &'a str) -> Self {
        Self { text, count: 1, told: None }
    }
}

/// One call of kubectl.
struct Call<'a, 'd> {
    arguments: &'a [&'a str],
    namespace: Option<&'a str>,
    documents: Documents<'d>,
    max_stdout: usize,
}

impl Call<'_, '_> {
    /// With room for the answer about many objects.
    fn of_many() -> Self {
        Self { max_stdout: MAX_ANSWERS, ..Self::default() }
    }
}

impl Default for Call<'_, '_> {
    fn default() -> Self {
        let documents = Documents::default();
        Self { arguments: &[], namespace: None, documents, max_stdout: MAX_ANSWER }
    }
}

/// The API server's path for the objects of a kind in all namespaces.
fn path(kind: &str, selectors: Selectors<'_>) -> String {
    let selectors = [("fieldSelector", selectors.fields), ("labelSelector", selectors.labels)];
    let query: Vec<String> = selectors
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!("{name}={}", utf8_percent_encode(value?, NON_ALPHANUMERIC)))
        })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/api/v1/{kind}{mark}{}", query.join("&"))
}

/// The parser's own words may quote the data, and are not shown.
fn parse<'a, T: Deserialize<'a>>(
    answer: &'a [u8],
    what: &str,
    namespace: Option<&str>,
) -> Result<T, Error> {
    serde_json::from_slice(answer).map_err(|_| Error::Cluster {
        said: format!("its answer is not {what} in JSON"),
        namespace: namespace.map(clean),
        hint: "see whether the cluster answers: kubectl cluster-info".to_owned(),
    })
}
