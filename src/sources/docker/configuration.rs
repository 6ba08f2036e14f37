//! The entries of one file or variable, found by the registry that they stand
//! for, whatever its spelling.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use secrecy::ExposeSecret;

use super::config::DockerConfig;
use super::entry::AuthEntry;
use crate::error::Error;
use crate::registry::credential::Login;
use crate::registry::key::{DockerKey, RegistryKey};
use crate::sources::{Found, Wanted};
use crate::system::messages::clean;

/// A file or variable, and the registries that its keys stand for.
#[derive(Debug)]
pub(super) struct Configuration {
    /// Its name for messages.
    pub(super) shown: String,
    pub(super) config: DockerConfig,
    index: OnceLock<BTreeMap<String, Vec<(RegistryKey, String)>>>,
}

impl Configuration {
    pub(super) fn new(shown: String, config: DockerConfig) -> Self {
        Self { shown, config, index: OnceLock::new() }
    }

    /// By registry: what the keys of `auths` stand for, and the keys.
    fn index(&self) -> &BTreeMap<String, Vec<(RegistryKey, String)>> {
        self.index.get_or_init(|| {
            let mut index: BTreeMap<String, Vec<_>> = BTreeMap::new();
            for text in self.config.auth_keys() {
                if let DockerKey::Registry(key) = RegistryKey::from_docker(text) {
                    let keys = index.entry(key.registry().to_owned()).or_default();
                    keys.push((key, text.to_owned()));
                }
            }
            index
        })
    }

    /// Finds the entry for a registry: of exactly the path that was named, of
    /// docker's own spelling, of another spelling, of a path above the image.
    pub(super) fn find(&self, wanted: &Wanted) -> Result<Option<Found>, Error> {
        let exact = [wanted.key.docker_server()];
        if wanted.key.path().is_empty()
            && let Some(found) = self.take(wanted, &wanted.key, &exact)?
        {
            // The index of all keys is not needed.
            return Ok(Some(found));
        }
        let whole = wanted.key.whole_registry().without_default_port();
        let known = self.index().get(whole.registry()).map_or(&[][..], Vec::as_slice);
        let spellings = |path: &str| -> Vec<&str> {
            known.iter().filter(|(key, _)| key.path() == path).map(|(_, text)| &**text).collect()
        };
        let mut candidates = vec![
            (wanted.key.clone(), spellings(wanted.key.path())),
            (wanted.key.clone(), exact.to_vec()),
            (wanted.key.clone(), spellings("")),
        ];
        let mut paths: Vec<&str> = known.iter().map(|(key, _)| key.path()).collect();
        paths.retain(|path| whole.with_path(path).covers(whole.registry(), wanted.path()));
        paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
        paths.dedup();
        candidates.extend(paths.iter().map(|path| (wanted.key.with_path(path), spellings(path))));
        for (key, spellings) in candidates {
            if let Some(found) = self.take(wanted, &key, &spellings)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The one credential that stands under these spellings, written under `key`.
    pub(super) fn take(
        &self,
        wanted: &Wanted,
        key: &RegistryKey,
        spellings: &[&str],
    ) -> Result<Option<Found>, Error> {
        let mut taken: Option<(&str, AuthEntry)> = None;
        let mut fault = None;
        for spelling in spellings {
            match self.config.entry(spelling) {
                None => {}
                Some(Err(reason)) => fault = Some((spelling, reason)),
                Some(Ok(entry)) if entry.login.is_empty() => {}
                Some(Ok(entry)) => match &taken {
                    Some((first, other)) if !is_same(&entry.login, &other.login) => {
                        return Err(Error::AmbiguousEntries {
                            path: self.shown.clone(),
                            registry: key.clone(),
                            keys: vec![clean(first), clean(spelling)],
                        });
                    }
                    Some(_) => {}
                    None => taken = Some((spelling, entry)),
                },
            }
        }
        let Some((spelling, entry)) = taken else {
            return fault.map_or(Ok(None), |(spelling, fault)| {
                Err(Error::InvalidEntry {
                    key: clean(spelling),
                    path: self.shown.clone(),
                    fault,
                    registry: wanted.key.clone(),
                })
            });
        };
        let mut notes: Vec<String> =
            entry.cautions.iter().map(|caution| format!("{key}: {caution}")).collect();
        if key.path().is_empty() && is_unseen_by_docker(key, spelling) {
            notes.push(format!(
                "{key}: docker itself does not see the entry {} in {}",
                clean(spelling),
                self.shown
            ));
        }
        let origin = self.shown.clone();
        Ok(Some(Found { key: key.clone(), login: entry.login, origin, notes }))
    }

    /// Whether docker's web login left session tokens of Docker Hub here.
    pub(super) fn has_hub_session(&self) -> bool {
        let mut keys = self.config.auth_keys().map(RegistryKey::from_docker);
        keys.any(|key| key == DockerKey::HubSession)
    }

    /// A word on entries that docker would stumble over.
    pub(super) fn broken_entries(&self) -> Option<String> {
        let is_broken = |key: &&str| matches!(self.config.entry(key), Some(Err(_)));
        let broken: Vec<String> = self.config.auth_keys().filter(is_broken).map(clean).collect();
        let (first, others) = broken.split_first()?;
        let more =
            if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        Some(format!(
            "{}: the entry {first}{more} is not valid and is left out; docker itself would refuse the whole file",
            self.shown
        ))
    }
}

fn is_same(one: &Login, other: &Login) -> bool {
    let token = |login: &Login| login.identity_token.as_ref().map(|t| t.expose_secret().to_owned());
    one.username == other.username
        && one.password.expose_secret() == other.password.expose_secret()
        && token(one) == token(other)
}

/// Docker knows one spelling of Docker Hub, and no port that could be left out.
fn is_unseen_by_docker(key: &RegistryKey, spelling: &str) -> bool {
    let is_hub_alias = key.is_docker_hub() && spelling != key.docker_server();
    let has_other_port = spelling.contains(":443") != key.registry().ends_with(":443");
    is_hub_alias || has_other_port
}

pub(super) fn add_entries(
    known: &mut BTreeMap<RegistryKey, String>,
    configuration: &Configuration,
) {
    for (key, text) in configuration.index().values().flatten() {
        add_entry(known, configuration, key.clone(), text);
    }
}

/// Entries that hold nothing are marks; those that are broken are worth trying.
pub(super) fn add_entry(
    known: &mut BTreeMap<RegistryKey, String>,
    configuration: &Configuration,
    key: RegistryKey,
    text: &str,
) {
    let is_mark = match configuration.config.entry(text) {
        Some(Ok(entry)) => entry.login.is_empty(),
        Some(Err(_)) => false,
        None => true,
    };
    if !is_mark {
        known.insert(key, configuration.shown.clone());
    }
}
