//! `NO_PROXY`, read as programs in Go read it.
//! Source: golang.org/x/net 0.62, `http/httpproxy/proxy.go`; Go 1.26, `net/ipsock.go`.

use std::net::{IpAddr, Ipv6Addr};

use ureq::http::Uri;

/// The hosts that are asked past the proxies.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions {
    /// `*` alone.
    all: bool,
    networks: Vec<(IpAddr, u32)>,
    addresses: Vec<(IpAddr, Port)>,
    domains: Vec<Domain>,
}

/// A port as it was written, compared as text; empty for any.
type Port = String;

#[derive(Clone, Debug)]
struct Domain {
    /// With its leading dot.
    suffix: String,
    port: Port,
    /// Whether the domain is meant itself, not only what is below it.
    with_itself: bool,
}

impl Exceptions {
    /// Reads a list with commas; what is malformed matches nothing.
    pub(super) fn read(list: &str) -> Self {
        let mut read = Self::default();
        for item in list.split(',') {
            let item = item.trim().to_lowercase();
            if item == "*" {
                return Self { all: true, ..Self::default() };
            }
            read.add(&item);
        }
        read
    }

    fn add(&mut self, item: &str) {
        if let Some(network) = network(item) {
            self.networks.push(network);
            return;
        }
        let (host, port) = split_port(item).unwrap_or((item, ""));
        let port = port.to_owned();
        if let Ok(address) = host.parse::<IpAddr>() {
            self.addresses.push((address.to_canonical(), port));
            return;
        }
        let host = if host.starts_with("*.") { host.get(1..).unwrap_or_default() } else { host };
        if host.starts_with('.') {
            self.domains.push(Domain { suffix: host.to_owned(), port, with_itself: false });
        } else if !host.is_empty() {
            self.domains.push(Domain { suffix: format!(".{host}"), port, with_itself: true });
        }
    }

    /// Whether a URL is asked past the proxies: for the list, and always where
    /// it is of this machine.
    pub(super) fn include(&self, url: &Uri) -> bool {
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_lowercase();
        let default = if url.scheme_str() == Some("http") { "80" } else { "443" };
        let port = url.port();
        let port = port.as_ref().map_or(default, |port| port.as_str());
        let fits = |wanted: &Port| wanted.is_empty() || wanted == port;
        if let Ok(address) = host.parse::<IpAddr>() {
            let address = address.to_canonical();
            return self.all
                || address.is_loopback()
                || self.networks.iter().any(|(network, bits)| contains(*network, *bits, address))
                || self.addresses.iter().any(|(it, port)| *it == address && fits(port));
        }
        let is_of = |domain: &Domain| {
            let is_itself = domain.with_itself && domain.suffix.strip_prefix('.') == Some(&host);
            (is_itself || host.ends_with(&domain.suffix)) && fits(&domain.port)
        };
        self.all || host == "localhost" || self.domains.iter().any(is_of)
    }
}

/// `HOST:PORT` or `[HOST]:PORT`. Source: Go's `net.SplitHostPort`.
fn split_port(item: &str) -> Option<(&str, &str)> {
    let (host, port) = item.rsplit_once(':')?;
    let is_bare = |text: &str| !text.contains(['[', ']']);
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.strip_suffix(']')?;
        return (is_bare(inner) && is_bare(port)).then_some((inner, port));
    }
    (!host.contains(':') && is_bare(item)).then_some((host, port))
}

/// `ADDRESS/BITS`; a range of mapped addresses is one of IPv4.
fn network(item: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = item.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    if bits.is_empty() || !bits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bits: u32 = bits.parse().ok()?;
    match address {
        IpAddr::V4(_) => (bits <= 32).then_some((address, bits)),
        IpAddr::V6(v6) if bits <= 128 => {
            let masked = Ipv6Addr::from_bits(v6.to_bits() & mask(bits, 128));
            Some(match masked.to_ipv4_mapped() {
                Some(v4) => (IpAddr::V4(v4), bits.saturating_sub(96)),
                None => (IpAddr::V6(masked), bits),
            })
        }
        IpAddr::V6(_) => None,
    }
}

fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let difference = network.to_bits() ^ address.to_bits();
            u128::from(difference) & mask(bits, 32) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits()) & mask(bits, 128) == 0
        }
        _ => false,
    }
}

/// The first `bits` of `width`, as they lie in a number of that width.
fn mask(bits: u32, width: u32) -> u128 {
    let all = u128::MAX.checked_shr(128 - width).unwrap_or(0);
    all & all.checked_shl(width - bits.min(width)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go's reader says, one case a line: `NO_PROXY`, URL, whether the URL is
    /// asked past the proxy.
    const GO: &str = include_str!("../../../tests/vectors/no_proxy.tsv");

    #[test]
    fn each_case_is_read_as_go_reads_it() {
        let mut wrong = Vec::new();
        for line in GO.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let mut field = || fields.next().unwrap();
            let (list, url, expected) = (field(), field(), field() == "true");
            if Exceptions::read(list).include(&url.parse().unwrap()) != expected {
                wrong.push(line);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(GO.lines().count() > 700);
    }
}
