//! An existing dockerconfigjson, and manifests that name images.

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
    assert_eq!(
        case.fail(3, &["secret", "--from-file", "config.json"]),
        "warning: config.json names a credentials store, which is not asked: only the entries in it are read\n\
         error: no credential for any registry\n  config.json\n\n\
         hint: ask the store itself: leave --from-file out\n"
    );
}

#[test]
fn a_bad_entry_of_an_existing_file_keeps_all_of_it_from_being_written() {
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
        let talk = case.fail(code, &["secret", "--from-file", "pull.json"]);
        assert!(talk.contains(problem), "{talk}");
    }
    let talk = Case::new().fail(1, &["secret", "--from-file", "none.json"]);
    assert_eq!(talk, "error: cannot read none.json: there is no such file\n");
}

fn two_logins() -> Case {
    Case::new().logins(&[
        ("a.example.com", "u", "hunter2"),
        ("b.example.com", "u", "hunter3"),
        ("c.example.com", "u", "hunter4"),
    ])
}

const POD: &str = "kind: Pod\nspec: {containers: [{image: a.example.com/x}], initContainers: [{image: b.example.com/y}]}\n";

#[test]
fn manifests_say_which_registries_are_needed() {
    let case = two_logins()
        .file("work/pod.yaml", POD)
        .file("work/more/deep/d.yml", "kind: Deployment\nspec: {template: {spec: {containers: [{image: c.example.com/z}]}}}\n")
        .file("work/more/notes.txt", "{{")
        .stdin(POD);
    let keys = |arguments: &[&str]| -> Vec<String> {
        let (entries, _) = case.entries(&[&["secret"], arguments].concat());
        entries.into_keys().collect()
    };
    assert_eq!(keys(&["-f", "pod.yaml"]), ["a.example.com", "b.example.com"]);
    assert_eq!(keys(&["-f", "-"]), ["a.example.com", "b.example.com"]);
    assert_eq!(keys(&["-R", "-f", "more"]), ["c.example.com"]);
    assert_eq!(keys(&["-f", "pod.yaml", "-f", "more", "-R"]).len(), 3);
    assert_eq!(keys(&["-f", "pod.yaml", "--registry", "c.example.com"]).len(), 3);
}

#[test]
fn manifests_that_cannot_be_used_are_told() {
    let case = two_logins()
        .file("work/bad.yaml", "kind: Pod\nspec: {a: hunter7\n")
        .file("work/none.yaml", "kind: ConfigMap\n")
        .file("work/image.yaml", "kind: Pod\nspec: {containers: [{image: A.example.com/UP}]}\n")
        .file("work/more/deep/d.yml", POD)
        .secret("hunter7");
    let talk = case.fail(1, &["secret", "-f", "bad.yaml"]);
    assert!(
        talk.starts_with(
            "error: bad.yaml is not a manifest: it is not valid YAML or JSON near line"
        ),
        "{talk}"
    );
    let talk = case.fail(1, &["secret", "-f", "missing.yaml"]);
    assert_eq!(talk, "error: cannot read missing.yaml: there is no such file\n");
    for file in ["none.yaml", "more"] {
        let talk = case.fail(2, &["secret", "-f", file]);
        assert!(talk.starts_with("error: the manifests name no image\n"), "{talk}");
    }
    let talk = case.fail(2, &["secret", "-f", "image.yaml"]);
    assert!(
        talk.contains("`A.example.com/UP` is not an image: repository names are lower case"),
        "{talk}"
    );
    let twice = case.fail(2, &["secret", "-f", "-", "--authfile", "-"]);
    assert!(
        twice.contains("standard input cannot be used for both --authfile and --filename"),
        "{twice}"
    );
    let missing =
        case.file("work/other.yaml", "kind: Pod\nspec: {containers: [{image: d.example.com/x}]}\n");
    let talk = missing.fail(3, &["secret", "-f", "other.yaml"]);
    assert!(talk.starts_with("error: no credential for d.example.com"), "{talk}");
}

#[test]
fn a_pods_secret_serves_the_images_of_manifests_too() {
    let case = two_logins().file("work/pod.yaml", POD);
    let outcome = case.run(&["pod", "web", "--image", "c.example.com/z", "-f", "pod.yaml"]);
    assert_eq!(crate::support::entries(&outcome.stdout).len(), 3);
    assert_eq!(outcome.stdout.matches("  - name: web-container").count(), 1);
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
