//! What kubectl and the API server say where they refuse.
//! The texts are those of Kubernetes 1.32 and 1.37.

use crate::cluster::error::{ClusterError, Remedy};
use crate::system::messages::clean;
use crate::system::shell;
use crate::system::untrusted::Untrusted;

/// Managers by which kubectl itself notes what a person wrote: their fields are
/// the person's own.
pub(super) const OWN_MANAGERS: [&str; 5] =
    ["kubectl", "kubectl-create", "kubectl-client-side-apply", "kubectl-edit", "kubectl-patch"];

/// What the API server says of a JSON patch whose test fails (Kubernetes 1.37).
const REJECTED: &str = "the server rejected our request due to an error in our request";

/// What kubectl says of the server that it tries where no kubeconfig names one
/// (Kubernetes 1.37, `k8s.io/client-go/tools/clientcmd/client_config.go`).
const NO_CONFIGURATION: &str = "server localhost:8080 was refused";

/// What became of a request.
#[derive(Debug)]
#[must_use]
pub(crate) enum Reply<T = ()> {
    /// The API server did what was asked.
    Accepted(T),
    /// The API server, or kubectl before it, refused.
    Refused(Refusal),
}

impl<T> Reply<T> {
    /// Returns the answer of an accepted request.
    ///
    /// # Errors
    /// [`ClusterError::Refused`] where the request was refused.
    pub(crate) fn accepted(self, namespace: Option<&str>) -> Result<T, ClusterError> {
        match self {
            Self::Accepted(answer) => Ok(answer),
            Self::Refused(refusal) => Err(refusal.error(namespace)),
        }
    }

    /// Returns the answer of an accepted request, or none.
    pub(crate) fn ok(self) -> Option<T> {
        match self {
            Self::Accepted(answer) => Some(answer),
            Self::Refused(_) => None,
        }
    }

    /// Drops the answer of an accepted request.
    pub(crate) fn without_answer(self) -> Reply {
        match self {
            Self::Accepted(_) => Reply::Accepted(()),
            Self::Refused(refusal) => Reply::Refused(refusal),
        }
    }
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The object was changed since it was read. The name of a Secret.
    Modified(Option<String>),
    /// These field managers own the fields that would change.
    Owned(Vec<String>),
    /// Anything else.
    Other(Said),
}

/// What kubectl printed, as one line that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    text: String,
    remedy: Option<Remedy>,
    is_forbidden: bool,
    is_rejected: bool,
}

/// Returns what would help, by the name in a message.
type RemedyOf = fn(&str) -> Remedy;

/// A part of a message, and what would help, told the name that follows the part up to
/// the next quotation mark; the first that occurs counts.
const REMEDIES: [(&str, RemedyOf); 21] = [
    ("immutable", |_| Remedy::UseOtherName),
    ("being terminated", |_| Remedy::WaitForNamespace),
    ("AdmissionPolicy '", |_| Remedy::FollowPolicy),
    ("admission webhook", |_| Remedy::FollowPolicy),
    ("cannot list resource \"namespaces\"", |_| Remedy::NameNamespaces),
    ("cannot get resource \"secrets\"", |_| Remedy::ReadSecrets),
    ("is forbidden", |_| Remedy::AskForRight),
    ("pods \"", |_| Remedy::ListPods),
    ("serviceaccounts \"", |name| Remedy::CreateServiceAccount(name.to_owned())),
    ("namespaces \"", |name| Remedy::CreateNamespace(name.to_owned())),
    ("x509:", |_| Remedy::TrustApiServer),
    ("was refused", |_| Remedy::CheckCluster),
    ("connection refused", |_| Remedy::CheckCluster),
    ("no such host", |_| Remedy::ShowContext),
    ("i/o timeout", |_| Remedy::CheckCluster),
    ("must be logged in", |_| Remedy::RenewLogin),
    ("getting credentials", |_| Remedy::RenewLogin),
    ("unknown flag", |_| Remedy::UpdateKubectl),
    ("context was not found", |_| Remedy::ListContexts),
    ("error: context \"", |_| Remedy::ListContexts),
    ("current-context", |_| Remedy::NameContext),
];

