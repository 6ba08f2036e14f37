//! No hint is a dead end: what `diagnose` says to paste is pasted here, and this program
//! has to take it. The commands of kubectl itself are tried in `tests/cluster`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::Case;
use crate::support::fake_cluster::{AROUND, Cluster, IMAGE, NOT_SENT, REJECTED};

const PULL_SECRETS: &str = "get secrets --output=json --field-selector=type=kubernetes.io/dockerconfigjson --namespace=shop";

/// The commands of this program in a hint, in the order in which they are run; those of a
/// pipe in one group.
fn commands(hint: &str) -> Vec<Vec<Vec<String>>> {
    let Some(start) = hint.find("kubectl regcred ") else { return Vec::new() };
    let pasted = &hint[start..];
    let ours = |command: &str| {
        let words = words(command);
        words.strip_prefix(&["kubectl".to_owned(), "regcred".to_owned()]).map(<[String]>::to_vec)
    };
    let groups = pasted.split(" && ").map(|pipe| pipe.split(" | ").filter_map(ours).collect());
    groups.filter(|group: &Vec<_>| !group.is_empty()).collect()
}

/// A command as a shell splits it: of its quotes only single ones occur.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// A machine with logins for the registries of the tests, and a cluster that takes
/// everything.
fn machine() -> Case {
    let mut kubectl = "apply ...\n  exit 0\npatch ...\n  exit 0\n".to_owned();
    let mut answer = |call: &str, answer: &str| {
        let blocks = format!("{call} *\n  {answer}\n{call} --namespace=shop *\n  {answer}\n");
        kubectl.push_str(&blocks);
    };
    for name in ["default", "build-bot"] {
        let account = json!({"metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
            "imagePullSecrets": [{"name": "regcred"}, {"name": "regcred"}]});
        let call = format!("get serviceaccount {name} --output=json");
        answer(&call, &format!("stdout {account}"));
    }
    for name in ["regcred", "regcred-pull", "gone", "paas"] {
        let call = format!("get secret {name} --ignore-not-found --output=");
        answer(&format!("{call}json --show-managed-fields"), "exit 0");
        answer(&format!("{call}name"), &format!("stdout secret/{name}"));
    }
    // What `--from-secret` reads: without `auths` around the entries, which is corrected.
    let entries = r#"{"ghcr.io":{"username":"jane","password":"hunter2"}}"#;
    let secret = secret_of(MODERN, ".dockerconfigjson", entries);
    for namespace in ["", " --namespace=shop", " --namespace=other"] {
        let call = "get secret regcred --ignore-not-found --output=json";
        let block = format!("{call}{namespace} *\n  stdout {secret}\n");
        kubectl.push_str(&block);
    }
    let logins: Vec<(&str, &str, &str)> =
        ["ghcr.io", "quay.io", "reg.example", "docker.io", "localhost:5056"]
            .map(|registry| (registry, "jane", "hunter2"))
            .into();
    Case::new().logins(&logins).program("kubectl", &kubectl)
}

/// Runs what a hint says, as far as it is of this program.
fn paste(case: Case, hint: &str) -> usize {
    let groups = commands(hint);
    let mut case = case;
    let mut count = 0;
    for group in groups {
        let mut output = String::new();
        for command in group {
            let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
            if !output.is_empty() {
                case = case.stdin(std::mem::take(&mut output));
            }
            let outcome = case.run(&arguments);
            assert_eq!(outcome.code, 0, "{hint}\n{outcome:#?}");
            output = outcome.stdout;
            count += 1;
        }
    }
    count
}

/// Every hint in an answer.
fn hints(answer: &Value) -> Vec<String> {
    match answer {
        Value::Object(members) => {
            let own = members.get("hint").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(hints)).collect()
        }
        Value::Array(items) => items.iter().flat_map(hints).collect(),
        _ => Vec::new(),
    }
}

fn secret_of(kind: &str, key: &str, config: &str) -> Value {
    json!({"kind": "Secret", "type": kind,
        "metadata": {"name": "regcred", "resourceVersion": "7", "creationTimestamp": "2026-11-01T00:00:00Z"},
        "data": {key: STANDARD.encode(config)}})
}

