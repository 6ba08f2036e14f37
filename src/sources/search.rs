//! The sources that one command may ask, in their order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::registry::key::RegistryKey;
use crate::sources::auths::config::ConfigFault;
use crate::sources::docker::{Docker, HelperPolicy};
use crate::sources::error::SourceError;
use crate::sources::helper::InstalledHelpers;
use crate::sources::login_store::LoginStore;
use crate::sources::podman::Podman;
use crate::sources::{CredentialQuery, Lookup, Remedy, Source, near, store};
use crate::system::environment::Environment;
use crate::system::process::Timeout;
use crate::system::{messages, parallel, programs, terminal};

/// A file that is read in place of docker's and podman's own.
#[derive(Clone, Debug)]
pub(crate) enum NamedFile {
    /// Docker's `config.json` or podman's `auth.json`.
    Authfile(PathBuf),
    /// The dockerconfigjson of a pull Secret, of which only the entries are read, once
    /// this corrected what is around them.
    DockerConfigJson(PullSecretText, Mend),
}

/// Where the text of a pull Secret is.
#[derive(Clone, Debug)]
pub(crate) enum PullSecretText {
    /// In this file.
    File(PathBuf),
    /// Here: what it is called in messages, and the text.
    Read(String, SecretString),
}

/// Returns the docker config that the content of a file stands for, corrected; none
/// where there is nothing to correct.
pub(crate) type Mend = fn(&[u8]) -> Result<Option<Mended>, ConfigFault>;

/// A docker config that was corrected.
pub(crate) struct Mended {
    /// Its JSON.
    pub(crate) config: Zeroizing<String>,
    /// What was wrong, as what follows the name of the file.
    pub(crate) notes: Vec<String>,
}

impl NamedFile {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Authfile(path) | Self::DockerConfigJson(PullSecretText::File(path), _) => {
                Some(path)
            }
            Self::DockerConfigJson(PullSecretText::Read(..), _) => None,
        }
    }
}

/// Which sources are asked, and whether they may start credential helpers.
#[derive(Clone, Debug)]
pub(crate) struct SourceOptions {
    /// Those that are asked, in any order; all of them where it is empty.
    pub(crate) sources: Vec<Source>,
    /// The file that was named, if any was.
    pub(crate) file: Option<NamedFile>,
    /// What becomes of the helpers that files name.
    pub(crate) policy: HelperPolicy,
}

/// The sources that the options leave.
pub(crate) struct Search<'a> {
    options: &'a SourceOptions,
    environment: &'a Environment,
    /// What `login` keeps.
    saved: Option<LoginStore>,
    docker: Option<Docker>,
    /// None where it is left out, or cannot be read, which is an error once it is needed.
    podman: Option<Podman>,
    programs: InstalledHelpers<'a>,
}

impl<'a> Search<'a> {
    /// Reads the configurations, and says what is odd about them.
    ///
    /// # Errors
    /// Where docker's, or one that was named, cannot be read.
    pub(crate) fn new(
        options: &'a SourceOptions,
        environment: &'a Environment,
    ) -> Result<Self, SourceError> {
        let timeout = if terminal::can_ask() { Timeout::WITH_TERMINAL } else { Timeout::ALONE };
        let programs = InstalledHelpers::new(environment, timeout);
        let mut search =
            Self { options, environment, saved: None, docker: None, podman: None, programs };
        let is_file_named = options.file.is_some();
        if search.uses(Source::Keyring) && !is_file_named {
            search.saved = Some(LoginStore::load(environment, store::keyring(timeout))?);
        }
        if search.reads_podman() {
            search.podman = search.load_podman().ok();
        }
        if search.reads_only_entries() && search.podman.is_none() {
            search.load_podman()?;
        }
        let is_podmans = is_file_named && search.podman.is_some();
        if search.uses(Source::Docker) && !is_podmans {
            let authfile = search.named_file();
            search.docker = Some(Docker::load(environment, authfile, options.policy)?);
        }
        let dockers = search.docker.iter().flat_map(|docker| &docker.notes);
        for note in dockers.chain(search.podman.iter().flat_map(|podman| &podman.notes)) {
            messages::warning(note);
        }
        Ok(search)
    }

    fn uses(&self, source: Source) -> bool {
        self.options.sources.is_empty() || self.options.sources.contains(&source)
    }

    /// A file that was named is podman's if it is called as podman's files are:
    /// docker's have the same shape, and differ in what the key of a path means.
    /// What `--from-file` names is meant for the kubelet, which reads paths as
    /// podman does.
    fn reads_podman(&self) -> bool {
        let is_podmans = match &self.options.file {
            Some(NamedFile::Authfile(path)) => path.ends_with("auth.json"),
            Some(NamedFile::DockerConfigJson(..)) | None => true,
        };
        self.uses(Source::Podman) && is_podmans
    }

