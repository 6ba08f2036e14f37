//! `list`, against a kubectl that plays the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Case, Outcome};

const PULL_SECRETS: &str =
    "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockerconfigjson";
const LEGACY: &str = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg";
const PODS: &str = "get --raw=/api/v1/pods";
const ACCOUNTS: &str = "get --raw=/api/v1/serviceaccounts";
const NAMES: &str = "get secrets --no-headers --all-namespaces";
const FORBIDDEN: &str =
    "stderr Error from server (Forbidden): x is forbidden: User \"dev\" cannot list it\n  exit 1";

/// What the cluster would answer, by call.
struct Cluster(Vec<(&'static str, String)>);

fn items(items: &[Value]) -> String {
    format!("stdout {}", json!({"items": items}))
}

fn secret(name: &str, value: &str) -> Value {
    json!({
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "data": {".dockerconfigjson": STANDARD.encode(value)},
    })
}

fn login(name: &str, registry: &str) -> Value {
    secret(
        name,
        &json!({"auths": {registry: {"username": "jane", "password": "hunter2"}}}).to_string(),
    )
}

fn references(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"name": name})).collect()
}

fn pod(name: &str, secrets: &[&str]) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop"},
        "spec": {"imagePullSecrets": references(secrets)}})
}

fn account(name: &str, secrets: &[&str]) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "imagePullSecrets": references(secrets)})
}

impl Cluster {
    fn new(secrets: &[Value], pods: &[Value], accounts: &[Value]) -> Self {
        Self(vec![
            (PULL_SECRETS, items(secrets)),
            (LEGACY, items(&[])),
            (PODS, items(pods)),
            (ACCOUNTS, items(accounts)),
            (NAMES, "exit 0".to_owned()),
        ])
    }

    fn with(mut self, call: &'static str, answer: &str) -> Self {
        self.0.retain(|(other, _)| *other != call);
        self.0.push((call, answer.to_owned()));
        self
    }

    fn list(&self, more: &[&str]) -> Outcome {
        let blocks = self.0.iter().map(|(call, answer)| format!("{call} *\n  {answer}\n"));
        let script: Vec<String> = blocks.collect();
        let case = Case::new().program("kubectl", &script.concat());
        let auth = STANDARD.encode("jane:hunter2");
        case.secret("hunter2").secret(&auth).run(&[&["list"], more].concat())
    }

    /// The Secrets of the JSON answer.
    fn secrets(&self) -> Vec<Value> {
        let outcome = self.list(&["-A", "-o", "json"]);
        let answer: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
        answer["secrets"].as_array().unwrap().clone()
    }
}

#[test]
fn pull_secrets_are_listed_with_who_uses_them() {
    let cluster = Cluster::new(
        &[login("regcred", "ghcr.io"), login("alone", "https://index.docker.io/v1/")],
        &[pod("web-1", &["regcred", "regcred"]), pod("web-2", &["regcred"])],
        &[account("default", &["regcred"])],
    );
    let outcome = cluster.list(&["-A"]);
    assert_eq!(
        outcome.stdout,
        "NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY             PROBLEMS\n\
         shop        alone     docker.io    jane    -         -                   -\n\
         shop        regcred   ghcr.io      jane    -         2 pods, 1 account   -\n"
    );
    assert_eq!((outcome.stderr.as_str(), outcome.code), ("", 0));
    let mut calls = outcome.calls;
    calls.sort();
    let mut expected = [PULL_SECRETS, LEGACY, PODS, ACCOUNTS].map(|call| format!("kubectl {call}"));
    expected.sort();
    assert_eq!(calls, expected, "nothing is missing: nothing more is asked");
    let wide = cluster.list(&["-A", "-o", "wide"]).stdout;
    assert!(
        wide.starts_with(
            "NAMESPACE   NAME      REGISTRIES   USERS   KINDS      EXPIRES   USED-BY "
        ),
        "{wide}"
    );
    assert!(
        wide.contains(" password   -         pod/web-1,pod/web-2,serviceaccount/default   -\n"),
        "{wide}"
    );
}

#[test]
fn the_json_answer_is_the_contract() {
    let cluster = Cluster::new(
        &[login("regcred", "ghcr.io")],
        &[pod("web", &["regcred"])],
        &[account("default", &["regcred"])],
    );
    assert_eq!(
        cluster.secrets(),
        [json!({
            "namespace": "shop", "name": "regcred", "type": "kubernetes.io/dockerconfigjson",
            "registries": ["ghcr.io"], "users": ["jane"], "kinds": ["password"], "expiresAt": null,
            "usedBy": {"pods": ["web"], "serviceAccounts": ["default"]}, "problems": [],
        })]
    );
}

