//! The one error type: what failed, where and why, what to do, and the exit code.

mod failures;

pub use failures::Failures;

use crate::distribution::Verdict;
use crate::registry::credential::Refusal;
use crate::registry::key::{InvalidRegistry, RegistryKey};
use crate::registry::reference::InvalidReference;
use crate::sources::auths::config::ConfigFault;
use crate::sources::auths::entry::EntryFault;
use crate::sources::helper::fault::HelperFault;
use crate::sources::login_store::IndexFault;
use crate::sources::store::fault::StoreFault;
use crate::system::output_stream::OutputError;
use crate::system::shell;
use crate::system::untrusted::one_line;

/// Everything that can end a command. Paths and texts from outside are made
/// safe to show by whoever builds the error; no variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for what cannot be done.
    #[error("{problem}")]
    Usage {
        /// The fact.
        problem: String,
        /// One thing to change.
        hint: String,
    },
    /// A password on the command line.
    #[error(
        "passwords are typed or piped, never given as an argument: arguments end up in the shell's history and in the process list"
    )]
    PasswordArgument,
    /// Two things want standard input.
    #[error("standard input is wanted twice: by {first} and by {second}")]
    StdinTwice {
        /// A flag.
        first: &'static str,
        /// Another one, or the same again.
        second: &'static str,
    },
    /// A registry that cannot be one.
    #[error("{shown} is not a registry: {reason}")]
    InvalidRegistry {
        /// The text, without anything before `@`.
        shown: String,
        /// What is wrong with it.
        reason: InvalidRegistry,
    },
    /// An image that the kubelet would not accept.
    #[error("{shown} is not an image: {reason}")]
    InvalidImage {
        /// The text.
        shown: String,
        /// What is wrong with it.
        reason: InvalidReference,
    },
    /// A name, label or annotation that the API server would refuse.
    #[error("{what} {shown} is not valid: {rule}")]
    InvalidMetadata {
        /// `Secret name`, `label key`, …
        what: &'static str,
        /// The text.
        shown: String,
        /// The API server's rule.
        rule: &'static str,
    },
    /// Too much data for one Secret.
    #[error("the Secret would hold {size} bytes, and the API server accepts {limit}")]
    TooLarge {
        /// Bytes, decoded.
        size: usize,
        /// Bytes, decoded.
        limit: usize,
    },
    /// A file that exists could not be read, or one that was named does not exist.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A configuration that docker would not load.
    #[error("{path} {fault}")]
    InvalidConfig {
        /// The file or variable.
        path: String,
        /// What is wrong with it.
        fault: ConfigFault,
    },
    /// The entry that is needed cannot be decoded.
    #[error("the entry {key} in {path} {fault}")]
    InvalidEntry {
        /// Its key.
        key: String,
        /// The file or variable.
        path: String,
        /// What is wrong with it.
        fault: EntryFault,
        /// The registry it stands for.
        registry: RegistryKey,
    },
    /// A manifest that cannot be parsed.
    #[error("{path} is not a manifest: {reason}")]
    InvalidManifest {
        /// The file.
        path: String,
        /// Where it is wrong; never what stands there.
        reason: String,
    },
    /// A manifest that has to be rendered first.
    #[error("{path} is a template: line {line} holds {{{{")]
    Template {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
    },
    /// A place in a manifest that cannot be edited without changing more.
    #[error("{path}, line {line}: no pull Secret can be put in there: {reason}")]
    NotEditable {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// What is there.
        reason: &'static str,
    },
    /// A file could not be written; what was there is still there.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A file that another program changed before it could be written back.
    #[error("{path} changed after it was read, and was not overwritten")]
    Changed {
        /// The file.
        path: String,
    },
    /// Several spellings of one registry with different credentials.
    #[error("{path} holds different credentials for {registry} under {}", .keys.join(" and "))]
    AmbiguousEntries {
        /// The file or variable.
        path: String,
        /// The registry.
        registry: RegistryKey,
        /// The spellings.
        keys: Vec<String>,
    },
    /// A credential helper gave no usable answer.
    #[error("docker-credential-{helper}, which {origin} names{}, {fault}", for_registry(.registry.as_ref()))]
    Helper {
        /// Its name after `docker-credential-`.
        helper: String,
        /// The file that names it.
        origin: String,
        /// The registry it was asked for; none when it was to list them.
        registry: Option<RegistryKey>,
        /// What happened.
        fault: HelperFault,
    },
    /// The keyring in which `login` keeps credentials gave no usable answer.
    #[error("{store}, where `kubectl regcred login` keeps credentials, {fault}{}", about_registry(.registry.as_ref()))]
    Keyring {
        /// The keyring's name.
        store: &'static str,
        /// The registry it was asked for; none when it was to list them.
        registry: Option<RegistryKey>,
        /// What happened.
        fault: StoreFault,
    },
    /// `login` keeps nothing for a registry.
    #[error("{store} keeps no credential for {registry}{}", list(.kept))]
    NotKept {
        /// The registry.
        registry: RegistryKey,
        /// The keyring's name.
        store: &'static str,
        /// What it keeps instead.
        kept: Vec<String>,
    },
    /// The list of the registries that `login` keeps a credential for.
    #[error("{path} {fault}")]
    Index {
        /// The file.
        path: String,
        /// What is wrong with it.
        fault: IndexFault,
    },
    /// No source has a credential for a registry.
    #[error("no credential for {registry}{}", list(.looked))]
    NoCredential {
        /// The registry.
        registry: RegistryKey,
        /// Where it was looked for, and what was there instead.
        looked: Vec<String>,
        /// The hint, where something better than `docker login` helps.
        hint: Option<String>,
    },
    /// No source has any credential.
    #[error("no credential for any registry{}", list(.looked))]
    NothingKnown {
        /// Where it was looked for.
        looked: Vec<String>,
        /// One thing to do.
        hint: &'static str,
    },
    /// Several registries are known and none was named.
    #[error("credentials for {} registries are known, and none was named{}", .known.len(), list(.known))]
    ChooseRegistry {
        /// The registries, sorted.
        known: Vec<String>,
    },
    /// A credential was found, but the kubelet could not use it.
    #[error(
        "the credential for {registry} from {origin} cannot be used in a pull Secret: {refusal}"
    )]
    Unusable {
        /// The registry.
        registry: RegistryKey,
        /// Where it is from.
        origin: String,
        /// Why.
        refusal: Refusal,
    },
    /// The kubelet would not use what was about to be written.
    #[error("the kubelet would not find a credential for {image}: {reason}")]
    NoMatch {
        /// The image.
        image: String,
        /// Why.
        reason: String,
    },
    /// A registry did not say yes.
    #[error("{what}: {}", .verdict.message)]
    NotVerified {
        /// The image, or the registry where only the login was tried.
        what: String,
        /// What the registry said.
        verdict: Verdict,
    },
    /// No kubectl to ask with.
    #[error("{name} is not on PATH, and all that is asked of the cluster goes through it")]
    NoKubectl {
        /// Its name.
        name: String,
    },
    /// The cluster, or kubectl, refused.
    #[error("{}{said}", in_namespace(.namespace.as_ref()))]
    Cluster {
        /// In kubectl's words.
        said: String,
        /// Where, if it was named.
        namespace: Option<String>,
        /// One thing to do; empty where there is nothing to say.
        hint: String,
    },
    /// A live Secret whose content cannot be kept.
    #[error("the Secret {name}{place} cannot be added to: {reason}")]
    LiveSecret {
        /// Its name.
        name: String,
        /// ` in namespace X`, or nothing.
        place: String,
        /// Why.
        reason: String,
    },
    /// A live Secret of another type under the name.
    #[error("the Secret {name}{place} is of type {found}, which cannot be changed")]
    OtherType {
        /// Its name.
        name: String,
        /// ` in namespace X`, or nothing.
        place: String,
        /// Its type.
        found: String,
    },
    /// Some of many namespaces, whose reasons are like those told already.
    #[error("{problem}: {}{}", .namespaces.len(), list(.namespaces))]
    MoreNamespaces {
        /// What became of them.
        problem: &'static str,
        /// Their names.
        namespaces: Vec<String>,
    },
    /// A Secret whose entries cannot be read.
    #[error("{origin}: {reason}")]
    NotInspectable {
        /// What it is called.
        origin: String,
        /// Why.
        reason: String,
        /// One thing to do.
        hint: &'static str,
    },
    /// What was looked at is not as it should be; standard output says why.
    #[error("{}", problems(*.0))]
    Problems(usize),
    /// The person said no.
    #[error("nothing was written")]
    Declined,
    /// A question could not be asked.
    #[error("cannot ask on the terminal: {reason}")]
    Prompt {
        /// The system's reason.
        reason: String,
    },
    /// Standard output could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A document could not be serialised.
    #[error("cannot write the {0} as text")]
    Render(&'static str),
}

