//! What is known of a Pod whose images may not be pulled.

use crate::cluster::accounts::ServiceAccount;
use crate::cluster::pod_context::SecretName;
use crate::cluster::pods::{ContainerState, Pod, PodImage};
use crate::diagnose::hints::Surroundings;
use crate::distribution::{Outcome, PullCheck as RegistryAnswer};
use crate::kubelet::cause::{self, Cause};
use crate::kubelet::{Candidate, Diagnosis, Finding, Problem};
use crate::manifest::edit::Object;
use crate::registry::reference::{ImageReference, InvalidReference};

/// What is known of one image of a Pod.
pub(crate) struct Evidence<'a> {
    /// The image as it stands in the Pod, and how far its container has come.
    pub(crate) image: PodImage<'a>,
    /// The image, parsed.
    pub(crate) reference: Result<ImageReference, InvalidReference>,
    /// The image volume that the container waits for before its own image.
    pub(crate) awaited_volume: Option<String>,
    /// The message of kubelet or runtime about the last failure.
    pub(crate) message: Option<String>,
    /// What that message, or else the kubelet's reason, means.
    pub(crate) cause: Option<Cause>,
    /// The host that answered in place of the image's registry.
    pub(crate) mirror: Option<String>,
    /// What the kubelet would try now; none for an invalid image, and where the
    /// Secrets could not be read.
    pub(crate) diagnosis: Option<Diagnosis>,
    /// What the kubelet would try of the service account's Secrets, where those were
    /// read.
    pub(crate) account_diagnosis: Option<Diagnosis>,
    /// Pull Secrets of the namespace whose entries match, and which the Pod does not
    /// reference; as far as they were read.
    pub(crate) matching: Vec<String>,
    /// Whether a Secret with a matching entry was written after the last failure.
    pub(crate) is_changed: bool,
    /// What the registry answered, where it was asked.
    pub(crate) registry: Option<RegistryAnswer>,
}

impl Evidence<'_> {
    /// Returns what the kubelet would try, each with the name of its Secret.
    pub(crate) fn candidates(&self) -> &[(String, Candidate)] {
        self.diagnosis.as_ref().map(|it| it.candidates.as_slice()).unwrap_or_default()
    }

    /// Returns the problems with the Secrets.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.diagnosis.as_ref().map(|it| it.findings.as_slice()).unwrap_or_default()
    }

    /// Returns the first finding of such a problem.
    pub(crate) fn find(&self, is_searched: impl Fn(&Problem) -> bool) -> Option<&Finding> {
        self.findings().iter().find(|finding| is_searched(&finding.problem))
    }

    /// Returns the registry's answer in a word, where it was asked.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.registry.as_ref().map(|answer| answer.outcome)
    }

    /// Returns whether any entry that matches is worth being sent.
    pub(crate) fn has_usable(&self) -> bool {
        let worthless = |(secret, candidate): &(String, Candidate)| {
            self.findings().iter().any(|finding| {
                finding.problem.is_worthless()
                    && finding.secret.as_ref() == Some(secret)
                    && finding.key.as_ref() == Some(&candidate.key)
            })
        };
        !self.candidates().iter().all(worthless)
    }

    /// Returns whether the Pod references only Secrets that are of no use.
    pub(crate) fn is_reference_broken(&self) -> bool {
        self.candidates().is_empty() && self.find(Problem::is_skipped).is_some()
    }

    /// Returns the runtime whose messages these are; its files are others.
    pub(crate) fn runtime(&self) -> Runtime {
        let waiting = match self.image.state {
            ContainerState::Waiting(_, message) => Some(message),
            ContainerState::Pulled | ContainerState::Unknown => None,
        };
        Runtime::of(waiting.into_iter().chain(self.message.as_deref()))
    }

    /// Returns whether the messages tell that a login was sent, which is none of the
    /// Pod's where none of its Secrets matches.
    pub(crate) fn tells_of_login(&self) -> bool {
        self.message.as_deref().is_some_and(cause::tells_of_login)
    }
}

/// A container runtime, as its words show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    Containerd,
    Crio,
    /// dockerd, through cri-dockerd.
    Docker,
}

