//! What a registry's answer means: one outcome, one sentence.

use crate::distribution::challenge::ChallengeFault;
use crate::distribution::realm::RealmFault;
use crate::registry::authority::Authority;
use crate::registry::duration::duration;
use crate::registry::key::RegistryKey;
use crate::system::http::Fault;
use crate::system::untrusted::HIDDEN;

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The image can be pulled, or the login works.
    Ok,
    /// User name and password are not accepted.
    Unauthorized,
    /// They are, and may not pull this.
    Denied,
    /// There is no such image.
    NotFound,
    /// A login is wanted, and there is none.
    NoCredential,
    /// Too much was asked lately.
    RateLimited,
    /// No answer, or none that can be used.
    Unreachable,
    /// The certificate is not to be trusted.
    Untrusted,
}

impl Outcome {
    /// Its name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unauthorized => "unauthorized",
            Self::Denied => "denied",
            Self::NotFound => "not-found",
            Self::NoCredential => "no-credential",
            Self::RateLimited => "rate-limited",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
        }
    }

    /// Whether it answers the question with no, rather than not at all.
    pub(crate) fn is_no(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Denied | Self::NotFound | Self::NoCredential)
    }

    /// Whether another credential may fare better.
    pub(super) fn depends_on_credential(self) -> bool {
        self.is_no()
    }
}

/// What was found out, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The image can be pulled without a login.
    Open,
    /// The image can be pulled, or the login works. Whether the token also allows a push.
    Ok {
        can_push: bool,
    },
    /// The registry's own words, made safe to show.
    Unauthorized(Option<String>),
    /// The registry's own words, made safe to show.
    Denied(Option<String>),
    NotFound,
    NoCredential,
    /// Seconds until it opens again.
    RateLimited(Option<u64>),
    /// A status that says neither yes nor no.
    Status(u16),
    /// An answer of something else than a registry.
    NotRegistry,
    Fault(Fault),
    Challenge(ChallengeFault),
    Realm {
        host: Authority,
        fault: RealmFault,
    },
    /// The token server failed.
    TokenServer {
        host: Authority,
        fault: TokenFault,
    },
    Redirect(RedirectFault),
}

/// Why a token server gave no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFault {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the server returned {}", status(*.0))]
    Status(u16),
    #[error("the answer is not a token in JSON")]
    NotJson,
    #[error("the answer holds no token")]
    NoToken,
    /// A redirect of it asks for a login.
    #[error("redirected to {0}, which requires authentication; the credential was not sent there")]
    WantsLogin(Authority),
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectFault {
    #[error("too many redirects")]
    TooMany,
    #[error("redirected to plain HTTP")]
    PlainHttp,
    #[error("redirected to an invalid URL")]
    NotUrl,
    #[error("the login was redirected to another host")]
    Login,
    /// The host that it leads to asks for a login.
    #[error("redirected to {0}, which requires authentication; the credential was not sent there")]
    WantsLogin(Authority),
    /// An address that is not public, of a registry that is.
    #[error("redirected to {0}, which is at a private address, and the registry is not")]
    Private(Authority),
    /// The host that it leads to fails.
    #[error("redirected to {host}: {fault}")]
    Fault { host: Authority, fault: Fault },
}

/// What was asked, for the words about it.
pub(super) struct Asked<'a> {
    pub(super) registry: &'a RegistryKey,
    /// The repository, where an image was asked for.
    pub(super) repository: Option<String>,
    /// The user name as it may be shown.
    pub(super) username: Option<&'a str>,
}

impl Finding {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Open | Self::Ok { .. } => Outcome::Ok,
            Self::Unauthorized(_) => Outcome::Unauthorized,
            Self::Denied(_) => Outcome::Denied,
            Self::NotFound => Outcome::NotFound,
            Self::NoCredential => Outcome::NoCredential,
            Self::RateLimited(_) => Outcome::RateLimited,
            Self::Fault(Fault::Untrusted(_))
            | Self::TokenServer { fault: TokenFault::Fault(Fault::Untrusted(_)), .. }
            | Self::Redirect(RedirectFault::Fault { fault: Fault::Untrusted(_), .. }) => {
                Outcome::Untrusted
            }
            Self::Status(_)
            | Self::NotRegistry
            | Self::Fault(_)
            | Self::Challenge(_)
            | Self::Realm { .. }
            | Self::TokenServer { .. }
            | Self::Redirect(_) => Outcome::Unreachable,
        }
    }

    /// One sentence, without the registry's name before it.
    pub(super) fn message(&self, asked: &Asked<'_>) -> String {
        let user = asked.username.unwrap_or("anyone");
        match self {
            Self::Open if asked.repository.is_some() => "anyone can pull it".to_owned(),
            Self::Open => {
                "the registry allows anonymous access, so the credential was not checked".to_owned()
            }
            Self::Ok { .. } if asked.repository.is_some() => format!("{user} can pull it"),
            Self::Ok { .. } => format!("the registry accepted the credentials of {user}"),
            Self::Unauthorized(words) => {
                format!("the registry rejected the credentials of {user}{}", said(words.as_ref()))
            }
            Self::Denied(words) if asked.repository.is_some() => format!(
                "{user} has no access, or the repository does not exist{}",
                said(words.as_ref())
            ),
            Self::Denied(words) => {
                format!("the registry denied access to {user}{}", said(words.as_ref()))
            }
            Self::NotFound if asked.username.is_some() => {
                format!("image or tag not found, or {user} has no access")
            }
            Self::NotFound => "image or tag not found, or not public".to_owned(),
            Self::NoCredential if asked.repository.is_some() => {
                "the registry requires authentication, and no credential for it was found"
                    .to_owned()
            }
            Self::NoCredential => "no credential for it was found".to_owned(),
            Self::RateLimited(Some(seconds)) => {
                format!("rate limited; retry in {}", duration(*seconds))
            }
            Self::RateLimited(None) => {
                "rate limited; the registry does not say for how long".to_owned()
            }
            Self::Status(code) => format!("the server returned {}", status(*code)),
            Self::NotRegistry => "the answer is a web page, not a registry's".to_owned(),
            Self::Fault(Fault::TooSlow) => {
                format!("{} did not answer in time", asked.registry.registry())
            }
            Self::Redirect(RedirectFault::Fault { host, fault: Fault::TooSlow }) => {
                format!("redirected to {host}, which did not answer in time")
            }
            Self::TokenServer { host, fault: TokenFault::Fault(Fault::TooSlow) } => {
                format!("the token server {host} did not answer in time")
            }
            Self::Fault(fault) => fault.to_string(),
            Self::Challenge(fault) => fault.to_string(),
            Self::Realm { host, fault } => {
                format!("the token server was not used: {host} {fault}")
            }
            Self::TokenServer { host, fault } => format!("the token server {host}: {fault}"),
            Self::Redirect(fault) => fault.to_string(),
        }
    }
}

fn said(words: Option<&String>) -> String {
    match words.map(String::as_str) {
        None => String::new(),
        Some(HIDDEN) => " (its message is hidden: it contains the credential)".to_owned(),
        Some(words) => format!(" (it says: {words})"),
    }
}

/// `503 Service Unavailable`, or the number alone.
fn status(code: u16) -> String {
    let known = ureq::http::StatusCode::from_u16(code).ok().and_then(|it| it.canonical_reason());
    known.map_or_else(|| code.to_string(), |reason| format!("{code} {reason}"))
}
