//! Which of docker's stores decides for a registry, in docker's own order:
//! `DOCKER_AUTH_CONFIG`, then `credHelpers`, else `credsStore`, else `auths`;
//! nothing is fallen through. Source: docker/cli 29.9,
//! `cli/config/configfile/file.go` (`GetAuthConfig`).

mod load;

use std::collections::BTreeMap;

use super::auths::{Configuration, add_entries, add_entry};
use super::cause::Cause;
use super::helper::fault::HelperFault;
use super::helper::{self, HelperPrograms, Stored};
use super::{CredentialQuery, FoundCredential, Lookup, Remedy, Source};
use crate::registry::key::{DockerKey, RegistryKey};
use crate::sources::error::SourceError;
use crate::system::messages::clean;

/// Whether the helpers that a configuration names may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelperPolicy {
    /// Docker's own files: yes.
    Start,
    /// A file that was named: only when that was allowed.
    Refuse,
    /// Read `auths` as if there were no helpers.
    Ignore,
}

/// Docker's configuration on this machine.
#[derive(Debug)]
pub struct Docker {
    variable: Option<Configuration>,
    /// Whether docker itself accepts the variable; GitLab's richer form it does not.
    variable_is_strict: bool,
    file: Configuration,
    /// The helper that docker takes where nothing is configured.
    default_store: Option<String>,
    policy: HelperPolicy,
    /// What is odd about the configuration.
    pub notes: Vec<String>,
}

impl Docker {
    /// Looks for the credential of a registry where docker would.
    ///
    /// # Errors
    /// Where it could not be looked, or what is there cannot be read.
    pub fn look_up(
        &self,
        wanted: &CredentialQuery,
        programs: &dyn HelperPrograms,
    ) -> Result<Lookup, SourceError> {
        if let Some(variable) = &self.variable {
            let found = if self.variable_is_strict {
                variable.take(wanted, &wanted.key, &[wanted.key.docker_server()])?
            } else {
                variable.find(wanted)?
            };
            if let Some(found) = found {
                return Ok(Lookup::Found(found));
            }
        }
        if let Some((helper, note)) = self.helper_for(&wanted.key) {
            return self.ask_helper(wanted, helper, note, programs);
        }
        if let Some(found) = self.file.find(wanted)? {
            return Ok(Lookup::Found(found));
        }
        if wanted.key.is_docker_hub() && self.file.has_hub_session() {
            let searched = vec![format!("{}: only session tokens of a web login", self.file.shown)];
            return Ok(Lookup::NotFound { searched, remedy: Some(Remedy::AccessToken) });
        }
        let is_marker = self.file.config.entry(wanted.key.docker_server()).is_some();
        let what = match is_marker {
            true => ": its entry is empty (the credential is in a credentials store)",
            false if self.file.shown.ends_with(')') => "",
            false => ": no entry",
        };
        Ok(Lookup::NotFound { searched: vec![format!("{}{what}", self.file.shown)], remedy: None })
    }

    /// The helper that decides for a registry, and what is odd about that.
    fn helper_for(&self, key: &RegistryKey) -> Option<(&str, Option<String>)> {
        if self.policy == HelperPolicy::Ignore {
            return None;
        }
        let config = &self.file.config;
        let server = key.docker_server();
        if let Some(helper) = config.cred_helpers.get(server) {
            // An empty name sends docker to the plain file.
            return Some((helper.as_str(), None)).filter(|(helper, _)| !helper.is_empty());
        }
        let registry = key.whole_registry().without_default_port();
        for (text, helper) in config.cred_helpers.iter().filter(|(_, helper)| !helper.is_empty()) {
            if RegistryKey::from_docker(text) == DockerKey::Registry(registry.clone()) {
                let note = format!(
                    "{registry}: docker itself does not match the key {} of `credHelpers` in {}; it would have to be {}",
                    clean(text),
                    self.file.shown,
                    registry.docker_server()
                );
                return Some((helper, Some(note)));
            }
        }
        let store = Some(config.creds_store.as_str()).filter(|store| !store.is_empty());
        store.or(self.default_store.as_deref()).map(|store| (store, None))
    }

