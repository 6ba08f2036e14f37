//! What a login is worth in a pull Secret: the kubelet sends user name and
//! password and nothing else, so everything else is converted or refused here.

use secrecy::{ExposeSecret, SecretString};

use crate::registry::duration::duration;
use crate::registry::expiry::{self, UnixSeconds};
use crate::registry::key::RegistryKey;
use crate::registry::kind::{self, AZURE_TOKEN_USER, Kind};
use crate::registry::placeholder::{self, Placeholder};
use crate::registry::users;
use crate::registry::white_space::{self, Part, WhiteSpace};
use crate::system::shell;

/// The user name by which credential helpers mark an identity token.
/// Source: docker/cli 29.9, `cli/config/credentials/native_store.go`.
pub const TOKEN_USER: &str = "<token>";

/// In place of a token that is the user name.
const TOKEN: &str = "(hidden)";

/// From this length on, in bytes, a password is looked for inside a user name: `ci`
/// may be the password of `ci-robot` by chance.
const MIN_PASSWORD_IN_NAME: usize = 6;

/// What one entry of a source holds, as it stands there.
#[derive(Debug)]
pub struct Login {
    /// Empty where the source has none.
    pub username: String,
    /// Empty where the source has none.
    pub password: SecretString,
    /// The refresh token that some registries give instead of a password.
    pub identity_token: Option<SecretString>,
    /// Whether a registry token stands there; its value is of no use to anyone here.
    pub has_registry_token: bool,
}

impl Login {
    /// What kind of credential this is for a registry, as far as it shows offline.
    pub fn kind(&self, registry: &RegistryKey) -> &'static str {
        let has_password = !self.password.expose_secret().is_empty();
        if self.identity_token.is_some() && !has_password || self.username == TOKEN_USER {
            "identity-token"
        } else if self.has_registry_token && !has_password {
            "registry-token"
        } else if registry.is_docker_hub() && is_hub_session_token(&self.password) {
            "docker-hub-session-token"
        } else {
            kind::of(registry, &self.username, &self.password).name
        }
    }

    /// A login of a user name and a password.
    pub fn basic(username: String, password: SecretString) -> Self {
        Self { username, password, identity_token: None, has_registry_token: false }
    }

    /// Reports whether a text is part of user name, password or identity token.
    pub fn holds(&self, text: &str) -> bool {
        let is_in = |secret: &SecretString| secret.expose_secret().contains(text);
        self.username.contains(text)
            || is_in(&self.password)
            || self.identity_token.as_ref().is_some_and(is_in)
    }

    /// Whether the entry is only a marker: it holds nothing at all.
    pub fn is_empty(&self) -> bool {
        self.username.is_empty()
            && self.password.expose_secret().is_empty()
            && self.identity_token.is_none()
            && !self.has_registry_token
    }
}

/// A user name and password that the kubelet can send.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Without colon and control characters; not empty.
    pub username: String,
    /// Not empty; TAB, CR and LF are the only control characters in it.
    pub password: SecretString,
    /// When the password stops working, if it says so itself.
    pub expires_at: Option<UnixSeconds>,
}

impl Credential {
    /// The user name for messages.
    pub fn shown_username(&self) -> String {
        shown_username(&self.username, &self.password)
    }

    /// Whether this is the same login.
    pub(crate) fn is(&self, username: &str, password: &SecretString) -> bool {
        self.username == username && self.password.expose_secret() == password.expose_secret()
    }
}

/// The user name of a login for messages. Some registries take their token as both
/// user name and password, as `DigitalOcean` does, or as the user name alone; it is
/// then as secret as a password. What follows a colon may be a password too.
pub fn shown_username(username: &str, password: &SecretString) -> String {
    let password = password.expose_secret();
    let holds = password.len() >= MIN_PASSWORD_IN_NAME && username.contains(password);
    let is_token = !password.is_empty() && username == password || kind::is_token(username);
    match username.split_once(':') {
        _ if is_token => TOKEN.to_owned(),
        Some((name, _)) if kind::is_token(name) || name == password => format!("{TOKEN}:…"),
        Some((name, _)) => format!("{name}:…"),
        None if holds => TOKEN.to_owned(),
        None => username.to_owned(),
    }
}

