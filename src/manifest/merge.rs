//! A live dockerconfigjson with new entries in it: whatever else is there stays
//! as it is.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::registry::key::RegistryKey;

/// Members of an object, undecoded.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The merged value, and what became of the live entries.
#[derive(Debug)]
pub struct Merged {
    /// Compact JSON.
    pub value: SecretString,
    /// Keys of entries that stayed, sorted.
    pub kept: Vec<String>,
}

/// Puts the entries of `new` into `live`. An entry of the same registry goes,
/// also under another spelling: the kubelet would try both in any order.
///
/// None where either is not of the shape `{"auths":{KEY:ENTRY}}`.
pub fn merge(live: &[u8], new: &SecretString) -> Option<Merged> {
    let mut live: Members<'_> = serde_json::from_slice::<Option<_>>(live).ok()?.unwrap_or_default();
    let mut entries = auths(&live)?;
    let new: Members<'_> = serde_json::from_str(new.expose_secret()).ok()?;
    let new = auths(&new)?;
    let registry = |key: &str| RegistryKey::from_docker(key).registry();
    let replaced: Vec<RegistryKey> = new.keys().filter_map(|key| registry(key)).collect();
    entries.retain(|key, _| {
        !new.contains_key(key) && registry(key).is_none_or(|key| !replaced.contains(&key))
    });
    let kept = entries.keys().cloned().collect();
    entries.extend(new);
    let entries = serde_json::value::to_raw_value(&entries).ok()?;
    live.insert(AUTHS.to_owned(), &entries);
    let value = serde_json::to_string(&live).ok().map(SecretString::from)?;
    Some(Merged { value, kept })
}

const AUTHS: &str = "auths";

fn auths<'a>(config: &Members<'a>) -> Option<Members<'a>> {
    let entries = config.get(AUTHS).map(|value| serde_json::from_str::<Option<_>>(value.get()));
    Some(entries.transpose().ok()?.flatten().unwrap_or_default())
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
    fn what_is_no_dockerconfigjson_is_not_merged() {
        for live in ["", "[]", "{\"auths\":[]}", "{", "text"] {
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
