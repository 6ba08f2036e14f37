//! The value of a pull Secret, decoded as Go's `encoding/json` and the kubelet
//! decode it. Source: Kubernetes 1.37, `pkg/credentialprovider/config.go`.

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::go::base64::{self, RAW_STANDARD, STANDARD};
use super::go::config::Config;
use super::go::json::{self, FaultKind, Members, Object, Text, position, replaced};
use super::go::syntax::{self, Defect};
use super::shape::{self, Shape};

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
    /// The Secret's index in the list, from 0.
    pub secret: usize,
    /// What is wrong with it.
    pub reason: MalformedReason,
}

/// What is wrong with a value. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedReason {
    /// Base64 or a text around the value.
    #[error("{0}")]
    Shape(Shape),
    /// Not JSON, by what is known.
    #[error("{0}")]
    Syntax(Defect),
    /// The value ends too early.
    #[error("ends in the middle of its JSON: it was cut off")]
    CutOff,
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
        "holds an `auth` that {what}, in the entry at line {line}, column {column}{}",
        if *.has_members { " (`username` and `password` beside it are enough: remove `auth`)" } else { "" }
    )]
    Auth {
        /// What it is instead.
        what: BadAuth,
        /// Whether user name and password stand beside it.
        has_members: bool,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl MalformedReason {
    /// Returns whether what is meant is certain, so that it can be written again.
    pub(crate) fn is_mendable(self) -> bool {
        match self {
            Self::Shape(_) => true,
            Self::Auth { what, has_members, .. } => {
                has_members
                    || matches!(what, BadAuth::ClearText | BadAuth::EncodedAgain | BadAuth::Header)
            }
            Self::Syntax(_) | Self::CutOff | Self::Json { .. } => false,
        }
    }
}

/// What stands in `auth` in place of base64 of `user:password`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAuth {
    /// `user:password` itself.
    #[error("is clear text, not base64 of user:password")]
    ClearText,
    /// Base64 of base64.
    #[error("is encoded in base64 once more than it should be")]
    EncodedAgain,
    /// `Basic` and base64 of `user:password`, as in a header of HTTP.
    #[error("begins with `Basic`, which only an HTTP header does")]
    Header,
    /// Base64 of something without a colon.
    #[error("is base64 of a text without a colon, not of user:password")]
    NoColon,
    /// Anything else.
    #[error("is not base64 of user:password")]
    NotBase64,
}

impl PullSecret<'_> {
    /// Why the kubelet pulls no image of a Pod that brings this Secret.
    pub fn malformed(self) -> Option<MalformedReason> {
        let text = json::text(self.value);
        config(self.kind, &text).and_then(|config| checked(config, &text)).err()
    }

    /// How the value differs from what the type says, where the kubelet decodes it and
    /// finds no entry of use.
    pub(crate) fn wrong_shape(self) -> Option<Shape> {
        let text = json::text(self.value);
        let config = config(self.kind, &text).ok()?;
        let is_suspect = match self.kind {
            SecretKind::DockerConfigJson => {
                config.entries.is_empty()
                    || config.entries.iter().all(|(key, _)| json::is_named(key, "auths"))
            }
            SecretKind::DockerConfig => config.entries.iter().all(|(_, entry)| {
                Entry::read(entry, &text).is_ok_and(|entry| {
                    entry.username.is_empty() && entry.password.expose_secret().is_empty()
                })
            }),
        };
        is_suspect.then(|| shape::of(self.kind, self.value)).flatten()
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
        let has_members = !username.is_empty() && !password.is_empty();
        let (bytes, colon) =
            decode_auth(&auth).ok_or_else(|| bad_auth(&auth, has_members, (entry, whole)))?;
        let (username, password) = bytes.split_at(colon);
        // Go keeps bytes that are no UTF-8 as they are; this is how it shows them.
        let username = replaced(username).to_string();
        let password = SecretString::from(replaced(password.get(1..).unwrap_or_default()).as_str());
        Ok(Self { username, password })
    }

    /// Whether an entry can be read.
    fn check(entry: &RawValue, whole: &str) -> Result<(), MalformedReason> {
        let Written { username, password, auth } = Written::read(entry, whole)?;
        let is_readable = auth.is_empty() || decode_auth(&auth).is_some();
        let has_members = !username.is_empty() && !password.is_empty();
        is_readable.then_some(()).ok_or_else(|| bad_auth(&auth, has_members, (entry, whole)))
    }
}

