//! What a pull Secret is written with: its value, proved by the kubelet's own
//! rules before anything is written.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::kubelet::prove::{self, NoMatch};
use crate::manifest::dockerconfigjson;
use crate::manifest::documents::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::metadata::Metadata;
use crate::registry::credential::Credential;
use crate::registry::expiry;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::system::messages::clean;

/// When the first of a Secret's credentials expires, as RFC 3339.
pub(crate) const EXPIRES_AT: &str = "kubectl-regcred/expires-at";

/// Credentials by their registries.
pub(crate) type Credentials<'c> = BTreeMap<RegistryKey, &'c Credential>;

/// The value of a pull Secret, with what it was written for.
#[derive(Debug)]
pub(crate) struct Payload {
    keys: Vec<RegistryKey>,
    images: Vec<ImageReference>,
    value: SecretString,
    expires_at: Option<u64>,
}

impl Payload {
    /// Renders these credentials, and checks that the kubelet would use them: each
    /// entry serves its registry, and each image finds its credential.
    ///
    /// # Errors
    /// [`ManifestError::NoMatch`], [`ManifestError::TooLarge`].
    pub(crate) fn new(
        credentials: &Credentials<'_>,
        images: Vec<ImageReference>,
        email: Option<&str>,
    ) -> Result<Self, ManifestError> {
        let entries =
            credentials.iter().map(|(key, credential)| (key.auths_key(), *credential)).collect();
        let payload = Self {
            keys: credentials.keys().cloned().collect(),
            images,
            value: dockerconfigjson::render(&entries, email)?,
            expires_at: credentials.values().filter_map(|credential| credential.expires_at).min(),
        };
        payload.prove(&payload.value)?;
        Ok(payload)
    }

    /// Returns the dockerconfigjson.
    pub(crate) fn value(&self) -> &SecretString {
        &self.value
    }

    /// Returns the hosts of the registries that it is for.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.registry().as_str())
    }

    /// Checks that another value, which holds more, serves the same.
    ///
    /// # Errors
    /// [`ManifestError::NoMatch`].
    pub(crate) fn prove(&self, value: &SecretString) -> Result<(), ManifestError> {
        Ok(prove::prove(value.expose_secret(), &self.keys, &self.images)?)
    }

    /// Returns metadata annotated with the earliest expiry of the credentials.
    ///
    /// # Errors
    /// [`ManifestError::InvalidMetadata`] where the annotation has another value already.
    pub(crate) fn with_expiry(&self, mut metadata: Metadata) -> Result<Metadata, ManifestError> {
        if let Some(at) = self.expires_at {
            metadata.add_annotations(&[format!("{EXPIRES_AT}={}", expiry::rfc3339(at))])?;
        }
        Ok(metadata)
    }

    /// Returns the pull Secret of this name, with its expiry.
    ///
    /// # Errors
    /// As of [`Payload::with_expiry`].
    pub(crate) fn pull_secret(&self, metadata: Metadata) -> Result<Document, ManifestError> {
        Ok(Document::pull_secret(self.with_expiry(metadata)?, &self.value))
    }
}

impl From<NoMatch> for ManifestError {
    fn from(no_match: NoMatch) -> Self {
        Self::NoMatch { image: clean(&no_match.image), reason: no_match.reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(expires_at: Option<u64>) -> Credential {
        let (username, password) = ("jane".to_owned(), SecretString::from("x"));
        Credential { username, password, expires_at }
    }

    fn payload(
        credentials: &[(&str, &Credential)],
        images: &[&str],
    ) -> Result<Payload, ManifestError> {
        let credentials = credentials
            .iter()
            .map(|(key, credential)| (RegistryKey::parse(key).unwrap(), *credential))
            .collect();
        let images = images.iter().map(|image| ImageReference::parse(image).unwrap()).collect();
        Payload::new(&credentials, images, None)
    }

    #[test]
    fn a_payload_serves_its_images_or_is_refused() {
        let credential = credential(None);
        let payload = payload(&[("docker.io", &credential)], &["nginx"]).unwrap();
        assert!(payload.value().expose_secret().contains("\"https://index.docker.io/v1/\""));
        let other = SecretString::from(r#"{"auths":{"ghcr.io":{"username":"a","password":"b"}}}"#);
        assert!(matches!(payload.prove(&other), Err(ManifestError::NoMatch { .. })));
    }

    #[test]
    fn an_image_without_a_credential_is_named() {
        let credential = credential(None);
        let error = payload(&[("ghcr.io", &credential)], &["quay.io/a/b"]).unwrap_err();
        assert!(matches!(error, ManifestError::NoMatch { image, .. } if image == "quay.io/a/b"));
    }

    #[test]
    fn the_earliest_expiry_is_an_annotation() {
        let name = || Metadata::new("Secret name", "regcred").unwrap();
        let (early, late, never) =
            (credential(Some(0)), credential(Some(86_400)), credential(None));
        let entries = [("a.io", &late), ("b.io", &early), ("c.io", &never)];
        let metadata = payload(&entries, &[]).unwrap().with_expiry(name()).unwrap();
        assert_eq!(metadata.annotations()[EXPIRES_AT], "1970-01-01T00:00:00Z");
        let metadata = payload(&[("c.io", &never)], &[]).unwrap().with_expiry(name()).unwrap();
        assert!(metadata.annotations().is_empty());
        let mut other = name();
        other.add_annotations(&[format!("{EXPIRES_AT}=never")]).unwrap();
        let error = payload(&entries, &[]).unwrap().with_expiry(other).unwrap_err();
        assert!(matches!(error, ManifestError::InvalidMetadata { .. }));
    }
}
