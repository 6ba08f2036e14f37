//! Which requests go through a proxy, decided as programs in Go decide it, and
//! with them the kubelet's container runtimes.
//! Source: golang.org/x/net 0.50, `http/httpproxy/proxy.go`.

use std::net::IpAddr;

use ureq::Proxy;
use ureq::http::Uri;

use super::fault::Fault;
use crate::system::environment::Environment;

/// What the environment says of proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    exceptions: Vec<String>,
}

impl Proxies {
    /// From `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not.
    pub fn of(environment: &Environment) -> Self {
        let read = |name: &str| {
            let value = environment.get(name).or_else(|| environment.get(&name.to_lowercase()));
            value.map(|value| value.to_string_lossy().into_owned())
        };
        let exceptions = read("NO_PROXY").unwrap_or_default();
        let exceptions = exceptions.split(',').map(|item| item.trim().to_lowercase());
        Self {
            http: read("HTTP_PROXY"),
            https: read("HTTPS_PROXY"),
            exceptions: exceptions.filter(|item| !item.is_empty()).collect(),
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
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
        let address = host.parse::<IpAddr>().ok();
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        let port =
            url.port_u16().unwrap_or(if url.scheme_str() == Some("http") { 80 } else { 443 });
        self.exceptions.iter().any(|exception| excepts(exception, &host, address, port))
    }
}

/// The value of the variable may hold a password, and is not shown.
fn parse(variable: &str, url: &str) -> Result<Proxy, Fault> {
    let invalid = |_| Fault::Proxy(format!("that {variable} names is not http://HOST:PORT"));
    Proxy::new(url).map_err(invalid)
}

/// `*`, an address or a range of addresses, or a domain with or without a
/// leading dot; each but the range also with a port.
fn excepts(exception: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if exception == "*" {
        return true;
    }
    if let Some((network, bits)) = exception.split_once('/') {
        return address.is_some_and(|address| is_within(address, network, bits));
    }
    let (name, wanted_port) = match exception.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => {
            (name, digits.parse::<u16>().ok())
        }
        _ => (exception, None),
    };
    if wanted_port.is_some_and(|wanted| wanted != port) {
        return false;
    }
    let name = name.trim_matches(['[', ']']);
    if let Some(address) = address {
        return name.parse() == Ok(address);
    }
    let name = name.strip_prefix('*').unwrap_or(name);
    match name.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
    }
}

fn is_within(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
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
        assert_eq!(fault.to_string(), "the proxy that HTTPS_PROXY names is not http://HOST:PORT");
    }
}