#[test]
fn in_one_namespace_kubectl_is_asked_as_usual() {
    let script = "get …\n  stdout {\"items\":[]}\n";
    let outcome = Case::new().program("kubectl", script).run(&["list", "-n", "shop", "-l", "a=b"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, "No pull Secrets found.\n"));
    let selected = "kubectl get secrets --output=json --field-selector=type=kubernetes.io/dockercfg --selector=a=b --namespace=shop";
    assert!(outcome.calls.contains(&selected.to_owned()), "{outcome:?}");
    assert!(outcome.calls.contains(&"kubectl get pods --output=json --namespace=shop".to_owned()));
    let raw = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg&labelSelector=a%3Db";
    let outcome = Case::new().program("kubectl", script).run(&["list", "-A", "-l", "a=b"]);
    assert!(outcome.calls.contains(&format!("kubectl {raw}")), "{outcome:?}");
}

#[test]
fn names_alone_read_no_content() {
    let names = "stdout shop   regcred   kubernetes.io/dockerconfigjson   1   5m\n  stdout shop   old   kubernetes.io/dockercfg   1   5m\n  stdout shop   other   Opaque   1   5m";
    let outcome = Cluster::new(&[], &[], &[]).with(NAMES, names).list(&["-A", "-o", "name"]);
    assert_eq!(outcome.stdout, "secret/regcred\nsecret/old\n");
    assert_eq!(outcome.calls, [format!("kubectl {NAMES}")]);
}