impl Refusal {
    /// Reads what kubectl wrote to standard error.
    pub(crate) fn of(stderr: &Untrusted) -> Self {
        let warnings = |line: &&str| !line.starts_with("Warning:") && !line.trim().is_empty();
        let mut lines = stderr.raw().lines().filter(warnings);
        // The advice that kubectl appends to a conflict speaks of its own flags.
        let advice = "Please review the fields above";
        let text: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with(advice)).collect();
        if let Some(line) = text.iter().find(|line| line.contains("the object has been modified")) {
            return Self::Modified(name_after(line, "secrets \"").map(str::to_owned));
        }
        let is_conflict = text.iter().any(|line| line.contains("Apply failed with"));
        let managers = managers(&text.join("\n"));
        if is_conflict && !managers.is_empty() {
            return Self::Owned(managers);
        }
        let is_message = |line: &&&str| {
            line.starts_with("error") || line.starts_with("Error") || line.starts_with("The ")
        };
        let line = text.iter().find(is_message).or_else(|| text.last()).unwrap_or(&"");
        if line.contains(NO_CONFIGURATION) {
            return Self::no_configuration();
        }
        Self::Other(Said {
            text: stderr.line(&redact(line)),
            remedy: REMEDIES
                .iter()
                .find_map(|(part, remedy)| Some(remedy(name_after(line, part)?))),
            is_forbidden: line.contains("is forbidden"),
            is_rejected: line.contains(REJECTED),
        })
    }

    /// Returns the refusal of a kubectl that knows no cluster.
    fn no_configuration() -> Self {
        Self::Other(Said {
            text: "kubectl has no kubeconfig that names a cluster".to_owned(),
            remedy: Some(Remedy::NameContext),
            is_forbidden: false,
            is_rejected: false,
        })
    }

    /// Returns a refusal with this text and no hint.
    pub(crate) fn with_text(said: &str) -> Self {
        Self::Other(Said {
            text: said.to_owned(),
            remedy: None,
            is_forbidden: false,
            is_rejected: false,
        })
    }

    /// Whether the fields that would change are owned by kubectl's own managers.
    pub(crate) fn is_own(&self) -> bool {
        match self {
            Self::Owned(managers) => {
                managers.iter().all(|manager| OWN_MANAGERS.contains(&manager.as_str()))
            }
            _ => false,
        }
    }

    /// Whether client-side apply owns fields of the object: it keeps a copy of what it wrote.
    pub(crate) fn names_client_side_apply(&self) -> bool {
        matches!(self, Self::Owned(managers) if managers.iter().any(|m| m == "kubectl-client-side-apply"))
    }

    /// Whether the object was changed since it was read. Of a JSON patch whose test
    /// fails the API server says no more (Kubernetes 1.37).
    pub(crate) fn is_outdated(&self) -> bool {
        match self {
            Self::Modified(_) => true,
            Self::Owned(_) => false,
            Self::Other(said) => said.is_rejected,
        }
    }

    /// Whether the user lacks the right.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Other(said) if said.is_forbidden)
    }

    /// Returns the error of a command that ends with this refusal.
    pub(crate) fn error(&self, namespace: Option<&str>) -> ClusterError {
        let (said, remedy) = match self {
            Self::Modified(name) => (
                "the Secret keeps changing while it is written".to_owned(),
                name.clone().map(Remedy::FindWriter),
            ),
            Self::Owned(managers) => (
                format!("the Secret belongs to {}", managers.join(" and ")),
                Some(Remedy::TakeOver),
            ),
            Self::Other(said) if said.text.is_empty() => {
                ("kubectl failed without an error message".to_owned(), Some(Remedy::SeeMessage))
            }
            Self::Other(said) => (said.text.clone(), said.remedy.clone()),
        };
        ClusterError::Refused { said, namespace: namespace.map(clean), remedy }
    }
}

/// Returns the notice that kubectl takes long, with the last that it printed.
pub(super) fn waiting(said: &Untrusted) -> String {
    let said = said.line(&redact(said.line_so_far()));
    if said.is_empty() {
        "waiting for kubectl".to_owned()
    } else {
        format!("waiting for kubectl: {said}")
    }
}

/// Returns ` in namespace X` for messages.
pub(crate) fn in_namespace(namespace: Option<&str>) -> String {
    namespace.map(|namespace| format!(" in namespace {}", clean(namespace))).unwrap_or_default()
}

