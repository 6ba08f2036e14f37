//! Proxies of each kind, and hosts that take their time.

use super::*;

/// The verdict on an image with one variable set, and what was received; the
/// fake is registry and proxy, and `url` is where it is, after the scheme.
fn with_proxy(variable: &str, scheme: &str) -> (PullCheck, Fake) {
    let identity = Identity::new(&NAMES, |_| ());
    let fake = Fake::start(Some(&identity), |_| answer(200, MANIFEST, ""));
    let url = format!("{scheme}{}", fake.address);
    let environment = Environment::from_iter([(variable, url)]);
    let mut trust = Trust::new(&environment);
    assert!(trust.add(identity.authority.as_bytes()));
    let registries =
        Registries::new(trust, Proxies::of(&environment), PlainHttp::Loopback, TIMEOUT);
    (pull(&registries, "registry.example/app", &[]), fake)
}

#[test]
fn a_socks_proxy_is_used_and_looks_names_up() {
    let asked = ["GET /v2/", "HEAD /v2/app/manifests/latest"];
    for (variable, scheme, greeting) in [
        ("HTTPS_PROXY", "socks5://", "SOCKS5 registry.example:443"),
        ("https_proxy", "socks5h://", "SOCKS5 registry.example:443"),
        ("HTTPS_PROXY", "SOCKS5H://", "SOCKS5 registry.example:443"),
        ("HTTPS_PROXY", "socks5://jane:pass@", "SOCKS5 registry.example:443"),
        ("https_proxy", "socks4a://", "SOCKS4 registry.example:443"),
        ("HTTPS_PROXY", "http://", "CONNECT registry.example:443"),
        ("HTTPS_PROXY", "", "CONNECT registry.example:443"),
    ] {
        let (verdict, fake) = with_proxy(variable, scheme);
        assert_eq!(told(&verdict), ("ok", "anyone can pull it"), "{variable} {scheme}");
        assert_eq!(fake.tunnels(), [greeting], "{scheme}");
        assert_eq!(fake.requests(), asked, "{scheme}");
    }
}

#[test]
fn what_is_no_proxy_is_refused_in_words() {
    for scheme in ["ftp://", "socks6://", "socks5//", "unix://", "://"] {
        let (verdict, fake) = with_proxy("HTTPS_PROXY", scheme);
        let message = "the proxy that HTTPS_PROXY names is none of http://HOST:PORT, https://HOST:PORT and socks5://HOST:PORT";
        assert_eq!(told(&verdict), ("unreachable", message), "{scheme}");
        let remedy = Some(Remedy::BypassProxy(Authority::new("registry.example")));
        assert_eq!((&verdict.remedy, fake.requests().len()), (&remedy, 0));
    }
    // SOCKS4 has no names: this machine would have to know the address.
    let (verdict, _) = with_proxy("HTTPS_PROXY", "socks4://");
    assert_eq!(verdict.outcome, Outcome::Unreachable, "{verdict:?}");
}

#[test]
fn a_proxy_that_answers_in_drops_is_left() {
    for first in [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), b"\x05"] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            use std::io::Write;
            for mut stream in listener.incoming().flatten() {
                let mut bytes = first.to_vec();
                while stream.write_all(&bytes).is_ok() {
                    bytes = b"y".to_vec();
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        let scheme = if first == b"\x05" { "socks5" } else { "http" };
        let environment =
            Environment::from_iter([("HTTPS_PROXY", format!("{scheme}://{address}"))]);
        let registries = Registries::new(
            Trust::new(&environment),
            Proxies::of(&environment),
            PlainHttp::Loopback,
            TIMEOUT,
        );
        let verdict = pull(&registries, "registry.example/app", &[]);
        assert_eq!(verdict.outcome, Outcome::Unreachable, "{verdict:?}");
        if scheme == "http" {
            assert_eq!(verdict.message, "the proxy 127.0.0.1 did not answer in time");
        }
    }
}

#[test]
fn a_question_ends_though_each_answer_comes_in_time() {
    let fake = Fake::start(None, |request| {
        std::thread::sleep(Duration::from_millis(200));
        let path = request.split(' ').nth(1).unwrap();
        answer(307, &format!("Location: {path}x\r\n"), "")
    });
    let environment = Environment::from_iter([("HOME", "/nowhere")]);
    let timeout = Duration::from_millis(300);
    let registries =
        Registries::new(Trust::new(&environment), Proxies::default(), PlainHttp::Loopback, timeout);
    let image = format!("{}/app", fake.address);
    let credential = credential();
    let verdict = pull(&registries, &image, &[&credential, &credential]);
    let message = format!("no result within 1 s; {} was asked last", fake.address);
    assert_eq!(told(&verdict), ("unreachable", message.as_str()));
    assert!(fake.requests().len() <= 7, "{:?}", fake.requests());
}

#[test]
fn the_host_that_takes_too_long_is_named() {
    let slow = Fake::start(None, |_| Reply::Hang);
    let at = slow.address.clone();
    let fake = Fake::start(None, move |_| answer(307, &format!("Location: http://{at}/\r\n"), ""));
    let verdict = pull(&registries(None, None, false), &format!("{}/app", fake.address), &[]);
    let message = format!("redirected to {}, which did not answer in time", slow.address);
    assert_eq!(told(&verdict), ("unreachable", message.as_str()));
    let at = slow.address.clone();
    let fake = Fake::start(None, move |_| {
        answer(401, &format!("WWW-Authenticate: Bearer realm=\"http://{at}/t\"\r\n"), "")
    });
    let verdict = pull(&registries(None, None, false), &format!("{}/app", fake.address), &[]);
    let message = format!("the token server {} did not answer in time", slow.address);
    assert_eq!(told(&verdict), ("unreachable", message.as_str()));
}
