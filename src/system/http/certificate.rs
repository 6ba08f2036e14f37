//! Whether a server's certificate is trusted: as webpki judges it, and as Go,
//! curl and therefore docker and containerd do where it was itself named as
//! trusted. webpki refuses those that may sign others, which docker's own recipe
//! for a registry makes.
//! Source: Go 1.26, `crypto/x509/verify.go`; moby 29, "Test an insecure registry".

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use x509_cert::certificate::{CertificateInner, Raw, TbsCertificateInner};
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::{ANY_EXTENDED_KEY_USAGE, ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage};

/// A server's certificate that may sign others, and is not itself trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate of an authority, not of a server")]
pub(super) struct AuthorityAsServer;

/// Judges certificates by a set of trusted ones.
#[derive(Debug)]
struct Judge {
    trusted: Vec<CertificateDer<'static>>,
    /// None where nothing is trusted.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

/// Returns a configuration of TLS that trusts these certificates.
///
/// # Errors
/// What rustls says of its own set-up.
pub(super) fn config(
    trusted: &[CertificateDer<'static>],
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    // What cannot be read is no authority, and no other is the less trusted for it.
    let _ = roots.add_parsable_certificates(trusted.iter().cloned());
    let builder =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let judge = Judge {
        trusted: trusted.to_vec(),
        webpki: builder.build().ok(),
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

impl Judge {
    /// Whether a certificate that is itself among the trusted is one of this
    /// server: by its name, its time and its purpose.
    fn check_trusted(
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // Refuses extensions that are critical and not known.
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        let parsed = parse(certificate).ok_or(CertificateError::BadEncoding)?;
        let validity = parsed.validity();
        if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
            return Err(CertificateError::Expired.into());
        }
        let usage = parsed.get_extension::<ExtendedKeyUsage>();
        let usage = usage.map_err(|_| CertificateError::BadEncoding)?;
        let serves = [ID_KP_SERVER_AUTH, ANY_EXTENDED_KEY_USAGE];
        if usage.is_some_and(|(_, usage)| !usage.0.iter().any(|one| serves.contains(one))) {
            return Err(CertificateError::InvalidPurpose.into());
        }
        Ok(ServerCertVerified::assertion())
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let error = match &self.webpki {
            Some(webpki) => {
                match webpki.verify_server_cert(certificate, intermediates, name, ocsp, now) {
                    Ok(verified) => return Ok(verified),
                    Err(error) => error,
                }
            }
            None => CertificateError::UnknownIssuer.into(),
        };
        if self.trusted.iter().any(|trusted| trusted.as_ref() == certificate.as_ref()) {
            return Self::check_trusted(certificate, name, now);
        }
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
                Err(of_authority(certificate).unwrap_or(CertificateError::Other(other)).into())
            }
            error => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Parses a certificate, whatever its serial number is.
fn parse(certificate: &CertificateDer<'_>) -> Option<TbsCertificateInner<Raw>> {
    let parsed = CertificateInner::<Raw>::from_der(certificate).ok()?;
    Some(parsed.tbs_certificate().clone())
}

/// What is wrong with an authority's certificate, if it is one: it signed
/// itself and is not trusted, or it was made for signing and serves.
fn of_authority(certificate: &CertificateDer<'_>) -> Option<CertificateError> {
    let parsed = parse(certificate)?;
    let (_, constraints) = parsed.get_extension::<BasicConstraints>().ok()??;
    if !constraints.ca {
        return None;
    }
    if parsed.subject() == parsed.issuer() {
        return Some(CertificateError::UnknownIssuer);
    }
    Some(CertificateError::Other(OtherError(Arc::new(AuthorityAsServer))))
}