const MODERN: &str = "kubernetes.io/dockerconfigjson";
const LEGACY: &str = "kubernetes.io/dockercfg";
const LOGIN: &str = r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2"}}}"#;

/// Secrets with a problem each.
fn secrets() -> [Value; 15] {
    let mut immutable =
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#);
    immutable["immutable"] = json!(true);
    [
        secret_of(MODERN, ".dockerconfigjson", LOGIN),
        secret_of("Opaque", ".dockerconfigjson", LOGIN),
        secret_of(MODERN, "other", LOGIN),
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"ghcr.io":{"auth":"%"}}}"#),
        secret_of(MODERN, ".dockerconfigjson", "[]"),
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"ghcr.io/team":{"auth":"dTpw"}}}"#),
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#),
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"ghcr.io":{}}}"#),
        secret_of(MODERN, ".dockerconfigjson", r#"{"auths":{"ghcr.io":{"identitytoken":"x"}}}"#),
        secret_of(
            MODERN,
            ".dockerconfigjson",
            r#"{"auths":{"ghcr.io":{"username":"u","password":"eyJhIjoxfQ.eyJleHAiOjF9.x"}}}"#,
        ),
        secret_of(
            MODERN,
            ".dockerconfigjson",
            r#"{"auths":{"ghcr.io":{"username":"u","password":"p\n"}}}"#,
        ),
        secret_of(
            MODERN,
            ".dockerconfigjson",
            r#"{"auths":{"ghcr.io":{"auth":"dTpw"},"https://ghcr.io":{"auth":"eDp5"}}}"#,
        ),
        // What is there cannot be changed: github.com/openshift/origin/issues/14541.
        secret_of(LEGACY, ".dockercfg", LOGIN),
        secret_of(LEGACY, ".dockercfg", r#"{"ghcr.io":{"auth":"dTpw"}}"#),
        immutable,
    ]
}

