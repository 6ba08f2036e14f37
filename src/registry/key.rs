//! The names of registries: how people, docker and credential helpers spell
//! them, and the one canonical key under which a pull Secret holds them.

use std::fmt;
use std::net::Ipv6Addr;

use crate::registry::authority::Authority;
use crate::registry::reference::ImageReference;

/// The key that `docker login` and the kubelet share for all of Docker Hub.
/// Source: docker/cli 29.9, `cli/config/credentials/file_store.go`.
pub const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// Docker Hub as an image reference spells it.
const DOCKER_HUB: &str = "docker.io";

/// Names under which programs keep Docker Hub's credential.
const DOCKER_HUB_ALIASES: [&str; 3] = [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];

/// Paths of the keys that docker's web login adds beside the credential. They
/// open the whole account and are never read. Source: docker/cli 29.9,
/// `internal/oauth/manager/manager.go`.
const DOCKER_HUB_SESSION_PATHS: [&str; 2] = ["v1/access-token", "v1/refresh-token"];

/// Longest server key that a credential helper is asked for, in bytes.
const MAX_KEY_BYTES: usize = 512;

/// A registry, or a path within it, that one entry of `auths` stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryKey {
    /// `host` or `host:port`; Docker Hub is `docker.io`.
    registry: Authority,
    /// Leading path segments without slashes at the ends; empty for all of the registry.
    path: String,
}

/// What a key found in a configuration, or listed by a helper, stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DockerKey {
    /// A registry, or a path within one.
    Registry(RegistryKey),
    /// A session key of Docker Hub's web login: never asked for, never exported.
    HubSession,
    /// No registry that an image could name.
    Unusable,
}

/// Why a text is no registry. Never quotes the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegistry {
    /// Nothing is left after the scheme.
    #[error("it is empty")]
    Empty,
    /// More than 512 bytes.
    #[error("it is longer than 512 bytes")]
    TooLong,
    /// Control characters, white space, or text that is not ASCII.
    #[error("it holds a space, a control character or a character outside ASCII")]
    Characters,
    /// `user@host` or `user:password@host`.
    #[error("it holds a user name or password before `@`")]
    UserInfo,
    /// A scheme other than `http` or `https`.
    #[error("only `https://` and `http://` can stand before a registry")]
    Scheme,
    /// The host is no host name, IPv4 or bracketed IPv6 address.
    #[error("its host is neither a host name nor an IP address")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// No dot, no port and not `localhost`: images would mean Docker Hub.
    #[error("it has neither a dot nor a port, so an image would mean Docker Hub's `{DOCKER_HUB}`")]
    Undotted,
    /// The path is no repository path.
    #[error("its path is not a lower-case repository path without tag or digest")]
    Path,
}

impl DockerKey {
    /// The registry that it stands for, if any.
    pub fn registry(self) -> Option<RegistryKey> {
        match self {
            Self::Registry(registry) => Some(registry),
            Self::HubSession | Self::Unusable => None,
        }
    }
}

