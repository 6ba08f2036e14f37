//! Why a request had no answer.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};
use ureq::Timeout;

use super::certificate::AuthorityAsServer;
use super::resolver::Refusal;

use crate::system::messages::clean;

/// Why a request had no answer. No variant holds what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The name has no address.
    #[error("cannot resolve host (no such name, or DNS is unreachable)")]
    UnknownHost,
    /// Nobody listens.
    #[error("connection refused (nothing listens there)")]
    Refused,
    /// No answer in time.
    #[error("it did not answer in time")]
    TooSlow,
    /// No time was left of all that the requests have together.
    #[error("no result within {seconds} s; {host} was asked last")]
    OutOfTime {
        /// Whose turn it was, the port after a colon.
        host: String,
        /// All the time that there was.
        seconds: u64,
    },
    /// An address that is not public, of a registry that is.
    #[error("the address is private, and the registry's is not")]
    Private,
    /// A name of this machine that DNS leads elsewhere.
    #[error("the name is one of this machine, and the address is not")]
    NotThisMachine,
    /// The connection ended in the middle.
    #[error("the connection was closed before the answer was complete")]
    Closed,
    /// HTTP where HTTPS was expected.
    #[error("the server speaks plain HTTP, and HTTPS is expected")]
    PlainHttp,
    /// The certificate is not to be trusted.
    #[error("the certificate {0}")]
    Untrusted(Distrust),
    /// TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The answer is larger than any that is right.
    #[error("the answer is larger than any of a registry")]
    TooLarge,
    /// What came back is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The proxy did not let it through, or is none.
    #[error("the proxy {0}")]
    Proxy(String),
    /// Anything else that the system says.
    #[error("{0}")]
    System(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Distrust {
    /// Its time is over.
    #[error("has expired")]
    Expired,
    /// Its time has not come, or this machine's clock is wrong.
    #[error("is not valid yet, by the clock of this machine")]
    NotYet,
    /// For another host.
    #[error("is for another host name")]
    OtherName,
    /// By an authority that is not trusted, or by itself.
    #[error("is signed by an authority that this machine does not trust")]
    UnknownIssuer,
    /// Anything else.
    #[error("is not valid: {0}")]
    Invalid(String),
}

impl Fault {
    /// What an error means; `proxy` is the host that the request went through.
    pub(super) fn of(error: &ureq::Error, proxy: Option<&str>) -> Self {
        match error {
            ureq::Error::HostNotFound => through(proxy, Self::UnknownHost),
            ureq::Error::Timeout(Timeout::Connect) if proxy.is_some() => {
                Self::Proxy(format!("{} did not answer in time", clean(proxy.unwrap_or_default())))
            }
            ureq::Error::Timeout(_) => Self::TooSlow,
            ureq::Error::Other(other) => match other.downcast_ref::<Refusal>() {
                Some(Refusal::Private) => Self::Private,
                Some(Refusal::NotThisMachine) => Self::NotThisMachine,
                None => Self::NotHttp,
            },
            ureq::Error::Rustls(error) => Self::of_tls(error),
            ureq::Error::Io(error) => Self::of_io(error, proxy),
            ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
                Self::TooLarge
            }
            ureq::Error::ConnectProxyFailed(_) => Self::Proxy(format!(
                "{} refused to connect to it",
                clean(proxy.unwrap_or_default())
            )),
            ureq::Error::ConnectionFailed => through(proxy, Self::Refused),
            ureq::Error::Tls(reason) => Self::Tls((*reason).to_owned()),
            // Its text may quote what was received.
            _ => Self::NotHttp,
        }
    }

    fn of_io(error: &io::Error, proxy: Option<&str>) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::of_tls(tls);
        }
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
            return Self::of(inner, proxy);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => through(proxy, Self::Refused),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TooSlow,
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Closed,
            // The kind of a failed look-up is not stable; its text comes from std.
            _ if error.to_string().contains("failed to lookup address") => {
                through(proxy, Self::UnknownHost)
            }
            _ => Self::System(clean(&error.to_string())),
        }
    }

    pub(super) fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::PlainHttp,
            rustls::Error::InvalidCertificate(error) => Self::Untrusted(Distrust::of(error)),
            other => Self::Tls(tls_words(other).to_owned()),
        }
    }
}

impl Distrust {
    fn of(error: &CertificateError) -> Self {
        let invalid = |reason: &str| Self::Invalid(reason.to_owned());
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYet
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherName
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::Revoked => invalid("it was revoked"),
            CertificateError::BadEncoding => invalid("it cannot be read"),
            CertificateError::UnhandledCriticalExtension => {
                invalid("it has a critical extension that is not known")
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                invalid("it is not for servers")
            }
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                invalid("it is signed in a way that is not supported")
            }
            CertificateError::Other(other) if other.0.is::<AuthorityAsServer>() => {
                invalid("it is an authority's (CA:TRUE), not a server's")
            }
            _ => invalid("it, or one that signed it, breaks a rule for certificates"),
        }
    }
}

/// What rustls reports, in words: its own are names of its types.
fn tls_words(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::ProtocolVersion => "the server does not speak TLS 1.2 or 1.3",
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
                "the server shares no way of encryption with this program"
            }
            AlertDescription::UnrecognisedName => "the server does not know its host name",
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::AccessDenied => "the server wants a certificate of this machine",
            _ => "the server refused the connection",
        },
        rustls::Error::PeerIncompatible(_) => {
            "the server speaks neither TLS 1.2 nor 1.3 as this program does"
        }
        rustls::Error::NoCertificatesPresented => "the server has no certificate",
        rustls::Error::InvalidMessage(_)
        | rustls::Error::PeerSentOversizedRecord
        | rustls::Error::DecryptError
        | rustls::Error::PeerMisbehaved(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. } => "the server does not follow TLS",
        rustls::Error::FailedToGetCurrentTime => "this machine has no time of day",
        rustls::Error::FailedToGetRandomBytes => "this machine has no random numbers",
        _ => "the connection could not be encrypted",
    }
}

/// The same said of the proxy, where there is one.
fn through(proxy: Option<&str>, fault: Fault) -> Fault {
    match proxy {
        Some(proxy) => Fault::Proxy(format!("{} cannot be reached: {fault}", clean(proxy))),
        None => fault,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{OtherError, PeerIncompatible, PeerMisbehaved};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("CaUsedAsEndEntity")]
    struct WebpkiSays;

    #[test]
    fn no_fault_shows_the_name_of_a_type() {
        let other = CertificateError::Other(OtherError(Arc::new(WebpkiSays)));
        for (error, expected) in [
            (
                rustls::Error::InvalidCertificate(other),
                "the certificate is not valid: it, or one that signed it, breaks a rule for certificates",
            ),
            (
                CertificateError::InvalidPurpose.into(),
                "the certificate is not valid: it is not for servers",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::ProtocolVersion),
                "TLS failed: the server does not speak TLS 1.2 or 1.3",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::Unknown(77)),
                "TLS failed: the server refused the connection",
            ),
            (
                PeerIncompatible::ServerDoesNotSupportTls12Or13.into(),
                "TLS failed: the server speaks neither TLS 1.2 nor 1.3 as this program does",
            ),
            (
                PeerMisbehaved::MessageInterleavedWithHandshakeMessage.into(),
                "TLS failed: the server does not follow TLS",
            ),
            (
                rustls::Error::General("SomeType { x: 1 }".to_owned()),
                "TLS failed: the connection could not be encrypted",
            ),
        ] {
            assert_eq!(Fault::of_tls(&error).to_string(), expected);
        }
    }
}
