//! `secret --from-file`: an existing dockerconfigjson is checked and written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Case, expected};

#[test]
fn an_existing_file_is_checked_and_written_canonically() {
    let case = Case::new()
        .logins(&[("elsewhere.example.com", "home", "hunter9")])
        .file(
            "work/pull.json",
            r#"{"auths":{"https://ghcr.io/v1/":{"auth":"dTpodW50ZXIy","email":"a@b.c"},"quay.io/org":{"username":"o","password":"hunter3"},"*.example.com":{"auth":"dTpodW50ZXIy"}},"HttpHeaders":{"X":"hunter4"},"credHelpers":{"x.io":"y"}}"#,
        )
        .secret("hunter2")
        .secret("hunter3")
        .secret("hunter4");
    let outcome = case.run(&["secret", "--from-file", "pull.json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let wanted = [
        ("*.example.com", "u", "hunter2"),
        ("ghcr.io", "u", "hunter2"),
        ("quay.io/org", "o", "hunter3"),
    ];
    assert_eq!(crate::support::entries(&outcome.stdout), expected(&wanted));
    assert!(outcome.stderr.contains("ghcr.io: u, from pull.json"), "{}", outcome.stderr);
    let (entries, _) =
        case.entries(&["secret", "--from-file", "pull.json", "--image", "quay.io/org/app"]);
    assert_eq!(entries, expected(&[("quay.io/org", "o", "hunter3")]));
}

#[test]
fn a_file_that_only_names_a_store_is_told() {
    let case =
        Case::new().file("work/config.json", r#"{"auths":{"ghcr.io":{}},"credsStore":"pass"}"#);
    assert_snapshot!(case.fail(3, &["secret", "--from-file", "config.json"]), @"
    warning: config.json names a credentials store, which is not asked: only the entries in it are read
    error: no credential for any registry
      config.json

    hint: name a file or Secret that holds credentials, or name none to look where docker does
    ");
}

#[test]
fn a_bad_entry_of_an_existing_file_stops_the_whole_file() {
    for (json, code, problem) in [
        (
            r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"},"quay.io":{"auth":"%%"}}}"#,
            1,
            "the entry quay.io in pull.json holds `auth` that is not base64",
        ),
        (
            r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"},"quay.io":{"identitytoken":"hunter2"}}}"#,
            3,
            "it is an identity token",
        ),
        (
            r#"{"auths":{"https://ghcr.io/v1/":{"auth":"dTpodW50ZXIy"},"https://ghcr.io/v2/":{"auth":"djpodW50ZXIy"}}}"#,
            1,
            "holds different credentials for ghcr.io",
        ),
        ("[]", 1, "has a value of the wrong type"),
    ] {
        let case = Case::new().file("work/pull.json", json).secret("hunter2");
        let stderr = case.fail(code, &["secret", "--from-file", "pull.json"]);
        assert!(stderr.contains(problem), "{stderr}");
    }
    let stderr = Case::new().fail(1, &["secret", "--from-file", "none.json"]);
    assert_eq!(stderr, "error: cannot read none.json: there is no such file\n");
}

/// A configuration with an entry under each of these keys.
fn config(keys: impl Iterator<Item = String>, password: &str) -> String {
    let entries = keys.map(|key| (key, serde_json::json!({"username": "u", "password": password})));
    serde_json::json!({"auths": entries.collect::<serde_json::Map<_, _>>()}).to_string()
}

#[test]
fn thousands_of_keys_take_no_longer_than_they_are_many() {
    let paths = |count| (0..count).map(|number| format!("ghcr.io/p{number}"));
    let wildcards = (0..1_000).map(|number| {
        let (stars, letters) = ("*".repeat(number % 60 + 1), "a".repeat(number / 60));
        format!("{stars}{letters}.io")
    });
    for (keys, image) in [
        (config(paths(4_000), "hunter2"), "ghcr.io/p7/x"),
        (config(wildcards, "hunter2"), "a.io/x"),
    ] {
        let case = Case::new().config(&keys).file("work/pull.json", keys).secret("hunter2");
        for command in [
            &["secret", "--all", "-o", "name"][..],
            &["secret", "--from-file", "pull.json", "-o", "name"],
            &["inspect", "-f", "pull.json", "-o", "json"],
            &["sources", "--check", "-o", "json"],
            &["diagnose", "--image", image, "-f", "pull.json", "-o", "json"],
        ] {
            let outcome = case.run(command);
            assert!([0, 3].contains(&outcome.code), "{command:?}: {}", outcome.code);
        }
    }
    let large = Case::new().config(config(paths(4_000), &"hunter2".repeat(20)));
    let told = large.fail(1, &["secret", "--all"]);
    assert!(
        told.contains("1048576"),
        "{}",
        told.get(told.len().saturating_sub(300)..).unwrap_or(&told)
    );
}

/// A kubectl that has one Secret, `pull` in the namespace `src` of the context `old`.
fn with_secret() -> Case {
    let value = STANDARD.encode(
        r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"},"quay.io":{"auth":"amFuZTpodW50ZXIz"}}}"#,
    );
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "pull", "namespace": "src"}, "data": {".dockerconfigjson": value},
    });
    let read = "get secret pull --ignore-not-found --output=json --namespace=src --context=old *";
    let script = format!(
        "{read}\n  stdout {secret}\nget secret regcred --ignore-not-found --output=json --show-managed-fields --namespace=shop --context=new *\n  exit 0\napply ...\n  exit 0\n"
    );
    let case = Case::new().program("kubectl", &script).logins(&[("ghcr.io", "other", "0ther")]);
    case.secret("hunter2").secret("hunter3").secret("amFuZTpodW50ZXIy").secret("amFuZTpodW50ZXIz")
}

