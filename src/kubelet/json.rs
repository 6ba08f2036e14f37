//! JSON as Go reads it. Sources: Go 1.26, `encoding/json/decode.go` and `fold.go`.
//!
//! One difference: Go refuses nesting deeper than 10,000 levels; so does the API
//! server, and no Secret has it.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// What Go reads for a byte that is no UTF-8.
const REPLACEMENT: &str = "\u{fffd}";

/// The members of an object in their order.
pub(super) type Members<'t> = Vec<(Text<'t>, &'t RawValue)>;

/// The text that Go reads: a byte that is no UTF-8 is a replacement character, and
/// so is half of an escaped surrogate pair. Almost always it is the value as it is.
pub(super) fn text(value: &[u8]) -> Text<'_> {
    let mut text = match std::str::from_utf8(value) {
        Ok(text) if !text.contains("\\u") => return Text::AsItIs(text),
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => replaced(value),
    };
    for place in lone_surrogates(&text) {
        text.replace_range(place..place + 4, "fffd");
    }
    Text::Changed(text)
}

/// A text that may be a secret's own.
pub(super) enum Text<'a> {
    AsItIs(&'a str),
    Changed(Zeroizing<String>),
}

impl Text<'_> {
    /// With a text of its own.
    pub(super) fn into_owned(self) -> Text<'static> {
        Text::Changed(match self {
            Self::AsItIs(text) => Zeroizing::new(text.to_owned()),
            Self::Changed(text) => text,
        })
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::AsItIs("")
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text::AsItIs(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text::Changed(Zeroizing::new(text.to_owned())))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::AsItIs(text) => text,
            Self::Changed(text) => text,
        }
    }
}

/// Where the four digits stand of escapes that are half a surrogate pair.
fn lone_surrogates(text: &str) -> Vec<usize> {
    let digits = |place: usize| {
        let digits = text.get(place..)?.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut lone = Vec::new();
    let mut place = 0;
    while let Some(found) = text.get(place..).and_then(|rest| rest.find('\\')) {
        place += found;
        let Some(code) = digits(place) else {
            // Past the backslash and what it escapes.
            let escaped = text.get(place + 1..).and_then(|rest| rest.chars().next());
            place += 1 + escaped.map_or(0, char::len_utf8);
            continue;
        };
        let is_pair = (0xd800..0xdc00).contains(&code)
            && digits(place + 6).is_some_and(|next| (0xdc00..0xe000).contains(&next));
        if !is_pair && (0xd800..0xe000).contains(&code) {
            lone.push(place + 2);
        }
        place += if is_pair { 12 } else { 6 };
    }
    lone
}

/// Whether Go takes a member's name for this one of lower case letters.
pub(super) fn is_named(name: &str, member: &str) -> bool {
    if name.len() < member.len() {
        return false;
    }
    let folded = name.chars().map(|letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    });
    name == member || folded.eq(member.chars())
}

/// An object with its members undecoded.
#[derive(Default)]
pub(super) struct Object<'t>(pub(super) Members<'t>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}

/// Line and column, from 1, at which a part of a text stands.
pub(super) fn place(part: &RawValue, whole: &str) -> (usize, usize) {
    let offset = part.get().as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    let before = whole.get(..offset).unwrap_or_default();
    let line_starts = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, offset - line_starts + 1)
}

/// Each byte that is no UTF-8 replaced, as Go does where it reads or writes JSON.
pub(super) fn replaced(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * REPLACEMENT.len()));
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|_| text.push_str(REPLACEMENT));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_replaced() {
        for (value, expected) in [
            (r#""a\ud83d\ude00b""#, r#""a\ud83d\ude00b""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d\ud83d\ude00""#, r#""\ufffd\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\uD83Dx\u00e9""#, r#""\ufffdx\u00e9""#),
        ] {
            assert_eq!(&*text(value.as_bytes()), expected);
        }
    }

    #[test]
    fn each_byte_that_is_no_utf8_is_replaced() {
        assert_eq!(&*text(b"a\xe2\x82b\xff"), "a\u{fffd}\u{fffd}b\u{fffd}");
    }

    #[test]
    fn member_names_are_folded_as_go_folds_them() {
        assert!(is_named("u\u{17f}erName", "username") && is_named("AUTHS", "auths"));
        assert!(!is_named("us\u{e9}rname", "username") && !is_named("auth", "auths"));
    }
}
