//! A credential goes to its registry and to the token server that the registry
//! itself named, wherever redirects lead.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// A registry that redirects to a second host: which of its paths, and what
/// the second host answers. Returns the verdict and what the two received.
fn redirecting(
    question: fn(&Registries, &str) -> PullCheck,
    registry: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
    other: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
) -> (PullCheck, String, String, String) {
    let own = Arc::new(Mutex::new(String::new()));
    let at = Arc::clone(&own);
    let second = Fake::start(None, move |request| other(request, &at.lock().unwrap()));
    own.lock().unwrap().clone_from(&second.address);
    let target = second.address.clone();
    let first = Fake::start(None, move |request| registry(request, &target));
    let verdict = question(&registries(None, None, false), &first.address);
    (verdict, first.received(), second.received(), second.address)
}

fn image(registries: &Registries, host: &str) -> PullCheck {
    pull(registries, &format!("{host}/team/app:v1"), &[&credential()])
}

fn login(registries: &Registries, host: &str) -> PullCheck {
    let key = RegistryKey::parse(host).unwrap();
    registries.ask(&Question::Login(&key, &credential()))
}

fn wants_token(address: &str) -> Reply {
    let header = format!("WWW-Authenticate: Bearer realm=\"http://{address}/token\"\r\n");
    answer(401, &header, "")
}

fn moved(address: &str) -> Reply {
    answer(307, &format!("Location: http://{address}/x\r\n"), "")
}

