//! `secret`: the manifest that is written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use indoc::formatdoc;
use insta::assert_snapshot;

use crate::support::{Case, document};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/docker/config.json");

fn one_login() -> Case {
    Case::new().logins(&[("reg.example.com", "jane", "hunter2")])
}

fn output(case: &Case, arguments: &[&str]) -> String {
    let outcome = case.run(arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout
}

#[test]
fn the_secret_is_the_one_of_the_kubernetes_page() {
    let stdout = output(
        &Case::new(),
        &[
            "secret",
            "myregistrykey",
            "-n",
            "awesomeapps",
            "--authfile",
            EXAMPLE,
            "--email",
            "jdoe@example.com",
        ],
    );
    let value = STANDARD.encode(r#"{"auths":{"your.private.registry.example.com":{"username":"janedoe","password":"s3cret","email":"jdoe@example.com","auth":"amFuZWRvZTpzM2NyZXQ="}}}"#);
    assert_eq!(
        stdout,
        formatdoc! {"
            apiVersion: v1
            kind: Secret
            metadata:
              name: myregistrykey
              namespace: awesomeapps
            data:
              .dockerconfigjson: {value}
            type: kubernetes.io/dockerconfigjson
        "}
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let case =
        Case::new().logins(&[("b.example.com", "u", "hunter2"), ("a.example.com", "u", "hunter3")]);
    let first = output(&case, &["secret", "--all", "--labels", "b=2,a=1"]);
    assert_eq!(first, output(&case, &["secret", "--all", "--labels", "a=1,b=2"]));
}

#[test]
fn several_namespaces_are_several_documents() {
    let image = "reg.example.com/app";
    let stdout =
        output(&one_login(), &["pod", "web", "--image", image, "-n", "a", "-n", "b", "-n", "a"]);
    let kinds: Vec<&str> = stdout
        .lines()
        .filter(|line| line.starts_with("kind") || line.contains("namespace"))
        .collect();
    assert_eq!(
        kinds,
        [
            "kind: Secret",
            "  namespace: a",
            "kind: Pod",
            "  namespace: a",
            "kind: Secret",
            "  namespace: b",
            "kind: Pod",
            "  namespace: b"
        ]
    );
}

#[test]
fn json_and_names_say_the_same() {
    let case = one_login();
    let json = output(&case, &["secret", "-o", "json", "--labels", "app=web"]);
    let yaml = output(&case, &["secret", "--labels", "app=web"]);
    assert_eq!(document(&json), document(&yaml));
    let pod = ["pod", "web", "--image", "reg.example.com/app", "-o"];
    let list = document(&output(&case, &[&pod[..], &["json"]].concat()));
    assert_eq!(list["kind"], "List");
    assert_eq!(output(&case, &[&pod[..], &["name"]].concat()), "secret/regcred\npod/web\n");
}

#[test]
fn the_bare_file_is_what_the_secret_holds() {
    let case = one_login();
    let secret = document(&output(&case, &["secret", "-o", "json"]));
    let data = secret["data"][".dockerconfigjson"].as_str().unwrap();
    let value = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
    let outcome = case.run(&["secret", "-o", "dockerconfigjson"]);
    assert_eq!((outcome.code, outcome.stdout), (0, format!("{value}\n")));
    assert!(!outcome.stderr.contains("apply"), "{}", outcome.stderr);
    for flags in [
        &["--apply"][..],
        &["-n", "shop"],
        &["--labels", "a=b"],
        &["--annotations", "a=b"],
        &["--dry-run=server"],
    ] {
        let outcome = case.run(&[&["secret", "-o", "dockerconfigjson"], flags].concat());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
    }
    let pod = ["pod", "web", "--image", "reg.example.com/app", "-o", "dockerconfigjson"];
    assert_eq!(case.run(&pod).code, 2);
}

#[test]
fn labels_and_annotations_are_written_as_given() {
    let stdout = output(
        &one_login(),
        &[
            "secret",
            "--labels",
            "app=web,tier=",
            "--annotations",
            "note=a, b = c",
            "--annotations",
            "n=yes",
        ],
    );
    let metadata = &document(&stdout)["metadata"];
    assert_eq!(metadata["labels"], serde_json::json!({"app": "web", "tier": ""}));
    assert_eq!(metadata["annotations"], serde_json::json!({"note": "a, b = c", "n": "yes"}));
}

#[test]
fn dry_run_changes_nothing() {
    let case = one_login();
    assert_eq!(output(&case, &["secret", "--dry-run=client"]), output(&case, &["secret"]));
}

fn token(expires: u64) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{expires}}}"#));
    format!("e30.{claims}.c2ln")
}

#[test]
fn the_earliest_expiry_becomes_an_annotation() {
    let (soon, late) = (token(4_000_000_000), token(4_100_000_000));
    let case = Case::new().logins(&[
        ("a.example.com", "u", &late),
        ("b.example.com", "u", &soon),
        ("c.example.com", "u", "hunter2"),
    ]);
    let stdout = output(&case, &["secret", "--all"]);
    assert_eq!(
        document(&stdout)["metadata"]["annotations"]["kubectl-regcred/expires-at"],
        "2096-10-02T07:06:40Z"
    );
}

#[test]
fn an_expired_token_is_refused() {
    let case = Case::new().logins(&[("reg.example.com", "u", &token(1_000_000_000))]);
    assert_snapshot!(case.fail(3, &["secret"]), @"
    error: the credential for reg.example.com from ~/.docker/config.json cannot be used in a pull Secret: it expired at 2001-09-09T01:46:40Z

    hint: log in again for a fresh token: docker login reg.example.com
    ");
}

#[test]
fn a_short_lived_token_is_warned_of() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let password = STANDARD.encode(format!(r#"{{"payload":"p","expiration":{}}}"#, now + 7_230));
    let case =
        Case::new().logins(&[("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS", &password)]);
    let (_, stderr) = case.entries(&["secret"]);
    assert!(stderr.contains("in 2h: Pods that start later cannot pull"), "{stderr}");
}

#[test]
fn azures_identity_token_is_written_as_a_password() {
    let case = Case::new()
        .config(r#"{"auths":{"acme.azurecr.io":{"auth":"MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==","identitytoken":"hunter2"}}}"#)
        .secret("hunter2");
    let (entries, stderr) = case.entries(&["secret"]);
    let user = "00000000-0000-0000-0000-000000000000";
    assert_eq!(entries, crate::support::expected(&[("acme.azurecr.io", user, "hunter2")]));
    assert!(stderr.contains("Azure's identity token is written as the password"), "{stderr}");
}

#[test]
fn ten_thousand_entries_are_written_and_matched() {
    let logins: Vec<(String, String)> =
        (0..4_000).map(|n| (format!("r{n}.example.com"), "p".to_owned())).collect();
    let auths: serde_json::Map<String, serde_json::Value> = logins
        .iter()
        .map(|(key, password)| {
            (key.clone(), serde_json::json!({"username": "u", "password": password}))
        })
        .collect();
    let case = Case::new().config(serde_json::json!({"auths": auths}).to_string());
    assert_eq!(case.entries(&["secret", "--all"]).0.len(), 4_000);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let case = one_login();
    let mut child = case.command(&["secret"]).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let case = one_login();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = case.command(&["secret"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("error: cannot write standard output: No space left on device"),
        "{stderr}"
    );
}
