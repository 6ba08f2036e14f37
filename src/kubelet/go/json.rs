//! JSON as Go reads it: names of members in any case, members that are there twice,
//! `null`, bytes that are not UTF-8. Source: Go 1.26, `encoding/json/decode.go` and
//! `fold.go`.
//!
//! One difference: Go refuses nesting deeper than 10,000 levels; so does the API
//! server, and no Secret has it.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// What Go reads for a byte that is not UTF-8, and for half of a surrogate pair.
pub(crate) const REPLACEMENT: &str = "\u{fffd}";

/// The members of an object in their order.
pub(crate) type Members<'t> = Vec<(Text<'t>, &'t RawValue)>;

/// Why a text cannot be read. Never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// From 1.
    pub line: usize,
    /// In bytes, from 1; 0 where the value begins wrongly.
    pub column: usize,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The text is not JSON.
    Syntax,
    /// The text ends within the value.
    CutOff,
    /// A value is of a type that is not accepted there.
    WrongType,
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        let kind = match error.classify() {
            Category::Eof => FaultKind::CutOff,
            Category::Data => FaultKind::WrongType,
            Category::Syntax | Category::Io => FaultKind::Syntax,
        };
        Self { kind, line: error.line(), column: error.column() }
    }
}

/// Reads a text that is one value, as Go's `json.Unmarshal`.
///
/// # Errors
/// [`Fault`], also where something follows the value.
pub(crate) fn whole<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Fault> {
    Ok(serde_json::from_str(text)?)
}

/// The first value of a text.
pub(crate) struct First<T> {
    /// The value.
    pub value: T,
    /// Whether anything but white space follows.
    pub has_more: bool,
}

/// Reads the first value of a text, as Go's `json.Decoder`.
///
/// # Errors
/// [`Fault`].
pub(crate) fn first<'t, T: Deserialize<'t>>(text: &'t str) -> Result<First<T>, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut deserializer)?;
    Ok(First { value, has_more: deserializer.end().is_err() })
}

/// Returns the text that Go reads: each byte that is not UTF-8 and each half of an
/// escaped surrogate pair is a replacement character. Almost always it is the value
/// as it is.
pub(crate) fn text(value: &[u8]) -> Text<'_> {
    let text = match std::str::from_utf8(value) {
        Ok(text) => Text::AsItIs(text),
        Err(_) => Text::Changed(replaced(value)),
    };
    let lone = if text.contains("\\u") { lone_surrogates(&text) } else { Vec::new() };
    if lone.is_empty() {
        return text;
    }
    let mut changed = Zeroizing::new((*text).to_owned());
    for place in lone {
        changed.replace_range(place..place + 4, "fffd");
    }
    Text::Changed(changed)
}

/// A text that may be a secret's own.
pub(crate) enum Text<'a> {
    /// Part of what is read.
    AsItIs(&'a str),
    /// A text of its own: unescaped, or with replacement characters.
    Changed(Zeroizing<String>),
}

impl Text<'_> {
    /// Returns the text independent of what was read.
    pub(crate) fn into_owned(self) -> Text<'static> {
        Text::Changed(self.into_string())
    }

    /// Returns the text as a string that is wiped.
    pub(crate) fn into_string(self) -> Zeroizing<String> {
        match self {
            Self::AsItIs(text) => Zeroizing::new(text.to_owned()),
            Self::Changed(text) => text,
        }
    }
}

/// Hides the text: it may be a password.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Text")
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

/// Returns where the four digits are of each escape that is half a surrogate pair.
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

/// Reports whether Go takes the name of a member for this one of lower case letters.
pub(crate) fn is_named(name: &str, member: &str) -> bool {
    name == member || is_folded(name, member)
}

/// Folds like Go: two letters outside ASCII fold to letters of ASCII.
fn is_folded(name: &str, member: &str) -> bool {
    let folded = name.chars().map(|letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    });
    name.len() >= member.len() && folded.eq(member.chars())
}

/// An object with its members undecoded.
#[derive(Debug, Default)]
pub(crate) struct Object<'t>(pub Members<'t>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData)).map(Object)
    }
}

/// Reads the members of an object in their order.
struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MembersVisitor<T> {
    type Value = Vec<(Text<'de>, T)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// An object of texts, in which `null` is Go's empty string.
pub(crate) struct TextMap<'t>(pub Vec<(Text<'t>, Option<Text<'t>>)>);

impl<'de> Deserialize<'de> for TextMap<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData)).map(TextMap)
    }
}

