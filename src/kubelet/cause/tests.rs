//! What each text of kubelet and runtimes means.

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
    ("initializing source docker://x: reading manifest v1 in x: manifest unknown", Cause::NotFound),
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
            format!("Back-off pulling image \"{IMAGE}\": RegistryUnavailable: image pull failed"),
            Some("image pull failed"),
        ),
        (String::new(), None),
    ] {
        assert_eq!(runtime_message(&message, IMAGE), expected, "{message}");
    }
}
