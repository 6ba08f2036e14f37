//! The documents themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::kubelet::SecretKind;
use crate::manifest::error::ManifestError;
use crate::manifest::metadata::{self, Metadata};
use crate::manifest::node::Node;
use crate::registry::reference::ImageReference;

/// A Kubernetes object to write.
#[derive(Debug)]
pub(crate) enum Document {
    /// A pull Secret.
    Secret {
        /// Name, namespace, labels, annotations.
        metadata: Metadata,
        /// Its type.
        kind: SecretKind,
        /// Base64 of the value.
        data: SecretString,
    },
    /// A Secret by its name alone, for what needs no more.
    SecretName {
        /// Name and namespace.
        metadata: Metadata,
    },
    /// A Pod.
    Pod {
        /// Name, namespace, labels, annotations.
        metadata: Metadata,
        /// Name and image of each container.
        containers: Vec<(String, String)>,
        /// Names of the pull Secrets.
        pull_secrets: Vec<String>,
    },
}

impl Document {
    /// A pull Secret that holds this dockerconfigjson.
    pub(crate) fn pull_secret(metadata: Metadata, dockerconfigjson: &SecretString) -> Self {
        Self::pull_secret_of(SecretKind::DockerConfigJson, metadata, dockerconfigjson)
    }

    /// A pull Secret of this type, with this value.
    pub(crate) fn pull_secret_of(
        kind: SecretKind,
        metadata: Metadata,
        value: &SecretString,
    ) -> Self {
        let data = SecretString::from(STANDARD.encode(value.expose_secret()));
        Self::Secret { metadata, kind, data }
    }

    /// A Pod with one container for each image, and these pull Secrets.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`] where the Pod's name is too long for the
    /// names of its containers.
    pub(crate) fn pod(
        metadata: Metadata,
        images: &[ImageReference],
        secrets: &[String],
    ) -> Result<Self, ManifestError> {
        // A container's name is a DNS label: no dots.
        let base = metadata.name().replace('.', "-");
        let containers = images.iter().enumerate().map(|(index, image)| {
            let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            let name = format!("{base}-container{number}");
            metadata::check_container_name(&name)?;
            Ok((name, image.as_written().to_owned()))
        });
        let containers = containers.collect::<Result<_, ManifestError>>()?;
        Ok(Self::Pod { metadata, containers, pull_secrets: secrets.to_vec() })
    }

    /// Its metadata.
    pub(crate) fn metadata(&self) -> &Metadata {
        match self {
            Self::Secret { metadata, .. }
            | Self::SecretName { metadata }
            | Self::Pod { metadata, .. } => metadata,
        }
    }

    /// `secret/NAME` or `pod/NAME`, as kubectl's `-o name`.
    pub(crate) fn resource_name(&self) -> String {
        match self {
            Self::Secret { metadata, .. } | Self::SecretName { metadata } => {
                format!("secret/{}", metadata.name())
            }
            Self::Pod { metadata, .. } => format!("pod/{}", metadata.name()),
        }
    }

    /// The whole document, members in the order of the Kubernetes page.
    pub(crate) fn to_node(&self) -> Node<'_> {
        let (kind, metadata, rest) = match self {
            Self::Secret { metadata, kind, data } => {
                let data = Node::map([(kind.key(), Node::Text(data.expose_secret()))]);
                let members = vec![("data", data), ("type", Node::Text(kind.secret_type()))];
                ("Secret", metadata, members)
            }
            Self::SecretName { metadata } => ("Secret", metadata, Vec::new()),
            Self::Pod { metadata, containers, pull_secrets } => {
                let containers = containers.iter().map(|(name, image)| {
                    Node::map([("name", Node::Text(name)), ("image", Node::Text(image))])
                });
                let pull_secrets =
                    pull_secrets.iter().map(|name| Node::map([("name", Node::Text(name))]));
                let spec = Node::map([
                    ("containers", Node::List(containers.collect())),
                    ("imagePullSecrets", Node::List(pull_secrets.collect())),
                ]);
                ("Pod", metadata, vec![("spec", spec)])
            }
        };
        let head = [
            ("apiVersion", Node::Text("v1")),
            ("kind", Node::Text(kind)),
            ("metadata", metadata.to_node()),
        ];
        Node::Map(head.into_iter().chain(rest).collect())
    }
}
