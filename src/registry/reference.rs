//! Image references, read as the kubelet reads them.
//! Source: distribution/reference 0.6.0, `normalize.go`, `regexp.go`;
//! Kubernetes 1.37, `pkg/util/parsers/parsers.go`.

use crate::registry::authority::Authority;

/// The domain of images that name none.
const DOCKER_HUB: &str = "docker.io";

/// The name that images of Docker Hub had before.
const LEGACY_DOCKER_HUB: &str = "index.docker.io";

/// Longest path of a repository, in bytes.
const MAX_PATH_BYTES: usize = 255;

/// Longest tag, in bytes.
const MAX_TAG_BYTES: usize = 128;

/// The hash algorithms of digests, and the length of their hashes in
/// hexadecimal digits.
const DIGEST_ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// The part of an image that may be shown: without what stands before an `@` that no
/// digest follows, which may be a password.
pub fn without_user_info(text: &str) -> &str {
    user_info(text).map_or(text, |(_, rest)| rest)
}

/// Whether that is meant as user name and password: a path would stand before a
/// digest that is misspelt.
fn has_user_info(text: &str) -> bool {
    let has_scheme = text.split_once('@').is_some_and(|(before, _)| before.contains("://"));
    user_info(text).is_some_and(|(before, _)| has_scheme || !before.contains('/'))
}

fn user_info(text: &str) -> Option<(&str, &str)> {
    let is_digest = |text: &str| {
        let parts = text.split_once(':');
        parts.is_some_and(|(algorithm, hash)| {
            let is_algorithm = algorithm.starts_with("sha") && !algorithm.contains('.');
            is_algorithm && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let (before, after) = text.rsplit_once('@')?;
    if !is_digest(after) {
        return Some((before, after));
    }
    let (user, _) = before.rsplit_once('@')?;
    Some((user, text.get(user.len() + 1..)?))
}

/// An image as a Pod names it, normalised: Docker Hub's defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    written: String,
    domain: Authority,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text names no image. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// No text at all.
    #[error("it is empty")]
    Empty,
    /// `https://…`
    #[error("an image has no scheme such as `https://`")]
    Scheme,
    /// `user@host` or `user:password@host`.
    #[error("it holds a user name or password before `@`")]
    UserInfo,
    /// White space or control characters.
    #[error("it holds a space or a control character")]
    Characters,
    /// 64 hexadecimal digits.
    #[error("64 hexadecimal digits are an image's identifier, not its name")]
    Identifier,
    /// Upper case in the path.
    #[error("repository names are lower case")]
    Uppercase,
    /// The part before the first slash is no host.
    #[error("its registry is neither a host name nor an IP address, with or without a port")]
    Domain,
    /// The path is no repository path.
    #[error(
        "its repository is not made of lower-case letters and digits, joined by `/`, `.`, `_` or `-`"
    )]
    Path,
    /// The path is longer than 255 bytes.
    #[error("its repository is longer than 255 characters")]
    TooLong,
    /// The text after `:` is no tag.
    #[error("its tag is not made of up to 128 letters, digits, `_`, `.` and `-`")]
    Tag,
    /// The text after `@` is no digest.
    #[error("its digest is not `sha256:` and 64 hexadecimal digits, or a longer hash")]
    Digest,
}