/// The words of nodes.
fn words_of_nodes() -> [String; 8] {
    let failed = format!(
        "failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": "
    );
    [
        NOT_SENT.to_owned(),
        REJECTED.to_owned(),
        format!("{failed}{IMAGE}: not found"),
        format!(
            "{failed}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        ),
        format!(
            "{failed}unexpected status from HEAD request to https://m.example/v2/x/manifests/v1?ns=ghcr.io: 403 Forbidden"
        ),
        format!(
            "{failed}unexpected status from HEAD request to https://ghcr.io/v2/x/manifests/v1: 429 Too Many Requests"
        ),
        "denied: permission_denied: The token provided does not match expected scopes.".to_owned(),
        "illegal base64 data at input byte 4".to_owned(),
    ]
}

/// Pods whose words and Secrets lead to each verdict.
fn clusters() -> Vec<Cluster> {
    let mut clusters = Vec::new();
    for words in &words_of_nodes() {
        for secret in &secrets() {
            let mut cluster = Cluster::waiting(words, &["regcred"]);
            cluster.secrets.push(secret.clone());
            clusters.push(cluster);
        }
        let names = "get secrets --no-headers --all-namespaces";
        let elsewhere = "stdout other   regcred   kubernetes.io/dockerconfigjson   1   5m";
        clusters.push(Cluster::waiting(words, &["regcred"]));
        clusters.push(Cluster::waiting(words, &["regcred"]).answer(names, elsewhere));
        clusters.push(Cluster::waiting(words, &[]));
        let there = json!({"items": [secret_of(MODERN, ".dockerconfigjson", LOGIN)]});
        let there = format!("stdout {there}");
        clusters.push(Cluster::waiting(words, &[]).answer(PULL_SECRETS, &there));
        clusters.push(Cluster::waiting(words, &["gone"]).answer(PULL_SECRETS, &there));
        let mut repeated = Cluster::waiting(words, &["regcred", "regcred"]).login("regcred");
        repeated.account = vec!["regcred", "regcred"];
        clusters.push(repeated);
        let mut mounted = Cluster::waiting(words, &[]);
        mounted.pod["spec"]["serviceAccountName"] = json!("build-bot");
        let account = json!({"kind": "ServiceAccount", "metadata": {"name": "build-bot", "resourceVersion": "7"},
            "secrets": [{"name": "regcred"}]});
        let around = AROUND.replace("NAMES", "serviceaccount/build-bot");
        clusters.push(
            mounted.answer(&around, &format!("stdout {account}")).answer(PULL_SECRETS, &there),
        );
    }
    clusters
}

#[test]
fn what_diagnose_says_of_a_pod_can_be_pasted() {
    let mut pasted = std::collections::BTreeSet::new();
    for cluster in clusters() {
        let outcome = cluster.diagnose(&["-o", "json"]);
        let answer: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
        for hint in hints(&answer) {
            if pasted.insert(hint.clone()) {
                paste(machine(), &hint);
            }
        }
    }
    let count = pasted.iter().filter(|hint| !commands(hint).is_empty()).count();
    assert!(count >= 12, "the hints hold commands: {pasted:#?}");
}

/// A Secret that cannot be changed is left, and another is made beside it.
#[test]
fn a_secret_that_cannot_be_changed_is_not_written_over() {
    let login = r#"{"ghcr.io":{"auth":"dTpw"}}"#;
    let mut legacy = Cluster::waiting(REJECTED, &["regcred"]);
    legacy.secrets.push(secret_of("kubernetes.io/dockercfg", ".dockercfg", login));
    legacy.assert(
        "rejected",
        "",
        "kubectl regcred secret regcred-pull --registry ghcr.io --apply -n shop",
    );
    let mut immutable = Cluster::waiting(NOT_SENT, &["regcred"]);
    let mut secret = secret_of(
        "kubernetes.io/dockerconfigjson",
        ".dockerconfigjson",
        r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#,
    );
    secret["immutable"] = json!(true);
    immutable.secrets.push(secret);
    immutable.assert(
        "no-match",
        "",
        "kubectl regcred secret regcred-pull --registry ghcr.io --apply -n shop",
    );
}

#[test]
fn what_diagnose_says_of_files_can_be_pasted() {
    let pod = |list: &str, image: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: web}}\nspec:\n  {list}\n  containers:\n  - name: app\n    image: {image}\n"
        )
    };
    let secret = |name: &str, kind: &str, config: &str| {
        let key = if kind.ends_with("dockercfg") { ".dockercfg" } else { ".dockerconfigjson" };
        format!(
            "kind: Secret\nmetadata: {{name: {name}}}\ntype: {kind}\ndata: {{{key}: {}}}\n",
            STANDARD.encode(config)
        )
    };
    let modern = "kubernetes.io/dockerconfigjson";
    let login = r#"{"auths":{"reg.example":{"username":"jane","password":"hunter2"}}}"#;
    let mut pasted = 0;
    for list in [
        "imagePullSecrets: [{name: regcred}]",
        "imagePullSecrets: [{name: gone}]",
        "imagePullSecrets: [regcred]",
        "imagePullSecrets: regcred",
        "imagePullSecret: [{name: regcred}]",
        "restartPolicy: Always",
        "serviceAccountName: build-bot",
        "imagePullSecrets: [{name: regcred}, {name: regcred}]",
    ] {
        for secret in [
            secret("regcred", modern, login),
            secret("paas", modern, login),
            secret("regcred", "Opaque", login),
            secret("regcred", "kubernetes.io/dockercfg", login),
            secret("regcred", modern, r#"{"auths":{"localhost:5055":{"auth":"dTpw"}}}"#),
            secret("regcred", modern, "[]"),
            String::new(),
        ] {
            for image in ["reg.example/app:v1", "localhost:5056/app:v1"] {
                let case = || {
                    machine().file("work/pod.yaml", pod(list, image)).file("work/more.yaml", format!("kind: ServiceAccount\nmetadata: {{name: build-bot}}\nsecrets: [{{name: regcred}}]\n---\n{secret}"))
                };
                let outcome =
                    case().run(&["diagnose", "-f", "pod.yaml", "-f", "more.yaml", "-o", "json"]);
                let answer: Value =
                    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
                for hint in hints(&answer) {
                    pasted += paste(case(), &hint);
                }
            }
        }
    }
    assert!(pasted > 40, "{pasted}");
}