/// Secrets with whatever can be amiss, and references to what is not there.
fn with_problems() -> Cluster {
    let mut applied = login("applied", "ghcr.io");
    applied["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration":
        json!({"data": {".dockerconfigjson": STANDARD.encode("jane:hunter2")}}).to_string()});
    let mut harmless = login("harmless", "ghcr.io");
    harmless["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": "{\"metadata\":{}}"});
    let expired = "eyJhIjoxfQ.eyJleHAiOjF9.x";
    let secrets = [
        applied,
        harmless,
        secret("bad", r#"{"auths":{"ghcr.io":{"auth":"%"},"quay.io":{"auth":"dTpw"}}}"#),
        secret("text", "no JSON"),
        secret("empty", r#"{"auths":{"ghcr.io":{},"quay.io":{}}}"#),
        secret(
            "expired",
            &json!({"auths": {"ghcr.io": {"username": "jane", "password": expired}}}).to_string(),
        ),
    ];
    Cluster::new(&secrets, &[pod("web", &["gone", "opaque", "made"])], &[account("default", &["gone"])])
        .with(NAMES, "stdout shop   opaque   Opaque   1   5m\n  stdout shop   made   kubernetes.io/dockercfg   1   5m")
}

#[test]
fn what_is_amiss_is_told_with_what_to_do() {
    let cluster = with_problems();
    let told: Vec<(String, Vec<String>)> = cluster
        .secrets()
        .iter()
        .map(|one| {
            let problems = one["problems"].as_array().unwrap().iter();
            let codes = problems.map(|it| it["code"].as_str().unwrap().to_owned()).collect();
            (one["name"].as_str().unwrap().to_owned(), codes)
        })
        .collect();
    let expected = [
        ("applied", vec!["last-applied"]),
        ("bad", vec!["malformed"]),
        ("empty", vec!["empty-credential", "empty-credential"]),
        ("expired", vec!["expired"]),
        ("gone", vec!["secret-missing"]),
        ("harmless", vec![]),
        ("opaque", vec!["wrong-type"]),
        ("text", vec!["malformed"]),
    ];
    let expected = expected
        .map(|(name, codes)| (name.to_owned(), codes.into_iter().map(str::to_owned).collect()));
    assert_eq!(told, expected);
    let outcome = cluster.list(&["-A"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (3, "error: there are 7 problems\n"));
    for line in [
        "shop        gone       -                 -       -         1 pod, 1 account   secret-missing\n",
        "\nlast-applied: shop/applied: `kubectl apply` keeps a second copy of the credential in an annotation\n  remove it: kubectl annotate secret applied -n shop kubectl.kubernetes.io/last-applied-configuration-\n",
        "\nempty-credential: shop/empty, entry ghcr.io: the entry is empty (and 1 more)\n  see it whole: kubectl regcred inspect empty -n shop\n",
        "\nsecret-missing: shop/gone: it is referred to, and it is not there\n  make it: kubectl regcred secret gone --apply -n shop\n",
        "\nwrong-type: shop/opaque: it is referred to and of type Opaque: the kubelet skips it\n  make it anew: kubectl delete secret opaque -n shop && kubectl regcred secret opaque -n shop --apply\n",
    ] {
        assert!(outcome.stdout.contains(line), "{line}\n{}", outcome.stdout);
    }
}

#[test]
fn of_those_with_a_label_nothing_is_told_to_be_missing() {
    let few = Cluster::new(&[], &[pod("web", &["gone"])], &[]);
    let script: Vec<String> = few
        .0
        .iter()
        .map(|(call, answer)| {
            let labelled = if call.contains('?') {
                format!("{call}&labelSelector=a")
            } else {
                (*call).to_owned()
            };
            format!("{labelled} *\n  {answer}\n")
        })
        .collect();
    let outcome = Case::new().program("kubectl", &script.concat()).run(&["list", "-A", "-l", "a"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, "No pull Secrets found.\n"),
        "{outcome:?}"
    );
}

#[test]
fn what_may_not_be_read_is_told_and_the_rest_is_listed() {
    let cluster = || Cluster::new(&[login("regcred", "ghcr.io")], &[pod("web", &["gone"])], &[]);
    let outcome = cluster().with(PODS, FORBIDDEN).with(ACCOUNTS, FORBIDDEN).list(&["-A"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.ends_with(" jane    -         ? pods, ? accounts   -\n"), "{outcome:?}");
    assert_eq!(outcome.stderr.matches("warning: not looked at: ").count(), 2, "{outcome:?}");
    let outcome = cluster().with(ACCOUNTS, FORBIDDEN).list(&["-A", "-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(answer["secrets"][1]["usedBy"], json!({"pods": [], "serviceAccounts": null}));
    let outcome = cluster().with(NAMES, FORBIDDEN).list(&["-A"]);
    assert_eq!(outcome.code, 0, "nobody knows whether it is missing: {outcome:?}");
    assert!(
        outcome.stderr.starts_with("warning: not looked at: whether the other Secrets are there: ")
    );
    let outcome = cluster().with(PULL_SECRETS, FORBIDDEN).list(&["-A"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("hint: "), "{outcome:?}");
}

#[test]
fn many_entries_and_foreign_text_stay_readable() {
    let auths: serde_json::Map<String, Value> = (0..10_000)
        .map(|number| {
            (format!("r{number}.io"), json!({"username": format!("u{number}"), "password": "p"}))
        })
        .collect();
    let mut odd = login("o\u{1b}[31md", "gh\u{202e}cr.io");
    odd["metadata"]["namespace"] = json!("s\u{7}hop");
    let cluster =
        Cluster::new(&[secret("many", &json!({"auths": auths}).to_string()), odd], &[], &[]);
    let outcome = cluster.list(&["-A"]);
    assert!(
        outcome.stdout.contains(" r0.io,r1.io,r10.io,and 9997 more   u0,u1,u10,and 9997 more   "),
        "{outcome:?}"
    );
    assert!(
        outcome.stdout.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')),
        "{outcome:?}"
    );
}

#[test]
fn bad_flags_are_usage() {
    for arguments in [&["list", "x"][..], &["list", "-A", "-n", "x"], &["list", "-o", "yaml"]] {
        assert!(Case::new().fail(2, arguments).starts_with("error: "), "{arguments:?}");
    }
}

#[test]
fn readme_shows_what_is_printed() {
    let login = |registries: &[&str], user: &str| {
        let entry = json!({"username": user, "password": "hunter2"});
        let auths: Value = registries
            .iter()
            .map(|registry| ((*registry).to_owned(), entry.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        json!({"auths": auths}).to_string()
    };
    let mut old = secret("old", &login(&["quay.io"], "robot"));
    old["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": "{\".dockerconfigjson\":1}"});
    let regcred = secret("regcred", &login(&["ghcr.io", "https://index.docker.io/v1/"], "janedoe"));
    let mut testing = pod("web", &["gone"]);
    testing["metadata"]["namespace"] = json!("test");
    let pods = [pod("web-1", &["regcred"]), pod("web-2", &["regcred"]), testing];
    let outcome =
        Cluster::new(&[regcred, old], &pods, &[account("default", &["regcred"])]).list(&["-A"]);
    // On a terminal both come together.
    let shown = format!("$ kubectl regcred list -A\n{}{}```", outcome.stdout, outcome.stderr);
    assert!(include_str!("../../README.md").contains(&shown), "{shown}");
}
