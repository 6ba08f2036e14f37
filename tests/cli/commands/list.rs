//! `list`, against a kubectl that plays the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::indoc;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Case, Outcome};

const PULL_SECRETS: &str =
    "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockerconfigjson";
const LEGACY: &str = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg";
const PODS: &str = "get --raw=/api/v1/pods";
const ACCOUNTS: &str = "get --raw=/api/v1/serviceaccounts";
const NAMES: &str = "get secrets --no-headers --all-namespaces";
pub const FORBIDDEN: &str = indoc! {r#"
    stderr Error from server (Forbidden): x is forbidden: User "dev" cannot list it
      exit 1"#};

/// The calls for the kinds that create Pods.
pub const WORKLOADS: [&str; 7] = [
    "get --raw=/apis/apps/v1/deployments",
    "get --raw=/apis/apps/v1/statefulsets",
    "get --raw=/apis/apps/v1/daemonsets",
    "get --raw=/apis/apps/v1/replicasets",
    "get --raw=/api/v1/replicationcontrollers",
    "get --raw=/apis/batch/v1/cronjobs",
    "get --raw=/apis/batch/v1/jobs",
];
const ALL_KINDS: &str = "get deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,replicationcontrollers,cronjobs.batch,jobs.batch --output=json --namespace=shop";

/// What the cluster would answer, by call.
pub struct Cluster(Vec<(&'static str, String)>);

pub fn items(items: &[Value]) -> String {
    format!("stdout {}", json!({"items": items}))
}

pub fn secret(name: &str, value: &str) -> Value {
    json!({
        "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "data": {".dockerconfigjson": STANDARD.encode(value)},
    })
}

pub fn login(name: &str, registry: &str) -> Value {
    secret(
        name,
        &json!({"auths": {registry: {"username": "jane", "password": "hunter2"}}}).to_string(),
    )
}

pub fn references(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"name": name})).collect()
}

fn pod(name: &str, secrets: &[&str]) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop"},
        "spec": {"imagePullSecrets": references(secrets)}})
}

pub fn account(name: &str, secrets: &[&str]) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "imagePullSecrets": references(secrets)})
}

impl Cluster {
    pub fn new(secrets: &[Value], pods: &[Value], accounts: &[Value]) -> Self {
        let mut calls = vec![
            (PULL_SECRETS, items(secrets)),
            (LEGACY, items(&[])),
            (PODS, items(pods)),
            (ACCOUNTS, items(accounts)),
            (NAMES, "exit 0".to_owned()),
            (ALL_KINDS, items(&[])),
        ];
        calls.extend(WORKLOADS.map(|call| (call, items(&[]))));
        Self(calls)
    }

    pub fn with(mut self, call: &'static str, answer: &str) -> Self {
        self.0.retain(|(other, _)| *other != call);
        self.0.push((call, answer.to_owned()));
        self
    }

    pub fn list(&self, more: &[&str]) -> Outcome {
        let blocks = self.0.iter().map(|(call, answer)| format!("{call} *\n  {answer}\n"));
        let script: Vec<String> = blocks.collect();
        let case = Case::new().program("kubectl", &script.concat());
        let auth = STANDARD.encode("jane:hunter2");
        case.secret("hunter2").secret(&auth).run(&[&["list"], more].concat())
    }

