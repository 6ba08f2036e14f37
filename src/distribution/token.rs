//! Tokens of a token server: how they are asked for, and what they tell.
//! Source: distribution 3.0, `docs/content/spec/auth/{token,oauth,jwt}.md`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::distribution::challenge::Bearer;
use crate::distribution::finding::TokenFault;
use crate::registry::credential::Credential;

/// How this program is called in the `OAuth2` form.
const CLIENT: &str = "kubectl-regcred";

/// What stands in a query as it is. Source: RFC 3986, unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<SecretString>,
    access_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    access: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(default)]
    actions: Vec<String>,
}

/// The value of `Authorization` of a user name and a password.
pub(super) fn basic(credential: &Credential) -> SecretString {
    let pair =
        Zeroizing::new(format!("{}:{}", credential.username, credential.password.expose_secret()));
    let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
    SecretString::from(format!("Basic {}", encoded.as_str()))
}

/// The value of `Authorization` of a token.
pub(super) fn bearer(token: &SecretString) -> SecretString {
    SecretString::from(format!("Bearer {}", token.expose_secret()))
}

/// The query of the GET form; the credential goes into a header.
pub(super) fn query(bearer: &Bearer, scope: Option<&str>, username: Option<&str>) -> String {
    let mut query = String::new();
    for (name, value) in
        [("service", bearer.service.as_deref()), ("scope", scope), ("account", username)]
    {
        if let Some(value) = value {
            let separator = if query.is_empty() { "" } else { "&" };
            query.push_str(separator);
            query.push_str(name);
            query.push('=');
            query.extend(utf8_percent_encode(value, RESERVED));
        }
    }
    query
}

/// The form of the `OAuth2` POST.
pub(super) fn form(bearer: &Bearer, scope: Option<&str>, credential: &Credential) -> SecretString {
    let mut form = format!("grant_type=password&client_id={CLIENT}&");
    form.push_str(&query(bearer, scope, None));
    form.push_str("&username=");
    form.extend(utf8_percent_encode(&credential.username, RESERVED));
    form.push_str("&password=");
    form.extend(utf8_percent_encode(credential.password.expose_secret(), RESERVED));
    SecretString::from(form)
}

/// The token in a token server's answer.
///
/// # Errors
/// [`TokenFault::NotJson`], [`TokenFault::NoToken`].
pub(super) fn read(body: &SecretString) -> Result<SecretString, TokenFault> {
    // What serde says may quote the token.
    let answer: TokenAnswer =
        serde_json::from_str(body.expose_secret()).map_err(|_| TokenFault::NotJson)?;
    let is_token = |token: &SecretString| {
        let token = token.expose_secret();
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    [answer.token, answer.access_token]
        .into_iter()
        .flatten()
        .find(is_token)
        .ok_or(TokenFault::NoToken)
}

/// Whether a token says of itself that it allows more than to pull.
pub(super) fn can_push(token: &SecretString) -> bool {
    let claims = token.expose_secret().split('.').nth(1);
    let claims = claims.and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let claims: Option<Claims> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    claims.is_some_and(|claims| {
        let mut actions = claims.access.iter().flat_map(|access| &access.actions);
        actions.any(|action| matches!(action.as_str(), "push" | "delete" | "*"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge() -> Bearer {
        Bearer { service: Some("reg & co".to_owned()), ..Bearer::default() }
    }

    #[test]
    fn what_is_asked_is_encoded() {
        let scope = Some("repository:a/b:pull");
        let expected = "service=reg%20%26%20co&scope=repository%3Aa%2Fb%3Apull&account=jane%20d";
        assert_eq!(query(&challenge(), scope, Some("jane d")), expected);
        assert_eq!(query(&Bearer::default(), None, None), "");
        let credential = Credential {
            username: "jane".to_owned(),
            password: SecretString::from("p&=+%"),
            expires_at: None,
        };
        let form = form(&challenge(), scope, &credential);
        let expected = "grant_type=password&client_id=kubectl-regcred&service=reg%20%26%20co&scope=repository%3Aa%2Fb%3Apull&username=jane&password=p%26%3D%2B%25";
        assert_eq!(form.expose_secret(), expected);
        assert_eq!(basic(&credential).expose_secret(), "Basic amFuZTpwJj0rJQ==");
    }

    #[test]
    fn a_token_has_one_of_two_names() {
        let token =
            |body: &str| read(&SecretString::from(body)).map(|it| it.expose_secret().to_owned());
        assert_eq!(token(r#"{"token":"t"}"#), Ok("t".to_owned()));
        assert_eq!(token(r#"{"token":"","access_token":"a"}"#), Ok("a".to_owned()));
        assert_eq!(token("{}"), Err(TokenFault::NoToken));
        assert_eq!(token(r#"{"token":"a\r\nX: y"}"#), Err(TokenFault::NoToken));
        for body in ["", "<html>", r#"{"token":7}"#, "[]"] {
            assert_eq!(token(body), Err(TokenFault::NotJson), "{body}");
        }
    }

    #[test]
    fn a_token_may_tell_that_it_allows_a_push() {
        let token = |actions: &str| {
            let claims = format!(r#"{{"access":[{{"type":"repository","actions":{actions}}}]}}"#);
            SecretString::from(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims)))
        };
        assert!(can_push(&token(r#"["pull","push"]"#)));
        assert!(can_push(&token(r#"["*"]"#)));
        assert!(!can_push(&token(r#"["pull"]"#)));
        assert!(!can_push(&SecretString::from("opaque")));
    }
}
