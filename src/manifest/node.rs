//! A tree of texts, and its YAML: all that the documents are made of.
//!
//! Kubernetes reads YAML 1.1, where `yes`, `on` and `1:30` are no texts;
//! `yaml_serde` writes for YAML 1.2 and leaves them bare. So whatever any reader
//! could take for something else is quoted here.

use serde::ser::{Serialize, SerializeMap, Serializer};
use zeroize::Zeroizing;

/// Words that are no texts to a reader of YAML 1.1, in lower case.
const SPECIAL_WORDS: [&str; 11] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan"];

/// A part of a document.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    /// A text; may be a secret.
    Text(&'a str),
    /// Members in order.
    Map(Vec<(&'a str, Self)>),
    /// Items in order, each a map.
    List(Vec<Self>),
}

impl<'a> Node<'a> {
    /// A map of these members.
    pub(crate) fn map<const N: usize>(members: [(&'a str, Self); N]) -> Self {
        Self::Map(members.into())
    }

    /// The tree as a YAML document, without a separator. May hold secrets.
    pub(crate) fn to_yaml(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.size()));
        self.write(&mut text, 0);
        text
    }

    /// At least the bytes that the YAML takes.
    fn size(&self) -> usize {
        const INDENT_AND_QUOTES: usize = 16;
        match self {
            Self::Text(text) => text.len() + INDENT_AND_QUOTES,
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Map(members) => {
                members.iter().map(|(key, node)| key.len() + INDENT_AND_QUOTES + node.size()).sum()
            }
        }
    }

    /// Writes the value that belongs behind `key:` or, at the root, by itself.
    fn write(&self, text: &mut String, indent: usize) {
        match self {
            Self::Text(value) => {
                push_scalar(text, value);
                text.push('\n');
            }
            Self::Map(members) => {
                for (index, (key, node)) in members.iter().enumerate() {
                    // The first member of an item stands on the line of its dash.
                    let is_after_dash = index == 0 && text.ends_with("- ");
                    text.push_str(&" ".repeat(if is_after_dash { 0 } else { indent }));
                    push_scalar(text, key);
                    text.push_str(if matches!(node, Self::Text(_)) { ": " } else { ":\n" });
                    // Items stand below their key, as kubectl and the page write them.
                    let deeper = if matches!(node, Self::List(_)) { indent } else { indent + 2 };
                    node.write(text, deeper);
                }
            }
            Self::List(items) => {
                for item in items {
                    text.push_str(&" ".repeat(indent));
                    text.push_str("- ");
                    item.write(text, indent + 2);
                }
            }
        }
    }
}

/// A text as a scalar of YAML.
pub(crate) fn scalar(value: &str) -> String {
    let mut text = String::new();
    push_scalar(&mut text, value);
    text
}

fn push_scalar(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // Line ends and unprintable characters of YAML 1.1.
            _ if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                text.push_str("\\u");
                let digits = [12, 8, 4, 0].map(|shift| (u32::from(c) >> shift) & 0xf);
                text.extend(digits.into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

/// Whether every reader of YAML takes a bare text for this text.
pub(crate) fn is_plain(value: &str) -> bool {
    let starts_well = value.trim_start_matches('.').starts_with(|c: char| c.is_ascii_alphabetic());
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+=".contains(&byte);
    starts_well
        && value.bytes().all(is_safe)
        && !value.ends_with(':')
        && !SPECIAL_WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, node) in members {
                    map.serialize_entry(key, node)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_reader_could_misread_is_quoted() {
        for text in [
            "", "yes", "No", "ON", "null", "~", "012", "1e3", "1:30", "a: b", "- a", "a:", ".inf",
            "=", "é",
        ] {
            assert!(!is_plain(text), "{text}");
        }
        for text in ["regcred", "v1", ".dockerconfigjson", "ghcr.io/a/b:v1", "e30=", "yesterday"] {
            assert!(is_plain(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(key in ".{0,20}", value in "\\PC{0,40}|.{0,40}") {
            let inner = Node::map([(key.as_str(), Node::Text(&value))]);
            let text = Node::map([("items", Node::List(vec![inner]))]).to_yaml();
            let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(read, serde_json::json!({"items": [{key: value}]}));
        }
    }
}