impl ImageReference {
    /// Reads an image as it stands in a Pod.
    ///
    /// # Errors
    /// [`InvalidReference`] where the kubelet says `InvalidImageName`.
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        if has_user_info(text) {
            return Err(InvalidReference::UserInfo);
        }
        check_obvious(text)?;
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (domain, remainder) = split_domain(name);
        let (path, tag) = match remainder.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (remainder.as_str(), None),
        };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidReference::Uppercase);
        }
        // Upstream's grammar lets a name with `_` before the slash pass as a path.
        if !is_domain(domain) && !is_path_component(domain) {
            return Err(InvalidReference::Domain);
        }
        if !path.split('/').all(is_path_component) {
            return Err(InvalidReference::Path);
        }
        if path.len() > MAX_PATH_BYTES {
            return Err(InvalidReference::TooLong);
        }
        if !tag.is_none_or(is_tag) {
            return Err(InvalidReference::Tag);
        }
        if !digest.is_none_or(is_digest) {
            return Err(InvalidReference::Digest);
        }
        Ok(Self {
            written: text.to_owned(),
            domain: Authority::new(domain),
            path: path.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The text that was read.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// `host` or `host:port`, the port as spelt; `docker.io` for Docker Hub.
    pub fn domain(&self) -> &Authority {
        &self.domain
    }

    /// The repository within the registry: `library/nginx`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag, if one is written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is written.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Tag and digest as they follow the repository; empty where none is written.
    pub(crate) fn version(&self) -> String {
        let tag = self.tag.iter().map(|tag| format!(":{tag}"));
        tag.chain(self.digest.iter().map(|digest| format!("@{digest}"))).collect()
    }

    /// The whole image that is pulled: registry, repository, and the tag or digest, `latest`
    /// where none is written.
    pub(crate) fn full(&self) -> String {
        let version = self.version();
        let version = if version.is_empty() { ":latest" } else { version.as_str() };
        format!("{}{version}", self.repository())
    }

    /// Whether a registry is written before the repository.
    pub(crate) fn names_registry(&self) -> bool {
        let first = self.written.split_once('/').map(|(first, _)| first);
        first == Some(self.domain.as_str()) || first == Some(LEGACY_DOCKER_HUB)
    }

    /// What the kubelet looks credentials up for: domain and path.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }
}

/// Mistakes that have better words than the grammar's.
fn check_obvious(text: &str) -> Result<(), InvalidReference> {
    if text.is_empty() {
        return Err(InvalidReference::Empty);
    }
    if text.contains("://") {
        return Err(InvalidReference::Scheme);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(InvalidReference::Characters);
    }
    let is_hash = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(is_hash) {
        return Err(InvalidReference::Identifier);
    }
    Ok(())
}

/// The first part counts as a registry if it looks like one.
fn split_domain(name: &str) -> (&str, String) {
    let (domain, remainder) = match name.split_once('/') {
        Some((LEGACY_DOCKER_HUB, remainder)) => (DOCKER_HUB, remainder),
        Some((first, remainder))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (first, remainder)
        }
        _ => (DOCKER_HUB, name),
    };
    if domain == DOCKER_HUB && !remainder.contains('/') {
        return (domain, format!("library/{remainder}"));
    }
    (domain, remainder.to_owned())
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rfind(':') {
        Some(at) if !domain.ends_with(']') => domain.split_at(at),
        _ => (domain, ""),
    };
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
    };
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match address {
        // Whether it is an address is decided later: no key of a pull Secret matches
        // what is none, and the kubelet pulls without a credential.
        Some(address) => {
            !address.is_empty() && address.bytes().all(|it| it == b':' || it.is_ascii_hexdigit())
        }
        None => host.split('.').all(is_label),
    };
    is_host && is_port
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends_well = bytes.first().is_some_and(|byte| is_word(*byte))
        && bytes.last().is_some_and(|byte| is_word(*byte));
    let mut separators = component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends_well
        && separators.all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= MAX_TAG_BYTES
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hash)) = digest.split_once(':') else { return false };
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    DIGEST_ALGORITHMS.contains(&(algorithm, hash.len())) && hash.bytes().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_docker_hub_get_their_defaults() {
        for (text, repository) in [
            ("nginx", "docker.io/library/nginx"),
            ("nginx:1.27", "docker.io/library/nginx"),
            ("janedoe/app", "docker.io/janedoe/app"),
            ("index.docker.io/nginx", "docker.io/library/nginx"),
            ("docker.io/a/b/c", "docker.io/a/b/c"),
        ] {
            assert_eq!(ImageReference::parse(text).unwrap().repository(), repository, "{text}");
        }
    }

    #[test]
    fn registry_tag_and_digest_are_told_apart() {
        let hash = "a".repeat(64);
        let text = format!("reg.example.com:443/team/app:v1@sha256:{hash}");
        let image = ImageReference::parse(&text).unwrap();
        assert_eq!(image.domain(), "reg.example.com:443");
        assert_eq!(image.path(), "team/app");
        assert_eq!(image.tag(), Some("v1"));
        assert_eq!(image.digest(), Some(format!("sha256:{hash}").as_str()));
        let image = ImageReference::parse("[::1]:5000/app").unwrap();
        assert_eq!((image.domain().as_str(), image.tag()), ("[::1]:5000", None));
        for domain in ["[:1]:5000", "[1:2]", "[:]", "[ABC:]:5000", "[abc]:1", "[1::2::3]"] {
            let image = ImageReference::parse(&format!("{domain}/a/b")).unwrap();
            assert_eq!((image.domain().as_str(), image.path()), (domain, "a/b"));
        }
        assert_eq!(
            ImageReference::parse("Reg.example.com/app").unwrap().domain(),
            "Reg.example.com"
        );
        assert_eq!(ImageReference::parse("localhost/app").unwrap().domain(), "localhost");
    }

    #[test]
    fn what_the_kubelet_calls_an_invalid_image_name_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", InvalidReference::Empty),
            ("https://reg.example.com/app", InvalidReference::Scheme),
            ("reg.example.com/app ", InvalidReference::Characters),
            (&"a".repeat(64), InvalidReference::Identifier),
            ("reg.example.com/App", InvalidReference::Uppercase),
            ("Nginx", InvalidReference::Uppercase),
            ("reg.example.com:x/app", InvalidReference::Domain),
            ("-reg.example.com/app", InvalidReference::Domain),
            ("[]:5000/app", InvalidReference::Domain),
            ("[g::1]:5000/app", InvalidReference::Domain),
            ("[::1.2.3.4]:5000/app", InvalidReference::Domain),
            ("[::1%25eth0]/app", InvalidReference::Domain),
            ("[::1/app", InvalidReference::Domain),
            ("[::1]:/app", InvalidReference::Domain),
            ("reg.example.com//app", InvalidReference::Path),
            ("reg.example.com/", InvalidReference::Path),
            ("reg.example.com/a___b", InvalidReference::Path),
            ("reg.example.com/a._b", InvalidReference::Path),
            ("reg.example.com/app:", InvalidReference::Tag),
            ("reg.example.com/app:-v", InvalidReference::Tag),
            ("reg.example.com/app@sha256:abc", InvalidReference::Digest),
            ("reg.example.com/app@md5:d41d8cd98f00b204e9800998ecf8427e", InvalidReference::Digest),
            (&format!("reg.example.com/{}", "a".repeat(256)), InvalidReference::TooLong),
        ] {
            assert_eq!(ImageReference::parse(text).unwrap_err(), reason, "{text}");
        }
    }
}