    /// The Secrets of the JSON answer.
    fn secrets(&self) -> Vec<Value> {
        let outcome = self.list(&["-A", "-o", "json"]);
        crate::docs::fields_are_in_reference(&outcome.stdout);
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
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY             PROBLEMS
    shop        alone     docker.io    jane    -         -                   -
    shop        regcred   ghcr.io      jane    -         2 pods, 1 account   -
    ");
    // Nothing is missing, and nothing more is asked.
    assert_snapshot!(outcome.sorted_calls(), @"
    kubectl get --raw=/api/v1/pods
    kubectl get --raw=/api/v1/replicationcontrollers
    kubectl get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg
    kubectl get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockerconfigjson
    kubectl get --raw=/api/v1/serviceaccounts
    kubectl get --raw=/apis/apps/v1/daemonsets
    kubectl get --raw=/apis/apps/v1/deployments
    kubectl get --raw=/apis/apps/v1/replicasets
    kubectl get --raw=/apis/apps/v1/statefulsets
    kubectl get --raw=/apis/batch/v1/cronjobs
    kubectl get --raw=/apis/batch/v1/jobs
    ");
    assert_snapshot!(cluster.list(&["-A", "-o", "wide"]), @"
    exit code 0
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   KINDS      EXPIRES   USED-BY                                      PROBLEMS
    shop        alone     docker.io    jane    password   -         -                                            -
    shop        regcred   ghcr.io      jane    password   -         pod/web-1,pod/web-2,serviceaccount/default   -
    ");
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
            "usedBy": {"pods": ["web"], "serviceAccounts": ["default"], "workloads": []}, "problems": [],
        })]
    );
}

