//! `inject`: existing manifests that refer to the pull Secret their images need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::apply::payload;
use crate::commands::options::{InjectDestination, InjectOptions, SecretDocument};
use crate::error::{Error, Failures};
use crate::kubelet::{Keyring, PullSecret, SecretKind};
use crate::manifest::dockerconfigjson;
use crate::manifest::documents::Document;
use crate::manifest::edit::{self, Edit, Kind, Object, Refusal, Stream};
use crate::manifest::metadata::Metadata;
use crate::registry::reference::{ImageReference, without_user_info};
use crate::selection::replay::Replay;
use crate::selection::{self, Entry, ManifestOptions};
use crate::selection::{manifests, verification};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::rewriting::{Original, WriteFault, Written};

/// A manifest that is edited.
struct File {
    path: PathBuf,
    text: Zeroizing<String>,
    /// Where it is to be written back.
    original: Option<Original>,
    stream: Stream,
    edits: Vec<Edit>,
}

/// Keys of the entries that are needed in a namespace, and where the first
/// document that needs them stands: its file and its place there.
#[derive(Default)]
struct Need {
    keys: BTreeSet<String>,
    first: Option<(usize, usize)>,
}

/// By namespace; none where a document names none.
type Needs = BTreeMap<Option<String>, Need>;

/// Runs the command.
///
/// # Errors
/// Everything that keeps the manifests from being written; then none of them is.
pub(crate) fn run(
    options: InjectOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    let names = &options.names;
    let mut files = read(&options.selection.manifests, options.destination)?;
    let images = images(&files);
    let chosen = if options.secret == SecretDocument::Omitted {
        None
    } else {
        Some(selection::choose_for(&options.selection, &images, environment, &mut replay)?)
    };
    let keys = match &chosen {
        Some(chosen) => chosen.entries.keys().cloned().collect(),
        None => selection::known_keys(&options.selection, environment)?,
    };
    let needed = needed(&files, &images, &keys, &options)?;
    let needs = sum_up(&files, &needed, &options);
    let entries = chosen.as_ref().map(|chosen| &chosen.entries);
    let mut used = BTreeSet::new();
    if let Some(entries) = entries {
        used = add_secrets(&mut files, &needs, entries, &images, &options)?;
    }
    let count = refer(&mut files, &needed, names)?;
    let results = files.iter_mut().map(|file| file.finish(names)).collect::<Result<Vec<_>, _>>()?;
    if let Some(mut chosen) = chosen {
        chosen.entries.retain(|key, _| used.contains(key));
        selection::tell(&chosen);
        let images: Vec<ImageReference> = images.values().cloned().collect();
        verification::prove(options.verify, &chosen.entries, &images, environment)?;
        write(options.destination, options.secret, &files, &results)?;
        tell(images.len(), count, names);
        replay.show();
        return Failures::check(chosen.failures);
    }
    write(options.destination, options.secret, &files, &results)?;
    tell(images.len(), count, names);
    Ok(())
}

type Text = (PathBuf, Zeroizing<String>, Option<Original>);

fn read_texts(
    options: &ManifestOptions,
    destination: InjectDestination,
) -> Result<Vec<Text>, Error> {
    let (paths, recursive) = (&options.paths, options.recursive);
    if destination == InjectDestination::StandardOutput {
        let texts = manifests::read_all(paths, recursive)?;
        return Ok(texts.into_iter().map(|(path, text)| (path, text, None)).collect());
    }
    let texts = manifests::read_to_change(paths, recursive)?;
    Ok(texts.into_iter().map(|(path, text, from)| (path, text, Some(from))).collect())
}

fn read(options: &ManifestOptions, destination: InjectDestination) -> Result<Vec<File>, Failures> {
    let mut files = Vec::new();
    let mut failures = Vec::new();
    for (path, text, original) in read_texts(options, destination)? {
        match edit::read(&text) {
            Ok(stream) => files.push(File { path, text, original, stream, edits: Vec::new() }),
            Err(fault) => failures.push(manifests::unparsable(&path, &fault)),
        }
    }
    Failures::check(failures)?;
    if files.is_empty() {
        let problem = "there is no manifest in the folder";
        return Err(Error::usage(problem, "name files, or look below it with -R").into());
    }
    Ok(files)
}

