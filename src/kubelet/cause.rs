//! What the messages of kubelet and container runtime about a failed pull mean. A
//! message is known by its parts, never by a number.
//!
//! Sources: Kubernetes 1.37, `pkg/kubelet/images` and `pkg/credentialprovider`;
//! containerd 1.6 to 2.3, `core/remotes/docker`; CRI-O 1.35 with
//! go.podman.io/image 5.38, `docker`; moby 28 with distribution 2.8,
//! `registry/client/errors.go`.

use super::mirror;

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
    /// The login is accepted, and its token may do too little.
    NarrowToken,
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
const PARTS: [(&str, Cause); 70] = [
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
    ("error parsing http 429", Cause::RateLimited),
    ("failed to find supported auth scheme", Cause::UnsupportedAuth),
    // A token server that fails says nothing of the credential.
    ("internal server error", Cause::RegistryError),
    ("bad gateway", Cause::RegistryError),
    ("service unavailable", Cause::RegistryError),
    ("gateway timeout", Cause::RegistryError),
    ("error parsing http 5", Cause::RegistryError),
    ("statuscode: 5", Cause::RegistryError),
    ("insufficient scopes", Cause::NarrowToken),
    ("does not match expected scopes", Cause::NarrowToken),
    ("installation not allowed to", Cause::NarrowToken),
    // dockerd asks there for no repository yet, so the login itself is refused.
    ("/v2/\": denied", Cause::Rejected),
    ("/v2/\": unauthorized", Cause::Rejected),
    ("/v2/: denied", Cause::Rejected),
    ("/v2/: unauthorized", Cause::Rejected),
    ("incorrect username or password", Cause::Rejected),
    ("invalid username/password", Cause::Rejected),
    ("failed to fetch oauth token", Cause::Rejected),
    ("failed to fetch anonymous token", Cause::NotSent),
    ("no basic auth credentials", Cause::NotSent),
    ("insufficient_scope", Cause::Denied),
    ("pull access denied", Cause::Denied),
    ("does not exist or no pull access", Cause::Denied),
    ("access to the resource is denied", Cause::Denied),
    ("denied:", Cause::Denied),
    ("401 unauthorized", Cause::Rejected),
    ("unauthorized:", Cause::Rejected),
    ("authentication required", Cause::Rejected),
    ("error parsing http 401", Cause::Rejected),
    ("statuscode: 401", Cause::Rejected),
    ("403 forbidden", Cause::Denied),
    ("403 (forbidden)", Cause::Denied),
    ("error parsing http 403", Cause::Denied),
    ("statuscode: 403", Cause::Denied),
    ("manifest unknown", Cause::NotFound),
    ("name unknown", Cause::NotFound),
    ("repository name not known", Cause::NotFound),
    ("error parsing http 404", Cause::NotFound),
    (": not found", Cause::NotFound),
];

/// How a runtime's answer to one attempt begins.
const ATTEMPTS: [&str; 9] = [
    "rpc error: code = ",
    "failed to pull and unpack image ",
    "failed to resolve ",
    "unable to pull image",
    "initializing source ",
    "pinging container registry ",
    "reading manifest ",
    "pull access denied",
    "Error response from daemon: ",
];

/// Parts of what is said only where a login was sent, in lower case.
/// Sources: containerd 2.3, `core/remotes/docker/authorizer.go`; Docker Hub's answers.
const LOGIN_SENT: [&str; 4] = [
    "failed to fetch oauth token",
    "incorrect username or password",
    "insufficient scopes",
    "does not match expected scopes",
];

impl Cause {
    /// Returns what a message of kubelet or runtime says of a pull of `image`; none
    /// where the message is unknown.
    pub(crate) fn of(message: &str, image: &str) -> Option<Self> {
        decisive(message, image).map(|(_, cause)| cause)
    }

    fn of_one(attempt: &str, image: &str) -> Option<Self> {
        // An image may be called like anything.
        let text = mirror::last_place(attempt).replace(image, "IMAGE").to_lowercase();
        let begins = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning));
        let found = begins.or_else(|| PARTS.iter().find(|(part, _)| text.contains(part)))?;
        Some(found.1)
    }
}

/// Returns the attempt of a message that got farthest, and why it failed.
pub(crate) fn decisive<'m>(message: &'m str, image: &str) -> Option<(&'m str, Cause)> {
    let attempts = attempts(message).into_iter();
    let causes = attempts.filter_map(|attempt| Some((attempt, Cause::of_one(attempt, image)?)));
    causes.max_by_key(|(_, cause)| *cause)
}

/// Returns whether a message tells that a login was sent.
pub(crate) fn tells_of_login(message: &str) -> bool {
    let text = message.to_lowercase();
    LOGIN_SENT.iter().any(|part| text.contains(part))
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
mod tests;
