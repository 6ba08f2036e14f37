//! What each answer of a registry becomes.

mod certificates;
mod credentials;
mod faults;
mod proxies;

use secrecy::SecretString;

use super::*;
use crate::distribution::fake::{Fake, Identity, Reply, answer};
use crate::system::environment::Environment;

const PASSWORD: &str = "s3cret";

/// The hosts that the fake stands for when it is reached as a proxy.
const NAMES: [&str; 4] = ["registry.example", "registry-1.docker.io", "127.0.0.1", "localhost"];

const TIMEOUT: Duration = Duration::from_millis(700);

fn credential() -> Credential {
    let password = SecretString::from(PASSWORD);
    Credential { username: "jane".to_owned(), password, expires_at: None }
}

fn registries(authority: Option<&str>, proxy: Option<&Fake>, plain_http: bool) -> Registries {
    let home = std::env::temp_dir().join("kubectl-regcred-no-home");
    let mut variables = vec![("HOME", home.to_string_lossy().into_owned())];
    variables.extend(proxy.map(|proxy| ("HTTPS_PROXY", format!("http://{}", proxy.address))));
    let environment = Environment::from_iter(variables);
    let mut trust = Trust::new(&environment);
    assert!(authority.is_none_or(|pem| trust.add(pem.as_bytes())));
    let plain_http = if plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback };
    Registries::new(trust, Proxies::of(&environment), plain_http, TIMEOUT)
}

