//! `diagnose` of an image, from manifests alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::indoc;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::Case;

const IMAGE: &str = "ghcr.io/jane/app:v1";

fn secret(name: &str, auths: &Value) -> Value {
    let data = STANDARD.encode(json!({"auths": auths}).to_string());
    json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": name}, "data": {".dockerconfigjson": data}})
}

fn ghcr(password: &str) -> Value {
    json!({"ghcr.io": {"username": "jane", "password": password}})
}

fn pod(secrets: &[&str]) -> Value {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    json!({"kind": "Pod", "spec": {"containers": [{"image": IMAGE}], "imagePullSecrets": secrets}})
}

fn stream(documents: &[Value]) -> String {
    let texts = documents.iter().map(|one| serde_yaml::to_string(one).unwrap());
    texts.collect::<Vec<_>>().join("---\n")
}

/// The answer as JSON, and the exit code.
fn diagnose(documents: &[Value], image: &str, more: &[&str]) -> (Value, i32) {
    let case = Case::new().stdin(stream(documents)).secret("hunter2");
    let arguments = ["diagnose", "--image", image, "-f", "-", "-o", "json"];
    let outcome = case.run(&[&arguments[..], more].concat());
    assert!(outcome.calls.is_empty(), "nothing is asked");
    (serde_json::from_str(&outcome.stdout).unwrap(), outcome.code)
}

/// `code secret key fatal` of each problem.
fn problems(answer: &Value) -> Vec<String> {
    let problems = answer["problems"].as_array().unwrap().iter();
    problems
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
            assert!(!text("message").is_empty() && !text("hint").is_empty(), "{one}");
            format!("{} {} {} {}", text("code"), text("secret"), text("key"), one["fatal"])
        })
        .collect()
}

#[test]
fn the_json_answer_is_the_contract() {
    let (answer, code) = diagnose(&[secret("regcred", &ghcr("hunter2"))], IMAGE, &[]);
    assert_eq!(
        answer,
        json!({
            "image": IMAGE, "lookup": "ghcr.io/jane/app", "ordered": true, "problems": [],
            "candidates": [{"secret": "regcred", "key": "ghcr.io", "username": "jane"}],
        })
    );
    assert_eq!(code, 0);
    let (answer, _) = diagnose(&[secret("regcred", &ghcr("hunter2"))], IMAGE, &["--reveal"]);
    assert_eq!(answer["candidates"][0]["password"], "hunter2");
}

