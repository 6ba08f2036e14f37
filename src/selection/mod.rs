//! Which credentials are written: those that were named, that images need, or
//! that a person picks. Nothing is read that was not chosen.

pub(crate) mod manifests;
pub(crate) mod mending;
mod missing;
pub(crate) mod pull_secret;
pub(crate) mod replay;
#[cfg(test)]
mod tests;
pub(crate) mod typed;
pub(crate) mod verification;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::sources::search::{Search, SourceOptions};
use missing::Missing;
pub(crate) use replay::Replay;
use typed::TypedOptions;

use crate::error::{CredentialError, Error, Failures, FirstLogin, KnownRegistry, UsageError};
use crate::manifest::error::ManifestError;
use crate::manifest::payload::Credentials;
use crate::registry::credential::{self, Caution, Credential};
use crate::registry::key::RegistryKey;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::sources::{CredentialQuery, FoundCredential, Lookup, Source, prompt};
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::shell;
use crate::system::terminal::EnterTakes;
use crate::system::untrusted::argument;

/// A credential to write.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What it is for.
    pub key: RegistryKey,
    /// What the kubelet will send.
    pub credential: Credential,
    /// The source that holds it.
    pub source: Source,
    /// Where it is from, for messages.
    pub origin: String,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// The credentials to write.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// By their keys in `auths`.
    pub entries: BTreeMap<String, Entry>,
    /// What could not be had; only `--all` goes on without it.
    pub failures: Vec<Error>,
    /// What was left out.
    notes: Vec<String>,
    /// The repositories of images that are taken for public.
    public: BTreeSet<String>,
}

impl Chosen {
    /// Returns the images that need these credentials: those that are not taken for
    /// public.
    pub(crate) fn private(&self, images: &[ImageReference]) -> Vec<ImageReference> {
        let is_private = |image: &&ImageReference| !self.public.contains(&image.repository());
        images.iter().filter(is_private).cloned().collect()
    }

    /// Returns the credentials by their registries.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        self.entries.values().map(|entry| (entry.key.clone(), &entry.credential)).collect()
    }
}

/// Which credentials are wanted, and where they come from.
#[derive(Clone, Debug)]
pub(crate) struct SelectionOptions {
    /// The registries that were named.
    pub(crate) registries: Vec<RegistryKey>,
    /// The images that were named.
    pub(crate) images: Vec<ImageReference>,
    /// The manifests whose images count too.
    pub(crate) manifests: ManifestOptions,
    /// Whether the credentials of all known registries are wanted.
    pub(crate) all: bool,
    /// A credential that is typed or piped; none is looked up then.
    pub(crate) typed: Option<TypedOptions>,
    /// Where credentials are looked up.
    pub(crate) sources: SourceOptions,
}

/// Manifests that were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ManifestOptions {
    /// Files and folders; `-` is standard input.
    pub(crate) paths: Vec<PathBuf>,
    /// Whether folders are read with all that is below them.
    pub(crate) recursive: bool,
}

/// The images that were named, and those in the manifests that were.
///
/// # Errors
/// As of [`images_of_registries`].
pub(crate) fn images(options: &SelectionOptions) -> Result<Vec<ImageReference>, Error> {
    Ok([options.images.clone(), images_of_registries(options)?].concat())
}

/// The images in the manifests that were named. Where registries were named too, only
/// their images count.
///
/// # Errors
/// [`UsageError::InvalidImage`]; manifests that cannot be read; registries that no image
/// comes from.
pub(crate) fn images_of_registries(
    options: &SelectionOptions,
) -> Result<Vec<ImageReference>, Error> {
    let images = images_of_manifests(&options.manifests)?;
    if options.registries.is_empty() || images.is_empty() {
        return Ok(images);
    }
    let is_wanted = |image: &&ImageReference| {
        let mut registries = options.registries.iter();
        let key = RegistryKey::of_image(image);
        registries.any(|registry| registry.covers(key.registry(), image.path()))
    };
    let wanted: Vec<ImageReference> = images.iter().filter(is_wanted).cloned().collect();
    if wanted.is_empty() {
        return Err(no_image_of(&options.registries, images.iter()));
    }
    Ok(wanted)
}

