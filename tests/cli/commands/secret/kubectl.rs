//! `secret --apply`: how kubectl is called, and what is made of its errors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};

use crate::support::Case;

const OURS: &str =
    r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2","auth":"amFuZTpodW50ZXIy"}}}"#;

fn kubectl(script: &str) -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script)
}

/// Whether a process of this run is alive.
#[cfg(target_os = "linux")]
fn runs(case: &Case, program: &str) -> bool {
    let path = case.path(program).display().to_string();
    let commands = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("cmdline")).ok());
    commands.into_iter().any(|command| command.starts_with(&path))
}

#[test]
fn dry_runs_say_so() {
    let case = kubectl(indoc! {"
        get ...
          exit 0
        apply ...
          exit 0
    "});
    let outcome = case.run(&["secret", "--apply", "--dry-run=server"]);
    let created = "secret/regcred created (server dry run)\n  ghcr.io: jane (added)\n";
    assert_eq!(outcome.stdout, created);
    assert!(outcome.calls[1].ends_with(" --dry-run=server"), "{outcome:?}");
    let outcome = kubectl("").run(&["secret", "--apply", "--dry-run=client"]);
    assert!(outcome.stdout.starts_with("apiVersion: v1\n"), "{outcome:?}");
    assert!(outcome.calls.is_empty());
}

#[test]
fn flags_for_the_cluster_are_passed_on() {
    let case = kubectl(indoc! {"
        get ...
          exit 0
        apply ...
          exit 0
    "});
    let outcome = case.run(&[
        "secret",
        "--apply",
        "-n",
        "a",
        "--context",
        "c",
        "--user",
        "u",
        "--as",
        "x",
        "--as-group",
        "g",
        "--request-timeout",
        "5s",
        "--insecure-skip-tls-verify",
        "-o",
        "name",
    ]);
    assert_eq!(outcome.stdout, "secret/regcred\n", "{outcome:?}");
    for call in outcome.calls {
        assert!(call.ends_with(" --namespace=a --context=c --user=u --as=x --request-timeout=5s --as-group=g --insecure-skip-tls-verify"), "{call}");
    }
}

#[test]
fn flags_for_the_cluster_need_apply() {
    for arguments in [["--context", "c"], ["--as", "x"]] {
        let stderr = kubectl("").fail(2, &["secret", arguments[0], arguments[1]]);
        assert!(stderr.contains("--apply"), "{stderr}");
    }
    let stderr = kubectl("").fail(2, &["secret", "--user", "jane"]);
    assert!(stderr.ends_with("hint: for the registry's user write --username USER\n"), "{stderr}");
    let stderr = kubectl("").fail(2, &["secret", "--dry-run=server"]);
    assert!(stderr.ends_with("hint: add --apply, or leave --dry-run out\n"), "{stderr}");
}

#[test]
fn words_of_the_cluster_get_a_hint_and_never_the_data() {
    let data = STANDARD.encode(OURS);
    for (said, hint) in [
        (
            "Error from server (Forbidden): secrets \"regcred\" is forbidden: User \"v\" cannot get resource \"secrets\" in API group \"\" in the namespace \"default\"",
            "--replace",
        ),
        (
            "Error from server (Forbidden): secrets \"regcred\" is forbidden: unable to create new content in namespace a because it is being terminated",
            "wait until the namespace is deleted",
        ),
        (
            "Error from server (Forbidden): admission webhook \"policy.example.com\" denied the request: no",
            "change what the cluster's policy names",
        ),
        ("error: You must be logged in to the server (Unauthorized)", "kubectl auth whoami"),
        (
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
            "kubectl cluster-info",
        ),
        (
            "Unable to connect to the server: x509: certificate signed by unknown authority",
            "--certificate-authority",
        ),
        ("error: unknown flag: --field-manager", "1.22"),
        (&format!("error when patching: {data}"), ""),
    ] {
        let script = formatdoc! {"
            get ...
              stderr Warning: something is old
              stderr {said}
              exit 1
        "};
        let stderr = kubectl(&script).secret(&data).fail(1, &["secret", "--apply"]);
        assert!(stderr.contains(hint), "{stderr}");
        assert!(!stderr.contains("something is old"), "{stderr}");
    }
}

#[test]
fn a_kubectl_that_is_of_no_use_is_told() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]);
    let stderr = case.fail(1, &["secret", "--apply"]);
    assert!(stderr.contains("error: kubectl not found on PATH"), "{stderr}");
    for (script, problem) in [
        ("get ...\n  exit 1\n", "kubectl failed without an error message"),
        ("get ...\n  do abort\n", "kubectl failed without an error message"),
        ("get ...\n  do flood-stdout\n", "kubectl printed without end"),
        ("get ...\n  stdout hunter2 is no JSON\n", "its answer is not a Secret in JSON"),
    ] {
        let stderr = kubectl(script).fail(1, &["secret", "--apply"]);
        assert!(stderr.contains(problem), "{stderr}");
    }
}

#[test]
fn another_kubectl_can_be_named() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program(
        "kubectl",
        indoc! {"
            get ...
              exit 0
            apply ...
              exit 0
        "},
    );
    std::fs::rename(case.path("bin"), case.path("elsewhere")).unwrap();
    let program = case.path("elsewhere/kubectl").display().to_string();
    let case = case.variable("KUBECTL", &program);
    let outcome = case.run(&["secret", "--apply"]);
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
    // kubectl 1.37 tells a plugin by which kubectl it was called; `KUBECTL` counts first.
    let outcome = case.variable("KUBECTL_PATH", "/gone/kubectl").run(&["secret", "--apply"]);
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
}

#[test]
fn the_kubectl_that_calls_the_plugin_is_asked() {
    let script = "get ...\n  exit 0\napply ...\n  exit 0\n";
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script);
    std::fs::rename(case.path("bin"), case.path("elsewhere")).unwrap();
    std::fs::create_dir(case.path("bin")).unwrap();
    let program = case.path("elsewhere/kubectl").display().to_string();
    // Another kubectl on PATH may be of another version, or none at all.
    let case = case.program("kubectl", "get ...\n  exit 9\n").variable("KUBECTL_PATH", &program);
    let outcome = case.run(&["secret", "--apply"]);
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_apply_stops_kubectl_too() {
    use crate::support::wait_until;
    use rustix::process::{Pid, Signal, kill_process};
    let case = kubectl(indoc! {"
        get ...
          exit 0
        apply ...
          do hang
    "});
    let mut child = case.command(&["secret", "--apply"]).spawn().unwrap();
    let log = case.path("bin/calls.log");
    wait_until("kubectl is called", || {
        std::fs::read_to_string(&log).unwrap_or_default().contains("kubectl apply")
    });
    assert!(runs(&case, "bin/kubectl"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_until("kubectl has ended", || !runs(&case, "bin/kubectl"));
}