fn pull(registries: &Registries, image: &str, credentials: &[&Credential]) -> PullCheck {
    let image = ImageReference::parse(image).unwrap();
    let verdict = registries.ask(&Question::Pull(&image, credentials.to_vec()));
    for text in [&verdict.message, &format!("{:?}", verdict.remedy)] {
        assert!(!text.contains(PASSWORD) && !text.contains("t0ken"), "{text}");
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    verdict
}

/// The verdict on an image of a public registry that answers like this, and
/// what it was asked.
fn public(handler: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (PullCheck, Fake) {
    let identity = Identity::new(&NAMES, |_| ());
    let fake = Fake::start(Some(&identity), handler);
    let registries = registries(Some(&identity.authority), Some(&fake), false);
    (pull(&registries, "registry.example/team/app:v1", &[&credential()]), fake)
}

fn key(registry: &str) -> RegistryKey {
    RegistryKey::parse(registry).unwrap()
}

fn told(verdict: &PullCheck) -> (&'static str, &str) {
    (verdict.outcome.name(), verdict.message.as_str())
}

const BEARER: &str =
    "WWW-Authenticate: Bearer realm=\"https://registry.example/token\",service=\"reg\"\r\n";

const MANIFEST: &str = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";

/// A registry with a token server, whose manifests answer like this.
fn bearer(request: &str, manifest: impl Fn(&str) -> Reply) -> Reply {
    if request.contains("GET /v2/ ") && !request.contains("Bearer t0ken") {
        answer(401, BEARER, "")
    } else if request
        .contains("GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=jane ")
    {
        answer(200, "", r#"{"token":"t0ken"}"#)
    } else {
        manifest(request)
    }
}

#[test]
fn bearer_costs_three_requests() {
    let (verdict, fake) = public(|request| {
        bearer(request, |request| {
            let is_right = request.contains("authorization: Bearer t0ken\r\n");
            answer(if is_right { 200 } else { 401 }, MANIFEST, "")
        })
    });
    assert_eq!(told(&verdict), ("ok", "jane can pull it"));
    assert_eq!(verdict.username.as_deref(), Some("jane"));
    assert_eq!(
        fake.requests(),
        [
            "GET /v2/",
            "GET /token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=jane",
            "HEAD /v2/team/app/manifests/v1"
        ]
    );
    for kind in [
        "oci.image.index.v1+json",
        "oci.image.manifest.v1+json",
        "docker.distribution.manifest.list.v2+json",
        "docker.distribution.manifest.v2+json",
    ] {
        assert!(fake.received().contains(&format!("application/vnd.{kind}")), "{kind}");
    }
}

#[test]
fn basic_costs_two_requests() {
    let (verdict, fake) = public(|request| {
        let is_right = request.contains("authorization: Basic amFuZTpzM2NyZXQ=\r\n");
        answer(if is_right { 200 } else { 401 }, "WWW-Authenticate: Basic realm=\"x\"\r\n", "")
    });
    assert_eq!(told(&verdict), ("ok", "jane can pull it"));
    assert_eq!(fake.requests(), ["GET /v2/", "HEAD /v2/team/app/manifests/v1"]);
}

#[test]
fn several_images_share_the_door_and_a_repository_its_token() {
    let identity = Identity::new(&NAMES, |_| ());
    let fake = Fake::start(Some(&identity), |request| {
        if request.contains("GET /v2/ ") {
            answer(401, BEARER, "")
        } else if request.contains("GET /token") {
            answer(200, "", r#"{"access_token":"t0ken"}"#)
        } else {
            answer(200, MANIFEST, "")
        }
    });
    let registries = registries(Some(&identity.authority), Some(&fake), false);
    let images: Vec<String> =
        (0..20).map(|n| format!("registry.example/team/app{}:v{n}", n % 5)).collect();
    let verdicts = crate::system::parallel::map_parallel(&images, |image| {
        pull(&registries, image, &[&credential()]).outcome
    });
    assert!(verdicts.iter().all(|outcome| *outcome == Outcome::Ok));
    assert_eq!(fake.requests().len(), 1 + 5 + 20);
}

#[test]
fn credentials_are_tried_in_their_order() {
    let identity = Identity::new(&NAMES, |_| ());
    let fake = Fake::start(Some(&identity), |request| {
        let is_right = request.contains("authorization: Basic amFuZTpzM2NyZXQ=\r\n");
        answer(if is_right { 200 } else { 401 }, "WWW-Authenticate: Basic\r\n", "")
    });
    let registries = registries(Some(&identity.authority), Some(&fake), false);
    let other = Credential { username: "joe".to_owned(), ..credential() };
    let image = "registry.example/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let verdict = pull(&registries, image, &[&other, &credential()]);
    assert_eq!((told(&verdict).0, verdict.username.as_deref()), ("ok", Some("jane")));
    let verdict = pull(&registries, image, &[&other, &other]);
    let message =
        "the registry rejected the credentials of joe; 2 credentials were tried, none works";
    assert_eq!(told(&verdict), ("unauthorized", message));
    assert_eq!(verdict.remedy, Some(Remedy::LogInAgain(key("registry.example"))));
    let verdict = pull(&registries, image, &[]);
    assert_eq!(told(&verdict).0, "no-credential");
    assert_eq!(verdict.remedy, Some(Remedy::LogIn(key("registry.example"))));
    assert!(fake.requests().iter().skip(1).all(|it| it.contains("/manifests/sha256:e3b0c442")));
}

#[test]
fn docker_hub_is_asked_at_its_own_host() {
    let identity = Identity::new(&NAMES, |_| ());
    let fake = Fake::start(Some(&identity), |_| answer(200, MANIFEST, ""));
    let registries = registries(Some(&identity.authority), Some(&fake), false);
    let verdict = pull(&registries, "alpine", &[]);
    assert_eq!(told(&verdict), ("ok", "anyone can pull it"));
    assert_eq!(verdict.registry, "docker.io");
    assert_eq!(fake.requests(), ["GET /v2/", "HEAD /v2/library/alpine/manifests/latest"]);
    assert!(fake.received().contains("host: registry-1.docker.io\r\n"));
}

#[test]
fn a_token_that_allows_a_push_is_seen() {
    let token = "e30.eyJhY2Nlc3MiOlt7ImFjdGlvbnMiOlsicHVsbCIsInB1c2giXX1dfQ.c2ln";
    let (verdict, _) = public(move |request| {
        if request.contains("GET /v2/ ") {
            answer(401, BEARER, "")
        } else if request.contains("GET /token") {
            answer(200, "", &format!(r#"{{"token":"{token}"}}"#))
        } else {
            answer(200, MANIFEST, "")
        }
    });
    assert!(verdict.can_push);
}

#[test]
fn a_token_server_without_get_is_asked_by_post() {
    let (verdict, fake) = public(|request| {
        if request.contains("GET /token") {
            answer(404, "", "")
        } else if request.contains("POST /token ")
            && request.ends_with("&username=jane&password=s3cret")
        {
            answer(200, "", r#"{"access_token":"t0ken","expires_in":3600}"#)
        } else {
            bearer(request, |_| answer(200, MANIFEST, ""))
        }
    });
    assert_eq!(told(&verdict), ("ok", "jane can pull it"), "{}", fake.received());
}

#[test]
fn a_token_that_is_not_enough_is_asked_for_again_with_the_scope_that_is_named() {
    let (verdict, fake) = public(|request| {
        if request.contains("scope=repository%3Aother%3Apull") {
            answer(200, "", r#"{"token":"better"}"#)
        } else {
            bearer(request, |request| {
                if request.contains("Bearer better") {
                    return answer(200, MANIFEST, "");
                }
                let challenge = BEARER.replace(
                    "\r\n",
                    ",scope=\"repository:other:pull\",error=\"insufficient_scope\"\r\n",
                );
                answer(401, &challenge, "")
            })
        }
    });
    assert_eq!(told(&verdict).0, "ok");
    assert_eq!(fake.requests().len(), 5);
}

/// What a registry with a token server says of a manifest.
fn manifest(status: u16, headers: &'static str) -> (PullCheck, Fake) {
    public(move |request| bearer(request, |_| answer(status, headers, "")))
}

#[test]
fn each_answer_has_its_outcome() {
    let insufficient = "WWW-Authenticate: Bearer realm=\"https://registry.example/token\",service=\"reg\",scope=\"repository:team/app:pull\",error=\"insufficient_scope\"\r\n";
    for (status, headers, outcome, message) in [
        (401, insufficient, "denied", "jane has no access, or the repository does not exist"),
        (403, "", "denied", "jane has no access, or the repository does not exist"),
        (404, "", "not-found", "image or tag not found, or jane has no access"),
        (429, "Retry-After: 52\r\n", "rate-limited", "rate limited; retry in 52s"),
        (429, "Retry-After: 20000\r\n", "rate-limited", "rate limited; retry in 5h 33m"),
        (
            429,
            "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            "rate-limited",
            "rate limited; retry in 0s",
        ),
        (429, "", "rate-limited", "rate limited; the registry does not say for how long"),
        (500, "", "unreachable", "the server returned 500 Internal Server Error"),
        (503, "Retry-After: 5\r\n", "unreachable", "the server returned 503 Service Unavailable"),
        (405, "", "unreachable", "the server returned 405 Method Not Allowed"),
        (
            200,
            "Content-Type: text/html\r\n",
            "unreachable",
            "the answer is a web page, not a registry's",
        ),
    ] {
        let (verdict, _) = manifest(status, headers);
        assert_eq!(told(&verdict), (outcome, message), "{status}");
        assert!(verdict.remedy.is_some());
    }
}

/// What comes of a token server's answer.
fn token(status: u16, body: &'static str) -> PullCheck {
    let (verdict, fake) = public(move |request| {
        if request.contains("GET /v2/ ") {
            answer(401, BEARER, "")
        } else {
            answer(status, "", body)
        }
    });
    assert!(fake.requests().len() <= 3);
    verdict
}

#[test]
fn a_token_server_says_no_or_something_else() {
    let denied = "jane has no access, or the repository does not exist (it says: no way)";
    for (status, body, outcome, message) in [
        (401, "", "unauthorized", "the registry rejected the credentials of jane"),
        (
            401,
            r#"{"details":"incorrect username or password"}"#,
            "unauthorized",
            "the registry rejected the credentials of jane (it says: incorrect username or password)",
        ),
        (
            401,
            r#"{"errors":[{"code":"X","message":"not s3cret"}]}"#,
            "unauthorized",
            "the registry rejected the credentials of jane (its message is hidden: it contains the credential)",
        ),
        (
            403,
            r#"{"errors":[{"code":"DENIED","message":"no\u001b[31m way"}]}"#,
            "denied",
            "jane has no access, or the repository does not exist (it says: no[31m way)",
        ),
        (403, r#"{"errors":[{"code":"DENIED","message":"no way"}]}"#, "denied", denied),
        (
            403,
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"no"}]}"#,
            "unauthorized",
            "the registry rejected the credentials of jane (it says: no)",
        ),
        (429, "", "rate-limited", "rate limited; the registry does not say for how long"),
        (
            502,
            "",
            "unreachable",
            "the token server registry.example: the server returned 502 Bad Gateway",
        ),
        (
            404,
            "",
            "unreachable",
            "the token server registry.example: the server returned 404 Not Found",
        ),
        (
            200,
            "<html>t0ken",
            "unreachable",
            "the token server registry.example: the answer is not a token in JSON",
        ),
        (
            200,
            r#"{"token":7}"#,
            "unreachable",
            "the token server registry.example: the answer is not a token in JSON",
        ),
        (200, "{}", "unreachable", "the token server registry.example: the answer holds no token"),
    ] {
        assert_eq!(told(&token(status, body)), (outcome, message), "{status} {body}");
    }
    let huge = Box::leak(format!(r#"{{"token":"{}"}}"#, "t0ken".repeat(100_000)).into_boxed_str());
    let message = "the token server registry.example: the answer is larger than any of a registry";
    assert_eq!(told(&token(200, huge)), ("unreachable", message));
}

#[test]
fn a_login_alone_is_tried_at_the_door() {
    let identity = Identity::new(&NAMES, |_| ());
    let key = RegistryKey::parse("registry.example").unwrap();
    let log_in = |handler: fn(&str) -> Reply| {
        let fake = Fake::start(Some(&identity), handler);
        let registries = registries(Some(&identity.authority), Some(&fake), false);
        (registries.ask(&Question::Login(&key, &credential())), fake.requests().len())
    };
    let (verdict, requests) = log_in(|request| {
        if request.contains("GET /token?service=reg&account=jane ") {
            answer(200, "", r#"{"token":"t0ken"}"#)
        } else {
            bearer(request, |_| answer(200, "", "{}"))
        }
    });
    assert_eq!(
        (told(&verdict), requests),
        (("ok", "the registry accepted the credentials of jane"), 3)
    );
    let (verdict, requests) = log_in(|_| answer(401, "WWW-Authenticate: Basic\r\n", ""));
    assert_eq!(
        (told(&verdict), requests),
        (("unauthorized", "the registry rejected the credentials of jane"), 2)
    );
    let (verdict, requests) = log_in(|_| answer(200, "", "{}"));
    let message = "the registry allows anonymous access, so the credential was not checked";
    assert_eq!((told(&verdict), requests), (("ok", message), 1));
}