fn about_registry(registry: Option<&RegistryKey>) -> String {
    registry.map(|registry| format!(" (asked for {registry})")).unwrap_or_default()
}

fn problems(count: usize) -> String {
    if count == 1 { "1 problem found".to_owned() } else { format!("{count} problems found") }
}

fn for_registry(registry: Option<&RegistryKey>) -> String {
    registry.map(|registry| format!(" for {registry}")).unwrap_or_default()
}

fn in_namespace(namespace: Option<&String>) -> String {
    namespace.map(|namespace| format!("namespace {namespace}: ")).unwrap_or_default()
}

fn list(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ".to_owned(), one_line(line)]).collect()
}

impl Error {
    /// A usage error with one thing to change.
    pub fn usage(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { problem: problem.into(), hint: hint.into() }
    }

    /// The exit code: 1 failed, 2 usage, 3 the answer is no. An interrupt ends the program at once.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::PasswordArgument
            | Self::StdinTwice { .. }
            | Self::InvalidRegistry { .. }
            | Self::InvalidImage { .. }
            | Self::InvalidMetadata { .. }
            | Self::ChooseRegistry { .. } => 2,
            Self::NoCredential { .. }
            | Self::NothingKnown { .. }
            | Self::NotKept { .. }
            | Self::Unusable { .. }
            | Self::Problems(_)
            | Self::NotInspectable { .. }
            | Self::NoMatch { .. } => 3,
            Self::NotVerified { verdict, .. } if verdict.outcome.is_no() => 3,
            _ => 1,
        }
    }

    /// The lines below the first, where there are several.
    pub fn details(&self) -> &[String] {
        match self {
            Self::NotKept { kept: lines, .. }
            | Self::NoCredential { looked: lines, .. }
            | Self::NothingKnown { looked: lines, .. }
            | Self::ChooseRegistry { known: lines }
            | Self::MoreNamespaces { namespaces: lines, .. } => lines,
            _ => &[],
        }
    }

    /// The first line.
    pub fn headline(&self) -> String {
        let text = self.to_string();
        text.strip_suffix(&list(self.details())).map_or_else(|| text.clone(), str::to_owned)
    }

    /// One thing to paste or change; empty where there is nothing to say.
    pub fn hint(&self) -> String {
        match self {
            Self::Usage { hint, .. }
            | Self::Cluster { hint, .. }
            | Self::NoCredential { hint: Some(hint), .. } => hint.clone(),
            Self::NotVerified { verdict, .. } => verdict.hint.clone(),
            Self::StdinTwice { second, .. } => format!("give {second} the path of a file"),
            Self::InvalidConfig { path, .. } => {
                format!("correct {path}, or read another file: --authfile FILE")
            }
            Self::InvalidEntry { registry, .. } | Self::AmbiguousEntries { registry, .. } => {
                login_hint(registry)
            }
            Self::Helper { helper, fault, .. } => fault.hint(helper),
            Self::Keyring { fault, .. } => fault.hint(),
            Self::Index { path, fault } => fault.hint(path),
            Self::NoCredential { registry, hint: None, .. } => login_hint(registry),
            Self::ChooseRegistry { known } => {
                let first = known.first().and_then(|line| line.split(',').next()).unwrap_or("HOST");
                format!(
                    "name those that are needed, or take all with --all: {}",
                    shell::command(["--registry", first])
                )
            }
            Self::Unusable { registry, refusal, .. } => refusal.hint(registry),
            Self::OtherType { name, .. } => {
                format!(
                    "use another name, or delete it: {}",
                    shell::command(["kubectl", "delete", "secret", name])
                )
            }
            _ => self.fixed_hint().to_owned(),
        }
    }

    /// The hint of what is always helped in the same way.
    fn fixed_hint(&self) -> &'static str {
        match self {
            Self::PasswordArgument => {
                "leave it out to be asked, or pipe it: --username USER --password-stdin <password.txt"
            }
            Self::InvalidRegistry { reason: InvalidRegistry::UserInfo, .. } => {
                "give the user name by itself: --registry HOST --username USER"
            }
            Self::InvalidRegistry { .. } => {
                "write it as HOST[:PORT][/PATH], for example --registry ghcr.io"
            }
            Self::InvalidImage { .. } => "write it as in a Pod, for example ghcr.io/janedoe/app:v1",
            Self::TooLarge { .. } => "name the registries that are needed: --registry HOST",
            Self::Template { .. } => {
                "render it first: helm template RELEASE CHART | kubectl regcred inject -f -"
            }
            Self::NotEditable { .. } => {
                "write imagePullSecrets there by hand, or leave the file out"
            }
            Self::NothingKnown { hint, .. } | Self::NotInspectable { hint, .. } => hint,
            Self::NoKubectl { .. } => {
                "install kubectl, or say where it is: export KUBECTL=/path/to/kubectl"
            }
            Self::LiveSecret { .. } => "write only what was asked for: --replace",
            Self::Changed { .. } => "run the same command again",
            Self::MoreNamespaces { .. } => "run the same again once the rest is solved",
            Self::Prompt { .. } => {
                "give what is missing by flags: --registry HOST --username USER --password-stdin"
            }
            _ => "",
        }
    }
}

fn login_hint(registry: &RegistryKey) -> String {
    format!("log in: docker login{}", crate::registry::credential::docker_login_argument(registry))
}
