//! Files of docker's shape, and their entries, found by the registry that they
//! stand for, whatever its spelling. Podman's files have the same shape.

pub(crate) mod config;
pub(crate) mod entry;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use config::{DockerConfig, MAX_CONFIG_BYTES};
use entry::AuthEntry;

use crate::registry::authority::Authority;
use crate::registry::credential::Login;
use crate::registry::key::{DockerKey, RegistryKey};
use crate::sources::error::SourceError;
use crate::sources::search::{Mend, Mended, PullSecretText};
use crate::sources::{CredentialQuery, FoundCredential, Source};
use crate::system::environment::Environment;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};
use crate::system::messages::clean;
use crate::system::secrets;

/// A file or variable, and the registries that its keys stand for.
#[derive(Debug)]
pub(super) struct Configuration {
    /// Its name for messages.
    pub(super) shown: String,
    pub(super) config: DockerConfig,
    pub(super) format: Format,
    index: OnceLock<Index>,
}

/// By registry and by path: what stands for it, and the keys of `auths` that do.
type Index = BTreeMap<Authority, BTreeMap<String, (RegistryKey, Vec<String>)>>;

/// The program that a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Docker itself reads the file.
    Docker,
    /// Only podman and its relatives read the file.
    Podman,
    /// The content of a pull Secret: the kubelet tries every spelling of a registry.
    PullSecret,
}

/// What names a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// A flag of this run.
    Flag,
    /// A variable of the environment.
    Variable,
}

impl Configuration {
    pub(super) fn new(shown: String, config: DockerConfig, format: Format) -> Self {
        Self { shown, config, format, index: OnceLock::new() }
    }

    /// Reads a file; none where there is none.
    ///
    /// # Errors
    /// Where it cannot be read or parsed.
    pub(super) fn read(
        environment: &Environment,
        path: &Path,
        format: Format,
    ) -> Result<Option<Self>, SourceError> {
        let shown = environment.display_path(path);
        match files::read(path, MAX_CONFIG_BYTES) {
            Ok(bytes) => Self::parse(shown, &bytes, format).map(Some),
            Err(ReadFault::NotFound) => Ok(None),
            Err(fault) => Err(unreadable(shown, fault)),
        }
    }

    /// Reads a file that was named, or standard input. A pipe is read where a
    /// flag names it: a variable may be years old.
    ///
    /// # Errors
    /// Where it cannot be read or parsed, or is not there.
    pub(super) fn read_named(
        environment: &Environment,
        path: &Path,
        named: NamedBy,
        format: Format,
    ) -> Result<Self, SourceError> {
        let (shown, bytes) = read_file(environment, path, named)?;
        Self::parse(shown, &bytes, format)
    }

    /// Reads the content of a pull Secret that a flag names, with a note for each thing in
    /// it that was corrected.
    ///
    /// # Errors
    /// As of [`Self::read_named`].
    pub(super) fn read_pull_secret(
        environment: &Environment,
        text: &PullSecretText,
        mend: Mend,
    ) -> Result<(Self, Vec<String>), SourceError> {
        let (shown, bytes) = match text {
            PullSecretText::File(path) => read_file(environment, path, NamedBy::Flag)?,
            PullSecretText::Read(shown, text) => {
                (shown.clone(), Zeroizing::new(text.expose_secret().as_bytes().to_vec()))
            }
        };
        let mended = mend(&bytes)
            .map_err(|fault| SourceError::InvalidConfig { path: shown.clone(), fault })?;
        let Some(Mended { config, notes }) = mended else {
            return Ok((Self::parse(shown, &bytes, Format::PullSecret)?, Vec::new()));
        };
        let notes =
            notes.iter().map(|note| format!("{shown} {note}; corrected in what is written"));
        let notes = notes.collect();
        Ok((Self::parse(shown, config.as_bytes(), Format::PullSecret)?, notes))
    }

