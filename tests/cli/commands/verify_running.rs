//! `verify` of what runs, against a kubectl that plays the cluster and a registry on
//! loopback.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Case, Outcome, fake_registry};

/// What a registry was asked for, by request line, and how often.
type Requests = Arc<Mutex<BTreeMap<String, usize>>>;

/// A registry that lets `jane` pull what is not below `/gone/`, and limits below `/busy/`.
fn registry() -> (String, Requests) {
    let requests = Requests::default();
    let log = Arc::clone(&requests);
    let address = fake_registry::listen(move |request| {
        let line = request.lines().next().unwrap().to_owned();
        let is_login = request.contains(&STANDARD.encode("jane:hunter2"));
        *log.lock().unwrap().entry(line.clone()).or_default() += 1;
        let has_login = request.contains("uthorization: ");
        let status = match (has_login, is_login) {
            (true, true) if line.contains("/gone/") => "404 Not Found",
            (true, true) if line.contains("/busy/") => "429 Too Many Requests",
            (true, true) => "200 OK\r\nRateLimit-Remaining: 76;w=21600",
            _ => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
        };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    });
    (address, requests)
}

fn secret(namespace: &str, name: &str, value: &str) -> Value {
    json!({
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": name, "namespace": namespace, "resourceVersion": "7"},
        "data": {".dockerconfigjson": STANDARD.encode(value)},
    })
}

fn login(registry: &str, password: &str) -> String {
    json!({"auths": {registry: {"username": "jane", "password": password}}}).to_string()
}

fn spec(image: &str, secrets: &[&str]) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    json!({"imagePullSecrets": secrets, "containers": [{"name": "app", "image": image}]})
}

fn pod(namespace: &str, name: &str, image: &str, secrets: &[&str]) -> Value {
    json!({"metadata": {"name": name, "namespace": namespace}, "spec": spec(image, secrets),
        "status": {"phase": "Running"}})
}

fn answer(call: &str, items: &[Value]) -> String {
    format!("{call} *\n  stdout {}\n", json!({"items": items}))
}

fn cluster(secrets: &[Value], pods: &[Value]) -> String {
    let kind = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2F";
    [
        answer(&format!("{kind}dockerconfigjson"), secrets),
        answer(&format!("{kind}dockercfg"), &[]),
        answer("get --raw=/api/v1/pods", pods),
    ]
    .concat()
}

fn verify(script: &str, more: &[&str]) -> Outcome {
    let case = Case::new().program("kubectl", script).secret("hunter2").secret("wrong horse");
    case.run(&[&["verify"], more].concat())
}

