//! What can be seen of a run from outside: arguments, environments, files and
//! standard error of all its processes, as `strace` shows them.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::support::{BINARY, Home, Registry, USER, finish};

/// Without characters that strace would show in another way.
const PASSWORD: &str = "hunter2-hunter2-hunter2";

/// The forms in which the password could show.
fn forms() -> Vec<String> {
    let pair = format!("{USER}:{PASSWORD}");
    let mut forms = vec![PASSWORD.to_owned()];
    for text in [PASSWORD, &pair] {
        forms.push(STANDARD.encode(text));
        forms.push(URL_SAFE.encode(text).trim_end_matches('=').to_owned());
    }
    forms
}

/// Runs our binary under strace, and looks at all but standard output.
fn check(home: &Home, arguments: &[&str], stdin: &str) {
    let mut command = home.command("strace");
    command
        .args(["-f", "-v", "-s", "1000000", "-e", "trace=execve,openat,creat,write,rename", "-o"])
        .arg(home.path("trace"))
        .arg(BINARY)
        .args(arguments);
    let output = finish(command, stdin);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{talk}");
    let secret = String::from_utf8(output.stdout).unwrap();
    assert!(secret.contains("kind: Secret"));
    let trace = fs::read_to_string(home.path("trace")).unwrap();
    fs::remove_file(home.path("trace")).unwrap();
    assert!(trace.contains("execve("), "strace saw the run");
    for form in forms() {
        assert!(!talk.contains(&form), "on standard error: {talk}");
        for line in trace.lines() {
            let shows = line.contains(&form);
            let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
            // Pipes and standard output may carry it; arguments, environments,
            // names of files and standard error may not.
            let is_pipe = call.starts_with("write(") && !call.starts_with("write(2,");
            assert!(!shows || is_pipe, "{line}");
        }
    }
    let opened_for_writing = |line: &&str| {
        line.contains("openat(") && line.contains("O_WRONLY") || line.contains("creat(")
    };
    for line in trace.lines().filter(opened_for_writing) {
        // GnuPG and the shell behind `pass` write nothing but to these.
        let is_known = ["/dev/null", "/dev/tty", "/gnupg/"].iter().any(|part| line.contains(part));
        assert!(is_known, "a file is written: {line}");
    }
    check_files(home.0.path());
}

/// No file of the home holds the password.
fn check_files(folder: &std::path::Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            check_files(&entry.path());
        } else if kind.is_file() {
            let content = fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&content);
            assert!(forms().iter().all(|form| !text.contains(form)), "{}", entry.path().display());
        }
    }
}

#[test]
fn a_credential_from_pass_shows_nowhere() {
    let (home, registry) = (Home::new(), Registry::start());
    home.set_up_pass();
    let config = format!(r#"{{"auths":{{"{}":{{}}}},"credsStore":"pass"}}"#, registry.address);
    fs::write(home.path(".docker/config.json"), config).unwrap();
    let stored = serde_json::json!({
        "ServerURL": registry.address, "Username": USER, "Secret": PASSWORD
    });
    let mut store = home.command("docker-credential-pass");
    store.arg("store");
    assert!(finish(store, &stored.to_string()).status.success());
    let image = format!("{}/app:v1", registry.address);
    check(&home, &["pod", "private-reg", "--image", &image, "-v"], "");
    check(&home, &["secret", "--all", "-v"], "");
}

#[test]
fn a_piped_password_shows_nowhere() {
    let home = Home::new();
    let arguments =
        ["secret", "--registry", "ghcr.io", "--username", USER, "--password-stdin", "-v"];
    check(&home, &arguments, PASSWORD);
}
