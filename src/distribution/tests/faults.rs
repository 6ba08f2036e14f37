//! What becomes of registries that are broken, hostile or not there.

use super::*;

/// What comes of a registry's challenge.
fn challenge(header: &'static str) -> (PullCheck, usize) {
    let (verdict, fake) =
        public(move |_| answer(401, &format!("WWW-Authenticate: {header}\r\n"), ""));
    (verdict, fake.requests().len())
}

#[test]
fn no_credential_leaves_for_a_challenge_that_is_not_right() {
    for (header, message) in [
        (
            "Negotiate",
            "the registry requires Negotiate authentication, and container runtimes support Basic and Bearer only",
        ),
        (
            "Bearer realm=\"open",
            "the registry requires authentication, and its challenge cannot be parsed",
        ),
        ("Bearer service=\"x\"", "the registry requires a token, and names no token server"),
        (
            "Bearer realm=\"https://169.254.169.254/latest\"",
            "the token server was not used: 169.254.169.254 is at a private address, and the registry is not",
        ),
        (
            "Bearer realm=\"http://auth.example/token\"",
            "the token server was not used: auth.example would receive the credential over plain HTTP",
        ),
        (
            "Bearer realm=\"https://jane:x@auth.example/\"",
            "the token server was not used: auth.example is not an https:// URL",
        ),
        (
            "Bearer realm=\"nowhere\"",
            "the token server was not used: nowhere is not an https:// URL",
        ),
    ] {
        let (verdict, requests) = challenge(header);
        assert_eq!(told(&verdict), ("unreachable", message));
        assert_eq!(verdict.remedy, Some(Remedy::AskOperator(Authority::new("registry.example"))));
        assert_eq!(requests, 1);
    }
    let (verdict, _) = public(|_| answer(401, "", ""));
    assert_eq!(
        told(&verdict).1,
        "the registry denies access without naming an authentication scheme"
    );
}

#[test]
fn redirects_are_followed_without_the_login() {
    let (verdict, fake) = public(|request| {
        let is_other =
            request.contains("host: other.example\r\n") || request.contains("host: localhost\r\n");
        if is_other {
            return answer(200, MANIFEST, "");
        }
        bearer(request, |_| answer(307, "Location: https://localhost/blob\r\n", ""))
    });
    // Loopback is asked past the proxy, where nothing listens at its port.
    assert_eq!(verdict.outcome, Outcome::Unreachable, "{verdict:?}");
    assert!(!fake.received().contains("GET /blob"));
    let (verdict, fake) = public(|request| {
        if request.contains("HEAD /moved ") {
            return answer(200, MANIFEST, "");
        }
        bearer(request, |_| answer(302, "Location: https://registry-1.docker.io/moved\r\n", ""))
    });
    assert_eq!(verdict.outcome, Outcome::Ok);
    let received = fake.received();
    let moved = received.split("HEAD /moved ").nth(1).unwrap();
    assert!(!moved.contains("authorization"), "{moved}");
}

#[test]
fn redirects_that_lead_nowhere_end_it() {
    for (location, message) in [
        ("/v2/team/app/manifests/v1", "too many redirects"),
        ("http://registry.example/", "redirected to plain HTTP"),
        ("ftp://registry.example/", "redirected to an invalid URL"),
    ] {
        let headers = format!("Location: {location}\r\n");
        let (verdict, fake) = public(move |request| bearer(request, |_| answer(307, &headers, "")));
        assert_eq!(told(&verdict), ("unreachable", message));
        assert!(fake.requests().len() <= 13);
    }
    let (verdict, fake) = public(|request| {
        if request.contains("GET /v2/ ") {
            return answer(401, BEARER, "");
        }
        answer(307, "Location: https://10.0.0.1/token\r\n", "")
    });
    let message =
        "the token server was not used: 10.0.0.1 is at a private address, and the registry is not";
    assert_eq!((told(&verdict).1, fake.requests().len()), (message, 2));
}

type Replying = Box<dyn Fn() -> Reply + Send + Sync>;