#[test]
fn in_one_namespace_kubectl_is_asked_as_usual() {
    let script = "get ...\n  stdout {\"items\":[]}\n";
    let case = || Case::new().program("kubectl", script);
    let outcome = case().run(&["list", "-n", "shop", "-l", "a=b"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stderr
    No pull Secrets found.
    ");
    assert_snapshot!(outcome.sorted_calls(), @"
    kubectl get deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,replicationcontrollers,cronjobs.batch,jobs.batch --output=json --namespace=shop
    kubectl get pods --output=json --namespace=shop
    kubectl get secrets --output=json --field-selector=type=kubernetes.io/dockercfg --selector=a=b --namespace=shop
    kubectl get secrets --output=json --field-selector=type=kubernetes.io/dockerconfigjson --selector=a=b --namespace=shop
    kubectl get serviceaccounts --output=json --namespace=shop
    ");
    assert_snapshot!(case().run(&["list", "-A", "-l", "a=b"]).sorted_calls(), @"
    kubectl get --raw=/api/v1/pods
    kubectl get --raw=/api/v1/replicationcontrollers
    kubectl get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockercfg&labelSelector=a%3Db
    kubectl get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2Fdockerconfigjson&labelSelector=a%3Db
    kubectl get --raw=/api/v1/serviceaccounts
    kubectl get --raw=/apis/apps/v1/daemonsets
    kubectl get --raw=/apis/apps/v1/deployments
    kubectl get --raw=/apis/apps/v1/replicasets
    kubectl get --raw=/apis/apps/v1/statefulsets
    kubectl get --raw=/apis/batch/v1/cronjobs
    kubectl get --raw=/apis/batch/v1/jobs
    ");
}

#[test]
fn names_alone_read_no_content() {
    let names = "stdout shop   regcred   kubernetes.io/dockerconfigjson   1   5m
  stdout shop   old   kubernetes.io/dockercfg   1   5m
  stdout shop   other   Opaque   1   5m";
    let outcome = Cluster::new(&[], &[], &[]).with(NAMES, names).list(&["-A", "-o", "name"]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    secret/regcred
    secret/old
    ");
    assert_snapshot!(outcome.sorted_calls(), @"kubectl get secrets --no-headers --all-namespaces");
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
    Cluster::new(
        &secrets,
        &[pod("web", &["gone", "opaque", "made"])],
        &[account("default", &["gone"])],
    )
    .with(
        NAMES,
        indoc! {"
            stdout shop   opaque   Opaque   1   5m
              stdout shop   made   kubernetes.io/dockercfg   1   5m"},
    )
}

#[test]
fn each_problem_is_shown_with_what_to_do() {
    assert_snapshot!(with_problems().list(&["-A"]), @"
    exit code 3
    --- stdout
    NAMESPACE   NAME       REGISTRIES        USERS   EXPIRES                USED-BY            PROBLEMS
    shop        applied    ghcr.io           jane    -                      -                  last-applied
    shop        bad        ghcr.io,quay.io   u       -                      -                  malformed
    shop        empty      ghcr.io,quay.io   -       -                      -                  empty-credential
    shop        expired    ghcr.io           jane    1970-01-01T00:00:01Z   -                  expired
    shop        gone       -                 -       -                      1 pod, 1 account   secret-missing
    shop        harmless   ghcr.io           jane    -                      -                  -
    shop        opaque     -                 -       -                      1 pod              wrong-type
    shop        text       -                 -       -                      -                  malformed

    last-applied: shop/applied: `kubectl apply` keeps a second copy of the credential in an annotation
      hint: remove it: kubectl annotate secret applied -n shop kubectl.kubernetes.io/last-applied-configuration-

    malformed: shop/bad, entry ghcr.io: it holds an `auth` that is not base64 of user:password, in the entry at line 1, column 21; the kubelet pulls no image of a Pod that references it (and 1 more)
      hint: for details: kubectl regcred inspect bad -n shop

    empty-credential: shop/empty, entry ghcr.io: the entry is empty (and 1 more)
      hint: for details: kubectl regcred inspect empty -n shop

    expired: shop/expired, entry ghcr.io: it expired at 1970-01-01T00:00:01Z
      hint: for details: kubectl regcred inspect expired -n shop

    secret-missing: shop/gone: it is referenced but does not exist
      hint: create it: kubectl regcred secret gone --apply -n shop

    wrong-type: shop/opaque: it is referenced, but of type Opaque: the kubelet skips it
      hint: create a pull Secret under another name, and reference that one: kubectl regcred secret opaque-pull --apply -n shop
    --- stderr
    7 problems found
    ");
}

#[test]
fn each_problem_has_its_code() {
    let secrets = with_problems().secrets();
    let lines: Vec<String> = secrets
        .iter()
        .map(|secret| {
            let problems = secret["problems"].as_array().unwrap().iter();
            let codes: Vec<&str> = problems.map(|it| it["code"].as_str().unwrap()).collect();
            let codes = if codes.is_empty() { "none".to_owned() } else { codes.join(", ") };
            format!("{}: {codes}", secret["name"].as_str().unwrap())
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    applied: last-applied
    bad: malformed
    empty: empty-credential, empty-credential
    expired: expired
    gone: secret-missing
    harmless: none
    opaque: wrong-type
    text: malformed
    ");
}

#[test]
fn a_misspelt_reference_is_answered_with_the_secret_that_exists() {
    let names = "stdout shop   regcred   kubernetes.io/dockerconfigjson   1   5m";
    let cluster = Cluster::new(&[login("regcred", "ghcr.io")], &[pod("web", &["regcerd"])], &[]);
    let mut elsewhere = pod("web", &["regcerd"]);
    elsewhere["metadata"]["namespace"] = json!("other");
    assert_snapshot!(cluster.with(NAMES, names).list(&["-A"]), @"
    exit code 3
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY   PROBLEMS
    shop        regcerd   -            -       -         1 pod     secret-missing
    shop        regcred   ghcr.io      jane    -         -         -

    secret-missing: shop/regcerd: it is referenced but does not exist
      hint: reference regcred instead: imagePullSecrets: [{name: regcred}]
    --- stderr
    1 problem found
    ");
    let cluster = Cluster::new(&[login("regcred", "ghcr.io")], &[elsewhere], &[]);
    let outcome = cluster.with(NAMES, names).list(&["-A"]);
    assert!(outcome.stdout.contains("hint: create it: "), "only in one namespace: {outcome:?}");
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
    let case = Case::new().program("kubectl", &script.concat());
    assert_snapshot!(case.run(&["list", "-A", "-l", "a"]), @"
    exit code 0
    --- stderr
    No pull Secrets found.
    ");
}

#[test]
fn what_may_not_be_read_is_named_and_the_rest_is_listed() {
    let cluster = || Cluster::new(&[login("regcred", "ghcr.io")], &[pod("web", &["gone"])], &[]);
    let outcome = cluster().with(PODS, FORBIDDEN).with(ACCOUNTS, FORBIDDEN).list(&["-A"]);
    assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY              PROBLEMS
    shop        regcred   ghcr.io      jane    -         ? pods, ? accounts   -
    --- stderr
    warning: could not read Pods: x is forbidden: User "dev" cannot list it
    warning: could not read service accounts: x is forbidden: User "dev" cannot list it
    "#);
    let outcome = cluster().with(ACCOUNTS, FORBIDDEN).list(&["-A", "-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        answer["secrets"][1]["usedBy"],
        json!({"pods": [], "serviceAccounts": null, "workloads": []})
    );
    // Whether it is missing is unknown.
    assert_snapshot!(cluster().with(NAMES, FORBIDDEN).list(&["-A"]), @r#"
    exit code 0
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY   PROBLEMS
    shop        regcred   ghcr.io      jane    -         -         -
    --- stderr
    warning: could not read the names of the other Secrets: x is forbidden: User "dev" cannot list it
    "#);
    assert_snapshot!(cluster().with(PULL_SECRETS, FORBIDDEN).list(&["-A"]), @r#"
    exit code 1
    --- stderr
    error: x is forbidden: User "dev" cannot list it

    hint: ask for the missing right, or use another user: --as USER, --context CONTEXT
    "#);
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
    let is_safe = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(outcome.stdout.chars().all(is_safe), "{outcome:?}");
    assert_snapshot!(outcome, @"
    exit code 3
    --- stdout
    NAMESPACE   NAME     REGISTRIES                         USERS                     EXPIRES   USED-BY   PROBLEMS
    shop        o[31md   ghcr.io                            -                         -         -         no-match
    shop        many     r0.io,r1.io,r10.io,and 9997 more   u0,u1,u10,and 9997 more   -         -         -

    no-match: shop/o[31md, entry ghcr.io: its key names no registry, and matches no image
      hint: for details: kubectl regcred inspect 'o[31md' -n shop
    --- stderr
    1 problem found
    ");
}

#[test]
fn bad_flags_are_usage() {
    let fail = |arguments: &[&str]| Case::new().fail(2, arguments);
    assert_snapshot!(fail(&["list", "x"]), @"
    error: list accepts no arguments (not shown, it may be a password)

    hint: to see one Secret: kubectl regcred inspect NAME
    ");
    assert_snapshot!(fail(&["list", "-A", "-n", "x"]), @"
    error: the argument '--all-namespaces' cannot be used with '--namespace <NAMESPACE>'

    Usage: kubectl regcred list --all-namespaces

    For more information, try '--help'.
    ");
    assert_snapshot!(fail(&["list", "-o", "xml"]), @"
    error: --output does not accept this value (not shown, it may be a password)

    hint: use one of: table, wide, json, yaml, name
    ");
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
    assert!(include_str!("../../../docs/diagnose.md").contains(&shown), "{shown}");
}

#[test]
fn a_secret_that_an_account_references_hundreds_of_times_is_shown_once() {
    let cluster = Cluster::new(
        &[login("regcred", "ghcr.io"), login("other", "quay.io")],
        &[pod("web", &["regcred", "regcred"])],
        &[account("build-bot", &["regcred"; 545]), account("default", &["regcred", "other"])],
    );
    assert_snapshot!(cluster.list(&["-A"]), @"
    exit code 0
    --- stdout
    NAMESPACE   NAME      REGISTRIES   USERS   EXPIRES   USED-BY             PROBLEMS
    shop        other     quay.io      jane    -         1 account           -
    shop        regcred   ghcr.io      jane    -         1 pod, 2 accounts   repeated-reference

    repeated-reference: shop/regcred: the service account build-bot references it 545 times: the kubelet tries its entries as often, and its Pods start late
      hint: reference it once: kubectl regcred unlink build-bot --secret-name regcred -n shop && kubectl regcred link build-bot --secret-name regcred -n shop
    ");
}
