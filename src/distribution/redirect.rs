//! Following redirects: what was sent to one host, and what one host asks for,
//! is none of another's business.
//! Source: containerd 2.2, `core/remotes/docker/resolver.go`; Go 1.26, `net/http/client.go`.

use ureq::http::{Uri, uri};

use crate::distribution::finding::{Finding, RedirectFault};
use crate::registry::authority::Authority;
use crate::system::http::address::is_host;
use crate::system::http::{Answer, Client, Deadline, Fault, Method, Request};
use crate::system::messages::clean;

/// Redirects that are followed. Source: Go 1.26, `net/http/client.go`.
const MAX_REDIRECTS: usize = 10;

/// An answer, and where it came from.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) answer: Answer,
    /// The host that answered, where a redirect led away from the one asked.
    pub(super) elsewhere: Option<Authority>,
}

/// Sends a request and follows redirects, without `Authorization` to any other
/// host. `check` may refuse a URL before it is asked.
///
/// # Errors
/// [`Finding::Redirect`], [`Finding::Fault`] of the host asked, and what `check` returns.
pub(super) fn follow(
    client: &Client,
    request: &Request<'_>,
    deadline: &Deadline,
    check: impl Fn(&Uri) -> Result<(), Finding>,
) -> Result<Reached, Finding> {
    let mut url = request.url.clone();
    let mut authorization = request.authorization;
    for _ in 0..=MAX_REDIRECTS {
        let elsewhere = (!is_same_origin(&url, request.url)).then(|| shown_host(&url));
        let step = Request { url: &url, authorization, ..*request };
        let answer = client.send(&step, deadline).map_err(|fault| at(elsewhere.clone(), fault))?;
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(Reached { answer, elsewhere });
        }
        if matches!(request.method, Method::Post(_)) {
            return Err(Finding::Redirect(RedirectFault::Login));
        }
        let next = target(&url, answer.header("location").unwrap_or_default())
            .map_err(Finding::Redirect)?;
        check(&next)?;
        if client.refuses(next.host().unwrap_or_default()) {
            return Err(Finding::Redirect(RedirectFault::Private(shown_host(&next))));
        }
        if !is_same_origin(&next, &url) {
            authorization = None;
        }
        url = next;
    }
    Err(Finding::Redirect(RedirectFault::TooMany))
}

/// Whether two URLs have the same scheme, host and port.
pub(super) fn is_same_origin(one: &Uri, other: &Uri) -> bool {
    let port = |url: &Uri| match (url.port_u16(), url.scheme_str()) {
        (Some(port), _) => Some(port),
        (None, Some("https")) => Some(443),
        (None, Some("http")) => Some(80),
        _ => None,
    };
    let host = |url: &Uri| url.host().map(str::to_ascii_lowercase);
    one.scheme() == other.scheme() && host(one) == host(other) && port(one) == port(other)
}

/// A fault of a host, which a redirect may have led to.
fn at(elsewhere: Option<Authority>, fault: Fault) -> Finding {
    match (elsewhere, fault) {
        (Some(host), Fault::Private) => Finding::Redirect(RedirectFault::Private(host)),
        // These name the host that they speak of.
        (None, fault) | (Some(_), fault @ (Fault::OutOfTime { .. } | Fault::Proxy(_))) => {
            Finding::Fault(fault)
        }
        (Some(host), fault) => Finding::Redirect(RedirectFault::Fault { host, fault }),
    }
}

/// A URL's host and port, as they may be shown.
fn shown_host(url: &Uri) -> Authority {
    url.authority().map_or_else(|| Authority::new(""), shown_authority)
}

/// Returns host and port of a URL without user information, as they may be shown.
pub(super) fn shown_authority(authority: &uri::Authority) -> Authority {
    Authority::new(clean(authority.as_str().rsplit('@').next().unwrap_or_default()))
}

/// The URL that `location` names, seen from `url`.
///
/// # Errors
/// [`RedirectFault`]: what is no URL, and plain HTTP after HTTPS.
pub(super) fn target(url: &Uri, location: &str) -> Result<Uri, RedirectFault> {
    let scheme = url.scheme_str().unwrap_or("https");
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let text = location.split('#').next().unwrap_or_default();
    let absolute = if text.contains("://") {
        text.to_owned()
    } else if let Some(rest) = text.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if text.starts_with('/') {
        format!("{scheme}://{authority}{text}")
    } else if text.is_empty() {
        return Err(RedirectFault::NotUrl);
    } else {
        let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{text}")
    };
    let next: Uri = absolute.parse().map_err(|_| RedirectFault::NotUrl)?;
    let is_whole = next.host().is_some_and(is_host);
    match next.scheme_str() {
        Some("https") if is_whole => Ok(next),
        Some("http") if is_whole && scheme == "http" => Ok(next),
        Some("http") if is_whole => Err(RedirectFault::PlainHttp),
        _ => Err(RedirectFault::NotUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_read_as_browsers_read_them() {
        let from: Uri = "https://a.example:5000/v2/x/manifests/1".parse().unwrap();
        for (location, expected) in [
            ("https://b.example/y", Ok("https://b.example/y")),
            ("//b.example/y#part", Ok("https://b.example/y")),
            ("/y?z=1", Ok("https://a.example:5000/y?z=1")),
            ("2", Ok("https://a.example:5000/v2/x/manifests/2")),
            ("http://b.example/", Err(RedirectFault::PlainHttp)),
            ("ftp://b.example/", Err(RedirectFault::NotUrl)),
            ("", Err(RedirectFault::NotUrl)),
            ("https://", Err(RedirectFault::NotUrl)),
            ("https://:443/", Err(RedirectFault::NotUrl)),
            ("https://$(id).b.example/", Err(RedirectFault::NotUrl)),
            ("/\u{7f}", Err(RedirectFault::NotUrl)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(target(&from, location).map(|url| url.to_string()), expected, "{location}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let is_same =
            |one: &str, other: &str| is_same_origin(&one.parse().unwrap(), &other.parse().unwrap());
        assert!(is_same("https://a.example/x", "https://A.example:443/y?z"));
        assert!(is_same("http://a.example:80/", "http://a.example/"));
        for other in [
            "http://a.example/",
            "http://a.example:443/",
            "https://a.example:5000/",
            "https://b.a.example/",
            "https://a.example./",
            "https://a.example@b.example/",
        ] {
            assert!(!is_same("https://a.example/", other), "{other}");
        }
    }
}
