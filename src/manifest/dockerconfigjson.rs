//! The value of a pull Secret's `.dockerconfigjson`: the one place where
//! passwords are written out.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::manifest::error::ManifestError;
use crate::registry::credential::Credential;

/// Most bytes that a Secret may hold, decoded.
/// Source: Kubernetes 1.37, `pkg/apis/core/types.go` (`MaxSecretSize`).
pub(crate) const MAX_SECRET_BYTES: usize = 1_048_576;

#[derive(Serialize)]
struct DockerConfigJson<'a> {
    auths: BTreeMap<&'a str, Entry<'a>>,
}

/// Members in the order in which `kubectl create secret docker-registry` writes them.
#[derive(Serialize)]
struct Entry<'a> {
    username: &'a str,
    password: &'a str,
    /// Only where it was asked for: it changes the kubelet's hash of the credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(serialize_with = "expose")]
    auth: SecretString,
}

impl<'a> Entry<'a> {
    fn of(credential: &'a Credential, email: Option<&'a str>) -> Self {
        let password = credential.password.expose_secret();
        let text = Zeroizing::new(format!("{}:{password}", credential.username));
        let auth = SecretString::from(STANDARD.encode(text.as_bytes()));
        Self { username: &credential.username, password, email, auth }
    }
}

fn expose<S: Serializer>(text: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.expose_secret())
}

/// Returns the compact JSON of these entries, by their keys in `auths`.
///
/// # Errors
/// [`ManifestError::TooLarge`] beyond [`MAX_SECRET_BYTES`].
pub(crate) fn render(
    entries: &BTreeMap<String, impl Borrow<Credential>>,
    email: Option<&str>,
) -> Result<SecretString, ManifestError> {
    let auths = entries
        .iter()
        .map(|(key, credential)| (key.as_str(), Entry::of(credential.borrow(), email)));
    let text = json(&DockerConfigJson { auths: auths.collect() })?;
    check_size(text.expose_secret().len())?;
    Ok(text)
}

/// Returns the compact JSON of one entry.
///
/// # Errors
/// [`ManifestError::Render`].
pub(super) fn entry(credential: &Credential) -> Result<SecretString, ManifestError> {
    json(&Entry::of(credential, None))
}

/// Checks that a Secret can hold so many bytes.
///
/// # Errors
/// [`ManifestError::TooLarge`] beyond [`MAX_SECRET_BYTES`].
pub(super) fn check_size(size: usize) -> Result<(), ManifestError> {
    if size > MAX_SECRET_BYTES {
        return Err(ManifestError::TooLarge { size, limit: MAX_SECRET_BYTES });
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<SecretString, ManifestError> {
    let text = serde_json::to_string(value).map(SecretString::from);
    text.map_err(|_| ManifestError::Render("dockerconfigjson"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(list: &[(&str, &str, &str)]) -> BTreeMap<String, Credential> {
        let credential = |username: &str, password: &str| Credential {
            username: username.to_owned(),
            password: SecretString::from(password),
            expires_at: None,
        };
        list.iter().map(|(key, user, pass)| ((*key).to_owned(), credential(user, pass))).collect()
    }

    #[test]
    fn the_page_of_kubernetes_shows_this_shape() {
        let entries = entries(&[("your.private.registry.example.com", "janedoe", "xxxxxxxxxxx")]);
        let text = render(&entries, Some("jdoe@example.com")).unwrap();
        assert_eq!(
            text.expose_secret(),
            r#"{"auths":{"your.private.registry.example.com":{"username":"janedoe","password":"xxxxxxxxxxx","email":"jdoe@example.com","auth":"amFuZWRvZTp4eHh4eHh4eHh4eA=="}}}"#
        );
    }

    #[test]
    fn keys_are_sorted_and_email_is_left_out() {
        let text = render(&entries(&[("b.io", "u", "p"), ("a.io", "u", "p")]), None).unwrap();
        let text = text.expose_secret();
        assert!(text.find("a.io") < text.find("b.io"));
        assert!(!text.contains("email"));
    }

    #[test]
    fn more_than_a_secret_can_hold_is_refused() {
        let long = "p".repeat(MAX_SECRET_BYTES);
        let error = render(&entries(&[("a.io", "u", &long)]), None).unwrap_err();
        assert!(matches!(error, ManifestError::TooLarge { .. }));
    }
}
