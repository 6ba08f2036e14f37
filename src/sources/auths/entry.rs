//! One entry of `auths`, as docker decodes it, except that docker refuses a
//! whole file for one bad entry. Source: docker/cli 29.9,
//! `cli/config/configfile/file.go` (`decodeAuth`).

use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::kubelet::go::base64::{self as go_base64, STANDARD};
use crate::kubelet::go::json::{self, StringsFault};
use crate::registry::credential::Login;

/// What other programs write: with or without padding.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const LENIENT_STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const LENIENT_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Why an entry cannot be decoded. Never quotes the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// The entry is no object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// This member is no text.
    #[error("holds `{0}` that is not text")]
    NotText(&'static str),
    /// User name, password or token hold what is not Unicode.
    #[error("holds a user name, password or token that is not valid UTF-8")]
    NotUnicode,
    /// `auth` is in no alphabet of base64.
    #[error("holds `auth` that is not base64")]
    NotBase64,
    /// The decoded text is not UTF-8.
    #[error("holds `auth` whose text is not UTF-8")]
    NotUtf8,
    /// The decoded text has no colon.
    #[error("holds `auth` without a colon between user name and password")]
    NoColon,
    /// The decoded text starts with the colon.
    #[error("holds `auth` without a user name before the colon")]
    NoUsername,
}

/// What is odd about an entry that could be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryCaution {
    /// Without padding, or in the URL-safe alphabet.
    #[error("its `auth` is not padded standard base64: docker itself would refuse the whole file")]
    UnusualBase64,
    /// `auth` and the plain members name different credentials.
    #[error("its `auth` and its `username` and `password` disagree; `auth` counts, as for docker")]
    Disagreement,
}

/// A decoded entry.
#[derive(Debug)]
pub struct AuthEntry {
    /// As it stands there.
    pub login: Login,
    /// What is odd about it.
    pub cautions: Vec<EntryCaution>,
}

/// Decodes the JSON text of one entry.
///
/// # Errors
/// [`EntryFault`]; an absent or empty `auth` is none.
pub(crate) fn decode(json: &str) -> Result<AuthEntry, EntryFault> {
    let names = ["auth", "username", "password", "identitytoken", "registrytoken"];
    let [auth, username, password, identity_token, registry_token] = json::strings(json, names)?;
    let mut entry = AuthEntry {
        login: Login {
            username: username.to_owned(),
            password: SecretString::from(&*password),
            identity_token: (!identity_token.is_empty())
                .then(|| SecretString::from(&*identity_token)),
            has_registry_token: !registry_token.is_empty(),
        },
        cautions: Vec::new(),
    };
    if !auth.is_empty() {
        apply_auth(&mut entry, &auth)?;
    }
    Ok(entry)
}

fn apply_auth(entry: &mut AuthEntry, auth: &str) -> Result<(), EntryFault> {
    let (bytes, is_standard) = decode_base64(auth).ok_or(EntryFault::NotBase64)?;
    let decoded = std::str::from_utf8(&bytes).map_err(|_| EntryFault::NotUtf8)?;
    let (username, password) = decoded.split_once(':').ok_or(EntryFault::NoColon)?;
    if username.is_empty() {
        return Err(EntryFault::NoUsername);
    }
    let password = password.trim_matches('\0');
    let login = &mut entry.login;
    let differs = |member: &str, value: &str| !member.is_empty() && member != value;
    if differs(&login.username, username) || differs(login.password.expose_secret(), password) {
        entry.cautions.push(EntryCaution::Disagreement);
    }
    if !is_standard {
        entry.cautions.push(EntryCaution::UnusualBase64);
    }
    username.clone_into(&mut login.username);
    login.password = SecretString::from(password);
    Ok(())
}

