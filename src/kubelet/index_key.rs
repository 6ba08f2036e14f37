//! Keys of `auths` as the URLs for which the kubelet takes them.
//! Source: Kubernetes 1.37, `pkg/credentialprovider/keyring.go`.

use std::borrow::Cow;

use super::go::url::{self, Url};

/// Returns the key under which the kubelet keeps an entry: host and path, without
/// the `/v1` or `/v2` before a further slash; none where the kubelet skips the entry.
pub(crate) fn index_key(key: &str) -> Option<Cow<'_, str>> {
    let text = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let Url { host, path } = url::parse(text)?;
    let has_version = path.starts_with("/v1/") || path.starts_with("/v2/");
    let path = if has_version { path.get(3..)? } else { &path };
    let path = if path == "/" { "" } else { path };
    // Mostly it is the text as it stands.
    let is_as_it_is = text.strip_prefix(host).is_some_and(|rest| rest == path);
    Some(if is_as_it_is { Cow::Borrowed(text) } else { Cow::Owned([host, path].concat()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lose_scheme_version_and_user() {
        for (key, expected) in [
            ("reg.example.com", "reg.example.com"),
            ("https://index.docker.io/v1/", "index.docker.io"),
            ("https://index.docker.io/v1", "index.docker.io/v1"),
            ("http://reg.example.com/v2/team", "reg.example.com/team"),
            ("user:pass@reg.example.com:5000/", "reg.example.com:5000"),
            ("reg.example.com/team/?a=b#c", "reg.example.com/team/"),
            ("reg.example.com/a%20b", "reg.example.com/a b"),
            ("[::1]:5000/x", "[::1]:5000/x"),
            ("*.example.com", "*.example.com"),
        ] {
            assert_eq!(index_key(key).as_deref(), Some(expected), "{key}");
        }
    }

    #[test]
    fn keys_that_go_cannot_read_are_skipped() {
        for key in [
            " reg.example.com",
            "reg.example.com:*",
            "reg.example.com:v1",
            "reg.example.com:1:2",
            "reg[.]example.com",
            "[reg]:5000",
            "[1.2.3.4]:5000",
            "reg.example.com/%zz",
            "reg.example.com/a\u{7f}",
            "us er@reg.example.com",
        ] {
            assert_eq!(index_key(key), None, "{key}");
        }
    }
}
