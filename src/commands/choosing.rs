//! Which credentials are written: those that were named, that images need, or
//! that a person picks. Nothing is read that was not chosen.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::{ChoosingArguments, Source};
use crate::commands::{Replay, typed};
use crate::error::{Error, Failures};
use crate::registry::credential::{self, Caution, Credential};
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::sources::docker::{Docker, HelperPolicy};
use crate::sources::helper::InstalledHelpers;
use crate::sources::{Found, Lookup, Wanted, look_up_all, prompt};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::Patience;
use crate::system::{clock, files, terminal};

/// A credential to write.
#[derive(Debug)]
pub(super) struct Entry {
    /// What it is for.
    pub key: RegistryKey,
    /// What the kubelet will send.
    pub credential: Credential,
    /// Where it is from, for messages.
    pub origin: String,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// The credentials to write.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// By their keys in `auths`.
    pub entries: BTreeMap<String, Entry>,
    /// What could not be had; only `--all` goes on without it.
    pub failures: Vec<Error>,
    /// What was left out.
    notes: Vec<String>,
}

/// Reads images as the kubelet would.
///
/// # Errors
/// [`Error::InvalidImage`].
pub(super) fn parse_images(images: &[String]) -> Result<Vec<ImageReference>, Error> {
    let parse = |text: &String| {
        ImageReference::parse(text)
            .map_err(|reason| Error::InvalidImage { shown: format!("`{}`", clean(text)), reason })
    };
    images.iter().map(parse).collect()
}

/// Finds the credentials that the arguments and `images` ask for.
///
/// # Errors
/// Everything that keeps one of them from being had; with `--all` only what
/// leaves nothing to write.
pub(super) fn choose(
    arguments: &ChoosingArguments,
    images: &[ImageReference],
    environment: &Environment,
    replay: &mut Replay,
) -> Result<Chosen, Failures> {
    let reads_stdin = arguments.authfile.as_deref().is_some_and(files::is_stdin);
    if arguments.password_stdin && reads_stdin {
        return Err(Error::StdinTwice.into());
    }
    let mut wanted = named(arguments)?;
    wanted.extend(images.iter().map(Wanted::image));
    if arguments.username.is_some() || arguments.password_stdin {
        let mut chosen = Chosen::default();
        add(&mut chosen, typed::credential(arguments, &wanted, replay)?)?;
        return Ok(chosen);
    }
    let policy = match (arguments.ignore_helpers, &arguments.authfile) {
        (true, _) => HelperPolicy::Ignore,
        (false, Some(_)) if !arguments.allow_helpers => HelperPolicy::Refuse,
        (false, _) => HelperPolicy::Start,
    };
    let docker = uses(arguments, Source::Docker)
        .then(|| Docker::load(environment, arguments.authfile.as_deref(), policy))
        .transpose()?;
    for note in docker.iter().flat_map(|docker| &docker.notes) {
        messages::warning(note);
    }
    let patience = if terminal::can_ask() { Patience::WITH_TERMINAL } else { Patience::ALONE };
    let programs = InstalledHelpers::new(environment, patience);
    let search = Search { arguments, docker: docker.as_ref(), programs };
    let mut chosen = Chosen::default();
    if wanted.is_empty() && !arguments.all {
        wanted.extend(search.pick(replay)?.into_iter().map(Wanted::registry));
    }
    search.find(wanted, &mut chosen, replay)?;
    if arguments.all {
        search.find_all(&mut chosen)?;
    } else {
        Failures::check(std::mem::take(&mut chosen.failures))?;
    }
    chosen.notes.extend(docker.as_ref().and_then(Docker::broken_entries));
    Ok(chosen)
}

/// Says what is odd, and where each credential is from.
pub(super) fn tell(chosen: &Chosen) {
    for note in &chosen.notes {
        messages::warning(note);
    }
    for entry in chosen.entries.values() {
        for note in &entry.notes {
            messages::warning(note);
        }
    }
    let origins: Vec<String> = chosen
        .entries
        .values()
        .map(|entry| {
            let username = clean(entry.credential.shown_username());
            format!("{}: {username}, from {}", entry.key, entry.origin)
        })
        .collect();
    messages::lines(&origins);
}

fn uses(arguments: &ChoosingArguments, source: Source) -> bool {
    arguments.sources.is_empty() || arguments.sources.contains(&source)
}

fn named(arguments: &ChoosingArguments) -> Result<Vec<Wanted>, Error> {
    let parse = |text: &String| match RegistryKey::parse(text) {
        Ok(key) => Ok(Wanted::registry(key)),
        Err(reason) => {
            // What stands before `@` may be a password.
            let shown = text.rsplit_once('@').map_or(text.as_str(), |(_, host)| host);
            Err(Error::InvalidRegistry { shown: format!("`{}`", clean(shown)), reason })
        }
    };
    arguments.registries.iter().map(parse).collect()
}

fn add(chosen: &mut Chosen, found: Found) -> Result<(), Error> {
    let Found { key, login, origin, mut notes } = found;
    match credential::usable(&key, login, clock::now()) {
        Ok((credential, cautions)) => {
            notes.extend(cautions.iter().map(|caution: &Caution| format!("{key}: {caution}")));
            chosen.entries.insert(key.auths_key(), Entry { key, credential, origin, notes });
            Ok(())
        }
        Err(refusal) => Err(Error::Unusable { registry: key, origin, refusal }),
    }
}

/// The sources that one command may ask.
struct Search<'a> {
    arguments: &'a ChoosingArguments,
    docker: Option<&'a Docker>,
    programs: InstalledHelpers<'a>,
}

