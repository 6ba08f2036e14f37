//! What a registry asks for when it answers 401.
//! Source: RFC 9110, section 11.6.1; containerd 2.2,
//! `core/remotes/docker/auth/parse.go`.

use crate::system::untrusted::Untrusted;
/// Most names of logins that an error repeats, and most letters of each.
const MAX_SHOWN_SCHEMES: usize = 4;
const MAX_SHOWN_SCHEME: usize = 32;

/// The login that a registry asks for, of the two kinds that container runtimes speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User name and password with each request.
    Basic,
    /// A token from a token server.
    Bearer(Bearer),
}

/// What is said of the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bearer {
    /// The token server's URL, as it was written.
    pub(super) realm: String,
    /// The registry's name at the token server.
    pub(super) service: Option<String>,
    /// What the token has to allow.
    pub(super) scope: Option<String>,
    /// Why the last token was not good enough.
    pub(super) error: Option<String>,
}

/// Why there is no login to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChallengeFault {
    /// No `WWW-Authenticate`.
    #[error("the registry denies access without naming an authentication scheme")]
    Missing,
    /// Nothing that container runtimes speak; the names of what there is.
    #[error(
        "the registry requires {0} authentication, and container runtimes support Basic and Bearer only"
    )]
    Unknown(String),
    /// `WWW-Authenticate` that cannot be read.
    #[error("the registry requires authentication, and its challenge cannot be parsed")]
    Malformed,
    /// Bearer without the token server.
    #[error("the registry requires a token, and names no token server")]
    NoRealm,
}

struct Parsed {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Reads the values of `WWW-Authenticate`; Bearer is preferred.
    ///
    /// # Errors
    /// [`ChallengeFault`].
    pub(super) fn read<'a>(values: impl Iterator<Item = &'a str>) -> Result<Self, ChallengeFault> {
        let values: Vec<&str> = values.collect();
        if values.is_empty() {
            return Err(ChallengeFault::Missing);
        }
        let mut parsed = Vec::new();
        for value in &values {
            parsed.extend(parse(value).ok_or(ChallengeFault::Malformed)?);
        }
        let of = |name: &str| parsed.iter().find(|it| it.scheme.eq_ignore_ascii_case(name));
        if let Some(bearer) = of("bearer") {
            return bearer.bearer().map(Self::Bearer);
        }
        if of("basic").is_some() {
            return Ok(Self::Basic);
        }
        let shown = |scheme: &Parsed| scheme.scheme.chars().take(MAX_SHOWN_SCHEME).collect();
        let schemes: Vec<String> = parsed.iter().take(MAX_SHOWN_SCHEMES).map(shown).collect();
        Err(ChallengeFault::Unknown(Untrusted::from(schemes.join(", ")).to_string()))
    }
}

impl Parsed {
    fn bearer(&self) -> Result<Bearer, ChallengeFault> {
        let value = |name: &str| {
            let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        Ok(Bearer {
            realm: value("realm").ok_or(ChallengeFault::NoRealm)?,
            service: value("service"),
            scope: value("scope"),
            error: value("error"),
        })
    }
}

/// `Scheme name=value, name="value", Scheme …`; none where it is not that.
fn parse(value: &str) -> Option<Vec<Parsed>> {
    let mut challenges: Vec<Parsed> = Vec::new();
    let mut rest = value.trim_start_matches([' ', ',']);
    while !rest.is_empty() {
        let (token, after) = take_token(rest)?;
        let after_spaces = after.trim_start();
        if let Some(value) = after_spaces.strip_prefix('=').filter(|_| !challenges.is_empty()) {
            let (value, after) = take_value(value.trim_start())?;
            challenges.last_mut()?.parameters.push((token.to_owned(), value));
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        } else {
            challenges.push(Parsed { scheme: token.to_owned(), parameters: Vec::new() });
            rest = after_spaces;
        }
        rest = rest.trim_start_matches([' ', ',']);
    }
    (!challenges.is_empty()).then_some(challenges)
}

fn take_token(text: &str) -> Option<(&str, &str)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn take_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Some registries leave the quotes out around a URL.
        let end = text.find([',', ' ']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (!value.contains('"')).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(place + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Challenge, ChallengeFault> {
        Challenge::read(values.iter().copied())
    }

    fn bearer(values: &[&str]) -> Bearer {
        match read(values) {
            Ok(Challenge::Bearer(bearer)) => bearer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bearer_challenge_names_its_token_server() {
        let text = r#"Bearer realm="https://auth.example/token?a=b,c",service="reg \"1\"", scope="repository:a/b:pull,push",error="insufficient_scope""#;
        let found = bearer(&[text]);
        assert_eq!(found.realm, "https://auth.example/token?a=b,c");
        assert_eq!(found.service.as_deref(), Some("reg \"1\""));
        assert_eq!(found.scope.as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(found.error.as_deref(), Some("insufficient_scope"));
        assert_eq!(
            bearer(&["bearer REALM=https://auth.example/t"]).realm,
            "https://auth.example/t"
        );
    }

    #[test]
    fn of_several_the_one_that_runtimes_prefer_is_taken() {
        let several = "Negotiate, Basic realm=\"x\", Bearer realm=\"https://a.example/\"";
        assert_eq!(bearer(&[several]).realm, "https://a.example/");
        assert_eq!(bearer(&["Basic realm=\"x\"", "Bearer realm=\"r\""]).realm, "r");
        assert_eq!(read(&["Negotiate", "Basic"]), Ok(Challenge::Basic));
        assert_eq!(read(&["BASIC realm=\"My, registry\""]), Ok(Challenge::Basic));
    }

    #[test]
    fn what_cannot_be_answered_says_why() {
        assert_eq!(read(&[]), Err(ChallengeFault::Missing));
        assert_eq!(
            read(&["Negotiate", "Digest realm=\"x\""]),
            Err(ChallengeFault::Unknown("Negotiate, Digest".to_owned()))
        );
        assert_eq!(read(&["Bearer service=\"x\""]), Err(ChallengeFault::NoRealm));
        for malformed in
            ["", "\"", "Bearer realm=\"open", "Bearer realm=\"a\"b", "Bearer =", "\u{7}"]
        {
            assert_eq!(read(&[malformed]), Err(ChallengeFault::Malformed), "{malformed}");
        }
    }
}
