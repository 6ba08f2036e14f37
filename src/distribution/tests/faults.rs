//! What becomes of registries that are broken, hostile or not there.

use super::*;

/// What comes of a registry's challenge.
fn challenge(header: &'static str) -> (Verdict, usize) {
    let (verdict, fake) =
        public(move |_| answer(401, &format!("WWW-Authenticate: {header}\r\n"), ""));
    (verdict, fake.requests().len())
}

#[test]
fn no_credential_leaves_for_a_challenge_that_is_not_right() {
    for (header, message) in [
        (
            "Negotiate",
            "it wants a login by Negotiate, and container runtimes speak Basic and Bearer only",
        ),
        ("Bearer realm=\"open", "it wants a login, and what it says of it cannot be read"),
        ("Bearer service=\"x\"", "it wants a token, and does not say from which token server"),
        (
            "Bearer realm=\"https://169.254.169.254/latest\"",
            "its token server is not asked: 169.254.169.254 is at a private address, and the registry is not",
        ),
        (
            "Bearer realm=\"http://auth.example/token\"",
            "its token server is not asked: auth.example would get the credential over plain HTTP",
        ),
        (
            "Bearer realm=\"https://jane:x@auth.example/\"",
            "its token server is not asked: auth.example is not a URL of https://",
        ),
        (
            "Bearer realm=\"nowhere\"",
            "its token server is not asked: nowhere is not a URL of https://",
        ),
    ] {
        let (verdict, requests) = challenge(header);
        assert_eq!(told(&verdict), ("unreachable", message));
        assert_eq!((verdict.hint.as_str(), requests), ("ask those who run registry.example", 1));
    }
    let (verdict, _) = public(|_| answer(401, "", ""));
    assert_eq!(told(&verdict).1, "it refuses access and does not say which login it wants");
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
        ("/v2/team/app/manifests/v1", "it redirects in circles"),
        ("http://registry.example/", "it redirects to plain HTTP"),
        ("ftp://registry.example/", "it redirects to what is no URL"),
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
        "its token server is not asked: 10.0.0.1 is at a private address, and the registry is not";
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
            "it closed the connection before its answer was complete",
        ),
        (
            Box::new(|| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec())),
            "it closed the connection before its answer was complete",
        ),
        (Box::new(|| Reply::Endless), "its answer is larger than any that a registry gives"),
        (Box::new(|| Reply::Raw(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec())), "its answer is not HTTP"),
        // What is compressed is not unpacked: it stays as small as it came.
        (
            Box::new(move || Reply::Raw(gzip.clone())),
            "its token server registry.example: its answer is not the JSON of a token",
        ),
    ];
    for (reply, message) in cases {
        let is_token = message.starts_with("its token server");
        let (verdict, _) = public(move |request| {
            if is_token && request.contains("GET /v2/ ") {
                answer(401, BEARER, "")
            } else {
                reply()
            }
        });
        assert_eq!(told(&verdict), ("unreachable", message));
        assert!(!verdict.hint.is_empty());
    }
}

#[test]
fn certificates_are_checked() {
    let past = rcgen::date_time_ymd(2020, 1, 1);
    let future = rcgen::date_time_ymd(2999, 1, 1);
    let ours = Identity::new(&NAMES, |_| ());
    let cases: [(Identity, bool, &str, &str); 4] = [
        (
            Identity::new(&NAMES, |_| ()),
            false,
            "its certificate is signed by an authority that this machine does not trust",
            "name the certificate of its authority: --ca-file FILE",
        ),
        (
            Identity::new(&NAMES, |params| params.not_after = past),
            true,
            "its certificate has expired",
            "ask those who run registry.example to renew it",
        ),
        (
            Identity::new(&NAMES, |params| params.not_before = future),
            true,
            "its certificate is not valid yet, by the clock of this machine",
            "set the clock of this machine",
        ),
        (
            Identity::new(&["other.example"], |_| ()),
            true,
            "its certificate is for another host name",
            "call it by the name in its certificate: openssl s_client -connect registry.example:443",
        ),
    ];
    for (identity, is_trusted, message, hint) in cases {
        let fake = Fake::start(Some(&identity), |_| answer(200, MANIFEST, ""));
        let authority = if is_trusted { &identity.authority } else { &ours.authority };
        let registries = registries(Some(authority), Some(&fake), false);
        let verdict = pull(&registries, "registry.example/app", &[&credential()]);
        assert_eq!(told(&verdict), ("untrusted", message));
        assert_eq!(verdict.hint, hint);
        assert!(fake.requests().is_empty());
    }
}

#[test]
fn plain_http_is_for_this_machine_or_asked_for() {
    let open = |_: &str| answer(200, MANIFEST, "");
    let fake = Fake::start(None, open);
    let image = format!("{}/app:v1", fake.address);
    let verdict = pull(&registries(None, None, false), &image, &[]);
    assert_eq!(told(&verdict), ("ok", "anyone may pull it"));
    // Elsewhere not, and then nothing is sent.
    let verdict =
        pull(&registries(None, Some(&fake), false), "registry.example/app", &[&credential()]);
    assert_eq!(told(&verdict), ("unreachable", "it speaks plain HTTP where HTTPS is expected"));
    assert_eq!(verdict.hint, "if its network is safe for a password in the clear: --plain-http");
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
    assert_eq!(
        told(&verdict),
        ("unreachable", "nothing listens there: the connection was refused")
    );
    // A label of 64 letters is refused before any server is asked.
    let verdict = pull(&none, &format!("{}.example/app", "a".repeat(64)), &[]);
    assert_eq!(
        told(&verdict),
        ("unreachable", "its name has no address: DNS does not know it, or cannot be reached")
    );
}

#[test]
fn a_proxy_that_does_not_serve_is_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment =
        Environment::from_iter([("HTTPS_PROXY", format!("http://jane:{PASSWORD}@{closed}"))]);
    let registries =
        Registries::new(Trust::new(&environment), Proxies::of(&environment), false, TIMEOUT);
    let verdict = pull(&registries, "registry.example/app", &[]);
    let message =
        "the proxy 127.0.0.1 cannot be reached: nothing listens there: the connection was refused";
    assert_eq!(told(&verdict), ("unreachable", message));
    assert_eq!(verdict.hint, "correct HTTPS_PROXY, or go past it: NO_PROXY=registry.example");
}
