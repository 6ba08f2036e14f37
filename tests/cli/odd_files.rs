//! Pipes, sockets, devices and folders where a file is expected: none of them
//! makes the program hang, and a pipe that was named is read.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use indoc::indoc;

use crate::support::Case;

const POD: &str = indoc! {"
    kind: Pod
    spec:
      containers: [{image: ghcr.io/a/b}]
"};

const CONFIG: &str = r#"{"auths":{"ghcr.io":{"auth":"dTpodW50ZXIy"}}}"#;

fn fifo(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // rustix cannot on macOS.
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Makes something at a path, and says what it is.
type Make = fn(&Path) -> &'static str;

const KINDS: [Make; 4] = [
    |path| {
        fifo(path);
        "a pipe"
    },
    |path| {
        // The listener is closed; its name stays.
        drop(UnixListener::bind(path).unwrap());
        "a socket"
    },
    |path| {
        fs::create_dir(path).unwrap();
        "a directory"
    },
    |path| {
        std::os::unix::fs::symlink("/dev/zero", path).unwrap();
        "a device"
    },
];

#[test]
fn configuration_that_is_not_a_regular_file_is_refused_at_once() {
    for make in KINDS {
        for (place, shown) in [
            ("home/.docker/config.json", "~/.docker/config.json"),
            ("work/auth.json", "auth.json"),
            ("xdg/kubectl-regcred/registries.json", "registries.json"),
        ] {
            let case = Case::new().variable("REGISTRY_AUTH_FILE", "auth.json");
            let xdg = case.path("xdg").display().to_string();
            let case = case.variable("XDG_CONFIG_HOME", xdg);
            let path = case.path(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let kind = make(&path);
            let stderr = case.fail(1, &["secret", "--registry", "ghcr.io"]);
            assert!(stderr.contains(shown), "{kind} {place}: {stderr}");
            assert!(
                stderr.contains(&format!("it is {kind}, not a regular file")),
                "{place}: {stderr}"
            );
        }
    }
}

#[test]
fn the_null_device_is_an_empty_file() {
    let case = Case::new().config(CONFIG).variable("REGISTRY_AUTH_FILE", "/dev/null");
    assert_eq!(case.run(&["secret", "--registry", "ghcr.io"]).code, 0);
}

/// Runs with a pipe that another thread writes.
fn with_pipe(case: &Case, content: &'static str, arguments: &[&str]) -> crate::support::Outcome {
    let path: PathBuf = case.path("work/pipe");
    fifo(&path);
    let writer = std::thread::spawn(move || fs::write(path, content));
    let outcome = case.run(arguments);
    writer.join().unwrap().unwrap();
    outcome
}

#[test]
fn a_pipe_that_was_named_is_read() {
    for (content, arguments) in [
        (POD, &["secret", "-f", "pipe"][..]),
        (POD, &["inject", "-f", "pipe"]),
        (CONFIG, &["secret", "--registry", "ghcr.io", "--authfile", "pipe"]),
        (CONFIG, &["secret", "--from-file", "pipe"]),
        (CONFIG, &["inspect", "-f", "pipe"]),
    ] {
        let outcome = with_pipe(&Case::new().config(CONFIG), content, arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:#?}");
        assert!(outcome.stdout.contains("ghcr.io") || outcome.stdout.contains(".dockerconfigjson"));
    }
}

#[test]
fn a_pipe_that_a_shell_hands_over_is_read() {
    let case = Case::new().config(CONFIG).stdin(POD);
    for path in ["/dev/fd/3", "/proc/self/fd/3", "/dev/stdin", "/dev/fd/0", "-"] {
        if path.starts_with("/proc") && !Path::new("/proc/self/fd").exists() {
            continue;
        }
        let close = if path.ends_with('3') { "3<&0 </dev/null" } else { "" };
        let program = env!("CARGO_BIN_EXE_kubectl-regcred");
        let line = format!("'{program}' inject -f {path} {close}");
        let outcome = case.run_shell(&line);
        assert_eq!(outcome.code, 0, "{path}: {outcome:#?}");
        assert!(outcome.stdout.contains("imagePullSecrets"), "{path}: {outcome:#?}");
    }
}

#[test]
fn a_named_path_that_is_no_file_and_no_pipe_is_refused() {
    for make in KINDS.iter().skip(1) {
        for arguments in [
            &["secret", "--authfile", "odd", "--all"][..],
            &["secret", "--from-file", "odd"],
            &["verify", "ghcr.io/a/b", "--ca-file", "odd"],
            &["inspect", "-f", "odd"],
        ] {
            let case = Case::new().config(CONFIG);
            let kind = make(&case.path("work/odd"));
            if kind == "a directory" && arguments[0] == "inspect" {
                continue;
            }
            let stderr = case.run(arguments).stderr;
            assert!(stderr.contains(&format!("it is {kind}, not a regular file")), "{stderr}");
        }
    }
}

#[test]
fn a_pipe_in_a_folder_was_not_named() {
    let case = Case::new().config(CONFIG).file("work/m/pod.yaml", POD);
    fifo(&case.path("work/m/pipe.yaml"));
    let stderr = case.fail(1, &["inject", "-f", "m"]);
    assert!(stderr.contains("m/pipe.yaml: it is a pipe, not a regular file"), "{stderr}");
}

#[test]
fn a_pipe_cannot_be_changed_in_place() {
    let case = Case::new().config(CONFIG);
    fifo(&case.path("work/pipe"));
    let stderr = case.fail(1, &["inject", "-f", "pipe", "--in-place"]);
    assert!(stderr.contains("pipe: it is a pipe, not a regular file"), "{stderr}");
}

#[test]
fn an_index_in_a_folder_that_others_can_write_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    for (mode, warned) in [(0o700, false), (0o755, false), (0o775, true), (0o777, true)] {
        let case = Case::new().config(CONFIG).file(
            "home/.config/kubectl-regcred/registries.json",
            r#"{"version":1,"registries":[]}"#,
        );
        let configuration = case.path("home/.config").display().to_string();
        let case = case.variable("XDG_CONFIG_HOME", configuration);
        let folder = case.path("home/.config/kubectl-regcred");
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        let outcome = case.run(&["secret", "--registry", "ghcr.io"]);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        let told = "registries.json: other users can write in its folder\n";
        assert_eq!(outcome.stderr.contains(told), warned, "{mode:o}: {outcome:#?}");
    }
}
