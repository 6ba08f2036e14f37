//! The protocol of credential helpers: one program, one argument, the server
//! on its standard input, JSON on its standard output.
//! Source: docker/docker-credential-helpers 0.9.10, `credentials/credentials.go`,
//! `client/client.go`.

pub mod fault;
mod native;

use std::collections::HashMap;
use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::kubelet::go::json::{self, Object, Text};
use crate::registry::credential::{Login, TOKEN_USER};
use crate::registry::key::{DockerKey, RegistryKey};
use crate::sources::cause::Cause;
use crate::sources::store::{self, Store};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::{self, ProcessFault, Request, Timeout};
use crate::system::programs::{self, Search};
use crate::system::secrets;
use crate::system::untrusted::Untrusted;
use fault::HelperFault;

/// What a helper prints, and nothing else, where it has nothing.
/// Source: docker/docker-credential-helpers 0.9.10, `credentials/error.go`.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// Other words for the same, of `git-credential` bridges and macOS.
const NOT_FOUND_PARTS: [&str; 2] =
    ["no stored credential for", "the specified item could not be found in the keychain"];

/// Before the server in the labels that `docker-credential-secretservice` 0.9
/// and later lists. Source: docker/docker-credential-helpers 0.9.10,
/// `secretservice/secretservice.go`.
const LABEL_PREFIX: &str = "Registry credentials for ";

/// Most that a helper may print, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Longest output of a failed helper that can be a sentence, in bytes.
const MAX_SENTENCE: usize = 800;

/// Runs credential helpers; a trait so that recorded behaviour can stand in for them.
pub trait HelperPrograms: Sync {
    /// Runs `docker-credential-HELPER ACTION` with `input`.
    ///
    /// # Errors
    /// [`HelperFault`] where it gave no answer at all.
    fn call(&self, helper: &str, action: &str, input: &str) -> Result<Answer, HelperFault>;

    /// The store behind a helper, to be read where the helper cannot run.
    fn store(&self, _helper: &str) -> Option<Arc<dyn Store>> {
        None
    }
}

/// What a helper printed and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// Whether it ended with exit status 0.
    pub success: bool,
    /// How it ended, for messages: `exit status 1`.
    pub status: String,
    /// May hold the secret.
    pub stdout: Zeroizing<Vec<u8>>,
    /// The end of it; may hold the secret too.
    pub stderr: Untrusted,
}

/// What a helper has for a server.
#[derive(Debug)]
pub enum Stored {
    /// A login; with the store's name where the store was read without the helper.
    Login(Login, Option<&'static str>),
    /// Nothing; with what it wrote to standard error, and the store's name as above.
    Nothing(Untrusted, Option<&'static str>),
}

/// Asks a helper for the login of one server, under exactly this spelling.
///
/// # Errors
/// [`HelperFault`] for everything but an answer or the protocol's "not found".
pub fn get(
    programs: &dyn HelperPrograms,
    helper: &str,
    server: &str,
) -> Result<Stored, HelperFault> {
    let answer = match programs.call(helper, "get", server) {
        Err(fault) if fault.is_missing() => {
            return native::read_store(programs, helper, server, fault);
        }
        answer => answer?,
    };
    if !answer.success {
        let sentence = known_sentence(&answer.stdout);
        if is_not_found(sentence.raw()) {
            native::check_not_locked(programs, helper, server)?;
            return Ok(Stored::Nothing(answer.stderr, None));
        }
        return Err(failure(answer, &sentence));
    }
    let Credential { server: answered, username, secret } = credential(&answer.stdout)?;
    secrets::hide_login(&username, &secret);
    match (username.is_empty(), secret.expose_secret().is_empty()) {
        // docker-credential-pass up to 0.6 says "not found" like this.
        (true, true) => return Ok(Stored::Nothing(answer.stderr, None)),
        (false, true) => return Err(HelperFault::NoSecret),
        _ => {}
    }
    if is_other_server(server, &answered) {
        return Err(HelperFault::OtherServer(Untrusted::from(answered.as_str()).to_string()));
    }
    Ok(Stored::Login(login(username, secret), None))
}

/// `<token>` marks an identity token.
fn login(username: String, secret: SecretString) -> Login {
    if username != TOKEN_USER {
        return Login::basic(username, secret);
    }
    Login {
        username: String::new(),
        password: SecretString::default(),
        identity_token: Some(secret),
        has_registry_token: false,
    }
}

/// Which servers a helper has.
#[derive(Debug)]
pub struct Listed {
    /// Under the spellings that [`get`] takes.
    pub servers: Vec<String>,
    /// The store's name, where it was read without the helper.
    pub store: Option<&'static str>,
}

/// Asks a helper which servers it has.
///
/// # Errors
/// [`HelperFault`].
pub fn list(programs: &dyn HelperPrograms, helper: &str) -> Result<Listed, HelperFault> {
    let answer = match programs.call(helper, "list", "unused") {
        Err(fault) if fault.is_missing() => return native::list_store(programs, helper, fault),
        answer => answer?,
    };
    if !answer.success {
        let sentence = known_sentence(&answer.stdout);
        return Err(failure(answer, &sentence));
    }
    let text = output(&answer.stdout)?;
    let Object(listed) = first_value::<Option<_>>(&text)?.unwrap_or_default();
    let servers = json::sort_last_counts(listed)
        .into_iter()
        .map(|(server, _)| server.strip_prefix(LABEL_PREFIX).unwrap_or(&server).to_owned());
    Ok(Listed { servers: servers.collect(), store: None })
}

/// Whether a helper's name can only ever start a helper: docker itself starts
/// `../evil` relative to the current folder.
pub fn is_valid_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_allowed) && !name.starts_with(['.', '-'])
}