    fn ask_helper(
        &self,
        wanted: &CredentialQuery,
        helper: &str,
        note: Option<String>,
        programs: &dyn HelperPrograms,
    ) -> Result<Lookup, SourceError> {
        let origin = self.helper_origin(helper);
        if mints_for_any_registry(helper, wanted.key.registry()) {
            let searched = vec![format!(
                "{origin}: not asked, since it answers for any registry with a token of its own cloud"
            )];
            return Ok(Lookup::NotFound { searched, remedy: None });
        }
        match self.get(&wanted.key, helper, programs) {
            Ok((Stored::Login(login, store), spelling)) => {
                let origin = store.map_or(origin, |store| self.store_origin(store));
                let mut notes: Vec<String> = note.into_iter().collect();
                if spelling != wanted.key.docker_server() {
                    notes.push(format!("{}: {origin} has it as {}", wanted.key, clean(&spelling)));
                }
                Ok(Lookup::Found(FoundCredential {
                    key: wanted.key.clone(),
                    login,
                    source: Source::Docker,
                    origin,
                    notes,
                }))
            }
            Ok((Stored::Nothing(_, Some(store)), _)) => {
                let key = &wanted.key;
                let stored = format!("{origin}: not installed; {store} has nothing for {key}");
                let remedy = Some(Remedy::PipePassword(key.clone()));
                Ok(self.nothing_stored(wanted, stored, remedy))
            }
            Ok((Stored::Nothing(said, None), _)) => {
                let said = said.last_sentence();
                let said = if said.is_empty() { said } else { format!(" (it says: {said})") };
                let stored = format!("{origin}: nothing stored for {}{said}", wanted.key);
                Ok(self.nothing_stored(wanted, stored, None))
            }
            Err(fault) if self.is_absent_default(&fault) => {
                Ok(Lookup::NotFound { searched: vec![format!("{origin} {fault}")], remedy: None })
            }
            Err(fault) => Err(self.helper_error(helper, Some(wanted.key.clone()), fault)),
        }
    }

    /// Docker would go on without a credential; an entry that it ignores is worth a word.
    fn nothing_stored(
        &self,
        wanted: &CredentialQuery,
        stored: String,
        mut remedy: Option<Remedy>,
    ) -> Lookup {
        let mut searched = vec![stored];
        if let Ok(Some(_)) = self.file.find(wanted) {
            searched.push(format!(
                "{}: its entry in `auths` is not used, as by docker while a helper is named; it is probably stale",
                self.file.shown
            ));
            remedy = Some(Remedy::UseEntry);
        }
        Lookup::NotFound { searched, remedy }
    }

    /// Asks under docker's spelling, then under others that helpers are known to keep.
    fn get(
        &self,
        key: &RegistryKey,
        helper: &str,
        programs: &dyn HelperPrograms,
    ) -> Result<(Stored, String), HelperFault> {
        if self.policy == HelperPolicy::Refuse {
            return Err(HelperFault::NotAllowed);
        }
        let server = key.docker_server().to_owned();
        let (said, store) = match helper::get(programs, helper, &server)? {
            Stored::Nothing(said, store) => (said, store),
            login @ Stored::Login(..) => return Ok((login, server)),
        };
        if helper == "ecr-login" && !said.last_sentence().is_empty() {
            // It says "not found" whatever went wrong; the reason is on standard error.
            let cause = Some(Cause::of(said.raw()).unwrap_or(Cause::Aws));
            let said = said.last_sentence();
            return Err(HelperFault::Failed { status: "exit status 1".into(), said, cause });
        }
        if is_cloud_helper(helper) {
            return Ok((Stored::Nothing(said, store), server));
        }
        let whole = key.whole_registry().without_default_port();
        let mut spellings = Vec::new();
        if !key.is_docker_hub() {
            spellings.push(format!("https://{}", key.registry()));
        }
        // A helper that cannot list has no other spelling to offer.
        let listed = helper::list(programs, helper).map(|listed| listed.servers);
        spellings.extend(listed.unwrap_or_default().into_iter().filter(|listed| {
            *listed != server
                && RegistryKey::from_docker(listed) == DockerKey::Registry(whole.clone())
        }));
        spellings.dedup();
        for spelling in spellings {
            if let login @ Stored::Login(..) = helper::get(programs, helper, &spelling)? {
                return Ok((login, spelling));
            }
        }
        Ok((Stored::Nothing(said, store), server))
    }

    /// The registries that docker has credentials for, and where from. Starts
    /// at most the store's helper, to list; reads no secret from it. With the
    /// failures of what could not be listed.
    pub fn known(
        &self,
        programs: &dyn HelperPrograms,
    ) -> (BTreeMap<RegistryKey, String>, Vec<SourceError>) {
        let mut known = BTreeMap::new();
        let mut failures = Vec::new();
        let config = &self.file.config;
        let ignores_helpers = self.policy == HelperPolicy::Ignore;
        let store = Some(config.creds_store.as_str()).filter(|store| !store.is_empty());
        match store.or(self.default_store.as_deref()).filter(|_| !ignores_helpers) {
            None => add_entries(&mut known, &self.file),
            Some(store) => match self.list_store(store, programs) {
                Ok((registries, store_name)) => {
                    let origin = store_name
                        .map_or_else(|| self.helper_origin(store), |name| self.store_origin(name));
                    known.extend(registries.into_iter().map(|key| (key, origin.clone())));
                }
                Err(fault) if self.is_absent_default(&fault) => {}
                Err(fault) => failures.push(self.helper_error(store, None, fault)),
            },
        }
        if !ignores_helpers {
            for (text, helper) in &config.cred_helpers {
                if let DockerKey::Registry(key) = RegistryKey::from_docker(text) {
                    if helper.is_empty() {
                        add_entry(&mut known, &self.file, key, text);
                    } else {
                        known.insert(key, self.helper_origin(helper));
                    }
                }
            }
        }
        if let Some(variable) = &self.variable {
            add_entries(&mut known, variable);
        }
        (known, failures)
    }

