//! `list` and `inspect` on the API server, beside what kubectl says itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::Place;

fn auths(entries: &[(&str, &str)]) -> String {
    let auth = STANDARD.encode("jane:hunter2");
    let entries = entries.iter().map(|(key, member)| match *member {
        "login" => ((*key).to_owned(), json!({"auth": auth})),
        other => ((*key).to_owned(), serde_json::from_str(other).unwrap()),
    });
    json!({"auths": entries.collect::<serde_json::Map<_, _>>()}).to_string()
}

fn secret(place: &Place, name: &str, secret_type: &str, key: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "type": secret_type,
        "metadata": {"name": name, "namespace": place.namespace, "labels": {"name": name}},
        "data": {key: STANDARD.encode(value)}})
}

fn pull_secret(place: &Place, name: &str, value: &str) -> Value {
    secret(place, name, "kubernetes.io/dockerconfigjson", ".dockerconfigjson", value)
}

/// A Pod for which nothing can be pulled, and that brings these.
fn pod(place: &Place, name: &str, secrets: &[&str]) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": place.namespace},
        "spec": {"imagePullSecrets": secrets,
            "containers": [{"name": "app", "image": "127.0.0.1:1/jane/app:v1"}]}})
}

/// A namespace with Secrets of every sort that the API server takes.
fn furnished(namespace: &str) -> Place {
    let place = Place::new(namespace).secret("hunter2").secret(&STANDARD.encode("jane:hunter2"));
    let good = auths(&[("ghcr.io", "login"), ("https://index.docker.io/v1/", "login")]);
    let legacy = json!({"quay.io": {"auth": STANDARD.encode("jane:hunter2")}}).to_string();
    let bad = auths(&[("ghcr.io", r#"{"auth":"%"}"#)]);
    place.apply(&json!({"apiVersion": "v1", "kind": "List", "items": [
        pull_secret(&place, "good", &good),
        pull_secret(&place, "bad", &bad),
        pull_secret(&place, "null", "null"),
        secret(&place, "legacy", "kubernetes.io/dockercfg", ".dockercfg", &legacy),
        secret(&place, "opaque", "Opaque", ".dockerconfigjson", &good),
        pod(&place, "one", &["good", "opaque"]),
        pod(&place, "two", &["good", "gone"]),
    ]}));
    let applied = pull_secret(&place, "applied", &good);
    place.send(&["apply"], &applied);
    let list = r#"{"imagePullSecrets":[{"name":"legacy"}]}"#;
    place.kubectl(&["patch", "serviceaccount", "default", "--patch", list]);
    place
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
    let place = furnished("listed");
    let expected = [
        "applied [] [] last-applied",
        "bad [] [] malformed",
        r#"gone ["two"] [] secret-missing"#,
        r#"good ["one","two"] [] "#,
        r#"legacy [] ["default"] "#,
        "null [] [] empty-credential",
        r#"opaque ["one"] [] wrong-type"#,
    ];
    let talk = place.regcred(&["list", "-n", "listed", "-o", "json"]);
    assert_eq!(
        (told(&talk.stdout), talk.code),
        (expected.map(str::to_owned).to_vec(), 3),
        "{talk:?}"
    );
    let all = place.regcred(&["list", "-A", "-o", "json"]);
    let mut answer: Value = serde_json::from_str(&all.stdout).unwrap();
    answer["secrets"].as_array_mut().unwrap().retain(|row| row["namespace"] == "listed");
    assert_eq!(told(&answer.to_string()), expected);
    let talk = place.regcred(&["list", "-n", "listed", "-l", "name in (good, legacy)"]);
    assert_eq!(
        (talk.stdout.as_str(), talk.code),
        (
            "NAMESPACE   NAME     REGISTRIES          USERS   EXPIRES   USED-BY     PROBLEMS\n\
             listed      good     ghcr.io,docker.io   jane    -         2 pods      -\n\
             listed      legacy   quay.io             jane    -         1 account   -\n",
            0
        ),
        "{talk:?}"
    );
    let talk = place.regcred(&["list", "-n", "listed", "-o", "name"]);
    assert_eq!(
        talk.stdout, "secret/applied\nsecret/bad\nsecret/good\nsecret/legacy\nsecret/null\n",
        "{talk:?}"
    );
    // What is said to help does.
    place.kubectl(&[
        "annotate",
        "secret",
        "applied",
        "kubectl.kubernetes.io/last-applied-configuration-",
    ]);
    let talk = place.regcred(&["list", "-n", "listed", "-l", "name=applied"]);
    assert_eq!(talk.code, 0, "{talk:?}");
}

#[test]
fn what_may_not_be_listed_is_told() {
    let place = furnished("listed-in-part");
    place.kubectl(&["create", "role", "lister", "--verb=list", "--resource=secrets"]);
    place.kubectl(&["create", "rolebinding", "lister", "--role=lister", "--user=lister"]);
    let lister = ["list", "-n", "listed-in-part", "--as", "lister"];
    let talk = place.regcred(&lister);
    assert!(
        talk.stdout.contains(
            "   good      ghcr.io,docker.io   jane    -         ? pods, ? accounts   -\n"
        ),
        "{talk:?}"
    );
    assert!(talk.stderr.contains("warning: could not read Pods: "), "{talk:?}");
    assert!(talk.stderr.contains("warning: could not read service accounts: "), "{talk:?}");
    let talk = place.regcred(&["list", "-A", "--as", "lister"]);
    assert_eq!((talk.code, talk.stdout.as_str()), (1, ""), "{talk:?}");
    assert!(talk.stderr.contains("cannot list resource \"secrets\""), "{talk:?}");
}

#[test]
fn inspect_reveals_what_the_pages_pipeline_prints() {
    let place = furnished("inspected");
    let pipeline = "jsonpath={.data.\\.dockerconfigjson}";
    for name in ["good", "bad", "null", "applied"] {
        let data = place.kubectl(&["get", "secret", name, &format!("--output={pipeline}")]);
        let page = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
        let talk = place.regcred(&["inspect", name, "-n", "inspected", "--reveal"]);
        assert_eq!((talk.stdout, talk.code), (page, 0), "{}", talk.stderr);
    }
    let talk = place.regcred(&["inspect", "good", "-n", "inspected", "-o", "json"]);
    let answer: Value = serde_json::from_str(&talk.stdout).unwrap();
    assert_eq!(answer["entries"][1]["sameAs"], "ghcr.io", "{answer}");
    let talk = place.regcred(&["inspect", "legacy", "-n", "inspected"]);
    assert!(talk.stdout.contains("\nquay.io    jane       password"), "{talk:?}");
    let talk = place.regcred(&["inspect", "gone", "-n", "inspected"]);
    assert!(
        talk.stderr.contains("hint: list the pull Secrets: kubectl regcred list -n inspected"),
        "{talk:?}"
    );
}

/// The page explains two texts; our words for their causes are those of the files
/// for which the real programs say them.
#[test]
fn the_pages_two_errors_are_those_of_the_real_programs() {
    let place = Place::new("page-errors");
    let mut broken = pull_secret(&place, "regcred", "{}");
    for (value, theirs, ours) in [
        ("UmVh bGx5", "illegal base64 data", "`error: no objects passed to create`"),
        (
            "UmVhbGx5Cg==",
            "data[.dockerconfigjson]: Invalid value",
            "`data[.dockerconfigjson]: invalid value`",
        ),
    ] {
        broken["data"][".dockerconfigjson"] = json!(value);
        let mut command = place.command("kubectl");
        command.args(["create", "--filename=-"]);
        let output = crate::programs::finish(command, &broken.to_string());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(theirs), "{said}");
        let talk = place.feed(&["inspect", "-f", "-"], &broken.to_string());
        assert!(talk.stderr.contains(ours), "{talk:?}");
    }
}