/// The answer to `get`. Source: docker/docker-credential-helpers 0.9.10,
/// `credentials/credentials.go` (`Credentials`).
struct Credential {
    server: String,
    username: String,
    secret: SecretString,
}

/// Reads the answer to `get`.
fn credential(stdout: &[u8]) -> Result<Credential, HelperFault> {
    let text = output(stdout)?;
    let object: &RawValue = first_value(&text)?;
    let members = json::strings(object.get(), ["serverurl", "username", "secret"]);
    let [server, username, secret] = members.map_err(|_| HelperFault::NotTheProtocol)?;
    // Docker takes the replacement for part of the password; no registry does.
    let is_replaced = matches!(text, Text::Changed(_))
        && [&username, &secret].iter().any(|text| text.contains(json::REPLACEMENT));
    if is_replaced || object.get() == "null" {
        return Err(HelperFault::NotTheProtocol);
    }
    let secret = SecretString::from(&*secret);
    Ok(Credential { server: server.to_owned(), username: username.to_owned(), secret })
}

/// The output of a helper as Go reads it.
fn output(stdout: &[u8]) -> Result<Text<'_>, HelperFault> {
    let is_blank = stdout.iter().all(u8::is_ascii_whitespace);
    if is_blank { Err(HelperFault::NoOutput) } else { Ok(json::text(stdout)) }
}

/// The first JSON value of the output; what follows is ignored, as by docker.
fn first_value<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, HelperFault> {
    json::first(text).map(|first| first.value).map_err(|_| HelperFault::NotTheProtocol)
}

fn is_other_server(asked: &str, answered: &str) -> bool {
    if answered.is_empty() || answered == asked {
        return false;
    }
    match (RegistryKey::from_docker(asked), RegistryKey::from_docker(answered)) {
        (DockerKey::Registry(asked), DockerKey::Registry(answered)) => {
            asked.registry() != answered.registry()
        }
        _ => true,
    }
}

/// Standard output of a helper that failed, where it is a sentence and not
/// data: never JSON or anything long, which may hold the secret.
fn known_sentence(stdout: &[u8]) -> Untrusted {
    let text = String::from_utf8_lossy(stdout);
    let text = text.trim();
    let is_data = text.contains('{') || text.starts_with(['[', '"']);
    Untrusted::from(if is_data || text.len() > MAX_SENTENCE { "" } else { text })
}

fn is_not_found(sentence: &str) -> bool {
    // docker-credential-desktop wraps the words of the helper behind it.
    let is_wrapped = || sentence.contains(&format!("`{NOT_FOUND}`"));
    let lower = sentence.to_lowercase();
    sentence == NOT_FOUND || is_wrapped() || NOT_FOUND_PARTS.iter().any(|part| lower.contains(part))
}

fn failure(answer: Answer, sentence: &Untrusted) -> HelperFault {
    let Answer { status, stderr, .. } = answer;
    let is_crash = stderr.raw().contains("goroutine ") || stderr.raw().contains("SIGSEGV");
    if is_crash || status.starts_with("signal") {
        return HelperFault::Crashed(status);
    }
    let said = sentence.sentence(sentence.raw());
    let said = if said.is_empty() { stderr.last_sentence() } else { said };
    let cause = Cause::of(sentence.raw()).or_else(|| Cause::of(stderr.raw()));
    HelperFault::Failed { status, said, cause }
}

