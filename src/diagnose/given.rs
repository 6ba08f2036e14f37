//! What manifests say of the pull Secrets of an image, without a cluster.

use zeroize::Zeroizing;

use crate::cluster::accounts::DEFAULT_ACCOUNT;
use crate::kubelet::{self, Diagnosis, Reference, SecretKind, SecretValue, State};
use crate::manifest::edit::{Kind, Object};
use crate::manifest::metadata::DEFAULT_SECRET_NAME;
use crate::registry::expiry::UnixSeconds;
use crate::registry::reference::ImageReference;

/// Objects and docker configs, in the order in which they were given.
#[derive(Default)]
pub(crate) struct Given {
    objects: Vec<Object>,
    secrets: Vec<GivenSecret>,
}

struct GivenSecret {
    name: String,
    namespace: Option<String>,
    value: SecretValue,
}

impl Given {
    /// Adds a docker config: it becomes the Secret that the Kubernetes page makes of it.
    pub(crate) fn add_docker_config(&mut self, kind: SecretKind, text: &[u8]) {
        let value = SecretValue::Plain(kind, Zeroizing::new(text.to_vec()));
        self.secrets.push(GivenSecret {
            name: DEFAULT_SECRET_NAME.to_owned(),
            namespace: None,
            value,
        });
    }

    /// Adds an object of a manifest.
    pub(crate) fn add(&mut self, object: Object) {
        if let Some(secret) = &object.secret {
            let (name, namespace) = (object.name.clone(), object.namespace.clone());
            self.secrets.push(GivenSecret { name, namespace, value: secret.value() });
        }
        self.objects.push(object);
    }

    /// Returns whether there is neither a Secret nor anything that makes Pods.
    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.workloads().next().is_none()
    }

    /// Returns the names of all Secrets.
    pub(crate) fn secret_names(&self) -> Vec<&str> {
        self.secrets.iter().map(|secret| secret.name.as_str()).collect()
    }

    /// Returns what the kubelet does for an image: with the Secrets of the workload
    /// that has it, or with all of them in their order where no workload is given.
    pub(crate) fn diagnose(&self, image: &ImageReference, now: UnixSeconds) -> Diagnosis {
        let references = match self.workload_for(image) {
            Some(workload) => self.references_of(workload),
            None => self
                .secrets
                .iter()
                .map(|secret| Reference { name: &secret.name, state: secret.value.state() })
                .collect(),
        };
        kubelet::diagnose(&references, &image.repository(), now)
    }

    fn workloads(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| object.kind == Kind::Workload)
    }

    /// Returns the workload with this image, else the first.
    fn workload_for(&self, image: &ImageReference) -> Option<&Object> {
        let repository = image.repository();
        let has_image = |workload: &&Object| {
            workload.images.iter().any(|written| {
                ImageReference::parse(written).is_ok_and(|one| one.repository() == repository)
            })
        };
        self.workloads().find(has_image).or_else(|| self.workloads().next())
    }

    /// Returns the Secrets that the kubelet would fetch for a Pod, in their order. Only
    /// a Pod without imagePullSecrets of its own gets those of its service account.
    fn references_of<'g>(&'g self, workload: &'g Object) -> Vec<Reference<'g>> {
        let names = if workload.pull_secrets.is_empty() {
            self.account_of(workload).map_or(&workload.pull_secrets, |it| &it.pull_secrets)
        } else {
            &workload.pull_secrets
        };
        let state = |name: &str| {
            let has_name = |secret: &&GivenSecret| {
                secret.name == name && is_same_namespace(workload, secret.namespace.as_deref())
            };
            let secret = self.secrets.iter().find(has_name);
            secret.map_or(State::Missing, |secret| secret.value.state())
        };
        let names = names.iter().filter(|name| !name.is_empty());
        names.map(|name| Reference { name, state: state(name) }).collect()
    }

    /// Returns the service account that a Pod of this workload runs as.
    fn account_of(&self, workload: &Object) -> Option<&Object> {
        let name = if workload.account.is_empty() { DEFAULT_ACCOUNT } else { &workload.account };
        self.objects.iter().find(|object| {
            object.kind == Kind::ServiceAccount
                && object.name == name
                && is_same_namespace(workload, object.namespace.as_deref())
        })
    }
}

/// Returns whether an object is applied to the namespace of the workload; one that
/// names no namespace goes where the rest goes.
fn is_same_namespace(workload: &Object, namespace: Option<&str>) -> bool {
    match (workload.namespace.as_deref(), namespace) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}
