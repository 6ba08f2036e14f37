//! Which credential docker finds, and where ours differs on purpose.

use std::collections::BTreeMap;

use base64::Engine;
use kubectl_regcred::testing::Environment;
use kubectl_regcred::testing::SourceError;
use kubectl_regcred::testing::credential::{self, Login, Refusal};
use kubectl_regcred::testing::docker::{Docker, HelperPolicy};
use kubectl_regcred::testing::expiry;
use kubectl_regcred::testing::helper::fault::HelperFault;
use kubectl_regcred::testing::helper::{self, Answer, HelperPrograms, Stored};
use kubectl_regcred::testing::key::{DockerKey, RegistryKey};
use kubectl_regcred::testing::reference::ImageReference;
use kubectl_regcred::testing::{CredentialQuery, Lookup};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::text;

const VECTORS: &str = include_str!("docker.json");

/// Rows of docker where ours differs, and why.
const DIFFERENCES: [(&str, &str); 29] = [
    ("hub-query-registry-1.docker.io", "every name of Docker Hub is read"),
    ("hub-query-https___index.docker.io_v1", "every name of Docker Hub is read"),
    ("hub-key-docker.io", "every name of Docker Hub is read"),
    ("hub-key-index.docker.io", "every name of Docker Hub is read"),
    ("hub-key-https___index.docker.io_v1", "every name of Docker Hub is read"),
    ("hub-key-https___registry-1.docker.io_v2_", "every name of Docker Hub is read"),
    ("hub-key-https___docker.io", "every name of Docker Hub is read"),
    ("key-07", "the key of a path is not used for the whole registry"),
    ("key-10", "`:443` is what nerdctl writes for no port"),
    ("key-11", "`:443` is what nerdctl writes for no port"),
    ("query-with-path", "the registry's credential serves a path in it"),
    ("auth-number", "only the broken entry is refused, not the file"),
    ("auth-unpadded", "other writers leave out the padding"),
    ("store-miss-registrytoken-survives", "a registry token is of no use to the kubelet"),
    ("store-url-stored-only", "the spelling that a helper keeps is asked for too"),
    ("store-notfound-nested", "docker-credential-desktop wraps the words"),
    ("store-lowercase-members", "an answer for another server is refused"),
    ("store-other-serverurl", "an answer for another server is refused"),
    ("credhelper-key-https:__ghcr.io", "another spelling in `credHelpers` is meant"),
    ("credhelper-key-ghcr.io_", "another spelling in `credHelpers` is meant"),
    ("credhelper-hub-index.docker.io", "every name of Docker Hub is read"),
    ("env-identitytoken-rejected", "GitLab's richer form of the variable is read"),
    ("env-username-members-rejected", "GitLab's richer form of the variable is read"),
    ("env-credhelpers-rejected", "GitLab's richer form of the variable is read"),
    ("env-bad-base64", "a broken entry of the wanted registry is told"),
    ("list-secretservice-09", "labels are read as the servers they stand for"),
    ("list-credhelpers-overlay", "a helper that fails is told"),
    ("list-env-fallback-fails", "a helper that fails is told"),
    ("list-unsupported", "the marks that the store left in the file are listed"),
];

/// Plays the helpers that a row describes.
pub(crate) struct Recorded<'a>(pub(crate) &'a Value);

impl HelperPrograms for Recorded<'_> {
    fn call(&self, helper: &str, action: &str, input: &str) -> Result<Answer, HelperFault> {
        if !helper::is_valid_name(helper) {
            return Err(HelperFault::InvalidName);
        }
        let program = &self.0[helper];
        if program.is_null() {
            return Err(HelperFault::Missing);
        }
        if program["not_executable"] == true {
            return Err(HelperFault::NotRunnable("Exec format error".into()));
        }
        let reply = if action == "list" { &program["list"] } else { &program["get"][input] };
        let not_found = "credentials not found in native keychain\n";
        let (exit, stdout, stderr) = match reply {
            Value::Null if action == "list" => (1, "not implemented".to_owned(), ""),
            Value::Null => (1, not_found.to_owned(), ""),
            Value::String(printed) => (1, printed.clone(), ""),
            Value::Object(raw) if raw.contains_key("exit") || raw.contains_key("stdout") => {
                let exit = reply["exit"].as_i64().unwrap_or(0);
                (exit, text(reply, "stdout").to_owned(), text(reply, "stderr"))
            }
            answer => (0, answer.to_string(), ""),
        };
        Ok(Answer {
            success: exit == 0,
            status: format!("exit status {exit}"),
            stdout: stdout.into_bytes().into(),
            stderr: stderr.into(),
        })
    }
}

pub(crate) fn rows(engine: &str) -> Vec<Value> {
    let rows: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    rows.into_iter().filter(|row| row["engine"] == engine).collect()
}