/// The error of registries that were named and that no image comes from: one may be
/// misspelled.
pub(crate) fn no_image_of<'i>(
    registries: &[RegistryKey],
    images: impl Iterator<Item = &'i ImageReference>,
) -> Error {
    let found: BTreeSet<String> =
        images.map(|image| RegistryKey::of_image(image).to_string()).collect();
    Error::from(ManifestError::NoImageOf {
        registries: registries.iter().map(ToString::to_string).collect(),
        found: found.into_iter().collect(),
    })
}

/// The images in the manifests that were named.
///
/// # Errors
/// Manifests that cannot be read, or hold no image.
pub(crate) fn images_of_manifests(options: &ManifestOptions) -> Result<Vec<ImageReference>, Error> {
    let ManifestOptions { paths, recursive } = options;
    let images = manifests::images(paths, *recursive)?;
    if images.is_empty() && !paths.is_empty() {
        let hint = "name manifests of Pods or of workloads: -f FILE";
        return Err(Error::usage("the manifests name no image", hint));
    }
    images.iter().map(|image| parse_image(image)).collect()
}

/// Reads an image as the kubelet would.
///
/// # Errors
/// [`UsageError::InvalidImage`].
pub(crate) fn parse_image(text: &str) -> Result<ImageReference, Error> {
    ImageReference::parse(text).map_err(|reason| {
        Error::from(UsageError::InvalidImage { shown: shown_image(text), reason })
    })
}

/// Finds the credentials that the options and `images` ask for.
///
/// # Errors
/// Everything that keeps one of them from being had; with `--all` only what
/// leaves nothing to write.
pub(crate) fn choose(
    options: &SelectionOptions,
    images: &[ImageReference],
    environment: &Environment,
    replay: &mut Replay,
) -> Result<Chosen, Failures> {
    let mut wanted = named(options);
    wanted.extend(images.iter().map(CredentialQuery::image));
    if let Some(typed) = &options.typed {
        let mut chosen = Chosen::default();
        add(&mut chosen, typed::credential(typed, &wanted, replay)?)?;
        return Ok(chosen);
    }
    let search = Search::new(&options.sources, environment)?;
    let mut chosen = Chosen::default();
    if wanted.is_empty() && !options.all {
        wanted.extend(pick(&search, replay)?.into_iter().map(CredentialQuery::registry));
    }
    find(&search, wanted, images, &mut chosen, replay)?;
    if options.all {
        find_all(&search, &mut chosen)?;
    } else {
        if search.reads_only_entries() {
            note_good_entries(&chosen);
        }
        Failures::check(std::mem::take(&mut chosen.failures))?;
    }
    chosen.notes.extend(search.broken_entries());
    Ok(chosen)
}

/// Finds the credentials that were named, or else whatever is known for the
/// registries of these images. A typed credential needs a registry that was named.
///
/// # Errors
/// As of [`choose`]; that nothing is known for an image is none.
pub(crate) fn choose_for(
    options: &SelectionOptions,
    images: &BTreeMap<String, ImageReference>,
    environment: &Environment,
    replay: &mut Replay,
) -> Result<Chosen, Failures> {
    if options.names_registries() {
        return choose(options, &options.images, environment, replay);
    }
    choose_known(options, images.values(), environment)
}

/// Whatever is known for the registries of these images, and nothing else.
///
/// # Errors
/// What is known and cannot be had.
pub(crate) fn choose_known<'i>(
    options: &SelectionOptions,
    images: impl Iterator<Item = &'i ImageReference>,
    environment: &Environment,
) -> Result<Chosen, Failures> {
    let search = Search::new(&options.sources, environment)?;
    let mut chosen = Chosen::default();
    for (_, answer) in search.look_up(images.map(CredentialQuery::image).collect()) {
        match answer {
            Ok(Lookup::Found(found)) => {
                let refused = add(&mut chosen, found).err();
                chosen.failures.extend(refused);
            }
            Ok(Lookup::NotFound { .. }) => {}
            Err(error) => chosen.failures.push(error.into()),
        }
    }
    if !options.all {
        Failures::check(std::mem::take(&mut chosen.failures))?;
    }
    chosen.notes.extend(search.broken_entries());
    Ok(chosen)
}

