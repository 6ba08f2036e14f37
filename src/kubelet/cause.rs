//! What the messages of kubelet and container runtime about a failed pull mean. A
//! message is known by its parts, never by a number.
//!
//! Sources: Kubernetes 1.37, `pkg/kubelet/images` and `pkg/credentialprovider`;
//! containerd 1.6 to 2.2, `core/remotes/docker`; CRI-O 1.35 with
//! go.podman.io/image 5.38, `docker`.

/// Why a pull failed, in the order of how far it got: of several attempts the
/// one that got farthest says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The kubelet limits its own pulls (`registryPullQPS`).
    Throttled,
    /// No credential was sent.
    NotSent,
    /// The credential that was sent is not accepted.
    Rejected,
    /// The credential has no access, or there is no such repository.
    Denied,
    /// The registry requires an authentication scheme that the runtime lacks.
    UnsupportedAuth,
    /// The name of the registry's host cannot be resolved.
    UnknownHost,
    /// The registry was not reached.
    Unreachable,
    /// The node does not trust its certificate.
    Untrusted,
    /// The registry speaks plain HTTP.
    PlainHttp,
    /// The registry returned a server error.
    RegistryError,
    /// The registry limits the rate of pulls.
    RateLimited,
    /// There is no such image or tag.
    NotFound,
    /// Not for the node's processor or system.
    Platform,
    /// The image's signature is not as the node wants it.
    Signature,
    /// A name without a registry, which CRI-O does not complete.
    ShortName,
    /// A pull Secret cannot be decoded.
    Malformed,
    /// The policy forbids a pull.
    NeverPull,
    /// The image name is not valid.
    InvalidName,
}

/// How the kubelet's own words begin where it does not get to a pull.
/// Sources: Kubernetes 1.37, `pkg/kubelet/images` and `pkg/credentialprovider`.
const BEGINNINGS: [(&str, Cause); 8] = [
    ("pull qps exceeded", Cause::Throttled),
    ("container image ", Cause::NeverPull),
    ("failed to apply default image tag ", Cause::InvalidName),
    ("illegal base64 data", Cause::Malformed),
    ("unable to parse auth field", Cause::Malformed),
    ("invalid character ", Cause::Malformed),
    ("json: cannot unmarshal ", Cause::Malformed),
    ("unexpected end of json input", Cause::Malformed),
];

/// Parts of a runtime's texts in lower case. The first that is found counts: what
/// stands before it says more, or holds the words of what comes later.
const PARTS: [(&str, Cause); 52] = [
    ("invalid reference format", Cause::InvalidName),
    ("no match for platform", Cause::Platform),
    ("no image found in image index for architecture", Cause::Platform),
    ("no image found in manifest list for architecture", Cause::Platform),
    ("choosing image instance", Cause::Platform),
    ("signature validation failed", Cause::Signature),
    ("source image rejected", Cause::Signature),
    ("short name mode is enforcing", Cause::ShortName),
    ("short-name", Cause::ShortName),
    ("server gave http response to https client", Cause::PlainHttp),
    ("x509:", Cause::Untrusted),
    ("tls: failed to verify", Cause::Untrusted),
    ("remote error: tls", Cause::Untrusted),
    ("tls: handshake failure", Cause::Untrusted),
    ("no such host", Cause::UnknownHost),
    ("server misbehaving", Cause::UnknownHost),
    ("temporary failure in name resolution", Cause::UnknownHost),
    (": try again", Cause::UnknownHost),
    ("connection refused", Cause::Unreachable),
    ("registry is unavailable", Cause::Unreachable),
    ("i/o timeout", Cause::Unreachable),
    ("no route to host", Cause::Unreachable),
    ("network is unreachable", Cause::Unreachable),
    ("tls handshake timeout", Cause::Unreachable),
    ("connection reset by peer", Cause::Unreachable),
    ("context deadline exceeded", Cause::Unreachable),
    ("proxyconnect tcp", Cause::Unreachable),
    ("request canceled while waiting", Cause::Unreachable),
    (": eof", Cause::Unreachable),
    ("toomanyrequests", Cause::RateLimited),
    ("too many requests", Cause::RateLimited),
    ("failed to find supported auth scheme", Cause::UnsupportedAuth),
    // A token server that fails says nothing of the credential.
    ("internal server error", Cause::RegistryError),
    ("bad gateway", Cause::RegistryError),
    ("service unavailable", Cause::RegistryError),
    ("gateway timeout", Cause::RegistryError),
    ("invalid username/password", Cause::Rejected),
    ("failed to fetch oauth token", Cause::Rejected),
    ("failed to fetch anonymous token", Cause::NotSent),
    ("no basic auth credentials", Cause::NotSent),
    ("insufficient_scope", Cause::Denied),
    ("pull access denied", Cause::Denied),
    ("access to the resource is denied", Cause::Denied),
    ("denied:", Cause::Denied),
    ("401 unauthorized", Cause::Rejected),
    ("unauthorized:", Cause::Rejected),
    ("authentication required", Cause::Rejected),
    ("403 forbidden", Cause::Denied),
    ("manifest unknown", Cause::NotFound),
    ("name unknown", Cause::NotFound),
    ("repository name not known", Cause::NotFound),
    (": not found", Cause::NotFound),
];

