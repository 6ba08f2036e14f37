//! Why the cluster, or kubectl, did not do what was asked.

use crate::cluster::refusal::in_namespace;

/// A failure to reach the cluster, or its refusal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// No kubectl to ask with.
    #[error("{name} not found on PATH; it is needed to reach the cluster")]
    NoKubectl {
        /// Its name.
        name: String,
    },
    /// The cluster, or kubectl, refused.
    #[error("{}{said}", before(.namespace.as_ref()))]
    Refused {
        /// In kubectl's words, or ours.
        said: String,
        /// Where, if a namespace was named.
        namespace: Option<String>,
        /// What would help.
        remedy: Option<Remedy>,
    },
    /// A live Secret whose content cannot be kept.
    #[error("cannot merge into Secret {name}{}: {reason}", in_namespace(.namespace.as_deref()))]
    LiveSecret {
        /// Its name.
        name: String,
        /// Its namespace, if one was named.
        namespace: Option<String>,
        /// Why.
        reason: String,
    },
    /// A live Secret of another type under the name.
    #[error("Secret {name}{} is of type {found}, which cannot be changed", in_namespace(.namespace.as_deref()))]
    OtherType {
        /// Its name.
        name: String,
        /// Its namespace, if one was named.
        namespace: Option<String>,
        /// Its type.
        found: String,
    },
    /// Some of many namespaces, whose reasons are like those already reported.
    #[error("{problem}: {}", .namespaces.len())]
    MoreNamespaces {
        /// What became of them.
        problem: &'static str,
        /// Their names.
        namespaces: Vec<String>,
    },
}

impl ClusterError {
    /// Whether the user lacks the right.
    pub(crate) fn is_forbidden(&self) -> bool {
        let Self::Refused { remedy: Some(remedy), .. } = self else { return false };
        matches!(remedy, Remedy::AskForRight | Remedy::ReadSecrets | Remedy::NameNamespaces)
    }
}

/// One thing that would help against a refusal. How a person does it is said by the
/// room `error`, which knows the options of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another name: the Secret cannot be changed.
    UseOtherName,
    /// The namespace is being deleted.
    WaitForNamespace,
    /// A policy refused.
    FollowPolicy,
    /// The right to list namespaces, or their names.
    NameNamespaces,
    /// The right to read Secrets, or writing without reading.
    ReadSecrets,
    /// A right, or another user.
    AskForRight,
    /// The Pods that exist.
    ListPods,
    /// A service account of this name.
    CreateServiceAccount(String),
    /// A namespace of this name.
    CreateNamespace(String),
    /// The API server's certificate has to be trusted.
    TrustApiServer,
    /// The API server may be out of reach.
    CheckCluster,
    /// kubectl failed without an error message.
    SeeMessage,
    /// The wrong cluster may be meant.
    ShowContext,
    /// kubectl's own login has to be renewed.
    RenewLogin,
    /// A newer kubectl.
    UpdateKubectl,
    /// A kubectl that the system can run.
    NameKubectl,
    /// The contexts that exist.
    ListContexts,
    /// A context has to be named.
    NameContext,
    /// What exists of a kind of the kubeconfig: `context`, `cluster`, `user`.
    ListConfig(&'static str),
    /// Another writer of the Secret of this name.
    FindWriter(String),
    /// The Secret's owner, or taking it over.
    TakeOver,
    /// The labels of the namespaces.
    ListNamespaceLabels,
    /// The pull Secrets of a namespace.
    ListPullSecrets,
    /// The events of a workload, `KIND/NAME`.
    DescribeWorkload(String),
}

fn before(namespace: Option<&String>) -> String {
    namespace.map(|namespace| format!("namespace {namespace}: ")).unwrap_or_default()
}
