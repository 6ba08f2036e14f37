//! Temporary homes, a registry, the oracle; whatever is started is stopped again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::outcome::Outcome;

pub const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-regcred");

pub const USER: &str = "janedoe";

/// Whatever a shell, JSON, HTML or a careless split could trip over.
pub const PASSWORD: &str = "s3cr:et!$x <>&\"'\\é";

/// A child that is stopped at the end of its test.
pub struct Running(Child);

impl Running {
    /// Starts it; what it says goes into a file.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let log = fs::File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How gnome-keyring is started.
#[derive(Clone, Copy)]
pub enum Daemon {
    Unlocked,
    NeverUnlocked,
}

/// A home of its own, with `gpg` and `pass` set up where they are wanted.
pub struct Home(pub tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.path(".docker")).unwrap();
        fs::create_dir_all(home.path("runtime")).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that sees this home and little else.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env("GNUPGHOME", self.path("gnupg"))
            .env("PASSWORD_STORE_DIR", self.path("store"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .env("PATH", std::env::var("PATH").unwrap())
            .current_dir(self.0.path());
        command
    }

    /// Runs a shell script; its output where it succeeded.
    pub fn shell(&self, script: &str) -> String {
        let output = self.command("bash").args(["-ec", script]).output().unwrap();
        assert!(output.status.success(), "{script}\n{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn set_up_pass(&self) {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(self.path("gnupg")).unwrap();
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(self.path("gnupg"), private).unwrap();
        self.shell(
            "gpg --batch --quiet --passphrase '' --quick-gen-key janedoe@example.com 2>/dev/null
             pass init janedoe@example.com >/dev/null",
        );
    }

    /// `docker login` with the password on standard input.
    pub fn docker_login(&self, address: &str, password: &str, path: Option<&Path>) {
        let mut command = self.command(&program("docker"));
        if let Some(path) = path {
            command.env("PATH", path);
        }
        command.args(["login", "--username", USER, "--password-stdin", address]);
        let output = finish(command, password);
        assert!(output.status.success(), "{output:?}");
    }

    /// Runs a script on a session bus with gnome-keyring; its own messages and those
    /// of what it runs goes to the file `stderr`.
    pub fn with_keyring(&self, daemon: Daemon, script: &str) -> String {
        let session = self.keyring_session(daemon, script);
        self.shell(&format!("({session}) 2>$HOME/stderr"))
    }

    /// The shell script that does so.
    pub fn keyring_session(&self, daemon: Daemon, script: &str) -> String {
        self.shell("chmod 700 runtime");
        fs::write(self.path("script"), script).unwrap();
        let unlock = match daemon {
            Daemon::Unlocked => "printf keyring | gnome-keyring-daemon --unlock",
            Daemon::NeverUnlocked => "gnome-keyring-daemon",
        };
        format!(
            "export XDG_RUNTIME_DIR=$HOME/runtime XDG_DATA_HOME=$HOME/data
             dbus-run-session -- bash -ec '
               {unlock} --foreground --components=secrets >/dev/null 2>&1 &
               keyring=$!
               trap \"kill $keyring\" EXIT
               for _ in $(seq 100); do
                 dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \\
                   org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets |
                   grep -q true && break
                 sleep 0.1
               done
               . $HOME/script
             '"
        )
    }

    /// Our binary, with nothing on standard input.
    pub fn regcred(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(BINARY);
        command.args(arguments);
        finish(command, "").into()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // GnuPG starts an agent of its own in this home.
        let _ = self.command("gpgconf").args(["--kill", "all"]).output();
    }
}

/// Where a program is, so that it is found also with another PATH.
pub fn program(name: &str) -> String {
    let path = std::env::var("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed")).display().to_string()
}

pub fn feed(program: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(arguments);
    let output = finish(command, input);
    assert!(output.status.success(), "{program}: {output:?}");
    output
}

/// Runs a command to its end with this input.
pub fn finish(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Asks the kubelet's own code: `{"manifest", "images"}` each.
pub fn oracle(questions: &[Value]) -> Vec<Value> {
    let oracle = std::env::var("REGCRED_ORACLE").expect("`tests/run` builds it and names it here");
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let input = lines.join("\n");
    // It logs each key that it ignores.
    let mut command = Command::new(oracle);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{output:?}");
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

/// The one question: do these manifests let the kubelet find exactly this
/// credential for this image? The documents, as Kubernetes reads them.
pub fn assert_kubelet_finds(manifest: &str, image: &str, username: &str, password: &str) -> Value {
    let mut answer = oracle(&[json!({"manifest": manifest, "images": [image]})]).remove(0);
    assert_eq!(answer["error"], "", "{answer}");
    let expected = json!([{"username": username, "password": password}]);
    assert_eq!(answer["lookups"][0]["credentials"], expected, "{answer}");
    answer["documents"].take()
}
