//! Finding and reading docker's configuration.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use super::{Docker, HelperPolicy};
use crate::kubelet::go::config::Config;
use crate::kubelet::go::json::{self, Object, is_named};
use crate::sources::auths::config::DockerConfig;
use crate::sources::auths::{Configuration, Format, NamedBy};
use crate::sources::error::SourceError;
use crate::system::environment::Environment;
use crate::system::files;
use crate::system::messages::clean;
use crate::system::programs::{self, Search};

/// Where docker takes text of the shape of `auths` from, since 28.3.
const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

impl Docker {
    /// Reads docker's configuration, or only `authfile` where one is given.
    ///
    /// # Errors
    /// A file that exists but cannot be read or parsed; a named one that does
    /// not exist.
    pub fn load(
        environment: &Environment,
        authfile: Option<&Path>,
        policy: HelperPolicy,
    ) -> Result<Self, SourceError> {
        let mut docker = Self {
            variable: None,
            variable_is_strict: true,
            file: Configuration::new(String::new(), DockerConfig::default(), Format::Docker),
            default_store: None,
            policy,
            notes: Vec::new(),
        };
        if let Some(path) = authfile {
            docker.file =
                Configuration::read_named(environment, path, NamedBy::Flag, Format::Docker)?;
        } else {
            docker.load_variable(environment);
            docker.load_file(environment)?;
            docker.note_other_user(environment);
        }
        let cautions = docker.file.config.cautions.iter();
        docker.notes.extend(cautions.map(|caution| format!("{} {caution}", docker.file.shown)));
        Ok(docker)
    }

    fn load_variable(&mut self, environment: &Environment) {
        let Some(value) = environment.get(VARIABLE) else { return };
        let bytes = value.as_encoded_bytes();
        match DockerConfig::parse(bytes) {
            Ok(config) if !config.cautions.is_empty() => {
                // Two values, or a byte order mark.
                self.notes
                    .push(format!("{VARIABLE} is not one JSON value; it is ignored, as by docker"));
            }
            Ok(config) => {
                self.variable_is_strict = is_strict(bytes, &config);
                if !self.variable_is_strict {
                    self.notes.push(format!(
                        "{VARIABLE} has a form that docker ignores as a whole; its `auths` are used, its helpers are not"
                    ));
                }
                self.variable =
                    Some(Configuration::new(VARIABLE.to_owned(), config, Format::Docker));
            }
            // As docker does, which goes on with its other stores.
            Err(fault) => {
                self.notes.push(format!("{VARIABLE} {fault}; it is ignored, as by docker"));
            }
        }
    }

    fn load_file(&mut self, environment: &Environment) -> Result<(), SourceError> {
        let folder = environment
            .get("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| environment.home().map(|home| home.join(".docker")));
        let Some(folder) = folder else {
            "docker's config.json (no home folder)".clone_into(&mut self.file.shown);
            return Ok(());
        };
        let path = folder.join("config.json");
        let shown = environment.display_path(&path);
        match Configuration::read(environment, &path, Format::Docker)? {
            Some(file) => self.file = file,
            None if folder.is_file() => {
                self.file.shown = format!("{shown} (DOCKER_CONFIG names a file, not a folder)");
            }
            None => self.file.shown = format!("{shown} (not found)"),
        }
        let config = &self.file.config;
        let names_helpers = !config.creds_store.is_empty() || !config.cred_helpers.is_empty();
        if names_helpers && files::is_writable_by_others(&path) {
            self.notes.push(format!(
                "{} can be changed by other users, and it names programs to run",
                self.file.shown
            ));
        }
        if !names_helpers && config.auth_keys().next().is_none() {
            self.default_store = default_store(environment);
        }
        Ok(())
    }

    fn note_other_user(&mut self, environment: &Environment) {
        if let Some(user) = environment.get("SUDO_USER")
            && environment.get("DOCKER_CONFIG").is_none()
            && user != "root"
        {
            let user = clean(&user.to_string_lossy());
            self.notes.push(format!("run by sudo: {} is read, not {user}'s own", self.file.shown));
        }
    }
}

/// Reports whether docker accepts the text of the variable: `{"auths":{KEY:{"auth":…}}}`
/// with valid entries and nothing else.
/// Source: docker/cli 29.9, `cli/config/configfile/file.go` (`parseEnvConfig`).
fn is_strict(bytes: &[u8], config: &DockerConfig) -> bool {
    let text = json::text(bytes);
    let Ok(strict) = json::whole::<Option<Config<'_>>>(&text) else { return false };
    let strict = strict.unwrap_or_default();
    let has_other_members = !strict.others.is_empty();
    let mut entries = strict.entries.iter().chain(&strict.dropped);
    let is_known = |entry: &RawValue| {
        json::whole::<Option<Object<'_>>>(entry.get()).is_ok_and(|object| {
            let Object(members) = object.unwrap_or_default();
            members.iter().all(|(name, _)| is_named(name, "auth"))
        }) && json::strings(entry.get(), ["auth"]).is_ok()
    };
    let is_valid = |key: &str| {
        let entry = config.entry(key).and_then(Result::ok);
        entry.is_some_and(|entry| !entry.login.is_empty() && entry.cautions.is_empty())
    };
    !has_other_members
        && entries.all(|(_, entry)| is_known(entry))
        && config.auth_keys().all(is_valid)
}

/// The store that docker takes where nothing is configured, if its helper is
/// there. Source: docker/cli 29.9, `cli/config/credentials/default_store*.go`.
fn default_store(environment: &Environment) -> Option<String> {
    let is_there = |name: &str| matches!(programs::find(environment, name), Search::Found(_));
    let store = if cfg!(target_os = "macos") {
        "osxkeychain"
    } else if cfg!(windows) {
        "wincred"
    } else if is_there("pass") {
        "pass"
    } else {
        "secretservice"
    };
    is_there(&format!("docker-credential-{store}")).then(|| store.to_owned())
}