/// The helpers that are installed on this machine.
pub struct InstalledHelpers<'a> {
    environment: &'a Environment,
    timeout: Timeout,
    /// By helper: whether it has answered once. Until then it is asked one
    /// question at a time, since the first may make a person unlock something.
    answered: Mutex<HashMap<String, Arc<Mutex<bool>>>>,
    /// By helper: the store behind it, once it was needed.
    stores: Mutex<HashMap<String, Option<Arc<dyn Store>>>>,
}

impl<'a> InstalledHelpers<'a> {
    /// Helpers on the PATH of `environment`.
    pub fn new(environment: &'a Environment, timeout: Timeout) -> Self {
        Self { environment, timeout, answered: Mutex::default(), stores: Mutex::default() }
    }

    fn run(&self, helper: &str, action: &str, input: &str) -> Result<Answer, HelperFault> {
        if !is_valid_name(helper) {
            return Err(HelperFault::InvalidName);
        }
        let name = format!("docker-credential-{helper}");
        let program = match programs::find(self.environment, &name) {
            Search::Found(program) => program,
            Search::NotExecutable(path) => {
                return Err(HelperFault::NotExecutable(self.environment.display_path(&path)));
            }
            Search::RelativeOnly => return Err(HelperFault::RelativeOnly),
            Search::Missing => return Err(HelperFault::Missing),
        };
        let request = Request {
            program: &program,
            arguments: &[action],
            input: Zeroizing::new(input.as_bytes().to_vec()),
            // It may hold credentials, and no helper reads it.
            hidden_variables: &["DOCKER_AUTH_CONFIG"],
            timeout: self.timeout,
            max_stdout: MAX_ANSWER,
            on_stdout: None,
        };
        let finished = process::run(request, |said| {
            let said = said.sentence_so_far();
            let said = if said.is_empty() { said } else { format!(" ({said})") };
            messages::note(&format!("waiting for {name}{said}"));
        })
        .map_err(fault)?;
        let status = status_text(finished.status);
        messages::detail(&format!("{name} {action} {}: {status}", clean(input)));
        Ok(Answer {
            success: finished.status.success(),
            status,
            stdout: finished.stdout,
            stderr: finished.stderr,
        })
    }
}

impl HelperPrograms for InstalledHelpers<'_> {
    fn call(&self, helper: &str, action: &str, input: &str) -> Result<Answer, HelperFault> {
        let gate = {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answered.entry(helper.to_owned()).or_default())
        };
        let mut has_answered = gate.lock().unwrap_or_else(PoisonError::into_inner);
        if *has_answered {
            drop(has_answered);
            return self.run(helper, action, input);
        }
        let answer = self.run(helper, action, input);
        *has_answered = true;
        answer
    }

    fn store(&self, helper: &str) -> Option<Arc<dyn Store>> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = || store::behind(helper, self.environment, self.timeout).map(Arc::from);
        stores.entry(helper.to_owned()).or_insert_with(behind).clone()
    }
}

fn fault(fault: ProcessFault) -> HelperFault {
    match fault {
        ProcessFault::TimedOut(limit) => HelperFault::TimedOut(limit.as_secs()),
        ProcessFault::TooMuchOutput => HelperFault::TooMuchOutput,
        ProcessFault::Failed(error) if error.kind() == io::ErrorKind::NotFound => {
            HelperFault::NotRunnable("the interpreter that its first line names is missing".into())
        }
        ProcessFault::Failed(error) => HelperFault::NotRunnable(error.to_string()),
    }
}

