//! A run of the real binary in a folder of its own: an empty home, an empty
//! environment, fake programs only.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::outcome::{Outcome, check_ends};

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-regcred");

/// Longer than any deadline of the program.
const LIMIT: Duration = Duration::from_secs(60);

/// What a run needs.
pub struct Case {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    stdin: Vec<u8>,
    secrets: Vec<String>,
    unchecked: Vec<PathBuf>,
}

impl Case {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home/.docker", "work"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let case =
            Self { folder, variables: vec![], stdin: vec![], secrets: vec![], unchecked: vec![] };
        // Hints say `docker login` where docker is installed.
        case.program("docker", "")
    }

    /// A machine on which docker is not installed.
    pub fn without_docker(self) -> Self {
        let name = if cfg!(windows) { "bin/docker.exe" } else { "bin/docker" };
        fs::remove_file(self.path(name)).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file, named from the run's folder; `home/.docker/config.json`, `work/x`.
    pub fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.unchecked.push(path);
        self
    }

    pub fn config(self, content: impl AsRef<[u8]>) -> Self {
        self.file("home/.docker/config.json", content)
    }

    /// Docker's configuration with these plain entries.
    pub fn logins(self, logins: &[(&str, &str, &str)]) -> Self {
        let mut case = self;
        let mut auths = serde_json::Map::new();
        for (key, user, password) in logins {
            let auth = STANDARD.encode(format!("{user}:{password}"));
            auths.insert((*key).to_owned(), serde_json::json!({"auth": auth}));
            case = case.secret(password).secret(&auth);
        }
        case.config(serde_json::json!({"auths": auths}).to_string())
    }

    /// A credential helper that follows a script.
    pub fn helper(self, name: &str, script: &str) -> Self {
        self.program(&format!("docker-credential-{name}"), script)
    }

    /// A program that follows a script.
    pub fn program(self, name: &str, script: &str) -> Self {
        let program = self.path(&format!("bin/{name}"));
        let fake = Path::new(BINARY).with_file_name("examples").join("fake_program");
        assert!(fake.exists(), "{} is missing: `cargo test` builds it", fake.display());
        #[cfg(unix)]
        std::os::unix::fs::symlink(fake, &program).unwrap();
        #[cfg(not(unix))]
        fs::copy(fake.with_extension("exe"), program.with_extension("exe")).unwrap();
        let mut case = self.file(&format!("bin/{name}.script"), script);
        case.unchecked.push(case.path(&format!("bin/{name}.stdin")));
        case
    }

    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// A text that must show nowhere but on standard output.
    pub fn secret(mut self, text: &str) -> Self {
        self.secrets.push(text.to_owned());
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("USERPROFILE", self.path("home"))
            .env("PATH", self.path("bin"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .envs(self.variables.iter().cloned())
            .current_dir(self.path("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.finish(&mut self.command(arguments))
    }

    /// Runs a shell's line in place of the program.
    #[cfg(unix)]
    pub fn run_shell(&self, line: &str) -> Outcome {
        let program = self.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).env_clear();
        shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(self.path("work"));
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.finish(&mut shell)
    }

    fn finish(&self, command: &mut Command) -> Outcome {
        let started = command.spawn().unwrap();
        let (code, stdout, stderr) = finish(started, &self.stdin);
        let calls = fs::read_to_string(self.path("bin/calls.log")).unwrap_or_default();
        let calls = calls.lines().map(|line| line.trim().to_owned()).collect();
        let outcome = Outcome { stdout, stderr, code, calls, redactions: self.redactions() };
        self.check_secrets(&outcome);
        check_ends(&outcome.stderr);
        // These two print what they read, with its own end.
        if !command.get_args().any(|argument| argument == "inject" || argument == "--reveal") {
            check_ends(&outcome.stdout);
        }
        outcome
    }

    fn redactions(&self) -> Vec<(String, &'static str)> {
        let forms = |secret: &String| [secret.clone(), STANDARD.encode(secret)];
        let mut redactions: Vec<(String, &str)> =
            self.secrets.iter().flat_map(forms).map(|form| (form, "[SECRET]")).collect();
        redactions.push((self.folder.path().display().to_string(), "[FOLDER]"));
        // A secret may be a part of another one.
        redactions.sort_by_key(|(found, _)| std::cmp::Reverse(found.len()));
        redactions
    }

    /// Runs what must fail: nothing on standard output.
    pub fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, code, "{outcome:#?}");
        assert_eq!(outcome.stdout, "", "a failure writes no data");
        outcome.stderr
    }

    /// Runs what must succeed, and returns the Secret's entries and standard error.
    pub fn entries(&self, arguments: &[&str]) -> (BTreeMap<String, (String, String)>, String) {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        (entries(&outcome.stdout), outcome.stderr)
    }

    fn check_secrets(&self, outcome: &Outcome) {
        let mut places = vec![("standard error".to_owned(), outcome.stderr.clone())];
        places.push(("arguments".into(), outcome.calls.join("\n")));
        collect_files(self.folder.path(), &mut places, &self.unchecked);
        for secret in &self.secrets {
            for form in forms(secret) {
                for (place, text) in &places {
                    assert!(!text.contains(&form), "a secret shows in {place}: {outcome:#?}");
                }
            }
        }
        let environments = fs::read_to_string(self.path("bin/environment.log"));
        assert!(!environments.unwrap_or_default().contains("DOCKER_AUTH_CONFIG="));
    }
}