impl RegistryKey {
    /// Reads what a person typed: `HOST[:PORT][/PATH]`, with or without a
    /// scheme, Docker Hub under any of its names. Upper case in the host is
    /// lowered, a final `:443` dropped.
    ///
    /// # Errors
    /// [`InvalidRegistry`] where no image could ever name such a registry.
    pub fn parse(text: &str) -> Result<Self, InvalidRegistry> {
        if text.len() > MAX_KEY_BYTES {
            return Err(InvalidRegistry::TooLong);
        }
        let (scheme, rest) = split_scheme(text);
        if scheme.is_some_and(|scheme| !is_web_scheme(scheme)) {
            return Err(InvalidRegistry::Scheme);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(InvalidRegistry::UserInfo);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidRegistry::Characters);
        }
        if authority.is_empty() {
            return Err(InvalidRegistry::Empty);
        }
        check_authority(authority)?;
        let key = Self::canonical(&authority.to_ascii_lowercase(), path);
        key.check_nameable()?;
        Ok(key)
    }

    /// Reads a key of `auths` or `credHelpers`, or one that a helper listed, as
    /// docker reads it: with a scheme, whichever it is, the path says nothing, user
    /// information falls away. Unlike docker, `:443` equals no port, and a path without a
    /// scheme stays a path.
    pub fn from_docker(text: &str) -> DockerKey {
        let (scheme, rest) = split_scheme(text);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if text.len() > MAX_KEY_BYTES
            || scheme.is_some_and(|scheme| !is_scheme(scheme))
            || !text.bytes().all(|byte| byte.is_ascii_graphic())
            // The kubelet honours `*` in a label; docker never matches it.
            || check_authority(&host.replace('*', "x")).is_err()
        {
            return DockerKey::Unusable;
        }
        if DOCKER_HUB_ALIASES.contains(&host)
            && DOCKER_HUB_SESSION_PATHS.contains(&path.trim_end_matches('/'))
        {
            return DockerKey::HubSession;
        }
        let key = Self::canonical(host, if scheme.is_some() { "" } else { path });
        if key.check_nameable().is_err() { DockerKey::Unusable } else { DockerKey::Registry(key) }
    }

    /// The registry of an image, its port as spelt there: the kubelet compares
    /// ports as text, so `host:443/app` needs the key `host:443`.
    pub fn of_image(image: &ImageReference) -> Self {
        Self { registry: image.domain().clone(), path: String::new() }
    }

    /// `host[:port]`; Docker Hub is `docker.io`.
    pub fn registry(&self) -> &Authority {
        &self.registry
    }

    /// The path within the registry, without slashes at its ends; empty for all of it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// This key without its path.
    #[must_use]
    pub fn whole_registry(&self) -> Self {
        Self { registry: self.registry.clone(), path: String::new() }
    }

    /// A path within this registry.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        Self { registry: self.registry.clone(), path: path.to_owned() }
    }

    /// This registry without the port that HTTPS has anyway.
    #[must_use]
    pub fn without_default_port(&self) -> Self {
        Self::canonical(&self.registry, &self.path)
    }

    /// The key to write in `auths` so that the kubelet matches images of this
    /// registry and path. Source: Kubernetes 1.37, `pkg/credentialprovider/keyring.go`.
    pub fn auths_key(&self) -> String {
        match (self.is_docker_hub(), self.path.is_empty()) {
            (true, true) => DOCKER_HUB_KEY.to_owned(),
            (_, true) => self.registry.to_string(),
            (_, false) => format!("{}/{}", self.registry, self.path),
        }
    }

    /// The spelling under which docker stores and asks for the whole registry.
    pub fn docker_server(&self) -> &str {
        if self.is_docker_hub() { DOCKER_HUB_KEY } else { &self.registry }
    }

    /// Whether this is Docker Hub or a path in it.
    pub fn is_docker_hub(&self) -> bool {
        self.registry == DOCKER_HUB
    }

    /// Whether a credential for `self` also serves `image`: the same registry,
    /// and a path that ends at one of the image's slashes.
    pub fn covers(&self, registry: &str, path: &str) -> bool {
        self.registry == registry
            && (self.path.is_empty()
                || path
                    .strip_prefix(self.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// An image that this key is meant for, to try the key on.
    pub fn probe_image(&self) -> String {
        let separator = if self.path.is_empty() { "" } else { "/" };
        format!("{}{separator}{}/probe", self.registry.replace('*', "x"), self.path)
    }

    fn canonical(authority: &str, path: &str) -> Self {
        let path = path.trim_end_matches('/');
        let path = if matches!(path, "v1" | "v2") { "" } else { path };
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        let registry = if DOCKER_HUB_ALIASES.contains(&host) { DOCKER_HUB } else { host };
        Self { registry: Authority::new(registry), path: path.to_owned() }
    }

    /// Whether an image reference can start with this key.
    fn check_nameable(&self) -> Result<(), InvalidRegistry> {
        let host = &self.registry;
        if !host.contains(['.', ':']) && host != "localhost" {
            return Err(InvalidRegistry::Undotted);
        }
        // The host's grammar is checked already, and 10,000 keys are quite usual.
        if self.path.is_empty() {
            return Ok(());
        }
        match ImageReference::parse(&self.probe_image()) {
            Ok(image) if *image.domain() == *host.replace('*', "x") && image.tag().is_none() => {
                Ok(())
            }
            _ => Err(InvalidRegistry::Path),
        }
    }
}

impl fmt::Display for RegistryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.path.is_empty() { "" } else { "/" };
        write!(formatter, "{}{separator}{}", self.registry, self.path)
    }
}

fn split_scheme(text: &str) -> (Option<&str>, &str) {
    text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest))
}

