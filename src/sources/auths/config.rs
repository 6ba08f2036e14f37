//! The shape of docker's `config.json`, read as docker reads it. What is in an
//! entry is decoded only when it is asked for. Source: docker/cli 29.9,
//! `cli/config/configfile/file.go`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::entry::{self, AuthEntry, EntryFault};

/// Largest file that is read, in bytes; docker itself has no limit.
pub const MAX_CONFIG_BYTES: u64 = 16 * 1024 * 1024;

/// A docker configuration, or text of its shape.
#[derive(Debug, Default)]
pub struct DockerConfig {
    text: Zeroizing<String>,
    /// Key, and where its JSON stands in `text`; sorted by key.
    auths: Vec<(String, Range<usize>)>,
    /// Registry, and the helper's name after `docker-credential-`.
    pub cred_helpers: BTreeMap<String, String>,
    /// The store's name after `docker-credential-`; empty if there is none.
    pub creds_store: String,
    /// What is odd about the file.
    pub cautions: Vec<ConfigCaution>,
}

/// Why a configuration cannot be read. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// Not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// Not JSON at this place.
    #[error("is not valid JSON at line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The text ends within the JSON value.
    #[error("ends in the middle of its JSON: it was cut off")]
    CutOff,
    /// A member has a type that docker does not accept there.
    #[error("has a value of the wrong type near line {line}, column {column}")]
    WrongType {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

/// What is odd about a file that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigCaution {
    /// UTF-8's byte order mark.
    #[error("starts with a byte order mark, which docker itself refuses")]
    ByteOrderMark,
    /// Something follows the JSON value.
    #[error("goes on after its JSON value; docker and this tool ignore the rest")]
    TrailingData,
}

impl DockerConfig {
    /// Reads a configuration; one without a byte in it is an empty one.
    ///
    /// # Errors
    /// [`ConfigFault`] where docker would not load it, except for entries of
    /// `auths`, which stand or fall by themselves.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| ConfigFault::NotUtf8)?;
        let (text, has_mark) = match text.strip_prefix('\u{feff}') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let text = Zeroizing::new(text.to_owned());
        let mut config = Self::default();
        if has_mark {
            config.cautions.push(ConfigCaution::ByteOrderMark);
        }
        if !text.trim().is_empty() {
            config.read(&text).map_err(|error| fault(&error))?;
        }
        config.text = text;
        Ok(config)
    }

    /// The keys of `auths`, sorted.
    pub fn auth_keys(&self) -> impl Iterator<Item = &str> {
        self.auths.iter().map(|(key, _)| key.as_str())
    }

    /// The entry of exactly this key, if there is one.
    pub fn entry(&self, key: &str) -> Option<Result<AuthEntry, EntryFault>> {
        let place = self.auths.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        let (_, range) = self.auths.get(place)?;
        self.text.get(range.clone()).map(entry::decode)
    }

    fn read(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_any(TopLevel { config: self, text })?;
        // Of equal keys the last one counts: reversed, it comes first.
        self.auths.reverse();
        self.auths.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.auths.dedup_by(|(later, _), (kept, _)| later == kept);
        if deserializer.end().is_err() {
            self.cautions.push(ConfigCaution::TrailingData);
        }
        Ok(())
    }
}

fn fault(error: &serde_json::Error) -> ConfigFault {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => ConfigFault::CutOff,
        Category::Data => ConfigFault::WrongType { line, column },
        Category::Syntax | Category::Io => ConfigFault::NotJson { line, column },
    }
}

struct TopLevel<'a> {
    config: &'a mut DockerConfig,
    text: &'a str,
}

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            // Go matches member names in any case and merges what is there twice.
            match name.to_ascii_lowercase().as_str() {
                "auths" => {
                    let entries: Option<Entries<'_>> = map.next_value()?;
                    for (key, value) in entries.into_iter().flat_map(|entries| entries.0) {
                        let start = value.get().as_ptr().addr() - self.text.as_ptr().addr();
                        self.config.auths.push((key, start..start + value.get().len()));
                    }
                }
                "credhelpers" => {
                    let helpers: Option<BTreeMap<String, Option<String>>> = map.next_value()?;
                    let helpers = helpers.into_iter().flatten();
                    let named = helpers.map(|(key, name)| (key, name.unwrap_or_default()));
                    self.config.cred_helpers.extend(named);
                }
                "credsstore" => {
                    if let Some(name) = map.next_value::<Option<String>>()? {
                        self.config.creds_store = name;
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The members of an object in their order, undecoded.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        DockerConfig::parse(text.as_bytes()).unwrap().auth_keys().map(str::to_owned).collect()
    }

    #[test]
    fn member_names_match_in_any_case_and_duplicates_are_merged() {
        let text = r#"{"AUTHS":{"a.io":{}},"auths":{"b.io":{}},"CredsStore":"x","CREDHELPERS":{"c.io":null}}"#;
        let config = DockerConfig::parse(text.as_bytes()).unwrap();
        assert_eq!(keys(text), ["a.io", "b.io"]);
        assert_eq!(config.creds_store, "x");
        assert_eq!(config.cred_helpers.get("c.io").map(String::as_str), Some(""));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let text = r#"{"auths":{"a.io":{"auth":"b25lOnA="},"a.io":{"auth":"dHdvOnA="}}}"#;
        let config = DockerConfig::parse(text.as_bytes()).unwrap();
        assert_eq!(config.entry("a.io").unwrap().unwrap().login.username, "two");
    }

    #[test]
    fn empty_files_are_empty_configurations() {
        for text in
            ["", " \n", "null", "{}", r#"{"auths":null,"credHelpers":null,"credsStore":null}"#]
        {
            assert!(keys(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn what_docker_accepts_with_a_shrug_is_accepted_with_a_word() {
        let text = "\u{feff}{\"auths\":{\"a.io\":{}}}garbage";
        let config = DockerConfig::parse(text.as_bytes()).unwrap();
        assert_eq!(config.cautions, [ConfigCaution::ByteOrderMark, ConfigCaution::TrailingData]);
        assert_eq!(keys(text), ["a.io"]);
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_its_place() {
        for (text, expected) in [
            ("// c\n{}", ConfigFault::NotJson { line: 1, column: 1 }),
            ("{\"auths\": {},}", ConfigFault::NotJson { line: 1, column: 14 }),
            ("{\"auths\": {\"a.io\": {\"auth\"", ConfigFault::CutOff),
            ("[]", ConfigFault::WrongType { line: 1, column: 2 }),
            ("{\n\"auths\":[]}", ConfigFault::WrongType { line: 2, column: 8 }),
            ("{\"credsStore\": 5}", ConfigFault::WrongType { line: 1, column: 16 }),
        ] {
            assert_eq!(DockerConfig::parse(text.as_bytes()).unwrap_err(), expected, "{text}");
        }
        assert_eq!(DockerConfig::parse(b"\xff\xfe{").unwrap_err(), ConfigFault::NotUtf8);
    }

    #[test]
    fn a_broken_entry_leaves_the_others_alone() {
        let text = r#"{"auths":{"bad.io":{"auth":"%%%"},"good.io":{"auth":"dTpw"},"odd.io":7}}"#;
        let config = DockerConfig::parse(text.as_bytes()).unwrap();
        assert_eq!(config.entry("bad.io").unwrap().unwrap_err(), EntryFault::NotBase64);
        assert_eq!(config.entry("odd.io").unwrap().unwrap_err(), EntryFault::NotAnObject);
        assert_eq!(config.entry("good.io").unwrap().unwrap().login.username, "u");
        assert!(config.entry("none.io").is_none());
    }
}