/// A secret in the forms in which programs repeat it: as it is, in JSON, in a URL, in
/// hexadecimal digits, and in base64 of either alphabet at any place of a longer text.
fn forms(secret: &str) -> Vec<String> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let in_url = |byte: u8| {
        if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let json = serde_json::to_string(secret).unwrap();
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap();
    let mut forms = vec![
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        secret.bytes().map(in_url).collect(),
        secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect(),
    ];
    for offset in 0..3 {
        let bytes = [&vec![0; offset][..], secret.as_bytes()].concat();
        let encoded = STANDARD.encode(&bytes);
        let inner = &encoded[(offset * 8).div_ceil(6)..bytes.len() * 8 / 6];
        if inner.len() >= 6 {
            forms.push(inner.to_owned());
            forms.push(inner.replace('+', "-").replace('/', "_"));
        }
    }
    forms
}

/// All files of a run that the test itself did not write, nor kubectl got.
fn collect_files(folder: &Path, places: &mut Vec<(String, String)>, unchecked: &[PathBuf]) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            collect_files(&path, places, unchecked);
        } else if kind.is_file() && !unchecked.contains(&path) && !path.ends_with("kubectl.stdin") {
            let bytes = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            places.push((path.display().to_string(), text));
        }
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    let mut pipe = pipe.unwrap();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn finish(mut child: Child, stdin: &[u8]) -> (i32, String, String) {
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            panic!("still running after {LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    (status.code().unwrap_or(-1), stdout.join().unwrap(), stderr.join().unwrap())
}

/// Waits for what another process does; fails after longer than any deadline.
#[cfg(target_os = "linux")]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LIMIT, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The first document of a YAML stream, or a JSON object.
pub fn document(stdout: &str) -> Value {
    let first = stdout.split("\n---\n").next().unwrap();
    serde_yaml::from_str(first).unwrap()
}

/// What the pull Secret in the output holds: key, user name, password.
pub fn entries(stdout: &str) -> BTreeMap<String, (String, String)> {
    let secret = document(stdout);
    let value = secret["data"][".dockerconfigjson"].as_str().unwrap();
    let config: Value = serde_json::from_slice(&STANDARD.decode(value).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let auths = config["auths"].as_object().unwrap();
    let entry = |(key, entry): (&String, &Value)| {
        let (user, password) = (text(&entry["username"]), text(&entry["password"]));
        let auth = STANDARD.decode(text(&entry["auth"])).unwrap();
        assert_eq!(auth, format!("{user}:{password}").into_bytes());
        (key.clone(), (user, password))
    };
    auths.iter().map(entry).collect()
}

/// `{KEY: (user, password)}` to compare with.
pub fn expected(list: &[(&str, &str, &str)]) -> BTreeMap<String, (String, String)> {
    let entry = |(key, user, password): &(&str, &str, &str)| {
        ((*key).to_owned(), ((*user).to_owned(), (*password).to_owned()))
    };
    list.iter().map(entry).collect()
}

#[test]
fn a_text_with_another_end_is_noticed() {
    for printed in ["error: x", "error: x\n\n", "\nerror: x\n", " x\n", "\n"] {
        assert!(std::panic::catch_unwind(|| check_ends(printed)).is_err(), "{printed:?}");
    }
    check_ends("error: x\n\nhint: y\n");
    check_ends("");
}

#[test]
fn a_snapshot_shows_no_secret_and_no_path() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]);
    let config = case.path("home/.docker/config.json");
    let outcome = case.run(&["inspect", "--reveal", "-f", config.to_str().unwrap()]);
    assert!(outcome.stdout.contains(&STANDARD.encode("jane:hunter2")), "{outcome:?}");
    insta::assert_snapshot!(outcome, @r#"
    exit code 0
    --- stdout
    {"auths":{"ghcr.io":{"auth":"[SECRET]"}}}
    "#);
    let missing = case.path("missing.json");
    let outcome = case.run(&["inspect", "-f", missing.to_str().unwrap()]);
    insta::assert_snapshot!(outcome, @"
    exit code 1
    --- stderr
    error: cannot read [FOLDER]/missing.json: there is no such file
    ");
}