#[test]
fn a_secret_of_a_cluster_is_a_source() {
    let case = with_secret();
    let from = ["secret", "--from-secret", "src/pull", "--from-context", "old"];
    let outcome = case.run(&from);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    insta::assert_snapshot!(outcome.stderr, @"
    ghcr.io: jane, from Secret pull in namespace src
    quay.io: jane, from Secret pull in namespace src
    ");
    let applied = case.run(&[&from[..], &["--apply", "--context", "new", "-n", "shop"]].concat());
    assert_eq!(applied.code, 0, "{applied:?}");
    let contexts: Vec<&str> = applied
        .calls
        .iter()
        .map(|call| if call.ends_with("--context=old") { "old" } else { "new" })
        .collect();
    assert_eq!(contexts, ["old", "old", "new", "new"], "{:?}", applied.calls);
    let one = case.run(&[&from[..], &["--registry", "quay.io", "-o", "dockerconfigjson"]].concat());
    assert!(one.code == 0 && !one.stdout.contains("ghcr.io"), "{one:?}");
    // A login elsewhere would not help: this Secret alone is read.
    let outcome = case.run(&[&from[..], &["--registry", "reg.example.com"]].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
    insta::assert_snapshot!(outcome.stderr, @"
    error: no credential for reg.example.com
      Secret pull in namespace src: no entry

    hint: choose a registry that it has: ghcr.io, quay.io
    ");
}

#[test]
fn what_names_no_secret_is_a_usage_error() {
    for arguments in [
        &["secret", "--from-context", "old"][..],
        &["secret", "--from-secret", "Not_a_name"],
        &["secret", "--from-secret", "a/b/c"],
        &["secret", "--from-secret", ""],
        &["secret", "--from-secret", "/pull"],
        &["secret", "--from-secret", "src/pull", "--from-file", "x"],
        &["secret", "--from-secret", "src/pull", "-u", "jane"],
        &["secret", "--from-secret", "src/pull", "--authfile", "x"],
    ] {
        let outcome = with_secret().run(arguments);
        assert_eq!((outcome.code, outcome.calls.len()), (2, 0), "{arguments:?} {outcome:?}");
    }
}
