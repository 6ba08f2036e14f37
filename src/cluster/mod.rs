//! Everything asked of the cluster, through the person's own kubectl. Documents
//! go to its standard input; no argument and no variable carries a secret.

pub(crate) mod accounts;
pub(crate) mod apply;
pub(crate) mod configuration;
pub(crate) mod error;
mod kubectl;
mod names;
pub(crate) mod namespaces;
pub(crate) mod ownership;
pub(crate) mod pod_context;
mod pod_spec;
pub(crate) mod pods;
pub(crate) mod proposal;
mod provider;
pub(crate) mod refusal;
pub(crate) mod secrets;
mod sent;
pub(crate) mod workloads;

use kubectl::{Call, parse};
pub(crate) use kubectl::{Kubectl, KubectlOptions};

/// The name under which the API server records the fields that this program owns.
pub(crate) const FIELD_MANAGER: &str = "kubectl-regcred";

/// Where objects are listed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// In this namespace; none is that of the kubeconfig.
    Namespace(Option<&'a str>),
    /// In all of them.
    All,
}

impl<'a> Scope<'a> {
    /// Returns kubectl's flag for all namespaces, and the one namespace that is meant.
    fn flag_and_namespace(self) -> (Option<&'static str>, Option<&'a str>) {
        match self {
            Self::All => (Some("--all-namespaces"), None),
            Self::Namespace(namespace) => (None, namespace),
        }
    }
}

/// Which of them are listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Selectors<'a> {
    /// By their fields.
    pub fields: Option<&'a str>,
    /// By their labels.
    pub labels: Option<&'a str>,
    /// Whether who owns which fields is read too.
    pub owners: Owners,
}

/// Whether a list holds who owns which fields; it takes longer then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owners {
    /// The owners are read.
    Read,
    /// The owners are left out.
    #[default]
    LeftOut,
}
