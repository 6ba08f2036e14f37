//! `inspect`: what is inside a Secret or a configuration.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Case, Outcome};

const CONFIG: &str = r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"},"https://index.docker.io/v1/":{"username":"jane","password":"hunter2"},"quay.io":{}}}"#;

fn case() -> Case {
    Case::new().secret("hunter2").secret("amFuZTpodW50ZXIy")
}

fn manifest(secret_type: &str, data: &Value) -> String {
    let secret = json!({"kind": "Secret", "type": secret_type, "metadata": {"name": "regcred"}, "data": data});
    serde_yaml::to_string(&secret).unwrap()
}

fn pull_secret(value: &str) -> String {
    manifest(
        "kubernetes.io/dockerconfigjson",
        &json!({".dockerconfigjson": STANDARD.encode(value)}),
    )
}

fn inspect(input: &str, more: &[&str]) -> Outcome {
    case().stdin(input).run(&[&["inspect", "-f", "-"], more].concat())
}

#[test]
fn entries_are_shown_without_their_passwords() {
    let outcome = inspect(&pull_secret(CONFIG), &[]);
    assert_eq!(outcome.code, 3, "one is empty: {outcome:?}");
    assert_snapshot!(outcome.stdout, @"
    REGISTRY    USERNAME   KIND       EXPIRES   USABLE   FROM
    ghcr.io     jane       password   -         yes      Secret regcred
    docker.io   jane       password   -         yes      Secret regcred
    quay.io     -          password   -         no       Secret regcred

    quay.io: the entry is empty
      hint: log in again: docker login quay.io
    ");
    assert_snapshot!(outcome.stderr, @"
    note: these hold the same credential: ghcr.io, https://index.docker.io/v1/
    1 problem found
    ");
}

#[test]
fn the_json_answer_is_the_contract() {
    let outcome = inspect(
        &pull_secret(r#"{"auths":{"ghcr.io/a":{"auth":"amFuZTpodW50ZXIy"}}}"#),
        &["-o", "json"],
    );
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let entry = json!({
        "registry": "ghcr.io/a", "key": "ghcr.io/a", "username": "jane", "kind": "password",
        "expiresAt": null, "usable": true, "problems": [], "origin": "Secret regcred",
    });
    assert_eq!((answer, outcome.code), (json!({"entries": [entry]}), 0));
    let outcome = inspect(&pull_secret(CONFIG), &["-o", "json", "--reveal"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(answer["entries"][0]["password"], "hunter2");
}

#[test]
fn reveal_prints_what_the_page_prints() {
    let outcome = inspect(&pull_secret(CONFIG), &["--reveal"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, CONFIG));
}

#[test]
fn configurations_and_legacy_secrets_are_read_too() {
    let outcome = inspect(CONFIG, &["-o", "json"]);
    assert_eq!(outcome.stdout.matches("\"origin\": \"standard input\"").count(), 3, "{outcome:?}");
    let legacy = r#"{"ghcr.io":{"auth":"amFuZTpodW50ZXIy","email":"a@b.c"}}"#;
    assert!(inspect(legacy, &[]).stdout.contains("\nghcr.io    jane "));
    let secret =
        manifest("kubernetes.io/dockercfg", &json!({".dockercfg": STANDARD.encode(legacy)}));
    assert!(inspect(&secret, &[]).stdout.contains("\nghcr.io    jane "));
    // Members in any case, as docker and the kubelet read them.
    let outcome = inspect(&format!(r#"{{"AUTHS":{legacy}}}"#), &[]);
    assert!(outcome.stdout.contains("\nghcr.io    jane "), "{outcome:?}");
    let outcome = inspect(r#"{"CredſStore":"pass"}"#, &[]);
    assert!(outcome.stderr.starts_with("warning: it names credsStore: "), "{outcome:?}");
    let outcome = inspect(r#"{"auths":{"ghcr.io":{}},"credsStore":"pass"}"#, &[]);
    assert!(outcome.stderr.starts_with("warning: it names credsStore: "), "{outcome:?}");
}

#[test]
fn what_cannot_be_read_is_explained_with_kubectls_words() {
    let kind = "kubernetes.io/dockerconfigjson";
    for (input, told) in [
        (
            manifest(kind, &json!({".dockerconfigjson": "UmVh!"})),
            "`error: no objects passed to create`",
        ),
        (
            manifest(kind, &json!({".dockerconfigjson": "aHVudGVyMg=="})),
            "`data[.dockerconfigjson]: invalid value`",
        ),
        (pull_secret("{}"), "it has no entries, and no image is pulled with it"),
        (manifest(kind, &json!({})), "it has nothing under `.dockerconfigjson`"),
        (
            manifest("Opaque", &json!({".dockerconfigjson": "e30="})),
            "it is of type Opaque, and the kubelet skips it",
        ),
    ] {
        let outcome = inspect(&input, &[]);
        assert_eq!(outcome.code, 3, "{outcome:?}");
        assert!(outcome.stderr.starts_with("error: Secret regcred: it"), "{outcome:?}");
        assert!(outcome.stderr.contains(told), "{outcome:?}");
        assert!(outcome.stderr.contains("\n\nhint: "), "{outcome:?}");
    }
    let opaque = manifest("Opaque", &json!({}));
    let stderr = case().stdin(opaque).fail(3, &["inspect", "-f", "-", "--reveal"]);
    assert!(stderr.contains("it is of type Opaque"), "{stderr}");
    let stderr = case().stdin("kind: Service\n").fail(2, &["inspect", "-f", "-"]);
    assert!(stderr.contains("standard input holds no Secret"), "{stderr}");
}

#[test]
fn entries_are_shown_as_the_kubelet_takes_them() {
    let entry = |key: &str| format!(r#""{key}":{{"auth":"amFuZTpodW50ZXIy"}}"#);
    let keys = ["*.example.com", "HTTPS://quay.io", "ghcr.io:443", "https://index.docker.io/v1"];
    let value = format!(r#"{{"auths":{{{}}}}}"#, keys.map(entry).join(","));
    let outcome = inspect(&pull_secret(&value), &["-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let told: Vec<(bool, &str)> = answer["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["usable"].as_bool().unwrap(),
                one["problems"][0]["message"].as_str().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(told[0], (true, "-"), "the kubelet knows `*`");
    for (number, part) in
        [(1, "removes no scheme but"), (2, "its port is 443"), (3, "for Docker Hub")]
    {
        assert!(!told[number].0 && told[number].1.contains(part), "{answer}");
    }
    // All hold the same credential, which the first has.
    let same: Vec<&Value> =
        answer["entries"].as_array().unwrap().iter().map(|one| &one["sameAs"]).collect();
    assert_eq!(same, [&Value::Null, &json!(keys[0]), &json!(keys[0]), &json!(keys[0])]);
    assert!(
        outcome.stderr.contains(
            "the same credential: *.example.com, HTTPS://quay.io, ghcr.io:443, and 1 more\n"
        ),
        "{outcome:?}"
    );
}

#[test]
fn what_stops_the_kubelet_beside_the_entries_is_told() {
    let value = r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}},
 "HttpHeaders":{"a":7}}"#;
    let outcome = inspect(&pull_secret(value), &[]);
    assert_eq!(outcome.code, 3);
    assert!(outcome.stdout.contains("\nghcr.io    jane "), "{outcome:?}");
    assert!(outcome.stderr.starts_with("error: Secret regcred: it is not the JSON that the kubelet expects, at line 2, column 16; the kubelet pulls no image"), "{outcome:?}");
    // A key that no image has does not make it harmless.
    let outcome = inspect(&pull_secret(r#"{"auths":{"a b":{"auth":"%"}}}"#), &[]);
    assert!(outcome.stdout.contains("it holds an `auth` that is not base64 of user:password, in the entry at line 1, column 17;"), "{outcome:?}");
}

#[test]
fn ten_thousand_entries_are_no_burden() {
    let entries: Vec<String> =
        (0..10_000).map(|number| format!(r#""r{number}.io":{{"auth":"dTpw"}}"#)).collect();
    let outcome = inspect(&pull_secret(&format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))), &[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 10_001));
    assert!(outcome.stderr.len() < 200, "{}", outcome.stderr.len());
}

#[test]
fn broken_entries_are_told_by_their_keys() {
    let value =
        r#"{"auths":{"a.io":{"auth":"%%%"},"b c":{"auth":"dTpw"},"c.io":{"identitytoken":"t"}}}"#;
    let outcome = inspect(&pull_secret(value), &["-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let codes: Vec<&Value> = answer["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["problems"][0]["code"])
        .collect();
    assert_eq!(codes, ["malformed", "no-match", "identity-token"]);
    assert_eq!(outcome.stderr, "3 problems found\n");
    let odd = inspect(&pull_secret("{\"auths\":{\"a\\u001b[31m.io\":{\"auth\":\"%\"}}}"), &[]);
    assert!(!odd.stdout.contains('\u{1b}'), "{odd:?}");
}

#[test]
fn a_live_secret_is_read_by_kubectl() {
    let data = STANDARD.encode(r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}}}"#);
    let live = |more: &str| {
        formatdoc! {r#"
            get ...
              stdout {{"metadata":{{"resourceVersion":"7"{more}}},"data":{{".dockerconfigjson":"{data}"}},"type":"kubernetes.io/dockerconfigjson"}}
        "#}
    };
    let outcome = case().program("kubectl", &live("")).run(&["inspect", "-n", "shop"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome
            .stdout
            .ends_with("\nghcr.io    jane       password   -         yes      Secret regcred\n"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.calls,
        [
            "kubectl get secret regcred --ignore-not-found --output=json --show-managed-fields --namespace=shop"
        ]
    );
    assert_eq!(outcome.code, 0);
    // What is written into the cluster is what helps there, not a login alone.
    let of = |auths: &str| {
        let value = STANDARD.encode(format!(r#"{{"auths":{{{auths}}}}}"#));
        let script = live("").replace(&data, &value);
        let outcome = case().program("kubectl", &script).run(&["inspect", "mine", "-n", "shop"]);
        assert_eq!(outcome.code, 3, "{outcome:?}");
        outcome.stdout
    };
    let write = "kubectl regcred secret mine --registry ghcr.io --apply -n shop\n";
    let rewrite = format!("\n  hint: rewrite the entry: {write}");
    assert!(of(r#""ghcr.io":{}"#).ends_with(&rewrite));
    assert!(of(r#""ghcr.io":{"auth":"%"}"#).ends_with(&rewrite));
    assert!(of(r#""ghcr.io:443":{"auth":"dTpw"}"#).ends_with(&rewrite));
    let token = of(r#""ghcr.io":{"identitytoken":"t"}"#);
    assert!(
        token.ends_with(&format!("docker login --username USER ghcr.io, then: {write}")),
        "{token}"
    );
    assert!(of(r#""a b":{"auth":"dTpw"}"#).ends_with("\n  hint: remove the entry\n"));
    let copy = r#","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter2"}"#;
    let outcome = case().program("kubectl", &live(copy)).run(&["inspect", "mine"]);
    assert!(
        outcome.stderr.starts_with("warning: its last-applied-configuration holds a second copy")
    );
    let stderr = case().program("kubectl", "get ...\n  exit 0\n").fail(1, &["inspect"]);
    assert!(
        stderr.contains(indoc! {"
            error: Secret regcred not found

            hint: list the pull Secrets: kubectl regcred list"}),
        "{stderr}"
    );
}

#[test]
fn a_secret_that_cannot_be_read_shows_no_empty_table() {
    let manifest = indoc! {"
        kind: Secret
        metadata: {name: a}
        type: kubernetes.io/dockerconfigjson
        data: {.dockerconfigjson: eyJ}
    "};
    let case = Case::new().file("work/secret.yaml", manifest);
    // `fail` expects nothing on standard output.
    let stderr = case.fail(3, &["inspect", "-f", "secret.yaml"]);
    assert!(stderr.starts_with("error: Secret a: its data is not one line of base64"), "{stderr}");
}

#[test]
fn what_other_programs_may_not_match_is_noted() {
    let value = r#"{"auths":{"*.jfrog.example":{"auth":"amFuZTpodW50ZXIy"}}}"#;
    assert_snapshot!(inspect(&pull_secret(value), &[]), @"
    exit code 0
    --- stdout
    REGISTRY          USERNAME   KIND       EXPIRES   USABLE   FROM
    *.jfrog.example   jane       password   -         yes      Secret regcred
    --- stderr
    note: Secret regcred: the kubelet reads this Secret, but Flux, Knative, Tekton, Kyverno and image scanners may not: *.jfrog.example is a pattern: write each host instead
    ");
}
