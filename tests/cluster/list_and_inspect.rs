//! `list` and `inspect` on the API server, beside what kubectl says itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::indoc;
use serde_json::{Value, json};

use crate::support::Case;

fn auths(entries: &[(&str, &str)]) -> String {
    let auth = STANDARD.encode("jane:hunter2");
    let entries = entries.iter().map(|(key, member)| match *member {
        "login" => ((*key).to_owned(), json!({"auth": auth})),
        other => ((*key).to_owned(), serde_json::from_str(other).unwrap()),
    });
    json!({"auths": entries.collect::<serde_json::Map<_, _>>()}).to_string()
}

fn secret(case: &Case, name: &str, secret_type: &str, key: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "type": secret_type,
        "metadata": {"name": name, "namespace": case.namespace, "labels": {"name": name}},
        "data": {key: STANDARD.encode(value)}})
}

fn pull_secret(case: &Case, name: &str, value: &str) -> Value {
    secret(case, name, "kubernetes.io/dockerconfigjson", ".dockerconfigjson", value)
}

/// A Pod for which nothing can be pulled, and that brings these.
fn pod(case: &Case, name: &str, secrets: &[&str]) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": case.namespace},
        "spec": {"imagePullSecrets": secrets,
            "containers": [{"name": "app", "image": "127.0.0.1:1/jane/app:v1"}]}})
}

/// A namespace with Secrets of every sort that the API server takes.
fn furnished(namespace: &str) -> Case {
    let case = Case::new(namespace).secret("hunter2").secret(&STANDARD.encode("jane:hunter2"));
    let good = auths(&[("ghcr.io", "login"), ("https://index.docker.io/v1/", "login")]);
    let legacy = json!({"quay.io": {"auth": STANDARD.encode("jane:hunter2")}}).to_string();
    let bad = auths(&[("ghcr.io", r#"{"auth":"%"}"#)]);
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": [
        pull_secret(&case, "good", &good),
        pull_secret(&case, "bad", &bad),
        pull_secret(&case, "null", "null"),
        secret(&case, "legacy", "kubernetes.io/dockercfg", ".dockercfg", &legacy),
        secret(&case, "opaque", "Opaque", ".dockerconfigjson", &good),
        pod(&case, "one", &["good", "opaque"]),
        pod(&case, "two", &["good", "gone"]),
    ]}));
    let applied = pull_secret(&case, "applied", &good);
    case.send(&["apply"], &applied);
    let list = r#"{"imagePullSecrets":[{"name":"legacy"}]}"#;
    case.kubectl(&["patch", "serviceaccount", "default", "--patch", list]);
    case
}

/// `NAME USED-BY PROBLEMS` of each.
fn told(answer: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let rows = answer["secrets"].as_array().unwrap().iter();
    rows.map(|row| {
        let used = [&row["usedBy"]["pods"], &row["usedBy"]["serviceAccounts"]];
        let used: Vec<String> = used.iter().map(ToString::to_string).collect();
        let problems = row["problems"].as_array().unwrap().iter();
        let codes: Vec<&str> = problems.map(|one| one["code"].as_str().unwrap()).collect();
        format!("{} {} {}", row["name"].as_str().unwrap(), used.join(" "), codes.join(","))
    })
    .collect()
}

