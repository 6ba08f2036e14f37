//! `rotate`, against a kubectl that plays the cluster and a registry on loopback.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use serde_json::{Value, json};

use crate::support::{Case, Outcome, fake_registry};

const PULL_SECRETS: &str =
    "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockerconfigjson";
const LEGACY: &str = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg";
const PODS: &str = "get --raw=/api/v1/pods";
const FORBIDDEN: &str = indoc! {r#"
    stderr Error from server (Forbidden): secrets is forbidden: User "dev" cannot list resource "secrets" in API group "" at the cluster scope
      exit 1"#};

fn secret(namespace: &str, auths: &Value) -> Value {
    json!({
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "regcred", "namespace": namespace, "resourceVersion": "7"},
        "data": {".dockerconfigjson": STANDARD.encode(json!({"auths": auths}).to_string())},
    })
}

fn login(registry: &str) -> Value {
    json!({registry: {"username": "jane", "password": "0ld"}})
}

fn answer(call: &str, items: &[Value]) -> String {
    format!("{call} *\n  stdout {}\n", json!({"items": items}))
}

/// A cluster with these Secrets and Pods.
fn cluster(secrets: &[Value], pods: &[Value]) -> String {
    let read = [answer(PULL_SECRETS, secrets), answer(LEGACY, &[]), answer(PODS, pods)].concat();
    format!("{read}apply ...\n  exit 0\n")
}

fn case(script: &str) -> Case {
    let old = STANDARD.encode("jane:0ld");
    let new = STANDARD.encode("deploy:n3w");
    let case = Case::new().program("kubectl", script).stdin("n3w");
    case.secret("0ld").secret("n3w").secret(&old).secret(&new)
}

fn rotate(case: &Case, registry: &str, more: &[&str]) -> Outcome {
    let login = ["rotate", "--registry", registry, "-u", "deploy", "--password-stdin"];
    case.run(&[&login[..], more].concat())
}

/// What was sent to the API server last.
fn sent(case: &Case) -> Option<String> {
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).ok()?;
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: "))?;
    Some(String::from_utf8(STANDARD.decode(line).unwrap()).unwrap())
}

/// A Pod that runs this image with the Secret.
fn pod(namespace: &str, image: &str) -> Value {
    json!({"metadata": {"name": "web", "namespace": namespace},
        "spec": {"imagePullSecrets": [{"name": "regcred"}],
            "containers": [{"name": "app", "image": image}]}})
}

/// A registry where `jane` may pull everything, and `deploy` what this says; `401` rejects
/// the login.
fn registry(answer: fn(&str) -> &'static str) -> String {
    fake_registry::listen(move |request| {
        let has = |login: &str| request.contains(&STANDARD.encode(login));
        let status = if has("jane:0ld") {
            "200 OK"
        } else if has("deploy:n3w") {
            answer(request.lines().next().unwrap())
        } else {
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\""
        };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    })
}

/// Fifty images of a registry, in one namespace each.
fn fifty(registry: &str) -> String {
    let names: Vec<String> = (0..50).map(|number| format!("n{number:02}")).collect();
    let secrets: Vec<Value> = names.iter().map(|name| secret(name, &login(registry))).collect();
    let pods: Vec<Value> =
        names.iter().map(|name| pod(name, &format!("{registry}/team/{name}:v1"))).collect();
    cluster(&secrets, &pods)
}

