//! The value of a pull Secret, decoded as Go's `encoding/json` and the kubelet
//! decode it. Source: Kubernetes 1.37, `pkg/credentialprovider/config.go`; Go 1.26,
//! `encoding/json/decode.go` and `encoding/base64`.
//!
//! One difference: Go refuses nesting deeper than 10,000 levels; so does the API
//! server, and no Secret has it.

use std::fmt;
use std::marker::PhantomData;

use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{NO_PAD, PAD};
use base64::{Engine, alphabet};
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

/// Go's `StdEncoding` and `RawStdEncoding`: bits that pad may be anything.
const PADDED: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));
const UNPADDED: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Marks an error of ours among those of the JSON parser.
const BAD_AUTH: &str = "bad auth";

/// What Go reads for a byte that is no UTF-8.
const REPLACEMENT: &str = "\u{fffd}";

/// The type of a pull Secret, which decides the shape of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// `kubernetes.io/dockerconfigjson`: entries under `auths`.
    DockerConfigJson,
    /// `kubernetes.io/dockercfg`: the entries themselves.
    DockerConfig,
}

/// A pull Secret as the kubelet gets it: of a right type, under the right key.
#[derive(Clone, Copy)]
pub struct PullSecret<'a> {
    /// Its type.
    pub kind: SecretKind,
    /// The decoded value; holds credentials.
    pub value: &'a [u8],
}

/// Why no image of a Pod is pulled at all: one Secret cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pull Secret number {} {reason}", .secret + 1)]
pub struct Malformed {
    /// The Secret's place in the list, from 0.
    pub secret: usize,
    /// What is wrong with it.
    pub reason: MalformedReason,
}

/// What is wrong with a value. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedReason {
    /// Not JSON, or a member of the wrong type.
    #[error("is not the JSON that the kubelet expects, at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1; 0 where the value begins wrongly.
        column: usize,
    },
    /// An `auth` that is no base64 of `user:password`.
    #[error(
        "has an `auth` that is not base64 of user:password, before line {line}, column {column}"
    )]
    Auth {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

/// What one entry holds for the kubelet.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) username: String,
    pub(super) password: SecretString,
}

/// The entries of one Secret by their keys as written, sorted, each key once.
pub(super) fn decode(
    index: usize,
    secret: PullSecret<'_>,
) -> Result<Vec<(String, Entry)>, Malformed> {
    let text = text(secret.value);
    let result = match secret.kind {
        SecretKind::DockerConfigJson => {
            serde_json::from_str::<Option<Config>>(&text).map(|config| config.unwrap_or_default().0)
        }
        SecretKind::DockerConfig => {
            serde_json::from_str::<Option<Members<Entry>>>(&text).map(Option::unwrap_or_default)
        }
    };
    result.map(Members::last_of_each).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // Our own text; the parser's may quote a password and is not kept.
        let reason = if error.to_string().starts_with(BAD_AUTH) {
            MalformedReason::Auth { line, column }
        } else {
            MalformedReason::Json { line, column }
        };
        Malformed { secret: index, reason }
    })
}

/// The text that Go reads: a byte that is no UTF-8 is a replacement character, and
/// so is half of an escaped surrogate pair.
pub(super) fn text(value: &[u8]) -> Zeroizing<String> {
    let mut text = utf8(value);
    for place in lone_surrogates(&text) {
        text.replace_range(place..place + 4, "fffd");
    }
    text
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
/// Source: Go 1.26, `encoding/json/fold.go`.
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

/// The members of an object in their order.
pub(super) struct Members<T>(Vec<(String, T)>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Members<T> {
    /// Sorted by name; of a name that is there twice the last counts.
    pub(super) fn last_of_each(self) -> Vec<(String, T)> {
        let Self(mut members) = self;
        members.reverse();
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        members.dedup_by(|(repeated, _), (kept, _)| repeated == kept);
        members
    }

    /// Those that Go takes for this name.
    pub(super) fn named(&self, member: &str) -> impl Iterator<Item = &(String, T)> {
        self.0.iter().filter(move |(name, _)| is_named(name, member))
    }

    /// Adds what another object of the same name holds, as Go merges maps: `null`
    /// empties what is there.
    pub(super) fn merge(&mut self, other: Option<Self>) {
        match other {
            Some(Self(other)) => self.0.extend(other),
            None => self.0.clear(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MembersVisitor<T> {
    type Value = Members<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// The value of a Secret of the newer type.
#[derive(Default)]
struct Config(Members<Entry>);

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ConfigVisitor)
    }
}

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = Config;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut auths = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            if is_named(&name, "auths") {
                auths.merge(map.next_value()?);
            } else if is_named(&name, "httpheaders") {
                map.next_value::<Option<Members<Option<String>>>>()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Config(auths))
    }
}

/// The members of an entry that the kubelet reads.
enum Member {
    Username,
    Password,
    Email,
    Auth,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        let members = [
            ("auth", Member::Auth),
            ("username", Member::Username),
            ("password", Member::Password),
            ("email", Member::Email),
        ];
        let mut found = members.into_iter().filter(|(member, _)| is_named(name, member));
        Ok(found.next().map_or(Member::Other, |(_, member)| member))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_unit<E>(self) -> Result<Entry, E> {
        Ok(Entry::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entry = Entry::default();
        let mut auth = Zeroizing::new(String::new());
        while let Some(member) = map.next_key()? {
            // `null` leaves what an earlier member of the name said.
            match member {
                Member::Username => set(&mut entry.username, map.next_value()?),
                Member::Password => set(&mut entry.password, map.next_value()?),
                Member::Auth => {
                    set(&mut auth, map.next_value::<Option<String>>()?.map(Zeroizing::new));
                }
                Member::Email => drop(map.next_value::<Option<String>>()?),
                Member::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if !auth.is_empty() {
            entry = decode_auth(&auth).ok_or_else(|| A::Error::custom(BAD_AUTH))?;
        }
        Ok(entry)
    }
}

fn set<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}

/// `auth` counts before user name and password, even where it is worse.
fn decode_auth(auth: &str) -> Option<Entry> {
    let engine = if auth.trim().ends_with('=') { PADDED } else { UNPADDED };
    let bytes = if auth.bytes().any(is_line_end) {
        engine.decode(Zeroizing::new(auth.replace(['\r', '\n'], "")).as_bytes())
    } else {
        engine.decode(auth)
    };
    let bytes = Zeroizing::new(bytes.ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let (username, password) = bytes.split_at(colon);
    Some(Entry {
        username: utf8(username).to_string(),
        password: SecretString::from(utf8(password.get(1..)?).as_str()),
    })
}

/// Whether Go's decoder passes over a byte.
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Each byte that is no UTF-8 replaced, as Go does where it reads or writes JSON.
fn utf8(bytes: &[u8]) -> Zeroizing<String> {
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let capacity = bytes.len() * if is_utf8 { 1 } else { REPLACEMENT.len() };
    let mut text = Zeroizing::new(String::with_capacity(capacity));
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
            assert_eq!(*text(value.as_bytes()), expected);
        }
    }

    #[test]
    fn each_byte_that_is_no_utf8_is_replaced() {
        assert_eq!(*text(b"a\xe2\x82b\xff"), "a\u{fffd}\u{fffd}b\u{fffd}");
    }

    #[test]
    fn member_names_are_folded_as_go_folds_them() {
        assert!(is_named("u\u{17f}erName", "username") && is_named("AUTHS", "auths"));
        assert!(!is_named("us\u{e9}rname", "username") && !is_named("auth", "auths"));
    }
}