    fn named_file(&self) -> Option<&'a Path> {
        self.options.file.as_ref().and_then(NamedFile::path)
    }

    fn load_podman(&self) -> Result<Podman, SourceError> {
        match &self.options.file {
            Some(NamedFile::DockerConfigJson(text, mend)) => {
                Podman::load_pull_secret(self.environment, text, *mend)
            }
            _ => Podman::load(self.environment, self.named_file(), self.options.policy),
        }
    }

    /// Whether only the entries of one file are read, and no helper is asked.
    pub(crate) fn reads_only_entries(&self) -> bool {
        matches!(self.options.file, Some(NamedFile::DockerConfigJson(..)))
    }

    /// Whether a person may be asked.
    pub(crate) fn can_prompt(&self) -> bool {
        self.uses(Source::Prompt) && terminal::can_ask()
    }

    /// The registries that credentials are known for, where from, and the
    /// failures of what could not be listed. No secret is read.
    pub(crate) fn known(&self) -> (BTreeMap<RegistryKey, String>, Vec<SourceError>) {
        let dockers = self.docker.as_ref().map(|docker| docker.known(&self.programs));
        let (dockers, mut failures) = dockers.unwrap_or_default();
        if self.podman.is_none() && self.reads_podman() {
            failures.extend(self.load_podman().err());
        }
        let mut known = self.podman.as_ref().map(Podman::known).unwrap_or_default();
        known.extend(dockers);
        let saved = self.saved.as_ref();
        known.extend(
            saved.into_iter().flat_map(|saved| {
                saved.registries().iter().map(|key| (key.clone(), saved.origin()))
            }),
        );
        (known, failures)
    }

    /// The registries that files name or hold credentials for, and those of `login`.
    /// Starts nothing where the options ignore helpers.
    pub(crate) fn named(&self) -> BTreeSet<RegistryKey> {
        let named = self.docker.iter().flat_map(Docker::named);
        named.chain(self.known().0.into_keys()).collect()
    }

    /// The short name of the source that [`Self::known`] has a registry from, as
    /// `--source` takes it.
    pub(crate) fn source_name(&self, key: &RegistryKey, origin: &str) -> &'static str {
        let is_podmans = |podman: &Podman| podman.known().get(key).is_some_and(|it| it == origin);
        if self.saved.as_ref().is_some_and(|saved| saved.registries().contains(key)) {
            "keyring"
        } else if self.podman.as_ref().is_some_and(is_podmans) {
            "podman"
        } else {
            "docker"
        }
    }

    /// Makes the index of what `login` keeps agree with the keyring, if it lists
    /// anything. Gives why it could not be looked.
    pub(crate) fn repair(&mut self) -> Option<SourceError> {
        let saved = self.saved.as_mut().filter(|saved| !saved.registries().is_empty())?;
        saved.repair().err()
    }

    /// Where credentials are looked for, for messages.
    pub(crate) fn places(&self) -> Vec<String> {
        let dockers = self.docker.as_ref().map(Docker::places).unwrap_or_default();
        let podmans = self.podman.as_ref().map(Podman::places).unwrap_or_default();
        let saved = self.saved.as_ref().filter(|_| self.docker.is_none() && podmans.is_empty());
        let saveds = saved.map(|saved| format!("{} (lists nothing)", saved.index_path()));
        [saveds.into_iter().collect(), dockers, podmans].concat()
    }

    /// What is odd about entries that were not asked for.
    pub(crate) fn broken_entries(&self) -> Option<String> {
        self.docker.as_ref().and_then(Docker::broken_entries)
    }

    /// Asks the sources in their order; what docker has counts before podman's.
    fn look_up_one(&self, wanted: &CredentialQuery) -> Result<Lookup, SourceError> {
        let saved =
            self.saved.as_ref().map(|saved| saved.look_up_and_repair(wanted)).transpose()?;
        match saved {
            Some(Lookup::Found(mut found)) => {
                let docker = self.docker.as_ref();
                let place = docker.and_then(|docker| docker.file_naming(wanted));
                found.notes.extend(place.map(|place| {
                    format!(
                        "{}: also found in docker ({place}); using the one from `kubectl regcred login` (override: --source docker)",
                        wanted.key
                    )
                }));
                Ok(Lookup::Found(found))
            }
            Some(Lookup::NotFound { mut searched, remedy: own }) => {
                let mut answer = self.look_up_in_files(wanted)?;
                if let Lookup::NotFound { searched: others, remedy } = &mut answer {
                    // Without other sources its hint is the one.
                    if others.is_empty() {
                        *remedy = own;
                    }
                    searched.append(others);
                    *others = searched;
                }
                Ok(answer)
            }
            None => self.look_up_in_files(wanted),
        }
    }

    /// Asks docker, then podman.
    fn look_up_in_files(&self, wanted: &CredentialQuery) -> Result<Lookup, SourceError> {
        let dockers = match &self.docker {
            Some(docker) => docker.look_up(wanted, &self.programs)?,
            None => Lookup::NotFound { searched: Vec::new(), remedy: None },
        };
        match dockers {
            Lookup::Found(mut found) => {
                let podman = self.podman.as_ref();
                let word = podman.and_then(|podman| podman.disagreement(wanted, &found));
                found.notes.extend(word);
                Ok(Lookup::Found(found))
            }
            Lookup::NotFound { mut searched, remedy } if self.reads_podman() => {
                let answer = match &self.podman {
                    Some(podman) => podman.look_up(wanted, &self.programs)?,
                    None => self.load_podman()?.look_up(wanted, &self.programs)?,
                };
                Ok(match answer {
                    Lookup::Found(found) => Lookup::Found(found),
                    Lookup::NotFound { searched: podmans, .. } => {
                        searched.extend(podmans);
                        Lookup::NotFound { searched, remedy }
                    }
                })
            }
            not_found @ Lookup::NotFound { .. } => Ok(not_found),
        }
    }

    /// Looks up each registry once; again for an image only where credentials of
    /// paths may serve one image and not another.
    pub(crate) fn look_up(
        &self,
        wanted: Vec<CredentialQuery>,
    ) -> Vec<(CredentialQuery, Result<Lookup, SourceError>)> {
        let mut seen = BTreeSet::new();
        let (first, others): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|wanted| seen.insert(wanted.key.clone()));
        let answers = self.look_up_each(&first);
        let of_paths: BTreeSet<&RegistryKey> = first
            .iter()
            .zip(&answers)
            .filter(|(wanted, answer)| match answer {
                Ok(Lookup::Found(found)) => found.key != wanted.key,
                Ok(Lookup::NotFound { .. }) => self.knows_paths_of(&wanted.key),
                Err(_) => false,
            })
            .map(|(wanted, _)| &wanted.key)
            .collect();
        let again: Vec<CredentialQuery> =
            others.into_iter().filter(|other| of_paths.contains(&other.key)).collect();
        let more = self.look_up_each(&again);
        let mut answers: Vec<_> =
            first.into_iter().chain(again).zip(answers.into_iter().chain(more)).collect();
        self.suggest(&mut answers);
        answers
    }

    /// Adds what would help where nothing was found: the registry that was probably
    /// meant, or a login that needs no docker.
    fn suggest(&self, answers: &mut [(CredentialQuery, Result<Lookup, SourceError>)]) {
        let has_docker =
            || matches!(programs::find(self.environment, "docker"), programs::Search::Found(_));
        let mut known = None;
        for (wanted, answer) in answers {
            let Ok(Lookup::NotFound { remedy, .. }) = answer else { continue };
            if matches!(remedy, Some(Remedy::AccessToken | Remedy::UseEntry)) {
                continue;
            }
            let known = known.get_or_insert_with(|| self.known().0);
            if let Some(near) = near::registry(&wanted.key, known.keys()) {
                *remedy = Some(Remedy::UseRegistry(near));
            } else if remedy.is_none() && self.reads_only_entries() {
                *remedy = Some(Remedy::UseOneOf(known.keys().cloned().collect()));
            } else if remedy.is_none() && !has_docker() {
                *remedy = Some(Remedy::LogIn(wanted.key.clone()));
            }
        }
    }

    /// Whether a source has credentials for paths of a registry.
    fn knows_paths_of(&self, key: &RegistryKey) -> bool {
        let is_path =
            |known: &RegistryKey| known.registry() == key.registry() && !known.path().is_empty();
        self.podman.as_ref().is_some_and(|podman| podman.known().keys().any(is_path))
            || self.saved.as_ref().is_some_and(|saved| saved.registries().iter().any(is_path))
    }

    fn look_up_each(&self, wanted: &[CredentialQuery]) -> Vec<Result<Lookup, SourceError>> {
        let answers = parallel::map_parallel(wanted, |wanted| self.look_up_one(wanted));
        for (wanted, answer) in wanted.iter().zip(&answers) {
            let words = match answer {
                Ok(Lookup::Found(found)) => format!("found in {}", found.origin),
                Ok(Lookup::NotFound { searched, .. }) => searched.join(", "),
                Err(error) => error.to_string(),
            };
            messages::detail(&format!("{}: {words}", wanted.key));
        }
        answers
    }
}
