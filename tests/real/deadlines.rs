//! Helpers that never end, where nobody can answer them. These tests take the
//! program's whole deadline, which `cargo test` alone, to take seconds, may not.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::{Home, finish};

/// Whether a process runs; one that ended but was not fetched does not.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Runs with a helper that starts this program and waits for it.
fn check(program: &str) {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), r#"{"credsStore":"slow"}"#).unwrap();
    let helper = home.path("docker-credential-slow");
    std::fs::write(&helper, format!("#!/bin/sh\n{program} &\necho $! >$HOME/pid\nwait\n")).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(crate::support::BINARY);
    command.env("PATH", format!("{}:/usr/bin:/bin", home.path("").display()));
    command.args(["secret", "--registry", "ghcr.io"]);
    let output = finish(command, "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: docker-credential-slow, which ~/.docker/config.json names for ghcr.io, \
         gave no answer within 15 s and was stopped\n\n\
         hint: run it on a terminal: the helper may be waiting for an answer\n"
    );
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

#[test]
fn a_helper_that_hangs_is_stopped() {
    check("sleep 1000");
}

#[test]
fn a_helper_that_floods_its_errors_is_stopped() {
    check("yes >&2");
}
