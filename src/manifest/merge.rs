//! A live dockerconfigjson with new entries in it, as the kubelet sees both:
//! whatever else is there stays as it is.

use std::borrow::Cow;
use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::kubelet::go::config::Config;
use crate::kubelet::go::json::{self, Members};
use crate::kubelet::index_key;
use crate::registry::key::RegistryKey;

/// The merged value, and what became of the live entries.
#[derive(Debug)]
pub(crate) struct Merged {
    /// Compact JSON.
    pub value: SecretString,
    /// Keys of entries that stayed, sorted.
    pub kept: Vec<String>,
}

/// Puts the entries of `new` into `live`. An entry of the same registry goes,
/// also under another spelling: the kubelet would try both in any order. The
/// result has one member `auths`, however often and however spelt it was there.
///
/// None where either is not of the shape `{"auths":{KEY:ENTRY}}`.
pub(crate) fn merge(live: &[u8], new: &SecretString) -> Option<Merged> {
    let text = json::text(live);
    let live: Config<'_> = json::whole::<Option<_>>(&text).ok()?.unwrap_or_default();
    let new: Config<'_> = json::whole(new.expose_secret()).ok()?;
    let replaced = Replaced::by(&new.entries);
    let mut entries = json::sort_last_counts(live.entries);
    entries.retain(|(key, _)| !replaced.contains(key));
    let kept = entries.iter().map(|(key, _)| (**key).to_owned()).collect();
    entries.extend(new.entries);
    let entries = json::sort_last_counts(entries);
    let mut members: Vec<(&str, Member<'_>)> =
        live.others.iter().map(|(name, value)| (&**name, Member::Other(value))).collect();
    members.push(("auths", Member::Auths(&entries)));
    members.sort_by_key(|(name, _)| *name);
    let value = serde_json::to_string(&Object(members)).ok().map(SecretString::from)?;
    Some(Merged { value, kept })
}

/// What entries stand for that replace others.
struct Replaced<'t> {
    /// Under these the kubelet keeps them.
    index_keys: BTreeSet<Cow<'t, str>>,
    registries: BTreeSet<RegistryKey>,
}

impl<'t> Replaced<'t> {
    fn by(entries: &'t Members<'_>) -> Self {
        Self {
            index_keys: entries.iter().filter_map(|(key, _)| index_key(key)).collect(),
            registries: entries.iter().filter_map(|(key, _)| registry(key)).collect(),
        }
    }

    /// Reports whether a key stands for the same.
    fn contains(&self, key: &str) -> bool {
        index_key(key).is_some_and(|key| self.index_keys.contains(&key))
            || registry(key).is_some_and(|registry| self.registries.contains(&registry))
    }
}

/// Returns the registry, or the path in one, that a key stands for. Docker passes
/// over a path after a scheme; for the kubelet the entry serves this path alone.
pub(super) fn registry(key: &str) -> Option<RegistryKey> {
    let registry = RegistryKey::from_docker(key).registry()?;
    let index_key = index_key(key).unwrap_or_default();
    let path = index_key.split_once('/').map_or("", |(_, path)| path.trim_end_matches('/'));
    let is_narrower = registry.path().is_empty() && !matches!(path, "" | "v1" | "v2");
    Some(if is_narrower { registry.with_path(path) } else { registry })
}

/// A JSON object with its members in this order.
struct Object<'m>(Vec<(&'m str, Member<'m>)>);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

/// A member of the merged value.
enum Member<'m> {
    Auths(&'m Members<'m>),
    Other(&'m RawValue),
}

impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auths(entries) => {
                serializer.collect_map(entries.iter().map(|(key, entry)| (&**key, entry)))
            }
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(live: &str, new: &str) -> (String, Vec<String>) {
        let merged = merge(live.as_bytes(), &SecretString::from(new)).unwrap();
        (merged.value.expose_secret().to_owned(), merged.kept)
    }

    #[test]
    fn other_registries_and_unknown_members_stay_as_they_are() {
        let live = r#"{"x":[1, 2],"auths":{"b.io":{"auth":"b", "extra":7},"a.io":{"auth":"old"}}}"#;
        let (value, kept) = merged(live, r#"{"auths":{"a.io":{"auth":"new"}}}"#);
        assert_eq!(
            value,
            r#"{"auths":{"a.io":{"auth":"new"},"b.io":{"auth":"b", "extra":7}},"x":[1, 2]}"#
        );
        assert_eq!(kept, ["b.io"]);
    }

    #[test]
    fn other_spellings_of_a_registry_go() {
        let live = r#"{"auths":{"https://ghcr.io/v1/":{},"ghcr.io/org":{},"docker.io":{}}}"#;
        let new = r#"{"auths":{"ghcr.io":{},"https://index.docker.io/v1/":{}}}"#;
        assert_eq!(merged(live, new).1, ["ghcr.io/org"]);
    }

    #[test]
    fn auths_of_any_spelling_become_one() {
        let new = r#"{"auths":{"ghcr.io":{"auth":"new"}}}"#;
        for (live, auths, kept) in [
            (
                r#"{"Auths":{"https://ghcr.io/v2/":{},"quay.io":{"auth":"q"}}}"#,
                r#","quay.io":{"auth":"q"}"#,
                vec!["quay.io"],
            ),
            (r#"{"AUTHS":{"ghcr.io":{}},"authſ":{"ghcr.io":{}}}"#, "", vec![]),
            (
                r#"{"auths":{"q.io":1,"ghcr.io":{}},"auths":{"q.io":2,"r.io":3}}"#,
                r#","q.io":2,"r.io":3"#,
                vec!["q.io", "r.io"],
            ),
            (
                r#"{"auths":{"q.io":{}},"Auths":null,"auths":{"r.io":null}}"#,
                r#","r.io":null"#,
                vec!["r.io"],
            ),
            (
                r#"{"Auths":{"q.io":{"UserName":"u", "AUTH":7},"r.io":[ ]}}"#,
                r#","q.io":{"UserName":"u", "AUTH":7},"r.io":[ ]"#,
                vec!["q.io", "r.io"],
            ),
        ] {
            let (value, names) = merged(live, new);
            assert_eq!(value, format!(r#"{{"auths":{{"ghcr.io":{{"auth":"new"}}{auths}}}}}"#));
            assert_eq!(names, kept, "{live}");
        }
    }

    #[test]
    fn members_that_are_there_twice_stay() {
        let live = r#"{"x":1,"HttpHeaders":{"a":"b"},"x":2,"Auths":null,"HttpHeaders":{}}"#;
        let (value, _) = merged(live, r#"{"auths":{}}"#);
        assert_eq!(value, r#"{"HttpHeaders":{"a":"b"},"HttpHeaders":{},"auths":{},"x":1,"x":2}"#);
    }

    #[test]
    fn what_is_not_unicode_is_written_as_the_kubelet_reads_it() {
        let live = b"{\"auths\":{\"q.io\":{\"password\":\"p\xe9\",\"username\":\"\\ud800\"}}}";
        let merged = merge(live, &SecretString::from(r#"{"auths":{}}"#)).unwrap();
        let expected =
            "{\"auths\":{\"q.io\":{\"password\":\"p\u{fffd}\",\"username\":\"\\ufffd\"}}}";
        assert_eq!(merged.value.expose_secret(), expected);
    }

    #[test]
    fn what_goes_is_what_the_kubelet_takes_for_the_same() {
        for (new, same, others) in [
            (
                "ghcr.io",
                vec![
                    "ghcr.io",
                    "https://ghcr.io",
                    "http://ghcr.io/v1/",
                    "ghcr.io/v2",
                    "u:p@ghcr.io",
                    "ghcr.io/?a#b",
                    "ghcr.io:443",
                ],
                vec![
                    "ghcr.io/org",
                    "https://ghcr.io/org",
                    "https://ghcr.io/v2/org",
                    "ghcr.io:5000",
                    "*.io",
                    "GHCR.IO",
                ],
            ),
            (
                "ghcr.io/org",
                vec![
                    "https://ghcr.io/org",
                    "http://ghcr.io/v2/org",
                    "ghcr.io/org/",
                    "ghcr.io/%6frg",
                ],
                vec!["ghcr.io", "ghcr.io/organisation", "https://ghcr.io/v2/"],
            ),
            (
                "https://index.docker.io/v1/",
                vec![
                    "docker.io",
                    "index.docker.io",
                    "https://index.docker.io/v1",
                    "registry-1.docker.io",
                ],
                vec![
                    "docker.io/org",
                    "https://index.docker.io/v1/access-token",
                    "https://docker.io/org",
                ],
            ),
        ] {
            let entries = |keys: &[&str]| {
                let entries: Vec<String> =
                    keys.iter().map(|key| format!("\"{key}\":{{}}")).collect();
                format!("{{\"auths\":{{{}}}}}", entries.join(","))
            };
            let (_, kept) = merged(&entries(&[&same[..], &others[..]].concat()), &entries(&[new]));
            let mut others = others;
            others.sort_unstable();
            assert_eq!(kept, others, "{new}");
        }
    }

    #[test]
    fn what_is_no_dockerconfigjson_is_not_merged() {
        for live in ["", "[]", "{\"auths\":[]}", "{\"AUTHS\":7}", "{} {}", "{", "text"] {
            assert!(merge(live.as_bytes(), &SecretString::from("{\"auths\":{}}")).is_none());
        }
        assert_eq!(merged("{}", r#"{"auths":{"a.io":{}}}"#).0, r#"{"auths":{"a.io":{}}}"#);
    }

    proptest! {
        #[test]
        fn merging_twice_changes_nothing(keys in proptest::collection::btree_set("[a-c]\\.io(/[ab])?", 0..5)) {
            let entries: Vec<String> = keys.iter().map(|key| format!("\"{key}\":{{\"auth\":\"x\"}}")).collect();
            let live = format!("{{\"auths\":{{{}}}}}", entries.join(","));
            let new = r#"{"auths":{"b.io":{"auth":"new"}}}"#;
            let (once, _) = merged(&live, new);
            let (twice, _) = merged(&once, new);
            prop_assert_eq!(&once, &twice);
            for key in keys {
                let quoted = format!("\"{key}\":");
                prop_assert!(once.contains(&quoted));
            }
        }
    }
}