    /// The registries that docker's file names: those with an entry, whose credential may
    /// be in a store, and those with a helper. Starts nothing.
    pub(crate) fn named(&self) -> impl Iterator<Item = RegistryKey> {
        let entries = self.file.index().values().flat_map(BTreeMap::values);
        let helpers = self.file.config.cred_helpers.keys();
        let entries = entries.map(|(key, _)| key.clone());
        entries.chain(helpers.filter_map(|text| RegistryKey::from_docker(text).registry()))
    }

    fn list_store(
        &self,
        store: &str,
        programs: &dyn HelperPrograms,
    ) -> Result<(Vec<RegistryKey>, Option<&'static str>), HelperFault> {
        let marks = self.file.config.auth_keys().map(str::to_owned);
        let (servers, name) = match self.policy {
            // The marks that the store left in the file, without starting it.
            HelperPolicy::Refuse => (marks.collect(), None),
            _ => match helper::list(programs, store) {
                Err(HelperFault::Failed { cause: Some(Cause::NotImplemented), .. }) => {
                    (marks.collect::<Vec<_>>(), None)
                }
                listed => listed.map(|listed| (listed.servers, listed.store))?,
            },
        };
        let registries =
            servers.iter().filter_map(|server| match RegistryKey::from_docker(server) {
                DockerKey::Registry(key) => Some(key),
                DockerKey::HubSession | DockerKey::Unusable => None,
            });
        Ok((registries.collect(), name))
    }

    /// The file that mentions a login for a registry: an entry, the mark of a
    /// store, or a helper. No helper is started.
    pub fn file_naming(&self, wanted: &CredentialQuery) -> Option<&str> {
        let key = wanted.key.whole_registry().without_default_port();
        let is_it = |text: &str| RegistryKey::from_docker(text) == DockerKey::Registry(key.clone());
        let config = &self.file.config;
        let in_variable = |variable: &&Configuration| variable.config.auth_keys().any(is_it);
        let in_file =
            config.auth_keys().any(is_it) || config.cred_helpers.keys().any(|text| is_it(text));
        let variable = self.variable.as_ref().filter(in_variable);
        variable.or_else(|| in_file.then_some(&self.file)).map(|file| file.shown.as_str())
    }

    /// Where credentials were looked for, for messages.
    pub fn places(&self) -> Vec<String> {
        let config = &self.file.config;
        let store = Some(config.creds_store.as_str()).filter(|store| !store.is_empty());
        let mut places = vec![self.file.shown.clone()];
        places.extend(store.or(self.default_store.as_deref()).map(|s| self.helper_origin(s)));
        places
    }

    /// What is odd about entries that were not asked for.
    pub fn broken_entries(&self) -> Option<String> {
        self.file.broken_entries()
    }

    fn helper_origin(&self, helper: &str) -> String {
        format!("docker-credential-{} ({})", clean(helper), self.config_name())
    }

    fn store_origin(&self, store: &str) -> String {
        format!("{store} ({})", self.config_name())
    }

    fn config_name(&self) -> &str {
        if self.default_store.is_some() { "docker's default" } else { &self.file.shown }
    }

    /// Docker takes a default store without looking whether it is there at all.
    fn is_absent_default(&self, fault: &HelperFault) -> bool {
        let absent = [Cause::PassNotInitialized, Cause::NoSecretService, Cause::NoSessionBus];
        let is_absent = match fault {
            HelperFault::Failed { cause: Some(cause), .. } => absent.contains(cause),
            HelperFault::Store { fault, .. } => fault.is_absent(),
            _ => false,
        };
        self.default_store.is_some() && is_absent
    }

    fn helper_error(
        &self,
        helper: &str,
        registry: Option<RegistryKey>,
        fault: HelperFault,
    ) -> SourceError {
        SourceError::Helper {
            helper: clean(helper),
            origin: self.config_name().to_owned(),
            registry,
            fault,
        }
    }
}

/// Helpers that mint tokens: asking under another spelling mints no other answer.
fn is_cloud_helper(helper: &str) -> bool {
    matches!(helper, "ecr-login" | "gcr" | "gcloud" | "acr-env")
}

/// Whether a helper answers for any registry and would hand its cloud's token
/// to this one. Source: docker-credential-gcr, `credhelper/helper.go`.
fn mints_for_any_registry(helper: &str, registry: &str) -> bool {
    let ends = |domains: &[&str]| domains.iter().any(|domain| registry.ends_with(domain));
    match helper {
        "gcr" | "gcloud" => {
            let is_regional = registry.starts_with("docker.") && registry.ends_with(".rep.pkg.dev");
            registry != "gcr.io" && !is_regional && !ends(&[".gcr.io", "-docker.pkg.dev"])
        }
        "acr-env" => !ends(&[".azurecr.io", ".azurecr.cn", ".azurecr.us", ".azurecr.de"]),
        _ => false,
    }
}
