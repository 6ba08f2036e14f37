//! Which host the words of a runtime name as the one that answered: where it is neither
//! the registry of the image nor one of its own hosts, the node has a mirror.
//!
//! Sources: containerd 1.6 to 2.3, `remotes/docker/resolver.go`, `registry.go` (`ns` is
//! added to what is asked of any other host than the image's) and `authorizer.go`; CRI-O
//! 1.35 with go.podman.io/image 5.38, `docker/docker_image_src.go` and
//! `docker/docker_client.go`; moby 28, `distribution`.

use percent_encoding::percent_decode_str;

use crate::registry::hosts;

/// What stands before the address of a request.
const REQUESTS: [&str; 10] = [
    " request to ",
    "Get \"",
    "Head \"",
    "Post \"",
    "GET \"",
    "HEAD \"",
    "Get ",
    "Head ",
    "Post ",
    "pulling from host ",
];

/// What stands before the mirrors that CRI-O tried in vain before the last place.
const MIRRORS_FAILED: &str = "(Mirrors also failed: ";

/// A request that a runtime speaks of.
struct Asked<'t> {
    host: &'t str,
    path: &'t str,
    query: &'t str,
}

/// Returns the part of a message that speaks of the last place which CRI-O tried: what
/// mirrors answered before did not decide.
pub(super) fn last_place(message: &str) -> &str {
    let failed = message.split_once(MIRRORS_FAILED).and_then(|(_, rest)| rest.rsplit_once("]): "));
    failed.map_or(message, |(_, rest)| rest)
}

/// Returns the host that answered in place of the registry of an image.
pub(crate) fn answering(message: &str, registry: &str) -> Option<String> {
    let message = last_place(message);
    let is_mirror = |asked: &Asked<'_>| asked.is_of_mirror(registry);
    let requests = requests(message);
    let found = requests.into_iter().find(is_mirror).map(|asked| asked.host);
    let found = found.or_else(|| {
        let mut named = named_by_crio(message).into_iter();
        named.find(|host| !hosts::is_of_registry(registry, host))
    });
    found.map(str::to_owned)
}

/// The requests of which a message speaks. Addresses elsewhere, as in what a registry
/// says to people, were not asked.
fn requests(message: &str) -> Vec<Asked<'_>> {
    let mut found: Vec<(usize, Asked<'_>)> = Vec::new();
    for before in REQUESTS {
        for (at, _) in message.match_indices(before) {
            let rest = message.get(at + before.len()..).unwrap_or_default();
            found.extend(asked(rest, before.ends_with("host ")).map(|asked| (at, asked)));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, asked)| asked).collect()
}

/// Reads an address, or a host alone.
fn asked(text: &str, is_host: bool) -> Option<Asked<'_>> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let rest = if is_host { text } else { rest? };
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | '\\');
    let address = rest.split(end).next().unwrap_or_default().trim_end_matches([':', ',']);
    let (before, query) = address.split_once('?').unwrap_or((address, ""));
    let split = before.find('/').unwrap_or(before.len());
    let (host, path) = before.split_at(split);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    (!host.is_empty()).then_some(Asked { host, path, query })
}

impl Asked<'_> {
    fn is_of_mirror(&self, registry: &str) -> bool {
        let is_of_registry = hosts::is_of_registry(registry, self.host);
        if self.path.is_empty() || self.path.starts_with("/v2/") && !self.is_for_token() {
            return !is_of_registry;
        }
        // containerd asks with `ns` of mirrors alone.
        if self.member("ns").is_some() && !is_of_registry {
            return true;
        }
        // A layer comes from wherever the registry sends to.
        if !self.is_for_token() {
            return false;
        }
        let service = self.member("service");
        !hosts::is_token_server_of(registry, self.host, self.path, service.as_deref())
    }

    /// Whether a token is asked for; below `/v2/` too, as Quay and Google have it.
    fn is_for_token(&self) -> bool {
        let is_named = || ["token", "auth"].iter().any(|name| self.path.contains(name));
        let is_asked = self.member("service").is_some() || self.member("scope").is_some();
        is_asked || !self.path.starts_with("/v2/") && is_named()
    }

    fn member(&self, name: &str) -> Option<String> {
        let mut members = self.query.split('&').filter_map(|member| member.split_once('='));
        let (_, value) = members.find(|(found, _)| *found == name)?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }
}

