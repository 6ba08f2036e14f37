//! What would help where a registry did not say yes. How a person does it is said
//! by the room `error`, which knows the options of this program.

use crate::distribution::finding::{Asked, Finding, RedirectFault, TokenFault};
use crate::registry::authority::Authority;
use crate::registry::key::RegistryKey;
use crate::system::http::Fault;
use crate::system::http::fault::Distrust;

/// One thing that would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// A first login.
    LogIn(RegistryKey),
    /// Another login with the right password.
    LogInAgain(RegistryKey),
    /// The password as it was typed or piped may be wrong.
    CheckPassword,
    /// The credential of a user who has access.
    UseOtherUser,
    /// Another login, kept by this program.
    LogInToKeyring(RegistryKey),
    /// Another login by podman.
    LogInWithPodman(RegistryKey),
    /// A login that has the right to pull.
    LogInWithAccess(RegistryKey),
    /// The right for this user to read this repository, or another login.
    GrantAccess {
        /// The user, as it may be shown.
        username: String,
        /// The repository with its registry.
        repository: String,
        /// The registry.
        registry: RegistryKey,
    },
    /// A login, which has a rate limit of its own.
    LogInForLimit(RegistryKey),
    /// The name of this repository, or a tag, may be misspelt.
    CheckImage(String),
    /// Time.
    Wait,
    /// Who runs this host has to change something.
    AskOperator(Authority),
    /// Who runs this host has to renew its certificate.
    RenewCertificate(Authority),
    /// This may not be the registry's host and port.
    CheckHost(Authority),
    /// This host and port may be wrong, or stopped.
    CheckRunning(Authority),
    /// The name may be misspelt.
    CheckSpelling(Authority),
    /// The name leads to an unexpected address.
    ShowAddress(Authority),
    /// The host may be out of reach.
    Reach(Authority),
    /// The host may be slow.
    MeasureTime(Authority),
    /// Plain HTTP has to be allowed.
    AllowPlainHttp,
    /// The authority of the certificate has to be named.
    NameAuthority,
    /// The registry has to be called by a name in its certificate.
    UseCertificateName(Authority),
    /// This machine's clock is wrong.
    SetClock,
    /// The proxy is wrong for this host.
    BypassProxy(Authority),
}

impl Finding {
    /// What would help; none where nothing is wrong, or nothing helps.
    pub(super) fn remedy(&self, asked: &Asked<'_>) -> Option<Remedy> {
        let registry = || asked.registry.registry().clone();
        let key = || asked.registry.clone();
        Some(match self {
            Self::Open | Self::Ok { .. } => return None,
            Self::Unauthorized(_) => Remedy::LogInAgain(key()),
            Self::NoCredential => Remedy::LogIn(key()),
            Self::Denied(_) => match (&asked.repository, asked.username) {
                (Some(repository), Some(username)) => Remedy::GrantAccess {
                    username: username.to_owned(),
                    repository: repository.clone(),
                    registry: key(),
                },
                _ => Remedy::LogInWithAccess(key()),
            },
            Self::NotFound => Remedy::CheckImage(asked.repository.clone()?),
            Self::RateLimited(_) if asked.username.is_none() => Remedy::LogInForLimit(key()),
            Self::RateLimited(_) => Remedy::Wait,
            Self::Redirect(RedirectFault::Fault { host, fault })
            | Self::TokenServer { host, fault: TokenFault::Fault(fault) } => of_fault(fault, host),
            // The host that is contacted has another name.
            Self::Fault(fault) if asked.registry.is_docker_hub() => {
                of_fault(fault, &Authority::new(super::DOCKER_HUB_HOST))
            }
            Self::Fault(fault) => of_fault(fault, asked.registry.registry()),
            Self::Status(500..)
            | Self::Redirect(
                RedirectFault::TooMany
                | RedirectFault::PlainHttp
                | RedirectFault::NotUrl
                | RedirectFault::Login
                | RedirectFault::WantsLogin(_)
                | RedirectFault::Private(_),
            )
            | Self::Challenge(_)
            | Self::Realm { .. } => Remedy::AskOperator(registry()),
            Self::Status(_) | Self::NotRegistry => Remedy::CheckHost(registry()),
            Self::TokenServer {
                host,
                fault:
                    TokenFault::Status(_)
                    | TokenFault::NotJson
                    | TokenFault::NoToken
                    | TokenFault::WantsLogin(_),
            } => Remedy::AskOperator(host.clone()),
        })
    }
}

fn of_fault(fault: &Fault, host: &Authority) -> Remedy {
    let host = host.clone();
    match fault {
        Fault::UnknownHost => Remedy::CheckSpelling(host),
        Fault::Refused => Remedy::CheckRunning(host),
        Fault::OutOfTime { host, .. } => Remedy::MeasureTime(Authority::new(host.clone())),
        Fault::Private => Remedy::AskOperator(host),
        Fault::NotThisMachine => Remedy::ShowAddress(host),
        Fault::TooSlow | Fault::Closed | Fault::System(_) | Fault::Tls(_) => Remedy::Reach(host),
        Fault::PlainHttp => Remedy::AllowPlainHttp,
        Fault::Untrusted(Distrust::UnknownIssuer) => Remedy::NameAuthority,
        Fault::Untrusted(Distrust::OtherName) => Remedy::UseCertificateName(host),
        Fault::Untrusted(Distrust::NotYet) => Remedy::SetClock,
        Fault::Untrusted(Distrust::Expired | Distrust::Invalid(_)) => {
            Remedy::RenewCertificate(host)
        }
        Fault::TooLarge | Fault::NotHttp => Remedy::CheckHost(host),
        Fault::Proxy(_) => Remedy::BypassProxy(host),
    }
}
