//! What is read of the cluster.

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::error::ClusterError;
use crate::cluster::pods::Pod;
use crate::cluster::secrets::LiveSecret;
use crate::cluster::workloads::{Workload, Workloads};
use crate::cluster::{Kubectl, Scope, Selectors};
use crate::system::messages;
use crate::system::parallel::join;

/// Pods, what creates them, and the pull Secrets that they use.
pub(crate) struct Cluster {
    /// Those with the labels that were named.
    pub(crate) pods: Vec<Pod>,
    /// Empty where workloads are not asked for.
    pub(crate) workloads: Vec<Workload>,
    /// The service accounts of the workloads.
    pub(crate) accounts: Vec<ServiceAccount>,
    /// Those that the kubelet reads.
    pub(crate) secrets: Vec<LiveSecret>,
}

impl Cluster {
    /// Reads them; `labels` is a selector for Pods, and workloads are read without one.
    ///
    /// # Errors
    /// [`ClusterError::Refused`], also where some kind may not be read: an answer without it
    /// would look complete.
    pub(crate) fn read(
        kubectl: &Kubectl,
        scope: Scope<'_>,
        labels: Option<&str>,
        with_workloads: bool,
    ) -> Result<Self, ClusterError> {
        let of_workloads = || {
            if !with_workloads {
                return Ok((Workloads::default(), Vec::new()));
            }
            let (workloads, accounts) =
                join(|| kubectl.workloads(scope, &[]), || kubectl.service_accounts(scope));
            Ok((workloads, accounts?))
        };
        let (secrets, (pods, of_workloads)) = join(
            || kubectl.pull_secrets(scope, Selectors::default()),
            || join(|| kubectl.labelled_pods(scope, labels), of_workloads),
        );
        let (Workloads { items, failures }, accounts) = of_workloads?;
        for failure in failures {
            messages::warning(&format!("could not read all workloads: {failure}"));
        }
        Ok(Self { pods: pods?, workloads: items, accounts, secrets: secrets? })
    }
}
