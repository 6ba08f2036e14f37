//! Helpers that never end, where nobody can answer them. These tests take the
//! program's whole deadline, which `cargo test` alone, to take seconds, may not.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use indoc::{formatdoc, indoc};

use crate::home::{Home, finish};

/// Whether a process runs; one that ended but was not fetched does not.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Runs with a helper or kubectl of this name that starts a program and waits for it.
fn check(name: &str, program: &str, arguments: &[&str], told: &str) {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), r#"{"credsStore":"slow"}"#).unwrap();
    let path = home.path(name);
    std::fs::write(
        &path,
        formatdoc! {"
            #!/bin/sh
            {program} &
            echo $! >$HOME/pid
            wait
        "},
    )
    .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(crate::home::BINARY);
    command.env("PATH", format!("{}:/usr/bin:/bin", home.path("").display()));
    command.args(["secret", "--registry", "ghcr.io"]).args(arguments);
    let output = finish(command, "password");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with(told), "{stderr}");
    // What the helper started is gone with it.
    let pid = std::fs::read_to_string(home.path("pid")).unwrap();
    let pid = pid.trim();
    for _ in 0..100 {
        if !is_running(pid) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    home.shell(&format!("kill -9 {pid}"));
    panic!("{program} still ran");
}

const HELPER: &str = indoc! {"
    error: docker-credential-slow, which ~/.docker/config.json names for ghcr.io, gave no answer within 15 s and was stopped

    hint: run the command on a terminal: the helper may be waiting for an answer
"};

#[test]
fn a_helper_that_hangs_is_stopped() {
    check("docker-credential-slow", "sleep 1000", &[], HELPER);
}

#[test]
fn a_helper_that_floods_its_errors_is_stopped() {
    check("docker-credential-slow", "yes >&2", &[], HELPER);
}

#[test]
fn a_kubectl_that_hangs_is_stopped() {
    let told = indoc! {"
        error: kubectl returned no answer within 60 s and was stopped

        hint: check whether the cluster answers: kubectl cluster-info
    "};
    check("kubectl", "sleep 1000", &["--username", "u", "--password-stdin", "--apply"], told);
}

#[test]
fn a_pipe_that_nothing_comes_out_of_is_given_up() {
    for arguments in [&["inject", "-f", "pipe"][..], &["secret", "--authfile", "pipe", "--all"]] {
        let home = Home::new();
        home.shell("mkfifo pipe");
        let mut command = home.command(crate::home::BINARY);
        command.args(arguments);
        let output = finish(command, "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let told = "it is a pipe, and nothing came out of it for 15 seconds";
        assert!(stderr.contains(told), "{stderr}");
    }
}
