//! Everything asked of the cluster, through the person's own kubectl. Documents
//! go to its standard input; no argument and no variable carries a secret.

pub mod accounts;
pub mod apply;
pub mod configuration;
pub mod error;
mod kubectl;
pub mod namespaces;
pub mod pod_context;
pub mod pods;
pub mod refusal;
pub mod secrets;
mod sent;

use kubectl::{Call, parse};
pub use kubectl::{Kubectl, KubectlOptions};

/// The name under which the API server records the fields that this program owns.
pub const FIELD_MANAGER: &str = "kubectl-regcred";

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
