//! The value of a pull Secret, decoded as Go's `encoding/json` and the kubelet
//! decode it. Source: Kubernetes 1.37, `pkg/credentialprovider/config.go`.

use secrecy::SecretString;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::go::base64::{self, RAW_STANDARD, STANDARD};
use super::go::config::Config;
use super::go::json::{self, Members, Object, Text, position, replaced};

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
        config(self.kind, &text).and_then(|config| checked(config, &text)).err()
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
    let (line, column) = position(entry, whole);
    MalformedReason::Auth { line, column }
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
    let reason =
        |json::Fault { line, column, .. }: json::Fault| MalformedReason::Json { line, column };
    config.map_err(reason)
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
    let encoding = if auth.trim().ends_with('=') { &STANDARD } else { &RAW_STANDARD };
    let bytes = base64::decode(encoding, auth)?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    Some((bytes, colon))
}