/// Sorts members by name; of equal names the last one counts, as in a Go map.
pub(crate) fn sort_last_counts(mut members: Members<'_>) -> Members<'_> {
    members.reverse();
    members.sort_by(|(one, _), (other, _)| str::cmp(one, other));
    members.dedup_by(|(repeated, _), (kept, _)| **repeated == **kept);
    members
}

/// Why an object cannot be read as one of strings. Never quotes the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringsFault {
    /// The value is neither an object nor `null`.
    NotAnObject,
    /// This member is neither text nor `null`.
    NotText(&'static str),
}

/// Reads an object as Go fills a struct whose fields are strings of these names, in
/// lower case: absent and `null` are empty, and of several members of one name the
/// last that is not `null` counts.
///
/// # Errors
/// [`StringsFault`].
pub(crate) fn strings<'t, const N: usize>(
    object: &'t str,
    names: [&'static str; N],
) -> Result<[Text<'t>; N], StringsFault> {
    let wrong = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(object);
    // The parser's own words may quote a password and are not kept.
    Strings { names, wrong: &wrong }
        .deserialize(&mut deserializer)
        .map_err(|_| wrong.get().map_or(StringsFault::NotAnObject, StringsFault::NotText))
}

/// What [`strings`] reads.
struct Strings<'w, const N: usize> {
    names: [&'static str; N],
    /// The member that is being read.
    wrong: &'w Cell<Option<&'static str>>,
}

/// The place of a member among those that are read.
struct NameIndex<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for NameIndex<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameIndex<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let exact = self.0.iter().position(|member| *member == name);
        Ok(exact.or_else(|| self.0.iter().position(|member| is_folded(name, member))))
    }
}

impl<'de, const N: usize> DeserializeSeed<'de> for Strings<'_, N> {
    type Value = [Text<'de>; N];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Strings<'_, N> {
    type Value = [Text<'de>; N];

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(std::array::from_fn(|_| Text::default()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut texts = std::array::from_fn(|_| Text::default());
        while let Some(place) = map.next_key_seed(NameIndex(&self.names))? {
            let member = place.and_then(|place| self.names.get(place).zip(texts.get_mut(place)));
            let Some((name, text)) = member else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.wrong.set(Some(name));
            if let Some(value) = map.next_value()? {
                *text = value;
            }
            self.wrong.set(None);
        }
        Ok(texts)
    }
}

/// Returns where in a text a part of it is, in bytes.
pub(crate) fn range(part: &RawValue, whole: &str) -> Range<usize> {
    let start = part.get().as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.get().len()
}

/// Returns line and column, from 1, at which a part of a text begins.
pub(crate) fn position(part: &RawValue, whole: &str) -> (usize, usize) {
    let offset = range(part, whole).start;
    let before = whole.get(..offset).unwrap_or_default();
    let line_starts = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, offset - line_starts + 1)
}

/// Replaces each byte that is not UTF-8, as Go does where it reads or writes JSON.
pub(crate) fn replaced(bytes: &[u8]) -> Zeroizing<String> {
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
    fn what_go_reads_as_it_is_stays_in_its_place() {
        for value in ["plain", r#""\u003ctoken\u003e""#, r#""\ud83d\ude00""#, "\u{fffd}"] {
            assert!(matches!(text(value.as_bytes()), Text::AsItIs(_)), "{value}");
        }
    }

    #[test]
    fn a_struct_of_strings_is_filled_as_by_go() {
        let read = |object| {
            strings(object, ["auth", "username"]).map(|texts| texts.map(Text::into_string))
        };
        let filled =
            |auth: &str, user: &str| Ok([auth.to_owned(), user.to_owned()].map(Zeroizing::new));
        for (object, expected) in [
            ("null", filled("", "")),
            ("{}", filled("", "")),
            (r#"{"Auth":"a","AUTH":"b","u\u017fername":"u"}"#, filled("b", "u")),
            (r#"{"auth":"a","auth":null,"other":[7],"user name":1}"#, filled("a", "")),
            (r#"{"auth":"\u003ca\n"}"#, filled("<a\n", "")),
            ("[]", Err(StringsFault::NotAnObject)),
            ("\"x\"", Err(StringsFault::NotAnObject)),
            (r#"{"auth":"a","USERNAME":7}"#, Err(StringsFault::NotText("username"))),
            (r#"{"auth":{},"auth":"a"}"#, Err(StringsFault::NotText("auth"))),
        ] {
            assert_eq!(read(object), expected, "{object}");
        }
    }

    #[test]
    fn what_follows_the_first_value_is_ignored_or_refused() {
        for (text, has_more) in [("{} ", false), ("{}{}", true), ("null x", true)] {
            assert_eq!(first::<Option<Object<'_>>>(text).unwrap().has_more, has_more, "{text}");
            assert_eq!(whole::<Option<Object<'_>>>(text).is_err(), has_more, "{text}");
        }
    }

    #[test]
    fn a_part_is_found_in_its_text() {
        let text = "{\"a\":1,\n \"b\": [2]}";
        let Object(members) = whole(text).unwrap();
        let offsets: Vec<_> = members.iter().map(|(_, part)| position(part, text)).collect();
        assert_eq!(offsets, [(1, 6), (2, 7)]);
        let (_, last) = members.last().unwrap();
        assert_eq!(text.get(range(last, text)), Some("[2]"));
    }

    #[test]
    fn member_names_are_folded_as_go_folds_them() {
        assert!(is_named("u\u{17f}erName", "username") && is_named("AUTHS", "auths"));
        assert!(!is_named("us\u{e9}rname", "username") && !is_named("auth", "auths"));
    }
}
