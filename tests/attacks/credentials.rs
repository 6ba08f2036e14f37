//! Where a credential goes, and where requests may be led to.

use crate::network::{Authority, Outcome, Server, answer, gives_token, moved, run, wants_token};

const IMAGE: &str = "reg.example/team/app:v1";

fn verify(authority: &Authority, arguments: &[&str]) -> Outcome {
    run("reg.example", &authority.pem, arguments, None)
}

/// A host that wants a login and has a token server of its own.
fn greedy(request: &str) -> String {
    if request.contains("/token") {
        return gives_token(request);
    }
    answer(401, "WWW-Authenticate: Bearer realm=\"https://evil.example/token\"\r\n", "")
}

#[test]
fn a_redirects_target_gets_no_credential() {
    let authority = Authority::new();
    let open_door = |request: &str| {
        if request.contains(" /v2/ ") {
            answer(200, "", "{}")
        } else {
            moved("https://evil.example/x")
        }
    };
    let all = |_: &str| moved("https://evil.example/x");
    let registries: [fn(&str) -> String; 2] = [open_door, all];
    for registry in registries {
        for arguments in [
            vec!["verify", IMAGE],
            vec!["verify", "--registry", "reg.example"],
            vec!["secret", "--registry", "reg.example", "--image", IMAGE, "--verify"],
        ] {
            let _registry = Server::start("203.0.113.10:443", Some(&authority), registry);
            let evil = Server::start("203.0.113.66:443", Some(&authority), greedy);
            let outcome = verify(&authority, &arguments);
            let received = evil.received();
            assert!(!evil.has_credential(), "{received:?}");
            assert!(received.iter().all(|it| !it.to_lowercase().contains("authorization")));
            let asks = "redirected to evil.example, which requires authentication; the credential was not sent there";
            assert!(received.is_empty() || outcome.stderr.contains(asks), "{outcome:?}");
        }
    }
}

#[test]
fn a_public_registry_leads_to_no_address_that_is_not_public() {
    let authority = Authority::new();
    let targets = [
        ("priv.example", "10.0.0.5:443"),
        ("meta.example", "169.254.169.254:443"),
        ("meta6.example", "[fd00:ec2::254]:443"),
        ("carrier.example", "100.64.0.1:443"),
        ("bench.example", "198.18.0.1:443"),
        ("nat.example", "[64:ff9b::a00:5]:443"),
        ("10.0.0.5", "10.0.0.5:443"),
        ("[64:ff9b::a00:5]", "[64:ff9b::a00:5]:443"),
        ("[::ffff:10.0.0.5]", "10.0.0.5:443"),
    ];
    for (host, address) in targets {
        let target = Server::start(address, Some(&authority), gives_token);
        let realm = format!("https://{host}/token");
        let registry = Server::start("203.0.113.10:443", Some(&authority), wants_token(&realm));
        let outcome = verify(&authority, &["verify", IMAGE]);
        let refused = format!(
            "the token server was not used: {host} is at a private address, and the registry is not"
        );
        assert!(outcome.stderr.contains(&refused), "{outcome:?}");
        drop(registry);
        let location = format!("https://{host}/x");
        let _registry =
            Server::start("203.0.113.10:443", Some(&authority), move |_| moved(&location));
        let outcome = verify(&authority, &["verify", IMAGE]);
        let refused =
            format!("redirected to {host}, which is at a private address, and the registry is not");
        assert!(outcome.stderr.contains(&refused), "{outcome:?}");
        assert!(target.received().is_empty(), "{host}");
    }
}

#[test]
fn public_and_private_registries_have_their_token_servers() {
    let authority = Authority::new();
    for (registry, at, realm, realm_at) in [
        ("reg.example", "203.0.113.10:443", "auth.example", "203.0.113.20:443"),
        ("reg.corp.example", "10.0.0.5:443", "auth.corp.example", "10.0.0.6:443"),
        ("reg.corp.example", "10.0.0.5:443", "10.0.0.6", "10.0.0.6:443"),
        ("reg.corp.example", "10.0.0.5:443", "auth.example", "203.0.113.20:443"),
    ] {
        let token = Server::start(realm_at, Some(&authority), gives_token);
        let handler = wants_token(&format!("https://{realm}/token"));
        let _registry = Server::start(at, Some(&authority), handler);
        let image = format!("{registry}/team/app:v1");
        let outcome = run(registry, &authority.pem, &["verify", &image], None);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(token.has_credential());
    }
}

#[test]
fn plain_http_carries_no_credential_off_this_machine() {
    let authority = Authority::new();
    for (host, at) in [
        ("evil.example", "203.0.113.66:80"),
        ("169.254.169.254", "169.254.169.254:80"),
        ("10.0.0.5", "10.0.0.5:80"),
        // A name of this machine that leads elsewhere.
        ("away.localhost", "203.0.113.66:80"),
    ] {
        let target = Server::start(at, None, gives_token);
        let handler = wants_token(&format!("http://{host}/token"));
        let _registry = Server::start("127.0.0.1:5000", None, handler);
        let arguments = ["verify", "127.0.0.1:5000/team/app:v1"];
        let outcome = run("127.0.0.1:5000", &authority.pem, &arguments, None);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(target.received().is_empty(), "{host}: {:?}", target.received());
    }
    let away = Server::start("203.0.113.66:80", None, |_| {
        answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "")
    });
    let outcome =
        run("away.localhost", &authority.pem, &["verify", "away.localhost/team/app:v1"], None);
    let refused = "the name is one of this machine, and the address is not";
    assert!(outcome.stderr.contains(refused), "{outcome:?}");
    assert!(away.received().is_empty());
}
