//! Helpers that fail, lie, flood and hang, and what a person is told.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::Case;

const WANTED: [&str; 3] = ["secret", "--registry", "ghcr.io"];

fn helper(script: &str) -> Case {
    Case::new().config(r#"{"credsStore":"x"}"#).helper("x", script).secret("hunter2")
}

fn get(behaviour: &str) -> Case {
    helper(&format!("get *\n{behaviour}"))
}

fn stderr_of(case: &Case) -> String {
    let stderr = case.fail(1, &WANTED);
    let start = "error: docker-credential-x, which ~/.docker/config.json names for ghcr.io, ";
    stderr.strip_prefix(start).unwrap_or_else(|| panic!("{stderr}")).to_owned()
}

#[test]
fn answers_that_are_none_are_refused() {
    let hint = "hint: run the helper alone to see its message: echo HOST | docker-credential-x get >/dev/null\n";
    for (behaviour, problem) in [
        ("  exit 0\n", "printed nothing"),
        ("  stdout hunter2\n", "returned invalid output (expected JSON)"),
        ("  stdout [\"hunter2\"]\n", "returned invalid output (expected JSON)"),
        (
            "  stdout {\"Username\":\"u\",\"Secret\":{\"x\":\"hunter2\"}}\n",
            "returned invalid output (expected JSON)",
        ),
        (
            "  stdout {\"Username\":\"u\",\"Secret\":\"\"}\n",
            "answered with a user name but no secret",
        ),
        (
            "  stdout {\"ServerURL\":\"evil.example\",\"Username\":\"u\",\"Secret\":\"hunter2\"}\n",
            "answered for another server, evil.example",
        ),
        (
            "  stdout {\"Username\":\"u\",\"Secret\":\"hunter2\"}\n  exit 1\n",
            "failed without an error message (exit status 1)",
        ),
    ] {
        let stderr = stderr_of(&get(behaviour));
        assert!(stderr.starts_with(&format!("{problem}\n\nhint: ")), "{stderr}");
        assert!(stderr.ends_with(hint) || stderr.contains("sudo"), "{stderr}");
    }
}

#[test]
fn known_failures_get_their_remedy() {
    for (said, hint) in [
        (
            "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\".",
            "pass init YOUR-GPG-KEY-ID",
        ),
        ("exit status 2: gpg: decryption failed: No secret key", "export GPG_TTY=$(tty)"),
        ("gpg: public key decryption failed: Inappropriate ioctl for device", "GPG_TTY"),
        ("Cannot autolaunch D-Bus without X11 $DISPLAY", "DBUS_SESSION_BUS_ADDRESS"),
        ("User interaction is not allowed.", "security unlock-keychain"),
    ] {
        let stderr = stderr_of(&get(&format!("  stdout {said}\n  exit 1\n")));
        assert!(stderr.starts_with(&format!("failed (exit status 1): {said}\n")), "{stderr}");
        assert!(stderr.contains(hint), "{stderr}");
    }
}

#[test]
fn a_failure_with_empty_stdout_shows_the_last_line_of_stderr() {
    let stderr = stderr_of(&get("  stderr first\n  stderr it broke\u{1b}[31m\n  exit 1\n"));
    assert!(stderr.starts_with("failed (exit status 1): it broke[31m\n"), "{stderr}");
    let stderr = stderr_of(&get("  exit 1\n"));
    assert!(
        stderr.starts_with(indoc! {"
            failed without an error message (exit status 1)

            hint: run the command as your own user"}),
        "{stderr}"
    );
}

#[test]
fn ecrs_helper_says_not_found_whatever_went_wrong() {
    let case = Case::new().config(r#"{"credsStore":"ecr-login"}"#).helper(
        "ecr-login",
        indoc! {r#"
            get *
              stderr time=now level=error msg="Error retrieving credentials"
              stdout credentials not found in native keychain
              exit 1
        "#},
    );
    let stderr = case.fail(1, &WANTED);
    assert!(stderr.contains("Error retrieving credentials"), "{stderr}");
    assert!(stderr.ends_with("hint: renew the AWS login: aws sso login\n"), "{stderr}");
}

#[test]
fn a_flood_on_standard_output_is_stopped() {
    let stderr = stderr_of(&get("  do flood-stdout\n"));
    assert!(stderr.starts_with("printed more than 1 MiB and was stopped\n"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_crash_is_told() {
    let stderr = stderr_of(&get("  do abort\n"));
    assert!(stderr.starts_with("crashed (signal 6)\n"), "{stderr}");
}

#[test]
fn a_helper_may_leave_a_process_behind_that_holds_its_pipes() {
    let case = get("  stdout {\"Username\":\"u\",\"Secret\":\"hunter2\"}\n  do leave-child\n");
    let _ = case.entries(&WANTED);
}

#[test]
fn a_helper_may_answer_without_reading() {
    let case = helper(indoc! {r#"
        do not read
        get 
          stdout {"Username":"u","Secret":"hunter2"}
    "#});
    let _ = case.entries(&WANTED);
}

#[test]
fn a_missing_helper_is_told_with_where_it_is_named() {
    let case = Case::new().config(r#"{"credHelpers":{"ghcr.io":"acme"}}"#);
    assert_snapshot!(case.fail(1, &WANTED), @"
    error: docker-credential-acme, which ~/.docker/config.json names for ghcr.io, is not on PATH

    hint: install docker-credential-acme in a folder of PATH, or read only the entries of the file itself: --ignore-helpers
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn where_a_helper_cannot_be_installed_the_password_is_piped() {
    let desktop = Case::new().config(r#"{"credsStore":"desktop"}"#);
    assert_snapshot!(desktop.fail(1, &WANTED), @"
    error: docker-credential-desktop, which ~/.docker/config.json names for ghcr.io, is not on PATH

    hint: pipe the password: --registry ghcr.io --username USER --password-stdin <token.txt
    ");
    let of_a_mac = Case::new().config(r#"{"credsStore":"osxkeychain"}"#);
    assert_snapshot!(of_a_mac.fail(1, &WANTED), @"
    error: docker-credential-osxkeychain, which ~/.docker/config.json names for ghcr.io, is not on PATH

    hint: pipe the password: --registry ghcr.io --username USER --password-stdin <token.txt
    ");
    let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let config = format!(r#"{{"credHelpers":{{"{host}":"ecr-login"}}}}"#);
    let stderr = Case::new().config(config).fail(1, &["secret", "--registry", host]);
    let hint = format!(
        "hint: pipe a token: aws ecr get-login-password --region eu-west-1 | kubectl regcred secret --registry {host} --username AWS --password-stdin"
    );
    assert!(stderr.contains(&hint), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_helper_that_cannot_be_executed_is_told() {
    let case =
        Case::new().config(r#"{"credsStore":"x"}"#).file("bin/docker-credential-x", "#!/bin/sh\n");
    let stderr = stderr_of(&case);
    assert!(stderr.starts_with("is not executable: "), "{stderr}");
    assert!(stderr.contains("\n\nhint: chmod +x "), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_helper_for_another_system_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new()
        .config(r#"{"credsStore":"desktop.exe"}"#)
        .file("bin/docker-credential-desktop.exe", "MZ\0\0");
    let program = case.path("bin/docker-credential-desktop.exe");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let stderr = case.fail(1, &WANTED);
    assert!(stderr.contains("cannot run here: Exec format error"), "{stderr}");
    assert!(stderr.contains("hint: turn WSL's interoperation with Windows on"), "{stderr}");
}

#[test]
fn a_helper_in_a_relative_folder_is_not_started() {
    let case = helper(indoc! {r#"
        get *
          stdout {"Username":"u","Secret":"hunter2"}
    "#})
    .variable("PATH", "../bin");
    let stderr = stderr_of(&case);
    assert!(
        stderr.starts_with("is only in a relative folder of PATH, which is not used\n"),
        "{stderr}"
    );
    assert!(!case.path("bin/calls.log").exists());
}

#[test]
fn names_that_would_start_something_else_are_refused() {
    for name in ["../evil", "a/b", "a b", "-x", "a\u{202e}b"] {
        let config = serde_json::json!({"credHelpers": {"ghcr.io": name}}).to_string();
        let stderr = Case::new().config(config).fail(1, &WANTED);
        assert!(stderr.contains("is not a valid helper name"), "{stderr}");
        assert!(stderr.contains("hint: correct the helper's name in that file"), "{stderr}");
        assert!(!stderr.contains('\u{202e}'), "{stderr:?}");
    }
}

#[test]
fn an_identity_token_from_a_helper_is_refused_with_a_remedy() {
    let case = get("  stdout {\"Username\":\"<token>\",\"Secret\":\"hunter2\"}\n");
    let stderr = case.fail(3, &WANTED);
    assert!(stderr.contains("it is an identity token, which the kubelet ignores"), "{stderr}");
}

#[test]
fn a_store_that_cannot_list_is_told_where_it_has_to() {
    let case = helper(indoc! {"
        list unused
          stdout boom
          exit 1
    "});
    let stderr = case.fail(1, &["secret"]);
    assert!(
        stderr.starts_with("error: docker-credential-x, which ~/.docker/config.json names, failed (exit status 1): boom\n"),
        "{stderr}"
    );
    let marks = Case::new()
        .config(r#"{"auths":{"ghcr.io":{}},"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                list unused
                  stdout list is unimplemented
                  exit 1
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    assert_eq!(marks.entries(&["secret"]).0.len(), 1);
}

#[test]
fn failures_of_several_registries_are_all_told() {
    let case =
        Case::new().config(r#"{"credHelpers":{"a.example.com":"x","b.example.com":"y"}}"#).helper(
            "x",
            indoc! {"
                get *
                  stdout boom
                  exit 1
            "},
        );
    let stderr = case.fail(
        1,
        &[
            "secret",
            "--registry",
            "a.example.com",
            "--registry",
            "b.example.com",
            "--registry",
            "c.example.com",
        ],
    );
    assert_eq!(stderr.matches("error: ").count(), 3, "{stderr}");
}
