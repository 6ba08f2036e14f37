//! Docker's `config.json`, podman's `auth.json` and the value of a pull Secret:
//! one shape, which all of them decode with `encoding/json`.
//! Source: docker/cli 29.9, `cli/config/configfile/file.go`; Kubernetes 1.37,
//! `pkg/credentialprovider/config.go`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{Members, Object, Text, TextMap, is_named, sort_last_counts, whole};

/// The members of a docker config. The entries of `auths` are not decoded.
#[derive(Debug, Default)]
pub(crate) struct Config<'t> {
    /// The entries of `auths` in their order.
    pub entries: Members<'t>,
    /// Entries of `auths` before a later `null`, which do not count. Go decodes them
    /// all the same.
    pub dropped: Members<'t>,
    /// All members but `auths`, in their order.
    pub others: Members<'t>,
}

impl<'t> Config<'t> {
    /// Returns the entries sorted by key; of equal keys the last one counts.
    pub(crate) fn into_entries(self) -> Members<'t> {
        sort_last_counts(self.entries)
    }

    /// Returns the members but `auths` that Go takes for this one, in lower case.
    pub(crate) fn named(&self, member: &str) -> impl Iterator<Item = &'t RawValue> {
        self.others.iter().filter(move |(name, _)| is_named(name, member)).map(|(_, value)| *value)
    }

    /// Returns a member that Go decodes into a string: empty where it is absent.
    ///
    /// # Errors
    /// The value that is neither text nor `null`.
    pub(crate) fn string(&self, member: &str) -> Result<Text<'t>, &'t RawValue> {
        let mut string = Text::default();
        for value in self.named(member) {
            let read: Option<Text<'t>> = whole(value.get()).map_err(|_| value)?;
            // `null` leaves what an earlier member of the name said.
            string = read.unwrap_or(string);
        }
        Ok(string)
    }

    /// Returns a member that Go decodes into a map of strings: empty where it is absent.
    ///
    /// # Errors
    /// The value that is neither an object of texts nor `null`.
    pub(crate) fn strings(&self, member: &str) -> Result<BTreeMap<String, String>, &'t RawValue> {
        let mut strings = BTreeMap::new();
        for value in self.named(member) {
            match whole::<Option<TextMap<'t>>>(value.get()).map_err(|_| value)? {
                Some(TextMap(read)) => {
                    let owned = |(key, value): (Text<'_>, Option<Text<'_>>)| {
                        (key.to_owned(), value.unwrap_or_default().to_owned())
                    };
                    strings.extend(read.into_iter().map(owned));
                }
                None => strings.clear(),
            }
        }
        Ok(strings)
    }
}

impl<'de> Deserialize<'de> for Config<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ConfigVisitor)
    }
}

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = Config<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut config = Config::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            if is_named(&name, "auths") {
                match map.next_value::<Option<Object<'de>>>()? {
                    // Go merges what is there twice, and `null` empties it.
                    Some(Object(entries)) => config.entries.extend(entries),
                    None => config.dropped.append(&mut config.entries),
                }
            } else {
                config.others.push((name, map.next_value()?));
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config<'_> {
        whole(text).unwrap()
    }

    fn keys<'c>(members: &'c Members<'_>) -> Vec<&'c str> {
        members.iter().map(|(key, _)| &**key).collect()
    }

    #[test]
    fn spellings_of_auths_are_merged_and_null_empties_them() {
        let text = r#"{"Auths":{"a.io":1},"x":[],"AUTHſ":{"b.io":2,"a.io":3},"auth":{"c.io":4}}"#;
        let read = config(text);
        assert_eq!(keys(&read.others), ["x", "auth"]);
        let entries = read.into_entries();
        assert_eq!(keys(&entries), ["a.io", "b.io"]);
        assert_eq!(entries.first().unwrap().1.get(), "3", "the last of two counts");
        let emptied = config(r#"{"auths":{"a.io":1},"AUTHS":null,"auths":{"b.io":2}}"#);
        assert_eq!((keys(&emptied.dropped), keys(&emptied.entries)), (vec!["a.io"], vec!["b.io"]));
    }

    #[test]
    fn strings_are_the_last_and_maps_all_of_them() {
        let text = r#"{"credsStore":"a","CredſStore":"b","credsStore":null,
            "credHelpers":{"x":"1","y":null},"CREDHELPERS":{"x":"2"},
            "httpHeaders":{"a":"b"},"HttpHeaders":null}"#;
        let read = config(text);
        assert_eq!(&*read.string("credsstore").unwrap(), "b");
        assert_eq!(&*read.string("absent").unwrap(), "");
        let helpers = read.strings("credhelpers").unwrap();
        let expected = [("x", "2"), ("y", "")].map(|(key, value)| (key.into(), value.into()));
        assert_eq!(helpers, BTreeMap::from(expected));
        assert!(read.strings("httpheaders").unwrap().is_empty());
        let wrong = config(r#"{"credsStore":5,"credHelpers":{"a":[]}}"#);
        assert_eq!(wrong.string("credsstore").unwrap_err().get(), "5");
        assert_eq!(wrong.strings("credhelpers").unwrap_err().get(), r#"{"a":[]}"#);
    }
}
