//! `secret --from-file`: an existing dockerconfigjson is checked and written.

use insta::assert_snapshot;

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

    hint: name a file that holds credentials, or leave --from-file out to look where docker does
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
