//! The logins of podman, skopeo and buildah: their own `auth.json` files, in
//! their order. A file that has nothing leaves the search to the next one; a
//! credentials store is not known there. Docker's files are docker's source.
//! Source: go.podman.io/image/v5 5.42, `pkg/docker/config/config.go`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::auths::{Configuration, Format, NamedBy, add_entries, is_same};
use super::docker::HelperPolicy;
use super::helper::fault::HelperFault;
use super::helper::{self, HelperPrograms, Stored};
use super::{CredentialQuery, FoundCredential, Lookup, Source};
use crate::registry::key::{DockerKey, RegistryKey};
use crate::sources::error::SourceError;
use crate::sources::search::{Mend, PullSecretText};
use crate::system::environment::Environment;
use crate::system::messages::clean;

/// Podman's files on this machine, in its order.
#[derive(Debug)]
pub struct Podman {
    files: Vec<Configuration>,
    policy: HelperPolicy,
    /// What is odd about them.
    pub notes: Vec<String>,
}

impl Podman {
    /// Reads only `authfile` where one is given, else `REGISTRY_AUTH_FILE`, else
    /// podman's own files.
    ///
    /// # Errors
    /// A file that exists but cannot be read or parsed; a named one that does
    /// not exist.
    pub fn load(
        environment: &Environment,
        authfile: Option<&Path>,
        policy: HelperPolicy,
    ) -> Result<Self, SourceError> {
        let mut notes = Vec::new();
        let variable = environment.get("REGISTRY_AUTH_FILE").map(Path::new);
        let authfile = authfile.map(|path| (path, NamedBy::Flag));
        let files = match authfile.or(variable.map(|path| (path, NamedBy::Variable))) {
            Some((path, named)) => {
                let file = Configuration::read_named(environment, path, named, Format::Podman)?;
                notes.extend(odd(&file));
                vec![file]
            }
            None => own_paths(environment)
                .iter()
                .filter_map(|path| {
                    Configuration::read(environment, path, Format::Podman).transpose()
                })
                .collect::<Result<_, SourceError>>()?,
        };
        for file in &files {
            let cautions = file.config.cautions.iter();
            notes.extend(cautions.map(|caution| format!("{} {caution}", file.shown)));
        }
        Ok(Self { files, policy, notes })
    }

    /// Reads only the content of a pull Secret that was named.
    ///
    /// # Errors
    /// A file that does not exist, or cannot be read or parsed.
    pub(crate) fn load_pull_secret(
        environment: &Environment,
        text: &PullSecretText,
        mend: Mend,
    ) -> Result<Self, SourceError> {
        let (file, mut notes) = Configuration::read_pull_secret(environment, text, mend)?;
        notes.extend(odd(&file));
        Ok(Self { files: vec![file], policy: HelperPolicy::Ignore, notes })
    }

    /// Looks for the credential of a registry where podman would.
    ///
    /// # Errors
    /// Where it could not be looked, or what is there cannot be read.
    pub fn look_up(
        &self,
        wanted: &CredentialQuery,
        programs: &dyn HelperPrograms,
    ) -> Result<Lookup, SourceError> {
        let mut searched = Vec::new();
        for file in &self.files {
            match self.look_up_in(file, wanted, programs)? {
                Lookup::Found(found) => return Ok(Lookup::Found(found)),
                Lookup::NotFound { searched: places, .. } => searched.extend(places),
            }
        }
        Ok(Lookup::NotFound { searched, remedy: None })
    }

    fn look_up_in(
        &self,
        file: &Configuration,
        wanted: &CredentialQuery,
        programs: &dyn HelperPrograms,
    ) -> Result<Lookup, SourceError> {
        // Podman asks with the bare registry, also for Docker Hub.
        let whole = wanted.key.whole_registry().without_default_port();
        let helper = file.config.cred_helpers.get(whole.registry().as_str());
        let Some(helper) = helper.filter(|_| self.policy != HelperPolicy::Ignore) else {
            let searched = vec![match file.paths_above(wanted).first() {
                Some((key, _)) => format!(
                    "{}: its empty entry {key} hides those above it, as for podman",
                    file.shown
                ),
                None => format!("{}: no entry", file.shown),
            }];
            let found = find(file, wanted)?;
            return Ok(found.map_or(Lookup::NotFound { searched, remedy: None }, Lookup::Found));
        };
        let origin = helper_origin(helper, file);
        let answer = match self.policy {
            HelperPolicy::Refuse => Err(HelperFault::NotAllowed),
            _ => helper::get(programs, helper, whole.registry()),
        };
        match answer {
            Ok(Stored::Login(login, store)) => {
                let origin = store.map_or(origin, |store| format!("{store} ({})", file.shown));
                let key = wanted.key.clone();
                Ok(Lookup::Found(FoundCredential {
                    key,
                    login,
                    source: Source::Podman,
                    origin,
                    notes: Vec::new(),
                }))
            }
            Ok(Stored::Nothing(..)) => {
                let searched = vec![format!("{origin}: nothing stored for {}", wanted.key)];
                Ok(Lookup::NotFound { searched, remedy: None })
            }
            Err(fault) => Err(SourceError::Helper {
                helper: clean(helper),
                origin: file.shown.clone(),
                registry: Some(wanted.key.clone()),
                fault,
            }),
        }
    }

