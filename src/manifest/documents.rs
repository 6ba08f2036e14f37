//! The documents themselves, members in the order of the Kubernetes page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::manifest::metadata::{self, Metadata};
use crate::registry::reference::ImageReference;

/// A Kubernetes object to write.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// A Secret of type `kubernetes.io/dockerconfigjson`.
    Secret(PullSecret),
    /// A Pod.
    Pod(Pod),
}

/// A pull Secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PullSecret {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    data: Data,
    #[serde(rename = "type")]
    secret_type: &'static str,
}

#[derive(Debug, Serialize)]
struct Data {
    #[serde(rename = ".dockerconfigjson", serialize_with = "expose")]
    dockerconfigjson: SecretString,
}

fn expose<S: Serializer>(text: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.expose_secret())
}

/// A Pod that uses pull Secrets.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: PodSpec,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    containers: Vec<Container>,
    image_pull_secrets: Vec<Reference>,
}

#[derive(Debug, Serialize)]
struct Container {
    name: String,
    image: String,
}

#[derive(Debug, Serialize)]
struct Reference {
    name: String,
}

impl Document {
    /// A pull Secret that holds this dockerconfigjson.
    pub fn pull_secret(metadata: Metadata, dockerconfigjson: &SecretString) -> Self {
        let encoded = STANDARD.encode(dockerconfigjson.expose_secret());
        Self::Secret(PullSecret {
            api_version: "v1",
            kind: "Secret",
            metadata,
            data: Data { dockerconfigjson: SecretString::from(encoded) },
            secret_type: "kubernetes.io/dockerconfigjson",
        })
    }

    /// A Pod with one container for each image, and these pull Secrets.
    ///
    /// # Errors
    /// [`Error::InvalidMetadata`] where the Pod's name is too long for the
    /// names of its containers.
    pub fn pod(
        metadata: Metadata,
        images: &[ImageReference],
        secrets: &[String],
    ) -> Result<Self, Error> {
        // A container's name is a DNS label: no dots.
        let base = metadata.name().replace('.', "-");
        let containers = images.iter().enumerate().map(|(index, image)| {
            let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            let name = format!("{base}-container{number}");
            metadata::check_container_name(&name)?;
            Ok(Container { name, image: image.as_written().to_owned() })
        });
        let containers = containers.collect::<Result<_, Error>>()?;
        let secrets = secrets.iter().map(|name| Reference { name: name.clone() }).collect();
        let spec = PodSpec { containers, image_pull_secrets: secrets };
        Ok(Self::Pod(Pod { api_version: "v1", kind: "Pod", metadata, spec }))
    }

    /// `secret/NAME` or `pod/NAME`, as kubectl's `-o name`.
    pub fn resource_name(&self) -> String {
        match self {
            Self::Secret(secret) => format!("secret/{}", secret.metadata.name()),
            Self::Pod(pod) => format!("pod/{}", pod.metadata.name()),
        }
    }
}