#[test]
fn what_is_there_is_listed_in_one_namespace_and_in_all() {
    let case = furnished("listed");
    let expected = [
        "applied [] [] last-applied",
        "bad [] [] malformed",
        r#"gone ["two"] [] secret-missing"#,
        r#"good ["one","two"] [] "#,
        r#"legacy [] ["default"] "#,
        "null [] [] empty-credential",
        r#"opaque ["one"] [] wrong-type"#,
    ];
    let outcome = case.regcred(&["list", "-n", "listed", "-o", "json"]);
    assert_eq!(
        (told(&outcome.stdout), outcome.code),
        (expected.map(str::to_owned).to_vec(), 3),
        "{outcome:?}"
    );
    let all = case.regcred(&["list", "-A", "-o", "json"]);
    let mut answer: Value = serde_json::from_str(&all.stdout).unwrap();
    answer["secrets"].as_array_mut().unwrap().retain(|row| row["namespace"] == "listed");
    assert_eq!(told(&answer.to_string()), expected);
    let outcome = case.regcred(&["list", "-n", "listed", "-l", "name in (good, legacy)"]);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.code),
        (
            indoc! {"
                NAMESPACE   NAME     REGISTRIES          USERS   EXPIRES   USED-BY     PROBLEMS
                listed      good     ghcr.io,docker.io   jane    -         2 pods      -
                listed      legacy   quay.io             jane    -         1 account   -
            "},
            0
        ),
        "{outcome:?}"
    );
    let outcome = case.regcred(&["list", "-n", "listed", "-o", "name"]);
    assert_eq!(
        outcome.stdout,
        indoc! {"
            secret/applied
            secret/bad
            secret/good
            secret/legacy
            secret/null
        "},
        "{outcome:?}"
    );
    // What is said to help does.
    case.kubectl(&[
        "annotate",
        "secret",
        "applied",
        "kubectl.kubernetes.io/last-applied-configuration-",
    ]);
    let outcome = case.regcred(&["list", "-n", "listed", "-l", "name=applied"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn what_may_not_be_listed_is_told() {
    let case = furnished("listed-in-part");
    case.kubectl(&["create", "role", "lister", "--verb=list", "--resource=secrets"]);
    case.kubectl(&["create", "rolebinding", "lister", "--role=lister", "--user=lister"]);
    let lister = ["list", "-n", "listed-in-part", "--as", "lister"];
    let outcome = case.regcred(&lister);
    assert!(
        outcome.stdout.contains("   good      ghcr.io,docker.io   jane    -         ?         -\n"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("warning: could not read Pods: "), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: could not read service accounts: "), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: could not read workloads: "), "{outcome:?}");
    let outcome = case.regcred(&["list", "-A", "--as", "lister"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("cannot list resource \"secrets\""), "{outcome:?}");
}

#[test]
fn inspect_reveals_what_the_pages_pipeline_prints() {
    let case = furnished("inspected");
    let pipeline = "jsonpath={.data.\\.dockerconfigjson}";
    for name in ["good", "bad", "null", "applied"] {
        let data = case.kubectl(&["get", "secret", name, &format!("--output={pipeline}")]);
        let page = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
        let outcome = case.regcred(&["inspect", name, "-n", "inspected", "--reveal"]);
        assert_eq!((outcome.stdout, outcome.code), (page, 0), "{}", outcome.stderr);
    }
    let outcome = case.regcred(&["inspect", "good", "-n", "inspected", "-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(answer["entries"][1]["sameAs"], "ghcr.io", "{answer}");
    let outcome = case.regcred(&["inspect", "legacy", "-n", "inspected"]);
    assert!(outcome.stdout.contains("\nquay.io    jane       password"), "{outcome:?}");
    let outcome = case.regcred(&["inspect", "gone", "-n", "inspected"]);
    assert!(
        outcome.stderr.contains("hint: list the pull Secrets: kubectl regcred list -n inspected"),
        "{outcome:?}"
    );
}

/// The page explains two texts; our words for their causes are those of the files
/// for which the real programs say them.
#[test]
fn the_pages_two_errors_are_those_of_the_real_programs() {
    let case = Case::new("page-errors");
    let mut broken = pull_secret(&case, "regcred", "{}");
    for (value, theirs, ours) in [
        ("UmVh bGx5", "illegal base64 data", "`error: no objects passed to create`"),
        (
            "UmVhbGx5Cg==",
            "data[.dockerconfigjson]: Invalid value",
            "`data[.dockerconfigjson]: invalid value`",
        ),
    ] {
        broken["data"][".dockerconfigjson"] = json!(value);
        let mut command = case.command("kubectl");
        command.args(["create", "--filename=-"]);
        let output = crate::home::finish(command, &broken.to_string());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(theirs), "{said}");
        let outcome = case.feed(&["inspect", "-f", "-"], &broken.to_string());
        assert!(outcome.stderr.contains(ours), "{outcome:?}");
    }
}

/// Each hint is pasted where the current context leads nowhere: it has to name the cluster.
#[test]
fn secrets_of_another_shape_are_mended_by_what_is_said_of_them() {
    let case = Case::new("reshaped").secret("hunter2");
    let entries = r#"{"ghcr.io":{"username":"jane","password":"hunter2"}}"#;
    let config = format!(r#"{{"auths":{entries}}}"#);
    let clear = r#"{"auths":{"ghcr.io":{"auth":"jane:hunter2"}}}"#;
    for document in [
        pull_secret(&case, "legacy-map", entries),
        pull_secret(&case, "wrapped", &json!({"value": config}).to_string()),
        pull_secret(&case, "clear", clear),
        secret(&case, "modern", "kubernetes.io/dockercfg", ".dockercfg", &config),
    ] {
        case.apply(&document);
    }
    case.apply(&pod(&case, "web", &["legacy-map"]));
    let [flag, cluster] = case.flags_of_lost_cluster();
    let ask = |words: &[&str]| {
        let outcome = case.regcred(&[words, &["-n", "reshaped", &flag, &cluster]].concat());
        assert_eq!(outcome.code, 3, "{outcome:?}");
        let answer = format!("{}{}", outcome.stdout, outcome.stderr);
        let hint = answer.lines().find_map(|line| line.trim().strip_prefix("hint: "));
        hint.unwrap_or_else(|| panic!("{outcome:?}")).to_owned()
    };
    case.paste(&ask(&["diagnose", "web"]));
    case.paste(&ask(&["inspect", "wrapped"]));
    case.paste(&ask(&["inspect", "modern"]));
    let hint = ask(&["list"]);
    assert!(hint.contains(&cluster) && hint.contains(&flag), "{hint}");
    for name in ["legacy-map", "wrapped", "modern-pull"] {
        assert_eq!(case.auths(name)["ghcr.io"]["username"], "jane", "{name}");
    }
}

#[test]
fn workloads_without_pods_use_secrets_too() {
    let case = Case::new("idle");
    let auths = json!({"auths": {"ghcr.io": {"username": "jane", "password": "x"}}}).to_string();
    for name in ["by-deployment", "by-account", "by-job", "lonely"] {
        case.send(&["create"], &pull_secret(&case, name, &auths));
    }
    let patch = r#"{"imagePullSecrets":[{"name":"by-account"}]}"#;
    case.kubectl(&["patch", "serviceaccount", "default", "--patch", patch]);
    let template = |secrets: &Value| {
        json!({"metadata": {"labels": {"app": "x"}}, "spec": {
            "imagePullSecrets": secrets, "restartPolicy": "Always",
            "containers": [{"name": "app", "image": "ghcr.io/jane/app:v1"}]}})
    };
    let mut of_job = template(&json!([{"name": "by-job"}]));
    of_job["spec"]["restartPolicy"] = json!("Never");
    let metadata = |name: &str| json!({"name": name, "namespace": "idle"});
    let selector = json!({"matchLabels": {"app": "x"}});
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"), "spec":
            {"replicas": 0, "selector": selector, "template": template(&json!([{"name": "by-deployment"}]))}},
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata("agent"), "spec":
            {"selector": selector, "template": template(&json!([]))}},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata("night"), "spec":
            {"schedule": "@daily", "suspend": true, "jobTemplate": {"spec": {"template": of_job}}}},
    ]}));
    let expected = "by-account: serviceaccount/default,daemonset/agent; by-deployment: deployment/web; by-job: cronjob/night; lonely: -";
    for scope in [&["-n", "idle"][..], &["-A"]] {
        let outcome = case.regcred(&[&["list", "-o", "wide", "--no-headers"], scope].concat());
        let rows = outcome.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let rows = rows.filter(|cells| cells.first() == Some(&"idle"));
        let used: Vec<String> = rows.map(|cells| format!("{}: {}", cells[1], cells[6])).collect();
        assert_eq!(used.join("; "), expected, "{outcome:?}");
        let outcome = case.regcred(&[&["list", "--unused", "-o", "json"], scope].concat());
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let names = answer["secrets"].as_array().unwrap().iter();
        let names = names.filter(|secret| secret["namespace"] == "idle");
        assert_eq!(names.map(|secret| &secret["name"]).collect::<Vec<_>>(), ["lonely"]);
    }
}
