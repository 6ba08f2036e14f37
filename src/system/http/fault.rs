//! Why a request had no answer.

use std::error::Error as _;
use std::io;

use rustls::{CertificateError, InvalidMessage};

use crate::system::messages::clean;

/// Why a request had no answer. No variant holds what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The name has no address.
    #[error("its name has no address: DNS does not know it, or cannot be reached")]
    UnknownHost,
    /// Nobody listens.
    #[error("nothing listens there: the connection was refused")]
    Refused,
    /// No answer in time.
    #[error("it did not answer in time")]
    TooSlow,
    /// The connection ended in the middle.
    #[error("it closed the connection before its answer was complete")]
    Closed,
    /// HTTP where HTTPS was expected.
    #[error("it speaks plain HTTP where HTTPS is expected")]
    PlainHttp,
    /// The certificate is not to be trusted.
    #[error("its certificate {0}")]
    Untrusted(Distrust),
    /// TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The answer is larger than any that is right.
    #[error("its answer is larger than any that a registry gives")]
    TooLarge,
    /// What came back is not HTTP.
    #[error("its answer is not HTTP")]
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
pub enum Distrust {
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
            ureq::Error::Timeout(_) => Self::TooSlow,
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

    fn of_tls(error: &rustls::Error) -> Self {
        let distrust = match error {
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
                return Self::PlainHttp;
            }
            rustls::Error::InvalidCertificate(error) => match error {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    Distrust::Expired
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Distrust::NotYet
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Distrust::OtherName,
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    Distrust::UnknownIssuer
                }
                // A certificate that was made to sign others and signed itself.
                CertificateError::Other(other)
                    if other.source().is_none()
                        && other.to_string().contains("CaUsedAsEndEntity") =>
                {
                    Distrust::UnknownIssuer
                }
                other => Distrust::Invalid(clean(&other.to_string())),
            },
            other => return Self::Tls(clean(&other.to_string())),
        };
        Self::Untrusted(distrust)
    }
}

/// The same said of the proxy, where there is one.
fn through(proxy: Option<&str>, fault: Fault) -> Fault {
    match proxy {
        Some(proxy) => Fault::Proxy(format!("{} cannot be reached: {fault}", clean(proxy))),
        None => fault,
    }
}