/// Each image that the kubelet could pull, by its spelling.
fn images(files: &[File]) -> BTreeMap<String, ImageReference> {
    let mut images = BTreeMap::new();
    let all = files.iter().flat_map(|file| &file.stream.objects).flat_map(|object| &object.images);
    for image in all {
        if images.contains_key(image) {
            continue;
        }
        match ImageReference::parse(image) {
            Ok(parsed) => {
                images.insert(image.clone(), parsed);
            }
            Err(reason) => {
                let image = clean(without_user_info(image));
                messages::warning(&format!("{image} is left alone: {reason}"));
            }
        }
    }
    images
}

/// For each file and object, the keys that it needs; none is left alone.
fn needed(
    files: &[File],
    images: &BTreeMap<String, ImageReference>,
    keys: &BTreeSet<String>,
    options: &InjectOptions,
) -> Result<Vec<Vec<BTreeSet<String>>>, Error> {
    let serving = serving(images, keys)?;
    let of_images = |object: &Object| -> BTreeSet<String> {
        let keys = object.images.iter().filter_map(|image| serving.get(image.as_str()));
        keys.flatten().cloned().collect()
    };
    let mut needed: Vec<Vec<_>> =
        files.iter().map(|file| file.stream.objects.iter().map(of_images).collect()).collect();
    let in_namespaces = sum_up(files, &needed, options);
    let is_named = options.selection.names_registries();
    for (file, needed) in files.iter().zip(&mut needed) {
        for (object, needed) in file.stream.objects.iter().zip(needed) {
            match &object.kind {
                Kind::ServiceAccount if options.service_accounts => {
                    let around = in_namespaces.get(&namespace(object, options));
                    *needed = around.map(|need| need.keys.clone()).unwrap_or_default();
                    if is_named {
                        needed.clone_from(keys);
                    }
                }
                Kind::Other(kind) => messages::detail(&format!(
                    "{}: {} {} is left alone",
                    manifests::shown(&file.path),
                    clean(kind),
                    clean(&object.name)
                )),
                _ => {}
            }
        }
    }
    Ok(needed)
}

/// The keys that the kubelet would try for each image.
fn serving<'i>(
    images: &'i BTreeMap<String, ImageReference>,
    keys: &BTreeSet<String>,
) -> Result<BTreeMap<&'i str, BTreeSet<String>>, Error> {
    let auths: BTreeMap<&String, serde_json::Value> =
        keys.iter().map(|key| (key, serde_json::json!({}))).collect();
    let value = serde_json::json!({"auths": auths}).to_string();
    let secret = PullSecret { kind: SecretKind::DockerConfigJson, value: value.as_bytes() };
    let keyring = Keyring::new(&[secret]).map_err(|malformed| Error::NoMatch {
        image: "any image".to_owned(),
        reason: malformed.to_string(),
    })?;
    let serving = images.iter().map(|(image, reference)| {
        let candidates = keyring.lookup(&reference.repository()).candidates;
        (image.as_str(), candidates.into_iter().map(|candidate| candidate.key.clone()).collect())
    });
    Ok(serving.collect())
}

/// Returns the namespace that an object will be in, as far as it is known.
fn namespace(object: &Object, options: &InjectOptions) -> Option<String> {
    object.namespace.clone().or_else(|| options.namespace.clone())
}

fn sum_up(files: &[File], needed: &[Vec<BTreeSet<String>>], options: &InjectOptions) -> Needs {
    let mut needs = Needs::new();
    for (number, (file, needed)) in files.iter().zip(needed).enumerate() {
        for (object, keys) in file.stream.objects.iter().zip(needed) {
            if !keys.is_empty() {
                let need = needs.entry(namespace(object, options)).or_default();
                need.keys.extend(keys.iter().cloned());
                need.first.get_or_insert((number, object.document));
            }
        }
    }
    needs
}