/// The keys that would be written for the registries that were named, or else
/// for all that are known. No secret is read.
///
/// # Errors
/// What cannot be parsed or listed.
pub(crate) fn known_keys(
    options: &SelectionOptions,
    environment: &Environment,
) -> Result<BTreeSet<String>, Failures> {
    let mut wanted = named(options);
    wanted.extend(options.images.iter().map(CredentialQuery::image));
    if !wanted.is_empty() {
        return Ok(wanted.into_iter().map(|wanted| wanted.key.auths_key()).collect());
    }
    let search = Search::new(&options.sources, environment)?;
    let (known, failures) = search.known();
    Failures::check(failures)?;
    Ok(known.into_keys().map(|key| key.auths_key()).collect())
}

/// Says which entries of a file can be chosen, where others cannot be used.
fn note_good_entries(chosen: &Chosen) {
    if chosen.failures.is_empty() || chosen.entries.is_empty() {
        return;
    }
    let good =
        chosen.entries.values().map(|entry| shell::flag("--registry", &entry.key.to_string()));
    let good: Vec<String> = good.collect();
    messages::note(&format!("to take the other entries alone: {}", good.join(" ")));
}

/// Says what is odd, and where each credential is from.
pub(crate) fn report(chosen: &Chosen) {
    for note in &chosen.notes {
        messages::warning(note);
    }
    for entry in chosen.entries.values() {
        for note in &entry.notes {
            messages::warning(note);
        }
    }
    for entry in chosen.entries.values().filter(|entry| !entry.key.path().is_empty()) {
        messages::note(&format!(
            "{} is the key of a path: podman and the kubelet honour it, docker does not",
            entry.key
        ));
    }
    let origins: Vec<String> = chosen
        .entries
        .values()
        .map(|entry| {
            let username = clean(&entry.credential.shown_username());
            format!("{}: {username}, from {}", entry.key, entry.origin)
        })
        .collect();
    messages::lines(&origins);
}

fn named(options: &SelectionOptions) -> Vec<CredentialQuery> {
    options.registries.iter().cloned().map(CredentialQuery::registry).collect()
}

impl SelectionOptions {
    /// Whether registries were named, or images whose registries are meant.
    pub(crate) fn names_registries(&self) -> bool {
        !self.registries.is_empty() || !self.images.is_empty()
    }
}

/// Reads a registry as a person types it.
///
/// # Errors
/// [`UsageError::InvalidRegistry`].
pub(crate) fn parse_registry(text: &str) -> Result<RegistryKey, Error> {
    RegistryKey::parse(text).map_err(|reason| {
        // What stands before `@`, or is asked by a URL, may be a password.
        let shown = text.rsplit_once('@').map_or(text, |(_, host)| host);
        let shown = shown.split(['?', '#']).next().unwrap_or_default();
        Error::from(UsageError::InvalidRegistry { shown: format!("`{}`", argument(shown)), reason })
    })
}

/// An image that is none, for messages.
pub(crate) fn shown_image(text: &str) -> String {
    format!("`{}`", clean(without_user_info(text)))
}

fn add(chosen: &mut Chosen, found: FoundCredential) -> Result<(), Error> {
    let FoundCredential { key, login, source, origin, mut notes } = found;
    match credential::for_pull_secret(&key, login, clock::now()) {
        Ok((credential, cautions)) => {
            notes.extend(
                cautions.iter().map(|caution: &Caution| format!("{key}: {}", caution.describe())),
            );
            let entry = Entry { key, credential, source, origin, notes };
            chosen.entries.insert(entry.key.auths_key(), entry);
            Ok(())
        }
        Err(refusal) => {
            Err(Error::from(CredentialError::Unusable { registry: key, origin, refusal }))
        }
    }
}