/// Docker's configuration as the row describes it.
fn load(row: &Value) -> Result<Docker, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let config = match (&row["config_raw"], &row["config"]) {
        (Value::String(raw), _) => raw.clone(),
        (_, Value::Null) => String::new(),
        (_, config) => config.to_string(),
    };
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let variable = text(row, "env").to_owned();
    let environment = Environment::from_iter([
        ("DOCKER_CONFIG".to_owned(), folder.path().display().to_string()),
        ("HOME".to_owned(), folder.path().display().to_string()),
        ("DOCKER_AUTH_CONFIG".to_owned(), variable),
    ]);
    Docker::load(&environment, None, HelperPolicy::Start)
}

/// Our answer in the words of the vectors.
pub(crate) fn answer(login: Result<Option<&Login>, &SourceError>) -> String {
    match login {
        Ok(None) => "none".to_owned(),
        Ok(Some(login)) => {
            let token = login.identity_token.as_ref().map(ExposeSecret::expose_secret);
            format!("{}:{}:{}", login.username, login.password.expose_secret(), token.unwrap_or(""))
        }
        Err(SourceError::InvalidConfig { .. }) => "config-invalid".to_owned(),
        Err(SourceError::InvalidEntry { .. }) => "auth-invalid".to_owned(),
        Err(SourceError::Helper { fault, .. }) => match fault {
            HelperFault::Missing => "helper-missing",
            HelperFault::NotRunnable(_) => "helper-not-runnable",
            HelperFault::NoOutput | HelperFault::NotTheProtocol => "helper-bad-output",
            _ => "helper-failed",
        }
        .to_owned(),
        Err(other) => other.to_string(),
    }
}

pub(crate) fn expected(expect: &Value) -> String {
    match &expect["error"] {
        Value::String(error) => error.clone(),
        _ => format!(
            "{}:{}:{}",
            text(expect, "username"),
            text(expect, "password"),
            text(expect, "identitytoken")
        ),
    }
}

fn looked_up(row: &Value) -> String {
    let docker = match load(row) {
        Ok(docker) => docker,
        Err(error) => return answer(Err(&error)),
    };
    let query = text(row, "query");
    let wanted = if row["query_kind"] == "image" {
        CredentialQuery::image(&ImageReference::parse(query).unwrap())
    } else {
        CredentialQuery::registry(RegistryKey::parse(query).unwrap())
    };
    match docker.look_up(&wanted, &Recorded(&row["helpers"])) {
        Ok(Lookup::Found(found)) => answer(Ok(Some(&found.login))),
        Ok(Lookup::NotFound { .. }) => answer(Ok(None)),
        Err(error) => answer(Err(&error)),
    }
}

/// All credentials that are known, by canonical key.
fn listed(row: &Value) -> Result<BTreeMap<String, String>, String> {
    let docker = load(row).map_err(|error| error.to_string())?;
    let programs = Recorded(&row["helpers"]);
    let (known, failures) = docker.known(&programs);
    if let Some(error) = failures.first() {
        return Err(answer(Err(error)));
    }
    let mut listed = BTreeMap::new();
    for key in known.into_keys() {
        match docker.look_up(&CredentialQuery::registry(key.clone()), &programs) {
            Ok(Lookup::Found(found)) => {
                listed.insert(key.auths_key(), answer(Ok(Some(&found.login))));
            }
            Ok(Lookup::NotFound { .. }) => {}
            Err(error) => return Err(answer(Err(&error))),
        }
    }
    Ok(listed)
}

pub(crate) fn expected_list(expect: &Value) -> Result<BTreeMap<String, String>, String> {
    if let Value::String(error) = &expect["error"] {
        return Err(error.clone());
    }
    let entries = expect["entries"].as_object().unwrap();
    let known = entries.iter().filter(|(_, entry)| entry["error"].is_null());
    let canonical = |key: &str| match RegistryKey::from_docker(key) {
        DockerKey::Registry(key) => key.auths_key(),
        other => panic!("{key}: {other:?}"),
    };
    Ok(known.map(|(key, entry)| (canonical(key), expected(entry))).collect())
}

/// Our answer and the recorded one, as text.
fn compare(row: &Value) -> (String, String) {
    if row["op"] == "list" {
        return (format!("{:?}", listed(row)), format!("{:?}", expected_list(&row["expect"])));
    }
    (looked_up(row), expected(&row["expect"]))
}

#[test]
fn the_same_credential_is_found_as_by_docker() {
    let rows = rows("docker");
    assert_eq!(rows.len(), 126);
    let mut differing = BTreeMap::new();
    for row in &rows {
        let (ours, dockers) = compare(row);
        if ours != dockers {
            differing.insert(text(row, "id").to_owned(), format!("{ours} instead of {dockers}"));
        }
    }
    let listed: BTreeMap<_, _> = DIFFERENCES.into_iter().collect();
    let unlisted: Vec<_> =
        differing.iter().filter(|(id, _)| !listed.contains_key(id.as_str())).collect();
    assert!(unlisted.is_empty(), "{unlisted:#?}");
    let agreeing: Vec<_> = listed.keys().filter(|id| !differing.contains_key(**id)).collect();
    assert!(agreeing.is_empty(), "listed as different, but the same: {agreeing:?}");
}