/// The bytes, and whether docker would decode them too.
fn decode_base64(text: &str) -> Option<(Zeroizing<Vec<u8>>, bool)> {
    if let Some(bytes) = go_base64::decode(&STANDARD, text) {
        return Some((bytes, true));
    }
    let encodings = [LENIENT_STANDARD, LENIENT_URL_SAFE];
    let bytes = encodings.iter().find_map(|encoding| go_base64::decode(encoding, text))?;
    Some((bytes, false))
}

impl From<StringsFault> for EntryFault {
    fn from(fault: StringsFault) -> Self {
        match fault {
            StringsFault::NotAnObject => Self::NotAnObject,
            StringsFault::NotText(member) => Self::NotText(member),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose;

    use super::*;

    fn decoded(json: &str) -> (String, String, Vec<EntryCaution>) {
        let entry = decode(json).unwrap();
        let password = entry.login.password.expose_secret().to_owned();
        (entry.login.username, password, entry.cautions)
    }

    fn auth(text: &str) -> String {
        format!(r#"{{"auth":"{}"}}"#, general_purpose::STANDARD.encode(text))
    }

    #[test]
    fn the_first_colon_ends_the_user_name() {
        assert_eq!(decoded(&auth("user:pa:ss:")), ("user".into(), "pa:ss:".into(), vec![]));
        assert_eq!(decoded(&auth("user:")), ("user".into(), String::new(), vec![]));
    }

    #[test]
    fn auth_that_docker_would_refuse_is_refused_with_its_reason() {
        for (json, fault) in [
            (auth("no colon"), EntryFault::NoColon),
            (auth(":pass"), EntryFault::NoUsername),
            (r#"{"auth":"not base64!"}"#.into(), EntryFault::NotBase64),
            (r#"{"auth":" dXNlcjpwYXNz"}"#.into(), EntryFault::NotBase64),
            (r#"{"auth":"dTr/"}"#.into(), EntryFault::NotUtf8),
            (r#"{"auth":123}"#.into(), EntryFault::NotText("auth")),
            (r#"{"password":["hunter2"]}"#.into(), EntryFault::NotText("password")),
            ("[]".into(), EntryFault::NotAnObject),
            (r#""hunter2""#.into(), EntryFault::NotAnObject),
        ] {
            assert_eq!(decode(&json).unwrap_err(), fault, "{json}");
        }
    }

    #[test]
    fn auth_of_other_writers_is_decoded_with_a_word() {
        let unusual = vec![EntryCaution::UnusualBase64];
        for (json, password) in
            [(r#"{"auth":"dXNlcjpwYXNzMQ"}"#, "pass1"), (r#"{"auth":"dXNlcjo_Pz8-"}"#, "???>")]
        {
            assert_eq!(decoded(json), ("user".into(), password.into(), unusual.clone()));
        }
        let (_, password, cautions) = decoded("{\"auth\":\"dXNl\\r\\ncjpwYXNz\\n\"}");
        assert_eq!((password.as_str(), cautions), ("pass", vec![]));
    }

    #[test]
    fn nul_bytes_around_the_password_fall_away() {
        assert_eq!(decoded(&auth("user:\0pass\0\0")).1, "pass");
    }

    #[test]
    fn auth_counts_before_the_plain_members() {
        let json = r#"{"auth":"dXNlcjpwYXNz","username":"other","password":"pass"}"#;
        let expected = ("user".into(), "pass".into(), vec![EntryCaution::Disagreement]);
        assert_eq!(decoded(json), expected);
        let plain = r#"{"AUTH":"","Uſername":"user","PASSWORD":"old","password":"pass"}"#;
        assert_eq!(decoded(plain), ("user".into(), "pass".into(), vec![]));
    }

    #[test]
    fn empty_entries_are_empty_logins() {
        for json in ["{}", "null", r#"{"auth":null}"#, r#"{"email":"a@b.c"}"#] {
            assert!(decode(json).unwrap().login.is_empty(), "{json}");
        }
        assert!(!decode(r#"{"identitytoken":"T"}"#).unwrap().login.is_empty());
        assert!(!decode(r#"{"registrytoken":"T"}"#).unwrap().login.is_empty());
    }
}