#[test]
fn each_image_is_asked_for_once_with_what_the_kubelet_tries() {
    let (registry, requests) = registry();
    let image = |name: &str| format!("{registry}/{name}/app:v1");
    let secrets = [
        secret("shop", "good", &login(&registry, "hunter2")),
        secret("test", "same", &login(&registry, "hunter2")),
        secret("test", "wrong", &login(&registry, "wrong horse")),
        secret("test", "odd", r#"{"auths":{"q.io":{"auth":"%"}}}"#),
    ];
    let mut never = pod("test", "local", "built/here:v1", &[]);
    never["spec"]["containers"][0]["imagePullPolicy"] = json!("Never");
    let mut ended = pod("test", "ended", "127.0.0.1:1/a/b", &[]);
    ended["status"]["phase"] = json!("Succeeded");
    let pods = [
        pod("shop", "a", &image("good"), &["good"]),
        pod("shop", "b", &image("good"), &["good", "not-there"]),
        pod("test", "c", &image("good"), &["same"]),
        pod("test", "d", &image("gone"), &["same"]),
        pod("test", "e", &image("good"), &["wrong"]),
        pod("test", "f", &image("good"), &[]),
        pod("test", "g", &image("good"), &["odd", "same"]),
        pod("test", "h", "Not_An:Image:", &["same"]),
        never,
        ended,
    ];
    let outcome = verify(&cluster(&secrets, &pods), &["-A"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let shown = outcome.stdout.replace(&registry, "REGISTRY")
        + &outcome.stderr.replace(&registry, "REGISTRY");
    let squeezed: Vec<String> =
        shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_snapshot!(squeezed.join("\n"), @"
    OUTCOME IMAGE USERNAME USED-BY
    malformed REGISTRY/good/app:v1 - test/pod/g
    invalid-image Not_An:Image: - test/pod/h
    unauthorized REGISTRY/good/app:v1 jane test/pod/e
    not-found REGISTRY/gone/app:v1 jane test/pod/d
    no-credential REGISTRY/good/app:v1 - test/pod/f
    ok REGISTRY/good/app:v1 jane shop/pod/a,shop/pod/b,test/pod/c

    malformed: REGISTRY/good/app:v1: Secret odd holds an `auth` that is not base64 of user:password, in the entry at line 1, column 18
    hint: for details: kubectl regcred inspect odd -n test

    invalid-image: Not_An:Image:: repository names are lower case

    unauthorized: REGISTRY/good/app:v1: the registry rejected the credentials of jane
    hint: replace the credential: kubectl regcred rotate --registry REGISTRY -n test

    not-found: REGISTRY/gone/app:v1: image or tag not found, or jane has no access
    hint: for details: kubectl regcred diagnose d --verify -n test

    no-credential: REGISTRY/good/app:v1: the registry requires authentication, and no credential for it was found
    hint: for details: kubectl regcred diagnose f --verify -n test
    note: 1 of 6 images can be pulled, with the credentials of the 9 Pods and workloads that use them
    note: REGISTRY: 76 pulls are left before its rate limit
    5 problems found
    ");
    let requests = requests.lock().unwrap();
    let good = requests.get("HEAD /v2/good/app/manifests/v1 HTTP/1.1");
    assert_eq!(good, Some(&2), "with the right password and a wrong one: {requests:?}");
}

#[test]
fn the_json_is_that_of_verify_with_what_uses_the_image() {
    let (registry, _) = registry();
    let secrets = [secret("shop", "good", &login(&registry, "hunter2"))];
    let pods = [pod("shop", "web", &format!("{registry}/team/app:v1"), &["good"])];
    let outcome = verify(&cluster(&secrets, &pods), &["-A", "-o", "json"]);
    crate::docs::fields_are_in_reference(&outcome.stdout);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let image = &answer["images"][0];
    assert_eq!((&image["outcome"], &image["username"]), (&json!("ok"), &json!("jane")));
    assert_eq!(image["usedBy"], json!(["shop/pod/web"]));
}

#[test]
fn a_registry_that_limits_is_not_asked_on() {
    let (registry, requests) = registry();
    let secrets = [secret("shop", "good", &login(&registry, "hunter2"))];
    let pods: Vec<Value> = (0..200)
        .map(|number| format!("{registry}/busy/app-{number:03}:v1"))
        .enumerate()
        .map(|(number, image)| pod("shop", &format!("p{number}"), &image, &["good"]))
        .collect();
    let outcome = verify(&cluster(&secrets, &pods), &["-A"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(outcome.stdout.matches("rate-limited ").count(), 200, "{outcome:?}");
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{outcome:?}");
    let asked = requests.lock().unwrap().keys().filter(|line| line.contains("/busy/")).count();
    assert!(asked <= 16, "eight at once, and no more after the first answer: {asked}");
}

#[test]
fn workloads_without_pods_are_asked_about_with_their_accounts_secrets() {
    let (registry, _) = registry();
    let image = |name: &str| format!("{registry}/{name}/app:v1");
    let named = |name: &str| json!({"name": name, "namespace": "shop"});
    let deployment = json!({"metadata": named("idle"),
        "spec": {"replicas": 0, "template": {"spec": spec(&image("gone"), &[])}}});
    let account = json!({"metadata": {"name": "default", "namespace": "shop", "resourceVersion": "1"},
        "imagePullSecrets": [{"name": "good"}]});
    let script = [
        cluster(&[secret("shop", "good", &login(&registry, "hunter2"))], &[]),
        answer("get --raw=/api/v1/serviceaccounts", &[account]),
        answer("get --raw=/apis/apps/v1/deployments", &[deployment]),
    ]
    .concat();
    let outcome = verify(&script, &["-A", "--workloads"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stdout.contains("not-found   "), "{outcome:?}");
    assert!(outcome.stdout.contains("   jane       shop/deployment/idle\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: could not read all workloads: "), "{outcome:?}");
}

#[test]
fn what_runs_has_its_own_images_and_credentials() {
    for arguments in [
        &["-A", "ghcr.io/a/b"][..],
        &["-n", "shop", "ghcr.io/a/b"],
        &["-n", "shop", "--registry", "ghcr.io"],
        &["-n", "shop", "--secret-file", "x"],
        &["-n", "shop", "-u", "jane"],
        &["-n", "shop", "--authfile", "x"],
        &["-A", "-n", "shop"],
        &["-A", "--secret-name", "x"],
        &["-l", "a=b", "--workloads"],
        &["-n", "Not_a_name"],
        &["--context", "prod"],
    ] {
        let outcome = verify("", arguments);
        assert_eq!((outcome.code, outcome.calls.len()), (2, 0), "{arguments:?} {outcome:?}");
    }
    let outcome = verify(&cluster(&[], &[]), &["-A"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    assert_eq!(outcome.stderr, "No Pods found.\n");
}

#[test]
fn two_thousand_pods_of_a_hundred_images_are_a_hundred_questions() {
    let (registry, requests) = registry();
    let namespaces: Vec<String> = (0..20).map(|number| format!("n{number:02}")).collect();
    let login = login(&registry, "hunter2");
    let secrets: Vec<Value> =
        namespaces.iter().map(|namespace| secret(namespace, "good", &login)).collect();
    let pods: Vec<Value> = (0..2_000)
        .map(|number| {
            let image = format!("{registry}/team/app-{:02}:v1", number % 100);
            pod(&namespaces[number % 20], &format!("p{number}"), &image, &["good"])
        })
        .collect();
    let outcome = verify(&cluster(&secrets, &pods), &["-A"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let requests = requests.lock().unwrap();
    let heads: usize =
        requests.iter().filter(|(line, _)| line.starts_with("HEAD ")).map(|(_, count)| count).sum();
    assert_eq!(heads, 100);
    assert!(outcome.stdout.contains(",and 17 more\n"), "{}", outcome.stdout);
}
