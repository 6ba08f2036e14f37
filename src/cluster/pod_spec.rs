//! What a Pod, or the template of one, says of its images and pull Secrets.

use serde::Deserialize;

use super::accounts::{DEFAULT_ACCOUNT, Reference};

/// `spec` of a Pod, as far as its images and pull Secrets matter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodSpec {
    pub(super) node_name: String,
    service_account_name: String,
    image_pull_secrets: Vec<Reference>,
    pub(super) init_containers: Vec<Container>,
    pub(super) containers: Vec<Container>,
    pub(super) ephemeral_containers: Vec<Container>,
    pub(super) volumes: Vec<Volume>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    image_pull_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) image: Option<ImageVolume>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImageVolume {
    pub(super) reference: String,
}

impl PodSpec {
    /// Returns the service account that the Pod runs as.
    pub(super) fn account(&self) -> &str {
        let name = self.service_account_name.as_str();
        if name.is_empty() { DEFAULT_ACCOUNT } else { name }
    }

    /// Returns the pull Secrets that it references.
    pub(super) fn pull_secrets(&self) -> impl Iterator<Item = &str> {
        let list = self.image_pull_secrets.iter();
        list.map(|one| one.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Returns the images that a node pulls for it, those of volumes too.
    pub(super) fn images(&self) -> impl Iterator<Item = &str> {
        let containers = [&self.init_containers, &self.containers, &self.ephemeral_containers];
        let pulled = |one: &&Container| one.image_pull_policy != "Never";
        let of_containers = containers.into_iter().flatten().filter(pulled);
        let of_containers = of_containers.map(|one| one.image.as_str());
        let volumes = self.volumes.iter().filter_map(|volume| volume.image.as_ref());
        of_containers.chain(volumes.map(|image| image.reference.as_str()))
    }
}
