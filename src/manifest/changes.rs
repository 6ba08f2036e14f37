//! What another value of a pull Secret changes, entry by entry.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use crate::kubelet::{self, PullSecret, SecretEntry, SecretKind};
use crate::manifest::merge;
use crate::registry::credential::Credential;

/// What becomes of an entry, by its key. Nothing of a password is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryChange {
    /// Its key, as written.
    pub(crate) key: String,
    /// The user before, as it may be shown; none where there was no entry, or none that
    /// the kubelet can read.
    pub(crate) old_username: Option<String>,
    /// The user afterwards, as it may be shown; none where the kubelet cannot read the
    /// entry.
    pub(crate) new_username: Option<String>,
    /// How both differ.
    pub(crate) kind: ChangeKind,
}

/// How an entry differs from what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// It is new.
    Added,
    /// User name or password are others.
    Changed,
    /// It is as it was.
    Kept,
}

/// Whether an entry has this credential already.
pub(crate) fn is_same(entry: &SecretEntry, credential: &Credential) -> bool {
    entry.login.as_ref().is_some_and(|(username, password)| credential.is(username, password))
}

/// Compares the entries of two dockerconfigjson, of which the new one was merged into the
/// old one: what is gone from that was another spelling of a new entry's registry. The old
/// one may be none, or unreadable.
pub(crate) fn compare(old: Option<&[u8]>, new: &[u8]) -> Vec<EntryChange> {
    let (old, new) = (old.map(entries).unwrap_or_default(), entries(new));
    let before = |key: &str| {
        let respelled = || {
            let registry = merge::registry(key)?;
            old.values().find(|entry| merge::registry(&entry.key).as_ref() == Some(&registry))
        };
        old.get(key).or_else(respelled)
    };
    new.into_iter()
        .map(|(key, new)| {
            let old = before(&key);
            let kind = match old {
                None => ChangeKind::Added,
                Some(old) if is_equal(old, &new) => ChangeKind::Kept,
                Some(_) => ChangeKind::Changed,
            };
            let old_username = old.and_then(SecretEntry::shown_username);
            EntryChange { key, old_username, new_username: new.shown_username(), kind }
        })
        .collect()
}

fn entries(value: &[u8]) -> BTreeMap<String, SecretEntry> {
    let secret = PullSecret { kind: SecretKind::DockerConfigJson, value };
    let entries = kubelet::entries(secret).unwrap_or_default();
    entries.into_iter().map(|entry| (entry.key.clone(), entry)).collect()
}

fn is_equal(one: &SecretEntry, other: &SecretEntry) -> bool {
    match (&one.login, &other.login) {
        (Some((user, password)), Some((other_user, other_password))) => {
            user == other_user && password.expose_secret() == other_password.expose_secret()
        }
        // Entries of other registries that nothing can read stay as they are.
        (None, None) => true,
        _ => false,
    }
}

/// Returns `jane`, `jane → robot` or `jane (changed)`, made of names that are safe to show.
pub(crate) fn users(old: Option<&str>, new: &str, is_changed: bool) -> String {
    match old {
        _ if !is_changed => new.to_owned(),
        Some(old) if old == new => format!("{new} (changed)"),
        Some("") => format!("- → {new}"),
        Some(old) => format!("{old} → {new}"),
        None => format!("? → {new}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_compared_by_what_the_kubelet_reads() {
        let old = br#"{"auths":{"a.io":{"auth":"dTpw"},"b.io":{"auth":"dTpw"},"c.io":{"username":"u","password":"p"},"d.io":{"auth":"%"},"https://e.io":{"auth":"dTpw"}}}"#;
        let new = br#"{"auths":{"a.io":{"auth":"dTpx"},"b.io":{"auth":"djpw"},"c.io":{"auth":"dTpw"},"d.io":{"auth":"%"},"e.io":{"auth":"djpw"},"f.io":{"auth":"dTpw"}}}"#;
        let of = |key: &str, old: Option<&str>, new: Option<&str>, kind| EntryChange {
            key: key.to_owned(),
            old_username: old.map(str::to_owned),
            new_username: new.map(str::to_owned),
            kind,
        };
        let expected = [
            of("a.io", Some("u"), Some("u"), ChangeKind::Changed),
            of("b.io", Some("u"), Some("v"), ChangeKind::Changed),
            of("c.io", Some("u"), Some("u"), ChangeKind::Kept),
            of("d.io", None, None, ChangeKind::Kept),
            of("e.io", Some("u"), Some("v"), ChangeKind::Changed),
            of("f.io", None, Some("u"), ChangeKind::Added),
        ];
        assert_eq!(compare(Some(old), new), expected);
        assert!(compare(None, new).iter().all(|change| change.kind == ChangeKind::Added));
        assert!(compare(Some(b"no JSON"), new).iter().all(|it| it.kind == ChangeKind::Added));
    }

    #[test]
    fn a_token_in_place_of_the_user_is_hidden() {
        let (old, new) = (
            br#"{"auths":{"a.io":{"username":"dop_v1_0123456789","password":"dop_v1_0123456789"}}}"#,
            br#"{"auths":{"a.io":{"username":"dop_v1_9876543210","password":"dop_v1_9876543210"}}}"#,
        );
        let changes = format!("{:?}", compare(Some(old), new));
        assert!(!changes.contains("dop_v1"), "{changes}");
    }

    #[test]
    fn users_are_shown_as_what_they_become() {
        assert_eq!(users(Some("jane"), "jane", false), "jane");
        assert_eq!(users(Some("jane"), "jane", true), "jane (changed)");
        assert_eq!(users(Some("jane"), "robot", true), "jane → robot");
        assert_eq!(users(Some(""), "robot", true), "- → robot");
        assert_eq!(users(None, "robot", true), "? → robot");
    }
}