/// Why a login cannot be used in a pull Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither user name nor password.
    #[error("the entry is empty")]
    Empty,
    /// A password without a user name.
    #[error("the user name is empty, and container runtimes then pull anonymously")]
    NoUsername,
    /// A user name without a password.
    #[error("the password is empty")]
    NoPassword,
    /// A password of white space alone.
    #[error("the password is nothing but white space")]
    BlankPassword,
    /// No user name, but what stands where one was to be filled in.
    #[error("the user name is a placeholder: {0}")]
    UsernamePlaceholder(Placeholder),
    /// No password, but what stands where one was to be filled in.
    #[error("the password is a placeholder: {0}")]
    PasswordPlaceholder(Placeholder),
    /// The first colon of `auth` ends the user name.
    #[error("its user name holds a colon, which `auth` in a pull Secret cannot express")]
    ColonInUsername,
    /// Line ends in the user name.
    #[error("its user name holds a newline")]
    NewlineInUsername,
    /// Control characters in the user name.
    #[error("its user name holds control characters")]
    ControlInUsername,
    /// Control characters other than TAB, CR and LF in the password.
    #[error("its password holds control characters")]
    ControlInPassword,
    /// An identity token of a registry that takes no such token as a password.
    #[error("it is an identity token, which the kubelet ignores")]
    IdentityToken,
    /// Only a registry token.
    #[error("it is a registry token, which the kubelet ignores")]
    RegistryToken,
    /// A token of docker's web login in place of a password.
    #[error("it is a session token of Docker Hub's web login")]
    HubSessionToken,
    /// The token's own expiry has passed, in seconds since 1970.
    #[error("it expired at {}", expiry::rfc3339(*.0))]
    Expired(UnixSeconds),
}

impl Refusal {
    /// One thing to do about it.
    pub fn hint(self, registry: &RegistryKey) -> String {
        let server = docker_login_argument(registry);
        match self {
            Self::Expired(_) => format!("log in again for a fresh token: docker login{server}"),
            Self::IdentityToken | Self::RegistryToken | Self::HubSessionToken => format!(
                "log in with a personal access token or a robot account: docker login --username USER{server}"
            ),
            _ => format!("log in again: docker login{server}"),
        }
    }
}

/// ` HOST` for the end of a `docker login` command; nothing for Docker Hub.
pub fn docker_login_argument(registry: &RegistryKey) -> String {
    if registry.is_docker_hub() {
        String::new()
    } else {
        format!(" {}", shell::word(registry.registry()))
    }
}

/// Something about a usable credential that a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// White space at the ends of the user name or the password.
    #[error("{0}")]
    WhiteSpace(WhiteSpace),
    /// The registry takes other users with such a credential.
    #[error("{}", .0.message)]
    User(users::Advice),
    /// The token lives shorter than a day.
    #[error("the token expires at {}, in {}: Pods that start later cannot pull", expiry::rfc3339(*.at), duration(*.left))]
    ShortLived {
        /// When it expires, in seconds since 1970.
        at: UnixSeconds,
        /// Seconds until then.
        left: u64,
        /// What serves better.
        alternative: &'static str,
    },
    /// Its kind is not made for a pull Secret.
    #[error("{}{}", .0.weakness, if .0.is_short { ": Pods that start later cannot pull" } else { "" })]
    Kind(Kind),
    /// An Azure refresh token was turned into a password.
    #[error("Azure's identity token is written as the password of user {AZURE_TOKEN_USER}")]
    AzureToken,
}

impl Caution {
    /// It and what serves better, in one line.
    pub fn describe(self) -> String {
        let hint = self.hint();
        if hint.is_empty() { self.to_string() } else { format!("{self}; {hint}") }
    }

    /// What serves better; empty where nothing does.
    pub fn hint(self) -> &'static str {
        match self {
            Self::WhiteSpace(white_space) => white_space.hint(),
            Self::User(advice) => advice.hint,
            Self::ShortLived { alternative, .. } => alternative,
            Self::Kind(kind) => kind.alternative,
            Self::AzureToken => "",
        }
    }
}