/// Puts the Secret of each namespace before the first document that needs it.
/// Gives back the keys that are written.
fn add_secrets(
    files: &mut [File],
    needs: &Needs,
    entries: &BTreeMap<String, Entry>,
    images: &BTreeMap<String, ImageReference>,
    options: &InjectOptions,
) -> Result<BTreeSet<String>, Error> {
    let refresh = options.secret == SecretDocument::Refreshed;
    let mut used = BTreeSet::new();
    for (namespace, need) in needs {
        let secret = secret(namespace.as_deref(), need, entries, images, options)?;
        let mut is_there = false;
        for file in files.iter_mut() {
            is_there |= file.has_secret(&secret, options)?;
        }
        if !is_there || refresh {
            used.extend(need.keys.iter().cloned());
        }
        let first = need.first.filter(|_| !is_there);
        if let Some((file, document)) =
            first.and_then(|(file, document)| Some((files.get_mut(file)?, document)))
        {
            let put = file.stream.put_before(document, &secret)?;
            file.edits.push(put);
        }
    }
    Ok(used)
}

fn secret(
    namespace: Option<&str>,
    need: &Need,
    entries: &BTreeMap<String, Entry>,
    images: &BTreeMap<String, ImageReference>,
    options: &InjectOptions,
) -> Result<Document, Error> {
    let mut entries = entries.clone();
    entries.retain(|key, _| need.keys.contains(key));
    let metadata = Metadata::new("Secret name", &options.secret_name)?;
    let metadata = match namespace {
        Some(namespace) => metadata.in_namespace(namespace)?,
        None => metadata,
    };
    let credentials =
        entries.iter().map(|(key, entry)| (key.clone(), entry.credential.clone())).collect();
    let value = dockerconfigjson::render(&credentials, None)?;
    let keys = need.keys.clone();
    let served = serving(images, &keys)?;
    let served = images.iter().filter(|(image, _)| {
        served.get(image.as_str()).is_some_and(|candidates| !candidates.is_empty())
    });
    let served: Vec<ImageReference> = served.map(|(_, image)| image.clone()).collect();
    payload::prove(&value, &entries, &served)?;
    Ok(Document::pull_secret(payload::annotated(metadata, &entries)?, &value))
}

/// Lets each object that needs them refer to the pull Secrets; how many do so now.
fn refer(
    files: &mut [File],
    needed: &[Vec<BTreeSet<String>>],
    names: &[String],
) -> Result<usize, Failures> {
    let mut failures = Vec::new();
    let mut count = 0;
    for (file, needed) in files.iter_mut().zip(needed) {
        let objects = file.stream.objects.iter().zip(needed).filter(|(_, keys)| !keys.is_empty());
        for (object, _) in objects {
            count += 1;
            match file.stream.refer(object, names) {
                Ok(edit) => file.edits.extend(edit),
                Err(Refusal { line, reason }) => {
                    let path = manifests::shown(&file.path);
                    failures.push(Error::NotEditable { path, line, reason });
                }
            }
        }
    }
    Failures::check(failures).map(|()| count)
}

impl File {
    /// Whether this Secret is there; on demand it is replaced.
    fn has_secret(&mut self, secret: &Document, options: &InjectOptions) -> Result<bool, Error> {
        let metadata = secret.metadata();
        let is_same = |object: &&Object| {
            object.kind == Kind::Secret
                && object.name == metadata.name()
                && namespace(object, options).as_deref() == metadata.namespace()
        };
        let Some(object) = self.stream.objects.iter().find(is_same) else { return Ok(false) };
        let path = manifests::shown(&self.path);
        if options.secret != SecretDocument::Refreshed {
            messages::note(&format!(
                "the Secret {} in {path} is kept as it is: --refresh replaces it",
                metadata.name()
            ));
            return Ok(true);
        }
        let Some(put) = self.stream.replace(&self.text, object, secret)? else {
            let reason = "the Secret shares its document with something else";
            return Err(Error::NotEditable { path, line: object.line, reason });
        };
        self.edits.push(put);
        Ok(true)
    }

