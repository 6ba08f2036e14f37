//! `inject`: existing manifests that refer to the pull Secret their images need.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::commands::options::{InjectDestination, InjectOptions, ServedImages};
use crate::error::{Error, Failures};
use crate::inject::{self, Images, Injected, Manifest, Misplaced, SecretDocument};
use crate::manifest::edit::Kind;
use crate::registry::key::RegistryKey;
use crate::registry::reference::ImageReference;
use crate::selection::replay::Replay;
use crate::selection::{self, Chosen, ManifestOptions};
use crate::selection::{manifests, verification};
use crate::system::environment::Environment;
use crate::system::file_error::FileError;
use crate::system::messages;
use crate::system::output_stream;
use crate::system::rewriting::{Original, WriteFault, Written};

/// Manifests, and the files that they are written back to.
struct Files {
    manifests: Vec<Manifest>,
    /// One for each manifest; none where they go to standard output.
    originals: Vec<Original>,
    /// The texts that were read of those manifests whose references were moved since.
    unfixed: Vec<Option<Zeroizing<String>>>,
}

impl Files {
    /// Moves the references that have no effect; returns what was moved.
    fn fix(&mut self, names: &[String]) -> Result<Vec<String>, Failures> {
        let mut notes = Vec::new();
        let fixed = inject::fix(&self.manifests, names)?;
        let places = self.manifests.iter_mut().zip(&mut self.unfixed);
        for ((manifest, unfixed), fixed) in places.zip(fixed) {
            let Some(fixed) = fixed else { continue };
            notes.extend(fixed.notes);
            *unfixed = Some(std::mem::replace(manifest, fixed.manifest).text);
        }
        Ok(notes)
    }
}

/// Runs the command.
///
/// # Errors
/// Everything that keeps the manifests from being written; then none of them is.
pub(crate) fn run(
    options: InjectOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let InjectOptions { request, destination, served, selection, verify } = options;
    let mut files = read(&selection.manifests, destination)?;
    let fixed = match request.misplaced {
        Misplaced::Moved => files.fix(&request.names)?,
        Misplaced::Kept => Vec::new(),
    };
    let images = Images::of(&files.manifests);
    for warning in &images.warnings {
        messages::warning(warning);
    }
    let (mut chosen, keys) = if request.secret == SecretDocument::Omitted {
        let keys = match served {
            ServedImages::OfRegistries => selection::known_keys(&selection, environment)?,
            ServedImages::All => images.keys(),
        };
        (Chosen::default(), keys)
    } else {
        let chosen =
            selection::choose_for(&selection, &images.references, environment, &mut replay)?;
        let keys: BTreeSet<String> = chosen.entries.keys().cloned().collect();
        (chosen, keys)
    };
    let credentials = chosen.credentials();
    let written = (request.secret != SecretDocument::Omitted).then_some(&credentials);
    let injected = inject::inject(&files.manifests, &images, &keys, written, &request)?;
    if injected.added + injected.unchanged == 0 && !images.references.is_empty() {
        check_named(&selection.registries, &images)?;
    }
    for detail in &injected.details {
        messages::detail(detail);
    }
    for note in &injected.notes {
        messages::note(note);
    }
    if request.secret != SecretDocument::Omitted {
        chosen.entries.retain(|key, _| injected.used.contains(key));
        selection::report(&chosen);
        let references: Vec<ImageReference> = images.references.values().cloned().collect();
        verification::prove(verify, &chosen.entries, &references, environment)?;
    }
    write(&files, &injected, destination)?;
    for note in &fixed {
        messages::note(note);
    }
    report(&images, &injected, !fixed.is_empty());
    replay.show();
    Failures::check(chosen.failures)
}