/// Returns ` -n X` for commands.
pub(crate) fn namespace_flag(namespace: Option<&str>) -> String {
    namespace.map(|namespace| format!(" -n {}", shell::word(namespace))).unwrap_or_default()
}

/// Returns what follows a part of a message, up to the next quotation mark.
fn name_after<'l>(line: &'l str, part: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(part)?;
    Some(rest.split_once('"').map_or(rest, |(name, _)| name))
}

/// Returns the managers `conflict with` or `conflicts with`.
fn managers(text: &str) -> Vec<String> {
    let mut managers: Vec<String> = text
        .split("conflict with \"")
        .skip(1)
        .chain(text.split("conflicts with \"").skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(manager, _)| clean(manager))
        .collect();
    managers.sort();
    managers.dedup();
    managers
}

/// Returns a line without long runs of base64, which could be a credential.
fn redact(line: &str) -> String {
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let line = match line.strip_prefix("Error from server").and_then(|rest| rest.split_once(": ")) {
        Some((_, said)) => said,
        None => line,
    };
    let is_data = |word: &&str| {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
        word.split(|c: char| !is_base64(u8::try_from(c).unwrap_or(0))).any(|run| run.len() > 40)
    };
    let words = line.split(' ').map(|word| if is_data(&word) { "(left out)" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_read_from_conflicts() {
        let one = "error: Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using v1: .data..dockerconfigjson\nPlease review the fields above--they currently have other managers. Here\nconflict with \"nobody\"\n";
        let refusal = Refusal::of(&one.into());
        assert_eq!(refusal, Refusal::Owned(vec!["kubectl-client-side-apply".into()]));
        assert!(refusal.is_own());
        let several = "error: Apply failed with 2 conflicts: conflicts with \"argocd\":\n- .data..dockerconfigjson\nconflicts with \"kubectl-create\" using v1:\n- .type\n";
        let refusal = Refusal::of(&several.into());
        assert_eq!(refusal, Refusal::Owned(vec!["argocd".into(), "kubectl-create".into()]));
        assert!(!refusal.is_own());
    }

    #[test]
    fn a_change_in_between_is_recognized() {
        let text = "error: Operation cannot be fulfilled on secrets \"regcred\": the object has been modified; please apply your changes to the latest version and try again\n";
        assert_eq!(Refusal::of(&text.into()), Refusal::Modified(Some("regcred".to_owned())));
    }

    #[test]
    fn messages_of_the_api_server_have_a_remedy() {
        for (text, remedy) in [
            (
                "Error from server (NotFound): namespaces \"nope\" not found",
                Remedy::CreateNamespace("nope".to_owned()),
            ),
            (
                "Error from server (Forbidden): secrets \"r\" is forbidden: User \"v\" cannot patch resource \"secrets\" in API group \"\" in the namespace \"default\"",
                Remedy::AskForRight,
            ),
            (
                "The Secret \"five\" is invalid: data: Forbidden: field is immutable when `immutable` is set",
                Remedy::UseOtherName,
            ),
            (
                "Warning: old\nerror: error validating \"STDIN\": error validating data: failed to download openapi: Get \"https://127.0.0.1:1/openapi/v2?timeout=32s\": dial tcp 127.0.0.1:1: connect: connection refused; if",
                Remedy::CheckCluster,
            ),
            ("error: context \"nope\" does not exist", Remedy::ListContexts),
            ("error: You must be logged in to the server (Unauthorized)", Remedy::RenewLogin),
            (
                "Unable to connect to the server: x509: certificate signed by unknown authority",
                Remedy::TrustApiServer,
            ),
        ] {
            let ClusterError::Refused { remedy: found, .. } = Refusal::of(&text.into()).error(None)
            else {
                panic!("{text}");
            };
            assert_eq!(found, Some(remedy), "{text}");
        }
    }

    #[test]
    fn data_is_never_repeated() {
        let text = format!("error: cannot patch \"{}\" now", "QUJD".repeat(20));
        let ClusterError::Refused { said, .. } = Refusal::of(&text.into()).error(None) else {
            panic!()
        };
        assert_eq!(said, "cannot patch (left out) now");
    }
}