/// Turns a login into what the kubelet can send, at the time `now`.
///
/// # Errors
/// [`Refusal`] where the kubelet, or the registry, could not use it.
pub fn for_pull_secret(
    registry: &RegistryKey,
    login: Login,
    now: UnixSeconds,
) -> Result<(Credential, Vec<Caution>), Refusal> {
    let mut cautions = Vec::new();
    let (username, password) = username_and_password(registry, login, &mut cautions)?;
    check_text(&username, password.expose_secret())?;
    check_filled_in(&username, password.expose_secret())?;
    if registry.is_docker_hub() && is_hub_session_token(&password) {
        return Err(Refusal::HubSessionToken);
    }
    let ends = [(Part::Username, username.as_str()), (Part::Password, password.expose_secret())];
    let blanks = ends.into_iter().filter_map(|(part, text)| WhiteSpace::around(part, text));
    cautions.extend(blanks.map(Caution::WhiteSpace));
    let advice = users::advice(registry.registry(), &username, password.expose_secret());
    cautions.extend(advice.map(Caution::User));
    let kind = kind::of(registry, &username, &password);
    let expires_at = expiry::expires_at(&password);
    match expires_at {
        Some(at) if at <= now => return Err(Refusal::Expired(at)),
        // That it may not pull weighs more than when it ends.
        Some(_) if !kind.may_pull => cautions.push(Caution::Kind(kind)),
        Some(at) if at - now < expiry::SHORT_LIVED => {
            let alternative = kind.alternative;
            cautions.push(Caution::ShortLived { at, left: at - now, alternative });
        }
        Some(_) if kind.is_short => {}
        _ if !kind.weakness.is_empty() => cautions.push(Caution::Kind(kind)),
        _ => {}
    }
    Ok((Credential { username, password, expires_at }, cautions))
}

fn username_and_password(
    registry: &RegistryKey,
    login: Login,
    cautions: &mut Vec<Caution>,
) -> Result<(String, SecretString), Refusal> {
    let has_password = !login.password.expose_secret().is_empty();
    let identity_token = if login.username == TOKEN_USER && has_password {
        Some(login.password)
    } else if !login.username.is_empty() && has_password {
        return Ok((login.username, login.password));
    } else {
        login.identity_token
    };
    match identity_token {
        Some(token) if kind::is_azure(registry.registry()) => {
            cautions.push(Caution::AzureToken);
            Ok((AZURE_TOKEN_USER.to_owned(), token))
        }
        Some(_) => Err(Refusal::IdentityToken),
        None if login.has_registry_token => Err(Refusal::RegistryToken),
        None if has_password => Err(Refusal::NoUsername),
        None if login.username.is_empty() => Err(Refusal::Empty),
        None => Err(Refusal::NoPassword),
    }
}

fn check_text(username: &str, password: &str) -> Result<(), Refusal> {
    if username.contains(':') {
        return Err(Refusal::ColonInUsername);
    }
    if username.contains(['\n', '\r']) {
        return Err(Refusal::NewlineInUsername);
    }
    if username.chars().any(char::is_control) {
        return Err(Refusal::ControlInUsername);
    }
    let is_kept = |c: char| matches!(c, '\t' | '\r' | '\n');
    if password.chars().any(|c| c.is_control() && !is_kept(c)) {
        return Err(Refusal::ControlInPassword);
    }
    Ok(())
}

/// Checks that user name and password are no placeholders.
fn check_filled_in(username: &str, password: &str) -> Result<(), Refusal> {
    if white_space::is_blank(password) {
        return Err(Refusal::BlankPassword);
    }
    if let Some(placeholder) = placeholder::of(password) {
        return Err(Refusal::PasswordPlaceholder(placeholder));
    }
    match placeholder::of(username) {
        Some(placeholder) => Err(Refusal::UsernamePlaceholder(placeholder)),
        None => Ok(()),
    }
}

