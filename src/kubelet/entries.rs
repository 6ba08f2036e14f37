//! The entries of a pull Secret one by one, where the whole may be malformed.

use std::ops::Range;

use secrecy::SecretString;
use serde_json::value::RawValue;

use super::decode::{self, MalformedReason, PullSecret, SecretKind};
use super::go::json;
use crate::registry::credential::{Credential, Login, for_pull_secret, shown_username};
use crate::registry::expiry::UnixSeconds;
use crate::registry::key::RegistryKey;

/// One entry as the kubelet reads it.
#[derive(Debug)]
pub(crate) struct SecretEntry {
    /// Its key in `auths`, as written.
    pub key: String,
    /// User name and password, either of which may be empty; none where the
    /// kubelet cannot decode the entry, and therefore pulls no image of the Pod.
    pub login: Option<(String, SecretString)>,
    /// Why the kubelet cannot decode it, where it cannot.
    pub fault: Option<MalformedReason>,
    /// Whether it has an identity token, which the kubelet ignores.
    pub has_identity_token: bool,
}

impl SecretEntry {
    /// Returns the user name for messages: some registries take a token as the name.
    pub(crate) fn shown_username(&self) -> Option<String> {
        self.login.as_ref().map(|(username, password)| shown_username(username, password))
    }

    /// Returns the registry that the entry stands for, and its credential at the time `now`;
    /// none where it cannot be used.
    pub(crate) fn credential(&self, now: UnixSeconds) -> Option<(RegistryKey, Credential)> {
        let key = RegistryKey::from_docker(&self.key).registry()?;
        let (username, password) = self.login.clone()?;
        let login = Login::basic(username, password);
        let (credential, _) = for_pull_secret(&key, login, now).ok()?;
        Some((key, credential))
    }
}

/// The entries, sorted by key.
///
/// # Errors
/// [`MalformedReason`] where the value is not of the shape that the Secret's type says.
pub(crate) fn entries(secret: PullSecret<'_>) -> Result<Vec<SecretEntry>, MalformedReason> {
    let text = json::text(secret.value);
    let entries = decode::config(secret.kind, &text)?.into_entries().into_iter();
    Ok(entries.map(|(key, entry)| read(key.to_owned(), entry, &text)).collect())
}

/// Returns where the entries of these keys stand in a text, in its order.
///
/// # Errors
/// As of [`entries`].
pub(crate) fn places(
    kind: SecretKind,
    text: &str,
    keys: &[&str],
) -> Result<Vec<Range<usize>>, MalformedReason> {
    let entries = decode::config(kind, text)?.entries.into_iter();
    let entries = entries.filter(|(key, _)| keys.contains(&&**key)).map(|(_, entry)| {
        let start = entry.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + entry.get().len()
    });
    Ok(entries.collect())
}

fn read(key: String, entry: &RawValue, whole: &str) -> SecretEntry {
    let (login, fault) = match decode::Entry::read(entry, whole) {
        Ok(login) => (Some(login), None),
        Err(fault) => (None, Some(fault)),
    };
    let token = json::strings(entry.get(), ["identitytoken"]);
    SecretEntry {
        key,
        login: login.map(|entry| (entry.username, entry.password)),
        fault,
        has_identity_token: token.is_ok_and(|[token]| !token.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: SecretKind, value: &str) -> Option<Vec<(String, Option<String>, bool)>> {
        let entries = entries(PullSecret { kind, value: value.as_bytes() }).ok()?;
        let entries = entries.into_iter();
        Some(
            entries
                .map(|one| (one.key, one.login.map(|(user, _)| user), one.has_identity_token))
                .collect(),
        )
    }

    #[test]
    fn entries_are_read_one_by_one() {
        let auths = r#"{"a.io":{"auth":"dTpw"},"b.io":{"auth":"%"},"c.io":{"IdentityToKen":"t","identitytoken":null},"d.io":7}"#;
        let entry =
            |key: &str, user: Option<&str>, token| (key.to_owned(), user.map(str::to_owned), token);
        let expected = vec![
            entry("a.io", Some("u"), false),
            entry("b.io", None, false),
            entry("c.io", Some(""), true),
            entry("d.io", None, false),
        ];
        let config = format!(r#"{{"Auths":{auths},"credsStore":"x"}}"#);
        assert_eq!(read(SecretKind::DockerConfigJson, &config), Some(expected.clone()));
        assert_eq!(read(SecretKind::DockerConfig, auths), Some(expected));
        assert_eq!(read(SecretKind::DockerConfigJson, "null"), Some(vec![]));
        assert_eq!(read(SecretKind::DockerConfigJson, r#"{"auths":[]}"#), None);
        assert_eq!(read(SecretKind::DockerConfigJson, "x"), None);
    }
}