#[test]
fn answers_that_are_none() {
    let gzip = [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n".as_slice(),
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
    ]
    .concat();
    let cases: [(Replying, &str); 6] = [
        (Box::new(|| Reply::Hang), "registry.example did not answer in time"),
        (
            Box::new(|| Reply::Raw(Vec::new())),
            "the connection was closed before the answer was complete",
        ),
        (
            Box::new(|| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec())),
            "the connection was closed before the answer was complete",
        ),
        (Box::new(|| Reply::Endless), "the answer is larger than any of a registry"),
        (Box::new(|| Reply::Raw(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec())), "the answer is not HTTP"),
        // What is compressed is not unpacked: it stays as small as it came.
        (
            Box::new(move || Reply::Raw(gzip.clone())),
            "the token server registry.example: the answer is not a token in JSON",
        ),
    ];
    for (reply, message) in cases {
        let is_token = message.starts_with("the token server");
        let (verdict, _) = public(move |request| {
            if is_token && request.contains("GET /v2/ ") {
                answer(401, BEARER, "")
            } else {
                reply()
            }
        });
        assert_eq!(told(&verdict), ("unreachable", message));
        assert!(verdict.remedy.is_some());
    }
}

#[test]
fn certificates_are_checked() {
    let registry = || Authority::new("registry.example");
    let past = rcgen::date_time_ymd(2020, 1, 1);
    let future = rcgen::date_time_ymd(2999, 1, 1);
    let ours = Identity::new(&NAMES, |_| ());
    let cases: [(Identity, bool, &str, Remedy); 4] = [
        (
            Identity::new(&NAMES, |_| ()),
            false,
            "the certificate is signed by an authority that this machine does not trust",
            Remedy::NameAuthority,
        ),
        (
            Identity::new(&NAMES, |params| params.not_after = past),
            true,
            "the certificate has expired",
            Remedy::RenewCertificate(registry()),
        ),
        (
            Identity::new(&NAMES, |params| params.not_before = future),
            true,
            "the certificate is not valid yet, by the clock of this machine",
            Remedy::SetClock,
        ),
        (
            Identity::new(&["other.example"], |_| ()),
            true,
            "the certificate is for another host name",
            Remedy::UseCertificateName(registry()),
        ),
    ];
    for (identity, is_trusted, message, remedy) in cases {
        let fake = Fake::start(Some(&identity), |_| answer(200, MANIFEST, ""));
        let authority = if is_trusted { &identity.authority } else { &ours.authority };
        let registries = registries(Some(authority), Some(&fake), false);
        let verdict = pull(&registries, "registry.example/app", &[&credential()]);
        assert_eq!(told(&verdict), ("untrusted", message));
        assert_eq!(verdict.remedy, Some(remedy));
        assert!(fake.requests().is_empty());
    }
}

#[test]
fn plain_http_is_for_this_machine_or_asked_for() {
    let open = |_: &str| answer(200, MANIFEST, "");
    let fake = Fake::start(None, open);
    let image = format!("{}/app:v1", fake.address);
    let verdict = pull(&registries(None, None, false), &image, &[]);
    assert_eq!(told(&verdict), ("ok", "anyone can pull it"));
    // Elsewhere not, and then nothing is sent.
    let verdict =
        pull(&registries(None, Some(&fake), false), "registry.example/app", &[&credential()]);
    assert_eq!(
        told(&verdict),
        ("unreachable", "the server speaks plain HTTP, and HTTPS is expected")
    );
    assert_eq!(verdict.remedy, Some(Remedy::AllowPlainHttp));
    // HTTPS is tried first, also with the flag; a wrong certificate ends it.
    let identity = Identity::new(&["other.example"], |_| ());
    let tls = Fake::start(Some(&identity), open);
    let image = format!("{}/app:v1", tls.address);
    let verdict = pull(&registries(None, None, true), &image, &[&credential()]);
    assert_eq!(verdict.outcome, Outcome::Untrusted);
    assert!(tls.requests().is_empty());
}

#[test]
fn nobody_there() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let none = registries(None, None, false);
    let verdict = pull(&none, &format!("{closed}/app"), &[]);
    assert_eq!(told(&verdict), ("unreachable", "connection refused (nothing listens there)"));
    // A label of 64 letters is refused before any server is asked.
    let verdict = pull(&none, &format!("{}.example/app", "a".repeat(64)), &[]);
    assert_eq!(
        told(&verdict),
        ("unreachable", "cannot resolve host (no such name, or DNS is unreachable)")
    );
}

#[test]
fn a_proxy_that_does_not_serve_is_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment =
        Environment::from_iter([("HTTPS_PROXY", format!("http://jane:{PASSWORD}@{closed}"))]);
    let registries = Registries::new(
        Trust::new(&environment),
        Proxies::of(&environment),
        PlainHttp::Loopback,
        TIMEOUT,
    );
    let verdict = pull(&registries, "registry.example/app", &[]);
    let message =
        "the proxy 127.0.0.1 cannot be reached: connection refused (nothing listens there)";
    assert_eq!(told(&verdict), ("unreachable", message));
    assert_eq!(verdict.remedy, Some(Remedy::BypassProxy(Authority::new("registry.example"))));
}