/// The registries to take where none was named: the one that is known, all of
/// `--from-file`, or what a person answers.
fn pick(search: &Search<'_>, replay: &mut Replay) -> Result<Vec<RegistryKey>, Failures> {
    let (known, failures) = search.known();
    Failures::check(failures)?;
    if known.len() == 1 || (search.reads_only_entries() && !known.is_empty()) {
        return Ok(known.into_keys().collect());
    }
    if known.is_empty() {
        if !search.can_prompt() || search.reads_only_entries() {
            return Err(nothing_known(search).into());
        }
        messages::line("no login for any registry was found; looked in:");
        let places: Vec<String> = search.places().iter().map(|it| format!("  {it}")).collect();
        messages::lines(&places);
        let registry = prompt::ask_registry(None)?;
        replay.add(["--registry", &registry.to_string()]);
        return Ok(vec![registry]);
    }
    if !search.can_prompt() {
        let known = known.into_iter().map(|(key, origin)| KnownRegistry { key, origin });
        return Err(Error::from(CredentialError::ChooseRegistry { known: known.collect() }).into());
    }
    let lines: Vec<String> = known
        .iter()
        .map(|(key, origin)| format!("{key}, from {}", search.source_name(key, origin)))
        .collect();
    let places = prompt::ask_which("Which credentials", &lines, EnterTakes::Highlighted)?;
    let places: BTreeSet<usize> = places.into_iter().collect();
    let picked = known.into_keys().enumerate().filter(|(place, _)| places.contains(place));
    let picked: Vec<RegistryKey> = picked.map(|(_, key)| key).collect();
    if picked.is_empty() {
        let hint = "name one: --registry HOST";
        return Err(Error::usage("no registry was selected", hint).into());
    }
    for key in &picked {
        replay.add(["--registry", &key.to_string()]);
    }
    Ok(picked)
}

/// Adds whatever is known to `chosen`. That a configuration names a registry
/// without a login is no failure.
fn find_all(search: &Search<'_>, chosen: &mut Chosen) -> Result<(), Failures> {
    let (known, failures) = search.known();
    chosen.failures.extend(failures.into_iter().map(Error::from));
    let wanted = known.into_keys().filter(|key| !chosen.entries.contains_key(&key.auths_key()));
    for (wanted, answer) in search.look_up(wanted.map(CredentialQuery::registry).collect()) {
        let result = match answer {
            Ok(Lookup::Found(found)) => add(chosen, found),
            Ok(Lookup::NotFound { searched, .. }) => {
                let skipped = format!("skipped {}: {}", wanted.key, searched.join(", "));
                chosen.notes.push(skipped);
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        chosen.failures.extend(result.err());
    }
    if chosen.entries.is_empty() {
        Failures::check(std::mem::take(&mut chosen.failures))?;
        return Err(nothing_known(search).into());
    }
    Ok(())
}

/// Fills `chosen` with what the sources have for `wanted`, and asks for the rest. Where
/// something is found, images without a credential are taken for public.
fn find(
    search: &Search<'_>,
    wanted: Vec<CredentialQuery>,
    images: &[ImageReference],
    chosen: &mut Chosen,
    replay: &mut Replay,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    for (wanted, answer) in search.look_up(wanted) {
        match answer {
            Ok(Lookup::Found(found)) => {
                let refused = add(chosen, found).err();
                chosen.failures.extend(refused);
            }
            Ok(Lookup::NotFound { searched, remedy }) => {
                missing.push(Missing { wanted, searched, remedy });
            }
            // A person can answer in the place of a helper that cannot be started.
            Err(error) if search.can_prompt() && error.is_missing_helper() => {
                missing.push(Missing { wanted, searched: vec![error.to_string()], remedy: None });
            }
            Err(error) => chosen.failures.push(error.into()),
        }
    }
    // Nobody types a password for a command that cannot succeed.
    let asks = search.can_prompt() && chosen.failures.is_empty();
    if !chosen.entries.is_empty() {
        missing = missing::take_for_public(missing, images, chosen);
    } else if asks && missing.len() > 1 && missing.iter().all(|it| it.wanted.image_path.is_some()) {
        return missing::ask_for_some(missing, images, chosen);
    }
    let only = missing.len() == 1 && chosen.entries.is_empty();
    for one in missing {
        if asks {
            one.report();
            let found = typed::ask(&one.wanted.key, only.then_some(&mut *replay))?;
            add(chosen, found)?;
        } else {
            chosen.failures.push(one.into_error());
        }
    }
    Ok(())
}

fn nothing_known(search: &Search<'_>) -> Error {
    let remedy = if search.reads_only_entries() {
        FirstLogin::AnotherFile
    } else {
        FirstLogin::DockerOrPipe
    };
    Error::from(CredentialError::NothingKnown { searched: search.places(), remedy })
}
