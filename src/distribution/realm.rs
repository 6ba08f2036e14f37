//! Where credentials may be sent to get a token. A registry that was broken
//! into could otherwise send them anywhere.
//! Source: go-containerregistry 0.22, `pkg/v1/remote/transport/bearer.go`.

use std::net::{IpAddr, Ipv6Addr};

use ureq::http::Uri;

/// Why a token server is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RealmFault {
    /// Not a URL that can be asked.
    #[error("is not a URL of https://")]
    NotUrl,
    /// Plain HTTP, of a registry with HTTPS.
    #[error("would get the credential over plain HTTP")]
    PlainHttp,
    /// An address that is not public, of a registry that is.
    #[error("is at a private address, and the registry is not")]
    Private,
}

/// The token server, if the registry may name it. `registry` is where it was
/// named: scheme, host and port.
///
/// # Errors
/// [`RealmFault`].
pub(super) fn check(realm: &str, registry: &Uri) -> Result<Uri, RealmFault> {
    let url: Uri = realm.parse().map_err(|_| RealmFault::NotUrl)?;
    let authority = url.authority().ok_or(RealmFault::NotUrl)?;
    if !is_host(authority.as_str()) || is_odd_number(authority.host()) {
        return Err(RealmFault::NotUrl);
    }
    match url.scheme_str() {
        Some("https") => {}
        Some("http") if registry.scheme_str() == Some("http") => {}
        Some("http") => return Err(RealmFault::PlainHttp),
        _ => return Err(RealmFault::NotUrl),
    }
    if registry.authority() != Some(authority)
        && is_private(authority.host())
        && !registry.host().is_some_and(is_private)
    {
        return Err(RealmFault::Private);
    }
    Ok(url)
}

/// Whether a host, with or without a port, is made of what names and addresses are
/// made of. URLs allow more, such as `$(id)`. Source: RFC 1123, section 2.1; `_` as in
/// names of services.
pub(super) fn is_host(authority: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !authority.is_empty() && authority.bytes().all(is_allowed)
}

/// Whether a host is this machine, by name or address.
pub(super) fn is_loopback(host: &str) -> bool {
    match address(host) {
        Some(address) => address.is_loopback(),
        None => {
            host.eq_ignore_ascii_case("localhost") || host.to_lowercase().ends_with(".localhost")
        }
    }
}

/// Whether a host is one of the addresses that are not of the public internet:
/// loopback, private, link-local (with the clouds' metadata services) or none.
fn is_private(host: &str) -> bool {
    match address(host) {
        None => is_loopback(host),
        Some(IpAddr::V4(v4)) => {
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.octets().starts_with(&[224, 0, 0])
        }
        Some(IpAddr::V6(v6)) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.segments().first().is_some_and(|first| first & 0xff0f == 0xff02)
        }
    }
}

fn address(host: &str) -> Option<IpAddr> {
    if let Some(v6) = host.strip_prefix('[') {
        let v6: Ipv6Addr = v6.strip_suffix(']')?.parse().ok()?;
        return Some(IpAddr::V6(v6).to_canonical());
    }
    host.trim_end_matches('.').parse().ok()
}

/// Whether the system would read a host as an address although it is not
/// written as one, such as `2130706433` or `0x7f.1`.
fn is_odd_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    last.starts_with(|c: char| c.is_ascii_digit()) && address(host).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(realm: &str, registry: &str) -> Result<String, RealmFault> {
        check(realm, &registry.parse().unwrap()).map(|url| url.to_string())
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
}