    /// The registries that podman has credentials for, and where from. Starts
    /// no helper.
    pub fn known(&self) -> BTreeMap<RegistryKey, String> {
        let mut known = BTreeMap::new();
        // What an earlier file says counts.
        for file in self.files.iter().rev() {
            add_entries(&mut known, file);
            let helpers = file.config.cred_helpers.iter();
            for (text, helper) in helpers.filter(|_| self.policy != HelperPolicy::Ignore) {
                if let DockerKey::Registry(key) = RegistryKey::from_docker(text)
                    && key.path().is_empty()
                {
                    known.insert(key, helper_origin(helper, file));
                }
            }
        }
        known
    }

    /// A word where the files hold another credential than the one of docker
    /// that was found. What cannot be decoded here is not needed and no matter.
    pub fn disagreement(
        &self,
        wanted: &CredentialQuery,
        dockers: &FoundCredential,
    ) -> Option<String> {
        let own = self.files.iter().find_map(|file| find(file, wanted).ok().flatten())?;
        let differs = !is_same(&own.login, &dockers.login);
        differs.then(|| {
            format!(
                "{}: {} holds another credential than {}, which counts; --source podman takes that one",
                wanted.key, own.origin, dockers.origin
            )
        })
    }

    /// Where credentials were looked for, for messages.
    pub fn places(&self) -> Vec<String> {
        match self.files.as_slice() {
            [] => vec!["podman's auth.json (not found)".to_owned()],
            files => files.iter().map(|file| file.shown.clone()).collect(),
        }
    }
}

/// The file of the session, then the one of the home folder.
fn own_paths(environment: &Environment) -> Vec<PathBuf> {
    let configuration = environment
        .get("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| environment.home().map(|home| home.join(".config")));
    let mut folders = Vec::new();
    #[cfg(target_os = "linux")]
    folders.push(session_folder(environment));
    folders.extend(configuration.map(|folder| folder.join("containers")));
    folders.into_iter().map(|folder| folder.join("auth.json")).collect()
}

/// The folder of the session; podman falls back to one of the user.
#[cfg(target_os = "linux")]
fn session_folder(environment: &Environment) -> PathBuf {
    let user = rustix::process::getuid().as_raw();
    match environment.get("XDG_RUNTIME_DIR") {
        Some(folder) => PathBuf::from(folder).join("containers"),
        None => PathBuf::from(format!("/run/containers/{user}")),
    }
}

/// What is odd about a file that was named.
fn odd(file: &Configuration) -> Option<String> {
    (!file.config.creds_store.is_empty()).then(|| {
        format!(
            "{} names a credentials store, which is not asked: only the entries in it are read",
            file.shown
        )
    })
}

/// The entry of the longest path, then of the registry. An empty entry hides
/// those above it.
fn find(
    file: &Configuration,
    wanted: &CredentialQuery,
) -> Result<Option<FoundCredential>, SourceError> {
    for (key, spellings) in file.paths_above(wanted) {
        let found = file.take(wanted, &key, &spellings)?;
        if found.is_some() || !spellings.is_empty() {
            return Ok(found);
        }
    }
    if file.format != Format::PullSecret {
        let exact = wanted.key.whole_registry().without_default_port();
        let found = file.take(wanted, &wanted.key, &[exact.registry()])?;
        if found.is_some() {
            return Ok(found);
        }
    }
    file.take(wanted, &wanted.key, &file.spellings(&wanted.key, ""))
}

fn helper_origin(helper: &str, file: &Configuration) -> String {
    format!("docker-credential-{} ({})", clean(helper), file.shown)
}
