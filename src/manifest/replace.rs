//! A pull Secret's value with another credential for one registry: nothing else of
//! the text changes.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::kubelet::go::json;
use crate::kubelet::{self, PullSecret, SecretEntry};
use crate::manifest::dockerconfigjson;
use crate::manifest::merge;
use crate::registry::credential::Credential;
use crate::registry::key::RegistryKey;

/// Which entries of a registry are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paths {
    /// Those of the registry, or of the path that was named, alone.
    Named,
    /// Those of paths below it too.
    Below,
}

/// Which entries get another credential.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The registry, or a path within one.
    pub(crate) registry: RegistryKey,
    /// Whether paths below count too.
    pub(crate) paths: Paths,
    /// Only the entries of this user; none is any user.
    pub(crate) username: Option<String>,
}

impl Wanted {
    /// Returns whether a key stands for the registry itself, in whichever spelling, or for a
    /// path below it; none where it does not.
    fn place(&self, key: &str) -> Option<Paths> {
        let found = merge::registry(key)?;
        if found == self.registry {
            return Some(Paths::Named);
        }
        self.registry.covers(found.registry(), found.path()).then_some(Paths::Below)
    }

    /// Whether an entry is meant.
    pub(crate) fn contains(&self, entry: &SecretEntry) -> bool {
        let is_user =
            |name: &String| entry.login.as_ref().is_some_and(|(username, _)| username == name);
        let is_named = match self.place(&entry.key) {
            Some(Paths::Named) => true,
            Some(Paths::Below) => self.paths == Paths::Below,
            None => false,
        };
        is_named && self.username.as_ref().is_none_or(is_user)
    }

    /// Whether a key stands for a path below the registry that is left as it is.
    pub(crate) fn leaves(&self, key: &str) -> bool {
        self.paths == Paths::Named && self.place(key) == Some(Paths::Below)
    }
}

