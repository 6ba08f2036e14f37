//! What kind of network an address belongs to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This machine.
    Loopback,
    /// A network that is not the public internet, a service of a cloud's
    /// machines, or no host at all.
    Private,
    /// The public internet.
    Public,
}

/// Returns whom an address belongs to; the only place that decides it.
///
/// The ranges for documentation count as public: no network routes them.
/// Source: IANA's registries of special-purpose addresses for IPv4 and IPv6.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_loopback() => Reach::Loopback,
        IpAddr::V6(v6) if v6.is_loopback() => Reach::Loopback,
        IpAddr::V4(v4) if is_private_v4(v4) => Reach::Private,
        IpAddr::V6(v6) if is_private_v6(v6) => Reach::Private,
        _ => Reach::Public,
    }
}

/// Returns the address that a URL's host spells, IPv6 in brackets.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    if let Some(v6) = host.strip_prefix('[') {
        return v6.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    }
    host.strip_suffix('.').unwrap_or(host).parse().ok().map(IpAddr::V4)
}

/// Whether a URL's host is an address or a name that DNS can know; URLs allow more.
/// Source: RFC 1123, section 2.1, and the underscore that services use.
pub(crate) fn is_host(host: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    literal(host).is_some()
        || (host.bytes().all(is_letter) && host.bytes().any(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a URL's host is this machine, by name or address.
pub(crate) fn is_loopback(host: &str) -> bool {
    match literal(host) {
        Some(address) => reach(address) == Reach::Loopback,
        None => is_loopback_name(host),
    }
}

/// Whether a name is one of this machine. Source: RFC 6761, section 6.3.
pub(super) fn is_loopback_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a URL's host spells an address that is not public, or a name of this machine.
pub(crate) fn is_spelled_private(host: &str) -> bool {
    literal(host).map_or_else(|| is_loopback_name(host), |it| reach(it) != Reach::Public)
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    matches!(
        v4.octets(),
        // "This network", private networks; multicast, reserved, broadcast.
        [0 | 10 | 224..=255, ..] | [172, 16..=31, ..] | [192, 168, ..]
        // Carriers (RFC 6598).
        | [100, 64..=127, ..]
        // Link-local, with the metadata services of most clouds.
        | [169, 254, ..]
        // Protocol assignments, with a metadata service; benchmarks (RFC 2544).
        | [192, 0, 0, _] | [198, 18..=19, ..]
        // Azure's wire server, which answers each of its machines alone.
        | [168, 63, 129, 16]
    )
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach(Ipv4Addr::new(a, b, c, d).into()) != Reach::Public
    };
    match v6.segments() {
        // NAT64's well-known prefix holds the IPv4 address that is reached (RFC
        // 6052): on a network without IPv4 all of the public internet is there.
        // 6to4 holds the router's (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // NAT64 of one network alone (RFC 8215), whose layout only it knows;
        // unspecified, and the IPv4-compatible addresses that RFC 4291 retired;
        // Teredo (RFC 4380), which tunnels to an IPv4 address; discard (RFC 6666);
        // unique local, link-local, the former site-local, multicast.
        [0x64, 0xff9b, 1, ..]
        | [0, 0, 0, 0, 0, 0, ..]
        | [0x2001, 0, ..]
        | [0x100, 0, 0, 0, ..]
        | [0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_belong_to_this_machine_a_private_network_or_the_internet() {
        for (reached, addresses) in [
            (Reach::Loopback, "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1"),
            (
                Reach::Private,
                "0.0.0.0 0.1.2.3 10.0.0.5 100.64.0.1 100.100.100.200 100.127.255.255 168.63.129.16 \
                 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.168.0.1 198.18.0.1 \
                 198.19.255.255 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 \
                 :: ::10.0.0.5 ::8.8.8.8 ::ffff:10.0.0.5 ::ffff:169.254.169.254 64:ff9b::a00:5 \
                 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 2001::1 2002:a00:5:: \
                 2002:a9fe:a9fe::1 2002:7f00:1:: fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 \
                 ff02::1 100::1",
            ),
            (
                Reach::Public,
                "1.1.1.1 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 192.0.1.1 192.167.0.1 \
                 198.17.0.1 198.20.0.1 203.0.113.10 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808 \
                 2001:db8::1 2002:808:808:: 2606:4700::1111",
            ),
        ] {
            for address in addresses.split_whitespace() {
                assert_eq!(reach(address.parse().unwrap()), reached, "{address}");
            }
        }
    }

    #[test]
    fn a_host_is_an_address_or_a_name() {
        for host in ["a.example", "a_b-c.example.", "10.0.0.1", "[::1]", "xn--bcher-kva.example"] {
            assert!(is_host(host), "{host}");
        }
        for host in ["", ".", "$(id).evil", "a;id", "a.example'", "[::1", "[v1.x]", "%31", "a b"] {
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn hosts_spell_addresses_as_urls_do() {
        for host in ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9.", "[::1]"] {
            assert!(is_loopback(host) && is_spelled_private(host), "{host}");
        }
        for host in ["10.0.0.5", "10.0.0.5.", "[fd00::1]", "[::ffff:10.0.0.5]", "0.0.0.0"] {
            assert!(!is_loopback(host) && is_spelled_private(host), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "::1", "[::1", "10.0.0.5.example", ""] {
            assert!(!is_loopback(host) && !is_spelled_private(host), "{host}");
        }
    }
}
