//! `secret`: which credentials are written.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::{Case, expected};

fn two_logins() -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2"), ("quay.io", "jane", "hunter3")])
}

#[test]
fn only_the_registries_that_were_named_are_written() {
    let (entries, _) = two_logins().entries(&["secret", "--registry", "quay.io"]);
    assert_eq!(entries, expected(&[("quay.io", "jane", "hunter3")]));
    let both = ["secret", "--registry", "quay.io", "--image", "ghcr.io/janedoe/app:v1"];
    let (entries, _) = two_logins().entries(&both);
    assert_eq!(entries.len(), 2);
    let (entries, _) = two_logins().entries(&["secret", "--all"]);
    assert_eq!(entries.len(), 2);
}

#[test]
fn several_known_registries_without_a_choice_are_listed() {
    let stderr = two_logins().fail(2, &["secret"]);
    assert_snapshot!(stderr, @"
    error: found credentials for 2 registries, and none was named
      ghcr.io, from ~/.docker/config.json
      quay.io, from ~/.docker/config.json

    hint: use --all, or pick with --registry (can be repeated): --registry ghcr.io
    ");
}

#[test]
fn nothing_known_says_where_it_looked() {
    let stderr = Case::new().fail(3, &["secret"]);
    assert_snapshot!(stderr, @"
    error: no credential for any registry
      ~/.docker/config.json (not found)
      podman's auth.json (not found)

    hint: log in first: docker login HOST; or pipe a password: --registry HOST --username USER --password-stdin <token.txt
    ");
}

#[test]
fn a_registry_without_a_login_says_where_it_looked() {
    let stderr = two_logins().fail(3, &["secret", "--registry", "reg.example.com"]);
    assert_snapshot!(stderr, @"
    error: no credential for reg.example.com
      ~/.docker/config.json: no entry

    hint: log in: docker login reg.example.com
    ");
    let stderr = two_logins().fail(3, &["secret", "--image", "nginx"]);
    assert!(stderr.ends_with("hint: log in: docker login\n"), "{stderr}");
}

/// github.com/apple/container/issues/976
#[test]
fn a_registry_that_takes_the_account_of_another_says_so() {
    let case = Case::new().logins(&[("https://index.docker.io/v1/", "jane", "hunter2")]);
    let outcome = case.run(&["secret", "--image", "dhi.io/python:3.13"]);
    assert_snapshot!(outcome, @"
    exit code 3
    --- stderr
    error: no credential for dhi.io
      ~/.docker/config.json: no entry

    hint: log in with the user and the token of Docker Hub: docker login dhi.io
    ");
}

/// github.com/jikig-ai/soleur/issues/6073, docker/login-action/issues/331
#[test]
fn tokens_that_log_in_and_may_not_pull_are_told() {
    for (user, token) in [("x-access-token", "ghs_hunter2"), ("jane", "github_pat_hunter2")] {
        let case = Case::new().logins(&[("ghcr.io", user, token)]);
        let outcome = case.run(&["secret", "--registry", "ghcr.io"]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stderr.contains("log in to ghcr.io"), "{outcome:?}");
        assert!(outcome.stderr.contains("take a classic personal access token"), "{outcome:?}");
    }
}

#[test]
fn the_port_of_an_image_is_kept_and_nerdctls_is_dropped() {
    let case = Case::new().logins(&[("reg.example.com:443", "u", "hunter2")]);
    let (entries, _) = case.entries(&["secret", "--registry", "reg.example.com"]);
    assert_eq!(entries, expected(&[("reg.example.com", "u", "hunter2")]));
    let (entries, _) = case.entries(&["secret", "--image", "reg.example.com:443/app"]);
    assert_eq!(entries, expected(&[("reg.example.com:443", "u", "hunter2")]));
    let (entries, stderr) = case.entries(&["secret", "--image", "reg.example.com/app"]);
    assert_eq!(entries, expected(&[("reg.example.com", "u", "hunter2")]));
    assert!(
        stderr.contains("docker itself does not see the entry reg.example.com:443"),
        "{stderr}"
    );
}

#[test]
fn every_name_of_docker_hub_finds_and_writes_the_one_key() {
    for key in ["docker.io", "index.docker.io", "https://registry-1.docker.io/v2/"] {
        let case = Case::new().logins(&[(key, "hubuser", "hunter2")]);
        for arguments in [["--registry", "docker.io"], ["--image", "nginx:1"]] {
            let (entries, _) = case.entries(&["secret", arguments[0], arguments[1]]);
            let hub = "https://index.docker.io/v1/";
            assert_eq!(entries, expected(&[(hub, "hubuser", "hunter2")]), "{key}");
        }
    }
}

#[test]
fn a_credential_of_a_path_is_written_for_its_path() {
    let case = Case::new().logins(&[("ghcr.io/org", "team", "hunter2")]);
    let wanted = expected(&[("ghcr.io/org", "team", "hunter2")]);
    assert_eq!(case.entries(&["secret", "--image", "ghcr.io/org/app"]).0, wanted);
    assert_eq!(case.entries(&["secret", "--registry", "ghcr.io/org"]).0, wanted);
    assert_eq!(case.entries(&["secret"]).0, wanted);
    let _ = case.fail(3, &["secret", "--registry", "ghcr.io"]);
    let _ = case.fail(3, &["secret", "--image", "ghcr.io/organisation/app"]);
}

#[test]
fn a_named_path_is_written_with_the_registrys_credential() {
    let (entries, _) = two_logins().entries(&["secret", "--registry", "ghcr.io/org"]);
    assert_eq!(entries, expected(&[("ghcr.io/org", "jane", "hunter2")]));
}

#[test]
fn a_registry_is_looked_up_once_for_all_its_images() {
    let case = Case::new()
        .config(r#"{"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let outcome = case.run(&["secret", "--image", "ghcr.io/a/b", "--image", "ghcr.io/c/d"]);
    assert_eq!(outcome.calls, ["docker-credential-x get ghcr.io"]);
    let case = Case::new().logins(&[("ghcr.io/a", "a", "hunter2"), ("ghcr.io/c", "c", "hunter3")]);
    let (entries, _) =
        case.entries(&["secret", "--image", "ghcr.io/a/b", "--image", "ghcr.io/c/d"]);
    assert_eq!(entries.len(), 2);
}

#[test]
fn all_goes_on_where_one_registry_fails() {
    let case = Case::new()
        .config(r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}},"credHelpers":{"quay.io":"x"}}"#)
        .helper("x", indoc! {"
            get *
              stdout boom
              exit 1
        "})
        .secret("hunter2");
    let outcome = case.run(&["secret", "--all"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(crate::support::entries(&outcome.stdout), expected(&[("ghcr.io", "u", "hunter2")]));
    assert!(outcome.stderr.contains("error: docker-credential-x, which ~/.docker/config.json names for quay.io, failed (exit status 1): boom"), "{}", outcome.stderr);
}

#[test]
fn all_leaves_out_registries_that_are_only_named() {
    let case = Case::new()
        .config(r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}},"credHelpers":{"quay.io":"x"}}"#)
        .helper("x", "")
        .secret("hunter2");
    let (entries, stderr) = case.entries(&["secret", "--all"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
    assert!(stderr.contains("warning: skipped quay.io: docker-credential-x (~/.docker/config.json): nothing stored for quay.io"), "{stderr}");
    let outcome = case.run(&["secret", "--all", "--registry", "quay.io"]);
    assert_eq!(outcome.code, 3, "a registry that was named has to be there: {outcome:?}");
}

#[test]
fn a_stale_entry_behind_a_store_is_not_used_unless_asked_for() {
    let case = Case::new()
        .config(r#"{"auths":{"ghcr.io":{"username":"old","password":"hunter2"}},"credsStore":"x"}"#)
        .helper("x", "list unused\n  stdout {}\n")
        .secret("hunter2");
    let stderr = case.fail(3, &["secret", "--registry", "ghcr.io"]);
    assert!(stderr.contains("nothing stored for ghcr.io"), "{stderr}");
    assert!(stderr.contains("it is probably stale"), "{stderr}");
    assert!(
        stderr.ends_with("hint: use the entry in the file anyway: --ignore-helpers\n"),
        "{stderr}"
    );
    let (entries, _) = case.entries(&["secret", "--registry", "ghcr.io", "--ignore-helpers"]);
    assert_eq!(entries, expected(&[("ghcr.io", "old", "hunter2")]));
}

#[test]
fn helpers_of_a_named_file_start_only_when_allowed() {
    let case = Case::new()
        .logins(&[("ghcr.io", "home", "hunter3")])
        .file("work/named.json", r#"{"auths":{"ghcr.io":{}},"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                list unused
                  stdout {"ghcr.io":"u"}
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let stderr = case.fail(1, &["secret", "--authfile", "named.json"]);
    assert!(stderr.ends_with("hint: allow helpers for this file: --allow-helpers\n"), "{stderr}");
    let allowed = ["secret", "--authfile", "named.json", "--allow-helpers"];
    assert_eq!(case.entries(&allowed).0, expected(&[("ghcr.io", "u", "hunter2")]));
    assert!(!case.path("home/.docker/nothing").exists());
}

#[test]
fn a_named_file_is_the_only_one_read() {
    let case = two_logins()
        .file(
            "work/auth.json",
            r#"{"auths":{"r.example.com":{"username":"u","password":"hunter4"}}}"#,
        )
        .variable("DOCKER_AUTH_CONFIG", r#"{"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"}}}"#)
        .secret("hunter4");
    let (entries, _) = case.entries(&["secret", "--all", "--authfile", "auth.json"]);
    assert_eq!(entries, expected(&[("r.example.com", "u", "hunter4")]));
    let _ = case.fail(3, &["secret", "--registry", "ghcr.io", "--authfile", "auth.json"]);
}

#[test]
fn a_configuration_can_come_from_a_pipe() {
    let case = Case::new()
        .stdin(r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}}}"#)
        .secret("hunter2");
    let (entries, stderr) = case.entries(&["secret", "--authfile", "-"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
    assert_eq!(stderr, "ghcr.io: u, from standard input\n");
}

#[test]
fn a_piped_password_is_written_without_a_look_up() {
    for (stdin, password) in [
        ("hunter2\n", "hunter2"),
        ("hunter2\r\n", "hunter2"),
        ("hunter2", "hunter2"),
        ("a\nb\n\n", "a\nb\n"),
    ] {
        let case =
            Case::new().logins(&[("ghcr.io", "old", "hunter3")]).stdin(stdin).secret(password);
        let (entries, stderr) = case.entries(&[
            "secret",
            "--registry",
            "ghcr.io",
            "--username",
            "jane",
            "--password-stdin",
        ]);
        assert_eq!(entries, expected(&[("ghcr.io", "jane", password)]));
        assert!(stderr.ends_with("ghcr.io: jane, from standard input\n"), "{stderr}");
        assert_eq!(stderr.contains("ends with a newline"), password.ends_with('\n'));
    }
}

#[test]
fn kubectls_names_of_the_flags_work() {
    let case = Case::new().stdin("hunter2").secret("hunter2");
    let outcome = case.run(&[
        "secret",
        "--docker-server",
        "https://index.docker.io/v1/",
        "--docker-username",
        "jane",
        "--docker-email",
        "jane@example.com",
        "--password-stdin",
    ]);
    let hub = "https://index.docker.io/v1/";
    assert_eq!(crate::support::entries(&outcome.stdout), expected(&[(hub, "jane", "hunter2")]));
}

#[test]
fn a_source_that_was_left_out_is_not_asked() {
    let case = two_logins();
    let stderr = case.fail(3, &["secret", "--registry", "ghcr.io", "--source", "prompt"]);
    assert_snapshot!(stderr, @"
    error: no credential for ghcr.io

    hint: log in: docker login ghcr.io
    ");
    let both = ["secret", "--registry", "ghcr.io", "--source", "docker,prompt"];
    assert_eq!(case.entries(&both).0.len(), 1);
}

/// The hint for a registry without a login, on a machine that has one for ghcr.io,
/// one for localhost:5055 and one for quay.io/org.
fn hint_for(case: &Case, registry: &str) -> String {
    let stderr = case.fail(3, &["secret", "--registry", registry]);
    stderr.split("hint: ").nth(1).unwrap().trim_end().to_owned()
}

#[test]
fn a_registry_that_was_probably_meant_is_named() {
    let case = Case::new()
        .logins(&[("ghcr.io", "jane", "hunter2"), ("localhost:5055", "jane", "hunter3")])
        .file(
            "home/.config/containers/auth.json",
            r#"{"auths":{"quay.io/org":{"auth":"amFuZTpodW50ZXIy"}}}"#,
        );
    for (wanted, hint) in [
        ("ghrc.io", "did you mean another registry: --registry ghcr.io"),
        ("localhost", "did you mean another registry: --registry localhost:5055"),
        ("localhost:5000", "did you mean another registry: --registry localhost:5055"),
        ("hub.docker.com", "did you mean another registry: --registry docker.io"),
        ("github.com", "did you mean another registry: --registry ghcr.io"),
        ("gcr.io", "log in: docker login gcr.io"),
        ("quay.io/other", "log in: docker login quay.io"),
        ("reg.example.com", "log in: docker login reg.example.com"),
    ] {
        assert_eq!(hint_for(&case, wanted), hint, "{wanted}");
    }
}

#[test]
fn without_docker_the_login_is_our_own() {
    let case = Case::new().without_docker();
    let hint = hint_for(&case, "reg.example.com");
    assert_eq!(hint, "log in: kubectl regcred login reg.example.com");
    let case = case.logins(&[("ghcr.io", "jane", "hunter2")]);
    assert_eq!(hint_for(&case, "quay.io"), "log in: kubectl regcred login quay.io");
}
