//! What is left when the program is interrupted, or cannot start what it needs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Duration;

use indoc::indoc;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::Case;

/// A stack that does not fit into any address space: no thread can be started.
const NO_THREADS: (&str, &str) = ("RUST_MIN_STACK", "1125899906842624");

/// Ignores every signal that can be ignored; each turn adds a byte to a file.
const STUBBORN: &str = "#!/bin/sh
trap '' TERM INT HUP QUIT USR1 ALRM
while :; do printf x >>../beats; /bin/sleep 0.02; done
";

/// A program of the test's own, as the system runs it.
fn script(case: Case, name: &str, text: &str) -> Case {
    let case = case.file(&format!("bin/{name}"), text);
    let path = case.path(&format!("bin/{name}"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    case
}

fn beats(case: &Case) -> u64 {
    fs::metadata(case.path("beats")).map_or(0, |metadata| metadata.len())
}

/// Whether the stubborn program still runs.
fn is_alive(case: &Case) -> bool {
    let before = beats(case);
    thread::sleep(Duration::from_millis(300));
    beats(case) > before
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what} did not happen");
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn what_ignores_the_request_to_stop_is_killed() {
    for (sent, code) in [
        (Signal::INT, Some(130)),
        (Signal::TERM, Some(130)),
        (Signal::HUP, Some(130)),
        (Signal::QUIT, None),
        (Signal::USR1, None),
        (Signal::ALARM, None),
    ] {
        for (program, arguments) in [
            ("docker-credential-x", &["secret", "--registry", "quay.io"][..]),
            ("kubectl", &["secret", "--registry", "ghcr.io", "--apply"]),
        ] {
            let case = Case::new().config(
                r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"}},"credHelpers":{"quay.io":"x"}}"#,
            );
            let case = script(case, program, STUBBORN);
            let mut child = case.command(arguments).spawn().unwrap();
            wait_until("the start of the program", || beats(&case) > 0);
            signal(&child, sent);
            let status = child.wait().unwrap();
            assert_eq!(status.code(), code, "{sent:?} {program}: {status}");
            if code.is_none() {
                assert_eq!(status.signal(), Some(sent.as_raw()), "{program}");
            }
            assert!(!is_alive(&case), "{program} lives on after {sent:?}");
        }
    }
}

#[test]
fn without_threads_there_is_an_error_and_no_child_is_left() {
    let config = r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"}},"credHelpers":{"quay.io":"x"}}"#;
    for (program, arguments) in [
        ("docker-credential-x", &["secret", "--registry", "quay.io"][..]),
        ("docker-credential-x", &["secret", "--all"]),
        ("docker-credential-x", &["sources", "--check"]),
        ("kubectl", &["secret", "--registry", "ghcr.io", "--apply"]),
        ("kubectl", &["list"]),
        ("kubectl", &["link", "--secret", "regcred"]),
        ("kubectl", &["diagnose", "pod"]),
    ] {
        let case = Case::new().config(config).variable(NO_THREADS.0, NO_THREADS.1);
        let case = script(case, program, STUBBORN);
        let outcome = case.run(arguments);
        assert!([1, 3].contains(&outcome.code), "{arguments:?}: {outcome:#?}");
        assert!(
            outcome.stderr.contains("the system cannot start another thread: "),
            "{arguments:?}: {outcome:#?}"
        );
        assert!(!is_alive(&case), "{program} lives on");
    }
}

#[test]
fn without_threads_what_needs_none_is_done() {
    let case = Case::new()
        .logins(&[("ghcr.io", "jane", "hunter2"), ("quay.io", "joe", "hunter3")])
        .file(
            "work/pod.yaml",
            indoc! {"
                kind: Pod
                spec:
                  containers: [{image: ghcr.io/a/b}]
            "},
        )
        .variable(NO_THREADS.0, NO_THREADS.1);
    let (entries, _) = case.entries(&["secret", "--all"]);
    assert_eq!(entries.len(), 2);
    let outcome = case.run(&["inject", "-f", "pod.yaml", "--in-place"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
}

#[test]
fn a_name_lookup_without_a_thread_is_an_error() {
    let case = Case::new()
        .logins(&[("localhost:1", "jane", "hunter2")])
        .variable(NO_THREADS.0, NO_THREADS.1);
    let outcome = case.run(&["verify", "localhost:1/a/b"]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    let told = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(told.contains("the system cannot start another thread"), "{outcome:#?}");
}

#[test]
fn neither_the_program_nor_its_children_may_dump_their_memory() {
    let helper = indoc! {r#"
        #!/bin/sh
        echo "$(ulimit -S -c) $(ulimit -H -c)" >../limits
    "#};
    let case = Case::new().config(r#"{"credHelpers":{"quay.io":"x"}}"#);
    let case = script(case, "docker-credential-x", helper);
    let _ = case.fail(1, &["secret", "--registry", "quay.io"]);
    assert_eq!(read(&case.path("limits")), "0 0\n");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
