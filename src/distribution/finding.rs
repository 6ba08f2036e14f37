//! What a registry's answer means: one outcome, one sentence, one hint.

use crate::distribution::challenge::ChallengeFault;
use crate::distribution::realm::RealmFault;
use crate::registry::credential::docker_login_argument;
use crate::registry::duration::duration;
use crate::registry::key::RegistryKey;
use crate::system::http::Fault;
use crate::system::http::fault::Distrust;
use crate::system::shell;
use crate::system::untrusted::HIDDEN;

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
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
    pub fn name(self) -> &'static str {
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
    pub fn is_no(self) -> bool {
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
    /// The image can be pulled; nobody asked for a login.
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
        host: String,
        fault: RealmFault,
    },
    /// The token server failed.
    TokenServer {
        host: String,
        fault: TokenFault,
    },
    Redirect(RedirectFault),
}

/// Why a token server gave no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFault {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("it answers {}", status(*.0))]
    Status(u16),
    #[error("its answer is not the JSON of a token")]
    NotJson,
    #[error("there is no token in its answer")]
    NoToken,
    /// A redirect of it asks for a login.
    #[error("it redirects to {0}, which asks for a login; the credential was not sent there")]
    WantsLogin(String),
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectFault {
    #[error("it redirects in circles")]
    TooMany,
    #[error("it redirects to plain HTTP")]
    PlainHttp,
    #[error("it redirects to what is no URL")]
    NotUrl,
    #[error("it redirects the login to another host")]
    Login,
    /// The host that it leads to asks for a login.
    #[error("it redirects to {0}, which asks for a login; the credential was not sent there")]
    WantsLogin(String),
    /// An address that is not public, of a registry that is.
    #[error("it redirects to {0}, which is at a private address, and the registry is not")]
    Private(String),
    /// The host that it leads to fails.
    #[error("it redirects to {host}: {fault}")]
    Fault { host: String, fault: Fault },
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
            _ => Outcome::Unreachable,
        }
    }

    /// One sentence, without the registry's name before it.
    pub(super) fn message(&self, asked: &Asked<'_>) -> String {
        let user = asked.username.unwrap_or("anyone");
        match self {
            Self::Open if asked.repository.is_some() => "anyone may pull it".to_owned(),
            Self::Open => "it asks for no login, and so tells nothing of the credential".to_owned(),
            Self::Ok { .. } if asked.repository.is_some() => format!("{user} may pull it"),
            Self::Ok { .. } => format!("it accepts the login of {user}"),
            Self::Unauthorized(words) => {
                format!("it does not accept the login of {user}{}", said(words.as_ref()))
            }
            Self::Denied(words) if asked.repository.is_some() => format!(
                "{user} may not pull it, or there is no such repository{}",
                said(words.as_ref())
            ),
            Self::Denied(words) => format!("it refuses {user}{}", said(words.as_ref())),
            Self::NotFound if asked.username.is_some() => {
                format!("there is no such image or tag, or {user} may not see it")
            }
            Self::NotFound => "there is no such image or tag, or not for everyone".to_owned(),
            Self::NoCredential if asked.repository.is_some() => {
                "it asks for a login, and no credential for it is known".to_owned()
            }
            Self::NoCredential => "no credential for it is known".to_owned(),
            Self::RateLimited(Some(seconds)) => {
                format!("it limits how much is asked, and opens again in {}", duration(*seconds))
            }
            Self::RateLimited(None) => {
                "it limits how much is asked, and does not say for how long".to_owned()
            }
            Self::Status(code) => format!("it answers {}", status(*code)),
            Self::NotRegistry => "its answer is a web page, not a registry's".to_owned(),
            Self::Fault(Fault::TooSlow) => {
                format!("{} did not answer in time", asked.registry.registry())
            }
            Self::Redirect(RedirectFault::Fault { host, fault: Fault::TooSlow }) => {
                format!("it redirects to {host}, which did not answer in time")
            }
            Self::TokenServer { host, fault: TokenFault::Fault(Fault::TooSlow) } => {
                format!("its token server {host} did not answer in time")
            }
            Self::Fault(fault) => fault.to_string(),
            Self::Challenge(fault) => fault.to_string(),
            Self::Realm { host, fault } => {
                format!("its token server is not asked: {host} {fault}")
            }
            Self::TokenServer { host, fault } => format!("its token server {host}: {fault}"),
            Self::Redirect(fault) => fault.to_string(),
        }
    }

    /// One thing to do; empty where nothing was amiss.
    pub(super) fn hint(&self, asked: &Asked<'_>) -> String {
        let registry = asked.registry.registry();
        let server = docker_login_argument(asked.registry);
        match self {
            Self::Open | Self::Ok { .. } => String::new(),
            Self::Unauthorized(_) => format!("log in again: docker login{server}"),
            Self::NoCredential => format!("log in: docker login{server}"),
            Self::Denied(_) => match (&asked.repository, asked.username) {
                (Some(repository), Some(user)) => {
                    format!(
                        "let {user} read {repository} at the registry, or log in as somebody who may: docker login{server}"
                    )
                }
                _ => format!("log in as somebody who may: docker login{server}"),
            },
            Self::NotFound => match &asked.repository {
                Some(repository) => {
                    let repository = shell::word(&format!("docker://{repository}"));
                    format!("see which tags there are: skopeo list-tags {repository}")
                }
                None => String::new(),
            },
            Self::RateLimited(_) if asked.username.is_none() => {
                format!("log in, which has a limit of its own: docker login{server}")
            }
            Self::RateLimited(_) => "wait, and run the same again".to_owned(),
            Self::Redirect(RedirectFault::Fault { host, fault })
            | Self::TokenServer { host, fault: TokenFault::Fault(fault) } => {
                fault_hint(fault, host)
            }
            Self::Status(500..) | Self::Redirect(_) | Self::Challenge(_) | Self::Realm { .. } => {
                format!("ask those who run {registry}")
            }
            Self::Status(_) | Self::NotRegistry => {
                format!("see whether {registry} is the registry's host and port")
            }
            Self::Fault(fault) => fault_hint(fault, registry),
            Self::TokenServer { host, .. } => format!("ask those who run {host}"),
        }
    }
}