fn status_text(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit status {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A helper that always gives one answer.
    struct Fixed {
        success: bool,
        stdout: &'static str,
        stderr: &'static str,
    }

    impl HelperPrograms for Fixed {
        fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
            Ok(Answer {
                success: self.success,
                status: "exit status 1".into(),
                stdout: Zeroizing::new(self.stdout.into()),
                stderr: self.stderr.into(),
            })
        }
    }

    fn answered(stdout: &'static str) -> Result<Stored, HelperFault> {
        get(&Fixed { success: true, stdout, stderr: "" }, "x", "ghcr.io")
    }

    fn failed(stdout: &'static str, stderr: &'static str) -> Result<Stored, HelperFault> {
        get(&Fixed { success: false, stdout, stderr }, "x", "ghcr.io")
    }

    #[test]
    fn an_answer_may_have_members_in_any_case_and_text_behind_it() {
        for stdout in [
            r#"{"ServerURL":"https://ghcr.io","Username":"u","Secret":"s"}"#,
            r#"{"username":"u","secret":"s"} and more"#,
            r#"{"uſername":"u","Secret":"old","SECRET":"s","secret":null}"#,
            r#"{"Secret":"s","secret":"s","Username":"u","Note":"\ud800"}"#,
        ] {
            let Ok(Stored::Login(login, None)) = answered(stdout) else { panic!("{stdout}") };
            assert_eq!((login.username.as_str(), login.password.expose_secret()), ("u", "s"));
        }
    }

    #[test]
    fn the_token_user_marks_an_identity_token() {
        let Ok(Stored::Login(login, None)) =
            answered(r#"{"Username":"\u003ctoken\u003e","Secret":"s"}"#)
        else {
            panic!("no login");
        };
        assert!(login.username.is_empty());
        assert_eq!(login.identity_token.unwrap().expose_secret(), "s");
    }

    #[test]
    fn answers_that_cannot_be_trusted_are_refused() {
        for (stdout, fault) in [
            ("", HelperFault::NoOutput),
            ("credentials not found in native keychain", HelperFault::NotTheProtocol),
            (r#"["hunter2"]"#, HelperFault::NotTheProtocol),
            ("null", HelperFault::NotTheProtocol),
            (r#"{"Username":"u","Secret":"hunter2\ud800"}"#, HelperFault::NotTheProtocol),
            (r#"{"Username":"u","Secret":7,"secret":"s"}"#, HelperFault::NotTheProtocol),
            (r#"{"Username":"u","Secret":7}"#, HelperFault::NotTheProtocol),
            (r#"{"Username":"u","Secret":""}"#, HelperFault::NoSecret),
            (
                r#"{"ServerURL":"evil.example","Username":"u","Secret":"s"}"#,
                HelperFault::OtherServer("evil.example".into()),
            ),
        ] {
            assert_eq!(answered(stdout).unwrap_err(), fault, "{stdout}");
        }
    }

    #[test]
    fn not_found_is_told_apart_from_failures() {
        for stdout in [
            "credentials not found in native keychain\n",
            "error getting credentials - err: exit status 1, out: `credentials not found in native keychain`",
            "The specified item could not be found in the keychain.",
        ] {
            assert!(matches!(failed(stdout, ""), Ok(Stored::Nothing(..))), "{stdout}");
        }
        assert!(matches!(answered(r#"{"Username":"","Secret":""}"#), Ok(Stored::Nothing(..))));
        for stdout in ["", "credentials not found in native keychain: no bus"] {
            assert!(failed(stdout, "credentials not found in native keychain").is_err());
        }
    }

    #[test]
    fn a_failing_helper_is_quoted_only_where_it_speaks() {
        let said = |stdout, stderr| match failed(stdout, stderr) {
            Err(HelperFault::Failed { said, .. }) => said,
            other => panic!("{other:?}"),
        };
        assert_eq!(said("boom", "trace"), "boom");
        assert_eq!(said(r#"{"Username":"u","Secret":"hunter2"}"#, "first\nlast"), "last");
        assert_eq!(said("", ""), "");
        let crash = failed("", "SIGSEGV: segmentation violation\ngoroutine 1 [syscall]:");
        assert!(matches!(crash, Err(HelperFault::Crashed(_))));
    }

    #[test]
    fn labels_are_listed_as_the_servers_they_stand_for() {
        let stdout = r#"{"Registry credentials for ghcr.io":"u","https://quay.io":"u"}"#;
        let listed = list(&Fixed { success: true, stdout, stderr: "" }, "x").unwrap();
        assert_eq!(listed.servers, ["ghcr.io", "https://quay.io"]);
        let none = list(&Fixed { success: true, stdout: "null", stderr: "" }, "x").unwrap();
        assert!(none.servers.is_empty());
    }

    #[test]
    fn only_names_of_helpers_are_started() {
        for name in ["pass", "ecr-login", "desktop.exe", "dev-containers-1a2b"] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", "../evil", "a/b", "a\\b", "a b", "-x", ".x", "a\n", &"x".repeat(65)] {
            assert!(!is_valid_name(name), "{name:?}");
        }
    }
}
