//! Words for the shell's TAB: commands and flags, and values from the person's files and
//! cluster. Nothing is unlocked, nothing is printed but the words, and no answer takes
//! longer than a person waits.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::Shells;

use crate::cli;
use crate::cluster::{Kubectl, KubectlOptions};
use crate::sources::docker::HelperPolicy;
use crate::sources::search::{Search, SourceOptions};
use crate::system::environment::Environment;
use crate::system::messages;

/// What kubectl's shell does with the words (cobra 1.10, `completions.go`): no files
/// beside them, and no blank behind a folder.
const NO_FILES: &str = ":4";
const NO_FILES_NO_BLANK: &str = ":6";

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Registry,
    Context,
    Namespace,
    Secret,
    Pod,
    ServiceAccount,
}

impl Value {
    /// What an argument of a command takes.
    fn of(command: &str, argument: &Arg) -> Option<Self> {
        Some(match (command, argument.get_id().as_str()) {
            (_, "registry" | "registry_flag" | "registries") => Self::Registry,
            (_, "context" | "from_context") => Self::Context,
            (_, "namespace" | "namespaces") => Self::Namespace,
            (_, "secret_name") | ("secret" | "inspect", "name") => Self::Secret,
            ("diagnose", "pod") => Self::Pod,
            (_, "accounts" | "link") => Self::ServiceAccount,
            _ => return None,
        })
    }

    /// Returns those that there are; none where they cannot be read in time.
    fn all(self, current: &str, typed: &[OsString], environment: &Environment) -> Vec<String> {
        if self == Self::Registry {
            return registries(environment);
        }
        let options = KubectlOptions { flags: kubectl_flags(typed) };
        let Ok(kubectl) = Kubectl::find(&options, environment) else { return Vec::new() };
        let kubectl = kubectl.for_completion();
        match self {
            Self::Registry => Vec::new(),
            Self::Context => kubectl.contexts(),
            Self::Namespace => kubectl.names("namespaces", None),
            Self::Secret => kubectl.names("secrets", Some("type=kubernetes.io/dockerconfigjson")),
            Self::ServiceAccount => kubectl.names("serviceaccounts", None),
            Self::Pod => match current.split_once('/') {
                Some((kind, _)) => kubectl
                    .names(kind, None)
                    .into_iter()
                    .map(|name| format!("{kind}/{name}"))
                    .collect(),
                None => kubectl.names("pods", None),
            },
        }
    }
}

/// Answers kubectl, which asks through the executable `kubectl_complete-regcred`
/// (kubectl 1.26 and later, `pkg/cmd/plugin/plugin_completion.go`): a word a line, with
/// its explanation after a tab, then what else the shell does. The last of the typed
/// words is the one to complete; it may be empty.
pub(crate) fn for_kubectl(typed: &[OsString]) -> String {
    messages::set_silent();
    let mut answer = String::new();
    let mut directive = NO_FILES;
    // Flags only where one is begun, as kubectl completes its own commands.
    let is_flag = typed.last().is_some_and(|word| word.to_string_lossy().starts_with('-'));
    for candidate in candidates(typed) {
        let word = candidate.get_value().to_string_lossy();
        if word.starts_with('-') && !is_flag {
            continue;
        }
        if word.ends_with('/') {
            directive = NO_FILES_NO_BLANK;
        }
        answer.push_str(&messages::clean(&word));
        if let Some(help) = candidate.get_help() {
            answer.push('\t');
            answer.push_str(&messages::clean(&help.to_string()));
        }
        answer.push('\n');
    }
    answer + directive + "\n"
}

fn candidates(typed: &[OsString]) -> Vec<CompletionCandidate> {
    if typed.is_empty() {
        return Vec::new();
    }
    let program = OsString::from("kubectl-regcred");
    let words: Vec<OsString> = std::iter::once(program).chain(typed.iter().cloned()).collect();
    let folder = std::env::current_dir().ok();
    let candidates =
        clap_complete::engine::complete(&mut command(typed), words, typed.len(), folder.as_deref());
    candidates.unwrap_or_default()
}

/// Answers the script of a shell, which `completion` prints. The arguments are those of
/// the process: its name, `--`, and the typed words.
pub(crate) fn for_shell(shell: &OsStr, arguments: &[OsString]) -> Option<Vec<u8>> {
    let shells = Shells::builtins();
    let completer = shells.completer(shell.to_str()?)?;
    let start = arguments.iter().position(|word| word == "--")? + 1;
    let words = arguments.get(start..)?.to_vec();
    let typed = words.get(1..).unwrap_or_default().to_vec();
    messages::set_silent();
    let mut answer = Vec::new();
    let folder = std::env::current_dir().ok();
    completer.write_complete(&mut command(&typed), words, folder.as_deref(), &mut answer).ok()?;
    Some(answer)
}

/// The command line, each argument with what completes its values.
fn command(typed: &[OsString]) -> Command {
    cli::command().mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        subcommand.mut_args(|argument| {
            let Some(value) = Value::of(&name, &argument) else { return argument };
            let typed = typed.to_vec();
            argument.add(ArgValueCompleter::new(move |current: &OsStr| {
                let current = current.to_string_lossy();
                let values = value.all(&current, &typed, &Environment::of_process());
                let fitting = values.into_iter().filter(|value| value.starts_with(&*current));
                fitting.map(CompletionCandidate::new).collect()
            }))
        })
    })
}

/// The registries that files name, and those of `login`. No credential helper is started.
fn registries(environment: &Environment) -> Vec<String> {
    let options = SourceOptions { sources: Vec::new(), file: None, policy: HelperPolicy::Ignore };
    let Ok(search) = Search::new(&options, environment) else { return Vec::new() };
    search.named().into_iter().map(|key| key.to_string()).collect()
}

/// The flags among the typed words that say which cluster and namespace is meant.
fn kubectl_flags(typed: &[OsString]) -> Vec<String> {
    let names = ["context", "cluster", "user", "kubeconfig", "server", "namespace"];
    let typed: Vec<_> = typed.iter().map(|word| word.to_string_lossy()).collect();
    // The last one is the word to complete.
    let Some((_, before)) = typed.split_last() else { return Vec::new() };
    let mut flags = Vec::new();
    for (index, word) in before.iter().enumerate() {
        let written = if *word == "-n" { "namespace" } else { word.trim_start_matches("--") };
        let (name, value) = match written.split_once('=') {
            Some((name, value)) if word.starts_with("--") => (name, Some(value)),
            _ if *word == "-n" || word.starts_with("--") => {
                (written, before.get(index + 1).map(AsRef::as_ref))
            }
            _ => continue,
        };
        if let Some(value) = value.filter(|_| names.contains(&name)) {
            flags.push(format!("--{name}={value}"));
        }
    }
    flags
}