#[test]
fn images_that_run_are_asked_for_before_anything_is_written() {
    let registry = registry(|_| "200 OK");
    let case = case(&fifty(&registry));
    let outcome = rotate(&case, &registry, &["-A", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let note = format!("{registry}: the new credential can pull 50 of 50 images that run");
    assert!(outcome.stderr.contains(&note), "{outcome:?}");
    assert!(outcome.stderr.ends_with("note: 50 Secrets: 50 updated\n"), "{outcome:?}");
    let apply = "kubectl apply --server-side --field-manager=kubectl-regcred --filename=- --force-conflicts";
    assert_eq!(outcome.calls.iter().filter(|call| *call == apply).count(), 1, "{outcome:?}");
    assert!(sent(&case).unwrap().contains("\"username\":\"deploy\""));
}

#[test]
fn one_image_of_fifty_that_only_the_old_credential_can_pull_stops_it() {
    let registry = registry(|line| if line.contains("/n17/") { "404 Not Found" } else { "200 OK" });
    let case = case(&fifty(&registry));
    let outcome = rotate(&case, &registry, &["-A", "--yes"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let told = format!("error: {registry}/team/n17:v1: image or tag not found, or deploy has no");
    assert!(outcome.stderr.contains(&told), "{outcome:?}");
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{outcome:?}");
    assert!(outcome.stderr.contains("note: nothing was written; --no-verify"), "{outcome:?}");
    assert_eq!((outcome.stdout.as_str(), sent(&case)), ("", None));
}

#[test]
fn an_image_that_neither_can_pull_does_not() {
    let registry = fake_registry::listen(|request| {
        let has_login = request.contains("uthorization: ");
        let status = match (has_login, request.contains("/gone/")) {
            (false, _) => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
            (true, true) => "404 Not Found",
            (true, false) => "200 OK",
        };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
    });
    let pods = ["gone", "app"].map(|name| pod("shop", &format!("{registry}/{name}/x:v1")));
    let case = case(&cluster(&[secret("shop", &login(&registry))], &pods));
    let outcome = rotate(&case, &registry, &["-A", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let told = "deploy has no access; the old credential cannot pull it either\n";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
}

#[test]
fn a_rejected_login_and_a_rate_limit_stop_it() {
    for (answer, code, words) in [
        (
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
            3,
            "rejected the credentials of deploy",
        ),
        ("429 Too Many Requests", 1, "rate limited"),
    ] {
        let registry = fake_registry::listen(move |request| {
            let is_new = request.contains(&STANDARD.encode("deploy:n3w"));
            let status = if is_new {
                answer
            } else {
                "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\""
            };
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
        });
        for pods in [vec![], vec![pod("shop", &format!("{registry}/team/app:v1"))]] {
            let case = case(&cluster(&[secret("shop", &login(&registry))], &pods));
            let outcome = rotate(&case, &registry, &["-A", "--yes"]);
            assert_eq!(outcome.code, code, "{outcome:?}");
            assert!(outcome.stderr.contains(words), "{outcome:?}");
            assert_eq!(sent(&case), None);
            // Who knows better may say so.
            let outcome = rotate(&case, &registry, &["-A", "--yes", "--no-verify"]);
            assert_eq!(outcome.code, 0, "{outcome:?}");
            assert!(sent(&case).is_some());
        }
    }
}

#[test]
fn what_is_not_meant_is_left() {
    let auths = json!({
        "https://ghcr.io/v1/": {"username": "jane", "password": "0ld"},
        "ghcr.io/team": {"username": "jane", "password": "0ld"},
        "ghcr.io": {"username": "bot", "password": "0ld"},
    });
    let script = cluster(&[secret("shop", &auths)], &[]);
    let show = |more: &[&str]| {
        let more = [&["-A", "--dry-run=client", "--no-headers"], more].concat();
        let outcome = rotate(&case(&script), "ghcr.io", &more);
        assert!(outcome.calls.iter().all(|call| !call.contains("apply")), "{outcome:?}");
        outcome
    };
    let outcome = show(&[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 2), "{outcome:?}");
    let note = "note: kept: the entry ghcr.io/team in 1 Secret; --paths takes it too\n";
    assert!(outcome.stderr.contains(note), "{outcome:?}");
    let warning = "warning: the entries to replace are of several users: bot, jane; --old-username replaces those of one\n";
    assert!(outcome.stderr.contains(warning), "{outcome:?}");
    assert_eq!(show(&["--paths"]).stdout.lines().count(), 3);
    let only = show(&["--old-username", "bot"]).stdout;
    assert!(!show(&["--old-username", "bot"]).stderr.contains("several users"));
    assert_eq!(only, "shop   regcred   ghcr.io   bot → deploy   -   update\n");
    let nobody = show(&["--old-username", "nobody"]);
    assert_eq!(nobody.code, 1);
    insta::assert_snapshot!(nobody.stderr, @r"
    note: kept: the entry ghcr.io/team in 1 Secret; --paths takes it too
    error: no pull Secret has an entry for ghcr.io of user nobody; there are entries for ghcr.io

    hint: list the pull Secrets: kubectl regcred list
    ");
}

#[test]
fn the_json_is_a_contract() {
    let managed = json!({"argocd.argoproj.io/tracking-id": "shop:/Secret:shop/regcred"});
    let mut owned = secret("shop", &login("ghcr.io"));
    owned["metadata"]["annotations"] = managed;
    let same = json!({"ghcr.io": {"username": "deploy", "password": "n3w"}});
    let secrets = [owned, secret("web", &same), secret("tools", &login("ghcr.io"))];
    let case = case(&cluster(&secrets, &[]));
    let outcome = rotate(&case, "ghcr.io", &["-A", "--yes", "--no-verify", "-o", "json"]);
    crate::docs::fields_are_in_reference(&outcome.stdout);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let row = |namespace: &str, old: &str| {
        json!({"namespace": namespace, "name": "regcred", "key": "ghcr.io", "oldUsername": old,
            "newUsername": "deploy", "changed": true, "owner": null, "ownerPlace": null,
            "action": "updated", "reason": null})
    };
    let mut expected = [row("shop", "jane"), row("tools", "jane"), row("web", "deploy")];
    expected[0]["owner"] = json!("Argo CD");
    expected[0]["ownerPlace"] = json!("application shop");
    expected[0]["action"] = json!("skip-managed");
    expected[2]["changed"] = json!(false);
    expected[2]["action"] = json!("unchanged");
    assert_eq!(answer, json!({"registry": "ghcr.io", "dryRun": null, "secrets": expected}));
}

#[test]
fn namespaces_that_may_not_be_read_are_said_and_the_rest_is_done() {
    let list = |namespace: &str, kind: &str, items: &[Value]| {
        format!(
            "get secrets --output=json --field-selector=type=kubernetes.io/{kind} --show-managed-fields --namespace={namespace} *\n  stdout {}\n",
            json!({"items": items})
        )
    };
    let closed = |kind: &str| {
        let (call, _) = list("web", kind, &[])
            .split_once('\n')
            .map(|(call, rest)| (call.to_owned(), rest.to_owned()))
            .unwrap();
        format!(
            "{call}\n  stderr Error from server (Forbidden): secrets is forbidden: no\n  exit 1\n"
        )
    };
    let script = formatdoc! {"
        {}{}{}{}apply ...
          exit 0
    ",
    list("shop", "dockerconfigjson", &[secret("shop", &login("ghcr.io"))]),
    list("shop", "dockercfg", &[]),
    closed("dockerconfigjson"),
    closed("dockercfg")};
    let arguments = ["-n", "shop", "-n", "web", "--yes", "--no-verify"];
    let case = case(&script);
    let outcome = rotate(&case, "ghcr.io", &arguments);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("note: 1 Secret: 1 updated\n"), "{outcome:?}");
    let told = "error: namespace web: secrets is forbidden: no\n";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    assert!(sent(&case).is_some());
    assert!(outcome.calls.iter().all(|call| !call.contains("--raw")), "{outcome:?}");
}

#[test]
fn all_namespaces_are_read_one_by_one_where_only_that_is_allowed() {
    let list = |namespace: &str, kind: &str, items: &[Value]| {
        format!(
            "get secrets --output=json --field-selector=type=kubernetes.io/{kind} --show-managed-fields --namespace={namespace} *\n  stdout {}\n",
            json!({"items": items})
        )
    };
    let script = formatdoc! {"
        {PULL_SECRETS} *
          {FORBIDDEN}
        {LEGACY} *
          {FORBIDDEN}
        get namespaces --output=name *
          stdout namespace/shop
        {}{}apply ...
          exit 0
    ",
    list("shop", "dockerconfigjson", &[secret("shop", &login("ghcr.io"))]),
    list("shop", "dockercfg", &[])};
    let outcome = rotate(&case(&script), "ghcr.io", &["-A", "--yes", "--no-verify"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.ends_with("note: 1 Secret: 1 updated\n"), "{outcome:?}");
}

#[test]
fn a_secret_that_changes_meanwhile_is_read_again() {
    let modified = r#"stderr Error from server (Conflict): Operation cannot be fulfilled on secrets "regcred": the object has been modified; please apply your changes to the latest version and try again"#;
    let mut newer =
        secret("shop", &json!({"ghcr.io": {"username": "jane", "password": "0ld"}, "quay.io": {}}));
    newer["metadata"]["resourceVersion"] = json!("8");
    let script = formatdoc! {"
        {}{}apply ...
          {modified}
          exit 1
        get secret regcred --ignore-not-found --output=json --show-managed-fields --namespace=shop *
          stdout {newer}
        apply ...
          exit 0
    ",
    answer(PULL_SECRETS, &[secret("shop", &login("ghcr.io"))]),
    answer(LEGACY, &[])};
    let case = case(&script);
    let outcome = rotate(&case, "ghcr.io", &["-A", "--yes", "--no-verify"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let value = sent(&case).unwrap();
    assert!(value.contains("quay.io") && value.contains("deploy"), "{value}");
}

#[test]
fn nothing_is_asked_for_that_cannot_be_done() {
    let case = Case::new();
    let outcome = case.run(&["rotate", "--registry", "ghcr.io", "-A"]);
    assert_eq!(outcome.code, 2);
    insta::assert_snapshot!(outcome.stderr, @r"
    error: rotate asks before it writes, and there is no terminal to ask on

    hint: see what would change with --dry-run=client, then confirm with --yes
    ");
    for arguments in [
        &["rotate", "-A", "--yes"][..],
        &["rotate", "--registry", "", "--yes"],
        &["rotate", "--registry", "ghcr.io", "--secret-name", "Not_a_name", "--yes"],
        &["rotate", "--registry", "ghcr.io", "-n", "Not_a_name", "--yes"],
        &["rotate", "--registry", "ghcr.io", "--yes", "--no-verify", "--plain-http"],
    ] {
        let outcome = case.run(arguments);
        assert_eq!((outcome.code, outcome.calls.len()), (2, 0), "{outcome:?}");
    }
    let outcome = case.run(&["rotate", "--registry", "nginx:1.27", "--yes"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
}

#[test]
fn a_token_in_place_of_the_user_is_not_shown() {
    let (old, other) = ("dop_v1_0123456789abcdef", "dop_v1_fedcba9876543210");
    let auths = |token: &str| json!({"ghcr.io": {"username": token, "password": token}});
    let secrets = [secret("shop", &auths(old)), secret("web", &auths(other))];
    let case = case(&cluster(&secrets, &[])).secret(old).secret(other);
    for form in ["table", "json", "yaml"] {
        let outcome = rotate(&case, "ghcr.io", &["-A", "--dry-run=client", "-o", form]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let shown = outcome.stdout + &outcome.stderr;
        assert!(shown.contains("(hidden)") && !shown.contains("dop_v1"), "{shown}");
        assert!(shown.contains("are of several users: (hidden), (hidden);"), "{shown}");
    }
}
