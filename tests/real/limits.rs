//! Limits of the system, other users' files, and signals at the worst moment.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use indoc::indoc;
use rustix::process::{Pid, Signal, kill_process};

use crate::home::{BINARY, Home, finish};

const POD: &str = indoc! {"
    kind: Pod
    spec:
      containers: [{image: ghcr.io/a/b}]
"};

const CONFIG: &str =
    r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"}},"credHelpers":{"quay.io":"x","gcr.io":"x"}}"#;

/// A user whom no other program runs as.
const USER: &str = "54321";

/// A home that any user may read, with a copy of the program, a helper and a kubectl.
fn home() -> Home {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), CONFIG).unwrap();
    std::fs::write(home.path("pod.yaml"), POD).unwrap();
    std::fs::copy(BINARY, home.path("program")).unwrap();
    for (name, script) in [
        ("docker-credential-x", "read x; echo '{\"Username\":\"u\",\"Secret\":\"p4ssw0rd\"}'"),
        ("kubectl", "case $1 in get) exit 0;; esac; while read x; do :; done"),
    ] {
        std::fs::write(home.path(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(home.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    home.shell("chmod 755 $HOME");
    home
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_limit_on_processes_never_aborts() {
    // Root is not held to the limit, and nobody else can become another user.
    if !is_root() {
        return;
    }
    let home = home();
    let mut codes = std::collections::BTreeSet::new();
    for limit in 1..16 {
        for arguments in
            ["secret --registry ghcr.io --apply", "secret --all", "list", "sources --check"]
        {
            let mut command = home.command("prlimit");
            command.env("PATH", format!("{}:/usr/bin:/bin", home.0.path().display()));
            command.arg(format!("--nproc={limit}"));
            command.args(["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"]);
            command.arg(home.path("program")).args(arguments.split(' '));
            let output = finish(command, "");
            let code = output.status.code();
            assert_eq!(output.status.signal(), None, "{limit} {arguments}: {output:?}");
            assert!([Some(0), Some(1), Some(3)].contains(&code), "{limit} {arguments}: {output:?}");
            codes.insert(code);
            // Other tests run programs of the same user for a moment.
            let is_empty = (0..500).any(|_| {
                std::thread::sleep(Duration::from_millis(20));
                let left = std::process::Command::new("pgrep").args(["-u", USER]).output().unwrap();
                left.stdout.is_empty()
            });
            assert!(is_empty, "{limit} {arguments} leaves a process");
        }
    }
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(1)), "{codes:?}");
}

#[test]
fn another_users_manifest_stays_that_users() {
    if !is_root() {
        return;
    }
    let home = home();
    home.shell("chown 1234:4321 pod.yaml; chmod 2755 pod.yaml; chmod u+s pod.yaml");
    let edit = || {
        let mut command = home.command(BINARY);
        command.args(["inject", "--registry", "ghcr.io", "--in-place", "-f", "pod.yaml"]);
        finish(command, "")
    };
    let output = edit();
    assert!(output.status.success(), "{output:?}");
    let metadata = std::fs::metadata(home.path("pod.yaml")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (1234, 4321));
    assert_eq!(metadata.mode() & 0o7777, 0o6755);
    // A user who may write the file, and can neither make files beside it nor give them away.
    std::fs::write(home.path("pod.yaml"), POD).unwrap();
    home.shell(&format!("mkdir d; mv pod.yaml d; chgrp {USER} d/pod.yaml; chmod 664 d/pod.yaml"));
    for (mode, reason) in
        [("755", "its folder cannot be written"), ("777", "a new file cannot be given its owner")]
    {
        home.shell(&format!("chmod {mode} d"));
        std::fs::write(home.path("d/pod.yaml"), POD).unwrap();
        let mut command = home.command("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]);
        command.arg(home.path("program"));
        command.args(["inject", "--registry", "ghcr.io", "--in-place", "-f", "d/pod.yaml"]);
        let output = finish(command, "");
        assert!(output.status.success(), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let told = format!("changed: d/pod.yaml (overwritten in place: {reason})");
        assert!(stderr.contains(&told), "{stderr}");
        let metadata = std::fs::metadata(home.path("d/pod.yaml")).unwrap();
        assert_eq!((metadata.uid(), metadata.gid().to_string().as_str()), (1234, USER));
        assert_eq!(std::fs::read_dir(home.path("d")).unwrap().count(), 1);
    }
}

/// As a user without rights, whose own `/proc/self` is root's while the program
/// cannot be dumped.
#[test]
fn a_process_substitution_is_read_without_root_too() {
    let home = home();
    let run = "$HOME/program inject --registry ghcr.io -f <(cat pod.yaml)";
    let put = if is_root() {
        let drop = format!("setpriv --reuid {USER} --regid {USER} --clear-groups");
        home.shell(&format!("{drop} bash -c '{run}'"))
    } else {
        home.shell(run)
    };
    assert!(put.contains("imagePullSecrets"), "{put}");
}

#[test]
fn an_interrupt_while_a_file_is_written_leaves_no_other_file() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let home = home();
        let mut command = home.command("strace");
        command.args(["-qq", "-f", "-o", "trace", "-e", "trace=fsync"]);
        // Time enough for the signal, between the writing and the rename.
        command.args(["-e", "inject=fsync:delay_enter=3000000", BINARY]);
        command.args(["inject", "--registry", "ghcr.io", "--in-place", "-f", "pod.yaml"]);
        let mut child = command.spawn().unwrap();
        let temporary = || {
            let names = std::fs::read_dir(home.0.path()).unwrap();
            names
                .filter(|name| {
                    name.as_ref().unwrap().file_name().to_string_lossy().starts_with(".new-")
                })
                .count()
        };
        while temporary() == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let program = home.shell(&format!("pgrep -P {} || true", child.id()));
        let program = program.trim().parse().unwrap();
        kill_process(Pid::from_raw(program).unwrap(), signal).unwrap();
        child.wait().unwrap();
        assert_eq!(temporary(), 0, "{signal:?}");
        assert_eq!(std::fs::read_to_string(home.path("pod.yaml")).unwrap(), POD);
    }
}
