//! All that is known of a Pod whose images may not be pulled.

use crate::cluster::pod_context::SecretName;
use crate::cluster::pods::Need;
use crate::cluster::refusal::namespace_flag;
use crate::distribution::{self, Outcome};
use crate::kubelet::cause::Cause;
use crate::kubelet::{Candidate, Diagnosis, Finding};
use crate::registry::reference::{ImageReference, InvalidReference};
use crate::selection::pull_secret;
use crate::system::shell;

/// What is known of one image.
pub(crate) struct Evidence<'a> {
    /// The image as it stands in the Pod, and what became of it.
    pub(crate) need: Need<'a>,
    /// The same, read.
    pub(crate) image: Result<ImageReference, InvalidReference>,
    /// The image volume that its container waits for first.
    pub(crate) waits_for: Option<String>,
    /// The words of kubelet or runtime about the last failure.
    pub(crate) words: Option<String>,
    /// What they mean.
    pub(crate) cause: Option<Cause>,
    /// What the kubelet would try now; none for an image that is none, and where
    /// the Secrets could not be looked at.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// What it would try of the service account's list, where that was looked at.
    pub(crate) of_account: Option<Diagnosis>,
    /// Whether a Secret with a matching entry was written after the last failure.
    pub(crate) is_changed: bool,
    /// What the registry says, where it was asked.
    pub(crate) asked: Option<distribution::Verdict>,
}

impl Evidence<'_> {
    /// What the kubelet would try, each with the name of its Secret.
    pub(crate) fn candidates(&self) -> &[(String, Candidate)] {
        self.diagnosis.as_ref().map(|it| it.candidates.as_slice()).unwrap_or_default()
    }

    /// What is amiss with the Secrets.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.diagnosis.as_ref().map(|it| it.findings.as_slice()).unwrap_or_default()
    }

    /// What the registry says, where it was asked.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.asked.as_ref().map(|asked| asked.outcome)
    }

    /// Whether any entry that matches is worth being sent.
    pub(crate) fn has_usable(&self) -> bool {
        let is_worthless = |finding: &&Finding| finding.problem.is_worthless();
        self.findings().iter().filter(is_worthless).count() < self.candidates().len()
    }
}

/// What is known of the Pod itself.
pub(crate) struct PodEvidence {
    /// Its name.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) namespace: String,
    /// Whether something makes it anew when it is deleted.
    pub(crate) is_made: bool,
    /// Whether it is made by a file on its node.
    pub(crate) is_static: bool,
    /// Why nothing is pulled for it.
    pub(crate) idle: Option<String>,
    /// Its own list.
    pub(crate) list: Vec<String>,
    /// The service account that it runs as.
    pub(crate) account: String,
    /// What Secrets there are elsewhere, where one is missing.
    pub(crate) elsewhere: Vec<SecretName>,
}

impl PodEvidence {
    /// ` -n NAMESPACE` for commands.
    pub(crate) fn place(&self) -> String {
        namespace_flag(Some(&self.namespace))
    }

    /// The command that writes a pull Secret where the Pod looks for it.
    pub(crate) fn write(&self, secret: &str, domain: &str) -> String {
        pull_secret::write(secret, domain, &self.place())
    }

    /// The command that shows all that the cluster tells.
    pub(crate) fn describe(&self) -> String {
        let describe = shell::command(["kubectl", "describe", "pod", &self.name]);
        format!("see all that is told of it: {describe}{}", self.place())
    }

    /// How the Pod comes to be made once more.
    pub(crate) fn make_anew(&self) -> String {
        let (name, place) = (shell::word(&self.name), self.place());
        if self.is_made {
            format!("let it be made anew: kubectl delete pod {name}{place}")
        } else {
            format!(
                "make it anew: kubectl get pod {name}{place} -o yaml | kubectl replace --force -f -"
            )
        }
    }
}