/// The hosts that CRI-O names without an address.
fn named_by_crio(message: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, words) in message.match_indices("eading manifest ") {
        let rest = message.get(at + words.len()..).unwrap_or_default();
        let repository = rest.split_once(" in ").map(|(_, rest)| rest.split([' ', '\n']).next());
        let host = repository.flatten().and_then(|it| it.split_once('/')).map(|(host, _)| host);
        found.extend(host.filter(|host| host.contains(['.', ':']) || *host == "localhost"));
    }
    for (at, words) in message.match_indices("pinging container registry ") {
        let rest = message.get(at + words.len()..).unwrap_or_default();
        found.extend(rest.split_once(": ").map(|(host, _)| host));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(&str, &str, Option<&str>); 23] = [
        // containerd
        (
            "docker.io",
            "unexpected status from HEAD request to https://m.example/docker-hub/a/b/manifests/1?ns=docker.io: 403 Forbidden",
            Some("m.example"),
        ),
        (
            "docker.io",
            "failed to do request: Head \"https://m.example:5000/v2/library/nginx/manifests/1?ns=docker.io\": dial tcp: lookup m.example: no such host",
            Some("m.example:5000"),
        ),
        (
            "docker.io",
            "pulling from host m.example failed with status code [manifests 1]: 401 Unauthorized",
            Some("m.example"),
        ),
        (
            "docker.io",
            "pulling from host registry-1.docker.io failed with status code [manifests 1]: 401 Unauthorized",
            None,
        ),
        (
            "docker.io",
            "unexpected status from HEAD request to https://registry-1.docker.io/v2/a/manifests/1: 429 Too Many Requests\ntoomanyrequests: see https://www.example.com/v2/limits",
            None,
        ),
        (
            "quay.io",
            "failed to fetch oauth token: unexpected status from GET request to https://quay.io/v2/auth?scope=repository%3Aa%3Apull&service=quay.io: 401 Unauthorized",
            None,
        ),
        (
            "ghcr.io",
            "failed to fetch oauth token: unexpected status from POST request to https://ghcr.io/token: 401 Unauthorized",
            None,
        ),
        (
            "ghcr.io",
            "failed to fetch oauth token: unexpected status from POST request to https://art.corp.example/v2/token: 401 Unauthorized",
            Some("art.corp.example"),
        ),
        (
            "registry.gitlab.com",
            "failed to fetch oauth token: unexpected status from GET request to https://gitlab.com/jwt/auth?scope=x&service=container_registry: 403 Forbidden",
            None,
        ),
        (
            "registry.k8s.io",
            "unexpected status from HEAD request to https://us-west2-docker.pkg.dev/v2/k8s-artifacts-prod/images/pause/manifests/3.9: 403 Forbidden",
            None,
        ),
        (
            "reg.example:443",
            "unexpected status from HEAD request to https://reg.example/v2/a/manifests/1: 401 Unauthorized",
            None,
        ),
        // Layers
        (
            "acme.azurecr.io",
            "failed to copy: httpReadSeeker: failed open: failed to do request: Get \"https://eus2managed9.blob.core.windows.net/f1/docker/registry/v2/blobs/sha256/aa/data?se=x&sig=y\": dial tcp 10.0.0.1:443: i/o timeout",
            None,
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "failed to copy: httpReadSeeker: failed open: unexpected status code https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/aa?X-Amz-Security-Token=x: 403 Forbidden",
            None,
        ),
        (
            "docker.io",
            "failed to do request: Get \"https://docker-images-prod.r2.cloudflarestorage.com/registry-v2/docker/registry/v2/blobs/sha256/aa/data?X-Amz-Date=x\": EOF",
            None,
        ),
        // CRI-O
        (
            "private.example",
            "reading manifest v1 in mirror.example/app: unauthorized: authentication required",
            Some("mirror.example"),
        ),
        (
            "docker.io",
            "initializing source docker://nginx:1: reading manifest 1 in docker.io/library/nginx: manifest unknown",
            None,
        ),
        (
            "ghcr.io",
            "initializing source docker://ghcr.io/a/b:1: (Mirrors also failed: [m.example/a/b:1: reading manifest 1 in m.example/a/b: unauthorized: x]): ghcr.io/a/b:1: reading manifest 1 in ghcr.io/a/b: denied",
            None,
        ),
        (
            "ghcr.io",
            "initializing source docker://ghcr.io/a/b:1: pinging container registry m.example:5000: Get \"https://m.example:5000/v2/\": x509: x",
            Some("m.example:5000"),
        ),
        (
            "docker.io",
            "initializing source docker://x: pinging container registry registry-1.docker.io: Get \"https://registry-1.docker.io/v2/\": EOF",
            None,
        ),
        // dockerd
        (
            "docker.io",
            "Error response from daemon: Get \"https://m.example/v2/\": unauthorized: x",
            Some("m.example"),
        ),
        (
            "docker.io",
            "Error response from daemon: Get https://registry-1.docker.io/v2/: unauthorized: incorrect username or password",
            None,
        ),
        (
            "docker.io",
            "Error response from daemon: Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": Get \"https://auth.docker.io/token?scope=x&service=registry.docker.io\": EOF",
            None,
        ),
        ("docker.io", "something else of https://m.example/v2/", None),
    ];

    #[test]
    fn mirrors_are_told_from_registries() {
        for (registry, message, mirror) in ROWS {
            assert_eq!(answering(message, registry).as_deref(), mirror, "{message}");
        }
    }
}
