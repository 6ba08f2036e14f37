//! Everything asked of the cluster, through the person's own kubectl. Documents
//! go to its standard input; no argument and no variable carries a secret.

pub mod words;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::{self, Patience, ProcessFault, Request};
use crate::system::programs::{self, Search};
use words::Refused;

/// Under this name the API server notes which fields are ours.
pub const FIELD_MANAGER: &str = "kubectl-regcred";

/// A Secret of 1 MiB in base64 and JSON, and room for its metadata, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The person's kubectl, and the flags that are passed on to it.
#[derive(Debug)]
pub struct Kubectl {
    program: PathBuf,
    flags: Vec<String>,
    patience: Patience,
}

/// A Secret as it stands in the cluster.
#[derive(Debug, Deserialize)]
pub struct LiveSecret {
    /// Name, labels, annotations.
    pub metadata: LiveMetadata,
    /// Base64 by key.
    #[serde(default)]
    pub data: BTreeMap<String, SecretString>,
    /// `kubernetes.io/dockerconfigjson` for a pull Secret.
    #[serde(rename = "type", default)]
    pub secret_type: String,
}

/// Its metadata.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveMetadata {
    /// Changes with each write.
    pub resource_version: String,
    /// As they stand there.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// As they stand there; the last-applied configuration may hold a credential.
    #[serde(default)]
    pub annotations: BTreeMap<String, SecretString>,
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
        let arguments = ["get", "secret", name, "--ignore-not-found", "--output=json"];
        let answer = self
            .run(&arguments, namespace, Zeroizing::default())?
            .map_err(|refused| refused.error(namespace))?;
        if answer.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        // The parser's own words may quote the data.
        serde_json::from_slice(&answer).map(Some).map_err(|_| Error::Cluster {
            said: "its answer is not a Secret in JSON".to_owned(),
            namespace: namespace.map(clean),
            hint: "see what is there: kubectl get secret".to_owned(),
        })
    }

    /// Applies a document on the server's side.
    ///
    /// # Errors
    /// [`Error::Cluster`] where kubectl gave no answer; inside, what the API
    /// server refused.
    pub fn apply(
        &self,
        namespace: Option<&str>,
        document: &str,
        force: bool,
        dry_run: bool,
    ) -> Result<Result<(), Refused>, Error> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let mut arguments = vec!["apply", "--server-side", &manager, "--filename=-"];
        arguments.extend(force.then_some("--force-conflicts"));
        arguments.extend(dry_run.then_some("--dry-run=server"));
        let input = Zeroizing::new(document.as_bytes().to_vec());
        Ok(self.run(&arguments, namespace, input)?.map(drop))
    }

    /// Removes an annotation of a Secret; none is fine too.
    ///
    /// # Errors
    /// [`Error::Cluster`].
    pub fn remove_annotation(
        &self,
        namespace: Option<&str>,
        name: &str,
        annotation: &str,
    ) -> Result<(), Error> {
        let manager = format!("--field-manager={FIELD_MANAGER}");
        let removal = format!("{annotation}-");
        let arguments = ["annotate", "secret", name, &removal, &manager];
        let answer = self.run(&arguments, namespace, Zeroizing::default())?;
        answer.map(drop).map_err(|refused| refused.error(namespace))
    }

    fn run(
        &self,
        arguments: &[&str],
        namespace: Option<&str>,
        input: Zeroizing<Vec<u8>>,
    ) -> Result<Result<Zeroizing<Vec<u8>>, Refused>, Error> {
        let namespace_flag = namespace.map(|namespace| format!("--namespace={namespace}"));
        let mut all = arguments.to_vec();
        all.extend(namespace_flag.as_deref());
        all.extend(self.flags.iter().map(String::as_str));
        let request = Request {
            program: &self.program,
            arguments: &all,
            input,
            hidden_variables: &["DOCKER_AUTH_CONFIG"],
            patience: self.patience,
            max_stdout: MAX_ANSWER,
        };
        messages::detail(&clean(&format!("kubectl {}", all.join(" "))));
        let finished = process::run(request, |said| {
            messages::note(&format!("waiting for kubectl {}", clean(said)));
        });
        let failed = |said: String, hint: &str| Error::Cluster {
            said,
            namespace: namespace.map(clean),
            hint: hint.to_owned(),
        };
        let finished = finished.map_err(|fault| match fault {
            ProcessFault::TimedOut(limit) => failed(
                format!("kubectl gave no answer within {} s and was stopped", limit.as_secs()),
                "see whether the cluster answers: kubectl cluster-info",
            ),
            ProcessFault::TooMuchOutput => failed("kubectl printed without end".to_owned(), ""),
            ProcessFault::Failed(error) => failed(
                format!("{} cannot run: {error}", self.program.display()),
                "name a kubectl that runs: export KUBECTL=/path/to/kubectl",
            ),
        })?;
        if finished.status.success() {
            return Ok(Ok(finished.stdout));
        }
        Ok(Err(Refused::of(&finished.stderr)))
    }
}