/// A host that wants a login and has a token server of its own.
fn greedy(request: &str, own: &str) -> Reply {
    if request.contains("/token") {
        answer(200, "", r#"{"token":"t0ken"}"#)
    } else {
        wants_token(own)
    }
}

fn basic_and_greedy(request: &str, _: &str) -> Reply {
    answer(
        401,
        "WWW-Authenticate: Basic realm=\"x\"\r\n",
        if request.is_empty() { "" } else { "{}" },
    )
}

#[test]
fn a_login_that_a_redirects_target_asks_for_is_not_answered() {
    type Asking = fn(&Registries, &str) -> PullCheck;
    type Answering = fn(&str, &str) -> Reply;
    // The base_url is open, and the image is elsewhere.
    let image_alone: Answering = |request, other| {
        if request.contains(" /v2/ ") { answer(200, "", "{}") } else { moved(other) }
    };
    let all: Answering = |_, other| moved(other);
    // A login of its own first, and then elsewhere.
    let after_login: Answering = |request, other| {
        if request.contains("authorization: Basic") {
            moved(other)
        } else {
            answer(401, "WWW-Authenticate: Basic\r\n", "")
        }
    };
    for (case, asking, registry) in [
        ("an image", image as Asking, image_alone),
        ("the base_url and an image", image, all),
        ("the base_url", login, all),
        ("an image after a login", image, after_login),
        ("the base_url after a login", login, after_login),
    ] {
        for other in [greedy as Answering, basic_and_greedy] {
            let (verdict, _, received, address) = redirecting(asking, registry, other);
            let message = format!(
                "redirected to {address}, which requires authentication; the credential was not sent there"
            );
            assert_eq!(told(&verdict), ("unreachable", message.as_str()), "{case}");
            assert!(!received.to_lowercase().contains("authorization"), "{case}: {received}");
            assert!(!received.contains("/token"), "{case}: {received}");
        }
    }
}

#[test]
fn a_redirected_ping_does_not_hide_the_login_of_an_image() {
    let (verdict, first, second, _) = redirecting(
        image,
        |request, other| {
            if request.contains(" /v2/ ") {
                moved(other)
            } else if request.contains("authorization: Basic") {
                answer(200, MANIFEST, "")
            } else {
                answer(401, "WWW-Authenticate: Basic\r\n", "")
            }
        },
        greedy,
    );
    assert_eq!(told(&verdict), ("ok", "jane can pull it"));
    assert!(first.contains("authorization: Basic") && !second.contains("authorization"));
}

#[test]
fn a_token_servers_redirect_gets_no_credential() {
    for other in [greedy as fn(&str, &str) -> Reply, |_, _| answer(401, "", "")] {
        let (verdict, first, second, address) = redirecting(
            image,
            |request, other| {
                if request.contains(" /token") {
                    return answer(307, &format!("Location: http://{other}/y\r\n"), "");
                }
                let host = request.split("host: ").nth(1).unwrap().split("\r\n").next().unwrap();
                wants_token(host)
            },
            other,
        );
        let own = first.split("host: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let message = format!(
            "the token server {own}: redirected to {address}, which requires authentication; the credential was not sent there"
        );
        assert_eq!(told(&verdict), ("unreachable", message.as_str()));
        assert!(first.contains("authorization: Basic") && !second.contains("authorization"));
    }
}

#[test]
fn plain_http_carries_a_credential_to_this_machine_alone() {
    for host in ["evil.example", "10.0.0.5", "169.254.169.254"] {
        let fake = Fake::start(None, move |_| wants_token(host));
        let verdict = image(&registries(None, None, false), &fake.address);
        let message = format!(
            "the token server was not used: {host} would receive the credential over plain HTTP"
        );
        assert_eq!(told(&verdict), ("unreachable", message.as_str()));
    }
}

#[test]
fn a_public_registry_redirects_to_no_private_address() {
    for host in ["10.0.0.5", "169.254.169.254", "100.64.0.1", "[fd00::1]", "localhost"] {
        let location = format!("Location: https://{host}/x\r\n");
        let (verdict, fake) = public(move |_| answer(307, &location, ""));
        let message =
            format!("redirected to {host}, which is at a private address, and the registry is not");
        assert_eq!(told(&verdict), ("unreachable", message.as_str()));
        assert_eq!(fake.requests().len(), 1);
    }
}

const HOSTS: usize = 4;

/// What a host does with one kind of request.
#[derive(Clone, Debug)]
enum Step {
    Ok,
    Basic,
    /// The token server of another host, for another scope.
    Bearer(usize, u8),
    Redirect(usize, Kind),
    Token,
    Status(u16),
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Door,
    Image,
    Token,
    Other,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Door, Self::Image, Self::Token, Self::Other];

    fn path(self) -> &'static str {
        match self {
            Self::Door => "/v2/",
            Self::Image => "/v2/team/app/manifests/v1",
            Self::Token => "/token",
            Self::Other => "/other",
        }
    }
}

/// For each host and kind of request: without and with a login.
type Script = Vec<[[Step; 2]; 4]>;

fn script() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        2 => Just(Step::Ok),
        2 => Just(Step::Basic),
        4 => (0..HOSTS, 0..3_u8).prop_map(|(host, scope)| Step::Bearer(host, scope)),
        4 => (0..HOSTS, prop::sample::select(&Kind::ALL[..]))
            .prop_map(|(host, kind)| Step::Redirect(host, kind)),
        3 => Just(Step::Token),
        2 => prop::sample::select(vec![400, 403, 404, 405]).prop_map(Step::Status),
    ];
    let both = [step.clone(), step];
    let kinds = [both.clone(), both.clone(), both.clone(), both];
    prop::collection::vec(kinds, HOSTS)
}

/// Hosts that answer by a script which changes from case to case.
struct Hosts {
    fakes: Vec<Fake>,
    script: Arc<Mutex<Script>>,
    addresses: Arc<Mutex<Vec<String>>>,
    /// The token servers that the registry itself named.
    named: Arc<Mutex<BTreeSet<usize>>>,
}

