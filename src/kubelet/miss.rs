//! Why a key does not match an image, and which key comes nearest.

use super::go::url;
use super::index_key::index_key;

/// Hosts of Docker Hub that look right in a key and match no image.
const HUB_HOSTS: [&str; 5] = [
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "hub.docker.com",
    "registry.docker.io",
];

/// How a port is shown that is not written.
pub(crate) const NO_PORT: &str = "none";

/// Why a key misses an image, the nearest miss last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Miss {
    /// Nothing in common.
    #[error("it is the key of another registry")]
    OtherRegistry,
    /// The kubelet skips it.
    #[error("it is not a URL, and the kubelet skips it")]
    NotUrl,
    /// A glob of another number of labels.
    #[error("`*` stands for exactly one part between dots")]
    Glob,
    /// Hosts that differ in case only.
    #[error("the kubelet compares host names with their case")]
    Case,
    /// A scheme that stays in the key.
    #[error("the kubelet removes no scheme but `https://` and `http://`, in lower case")]
    Scheme,
    /// Another name of Docker Hub.
    #[error("for Docker Hub the kubelet knows `https://index.docker.io/v1/`, not this spelling")]
    HubAlias,
    /// The ports.
    #[error("its port is {key}, and the image's is {image}")]
    Port {
        /// Of the key; `none` where it has none.
        key: String,
        /// Of the image; `none` where it has none.
        image: String,
    },
    /// The paths.
    #[error("its path {path} is not the start of the image's path")]
    Path {
        /// Of the key.
        path: String,
    },
}

/// Returns why a key misses this repository, which it does.
pub(crate) fn why(key: &str, repository: &str) -> Miss {
    if let Some((scheme, rest)) = key.split_once("://")
        && !["http", "https"].contains(&scheme)
    {
        let miss = why(rest, repository);
        return if miss > Miss::NotUrl { Miss::Scheme } else { miss };
    }
    let Some(index_key) = index_key(key) else { return Miss::NotUrl };
    let (Some(key_url), Some(image)) = (url::parse(&index_key), url::parse(repository)) else {
        return Miss::NotUrl;
    };
    let (key_host, key_port) = url::split_port(key_url.host);
    let (host, port) = url::split_port(image.host);
    let shown = |port: &str| if port.is_empty() { NO_PORT.to_owned() } else { port.to_owned() };
    if host == "docker.io" && HUB_HOSTS.contains(&key_host) {
        Miss::HubAlias
    } else if key_host == host && key_port != port {
        Miss::Port { key: shown(key_port), image: shown(port) }
    } else if key_host == host {
        Miss::Path { path: key_url.path.into_owned() }
    } else if key_host.eq_ignore_ascii_case(host) {
        Miss::Case
    } else if let Some((_, end)) = key_host.rsplit_once('*')
        && host.ends_with(end)
    {
        if key_port == port {
            glob_miss(key_host, host, &key_url.path)
        } else {
            Miss::Port { key: shown(key_port), image: shown(port) }
        }
    } else {
        Miss::OtherRegistry
    }
}

fn glob_miss(key: &str, host: &str, path: &str) -> Miss {
    if key.split('.').count() == host.split('.').count() {
        Miss::Path { path: path.to_owned() }
    } else {
        Miss::Glob
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_miss_has_its_reason() {
        let port = |key: &str, image: &str| Miss::Port { key: key.into(), image: image.into() };
        for (key, image, miss) in [
            ("quay.io", "ghcr.io/a/b", Miss::OtherRegistry),
            ("a b", "ghcr.io/a/b", Miss::NotUrl),
            ("*.example.com", "a.b.example.com/x", Miss::Glob),
            ("Ghcr.io", "ghcr.io/a/b", Miss::Case),
            ("oci://ghcr.io", "ghcr.io/a/b", Miss::Scheme),
            ("HTTPS://ghcr.io/a", "ghcr.io/a/b", Miss::Scheme),
            ("oci://quay.io", "ghcr.io/a/b", Miss::OtherRegistry),
            ("https://index.docker.io/v1", "docker.io/library/nginx", Miss::HubAlias),
            ("registry-1.docker.io", "docker.io/library/nginx", Miss::HubAlias),
            ("reg.io:5000", "reg.io/a", port("5000", "none")),
            ("reg.io", "reg.io:5000/a", port("none", "5000")),
            ("*.reg.io:1", "a.reg.io:2/a", port("1", "2")),
            ("https://ghcr.io/v3/", "ghcr.io/a/b", Miss::Path { path: "/v3/".into() }),
            ("ghcr.io/team", "ghcr.io/a/b", Miss::Path { path: "/team".into() }),
        ] {
            assert_eq!(why(key, image), miss, "{key} for {image}");
        }
        assert!(Miss::OtherRegistry < Miss::Path { path: String::new() }, "the nearest is last");
    }
}
