//! The expiry that a token carries in itself, read offline. No signature is
//! checked and nothing is asked: a wrong claim only leads to a wrong warning.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

/// Seconds since 1970-01-01T00:00:00Z.
pub type UnixSeconds = u64;

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const LAST_SECOND: UnixSeconds = 253_402_300_799;

/// A credential that lives shorter than this is warned of, in seconds.
pub const SHORT_LIVED: UnixSeconds = 24 * 60 * 60;

#[derive(Deserialize)]
struct WebTokenClaims {
    exp: Option<f64>,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

#[derive(Deserialize)]
struct EcrToken {
    expiration: Option<u64>,
}

/// When a password stops working, if it says so itself: the `exp` claim of a
/// JSON web token (RFC 7519), or `expiration` in the token of Amazon's ECR,
/// which is base64 of JSON.
pub fn expires_at(password: &SecretString) -> Option<UnixSeconds> {
    let password = password.expose_secret();
    web_token_expiry(password).or_else(|| ecr_expiry(password)).filter(|at| *at <= LAST_SECOND)
}

/// Whether a text has the form of a JSON web token: three parts of URL-safe
/// base64, the first two JSON objects.
pub fn is_web_token(password: &SecretString) -> bool {
    web_token_claims(password.expose_secret()).is_some()
}

fn decode_object(part: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?);
    bytes.starts_with(b"{").then_some(bytes)
}

/// Who made a JSON web token, by its `iss` claim.
pub fn issuer(password: &SecretString) -> Option<String> {
    let claims = web_token_claims(password.expose_secret())?;
    serde_json::from_slice::<Issuer>(&claims).ok().map(|issuer| issuer.iss)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and what is out of range is dropped by the caller"
)]
fn web_token_expiry(password: &str) -> Option<UnixSeconds> {
    let claims = web_token_claims(password)?;
    let claims: WebTokenClaims = serde_json::from_slice(&claims).ok()?;
    claims.exp.map(|seconds| seconds as UnixSeconds)
}

fn web_token_claims(password: &str) -> Option<Zeroizing<Vec<u8>>> {
    // GitHub writes the identifier of the App before it: `ghs_12345_eyJ…`. Source:
    // github.blog, changelog of 2026-05-15.
    let of_app = password.strip_prefix("ghs_").and_then(|rest| rest.split_once('_'));
    let password = of_app.map_or(password, |(_, token)| token);
    let mut parts = password.split('.');
    decode_object(parts.next()?)?;
    let claims = decode_object(parts.next()?)?;
    (parts.count() == 1).then_some(claims)
}

fn ecr_expiry(password: &str) -> Option<UnixSeconds> {
    // Only base64 of `{"` starts like this: anything else is not worth decoding.
    if !password.starts_with("eyJ") {
        return None;
    }
    let bytes = STANDARD.decode(password).or_else(|_| STANDARD_NO_PAD.decode(password)).ok()?;
    let token: EcrToken = serde_json::from_slice(&Zeroizing::new(bytes)).ok()?;
    token.expiration
}

/// A point in time as RFC 3339 in UTC, whole seconds.
pub fn rfc3339(at: UnixSeconds) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at.min(LAST_SECOND));
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web_token(claims: &str) -> SecretString {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        SecretString::from(format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(claims)))
    }

    #[test]
    fn a_web_token_tells_its_expiry() {
        assert_eq!(expires_at(&web_token(r#"{"exp":1700000000}"#)), Some(1_700_000_000));
        assert_eq!(expires_at(&web_token(r#"{"exp":1.7e9}"#)), Some(1_700_000_000));
        assert!(is_web_token(&web_token("{}")));
        let of_app = format!("ghs_12345_{}", web_token(r#"{"exp":1700000000}"#).expose_secret());
        assert_eq!(expires_at(&SecretString::from(of_app)), Some(1_700_000_000));
    }

    #[test]
    fn a_web_token_without_a_sensible_expiry_has_none() {
        for claims in ["{}", r#"{"exp":"soon"}"#, r#"{"exp":1e300}"#, "[]", "{"] {
            assert_eq!(expires_at(&web_token(claims)), None, "{claims}");
        }
    }

    #[test]
    fn an_ecr_password_tells_its_expiry() {
        let token = STANDARD.encode(r#"{"payload":"x","type":"DATA_KEY","expiration":1700000000}"#);
        assert_eq!(expires_at(&SecretString::from(token)), Some(1_700_000_000));
    }

    #[test]
    fn ordinary_passwords_have_no_expiry() {
        for password in ["", "hunter2", "a.b.c", "eyJ", "eyJub3QganNvbg==", "dckr_pat_abc"] {
            let password = SecretString::from(password);
            assert_eq!(expires_at(&password), None);
            assert!(!is_web_token(&password));
        }
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(rfc3339(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
    }
}
