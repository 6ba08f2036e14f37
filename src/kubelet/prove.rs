//! Whether a dockerconfigjson serves what it is written for, by the kubelet's
//! own rules.

use super::{Keyring, PullSecret, SecretKind};
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;

/// An image that a dockerconfigjson does not serve.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoMatch {
    /// As written, or `any image`.
    pub image: String,
    /// Why the image finds no credential.
    pub reason: String,
}

/// Returns the index that the kubelet builds of this dockerconfigjson alone.
///
/// # Errors
/// [`NoMatch`] for any image, where the kubelet cannot decode it.
pub(crate) fn keyring(dockerconfigjson: &str) -> Result<Keyring<'_>, NoMatch> {
    let value = dockerconfigjson.as_bytes();
    Keyring::new(&[PullSecret { kind: SecretKind::DockerConfigJson, value }]).map_err(|malformed| {
        NoMatch { image: "any image".to_owned(), reason: malformed.to_string() }
    })
}

/// Checks that the entry of each of these keys serves its registry, and that each
/// image finds a credential.
///
/// # Errors
/// [`NoMatch`] for the first image that finds none.
pub(crate) fn prove<'k>(
    dockerconfigjson: &str,
    keys: impl IntoIterator<Item = &'k RegistryKey>,
    images: &[ImageReference],
) -> Result<(), NoMatch> {
    let keyring = keyring(dockerconfigjson)?;
    for key in keys {
        let (auths_key, image) = (key.auths_key(), key.probe_image());
        if !keyring.tries(&auths_key, &image) {
            let reason = format!("the key {auths_key} matches no image");
            return Err(NoMatch { image, reason });
        }
    }
    for image in images {
        if keyring.lookup(&image.repository()).candidates.is_empty() {
            let reason = "no entry matches it".to_owned();
            return Err(NoMatch { image: image.as_written().to_owned(), reason });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: &str = "https://index.docker.io/v1/";

    fn config(keys: &[&str]) -> String {
        let entries: Vec<String> = keys
            .iter()
            .map(|key| format!(r#""{key}":{{"username":"jane","password":"x"}}"#))
            .collect();
        format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))
    }

    fn proof(written: &[&str], keys: &[&str], images: &[&str]) -> Result<(), String> {
        let keys: Vec<RegistryKey> =
            keys.iter().map(|key| RegistryKey::parse(key).unwrap()).collect();
        let images: Vec<ImageReference> =
            images.iter().map(|image| ImageReference::parse(image).unwrap()).collect();
        prove(&config(written), &keys, &images)
            .map_err(|NoMatch { image, reason }| format!("{image}: {reason}"))
    }

    #[test]
    fn each_key_serves_its_registry_and_each_image_finds_a_credential() {
        let written = ["ghcr.io", "quay.io/team", HUB];
        let keys = ["ghcr.io", "quay.io/team", "docker.io"];
        let images = ["ghcr.io/jane/app:v1", "quay.io/team/tool", "nginx"];
        assert_eq!(proof(&written, &keys, &images), Ok(()));
        // Entries of other keys are in nobody's way.
        assert_eq!(proof(&written, &[], &[]), Ok(()));
    }

    #[test]
    fn what_is_not_served_is_named() {
        for (written, keys, images, reason) in [
            (&["ghcr.io"][..], &["quay.io"][..], &[][..], "the key quay.io matches no image"),
            (&["ghcr.io"], &["ghcr.io"], &["quay.io/a/b"], "quay.io/a/b: no entry matches it"),
            (&["quay.io/team"], &[], &["quay.io/other/b"], "quay.io/other/b: no entry"),
            (&[], &[], &["nginx"], "nginx: no entry matches it"),
        ] {
            let error = proof(written, keys, images).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn what_the_kubelet_cannot_decode_serves_no_image() {
        for text in ["", "[]", r#"{"auths":{"a.io":{"auth":"%"}}}"#] {
            let no_match = keyring(text).err().unwrap();
            assert_eq!(no_match.image, "any image", "{text}");
            assert_eq!(prove(text, [], &[]), Err(no_match));
        }
    }
}
