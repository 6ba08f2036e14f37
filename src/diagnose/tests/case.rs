//! Evidence about one image of a Pod, to be changed step by step.

use crate::cluster::pod_context::SecretName;
use crate::cluster::pods::{ContainerState, PodImage};
use crate::diagnose::evidence::{Evidence, PodEvidence};
use crate::diagnose::judge::judge;
use crate::diagnose::verdict::Verdict;
use crate::distribution::{Outcome, PullCheck as RegistryAnswer};
use crate::kubelet::cause::Cause;
use crate::kubelet::{self, PullSecret, Reference, SecretKind, State};
use crate::registry::expiry::UnixSeconds;
use crate::registry::reference::ImageReference;

pub(super) const NOW: UnixSeconds = 1_800_000_000;
pub(super) const IMAGE: &str = "ghcr.io/jane/app:v1";
pub(super) const LOGIN: &str = r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2"}}}"#;

pub(super) fn value(json: &str) -> State<'_> {
    State::Value(PullSecret { kind: SecretKind::DockerConfigJson, value: json.as_bytes() })
}

pub(super) fn diagnosis(image: &str, secrets: &[(&str, State<'_>)]) -> Option<kubelet::Diagnosis> {
    let image = ImageReference::parse(image).ok()?;
    let references: Vec<Reference<'_>> = secrets
        .iter()
        .map(|(name, state)| Reference {
            name,
            state: match state {
                State::Missing => State::Missing,
                State::OtherType(found) => State::OtherType(found),
                State::WithoutKey(key) => State::WithoutKey(key),
                State::NotBase64 => State::NotBase64,
                State::Value(value) => State::Value(*value),
            },
        })
        .collect();
    Some(kubelet::diagnose(&references, &image.repository(), NOW))
}

/// Evidence about one image of the Pod `web`, and about that Pod.
pub(super) struct Case {
    pub(super) evidence: Evidence<'static>,
    pub(super) pod: PodEvidence,
}

impl Case {
    /// A container that waits, whose Pod references these Secrets.
    pub(super) fn of(image: &'static str, secrets: &[(&str, State<'_>)]) -> Self {
        let evidence = Evidence {
            image: PodImage {
                name: "app".to_owned(),
                is_volume: false,
                reference: image,
                state: ContainerState::Waiting("ImagePullBackOff", ""),
            },
            reference: ImageReference::parse(image),
            awaited_volume: None,
            message: Some("a message".to_owned()),
            cause: None,
            mirror: None,
            diagnosis: diagnosis(image, secrets),
            account_diagnosis: None,
            matching: Vec::new(),
            is_changed: false,
            registry: None,
        };
        let pod = PodEvidence {
            name: "web".to_owned(),
            namespace: "shop".to_owned(),
            account: "default".to_owned(),
            workload: "pod/web".to_owned(),
            pull_secrets: secrets.iter().map(|(name, _)| (*name).to_owned()).collect(),
            ..PodEvidence::default()
        };
        Self { evidence, pod }
    }

    pub(super) fn with(secrets: &[(&str, State<'_>)]) -> Self {
        Self::of(IMAGE, secrets)
    }

    /// A Pod whose Secret `regcred` matches the image.
    pub(super) fn logged_in() -> Self {
        Self::with(&[("regcred", value(LOGIN))])
    }

    pub(super) fn cause(mut self, cause: Cause) -> Self {
        self.evidence.cause = Some(cause);
        self
    }

    pub(super) fn message(mut self, message: &str) -> Self {
        self.evidence.message = Some(message.to_owned());
        self
    }

    pub(super) fn state(mut self, state: ContainerState<'static>) -> Self {
        self.evidence.image.state = state;
        self
    }

    pub(super) fn answer(mut self, outcome: Outcome) -> Self {
        self.evidence.registry = Some(RegistryAnswer {
            registry: "ghcr.io".to_owned(),
            outcome,
            username: None,
            message: String::new(),
            remedy: None,
            can_push: false,
        });
        self
    }

    /// Another Secret of the cluster.
    pub(super) fn other(mut self, namespace: &str, name: &str) -> Self {
        self.pod.secret_names.push(SecretName {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            secret_type: SecretKind::DockerConfigJson.secret_type().to_owned(),
        });
        self
    }

    pub(super) fn verdict(&self) -> Verdict {
        judge(&self.evidence, &self.pod)
    }
}