/// How a runtime's answer to one attempt begins.
const ATTEMPTS: [&str; 8] = [
    "rpc error: code = ",
    "failed to pull and unpack image ",
    "failed to resolve ",
    "unable to pull image",
    "initializing source ",
    "pinging container registry ",
    "reading manifest ",
    "pull access denied",
];

impl Cause {
    /// Returns what a message of kubelet or runtime says of a pull of `image`; none
    /// where the message is unknown.
    pub(crate) fn of(message: &str, image: &str) -> Option<Self> {
        attempts(message).into_iter().filter_map(|attempt| Self::of_one(attempt, image)).max()
    }

    fn of_one(attempt: &str, image: &str) -> Option<Self> {
        // An image may be called like anything.
        let text = attempt.replace(image, "IMAGE").to_lowercase();
        let begins = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning));
        let found = begins.or_else(|| PARTS.iter().find(|(part, _)| text.contains(part)))?;
        Some(found.1)
    }
}

/// The kubelet tries each credential, and joins what the runtime says to each as
/// `[one, other]`; the same is said once.
/// Source: Kubernetes 1.37, `staging/src/k8s.io/apimachinery/pkg/util/errors`.
fn attempts(message: &str) -> Vec<&str> {
    let joined = message.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(mut rest) = joined else { return vec![message] };
    let mut found = Vec::new();
    let begins = |text: &str| ATTEMPTS.iter().any(|beginning| text.starts_with(beginning));
    let mut from = 0;
    while let Some(comma) = rest.get(from..).and_then(|text| text.find(", ")) {
        let (attempt, after) = rest.split_at(from + comma);
        let after = after.trim_start_matches([',', ' ']);
        if begins(after) {
            found.push(attempt);
            rest = after;
            from = 0;
        } else {
            from += comma + 2;
        }
    }
    found.push(rest);
    found
}