    /// The text with all changes; none where there are none. What is read from
    /// it has to be what was meant.
    fn finish(&mut self, names: &[String]) -> Result<Option<Zeroizing<String>>, Error> {
        if self.edits.is_empty() {
            return Ok(None);
        }
        let places = self.stream.objects.iter().filter(|object| object.kind != Kind::Secret);
        let before: Vec<&Object> = places.collect();
        let result = edit::apply(&self.text, std::mem::take(&mut self.edits));
        let wrong = || Error::NotEditable {
            path: manifests::shown(&self.path),
            line: 1,
            reason: "the result would not be what was meant",
        };
        let stream = edit::read(&result).map_err(|_| wrong())?;
        let after = stream.objects.iter().filter(|object| object.kind != Kind::Secret);
        let after: Vec<&Object> = after.collect();
        let is_meant = |(before, after): (&&Object, &&Object)| {
            let kept = after.pull_secrets.starts_with(&before.pull_secrets);
            let more = after.pull_secrets.iter().skip(before.pull_secrets.len());
            kept && more.into_iter().all(|name| names.contains(name))
                && (&before.kind, &before.name, &before.images)
                    == (&after.kind, &after.name, &after.images)
        };
        if before.len() != after.len() || !before.iter().zip(&after).all(is_meant) {
            return Err(wrong());
        }
        Ok(Some(result))
    }

    /// Changes the file itself, if it still is what was read.
    fn write_back(&self, text: &str) -> Result<(), Error> {
        let Some(original) = &self.original else { return Ok(()) };
        let path = manifests::shown(&self.path);
        match original.replace(self.text.as_bytes(), text.as_bytes()) {
            Ok(Written::Replaced) => messages::note(&format!("changed: {path}")),
            Ok(Written::InPlace(reason)) => {
                messages::note(&format!("changed: {path} (overwritten in place: {reason})"));
            }
            Err(WriteFault::Changed) => return Err(Error::Changed { path }),
            Err(WriteFault::Failed(error)) => {
                return Err(Error::Unwritable { path, reason: error.to_string() });
            }
        }
        Ok(())
    }
}

fn write(
    destination: InjectDestination,
    secret: SecretDocument,
    files: &[File],
    results: &[Option<Zeroizing<String>>],
) -> Result<(), Failures> {
    if destination == InjectDestination::StandardOutput {
        let objects = files.iter().flat_map(|file| &file.stream.objects);
        if secret != SecretDocument::Omitted
            || objects.into_iter().any(|one| one.kind == Kind::Secret)
        {
            payload::note_credential();
        }
        return Ok(payload::print(&joined(files, results))?);
    }
    let changed = files.iter().zip(results).filter_map(|(file, text)| Some((file, text.as_ref()?)));
    let written = changed.map(|(file, text)| file.write_back(text));
    Failures::check(written.filter_map(Result::err).collect())
}

/// The manifests one after the other, as one stream.
fn joined(files: &[File], results: &[Option<Zeroizing<String>>]) -> Zeroizing<String> {
    let texts = || files.iter().zip(results).map(|(file, new)| new.as_ref().unwrap_or(&file.text));
    let room = texts().map(|text| text.len() + 8).sum();
    let mut stream = Zeroizing::new(String::with_capacity(room));
    let mut was_json = true;
    for (text, file) in texts().zip(files) {
        if !stream.is_empty() {
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
            let is_separate = text.starts_with("---") || (was_json && file.stream.is_json());
            stream.push_str(if is_separate { "" } else { "---\n" });
        }
        stream.push_str(text);
        was_json = file.stream.is_json();
    }
    stream
}

fn tell(images: usize, count: usize, names: &[String]) {
    match (count, images) {
        (0, 0) => messages::note("nothing in the manifests pulls an image"),
        (0, _) => messages::warning(
            "nothing was put in: no credential is known for any of the images; name a registry with --registry HOST",
        ),
        (1, _) => messages::note(&format!("one object refers to {} now", names.join(" and "))),
        (count, _) => {
            messages::note(&format!("{count} objects refer to {} now", names.join(" and ")));
        }
    }
}
