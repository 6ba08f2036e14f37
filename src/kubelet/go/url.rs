//! URLs as Go reads them: those of `https://`, which is left out.
//! Source: Go 1.26, `net/url` and `net`.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use crate::registry::authority;

/// Characters that Go accepts in a host beside letters, digits and non-ASCII.
const HOST_CHARACTERS: &[u8] = b"-_.~!$&'()*+,;=:[]<>\"";

/// Characters that Go accepts in user information beside letters and digits.
const USER_CHARACTERS: &[u8] = b"-._:~!$&'()*+,;=%@";

/// Host and path of `https://` + `text`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Url<'t> {
    /// With port and brackets.
    pub(in crate::kubelet) host: &'t str,
    /// Unescaped, with its leading slash; empty if there is none.
    pub(in crate::kubelet) path: Cow<'t, str>,
}

/// Reads a URL without its scheme; none where Go cannot.
pub(in crate::kubelet) fn parse(text: &str) -> Option<Url<'_>> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return None;
    }
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    unescape(fragment)?;
    let text = text.split_once('?').map_or(text, |(text, _)| text);
    let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || USER_CHARACTERS.contains(&byte);
    if !user.bytes().all(is_user) {
        return None;
    }
    unescape(user)?;
    is_host(host).then_some(Url { host, path: unescape(path)? })
}

/// Host and port, split as Go's `net.SplitHostPort`; where that fails, all of
/// it is the host.
pub(in crate::kubelet) fn split_port(host: &str) -> (&str, &str) {
    let (name, port) = authority::split(host);
    port.map_or((host, ""), |port| (name, port))
}

/// Whether Go takes it for a host with or without a port.
fn is_host(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        // A zone after `%25` is legal and names no registry that an image can.
        return !rest.contains('[')
            && rest.rsplit_once(']').is_some_and(|(address, port)| {
                address.parse::<Ipv6Addr>().is_ok() && is_optional_port(port)
            });
    }
    let port = host.find(':').and_then(|at| host.get(at..)).unwrap_or_default();
    let is_allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || !byte.is_ascii() || HOST_CHARACTERS.contains(&byte)
    };
    // An escape in a host may only stand for a byte outside ASCII or for `%`.
    is_optional_port(port)
        && !host.contains('[')
        && !host.contains('%')
        && host.bytes().all(is_allowed)
}

fn is_optional_port(port: &str) -> bool {
    let digits = port.strip_prefix(':').unwrap_or(port);
    (port.is_empty() || port.starts_with(':')) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Replaces `%XX`; none where the two digits are missing.
fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(others.get(..2)?).ok()?;
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
            rest = others.get(2..)?;
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    // A path that is no UTF-8 is the path of no image.
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_split_off_as_text() {
        assert_eq!(split_port("reg.example.com:443"), ("reg.example.com", "443"));
        assert_eq!(split_port("reg.example.com:"), ("reg.example.com", ""));
        assert_eq!(split_port("[::1]:5000"), ("::1", "5000"));
        assert_eq!(split_port("[::1]"), ("[::1]", ""));
    }
}