fn fault_hint(fault: &Fault, host: &str) -> String {
    match fault {
        Fault::UnknownHost => {
            format!("see whether {host} is spelt right: nslookup {}", shell::word(bare(host)))
        }
        Fault::Refused => format!("see whether {host} is the right host and port, and is running"),
        Fault::OutOfTime { host, .. } => {
            format!("see how long it takes to answer: curl -v https://{host}/v2/")
        }
        Fault::Private => format!("ask those who run {host}"),
        Fault::NotThisMachine => {
            format!("see which address {host} has: nslookup {}", bare(host))
        }
        Fault::TooSlow | Fault::Closed | Fault::System(_) | Fault::Tls(_) => {
            let url = shell::word(&format!("https://{host}/v2/"));
            format!("see whether it can be reached from here: curl -v {url}")
        }
        Fault::PlainHttp => {
            "if its network is safe for a password in the clear: --plain-http".to_owned()
        }
        Fault::Untrusted(Distrust::UnknownIssuer) => {
            "name the certificate of its authority: --ca-file FILE".to_owned()
        }
        Fault::Untrusted(Distrust::OtherName) => {
            format!(
                "call it by the name in its certificate: openssl s_client -connect {}",
                shell::word(&with_port(host))
            )
        }
        Fault::Untrusted(Distrust::NotYet) => "set the clock of this machine".to_owned(),
        Fault::Untrusted(_) => format!("ask those who run {host} to renew it"),
        Fault::TooLarge | Fault::NotHttp => {
            format!("see whether {host} is a registry's host and port")
        }
        Fault::Proxy(_) => {
            let exception = shell::flag("NO_PROXY", bare(host));
            format!("correct HTTPS_PROXY, or go past it: {exception}")
        }
    }
}

fn bare(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn with_port(host: &str) -> String {
    if host.contains(':') { host.to_owned() } else { format!("{host}:443") }
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
