//! Hosts that belong to a registry though no image names them: the servers that issue
//! its tokens, and those it redirects to.

use crate::registry::authority;
use crate::registry::reference::ImageReference;

/// Registries with hosts of other names; a name that begins with a dot stands for all
/// hosts that end so. Each row was read from the challenge or the redirect of the
/// registry itself, or from the source that it names.
const OTHER_HOSTS: [(&str, &[&str]); 12] = [
    // containerd 2.3, `core/remotes/docker/registry.go`; challenge of registry-1.docker.io.
    ("docker.io", &["registry-1.docker.io", "index.docker.io", "auth.docker.io", ".docker.com"]),
    // Docker Hardened Images are of the same account.
    ("dhi.io", &["auth.docker.io", "registry-1.docker.io"]),
    ("ghcr.io", &[".githubusercontent.com", "github.com"]),
    ("docker.pkg.github.com", &["github.com", ".github.com", ".githubusercontent.com"]),
    ("registry.gitlab.com", &["gitlab.com"]),
    (".redhat.com", &[".redhat.com", ".redhat.io"]),
    (".redhat.io", &[".redhat.com", ".redhat.io"]),
    // registry.k8s.io, `cmd/archeio/docs/request-handling.md`: it redirects.
    ("registry.k8s.io", &[".pkg.dev", ".amazonaws.com", ".googleapis.com"]),
    ("k8s.gcr.io", &["registry.k8s.io", ".pkg.dev", ".googleapis.com", "gcr.io"]),
    // Google's older names are served by the newer ones.
    (".gcr.io", &["gcr.io", ".pkg.dev", ".googleapis.com"]),
    ("nvcr.io", &[".nvidia.com"]),
    (".scw.cloud", &["api.scaleway.com"]),
];

/// Websites whose registry has another name, and that registry.
const WEBSITES: [(&str, &str); 6] = [
    ("hub.docker.com", "docker.io"),
    ("docker.com", "docker.io"),
    ("www.docker.com", "docker.io"),
    ("github.com", "ghcr.io"),
    ("gitlab.com", "registry.gitlab.com"),
    ("cloud.google.com", "gcr.io"),
];

/// Registries that many people use: their names are no misspellings of each other.
const WELL_KNOWN: [&str; 9] = [
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "quay.io",
    "icr.io",
    "nvcr.io",
    "lscr.io",
    "dhi.io",
    "ocir.io",
];

/// Returns whether a registry's name is well known, and so hardly a misspelling.
pub(crate) fn is_well_known(host: &str) -> bool {
    WELL_KNOWN.contains(&host)
}

/// Returns the registry that is meant where the name of its website is written.
pub(crate) fn of_website(host: &str) -> Option<&'static str> {
    let host = host.to_lowercase();
    WEBSITES.iter().find(|(website, _)| *website == host).map(|(_, registry)| *registry)
}

/// Domains whose subdomains belong to many customers: one is no part of another.
const SHARED: [&str; 9] = [
    "amazonaws.com",
    "azurecr.io",
    "azurecr.cn",
    "azurecr.us",
    "jfrog.io",
    "pkg.dev",
    "ocir.io",
    "aliyuncs.com",
    "cloudapp.net",
];

/// Registries that take the account of another, under a key of their own.
/// Source: docs.docker.com, "Docker Hardened Images": `docker login dhi.io` with the
/// credentials of Docker Hub.
const ACCOUNTS: [(&str, &str); 1] = [("dhi.io", "Docker Hub")];

/// Registries that everybody may pull from, and no one has to log in to.
const PUBLIC: [&str; 5] = [
    "registry.k8s.io",
    "k8s.gcr.io",
    "public.ecr.aws",
    "mcr.microsoft.com",
    "registry.access.redhat.com",
];

/// The images that Docker itself publishes.
const OFFICIAL_IMAGES: (&str, &str) = ("docker.io", "library/");

/// The token server that the registry of every GitLab uses, which mostly has a name of
/// its own. Source: GitLab 18, `config/routes.rb`.
const GITLAB_TOKENS: &str = "/jwt/auth";

/// The service by which GitLab's own registry is known there.
const GITLAB_SERVICE: &str = "container_registry";

/// The token server that every Harbor has on its own host.
/// Source: goharbor/harbor 2.14, `src/server/route.go`.
const HARBOR_TOKENS: &str = "/service/token";

/// The service of Docker Hub, as its own token server is asked for it.
const DOCKER_HUB_SERVICE: &str = "registry.docker.io";

/// Returns whose account a registry takes, where that is another's.
pub(crate) fn account_of(registry: &str) -> Option<&'static str> {
    ACCOUNTS.iter().find(|(of, _)| *of == registry).map(|(_, account)| *account)
}

/// Returns whether everybody may pull an image.
pub(crate) fn is_public(image: &ImageReference) -> bool {
    let domain = image.domain().as_str();
    let (hub, start) = OFFICIAL_IMAGES;
    PUBLIC.contains(&domain) || domain == hub && image.path().starts_with(start)
}

/// Returns whether a host answers for a registry, so that no mirror is between.
pub(crate) fn is_of_registry(registry: &str, host: &str) -> bool {
    let (registry, host) = (name(registry), name(host));
    let is_named = registry == host || host == "registry-1.docker.io" && registry == "docker.io";
    is_named
        || OTHER_HOSTS.iter().any(|(of, hosts)| {
            matches(&registry, of) && hosts.iter().any(|pattern| matches(&host, pattern))
        })
}

