//! The value of a pull Secret, decoded as Go's `encoding/json` and the kubelet
//! decode it. Source: Kubernetes 1.37, `pkg/credentialprovider/config.go`.
//!
//! Two differences to Go that no usable Secret shows: a lone surrogate escape
//! and nesting deeper than 128 levels are malformed here.

use std::collections::BTreeMap;
use std::fmt;

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

type Entries = BTreeMap<String, Entry>;

/// The entries of one Secret by their keys as written.
pub(super) fn decode(index: usize, secret: PullSecret<'_>) -> Result<Entries, Malformed> {
    // Go reads invalid UTF-8 as replacement characters.
    let text = Zeroizing::new(String::from_utf8_lossy(secret.value).into_owned());
    let result = match secret.kind {
        SecretKind::DockerConfigJson => {
            serde_json::from_str::<Option<Auths>>(&text).map(|auths| auths.unwrap_or_default().0)
        }
        SecretKind::DockerConfig => {
            serde_json::from_str::<Option<Entries>>(&text).map(Option::unwrap_or_default)
        }
    };
    result.map_err(|error| {
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

#[derive(Default)]
struct Auths(Entries);

impl<'de> Deserialize<'de> for Auths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AuthsVisitor)
    }
}

struct AuthsVisitor;

impl<'de> Visitor<'de> for AuthsVisitor {
    type Value = Auths;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut auths = Entries::new();
        while let Some(name) = map.next_key::<String>()? {
            // Go matches member names in any case and merges what is there twice.
            match name.to_ascii_lowercase().as_str() {
                "auths" => auths.extend(map.next_value::<Option<Entries>>()?.unwrap_or_default()),
                "httpheaders" => {
                    map.next_value::<Option<BTreeMap<String, Option<String>>>>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Auths(auths))
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
        while let Some(name) = map.next_key::<String>()? {
            // `null` leaves what an earlier member of the name said.
            match name.to_ascii_lowercase().as_str() {
                "username" => set(&mut entry.username, map.next_value()?),
                "password" => set(&mut entry.password, map.next_value()?),
                "auth" => set(&mut auth, map.next_value::<Option<String>>()?.map(Zeroizing::new)),
                "email" => drop(map.next_value::<Option<String>>()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
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
    let bytes = if auth.contains(['\r', '\n']) {
        engine.decode(Zeroizing::new(auth.replace(['\r', '\n'], "")).as_bytes())
    } else {
        engine.decode(auth)
    };
    let bytes = Zeroizing::new(bytes.ok()?);
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let (username, password) = bytes.split_at(colon);
    let password = Zeroizing::new(String::from_utf8_lossy(password.get(1..)?).into_owned());
    Some(Entry {
        username: String::from_utf8_lossy(username).into_owned(),
        password: SecretString::from(password.as_str()),
    })
}