impl Search<'_> {
    fn can_prompt(&self) -> bool {
        uses(self.arguments, Source::Prompt) && terminal::can_ask()
    }

    /// The registries that credentials are known for, where from, and the
    /// failures of what could not be listed.
    fn known(&self) -> (BTreeMap<RegistryKey, String>, Vec<Error>) {
        self.docker.map(|docker| docker.known(&self.programs)).unwrap_or_default()
    }

    fn nothing_known(&self) -> Error {
        Error::NothingKnown { looked: self.docker.map(Docker::places).unwrap_or_default() }
    }

    /// The registries to take where none was named: the one that is known, or
    /// what a person answers.
    fn pick(&self, replay: &mut Replay) -> Result<Vec<RegistryKey>, Failures> {
        let (known, failures) = self.known();
        Failures::check(failures)?;
        if known.len() == 1 {
            return Ok(known.into_keys().collect());
        }
        if known.is_empty() {
            if !self.can_prompt() {
                return Err(self.nothing_known().into());
            }
            let registry = prompt::ask_registry()?;
            replay.add(["--registry", &registry.to_string()]);
            return Ok(vec![registry]);
        }
        let lines: Vec<String> =
            known.iter().map(|(key, origin)| format!("{key}, from {origin}")).collect();
        if !self.can_prompt() {
            return Err(Error::ChooseRegistry { known: lines }.into());
        }
        let places: BTreeSet<usize> =
            prompt::ask_which("Which credentials", &lines)?.into_iter().collect();
        let picked = known.into_keys().enumerate().filter(|(place, _)| places.contains(place));
        let picked: Vec<RegistryKey> = picked.map(|(_, key)| key).collect();
        if picked.is_empty() {
            let hint = "select with the space bar before enter, or name one: --registry HOST";
            return Err(Error::usage("no registry was selected", hint).into());
        }
        for key in &picked {
            replay.add(["--registry", &key.to_string()]);
        }
        Ok(picked)
    }

    /// Adds whatever is known to `chosen`. That a configuration names a registry
    /// without a login is no failure.
    fn find_all(&self, chosen: &mut Chosen) -> Result<(), Failures> {
        let (known, failures) = self.known();
        chosen.failures.extend(failures);
        let wanted = known.into_keys().filter(|key| !chosen.entries.contains_key(&key.auths_key()));
        for (wanted, answer) in self.look_up(wanted.map(Wanted::registry).collect()) {
            let result = match answer {
                Ok(Lookup::Found(found)) => add(chosen, found),
                Ok(Lookup::NotFound { looked, .. }) => {
                    let left_out = format!("{} is left out: {}", wanted.key, looked.join(", "));
                    chosen.notes.push(left_out);
                    Ok(())
                }
                Err(error) => Err(error),
            };
            chosen.failures.extend(result.err());
        }
        if chosen.entries.is_empty() {
            Failures::check(std::mem::take(&mut chosen.failures))?;
            return Err(self.nothing_known().into());
        }
        Ok(())
    }

    /// Fills `chosen` with what the sources have for `wanted`, and asks for the rest.
    fn find(
        &self,
        wanted: Vec<Wanted>,
        chosen: &mut Chosen,
        replay: &mut Replay,
    ) -> Result<(), Error> {
        let mut missing = Vec::new();
        for (wanted, answer) in self.look_up(wanted) {
            match answer {
                Ok(Lookup::Found(found)) => {
                    let refused = add(chosen, found).err();
                    chosen.failures.extend(refused);
                }
                Ok(Lookup::NotFound { looked, hint }) => missing.push((wanted, looked, hint)),
                Err(error) => chosen.failures.push(error),
            }
        }
        // Nobody types a password for a command that cannot succeed.
        let asks = self.can_prompt() && chosen.failures.is_empty();
        let only = missing.len() == 1 && chosen.entries.is_empty() && !self.arguments.all;
        for (wanted, looked, hint) in missing {
            if asks {
                for place in &looked {
                    messages::line(&format!("{}: {place}", wanted.key));
                }
                let found = typed::ask(&wanted.key, only.then_some(&mut *replay))?;
                add(chosen, found)?;
            } else {
                chosen.failures.push(Error::NoCredential { registry: wanted.key, looked, hint });
            }
        }
        Ok(())
    }

    /// Looks up each registry once; again for an image only where the answer
    /// for another image was a credential of a path.
    fn look_up(&self, wanted: Vec<Wanted>) -> Vec<(Wanted, Result<Lookup, Error>)> {
        let mut seen = BTreeSet::new();
        let (first, others): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|wanted| seen.insert(wanted.key.clone()));
        let answers = self.look_up_each(&first);
        let of_paths: BTreeSet<&RegistryKey> = first
            .iter()
            .zip(&answers)
            .filter(|(wanted, answer)| match answer {
                Ok(Lookup::Found(found)) => found.key != wanted.key,
                _ => false,
            })
            .map(|(wanted, _)| &wanted.key)
            .collect();
        let again: Vec<Wanted> =
            others.into_iter().filter(|other| of_paths.contains(&other.key)).collect();
        let more = self.look_up_each(&again);
        first.into_iter().chain(again).zip(answers.into_iter().chain(more)).collect()
    }

    fn look_up_each(&self, wanted: &[Wanted]) -> Vec<Result<Lookup, Error>> {
        let answers = look_up_all(wanted, |wanted| match self.docker {
            Some(docker) => docker.look_up(wanted, &self.programs),
            None => Ok(Lookup::NotFound { looked: Vec::new(), hint: None }),
        });
        for (wanted, answer) in wanted.iter().zip(&answers) {
            let words = match answer {
                Ok(Lookup::Found(found)) => format!("found in {}", found.origin),
                Ok(Lookup::NotFound { looked, .. }) => looked.join(", "),
                Err(error) => error.to_string(),
            };
            messages::detail(&format!("{}: {words}", wanted.key));
        }
        answers
    }
}