#[test]
fn secrets_alone_are_taken_in_their_order() {
    let list = json!({"kind": "List", "items": [secret("a", &ghcr("x")), secret("b", &ghcr("y"))]});
    let (answer, _) = diagnose(&[secret("c", &ghcr("z")), list], IMAGE, &[]);
    let names = answer["candidates"].as_array().unwrap().iter().map(|one| one["secret"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["c", "a", "b"]);
}

#[test]
fn a_workload_decides_which_secrets_count() {
    let secrets = [secret("a", &ghcr("x")), secret("b", &ghcr("y"))];
    let (answer, code) =
        diagnose(&[&secrets[..], &[pod(&["b", "", "gone", "b"])]].concat(), IMAGE, &[]);
    let names = answer["candidates"].as_array().unwrap().iter().map(|one| one["secret"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["b", "b"], "a double is tried twice");
    let expected = ["secret-missing gone - false", "repeated-reference b - false"];
    assert_eq!((problems(&answer), code), (expected.map(str::to_owned).to_vec(), 3));
    // Without a list of its own it gets its account's.
    let account = json!({"kind": "ServiceAccount", "metadata": {"name": "default"}, "imagePullSecrets": [{"name": "a"}]});
    let (answer, _) = diagnose(&[&secrets[..], &[pod(&[]), account]].concat(), IMAGE, &[]);
    assert_eq!(answer["candidates"][0]["secret"], "a");
    // What is in another namespace is not there.
    let mut elsewhere = secret("a", &ghcr("x"));
    elsewhere["metadata"]["namespace"] = json!("other");
    let mut placed = pod(&["a"]);
    placed["metadata"] = json!({"namespace": "here"});
    let (answer, _) = diagnose(&[elsewhere, placed], IMAGE, &[]);
    assert_eq!(problems(&answer), ["secret-missing a - false"]);
}

#[test]
fn each_problem_has_its_code() {
    let mut opaque = secret("s", &ghcr("x"));
    opaque["type"] = json!("Opaque");
    let mut keyless = secret("s", &ghcr("x"));
    keyless["data"] = json!({"other": "eA=="});
    let mut garbled = secret("s", &ghcr("x"));
    garbled["data"][".dockerconfigjson"] = json!("%%%");
    let expired = "eyJhIjoxfQ.eyJleHAiOjF9.x";
    for (documents, expected) in [
        (opaque, vec!["wrong-type s - false"]),
        (keyless, vec!["missing-key s - false"]),
        (garbled, vec!["malformed s - true"]),
        (secret("s", &json!({"x.io": {"auth": "%"}})), vec!["malformed s x.io true"]),
        (secret("s", &json!([])), vec!["malformed s - true"]),
        (
            secret("s", &json!({"ghcr.io/team": {"auth": "dTpw"}})),
            vec!["no-match s ghcr.io/team false"],
        ),
        (secret("s", &json!({"ghcr.io": {}})), vec!["empty-credential s ghcr.io false"]),
        (
            secret("s", &json!({"ghcr.io": {"identitytoken": "x"}})),
            vec!["identity-token s ghcr.io false"],
        ),
        (secret("s", &ghcr(expired)), vec!["expired s ghcr.io false"]),
        (
            secret("s", &json!({"ghcr.io": {"auth": "dTpw"}, "https://ghcr.io": {"auth": "eDp5"}})),
            vec!["ambiguous-order s ghcr.io false"],
        ),
    ] {
        let (answer, code) = diagnose(&[documents], IMAGE, &[]);
        assert_eq!(
            (problems(&answer), code),
            (expected.into_iter().map(str::to_owned).collect(), 3),
            "{answer}"
        );
        let stops = answer["problems"][0]["fatal"] == true;
        assert!(!stops || answer["candidates"] == json!([]), "{answer}");
    }
    let hub =
        json!({"https://index.docker.io/v1/": {"auth": "dTpw"}, "docker.io/me": {"auth": "eDp5"}});
    let (answer, _) = diagnose(&[secret("s", &hub)], "me/app", &[]);
    assert_eq!(problems(&answer), ["shadowed s https://index.docker.io/v1/ false"]);
    let (answer, code) = diagnose(&[secret("s", &ghcr("x"))], "Not An Image", &[]);
    assert_eq!((problems(&answer), code), (vec!["invalid-image - - true".to_owned()], 3));
    assert_eq!((&answer["lookup"], &answer["image"]), (&Value::Null, &json!("Not An Image")));
}

#[test]
fn keys_that_no_command_could_replace_are_named_by_registry() {
    for (one, other, image, stands_for) in [
        ("*.io", "https://*.io/v2/", "ghcr.io/jane/app", "*.io"),
        ("ghcr.io:443", "https://ghcr.io:443", "ghcr.io:443/jane/app", "ghcr.io:443"),
    ] {
        let auths = json!({one: {"auth": "dTpw"}, other: {"auth": "eDp5"}});
        let (answer, _) = diagnose(&[secret("s", &auths)], image, &[]);
        let expected =
            format!("keep one entry for {stands_for} in the Secret s, remove the others");
        assert_eq!(answer["problems"][0]["code"], "ambiguous-order", "{answer}");
        assert_eq!(answer["problems"][0]["hint"], expected, "{answer}");
    }
}

#[test]
fn a_person_is_told_what_is_tried_and_what_to_do() {
    let documents = [
        secret("regcred", &json!({"ghcr.io/team\u{1b}[31m": {"auth": "dTpw"}})),
        pod(&["regcred"]),
    ];
    let case = Case::new().file("work/all.yaml", stream(&documents));
    let outcome = case.run(&["diagnose", "--image", IMAGE, "-f", "all.yaml"]);
    assert_eq!(outcome.code, 3);
    assert_eq!(outcome.stderr, "1 problem found\n");
    assert!(
        outcome.stdout.starts_with(indoc! {"
            ghcr.io/jane/app: the kubelet tries no credential, and pulls anonymously

            no-match (Secret regcred, entry ghcr.io/team"}),
        "{outcome:?}"
    );
    assert!(outcome.stdout.ends_with("\n  hint: add the registry's entry: kubectl regcred secret regcred --registry ghcr.io --apply\n"), "{outcome:?}");
    assert!(!outcome.stdout.contains('\u{1b}'), "{outcome:?}");
}

#[test]
fn a_misspelt_reference_is_answered_with_the_secret_that_is_given() {
    let (answer, _) =
        diagnose(&[secret("regcred", &ghcr("x")), pod(&["regcerd", "other"])], IMAGE, &[]);
    let hints = answer["problems"].as_array().unwrap().iter().map(|one| &one["hint"]);
    assert_eq!(
        hints.collect::<Vec<_>>()[..2],
        [
            "reference regcred instead: imagePullSecrets: [{name: regcred}]",
            "reference regcred instead: imagePullSecrets: [{name: regcred}]",
        ]
    );
}

#[test]
fn a_token_that_is_the_user_name_too_is_not_shown() {
    let token = json!({"ghcr.io": {"username": "hunter2", "password": "hunter2"}});
    let (answer, _) = diagnose(&[secret("s", &token)], IMAGE, &[]);
    assert_eq!(answer["candidates"][0]["username"], "(hidden)");
    let (answer, _) = diagnose(&[secret("s", &token)], IMAGE, &["--reveal"]);
    assert_eq!(answer["candidates"][0]["username"], "hunter2");
    let (answer, _) = diagnose(&[secret("s", &json!({"ghcr.io": {}}))], IMAGE, &[]);
    assert_eq!(answer["candidates"][0]["username"], "");
}

#[test]
fn what_is_said_to_do_about_a_malformed_secret_loses_nothing() {
    let hint = |auths: &Value| {
        let (answer, _) = diagnose(&[secret("s", auths)], IMAGE, &[]);
        answer["problems"][0]["hint"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        hint(&json!({"https://index.docker.io/v1/": {"auth": "%"}})),
        "rewrite the entry: kubectl regcred secret s --registry docker.io --apply"
    );
    let whole = "rewrite it with every registry that it is for: kubectl regcred secret s --registry ghcr.io --apply --replace";
    assert_eq!(hint(&json!([])), whole);
    assert_eq!(hint(&json!({"a b": {"auth": "%"}})), whole, "its key is that of no registry");
}

#[test]
fn dockers_configuration_counts_as_the_secret_made_of_it() {
    let case = Case::new()
        .secret("hunter2")
        .stdin(r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}},"credsStore":"pass"}"#);
    let outcome = case.run(&["diagnose", "--image", IMAGE, "-f", "-"]);
    assert_snapshot!(outcome.stdout, @"
    ghcr.io/jane/app: the kubelet tries
      1. jane, from standard input, entry ghcr.io
    ");
    assert!(outcome.stderr.starts_with("warning: it names credsStore"), "{outcome:?}");
    let case = Case::new().stdin(r#"{"auths":{"https://index.docker.io/v1":{"auth":"dTpw"}}}"#);
    let outcome = case.run(&["diagnose", "--image", "nginx", "-f", "-"]);
    assert!(
        outcome.stdout.contains("for Docker Hub the kubelet knows `https://index.docker.io/v1/`"),
        "{outcome:?}"
    );
    let stderr =
        Case::new().stdin("kind: Service\n").fail(2, &["diagnose", "--image", "x", "-f", "-"]);
    assert!(stderr.contains("no Secret and no Pod found in the files"), "{stderr}");
}

#[test]
fn bad_input_is_told() {
    let stderr = Case::new().stdin("a: [").fail(1, &["diagnose", "--image", "x", "-f", "-"]);
    assert!(stderr.contains("error: standard input is not a manifest"), "{stderr}");
    let stderr = Case::new().fail(1, &["diagnose", "--image", "x", "-f", "gone.yaml"]);
    assert!(stderr.contains("gone.yaml"), "{stderr}");
    for arguments in
        [&["diagnose", "--image", "x"][..], &["diagnose", "--image", "x", "-f", "-", "-f", "-"]]
    {
        assert!(Case::new().fail(2, arguments).starts_with("error: "));
    }
}

#[test]
fn ten_thousand_keys_are_no_burden() {
    let auths: Value = (0..10_000)
        .map(|number| (format!("r{number}.example.com"), json!({"auth": "dTpw"})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let (answer, _) = diagnose(&[secret("s", &auths)], "r77.example.com/app", &[]);
    assert_eq!(answer["candidates"][0]["key"], "r77.example.com");
    let (answer, _) = diagnose(&[secret("s", &auths)], "r77.example.com:5000/app", &[]);
    assert_eq!(problems(&answer), ["no-match s r77.example.com false"]);
}