/// Whether Go's `net/url` takes a text for a scheme: docker asks for no certain one.
/// Source: docker/cli 29.9, `cli/config/credentials/file_store.go` (`ConvertToHostname`).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_web_scheme(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Checks `host[:port]` with the grammar that image references have.
fn check_authority(authority: &str) -> Result<(), InvalidRegistry> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            address.parse::<Ipv6Addr>().map_err(|_| InvalidRegistry::Host)?;
            if !rest.is_empty() && !rest.starts_with(':') {
                return Err(InvalidRegistry::Host);
            }
            (None, rest.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(authority), None),
        },
    };
    let label_is_valid = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.is_some_and(|host| !host.split('.').all(label_is_valid)) {
        return Err(InvalidRegistry::Host);
    }
    match port {
        Some(port) if !port.bytes().all(|byte| byte.is_ascii_digit()) => Err(InvalidRegistry::Port),
        Some(port) if !port.parse::<u16>().is_ok_and(|port| port > 0) => Err(InvalidRegistry::Port),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> String {
        RegistryKey::parse(text).unwrap().auths_key()
    }

    fn stored(text: &str) -> String {
        match RegistryKey::from_docker(text) {
            DockerKey::Registry(key) => key.auths_key(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_name_of_docker_hub_becomes_its_one_key() {
        for text in [
            "docker.io",
            "index.docker.io",
            "registry-1.docker.io",
            "https://index.docker.io/v1/",
            "https://index.docker.io/v1",
            "https://registry-1.docker.io/v2/",
            "docker.io:443",
        ] {
            assert_eq!(typed(text), DOCKER_HUB_KEY, "{text}");
            assert_eq!(stored(text), DOCKER_HUB_KEY, "{text}");
        }
        assert_eq!(typed("docker.io/myorg"), "docker.io/myorg");
        assert_eq!(typed("index.docker.io/myorg/"), "docker.io/myorg");
    }

    #[test]
    fn session_keys_of_the_web_login_are_never_registries() {
        for path in ["access-token", "refresh-token", "refresh-token/"] {
            let key = RegistryKey::from_docker(&format!("https://index.docker.io/v1/{path}"));
            assert_eq!(key, DockerKey::HubSession);
        }
    }

    #[test]
    fn typed_registries_are_canonical() {
        for (text, key) in [
            ("ghcr.io", "ghcr.io"),
            ("GHCR.io", "ghcr.io"),
            ("https://ghcr.io/v2/", "ghcr.io"),
            ("ghcr.io:443", "ghcr.io"),
            ("ghcr.io/org/team", "ghcr.io/org/team"),
            ("localhost", "localhost"),
            ("localhost:5000", "localhost:5000"),
            ("10.0.0.1:5000/", "10.0.0.1:5000"),
            ("[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(typed(text), key, "{text}");
        }
    }

    #[test]
    fn typed_text_that_no_image_can_name_is_refused() {
        for (text, reason) in [
            ("", InvalidRegistry::Empty),
            ("https://", InvalidRegistry::Empty),
            ("ftp://ghcr.io", InvalidRegistry::Scheme),
            ("https://janedoe:hunter2@ghcr.io", InvalidRegistry::UserInfo),
            ("janedoe@ghcr.io", InvalidRegistry::UserInfo),
            ("ghcr.io\n", InvalidRegistry::Characters),
            ("gh cr.io", InvalidRegistry::Characters),
            ("gh\u{202e}cr.io", InvalidRegistry::Characters),
            ("ghcr..io", InvalidRegistry::Host),
            ("*.example.com", InvalidRegistry::Host),
            ("[::g]:5000", InvalidRegistry::Host),
            ("ghcr.io:https", InvalidRegistry::Port),
            ("ghcr.io:0", InvalidRegistry::Port),
            ("ghcr.io:70000", InvalidRegistry::Port),
            ("myregistry", InvalidRegistry::Undotted),
            ("ghcr.io/Org", InvalidRegistry::Path),
            ("ghcr.io/org:v1", InvalidRegistry::Path),
        ] {
            assert_eq!(RegistryKey::parse(text), Err(reason), "{text:?}");
        }
        assert_eq!(RegistryKey::parse(&"a".repeat(600)), Err(InvalidRegistry::TooLong));
    }

    #[test]
    fn stored_keys_are_read_as_docker_reads_them() {
        for (text, key) in [
            ("https://ghcr.io/some/path", "ghcr.io"),
            ("http://ghcr.io/v1/", "ghcr.io"),
            ("ghcr.io/", "ghcr.io"),
            ("ghcr.io/v2/", "ghcr.io"),
            ("ghcr.io/some/org", "ghcr.io/some/org"),
            ("https://user@ghcr.io/", "ghcr.io"),
            ("https://ghcr.io@evil.example/", "evil.example"),
            ("https://ghcr.io:443", "ghcr.io"),
            ("GHCR.IO", "GHCR.IO"),
            (" ghcr.io", "Unusable"),
            ("*.example.com", "*.example.com"),
            ("oci://ghcr.io", "ghcr.io"),
            ("docker://ghcr.io/some/path", "ghcr.io"),
            ("HTTPS://ghcr.io/v2/", "ghcr.io"),
            ("git+ssh://reg.example:5000", "reg.example:5000"),
            ("://ghcr.io", "Unusable"),
            ("7z://ghcr.io", "Unusable"),
            ("a_b://ghcr.io", "Unusable"),
        ] {
            assert_eq!(stored(text), key, "{text}");
        }
    }

    #[test]
    fn a_path_covers_whole_segments_only() {
        let key = RegistryKey::parse("ghcr.io/org").unwrap();
        assert!(key.covers("ghcr.io", "org"));
        assert!(key.covers("ghcr.io", "org/app"));
        assert!(!key.covers("ghcr.io", "organisation/app"));
        assert!(!key.covers("quay.io", "org/app"));
        assert!(key.whole_registry().covers("ghcr.io", "anything"));
    }

    #[test]
    fn the_port_of_an_image_is_kept_as_spelt() {
        let image = ImageReference::parse("reg.example.com:443/app:v1").unwrap();
        let key = RegistryKey::of_image(&image);
        assert_eq!(key.auths_key(), "reg.example.com:443");
        assert_eq!(key.without_default_port().auths_key(), "reg.example.com");
    }
}