impl Runtime {
    /// Tells the runtime by what it says.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        const MARKS: [(&str, Runtime); 5] = [
            ("initializing source docker://", Runtime::Crio),
            ("pinging container registry", Runtime::Crio),
            ("reading manifest ", Runtime::Crio),
            ("creating pod sandbox with name", Runtime::Crio),
            ("Error response from daemon", Runtime::Docker),
        ];
        let texts: Vec<&str> = texts.collect();
        let found = MARKS.iter().find(|(mark, _)| texts.iter().any(|text| text.contains(mark)));
        found.map_or(Self::Containerd, |(_, runtime)| *runtime)
    }
}

/// A reference to a pull Secret that the API server dropped.
pub(crate) struct DroppedReference {
    /// Where it stands, and why that has no effect.
    pub(crate) message: String,
    /// The Secret that it names.
    pub(crate) secret: String,
}

impl DroppedReference {
    /// Returns those of an object, as it was applied.
    pub(crate) fn of(object: &Object) -> Vec<Self> {
        let dropped = object.misplaced.iter().filter_map(|misplaced| {
            let message = misplaced.message(&object.right_place);
            Some(Self { message, secret: misplaced.names.first()?.clone() })
        });
        dropped.collect()
    }
}

/// What is known of the Pod itself.
#[derive(Default)]
pub(crate) struct PodEvidence {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// Whether something recreates the Pod when it is deleted.
    pub(crate) has_owner: bool,
    /// Whether the Pod comes from a file on its node.
    pub(crate) is_static: bool,
    /// Why no image is pulled for the Pod.
    pub(crate) no_pull_reason: Option<String>,
    /// The Pod's own imagePullSecrets.
    pub(crate) pull_secrets: Vec<String>,
    /// The references of the Pod that have no effect.
    pub(crate) misplaced: Vec<DroppedReference>,
    /// What makes the Pod, as `deployment/web`; the Pod itself where nothing does.
    pub(crate) workload: String,
    /// The service account that the Pod runs as.
    pub(crate) account: String,
    /// The Secrets that Pods of the account may mount.
    pub(crate) mounted: Vec<String>,
    /// The Secrets that `secret --apply` cannot write.
    pub(crate) unchangeable: Vec<String>,
    /// Whether the account itself references a Secret more than once.
    pub(crate) account_repeats: bool,
    /// Why the node could not start the Pod at all, before any pull.
    pub(crate) sandbox_failure: Option<String>,
    /// Secrets of the cluster, where one that is referenced is missing.
    pub(crate) secret_names: Vec<SecretName>,
}

impl PodEvidence {
    pub(crate) fn of(
        pod: &Pod,
        account: Option<&ServiceAccount>,
        secret_names: Vec<SecretName>,
    ) -> Self {
        Self {
            name: pod.name().to_owned(),
            namespace: pod.namespace().to_owned(),
            has_owner: pod.has_owner(),
            is_static: pod.is_static(),
            no_pull_reason: pod.no_pull_reason(),
            pull_secrets: pod.pull_secrets().map(str::to_owned).collect(),
            misplaced: Vec::new(),
            workload: pod.workload(),
            account: pod.account().to_owned(),
            mounted: account
                .into_iter()
                .flat_map(ServiceAccount::mounted)
                .map(str::to_owned)
                .collect(),
            unchangeable: Vec::new(),
            account_repeats: account.is_some_and(ServiceAccount::repeats),
            sandbox_failure: None,
            secret_names,
        }
    }

    /// Returns what the hints about an image name.
    pub(crate) fn surroundings<'s>(
        &'s self,
        image: &'s ImageReference,
        names: &'s [&'s str],
    ) -> Surroundings<'s> {
        Surroundings {
            domain: image.domain(),
            namespace: Some(&self.namespace),
            names,
            image: image.as_written(),
            account: Some(&self.account),
            account_repeats: self.account_repeats,
            unchangeable: &self.unchangeable,
            ..Surroundings::default()
        }
    }

    /// Returns the names of the Secrets beside the Pod, as far as they are known.
    pub(crate) fn names_beside(&self) -> Vec<&str> {
        let beside = self.secret_names.iter().filter(|other| other.namespace == self.namespace);
        beside.map(|other| other.name.as_str()).collect()
    }
}