#[test]
fn keys_are_normalised_as_by_docker() {
    let rows = rows("normalize");
    assert_eq!(rows.len(), 15);
    for row in &rows {
        let hostname = text(&row["expect"], "hostname");
        let expected = match text(row, "id") {
            // nerdctl writes `:443` for no port.
            "norm-05" => Some("ghcr.io"),
            // No image can name these.
            "norm-07" => Some("Ghcr.IO"),
            "norm-10" => Some("[::1]"),
            "norm-14" | "norm-16" | "norm-20" => None,
            _ if hostname == "index.docker.io" => Some("docker.io"),
            _ => Some(hostname),
        };
        let key = match RegistryKey::from_docker(text(row, "query")) {
            DockerKey::Registry(key) => Some(key.registry().to_owned()),
            DockerKey::HubSession | DockerKey::Unusable => None,
        };
        assert_eq!(key.as_deref(), expected, "{row}");
    }
}

/// A helper that printed what a real one did.
struct Printed<'a>(&'a Value);

impl HelperPrograms for Printed<'_> {
    fn call(&self, _: &str, _: &str, _: &str) -> Result<Answer, HelperFault> {
        let expect = &self.0["expect"];
        Ok(Answer {
            success: expect["exit"] == 0,
            status: format!("exit status {}", expect["exit"]),
            stdout: text(expect, "stdout").as_bytes().to_vec().into(),
            stderr: text(expect, "stderr_contains").into(),
        })
    }
}

#[test]
fn what_real_helpers_print_is_understood() {
    let rows = rows("real-helper");
    assert_eq!(rows.len(), 19);
    for row in &rows {
        let (helper, id, programs) = (text(row, "helper"), text(row, "id"), Printed(row));
        let understood = if row["op"] == "list" {
            match helper::list(&programs, helper) {
                Ok(listed) => listed.servers.join(" "),
                Err(fault) => fault.to_string(),
            }
        } else {
            match helper::get(&programs, helper, text(row, "query").trim()) {
                Ok(Stored::Login(login, _)) => format!("login of {}", login.username),
                Ok(Stored::Nothing(..)) => "nothing".to_owned(),
                Err(fault) => fault.to_string(),
            }
        };
        let expected = match id {
            "real-pass-slash-user-064" => "login of a",
            // Asked with a line break, it answers for another server.
            "real-pass-get-joined-0910" => "answered for another server, ghcr.io",
            "real-ss-list-0910" => {
                "ghcr.io https://index.docker.io/v1/ https://index.docker.io/v1/refresh-token"
            }
            "real-pass-emptydir-0910" => {
                "ghcr.io https://index.docker.io/v1/ nl.example slash.example"
            }
            "real-ss-locked-get-064" => "crashed (exit status 2)",
            _ if text(&row["expect"], "stdout").contains("\"sec\"") => "login of user",
            _ if id.contains("miss") || id.contains("get-url") => "nothing",
            _ => {
                let said = text(&row["expect"], "stdout").trim();
                assert_eq!(understood, format!("failed (exit status 1): {said}"), "{row}");
                continue;
            }
        };
        assert_eq!(understood, expected, "{row}");
    }
}

#[test]
fn a_tree_that_pass_drew_is_no_password() {
    let row = rows("real-helper").into_iter().find(|row| row["id"] == "real-pass-slash-user-064");
    let Ok(Stored::Login(login, _)) = helper::get(&Printed(&row.unwrap()), "pass", "slash.example")
    else {
        panic!("no login");
    };
    let key = RegistryKey::parse("slash.example").unwrap();
    assert_eq!(
        credential::for_pull_secret(&key, login, 0).unwrap_err(),
        Refusal::ControlInPassword
    );
}

#[test]
fn tokens_tell_their_expiry() {
    let rows = rows("classify");
    assert_eq!(rows.len(), 15);
    for row in &rows {
        let password = SecretString::from(text(&row["credential"], "password"));
        if row["expect"]["never_export"] == true {
            let login = Login::basic("hubuser".to_owned(), password);
            let key = RegistryKey::parse("docker.io").unwrap();
            let refusal = credential::for_pull_secret(&key, login, 0).unwrap_err();
            assert_eq!(refusal, Refusal::HubSessionToken);
        } else {
            assert_eq!(expiry::expires_at(&password), row["expect"]["expires"].as_u64(), "{row}");
        }
    }
}

#[test]
fn the_token_of_ecr_tells_its_expiry() {
    let token = base64::engine::general_purpose::STANDARD.encode(
        r#"{"payload":"p","datakey":"d","version":"2","type":"DATA_KEY","expiration":1700000000}"#,
    );
    assert_eq!(expiry::expires_at(&SecretString::from(token)), Some(1_700_000_000));
}