/// Returns whether a token server belongs to a registry. `path` and `service` are those
/// of the request, as far as they are known.
pub(crate) fn is_token_server_of(
    registry: &str,
    host: &str,
    path: &str,
    service: Option<&str>,
) -> bool {
    if is_of_registry(registry, host) {
        return true;
    }
    let registry = name(registry);
    let is_host = |service: &&str| service.contains('.') && *service != DOCKER_HUB_SERVICE;
    if let Some(service) = service.filter(is_host) {
        return name(service) == registry;
    }
    if path.starts_with(HARBOR_TOKENS) {
        return false;
    }
    let is_gitlab =
        path.starts_with(GITLAB_TOKENS) && service.is_none_or(|it| it == GITLAB_SERVICE);
    // Keycloak, which stands beside a registry, never in one.
    let is_keycloak = path.contains("/protocol/docker-v2/");
    is_gitlab || is_keycloak || is_same_domain(&registry, &name(host))
}

/// Whether two hosts are below one domain that belongs to one party.
fn is_same_domain(one: &str, other: &str) -> bool {
    let (one, other) = (authority::split(one).0, authority::split(other).0);
    let (one, other) = (domain(one), domain(other));
    one.contains('.') && one == other && !SHARED.contains(&one)
}

/// The last two labels of a host, or three where the last two are as `co.uk`.
fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), before) = (dots.next(), dots.next()) else { return host };
    let start = before.map_or(0, |at| at + 1);
    let is_country = host.len() - last == 3 && last - start <= 3;
    let start = if is_country { dots.next().map_or(0, |at| at + 1) } else { start };
    host.get(start..).unwrap_or(host)
}

/// A host without the port that HTTPS has anyway, in lower case.
fn name(authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    match authority::split(&lower) {
        (host, Some("443")) => host.to_owned(),
        _ => lower,
    }
}

fn matches(host: &str, pattern: &str) -> bool {
    let is_below = |domain| host.ends_with(pattern) || host == domain;
    pattern.strip_prefix('.').map_or(host == pattern, is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_a_registry_are_no_mirrors() {
        for (registry, host) in [
            ("docker.io", "registry-1.docker.io"),
            ("docker.io", "auth.docker.io"),
            ("docker.io", "Docker.io:443"),
            ("ghcr.io", "ghcr.io"),
            ("registry.k8s.io", "europe-west3-docker.pkg.dev"),
            ("eu.gcr.io", "gcr.io"),
            ("reg.example:5000", "reg.example:5000"),
        ] {
            assert!(is_of_registry(registry, host), "{host} for {registry}");
        }
        for (registry, host) in [
            ("docker.io", "mirror.gcr.io"),
            ("docker.io", "my-mirrors.example"),
            ("docker.io", "notdocker.com"),
            ("ghcr.io", "ghcr.io.mirror.example"),
            ("reg.example:5000", "reg.example"),
            ("reg.corp.example", "mirror.corp.example"),
            ("europe-docker.pkg.dev", "us-docker.pkg.dev"),
        ] {
            assert!(!is_of_registry(registry, host), "{host} for {registry}");
        }
    }

    #[test]
    fn token_servers_are_told_from_mirrors() {
        for (registry, host, path, service, is_own) in [
            ("docker.io", "auth.docker.io", "/token", Some("registry.docker.io"), true),
            ("registry.gitlab.com", "gitlab.com", "/jwt/auth", Some("container_registry"), true),
            (
                "images.acme.example",
                "git.corp.example",
                "/jwt/auth",
                Some("container_registry"),
                true,
            ),
            ("images.acme.example", "git.corp.example", "/jwt/auth", None, true),
            ("docker.io", "gitlab.com", "/jwt/auth", Some("dependency_proxy"), false),
            ("registry.access.redhat.com", "sso.redhat.com", "/auth/realms/x", None, true),
            ("registry.redhat.io", "sso.redhat.com", "/auth/realms/x", None, true),
            ("quay.io", "quay.io", "/v2/auth", Some("quay.io"), true),
            (
                "registry.example",
                "sso.other.example",
                "/realms/r/protocol/docker-v2/auth",
                None,
                true,
            ),
            ("registry.acme.example", "auth.acme.example:5001", "/auth", Some("Registry"), true),
            ("a.acme.co.uk", "b.acme.co.uk", "/auth", None, true),
            ("a.acme.co.uk", "b.other.co.uk", "/auth", None, false),
            ("registry.gitlab.example", "harbor.mirror.example", "/service/token", None, false),
            (
                "registry.acme.example",
                "harbor.acme.example",
                "/service/token",
                Some("harbor-registry"),
                false,
            ),
            (
                "registry.acme.example",
                "proxy.acme.example",
                "/v2/auth",
                Some("proxy.acme.example"),
                false,
            ),
            (
                "registry.acme.example",
                "proxy.other.example",
                "/v2/auth",
                Some("registry.acme.example"),
                true,
            ),
            ("one.azurecr.io", "two.azurecr.io", "/oauth2/token", None, false),
            ("ghcr.io", "artifactory.corp.example", "/v2/token", None, false),
            ("reg:5000", "auth:5001", "/token", None, false),
        ] {
            let found = is_token_server_of(registry, host, path, service);
            assert_eq!(found, is_own, "{host}{path} for {registry}");
        }
    }
}