fn read(options: &ManifestOptions, destination: InjectDestination) -> Result<Files, Failures> {
    let (paths, recursive) = (&options.paths, options.recursive);
    let mut originals = Vec::new();
    let mut texts = Vec::new();
    match destination {
        InjectDestination::StandardOutput => texts = manifests::read_all(paths, recursive)?,
        InjectDestination::Files => {
            for (path, text, original) in manifests::read_to_change(paths, recursive)? {
                texts.push((path, text));
                originals.push(original);
            }
        }
    }
    let mut read = Vec::new();
    let mut failures = Vec::new();
    for (path, text) in texts {
        match Manifest::read(manifests::shown(&path), text) {
            Ok(manifest) => read.push(manifest),
            Err(fault) => failures.push(manifests::unparsable(&path, &fault)),
        }
    }
    Failures::check(failures)?;
    if read.is_empty() {
        let problem = "there is no manifest in the folder";
        return Err(Error::usage(problem, "name files, or look below it with -R").into());
    }
    let unfixed = read.iter().map(|_| None).collect();
    Ok(Files { manifests: read, originals, unfixed })
}

fn write(
    files: &Files,
    injected: &Injected,
    destination: InjectDestination,
) -> Result<(), Failures> {
    let Files { manifests, originals, unfixed } = files;
    if destination == InjectDestination::StandardOutput {
        let mut objects = manifests.iter().flat_map(|manifest| &manifest.stream.objects);
        if !injected.used.is_empty() || objects.any(|object| object.kind == Kind::Secret) {
            output_stream::note_credential();
        }
        let stream = inject::join(manifests, &injected.texts);
        return Ok(output_stream::print(&stream)?);
    }
    let mut failures = Vec::new();
    let files = manifests.iter().zip(unfixed).zip(originals);
    for (((manifest, unfixed), original), text) in files.zip(&injected.texts) {
        let before = unfixed.as_ref().unwrap_or(&manifest.text);
        let after = text.as_ref().or(unfixed.as_ref().map(|_| &manifest.text));
        if let Some(after) = after {
            failures.extend(write_back(&manifest.name, before, after, original).err());
        }
    }
    Failures::check(failures)
}

/// Changes the file itself, if it still is what was read.
fn write_back(
    path: &str,
    before: &Zeroizing<String>,
    after: &Zeroizing<String>,
    original: &Original,
) -> Result<(), Error> {
    let path = path.to_owned();
    match original.replace(before.as_bytes(), after.as_bytes()) {
        Ok(Written::Replaced) => messages::note(&format!("changed: {path}")),
        Ok(Written::InPlace(reason)) => {
            messages::note(&format!("changed: {path} (overwritten in place: {reason})"));
        }
        Err(WriteFault::Changed) => return Err(FileError::Changed { path }.into()),
        Err(WriteFault::Failed(error)) => {
            return Err(FileError::Unwritable { path, reason: error.to_string() }.into());
        }
    }
    Ok(())
}

/// Refuses registries that were named and that no image comes from: a misspelled one
/// would leave every Pod without its reference.
fn check_named(registries: &[RegistryKey], images: &Images) -> Result<(), Error> {
    if registries.is_empty() {
        return Ok(());
    }
    Err(selection::no_image_of(registries, images.references.values()))
}

fn report(images: &Images, injected: &Injected, is_fixed: bool) {
    let objects =
        |count: usize| if count == 1 { "1 object".into() } else { format!("{count} objects") };
    match (injected.added, injected.unchanged) {
        (0, _) if is_fixed => {}
        (0, 0) if images.references.is_empty() => {
            messages::note("no changes: no images found in the manifests");
        }
        (0, 0) => messages::warning(
            "no changes: no credentials found for these images; name a registry with --registry HOST",
        ),
        (0, unchanged) => {
            messages::note(&format!(
                "no changes: {} had imagePullSecrets already",
                objects(unchanged)
            ));
        }
        (added, 0) => messages::note(&format!("added imagePullSecrets to {}", objects(added))),
        (added, unchanged) => messages::note(&format!(
            "added imagePullSecrets to {}; {} had them already",
            objects(added),
            objects(unchanged)
        )),
    }
}
