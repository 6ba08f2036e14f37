//! Where a registry is reached: a host, with or without a port.

use std::borrow::Borrow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;

use crate::system::http::address;

/// A host with an optional port, as an image or a URL spells it: `ghcr.io`,
/// `localhost:5000`, `[::1]:5000`. It reads as that text wherever a text is wanted.
///
/// The grammar is checked by whoever reads the text; a text without that grammar
/// is a host as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority(String);

impl Authority {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, brackets and port included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host name or the address, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        split(&self.0).0
    }

    /// Returns the port as it is spelt; none where the text has no colon for it.
    pub fn port(&self) -> Option<&str> {
        split(&self.0).1
    }

    /// Whether the host is this machine: `localhost` and names below it, or an address
    /// of the loopback.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        match host.parse() {
            Ok(IpAddr::V6(_)) => address::is_loopback(&format!("[{host}]")),
            _ => address::is_loopback(host),
        }
    }

    /// Returns host and port, with `port` where the text has none.
    pub fn with_port(&self, port: u16) -> String {
        match self.port() {
            Some(_) => self.0.clone(),
            None if self.0.contains(':') && !self.0.starts_with('[') => {
                format!("[{}]:{port}", self.0)
            }
            None => format!("{}:{port}", self.0),
        }
    }
}

/// Splits host and port. The brackets of an IPv6 address belong to neither, and
/// the colons of one without brackets end no host.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return match rest.strip_prefix(':') {
            Some(port) => (address, Some(port)),
            None if rest.is_empty() => (address, None),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

impl Deref for Authority {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Authority {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Authority {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Authority {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_told_apart() {
        for (text, host, port) in [
            ("ghcr.io", "ghcr.io", None),
            ("ghcr.io:443", "ghcr.io", Some("443")),
            ("ghcr.io:", "ghcr.io", Some("")),
            ("10.0.0.1:5000", "10.0.0.1", Some("5000")),
            ("[::1]:5000", "::1", Some("5000")),
            ("[::1]", "::1", None),
            ("::1", "::1", None),
            ("fd00::1:5000", "fd00::1:5000", None),
            ("[::1", "[::1", None),
            ("[::1]x", "[::1]x", None),
            ("", "", None),
        ] {
            let authority = Authority::new(text);
            assert_eq!((authority.host(), authority.port()), (host, port), "{text}");
            assert_eq!(authority.to_string(), text);
        }
    }

    #[test]
    fn a_missing_port_is_added() {
        for (text, with_port) in [
            ("ghcr.io", "ghcr.io:443"),
            ("ghcr.io:8443", "ghcr.io:8443"),
            ("[::1]", "[::1]:443"),
            ("[::1]:5000", "[::1]:5000"),
            ("::1", "[::1]:443"),
        ] {
            assert_eq!(Authority::new(text).with_port(443), with_port);
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for text in [
            "localhost",
            "LOCALHOST:5000",
            "127.0.0.1",
            "127.8.8.8:80",
            "[::1]:5000",
            "a.localhost.",
        ] {
            assert!(Authority::new(text).is_loopback(), "{text}");
        }
        for text in ["localhost.example.com", "10.0.0.1:5000", "[fe80::1]", "ghcr.io", "", "1"] {
            assert!(!Authority::new(text).is_loopback(), "{text}");
        }
    }
}
