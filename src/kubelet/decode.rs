//! The value of a pull Secret, decoded as Go's `encoding/json` and the kubelet
//! decode it. Sources: Kubernetes 1.37, `pkg/credentialprovider/config.go`; Go 1.26,
//! `encoding/base64`.

use std::collections::BTreeMap;
use std::fmt;

use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{NO_PAD, PAD};
use base64::{Engine, alphabet};
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::json::{self, Members, Object, Text, is_named, place, replaced};

/// Go's `StdEncoding` and `RawStdEncoding`: bits that pad may be anything.
const PADDED: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));
const UNPADDED: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

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
        "has an `auth` that is not base64 of user:password, in what begins at line {line}, column {column}"
    )]
    Auth {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl PullSecret<'_> {
    /// Why the kubelet pulls no image of a Pod that brings this Secret.
    pub fn malformed(self) -> Option<MalformedReason> {
        let text = json::text(self.value);
        config(self.kind, &text).and_then(|config| config.checked(&text)).err()
    }
}

/// What one entry holds for the kubelet.
pub(super) struct Entry {
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl Entry {
    /// Reads an entry of this whole value.
    pub(super) fn read(entry: &RawValue, whole: &str) -> Result<Self, MalformedReason> {
        let Written { username, password, auth } = Written::read(entry, whole)?;
        if auth.is_empty() {
            return Ok(Self {
                username: username.to_owned(),
                password: SecretString::from(&*password),
            });
        }
        // `auth` counts before user name and password, even where it is worse.
        let (bytes, colon) = decode_auth(&auth).ok_or_else(|| bad_auth(entry, whole))?;
        let (username, password) = bytes.split_at(colon);
        // Go keeps bytes that are no UTF-8 as they are; this is how it shows them.
        let username = replaced(username).to_string();
        let password = SecretString::from(replaced(password.get(1..).unwrap_or_default()).as_str());
        Ok(Self { username, password })
    }

    /// Whether an entry can be read.
    fn check(entry: &RawValue, whole: &str) -> Result<(), MalformedReason> {
        let auth = Written::read(entry, whole)?.auth;
        let is_readable = auth.is_empty() || decode_auth(&auth).is_some();
        is_readable.then_some(()).ok_or_else(|| bad_auth(entry, whole))
    }
}

fn bad_auth(entry: &RawValue, whole: &str) -> MalformedReason {
    let (line, column) = place(entry, whole);
    MalformedReason::Auth { line, column }
}

/// The entries of a Secret by their keys as written, each as its JSON text.
#[derive(Default)]
pub(super) struct Config<'t> {
    /// In their order.
    entries: Members<'t>,
    /// Entries that do not count, and are decoded all the same.
    dropped: Members<'t>,
    /// Headers that are none.
    bad_headers: Option<&'t RawValue>,
}

/// Takes a value apart.
pub(super) fn config(kind: SecretKind, text: &str) -> Result<Config<'_>, MalformedReason> {
    let config = match kind {
        SecretKind::DockerConfigJson => {
            serde_json::from_str::<Option<Config<'_>>>(text).map(Option::unwrap_or_default)
        }
        SecretKind::DockerConfig => {
            serde_json::from_str::<Option<Object<'_>>>(text).map(|object| {
                let Object(entries) = object.unwrap_or_default();
                Config { entries, ..Config::default() }
            })
        }
    };
    let reason = |error: serde_json::Error| MalformedReason::Json {
        line: error.line(),
        column: error.column(),
    };
    config.map_err(reason)
}

impl<'t> Config<'t> {
    /// Sorted by key; of a key that is there twice the last counts.
    pub(super) fn entries(self) -> Members<'t> {
        let mut entries = self.entries;
        entries.reverse();
        entries.sort_by(|(one, _), (other, _)| str::cmp(one, other));
        entries.dedup_by(|(repeated, _), (kept, _)| **repeated == **kept);
        entries
    }

    /// The same, where the kubelet can decode all of it.
    pub(super) fn checked(self, whole: &str) -> Result<Members<'t>, MalformedReason> {
        if let Some(headers) = self.bad_headers {
            let (line, column) = place(headers, whole);
            return Err(MalformedReason::Json { line, column });
        }
        for (_, entry) in self.entries.iter().chain(&self.dropped) {
            Entry::check(entry, whole)?;
        }
        Ok(self.entries())
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
            } else if is_named(&name, "httpheaders") {
                let headers: &RawValue = map.next_value()?;
                let read =
                    serde_json::from_str::<Option<BTreeMap<String, Option<String>>>>(headers.get());
                config.bad_headers = config.bad_headers.or(read.err().map(|_| headers));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(config)
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

/// An entry as it is written.
#[derive(Default)]
struct Written<'t> {
    username: Text<'t>,
    password: Text<'t>,
    auth: Text<'t>,
}

impl<'t> Written<'t> {
    fn read(entry: &'t RawValue, whole: &str) -> Result<Self, MalformedReason> {
        // The parser's own words may quote a password and are not kept.
        serde_json::from_str(entry.get()).map_err(|_| {
            let (line, column) = place(entry, whole);
            MalformedReason::Json { line, column }
        })
    }
}

impl<'de> Deserialize<'de> for Written<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Written::default())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Written::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut written = Written::default();
        while let Some(member) = map.next_key()? {
            // `null` leaves what an earlier member of the name said.
            match member {
                Member::Username => set(&mut written.username, map.next_value()?),
                Member::Password => set(&mut written.password, map.next_value()?),
                Member::Auth => set(&mut written.auth, map.next_value()?),
                Member::Email => drop(map.next_value::<Option<Text<'de>>>()?),
                Member::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(written)
    }
}

fn set<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}

/// What an `auth` stands for, and where its colon is.
fn decode_auth(auth: &str) -> Option<(Zeroizing<Vec<u8>>, usize)> {
    let engine = if auth.trim().ends_with('=') { PADDED } else { UNPADDED };
    let bytes = if auth.bytes().any(is_line_end) {
        engine.decode(Zeroizing::new(auth.replace(['\r', '\n'], "")).as_bytes())
    } else {
        engine.decode(auth)
    };
    let bytes = Zeroizing::new(bytes.ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    Some((bytes, colon))
}

/// Whether Go's decoder passes over a byte.
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
