//! Which requests go through a proxy, decided as programs in Go decide it, and
//! with them the kubelet's container runtimes.
//! Source: golang.org/x/net 0.50, `http/httpproxy/proxy.go`.

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::fault::Fault;
use super::no_proxy::Exceptions;
use crate::system::environment::Environment;

/// What the environment says of proxies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    http: Option<String>,
    https: Option<String>,
    exceptions: Exceptions,
}

impl Proxies {
    /// From `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not.
    pub(crate) fn of(environment: &Environment) -> Self {
        let read = |name: &str| {
            let value = environment.get(name).or_else(|| environment.get(&name.to_lowercase()));
            value.map(|value| value.to_string_lossy().into_owned())
        };
        Self {
            http: read("HTTP_PROXY"),
            https: read("HTTPS_PROXY"),
            exceptions: Exceptions::read(&read("NO_PROXY").unwrap_or_default()),
        }
    }

    pub(super) fn for_http(&self) -> Result<Option<Proxy>, Fault> {
        self.http.as_deref().map(|url| parse("HTTP_PROXY", url)).transpose()
    }

    pub(super) fn for_https(&self) -> Result<Option<Proxy>, Fault> {
        self.https.as_deref().map(|url| parse("HTTPS_PROXY", url)).transpose()
    }

    /// Whether a request goes past the proxies: to this machine itself, or to
    /// what `NO_PROXY` names.
    pub(super) fn bypass(&self, url: &Uri) -> bool {
        self.exceptions.include(url)
    }
}

/// The value of the variable may hold a password, and is not shown.
fn parse(variable: &str, url: &str) -> Result<Proxy, Fault> {
    let invalid = |_| {
        Fault::Proxy(format!(
            "that {variable} names is none of http://HOST:PORT, https://HOST:PORT and socks5://HOST:PORT"
        ))
    };
    let proxy = Proxy::new(url).map_err(invalid)?;
    // Go lets the proxy look names up with either spelling, curl with this one.
    match url.split_once("://") {
        Some((_, rest)) if proxy.protocol() == ProxyProtocol::Socks5 => {
            Proxy::new(&format!("socks5h://{rest}")).map_err(invalid)
        }
        _ => Ok(proxy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bypass(no_proxy: &str, url: &str) -> bool {
        let environment = Environment::from_iter([("NO_PROXY", no_proxy)]);
        Proxies::of(&environment).bypass(&url.parse().unwrap())
    }

    #[test]
    fn this_machine_is_never_asked_through_a_proxy() {
        for url in ["http://localhost:5000/", "http://127.0.0.9/", "https://[::1]:5000/"] {
            assert!(bypass("", url), "{url}");
        }
        assert!(!bypass("", "https://ghcr.io/"));
    }

    #[test]
    fn no_proxy_names_domains_addresses_ranges_and_ports() {
        for (no_proxy, url, expected) in [
            ("*", "https://ghcr.io/", true),
            ("ghcr.io", "https://ghcr.io/", true),
            ("ghcr.io", "https://sub.GHCR.io/", true),
            ("ghcr.io", "https://notghcr.io/", false),
            (".corp.example", "https://registry.corp.example/", true),
            (".corp.example", "https://corp.example/", false),
            ("*.corp.example", "https://registry.corp.example/", true),
            ("a, registry.example:5000", "https://registry.example:5000/", true),
            ("registry.example:5000", "https://registry.example/", false),
            ("registry.example:443", "https://registry.example/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("0.0.0.0/0", "https://11.1.2.3/", true),
            ("fd00::/8", "https://[fd00::1]/", true),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("3", "https://10.1.2.3/", false),
        ] {
            assert_eq!(bypass(no_proxy, url), expected, "{no_proxy} {url}");
        }
    }

    #[test]
    fn a_proxy_that_is_none_is_a_fault_without_its_text() {
        let environment = Environment::from_iter([("https_proxy", "http://user:s3cret@ bad")]);
        let fault = Proxies::of(&environment).for_https().unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the proxy that HTTPS_PROXY names is none of http://HOST:PORT, https://HOST:PORT and socks5://HOST:PORT"
        );
    }
}