/// The OAuth access token is a web token; the refresh token ends in `..` and
/// the client's identifier. Source: docker/cli 29.9, `internal/oauth/manager/manager.go`.
fn is_hub_session_token(password: &SecretString) -> bool {
    let has_client = |text: &str| {
        text.rsplit_once("..").is_some_and(|(_, client)| {
            client.len() == 32 && client.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    expiry::is_web_token(password) || has_client(password.expose_secret())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> RegistryKey {
        RegistryKey::parse(text).unwrap()
    }

    fn login(username: &str, password: &str, identity_token: Option<&str>) -> Login {
        Login {
            username: username.to_owned(),
            password: SecretString::from(password),
            identity_token: identity_token.map(SecretString::from),
            has_registry_token: false,
        }
    }

    fn refused(registry: &str, login: Login) -> Refusal {
        for_pull_secret(&key(registry), login, 0).unwrap_err()
    }

    fn token_until(exp: u64) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{exp}}}"#));
        format!("e30.{claims}.c2ln")
    }

    #[test]
    fn incomplete_logins_are_refused() {
        assert_eq!(refused("ghcr.io", login("", "", None)), Refusal::Empty);
        assert_eq!(refused("ghcr.io", login("user", "", None)), Refusal::NoPassword);
        assert_eq!(refused("ghcr.io", login("", "pass", None)), Refusal::NoUsername);
        let token = Login { has_registry_token: true, ..login("", "", None) };
        assert_eq!(refused("ghcr.io", token), Refusal::RegistryToken);
    }

    #[test]
    fn an_identity_token_is_refused_unless_a_password_stands_beside_it() {
        assert_eq!(refused("ghcr.io", login("", "", Some("T"))), Refusal::IdentityToken);
        assert_eq!(refused("ghcr.io", login("user", "", Some("T"))), Refusal::IdentityToken);
        assert_eq!(refused("ghcr.io", login(TOKEN_USER, "T", None)), Refusal::IdentityToken);
        let (credential, _) =
            for_pull_secret(&key("ghcr.io"), login("user", "pass", Some("T")), 0).unwrap();
        assert_eq!(credential.password.expose_secret(), "pass");
    }

    #[test]
    fn azures_identity_token_becomes_a_password() {
        for login in [
            login("", "", Some("T")),
            login(AZURE_TOKEN_USER, "", Some("T")),
            login(TOKEN_USER, "T", None),
        ] {
            let (credential, cautions) =
                for_pull_secret(&key("acme.azurecr.io"), login, 0).unwrap();
            assert_eq!(credential.username, AZURE_TOKEN_USER);
            assert_eq!(credential.password.expose_secret(), "T");
            assert_eq!(cautions.first(), Some(&Caution::AzureToken));
            let last = cautions.last();
            assert!(
                matches!(
                    last,
                    Some(Caution::ShortLived { .. } | Caution::Kind(Kind { is_short: true, .. }))
                ),
                "{last:?}"
            );
        }
    }

    #[test]
    fn text_that_auth_cannot_express_is_refused() {
        assert_eq!(refused("ghcr.io", login("a:b", "p", None)), Refusal::ColonInUsername);
        assert_eq!(refused("ghcr.io", login("a\0b", "p", None)), Refusal::ControlInUsername);
        assert_eq!(refused("ghcr.io", login("a", "p\u{1b}[0m", None)), Refusal::ControlInPassword);
        let (_, cautions) =
            for_pull_secret(&key("ghcr.io"), login("a", "p\tq\n", None), 0).unwrap();
        let lines: Vec<String> = cautions.into_iter().map(Caution::describe).collect();
        let newline = "the password ends with a newline: the registry will probably refuse it; take the newline away";
        assert_eq!(lines, [newline]);
        assert_eq!(refused("ghcr.io", login("a\n", "p", None)), Refusal::NewlineInUsername);
        assert_eq!(refused("ghcr.io", login("a", " \n", None)), Refusal::BlankPassword);
    }

    #[test]
    fn placeholders_are_refused_unless_a_registry_takes_them() {
        let refusal = refused("ghcr.io", login("jane", "$TOKEN", None));
        assert_eq!(refusal, Refusal::PasswordPlaceholder(Placeholder::Variable));
        let refusal = refused("ghcr.io", login("<user>", "hunter2", None));
        assert_eq!(refusal, Refusal::UsernamePlaceholder(Placeholder::Word));
        for user in ["$oauthtoken", "$token", "robot$ci", "_", "x"] {
            assert!(for_pull_secret(&key("reg.example"), login(user, "x", None), 0).is_ok());
        }
    }

    #[test]
    fn session_tokens_of_docker_hub_are_refused() {
        let refresh = format!("v1.refresh..{}", "a1".repeat(16));
        for password in [token_until(99), refresh] {
            let refusal = refused("docker.io", login("hubuser", &password, None));
            assert_eq!(refusal, Refusal::HubSessionToken);
        }
        let access_token = login("hubuser", "dckr_pat_a..b", None);
        assert!(for_pull_secret(&key("docker.io"), access_token, 0).is_ok());
    }

    #[test]
    fn an_expired_token_is_refused_and_a_short_one_warned_of() {
        let at =
            |now| for_pull_secret(&key("ghcr.io"), login("u", &token_until(100_000), None), now);
        assert_eq!(at(100_000).unwrap_err(), Refusal::Expired(100_000));
        let (credential, cautions) = at(100_000 - 3_660).unwrap();
        assert_eq!(credential.expires_at, Some(100_000));
        let alternative = "take a token that lasts";
        assert_eq!(cautions, [Caution::ShortLived { at: 100_000, left: 3_660, alternative }]);
        assert!(cautions[0].to_string().contains("in 1h 1m"));
        assert_eq!(at(100_000 - expiry::SHORT_LIVED).unwrap().1, []);
    }
}
