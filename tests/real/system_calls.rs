//! What can be seen of a run from outside: arguments, environments, files and
//! standard error of all its processes, as `strace` shows them.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::home::{BINARY, Daemon, Home, USER, finish};
use crate::registries::Registry;

/// Without characters that strace would show in another way.
const PASSWORD: &str = "hunter2/hunter2+hunter2&";

const URL_ENCODED: &str = "hunter2%2Fhunter2%2Bhunter2%26";

/// Whatever starts a program, or could write to a file or a socket.
const CALLS: &str = "trace=execve,execveat,open,openat,openat2,creat,memfd_create,write,writev,\
                     pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,rename,renameat,renameat2,\
                     link,linkat,symlink,symlinkat";

/// The forms in which the password could show.
fn forms() -> Vec<String> {
    let mut forms = vec![PASSWORD.to_owned(), URL_ENCODED.to_owned()];
    for offset in 0..3 {
        // Within other text: without the characters that hold bits of that text.
        let text = STANDARD.encode(format!("{}{PASSWORD}", "-".repeat(offset)));
        let inner = text[offset + usize::from(offset > 0)..].trim_end_matches('=');
        let inner = &inner[..inner.len() - 1];
        forms.push(inner.to_owned());
        forms.push(inner.replace('+', "-").replace('/', "_"));
    }
    forms
}

fn shows(text: &str) -> bool {
    forms().iter().any(|form| text.contains(form))
}

/// Runs our binary under strace, and looks at all but standard output.
fn check(home: &Home, arguments: &[&str], stdin: &str) {
    let mut command = home.command("strace");
    command
        .args(["-f", "-v", "-y", "-s", "1000000", "-e", CALLS, "-o"])
        .arg(home.path("trace"))
        .arg(BINARY)
        .args(arguments);
    let output = finish(command, stdin);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let secret = String::from_utf8(output.stdout).unwrap();
    assert!(secret.contains("kind: Secret"));
    let trace = fs::read_to_string(home.path("trace")).unwrap();
    fs::remove_file(home.path("trace")).unwrap();
    assert!(shows(&secret), "the forms are those of the manifest: {secret}");
    assert!(!shows(&stderr), "on standard error: {stderr}");
    let calls = trace.lines().map(|line| line.split_once(' ').unwrap().1.trim_start());
    check_calls(&calls.collect::<Vec<_>>());
    check_files(home.0.path());
}

fn check_calls(calls: &[&str]) {
    let showing: Vec<&&str> = calls.iter().filter(|call| shows(call)).collect();
    assert!(!showing.is_empty(), "strace saw the manifest being written");
    for call in showing {
        // Pipes may carry it: to us, and from a helper. Arguments, environments,
        // files, sockets and standard error may not.
        let target = call.strip_prefix("write(").and_then(|rest| rest.split_once('<'));
        let is_pipe = target.is_some_and(|(to, rest)| to != "2" && rest.starts_with("pipe:["));
        assert!(is_pipe, "{call}");
    }
    let opening = ["open", "creat(", "memfd_create("];
    let for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT", "creat(", "memfd_create("];
    for call in calls.iter().filter(|call| opening.iter().any(|name| call.starts_with(name))) {
        // GnuPG and the shell behind `pass` write nothing but to these.
        let is_known = ["/dev/null", "/dev/tty", "/gnupg/"].iter().any(|part| call.contains(part));
        let is_read = !for_writing.iter().any(|part| call.contains(part));
        assert!(is_known || is_read, "a file is written: {call}");
    }
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
            assert!(!shows(&text), "{}", entry.path().display());
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

#[test]
fn a_credential_in_the_keyring_shows_nowhere() {
    let home = Home::new();
    fs::write(home.path("password"), PASSWORD).unwrap();
    let strace = format!("strace -f -v -y -s 1000000 -e {CALLS} -o");
    let script = format!(
        "{strace} $HOME/kept {BINARY} login ghcr.io --no-verify --username {USER} --password-stdin <password
         rm password
         {strace} $HOME/read {BINARY} secret -v"
    );
    let secret = home.with_keyring(Daemon::Unlocked, &script);
    assert!(shows(&secret), "the forms are those of the manifest: {secret}");
    let calls = |name: &str| {
        let trace = fs::read_to_string(home.path(name)).unwrap();
        fs::remove_file(home.path(name)).unwrap();
        let calls =
            trace.lines().map(|line| line.split_once(' ').unwrap().1.trim_start().to_owned());
        calls.collect::<Vec<_>>()
    };
    // Also the bus carries it only encrypted.
    let kept = calls("kept");
    assert!(kept.iter().any(|call| call.starts_with("sendmsg(")), "strace saw the bus");
    assert!(kept.iter().all(|call| !shows(call)));
    check_calls(&calls("read").iter().map(String::as_str).collect::<Vec<_>>());
    check_files(home.0.path());
}

#[test]
fn the_keyring_is_not_touched_where_nothing_needs_it() {
    let home = Home::new();
    let config = r#"{"auths":{"ghcr.io":{"auth":"amFuZWRvZTpzM2NyZXQ="}}}"#;
    fs::write(home.path(".docker/config.json"), config).unwrap();
    let index = home.path(".config/kubectl-regcred");
    fs::create_dir_all(&index).unwrap();
    fs::write(index.join("registries.json"), r#"{"version":1,"registries":["quay.io"]}"#).unwrap();
    let calls = |registry: &str| {
        let mut command = home.command("strace");
        command
            .args(["-f", "-e", "trace=socket,connect,clone,clone3", "-o"])
            .arg(home.path("trace"));
        command.args([BINARY, "secret", "--registry", registry]);
        finish(command, "");
        let trace = fs::read_to_string(home.path("trace")).unwrap();
        trace.lines().filter(|line| line.contains('(')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(calls("ghcr.io"), [""; 0]);
    assert!(calls("quay.io").iter().any(|call| call.contains("connect(")), "strace saw the bus");
}