/// Returns the message of kubelet or runtime in that of a waiting container or of an
/// event, without what the kubelet puts before it; none where it says no more than
/// that the pull failed. Source: Kubernetes 1.37, `pkg/kubelet/images/image_manager.go`.
pub(crate) fn runtime_message<'t>(message: &'t str, image: &str) -> Option<&'t str> {
    let back_off = format!("Back-off pulling image \"{image}\"");
    let failed = format!("Failed to pull image \"{image}\": ");
    let before = [
        "Error: ",
        &back_off,
        ": ",
        "ErrImagePull: ",
        "RegistryUnavailable: ",
        "SignatureValidationFailed: ",
        &failed,
        "rpc error: code = Unknown desc = ",
    ];
    let strip = |text: &'t str, before: &&str| text.strip_prefix(*before).unwrap_or(text);
    let text = before.iter().fold(message, strip).trim();
    let says_more = !["", "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"].contains(&text);
    says_more.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "ghcr.io/janedoe/unauthorized:v1";

    const TEXTS: [(&str, Cause); 42] = [
        ("pull QPS exceeded", Cause::Throttled),
        // containerd
        (
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            Cause::Denied,
        ),
        (
            "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
            Cause::NotSent,
        ),
        (
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?x: 401 Unauthorized",
            Cause::NotSent,
        ),
        (
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?x: 403 Forbidden",
            Cause::NotSent,
        ),
        (
            "failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://ghcr.io/token: 401 Unauthorized",
            Cause::Rejected,
        ),
        (
            "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token: 503 Service Unavailable",
            Cause::RegistryError,
        ),
        (
            "unexpected status from HEAD request to https://ghcr.io/v2/x/manifests/v1: 401 Unauthorized",
            Cause::Rejected,
        ),
        (
            "unexpected status from HEAD request to https://ghcr.io/v2/x/manifests/v1: 403 Forbidden",
            Cause::Denied,
        ),
        ("unexpected status: 401 Unauthorized", Cause::Rejected),
        (
            "pulling from host ghcr.io failed with status code [manifests v1]: 401 Unauthorized",
            Cause::Rejected,
        ),
        ("ghcr.io/janedoe/app:v1: not found", Cause::NotFound),
        ("no match for platform in manifest: not found", Cause::Platform),
        (
            "unexpected status from HEAD request to https://registry-1.docker.io/v2/x/manifests/v1: 429 Too Many Requests\ntoomanyrequests: You have reached your pull rate limit",
            Cause::RateLimited,
        ),
        (
            "failed to do request: Head \"https://ghcr.io/v2/x\": dial tcp: lookup ghcr.io on 10.0.0.1:53: no such host",
            Cause::UnknownHost,
        ),
        (
            "failed to do request: Head \"https://ghcr.io/v2/x\": dial tcp: lookup ghcr.io: Try again",
            Cause::UnknownHost,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": dial tcp 10.0.0.1:443: connect: connection refused",
            Cause::Unreachable,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": dial tcp 10.0.0.1:443: i/o timeout",
            Cause::Unreachable,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": net/http: TLS handshake timeout",
            Cause::Unreachable,
        ),
        ("failed to do request: Head \"https://x/v2/x\": EOF", Cause::Unreachable),
        (
            "failed to do request: Head \"https://x/v2/x\": proxyconnect tcp: dial tcp: x",
            Cause::Unreachable,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
            Cause::Untrusted,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": x509: certificate is valid for a, not x",
            Cause::Untrusted,
        ),
        (
            "failed to do request: Head \"https://x/v2/x\": http: server gave HTTP response to HTTPS client",
            Cause::PlainHttp,
        ),
        ("failed to find supported auth scheme: not implemented", Cause::UnsupportedAuth),
        // CRI-O
        (
            "initializing source docker://x: unable to retrieve auth token: invalid username/password: unauthorized: x",
            Cause::Rejected,
        ),
        (
            "initializing source docker://x: reading manifest v1 in x: unauthorized: authentication required",
            Cause::Rejected,
        ),
        (
            "initializing source docker://x: reading manifest v1 in x: requested access to the resource is denied",
            Cause::Denied,
        ),
        ("initializing source docker://x: reading manifest v1 in x: denied: denied", Cause::Denied),
        (
            "initializing source docker://x: Requesting bearer token: received unexpected HTTP status: 403 Forbidden",
            Cause::Denied,
        ),
        (
            "initializing source docker://x: reading manifest v1 in x: manifest unknown",
            Cause::NotFound,
        ),
        (
            "initializing source docker://x: reading manifest v1 in x: name unknown: The repository does not exist",
            Cause::NotFound,
        ),
        (
            "initializing source docker://x: pinging container registry x: Get \"https://x/v2/\": dial tcp: lookup x: no such host",
            Cause::UnknownHost,
        ),
        (
            "initializing source docker://x: reading manifest v1 in x: too many requests to registry",
            Cause::RateLimited,
        ),
        (
            "initializing source docker://x: received unexpected HTTP status: 502 Bad Gateway",
            Cause::RegistryError,
        ),
        ("image pull failed for x because the registry is unavailable: x", Cause::Unreachable),
        ("image pull failed for x because the signature validation failed: x", Cause::Signature),
        ("short name mode is enforcing, but image name x returns ambiguous list", Cause::ShortName),
        // The kubelet
        ("Container image \"x\" is not present with pull policy of Never", Cause::NeverPull),
        (
            "Failed to apply default image tag \"A\": couldn't parse image name \"A\": invalid reference format",
            Cause::InvalidName,
        ),
        ("illegal base64 data at input byte 4", Cause::Malformed),
        ("invalid character 'x' looking for beginning of value", Cause::Malformed),
    ];

    #[test]
    fn the_texts_of_runtimes_are_known() {
        let pull = format!(
            "failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": "
        );
        for (text, cause) in TEXTS {
            assert_eq!(Cause::of(text, IMAGE), Some(cause), "{text}");
            if (Cause::NotSent..Cause::Malformed).contains(&cause) {
                assert_eq!(Cause::of(&format!("{pull}{text}"), IMAGE), Some(cause), "{text}");
            }
        }
    }

    #[test]
    fn an_image_may_be_called_like_an_error() {
        for image in ["ghcr.io/unauthorized:v1", "ghcr.io/x/denied:v1", "x.io/a@sha256:401403404"] {
            assert_eq!(Cause::of(&format!("cannot pull \"{image}\": something new"), image), None);
        }
        assert_eq!(Cause::of("404", IMAGE), None);
        // A registry that answers with a page for people.
        let text =
            "failed to fetch anonymous token: invalid character '<' looking for beginning of value";
        assert_eq!(Cause::of(text, IMAGE), Some(Cause::NotSent));
    }

    #[test]
    fn of_several_attempts_the_one_that_got_farthest_counts() {
        let text = "[failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://x/token: 401 Unauthorized, failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://x/token: 401 Unauthorized]";
        assert_eq!(Cause::of(text, IMAGE), Some(Cause::Rejected));
        let pull = |cause: &str| {
            format!(
                "failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": {cause}"
            )
        };
        let rejected =
            pull("unexpected status from HEAD request to https://x/v2/y?a, b: 401 Unauthorized");
        let missing =
            format!("rpc error: code = NotFound desc = {}", pull(&format!("{IMAGE}: not found")));
        for text in [format!("[{rejected}, {missing}]"), format!("[{missing}, {rejected}]")] {
            assert_eq!(attempts(&text).len(), 2, "{text}");
            assert_eq!(Cause::of(&text, IMAGE), Some(Cause::NotFound), "{text}");
        }
        assert_eq!(attempts("[a, b]"), ["a, b"]);
    }

    #[test]
    fn the_message_of_the_runtime_is_found() {
        for (message, expected) in [
            (
                format!("Back-off pulling image \"{IMAGE}\": ErrImagePull: pull access denied"),
                Some("pull access denied"),
            ),
            (format!("Back-off pulling image \"{IMAGE}\""), None),
            (
                format!("Failed to pull image \"{IMAGE}\": rpc error: code = Unknown desc = x"),
                Some("x"),
            ),
            (
                "rpc error: code = NotFound desc = y".to_owned(),
                Some("rpc error: code = NotFound desc = y"),
            ),
            ("Error: ErrImagePull".to_owned(), None),
            ("Error: illegal base64 data".to_owned(), Some("illegal base64 data")),
            (
                format!(
                    "Back-off pulling image \"{IMAGE}\": RegistryUnavailable: image pull failed"
                ),
                Some("image pull failed"),
            ),
            (String::new(), None),
        ] {
            assert_eq!(runtime_message(&message, IMAGE), expected, "{message}");
        }
    }
}
