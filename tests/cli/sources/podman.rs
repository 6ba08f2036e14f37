//! The logins of podman, skopeo and buildah.

use indoc::indoc;

use crate::support::{Case, expected};

/// A file of podman's with these plain entries.
fn auths(logins: &[(&str, &str, &str)]) -> String {
    use base64::Engine;
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let auths: serde_json::Map<String, serde_json::Value> = logins
        .iter()
        .map(|(key, user, password)| {
            ((*key).to_owned(), serde_json::json!({"auth": encode(format!("{user}:{password}"))}))
        })
        .collect();
    serde_json::json!({"auths": auths}).to_string()
}

const SESSION: &str = "runtime/containers/auth.json";
const HOME: &str = "home/.config/containers/auth.json";

#[test]
fn a_login_of_podman_is_found_where_docker_has_none() {
    let case = Case::new().file(HOME, auths(&[("ghcr.io", "jane", "hunter2")])).secret("hunter2");
    let (entries, stderr) = case.entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
    assert_eq!(stderr, "ghcr.io: jane, from ~/.config/containers/auth.json\n");
}

#[cfg(target_os = "linux")]
#[test]
fn the_sessions_file_counts_before_the_home_folders() {
    let case = Case::new()
        .file(SESSION, auths(&[("ghcr.io", "session", "hunter2")]))
        .file(HOME, auths(&[("ghcr.io", "home", "hunter3"), ("quay.io", "home", "hunter3")]));
    let (entries, _) = case.entries(&["secret", "--all"]);
    assert_eq!(
        entries,
        expected(&[("ghcr.io", "session", "hunter2"), ("quay.io", "home", "hunter3")])
    );
}

#[test]
fn keys_of_paths_are_kept_and_the_longest_one_counts() {
    let logins = [
        ("quay.io", "all", "hunter2"),
        ("quay.io/org", "org", "hunter3"),
        ("quay.io/org/app", "app", "hunter4"),
    ];
    let case = Case::new().file(HOME, auths(&logins));
    for (image, key, user, password) in [
        ("quay.io/org/app:v1", "quay.io/org/app", "app", "hunter4"),
        ("quay.io/org/other", "quay.io/org", "org", "hunter3"),
        ("quay.io/organisation/app", "quay.io", "all", "hunter2"),
    ] {
        let (entries, stderr) = case.entries(&["secret", "--image", image]);
        assert_eq!(entries, expected(&[(key, user, password)]));
        let word = format!(
            "note: {key} is the key of a path: podman and the kubelet honour it, docker does not"
        );
        assert_eq!(stderr.contains(&word), key.contains('/'), "{stderr}");
    }
    assert_eq!(case.entries(&["secret", "--all"]).0.len(), 3);
}

#[test]
fn docker_hub_is_written_under_its_one_key() {
    let case = Case::new().file(HOME, auths(&[("docker.io", "hubuser", "hunter2")]));
    let hub = "https://index.docker.io/v1/";
    assert_eq!(case.entries(&["secret"]).0, expected(&[(hub, "hubuser", "hunter2")]));
}

#[test]
fn docker_counts_before_podman_and_a_difference_is_told() {
    let case = Case::new()
        .logins(&[("ghcr.io", "docker", "hunter2")])
        .file(HOME, auths(&[("ghcr.io", "podman", "hunter3")]));
    let (entries, stderr) = case.entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "docker", "hunter2")]));
    assert!(stderr.contains("warning: ghcr.io: ~/.config/containers/auth.json holds another credential than ~/.docker/config.json, which counts"), "{stderr}");
    let (entries, _) = case.entries(&["secret", "--source", "podman"]);
    assert_eq!(entries, expected(&[("ghcr.io", "podman", "hunter3")]));
    let same = Case::new()
        .logins(&[("ghcr.io", "jane", "hunter2")])
        .file(HOME, auths(&[("ghcr.io", "jane", "hunter2")]));
    let (_, stderr) = same.entries(&["secret"]);
    assert_eq!(stderr, "ghcr.io: jane, from ~/.docker/config.json\n");
}

#[test]
fn registry_auth_file_is_the_only_file_read() {
    let case = Case::new()
        .file(HOME, auths(&[("quay.io", "home", "hunter3")]))
        .file("work/mine.json", auths(&[("ghcr.io", "mine", "hunter2")]));
    let file = case.path("work/mine.json").display().to_string();
    let case = case.variable("REGISTRY_AUTH_FILE", file);
    assert_eq!(case.entries(&["secret"]).0, expected(&[("ghcr.io", "mine", "hunter2")]));
}

#[test]
fn a_broken_file_of_podman_matters_only_where_it_is_needed() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).file(HOME, "{\"auths\":");
    assert_eq!(case.entries(&["secret", "--registry", "ghcr.io"]).0.len(), 1);
    let stderr = case.fail(1, &["secret", "--registry", "quay.io"]);
    assert!(
        stderr.starts_with("error: ~/.config/containers/auth.json ends in the middle of its JSON"),
        "{stderr}"
    );
    let stderr = case.fail(1, &["secret"]);
    assert!(
        stderr.contains("auth.json ends in the middle"),
        "what is known cannot be told: {stderr}"
    );
    let missing = Case::new().variable("REGISTRY_AUTH_FILE", "none.json");
    assert_eq!(
        missing.fail(1, &["secret"]),
        "error: cannot read none.json: there is no such file\n"
    );
}

#[test]
fn helpers_of_podman_are_asked_with_the_bare_registry() {
    let case = Case::new()
        .file(HOME, r#"{"credHelpers":{"docker.io":"x"}}"#)
        .helper(
            "x",
            indoc! {r#"
                get docker.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let outcome = case.run(&["secret", "--image", "nginx"]);
    assert_eq!(outcome.calls, ["docker-credential-x get docker.io"], "{outcome:?}");
    assert!(outcome.stderr.contains("from docker-credential-x (~/.config/containers/auth.json)"));
    let stderr = case.fail(3, &["secret", "--image", "nginx", "--ignore-helpers"]);
    assert!(stderr.contains("~/.config/containers/auth.json: no entry"), "{stderr}");
}

#[test]
fn a_named_file_of_podman_is_read_as_podman_does() {
    let logins = [("quay.io", "all", "hunter2"), ("quay.io/org", "org", "hunter3")];
    let case = Case::new().file("work/auth.json", auths(&logins));
    let image = ["secret", "--image", "quay.io/org/app", "--authfile", "auth.json"];
    assert_eq!(case.entries(&image).0, expected(&[("quay.io/org", "org", "hunter3")]));
    let helpers =
        Case::new().file("work/auth.json", r#"{"credHelpers":{"ghcr.io":"x"},"credsStore":"y"}"#);
    let stderr = helpers.fail(1, &["secret", "--registry", "ghcr.io", "--authfile", "auth.json"]);
    assert!(stderr.ends_with("hint: allow helpers for this file: --allow-helpers\n"), "{stderr}");
    assert!(stderr.contains("names a credentials store, which is not asked"), "{stderr}");
}

#[test]
fn an_empty_entry_of_a_path_hides_those_above_it() {
    let case = Case::new()
        .file(HOME, r#"{"auths":{"quay.io":{"auth":"dTpodW50ZXIy"},"quay.io/org":{}}}"#)
        .secret("hunter2");
    let stderr = case.fail(3, &["secret", "--image", "quay.io/org/app"]);
    assert!(
        stderr.contains("its empty entry quay.io/org hides those above it, as for podman"),
        "{stderr}"
    );
    assert_eq!(case.entries(&["secret", "--image", "quay.io/other"]).0.len(), 1);
}
