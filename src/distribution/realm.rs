//! Where credentials may be sent to get a token. A registry that was broken
//! into could otherwise send them anywhere.
//! Source: go-containerregistry 0.22, `pkg/v1/remote/transport/bearer.go`.

use ureq::http::Uri;

use crate::distribution::redirect::is_same_origin;
use crate::system::http::address::{is_host, is_loopback, is_spelled_private, literal};

/// Why a token server is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RealmFault {
    /// Not a URL that can be asked.
    #[error("is not an https:// URL")]
    NotUrl,
    /// Plain HTTP, of a registry with HTTPS.
    #[error("would receive the credential over plain HTTP")]
    PlainHttp,
    /// An address that is not public, of a registry that is.
    #[error("is at a private address, and the registry is not")]
    Private,
}

/// Who names a token server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Namer<'a> {
    /// Scheme, host and port.
    pub(super) url: &'a Uri,
    /// What is known of its address; a proxy hides it, and then its spelling counts.
    pub(super) network: Network,
    /// Where plain HTTP may carry a credential.
    pub(super) plain_http: PlainHttp,
}

/// The network that a registry is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Public,
    Private,
}

/// Where plain HTTP may be spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// To this machine alone.
    Loopback,
    /// Wherever HTTPS is not spoken, as the person asked for.
    Anywhere,
}

/// Returns the token server, if the registry may name it. Names are judged again
/// by their address, when it is connected to.
///
/// # Errors
/// [`RealmFault`].
pub(super) fn check(realm: &str, namer: Namer<'_>) -> Result<Uri, RealmFault> {
    let url: Uri = realm.parse().map_err(|_| RealmFault::NotUrl)?;
    let authority = url.authority().ok_or(RealmFault::NotUrl)?;
    let host = authority.host();
    if authority.as_str().contains('@') || !is_host(host) || is_numeric_address(host) {
        return Err(RealmFault::NotUrl);
    }
    let is_registry = is_same_origin(&url, namer.url);
    match (url.scheme_str(), namer.url.scheme_str()) {
        (Some("https"), _) => {}
        (Some("http"), Some("http")) => {
            let may_be_plain =
                namer.plain_http == PlainHttp::Anywhere || is_registry || is_loopback(host);
            if !may_be_plain {
                return Err(RealmFault::PlainHttp);
            }
        }
        (Some("http"), _) => return Err(RealmFault::PlainHttp),
        _ => return Err(RealmFault::NotUrl),
    }
    let is_own = |own: &str| own.eq_ignore_ascii_case(host);
    if namer.network == Network::Public
        && !namer.url.host().is_some_and(is_own)
        && is_spelled_private(host)
    {
        return Err(RealmFault::Private);
    }
    Ok(url)
}

/// Whether the system would read a host as an address although it is not
/// written as one, such as `2130706433` or `0x7f.1`.
fn is_numeric_address(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    last.starts_with(|c: char| c.is_ascii_digit()) && literal(host).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(realm: &str, registry: &str) -> Result<String, RealmFault> {
        checked_with(realm, registry, PlainHttp::Loopback)
    }

    fn checked_with(
        realm: &str,
        registry: &str,
        plain_http: PlainHttp,
    ) -> Result<String, RealmFault> {
        let url: Uri = registry.parse().unwrap();
        let is_private = is_spelled_private(url.host().unwrap());
        let network = if is_private { Network::Private } else { Network::Public };
        check(realm, Namer { url: &url, network, plain_http }).map(|url| url.to_string())
    }

    #[test]
    fn a_public_registry_names_public_token_servers_with_https() {
        let public = "https://ghcr.io";
        assert!(checked("https://auth.docker.io/token", public).is_ok());
        for realm in ["http://auth.docker.io/token", "http://ghcr.io/token"] {
            assert_eq!(checked(realm, public), Err(RealmFault::PlainHttp));
        }
        for host in [
            "127.0.0.1",
            "localhost",
            "a.localhost",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1:5001",
            "169.254.169.254",
            "169.254.169.254.",
            "0.0.0.0",
            "[::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[::ffff:127.0.0.1]",
            "224.0.0.1",
            "[ff02::1]",
            "100.64.0.1",
            "198.18.0.1",
            "[64:ff9b::a00:5]",
            "[2002:a00:5::]",
            "[::10.0.0.5]",
        ] {
            assert_eq!(
                checked(&format!("https://{host}/t"), public),
                Err(RealmFault::Private),
                "{host}"
            );
        }
    }

    #[test]
    fn what_is_no_url_is_not_asked() {
        for realm in [
            "",
            "/token",
            "auth.docker.io",
            "ftp://a.example/",
            "file:///etc/passwd",
            "https://user:pass@a.example/",
            "https://$(id).evil/t",
            "https://a.evil;id/t",
            "https://a'b.evil/",
            "https://a.example/\r\nX: y",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://:/",
            "https://:443/t",
            "https://$(id).evil.example/t",
            "https://a.example;id/t",
        ] {
            assert_eq!(checked(realm, "https://ghcr.io"), Err(RealmFault::NotUrl), "{realm}");
        }
    }

    #[test]
    fn a_registry_may_name_itself_and_a_private_one_its_neighbours() {
        assert!(checked("https://10.0.0.1:5000/token", "https://10.0.0.1:5000").is_ok());
        assert!(checked("http://127.0.0.1:5001/token", "http://localhost:5000").is_ok());
        assert!(checked("https://10.0.0.2/token", "https://10.0.0.1").is_ok());
        assert_eq!(
            checked("http://10.0.0.2/token", "https://10.0.0.1"),
            Err(RealmFault::PlainHttp)
        );
    }

    #[test]
    fn plain_http_carries_credentials_on_this_machine_or_where_it_was_asked_for() {
        let here = "http://127.0.0.1:5000";
        for realm in ["http://127.0.0.1:5001/t", "http://localhost/t", "http://[::1]:7/t"] {
            assert!(checked(realm, here).is_ok(), "{realm}");
        }
        for host in ["evil.example", "10.0.0.5", "169.254.169.254", "localhost.evil.example"] {
            let realm = format!("http://{host}/t");
            assert_eq!(checked(&realm, here), Err(RealmFault::PlainHttp), "{host}");
            assert!(checked_with(&realm, here, PlainHttp::Anywhere).is_ok(), "{host}");
            // What speaks HTTPS is not led to plain HTTP by the flag either.
            let secure = "https://127.0.0.1:5000";
            let refused = checked_with(&realm, secure, PlainHttp::Anywhere);
            assert_eq!(refused, Err(RealmFault::PlainHttp), "{host}");
        }
        let (realm, registry) = ("http://10.0.0.5:5000/t", "http://10.0.0.5:5000");
        assert!(checked(realm, registry).is_ok());
        let public = ("http://10.0.0.5/t", "http://reg.example");
        let refused = checked_with(public.0, public.1, PlainHttp::Anywhere);
        assert_eq!(refused, Err(RealmFault::Private));
    }
}