    fn parse(shown: String, bytes: &[u8], format: Format) -> Result<Self, SourceError> {
        match DockerConfig::parse(bytes) {
            Ok(config) => Ok(Self::new(shown, config, format)),
            Err(fault) => Err(SourceError::InvalidConfig { path: shown, fault }),
        }
    }

    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut index = Index::new();
            for text in self.config.auth_keys() {
                if let DockerKey::Registry(key) = RegistryKey::from_docker(text) {
                    let paths = index.entry(key.registry().clone()).or_default();
                    let known = paths.entry(key.path().to_owned());
                    known.or_insert_with(|| (key, Vec::new())).1.push(text.to_owned());
                }
            }
            index
        })
    }

    /// Finds the entry for a registry as docker does: of exactly the path that
    /// was named, of docker's own spelling, of another spelling, of a path above
    /// the image.
    pub(super) fn find(
        &self,
        wanted: &CredentialQuery,
    ) -> Result<Option<FoundCredential>, SourceError> {
        let exact = [wanted.key.docker_server()];
        if wanted.key.path().is_empty()
            && let Some(found) = self.take(wanted, &wanted.key, &exact)?
        {
            // The index of all keys is not needed.
            return Ok(Some(found));
        }
        let mut candidates = vec![
            (wanted.key.clone(), self.spellings(&wanted.key, wanted.key.path())),
            (wanted.key.clone(), exact.to_vec()),
            (wanted.key.clone(), self.spellings(&wanted.key, "")),
        ];
        candidates.extend(self.paths_above(wanted));
        for (key, spellings) in candidates {
            if let Some(found) = self.take(wanted, &key, &spellings)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The keys of paths that hold the image or the path that was named, the
    /// longest first, with their spellings.
    pub(super) fn paths_above(&self, wanted: &CredentialQuery) -> Vec<(RegistryKey, Vec<&str>)> {
        let whole = wanted.key.whole_registry().without_default_port();
        let Some(known) = self.index().get(whole.registry()) else { return Vec::new() };
        let path = wanted.path();
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let paths = ends.filter_map(|end| known.get_key_value(path.get(..end)?));
        let mut above: Vec<_> = paths.filter(|(path, _)| !path.is_empty()).collect();
        above.reverse();
        above
            .into_iter()
            .map(|(path, (_, texts))| {
                (wanted.key.with_path(path), texts.iter().map(String::as_str).collect())
            })
            .collect()
    }

    /// The keys that stand for a path of a registry.
    pub(super) fn spellings(&self, key: &RegistryKey, path: &str) -> Vec<&str> {
        let whole = key.whole_registry().without_default_port();
        let texts = self.index().get(whole.registry()).and_then(|known| known.get(path));
        texts.into_iter().flat_map(|(_, texts)| texts).map(String::as_str).collect()
    }

    /// The one credential that stands under these spellings, written under `key`.
    pub(super) fn take(
        &self,
        wanted: &CredentialQuery,
        key: &RegistryKey,
        spellings: &[&str],
    ) -> Result<Option<FoundCredential>, SourceError> {
        let mut taken: Option<(&str, AuthEntry)> = None;
        let mut fault = None;
        for spelling in spellings {
            match self.config.entry(spelling) {
                None => {}
                Some(Err(reason)) => fault = Some((spelling, reason)),
                Some(Ok(entry)) if entry.login.is_empty() => {}
                Some(Ok(entry)) => match &taken {
                    Some((first, other)) if !is_same(&entry.login, &other.login) => {
                        return Err(SourceError::AmbiguousEntries {
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
                Err(SourceError::InvalidEntry {
                    key: clean(spelling),
                    path: self.shown.clone(),
                    fault,
                    registry: wanted.key.clone(),
                })
            });
        };
        secrets::hide_login(&entry.login.username, &entry.login.password);
        entry.login.identity_token.iter().for_each(secrets::hide);
        let mut notes: Vec<String> =
            entry.cautions.iter().map(|caution| format!("{key}: {caution}")).collect();
        if self.format == Format::Docker
            && key.path().is_empty()
            && is_unseen_by_docker(key, spelling)
        {
            notes.push(format!(
                "{key}: docker itself does not see the entry {} in {}",
                clean(spelling),
                self.shown
            ));
        }
        let origin = self.shown.clone();
        let source = match self.format {
            Format::Docker => Source::Docker,
            Format::Podman | Format::PullSecret => Source::Podman,
        };
        Ok(Some(FoundCredential { key: key.clone(), login: entry.login, source, origin, notes }))
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
            "{}: the entry {first}{more} is not valid and is ignored; docker itself would refuse the whole file",
            self.shown
        ))
    }
}

/// The name and the content of a file that was named, or of standard input.
fn read_file(
    environment: &Environment,
    path: &Path,
    named: NamedBy,
) -> Result<(String, Zeroizing<Vec<u8>>), SourceError> {
    let read = match named {
        NamedBy::Flag => files::read_named,
        NamedBy::Variable => files::read,
    };
    let (shown, bytes) = if files::is_stdin(path) {
        ("standard input".to_owned(), files::read_stdin(MAX_CONFIG_BYTES))
    } else {
        (environment.display_path(path), read(path, MAX_CONFIG_BYTES))
    };
    let bytes = bytes.map_err(|fault| unreadable(shown.clone(), fault))?;
    Ok((shown, bytes))
}

fn unreadable(path: String, fault: ReadFault) -> SourceError {
    let reason = match fault {
        ReadFault::NotFound => "there is no such file".to_owned(),
        ReadFault::TooLarge(limit) => format!("it is larger than {} MiB", limit / 1024 / 1024),
        ReadFault::Failed(error) => error.to_string(),
    };
    FileError::Unreadable { path, reason }.into()
}

pub(super) fn is_same(one: &Login, other: &Login) -> bool {
    let token = |login: &Login| login.identity_token.as_ref().map(|t| t.expose_secret().to_owned());
    one.username == other.username
        && one.password.expose_secret() == other.password.expose_secret()
        && token(one) == token(other)
}

/// Docker knows one spelling of Docker Hub, and no port that could be left out.
fn is_unseen_by_docker(key: &RegistryKey, spelling: &str) -> bool {
    let is_hub_alias = key.is_docker_hub() && spelling != key.docker_server();
    let authority = spelling.split_once("://").map_or(spelling, |(_, rest)| rest);
    let authority = authority.split_once('/').map_or(authority, |(authority, _)| authority);
    let has_other_port = authority.ends_with(":443") != key.registry().ends_with(":443");
    is_hub_alias || has_other_port
}

pub(super) fn add_entries(
    known: &mut BTreeMap<RegistryKey, String>,
    configuration: &Configuration,
) {
    for (key, texts) in configuration.index().values().flat_map(BTreeMap::values) {
        for text in texts {
            add_entry(known, configuration, key.clone(), text);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_default_port_that_was_left_out_hides_an_entry_from_docker() {
        for (registry, spelling, is_unseen) in [
            ("ghcr.io", "ghcr.io:443", true),
            ("ghcr.io", "https://ghcr.io:443/v2/", true),
            ("ghcr.io", "https://ghcr.io", false),
            ("127.0.0.1:44300", "127.0.0.1:44300", false),
            ("127.0.0.1:4433", "http://127.0.0.1:4433/v1/", false),
            ("docker.io", "docker.io", true),
            ("docker.io", "https://index.docker.io/v1/", false),
        ] {
            let key = RegistryKey::parse(registry).unwrap();
            assert_eq!(is_unseen_by_docker(&key, spelling), is_unseen, "{spelling}");
        }
    }
}
