//! Entries that cannot be used, and what a person is told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::formatdoc;
use insta::assert_snapshot;

use crate::support::{Case, expected};

/// A configuration with this entry for `ghcr.io`.
fn entry(json: &str) -> Case {
    Case::new().config(format!(r#"{{"auths":{{"ghcr.io":{json}}}}}"#)).secret("hunter2")
}

fn auth(text: &[u8]) -> Case {
    entry(&format!(r#"{{"auth":"{}"}}"#, STANDARD.encode(text)))
}

const WANTED: [&str; 3] = ["secret", "--registry", "ghcr.io"];

#[test]
fn undecodable_entries_are_refused_with_their_reason() {
    for (case, problem) in [
        (entry(r#"{"auth":"not base64!"}"#), "holds `auth` that is not base64"),
        (entry(r#"{"auth":123}"#), "holds `auth` that is not text"),
        (entry(r#"{"username":"u","password":["hunter2"]}"#), "holds `password` that is not text"),
        (entry(r#""hunter2""#), "is not a JSON object"),
        (auth(b"hunter2"), "holds `auth` without a colon between user name and password"),
        (auth(b":hunter2"), "holds `auth` without a user name before the colon"),
        (auth(b"u:hunter2\xff"), "holds `auth` whose text is not UTF-8"),
    ] {
        assert_eq!(
            case.fail(1, &WANTED),
            formatdoc! {"
                error: the entry ghcr.io in ~/.docker/config.json {problem}

                hint: log in: docker login ghcr.io
            "}
        );
    }
}

#[test]
fn empty_entries_are_marks_of_a_store_and_no_credential() {
    for json in ["{}", "null"] {
        let stderr = entry(json).fail(3, &WANTED);
        assert!(
            stderr.contains("its entry is empty (the credential is in a credentials store)"),
            "{stderr}"
        );
        let _ = entry(json).fail(3, &["secret"]);
    }
}

#[test]
fn what_the_kubelet_cannot_send_is_refused_with_a_remedy() {
    let token = "log in with a personal access token or a robot account: docker login --username USER ghcr.io";
    let again = "log in again: docker login ghcr.io";
    for (case, refusal, hint) in [
        (
            entry(r#"{"identitytoken":"hunter2"}"#),
            "it is an identity token, which the kubelet ignores",
            token,
        ),
        (
            entry(r#"{"registrytoken":"hunter2"}"#),
            "it is a registry token, which the kubelet ignores",
            token,
        ),
        (auth(b"<token>:hunter2"), "it is an identity token, which the kubelet ignores", token),
        (auth(b"u:"), "the password is empty", again),
        (
            entry(r#"{"password":"hunter2"}"#),
            "the user name is empty, and container runtimes then pull anonymously",
            again,
        ),
        (
            entry(r#"{"username":"u:x","password":"hunter2"}"#),
            "its user name holds a colon, which `auth` in a pull Secret cannot express",
            again,
        ),
        (auth(b"u\0x:hunter2"), "its user name holds control characters", again),
        (auth(b"u:hunter2\x1b[31m"), "its password holds control characters", again),
    ] {
        assert_eq!(
            case.fail(3, &WANTED),
            formatdoc! {"
                error: the credential for ghcr.io from ~/.docker/config.json cannot be used in a pull Secret: {refusal}

                hint: {hint}
            "}
        );
    }
}

#[test]
fn odd_entries_are_written_in_their_proper_form() {
    for (case, password, word) in [
        (
            entry(r#"{"auth":"dXNlcjpodW50ZXIyMQ"}"#),
            "hunter21",
            "docker itself would refuse the whole file",
        ),
        (auth(b"user:\0hunter2\0\0"), "hunter2", ""),
        (auth(b"user:hunter2\nx"), "hunter2\nx", ""),
        (auth(b"user:hunter2\n"), "hunter2\n", "the password ends with a newline"),
        (auth("user:hunter2é\t".as_bytes()), "hunter2é\t", ""),
        (
            entry(r#"{"auth":"dXNlcjpodW50ZXIy","username":"other","password":"x"}"#),
            "hunter2",
            "disagree; `auth` counts",
        ),
    ] {
        let (entries, stderr) = case.entries(&WANTED);
        assert_eq!(entries, expected(&[("ghcr.io", "user", password)]));
        assert!(stderr.contains(word), "{stderr}");
    }
}

#[test]
fn a_broken_entry_elsewhere_is_a_warning() {
    let config =
        r#"{"auths":{"bad.io":{"auth":"%%%"},"worse.io":7,"ghcr.io":{"auth":"dXNlcjpodW50ZXIy"}}}"#;
    let (entries, stderr) = Case::new().config(config).secret("hunter2").entries(&WANTED);
    assert_eq!(entries.len(), 1);
    assert!(
        stderr.starts_with("warning: ~/.docker/config.json: the entry bad.io and 1 more is not valid and is ignored; docker itself would refuse the whole file\n"),
        "{stderr}"
    );
}

#[test]
fn two_spellings_with_different_credentials_are_refused() {
    let case = Case::new().logins(&[
        ("https://ghcr.io/v1/", "one", "hunter2"),
        ("https://ghcr.io/v2/", "two", "hunter3"),
    ]);
    assert_snapshot!(case.fail(1, &WANTED), @"
    error: ~/.docker/config.json holds different credentials for ghcr.io under https://ghcr.io/v1/ and https://ghcr.io/v2/

    hint: keep one of https://ghcr.io/v1/ and https://ghcr.io/v2/ in ~/.docker/config.json
    ");
    let same = Case::new().logins(&[
        ("https://ghcr.io/v1/", "one", "hunter2"),
        ("https://ghcr.io/v2/", "one", "hunter2"),
    ]);
    assert_eq!(same.entries(&WANTED).0, expected(&[("ghcr.io", "one", "hunter2")]));
    let exact =
        Case::new().logins(&[("ghcr.io", "one", "hunter2"), ("https://ghcr.io", "two", "hunter3")]);
    assert_eq!(exact.entries(&WANTED).0, expected(&[("ghcr.io", "one", "hunter2")]));
}

#[test]
fn session_tokens_of_docker_hub_are_refused() {
    let case = Case::new().logins(&[("https://index.docker.io/v1/", "u", "e30.e30.c2ln")]);
    let stderr = case.fail(3, &["secret"]);
    assert!(stderr.contains("it is a session token of Docker Hub's web login"), "{stderr}");
}

#[test]
fn a_registry_that_the_kubelet_never_matches_is_refused() {
    let case = Case::new().stdin("hunter2").secret("hunter2");
    let stderr =
        case.fail(3, &["secret", "--registry", "[::1]", "--username", "u", "--password-stdin"]);
    assert!(stderr.contains("the key [::1] matches no image"), "{stderr}");
    let (entries, _) = case.entries(&[
        "secret",
        "--registry",
        "[::1]:5000",
        "--username",
        "u",
        "--password-stdin",
    ]);
    assert_eq!(entries.len(), 1);
}