/// Returns the value with this credential under each of these keys. Every other byte
/// stays; bytes that are not UTF-8 are written as the kubelet reads them.
///
/// # Errors
/// Why the kubelet could not use the value, or the Secret could not hold it.
pub(crate) fn replace(
    secret: PullSecret<'_>,
    keys: &[&str],
    credential: &Credential,
) -> Result<SecretString, String> {
    let text = json::text(secret.value);
    let entry = dockerconfigjson::entry(credential).map_err(|error| error.to_string())?;
    let spans = kubelet::places(secret.kind, &text, keys).map_err(|reason| reason.to_string())?;
    let room = text.len() + spans.len() * entry.expose_secret().len();
    let mut changed = Zeroizing::new(String::with_capacity(room));
    let mut rest = 0;
    for span in spans {
        changed.push_str(text.get(rest..span.start).unwrap_or_default());
        changed.push_str(entry.expose_secret());
        rest = span.end;
    }
    changed.push_str(text.get(rest..).unwrap_or_default());
    dockerconfigjson::check_size(changed.len()).map_err(|error| error.to_string())?;
    let written = PullSecret { kind: secret.kind, value: changed.as_bytes() };
    if let Some(reason) = written.malformed() {
        return Err(reason.to_string());
    }
    Ok(SecretString::from(changed.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kubelet::SecretKind;

    fn credential() -> Credential {
        let (username, password) = ("robot".to_owned(), SecretString::from("n\"w"));
        Credential { username, password, expires_at: None }
    }

    const ENTRY: &str = r#"{"username":"robot","password":"n\"w","auth":"cm9ib3Q6biJ3"}"#;

    fn wanted(registry: &str, paths: Paths) -> Wanted {
        Wanted { registry: RegistryKey::parse(registry).unwrap(), paths, username: None }
    }

    fn replaced(kind: SecretKind, value: &str, keys: &[&str]) -> Result<String, String> {
        let secret = PullSecret { kind, value: value.as_bytes() };
        let changed = replace(secret, keys, &credential())?;
        Ok(changed.expose_secret().to_owned())
    }

    #[test]
    fn every_other_byte_stays() {
        let value = "{ \"x\" : [1,  2],\n\t\"Auths\":{\"q.io\": {\"auth\" : \"dTpw\"} , \"https://ghcr.io/v1/\" :\n{\"auth\":\"dTpv\"}}, \"AUTHS\":{\"https://ghcr.io/v1/\":{ }}\n}\n".to_owned();
        let expected = value.replace("{\"auth\":\"dTpv\"}", ENTRY).replace("{ }", ENTRY);
        let kind = SecretKind::DockerConfigJson;
        assert_eq!(replaced(kind, &value, &["https://ghcr.io/v1/"]), Ok(expected));
        assert_eq!(replaced(kind, &value, &["ghcr.io"]), Ok(value));
    }

    #[test]
    fn a_legacy_secret_stays_one() {
        let value = r#"{"ghcr.io":{"username":"u","password":"p","email":"e"},"q.io":{}}"#;
        let expected = format!(r#"{{"ghcr.io":{ENTRY},"q.io":{{}}}}"#);
        assert_eq!(replaced(SecretKind::DockerConfig, value, &["ghcr.io"]), Ok(expected));
    }

    #[test]
    fn what_the_kubelet_could_not_read_is_not_written() {
        let kind = SecretKind::DockerConfigJson;
        let value = r#"{"auths":{"ghcr.io":{"auth":"%"},"q.io":{"auth":"%"}}}"#;
        let reason = replaced(kind, value, &["ghcr.io"]).unwrap_err();
        assert!(reason.contains("not base64"), "{reason}");
        assert!(replaced(kind, value, &["ghcr.io", "q.io"]).is_ok());
        assert!(replaced(kind, "{\"auths\":", &["ghcr.io"]).is_err());
        let long = format!(r#"{{"auths":{{"ghcr.io":{{}}}},"x":"{}"}}"#, "x".repeat(1_048_570));
        assert!(replaced(kind, &long, &["ghcr.io"]).is_err());
    }

    #[test]
    fn entries_are_meant_in_any_spelling() {
        let keys = [
            "ghcr.io",
            "https://ghcr.io",
            "http://ghcr.io/v2/",
            "ghcr.io:443",
            "ghcr.io/team",
            "https://ghcr.io/team/app",
            "ghcr.io/teams",
            "docker.io",
            "*.io",
            "GHCR.IO",
        ];
        let entry = |key: &str| SecretEntry {
            key: key.to_owned(),
            login: None,
            fault: None,
            has_identity_token: false,
        };
        let all = |wanted: &Wanted| -> Vec<&str> {
            keys.into_iter().filter(|key| wanted.contains(&entry(key))).collect()
        };
        assert_eq!(all(&wanted("ghcr.io", Paths::Named)), keys[..4]);
        assert_eq!(all(&wanted("ghcr.io", Paths::Below)), keys[..7]);
        assert_eq!(all(&wanted("ghcr.io/team", Paths::Named)), ["ghcr.io/team"]);
        assert_eq!(all(&wanted("ghcr.io/team", Paths::Below)), keys[4..6]);
        assert_eq!(all(&wanted("index.docker.io", Paths::Named)), ["docker.io"]);
        let below = wanted("ghcr.io", Paths::Named);
        let below: Vec<&str> = keys.into_iter().filter(|key| below.leaves(key)).collect();
        assert_eq!(below, keys[4..7]);
    }

    proptest! {
        #[test]
        fn what_is_replaced_reads_as_the_new_credential(
            others in proptest::collection::btree_map("[a-c]\\.io(/[ab])?", "[a-z]{0,3}", 0..5),
            space in "[ \n]{0,2}",
        ) {
            let mut entries: Vec<String> = others
                .iter()
                .map(|(key, user)| format!("\"{key}\":{space}{{\"username\":\"{user}\"}}"))
                .collect();
            entries.push(format!("\"d.io\"{space}:{{}}"));
            let value = format!("{{{space}\"auths\":{{{}}}}}", entries.join(","));
            let changed = replaced(SecretKind::DockerConfigJson, &value, &["d.io"]).unwrap();
            prop_assert_eq!(changed.replace(ENTRY, "{}"), value);
            let secret = PullSecret { kind: SecretKind::DockerConfigJson, value: changed.as_bytes() };
            let read = kubelet::entries(secret).unwrap();
            prop_assert_eq!(read.len(), others.len() + 1);
            let login = read.into_iter().find(|entry| entry.key == "d.io").unwrap().login.unwrap();
            prop_assert_eq!((&*login.0, login.1.expose_secret()), ("robot", "n\"w"));
        }
    }
}
