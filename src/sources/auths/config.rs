//! The shape of docker's `config.json`, read as docker reads it. What is in an
//! entry is decoded only when it is asked for. Source: docker/cli 29.9,
//! `cli/config/configfile/file.go`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::entry::{self, AuthEntry, EntryFault};
use crate::kubelet::go::config::Config;
use crate::kubelet::go::json::{self, Fault, FaultKind, First, Text};
use crate::kubelet::go::syntax::{self, Defect};

/// Largest file that is read, in bytes; docker itself has no limit.
pub(crate) const MAX_CONFIG_BYTES: u64 = 16 * 1024 * 1024;

/// What some editors write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A docker configuration, or text of its shape.
#[derive(Debug, Default)]
pub struct DockerConfig {
    text: Zeroizing<String>,
    /// Whether characters in `text` replace what is not Unicode.
    has_replacements: bool,
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// Not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// A manifest of more than one pull Secret.
    #[error("holds several pull Secrets, and one is needed")]
    SeveralSecrets,
    /// A manifest of a Secret in which no docker config can be read, with the reason.
    #[error("holds a Secret without a docker config: {0}")]
    UnreadableSecret(String),
    /// Not JSON, by what is known.
    #[error("{0}")]
    Syntax(Defect),
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
    /// `ConfigFault` where docker would not load it, except for entries of
    /// `auths`, which stand or fall by themselves.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigFault> {
        let (bytes, has_mark) = match bytes.strip_prefix(BYTE_ORDER_MARK) {
            Some(bytes) => (bytes, true),
            None => (bytes, false),
        };
        let text = json::text(bytes);
        let has_replacements = matches!(text, Text::Changed(_));
        let mut config = Self { has_replacements, ..Self::default() };
        if has_mark {
            config.cautions.push(ConfigCaution::ByteOrderMark);
        }
        let text = text.into_string();
        if !text.trim().is_empty() {
            let is_utf8 = || std::str::from_utf8(bytes).is_ok();
            config
                .read(&text)
                .map_err(|fault| if is_utf8() { fault } else { ConfigFault::NotUtf8 })?;
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
        let entry = entry::decode(self.text.get(range.clone())?);
        // Docker takes the replacement for part of the password; no registry does.
        Some(entry.and_then(|entry| {
            let is_replaced = self.has_replacements && entry.login.holds(json::REPLACEMENT);
            if is_replaced { Err(EntryFault::NotUnicode) } else { Ok(entry) }
        }))
    }

    fn read(&mut self, text: &str) -> Result<(), ConfigFault> {
        let First { value, has_more } =
            json::first::<Option<Config<'_>>>(text).map_err(|found| {
                syntax::of_fault(&found, text).map_or_else(|| fault(found), ConfigFault::Syntax)
            })?;
        let config = value.unwrap_or_default();
        let wrong = |value: &RawValue| {
            let (line, column) = json::position(value, text);
            ConfigFault::WrongType { line, column }
        };
        config.string("credsstore").map_err(wrong)?.clone_into(&mut self.creds_store);
        self.cred_helpers = config.strings("credhelpers").map_err(wrong)?;
        let entries = config.into_entries().into_iter();
        self.auths =
            entries.map(|(key, entry)| (key.to_owned(), json::range(entry, text))).collect();
        if has_more {
            self.cautions.push(ConfigCaution::TrailingData);
        }
        Ok(())
    }
}

fn fault(Fault { kind, line, column }: Fault) -> ConfigFault {
    match kind {
        FaultKind::CutOff => ConfigFault::CutOff,
        FaultKind::WrongType => ConfigFault::WrongType { line, column: column.max(1) },
        FaultKind::Syntax => ConfigFault::NotJson { line, column },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubelet::go::syntax::Syntax;

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
    fn member_names_are_folded_and_null_empties_as_for_docker() {
        let text = r#"{"auths":{"a.io":{}},"credsStore":"x","credHelpers":{"a.io":"x"},
            "authſ":null,"CREDSSTORE":null,"credHelperſ":null,"Auths":{"b.io":{"uſername":"u"}}}"#;
        let config = DockerConfig::parse(text.as_bytes()).unwrap();
        assert_eq!(keys(text), ["b.io"]);
        assert_eq!(config.entry("b.io").unwrap().unwrap().login.username, "u");
        assert_eq!((config.creds_store.as_str(), config.cred_helpers.len()), ("x", 0));
    }

    #[test]
    fn what_is_not_unicode_concerns_its_own_entry_alone() {
        let text = b"{\"note\":\"caf\xe9\",\"auths\":{\"a.io\":{\"username\":\"u\",\"password\":\"p\xe9\"},
            \"b.io\":{\"username\":\"u\",\"password\":\"\\ud800\"},\"c.io\":{\"auth\":\"dTpw\",\"note\":\"\xe9\"}}}";
        let config = DockerConfig::parse(text).unwrap();
        for key in ["a.io", "b.io"] {
            assert_eq!(config.entry(key).unwrap().unwrap_err(), EntryFault::NotUnicode, "{key}");
        }
        assert_eq!(config.entry("c.io").unwrap().unwrap().login.username, "u");
        // A password may hold the character itself.
        let text = "{\"auths\":{\"a.io\":{\"username\":\"u\",\"password\":\"\u{fffd}\"}}}";
        assert!(DockerConfig::parse(text.as_bytes()).unwrap().entry("a.io").unwrap().is_ok());
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
        let syntax = |what, line, column| ConfigFault::Syntax(Defect { what, line, column });
        for (text, expected) in [
            ("// c\n{}", syntax(Syntax::Comment, 1, 1)),
            ("{\"auths\": {},}", syntax(Syntax::TrailingComma, 1, 13)),
            ("{\"auths\": ~}", ConfigFault::NotJson { line: 1, column: 11 }),
            ("{\"auths\": {\"a.io\": {\"auth\"", ConfigFault::CutOff),
            ("[]", ConfigFault::WrongType { line: 1, column: 1 }),
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