fn hosts() -> Hosts {
    let script = Arc::new(Mutex::new(Script::new()));
    let addresses = Arc::new(Mutex::new(Vec::<String>::new()));
    let named = Arc::new(Mutex::new(BTreeSet::new()));
    let fakes: Vec<Fake> = (0..HOSTS)
        .map(|host| {
            let (script, addresses, named) =
                (Arc::clone(&script), Arc::clone(&addresses), Arc::clone(&named));
            Fake::start(None, move |request| {
                let path = request.split([' ', '?']).nth(1).unwrap();
                let Some(kind) = Kind::ALL.into_iter().position(|kind| kind.path() == path) else { return answer(404, "", "") };
                let has_login = usize::from(request.contains("authorization: "));
                let step = script.lock().unwrap()[host][kind][has_login].clone();
                let address = |of: usize| addresses.lock().unwrap()[of].clone();
                match step {
                    Step::Ok => answer(200, MANIFEST, "{}"),
                    Step::Basic => answer(401, "WWW-Authenticate: Basic\r\n", ""),
                    Step::Bearer(of, scope) => {
                        if host == 0 {
                            named.lock().unwrap().insert(of);
                        }
                        let realm = format!(
                            "WWW-Authenticate: Bearer realm=\"http://{}/token\",scope=\"s{scope}\"\r\n",
                            address(of)
                        );
                        answer(401, &realm, "")
                    }
                    Step::Redirect(to, kind) => {
                        let to = format!("Location: http://{}{}\r\n", address(to), kind.path());
                        answer(307, &to, "")
                    }
                    Step::Token => answer(200, "", r#"{"token":"t0ken"}"#),
                    Step::Status(status) => answer(status, "", ""),
                }
            })
        })
        .collect();
    *addresses.lock().unwrap() = fakes.iter().map(|fake| fake.address.clone()).collect();
    Hosts { fakes, script, addresses, named }
}

/// Whether a request holds the credential, in a header or a form, or a token.
fn holds_secret(request: &str) -> bool {
    request.to_lowercase().contains("authorization:") || request.contains(PASSWORD)
}

#[test]
fn no_chain_of_challenges_and_redirects_takes_a_credential_to_another_host() {
    static HOSTS_OF_TEST: LazyLock<Hosts> = LazyLock::new(hosts);
    let hosts = &*HOSTS_OF_TEST;
    let mut runner =
        TestRunner::new(Config { cases: 250, failure_persistence: None, ..Config::default() });
    let sent = Mutex::new([0_usize; 2]);
    let result = runner.run(&script(), |script| {
        *hosts.script.lock().unwrap() = script;
        hosts.named.lock().unwrap().clear();
        let before: Vec<usize> = hosts.fakes.iter().map(|fake| fake.requests().len()).collect();
        let registry = hosts.addresses.lock().unwrap()[0].clone();
        for asks_login in [false, true] {
            // Without the system's certificates, which take long to read.
            let client = Client::new(&registry, &[], Proxies::default(), TIMEOUT).unwrap();
            let session =
                Session::new(Authority::new(registry.clone()), client, PlainHttp::Loopback);
            let deadline = Deadline::after(4 * TIMEOUT);
            if asks_login {
                session.log_in(&credential(), &deadline);
            } else {
                let image = ImageReference::parse(&format!("{registry}/team/app:v1")).unwrap();
                session.pull(&image, Some(&credential()), &deadline);
            }
        }
        let named = hosts.named.lock().unwrap().clone();
        for (host, fake) in hosts.fakes.iter().enumerate() {
            for request in fake.all().split_off(before[host]) {
                let secret = holds_secret(&request);
                sent.lock().unwrap()[usize::from(host == 0)] += usize::from(secret);
                let may = host == 0 || named.contains(&host);
                prop_assert!(may || !secret, "host {host} received: {request}");
                let has_token = request.contains("Bearer t0ken");
                prop_assert!(host == 0 || !has_token, "host {host} received: {request}");
            }
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
    // The chains do log in, at the registry and at other token servers.
    assert!(sent.lock().unwrap().iter().all(|sent| *sent > 50), "{sent:?}");
}