fn bad_auth(auth: &str, has_members: bool, (entry, whole): (&RawValue, &str)) -> MalformedReason {
    let (line, column) = position(entry, whole);
    MalformedReason::Auth { what: BadAuth::of(auth), has_members, line, column }
}

impl BadAuth {
    /// What an `auth` is that cannot be decoded.
    pub(crate) fn of(auth: &str) -> Self {
        if auth.contains(':') {
            return Self::ClearText;
        }
        if Self::after_basic(auth).is_some_and(|rest| decode_auth(rest).is_some()) {
            return Self::Header;
        }
        let Some(bytes) = Self::decode(auth) else { return Self::NotBase64 };
        let inner = std::str::from_utf8(&bytes).map(str::trim);
        let is_encoded_again = inner.is_ok_and(|inner| decode_auth(inner).is_some());
        if is_encoded_again { Self::EncodedAgain } else { Self::NoColon }
    }

    /// Returns what follows `Basic` in a header of HTTP.
    pub(crate) fn after_basic(auth: &str) -> Option<&str> {
        let (scheme, rest) = auth.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then(|| rest.trim())
    }

    /// Decodes an `auth` once, whatever is in it.
    pub(crate) fn decode(auth: &str) -> Option<Zeroizing<Vec<u8>>> {
        decode_base64(auth)
    }
}

/// A value of the wrong type.
fn bad_type(value: &RawValue, whole: &str) -> MalformedReason {
    let (line, column) = position(value, whole);
    MalformedReason::Json { line, column }
}

/// Takes a value apart.
pub(super) fn config(kind: SecretKind, text: &str) -> Result<Config<'_>, MalformedReason> {
    let config = match kind {
        SecretKind::DockerConfigJson => {
            json::whole::<Option<Config<'_>>>(text).map(Option::unwrap_or_default)
        }
        SecretKind::DockerConfig => json::whole::<Option<Object<'_>>>(text).map(|object| {
            let Object(entries) = object.unwrap_or_default();
            Config { entries, ..Config::default() }
        }),
    };
    config.map_err(|fault| reason(kind, fault, text))
}

/// Why a value cannot be taken apart, in words of what it is instead.
fn reason(kind: SecretKind, fault: json::Fault, text: &str) -> MalformedReason {
    if let Some(shape) = shape::of(kind, text.as_bytes()) {
        return MalformedReason::Shape(shape);
    }
    if let Some(defect) = syntax::of_fault(&fault, text) {
        return MalformedReason::Syntax(defect);
    }
    let json::Fault { kind: found, line, column } = fault;
    if found == FaultKind::CutOff && !text.trim().is_empty() {
        MalformedReason::CutOff
    } else {
        MalformedReason::Json { line, column }
    }
}

/// Returns the entries sorted by key, where the kubelet can decode all of a value.
pub(super) fn checked<'t>(config: Config<'t>, whole: &str) -> Result<Members<'t>, MalformedReason> {
    config.strings("httpheaders").map_err(|headers| bad_type(headers, whole))?;
    for (_, entry) in config.entries.iter().chain(&config.dropped) {
        Entry::check(entry, whole)?;
    }
    Ok(config.into_entries())
}

/// An entry as it is written.
struct Written<'t> {
    username: Text<'t>,
    password: Text<'t>,
    auth: Text<'t>,
}

impl<'t> Written<'t> {
    fn read(entry: &'t RawValue, whole: &str) -> Result<Self, MalformedReason> {
        let members = json::strings(entry.get(), ["username", "password", "auth", "email"]);
        let [username, password, auth, _] = members.map_err(|_| bad_type(entry, whole))?;
        Ok(Self { username, password, auth })
    }
}

/// What an `auth` stands for, and where its colon is.
fn decode_auth(auth: &str) -> Option<(Zeroizing<Vec<u8>>, usize)> {
    let bytes = decode_base64(auth)?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    Some((bytes, colon))
}

fn decode_base64(auth: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoding = if auth.trim().ends_with('=') { &STANDARD } else { &RAW_STANDARD };
    base64::decode(encoding, auth)
}
