//! From chosen credentials to documents on standard output. What the kubelet
//! would not use is refused here, before anything is written.

use std::collections::BTreeMap;
use std::io::{self, Write};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::apply::Applier;
use crate::cli::{DryRun, ShapingArguments};
use crate::error::{Error, Failures};
use crate::kubelet::{Keyring, PullSecret, SecretKind};
use crate::manifest::dockerconfigjson;
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::render;
use crate::registry::expiry;
use crate::registry::reference::ImageReference;
use crate::selection::Entry;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::terminal;
use crate::system::untrusted;

/// When the first of a Secret's credentials expires, as RFC 3339.
const EXPIRES_AT: &str = "kubectl-regcred/expires-at";

/// Metadata of an object with the wanted labels and annotations, once for each
/// of the namespaces, or once without one.
///
/// # Errors
/// [`Error::InvalidMetadata`].
pub(crate) fn metadata(
    what: &'static str,
    name: &str,
    shaping: &ShapingArguments,
    namespaces: &[String],
) -> Result<Vec<Metadata>, Error> {
    let mut metadata = Metadata::new(what, name)?;
    metadata.add_labels(&shaping.labels)?;
    metadata.add_annotations(&shaping.annotations)?;
    if namespaces.is_empty() {
        return Ok(vec![metadata]);
    }
    namespaces.iter().map(|namespace| metadata.in_namespace(namespace)).collect()
}

/// What is to be written into a pull Secret.
#[derive(Clone, Copy)]
pub(crate) struct Written<'a> {
    /// By their keys in `auths`.
    pub(crate) entries: &'a BTreeMap<String, Entry>,
    /// Images that have to find their credential.
    pub(crate) images: &'a [ImageReference],
    /// The dockerconfigjson of the entries.
    pub(crate) value: &'a SecretString,
}

/// The value of the Secret, proved against what the kubelet does with it: each
/// entry serves its registry, and each image finds its credential.
///
/// # Errors
/// [`Error::NoMatch`], [`Error::TooLarge`].
pub(crate) fn dockerconfigjson(
    entries: &BTreeMap<String, Entry>,
    images: &[ImageReference],
    shaping: &ShapingArguments,
) -> Result<SecretString, Error> {
    if let Some(email) = &shaping.email
        && email.chars().any(char::is_control)
    {
        return Err(Error::usage("--email holds control characters", "leave --email out"));
    }
    let credentials =
        entries.iter().map(|(key, entry)| (key.clone(), entry.credential.clone())).collect();
    let value = dockerconfigjson::render(&credentials, shaping.email.as_deref())?;
    prove(&value, entries, images)?;
    Ok(value)
}

/// Tries a value on the kubelet's own rules.
///
/// # Errors
/// [`Error::NoMatch`].
pub(crate) fn prove(
    value: &SecretString,
    entries: &BTreeMap<String, Entry>,
    images: &[ImageReference],
) -> Result<(), Error> {
    let no_match = |image: &str, reason: String| Error::NoMatch { image: clean(image), reason };
    let secret =
        PullSecret { kind: SecretKind::DockerConfigJson, value: value.expose_secret().as_bytes() };
    let keyring = Keyring::new(&[secret])
        .map_err(|malformed| no_match("any image", malformed.to_string()))?;
    for (key, entry) in entries {
        let probe = entry.key.probe_image();
        if !keyring.tries(key, &probe) {
            return Err(no_match(&probe, format!("the key {key} matches no image")));
        }
    }
    for image in images {
        if keyring.lookup(&image.repository()).candidates.is_empty() {
            let reason = "no entry matches it".to_owned();
            return Err(no_match(image.as_written(), reason));
        }
    }
    Ok(())
}

/// Refuses flags that need the cluster, where nothing is applied.
///
/// # Errors
/// A usage error.
pub(crate) fn check_cluster(shaping: &ShapingArguments) -> Result<(), Error> {
    let cluster = &shaping.cluster;
    if cluster.apply {
        return check_many(shaping);
    }
    if cluster.kubectl.user.is_some() {
        let problem = "--user is kubectl's user for --apply";
        return Err(Error::usage(problem, "for the registry's user write --username USER"));
    }
    let is_of_cluster = cluster.places.asks_cluster() || cluster.places.yes;
    if is_of_cluster || !cluster.kubectl.passed_on().is_empty() {
        let problem = "flags for the cluster are of use with --apply only";
        return Err(Error::usage(problem, "add --apply, or leave them out"));
    }
    if shaping.dry_run == Some(DryRun::Server) {
        let problem = "--dry-run=server sends to the cluster, and needs --apply";
        return Err(Error::usage(problem, "add --apply, or leave --dry-run out"));
    }
    Ok(())
}

fn check_many(shaping: &ShapingArguments) -> Result<(), Error> {
    let places = &shaping.cluster.places;
    if places.asks_cluster() && shaping.dry_run == Some(DryRun::Client) {
        let problem =
            "--dry-run=client contacts nothing, and only the cluster knows its namespaces";
        return Err(Error::usage(problem, "take --dry-run=server, or name them: -n NAMESPACE"));
    }
    places.check(shaping.dry_run.is_some())
}

/// Metadata annotated with the earliest expiry of these credentials.
///
/// # Errors
/// [`Error::InvalidMetadata`] where the annotation is given with another value.
pub(crate) fn annotated(
    mut metadata: Metadata,
    entries: &BTreeMap<String, Entry>,
) -> Result<Metadata, Error> {
    let earliest = entries.values().filter_map(|entry| entry.credential.expires_at).min();
    if let Some(at) = earliest {
        metadata.add_annotations(&[format!("{EXPIRES_AT}={}", expiry::rfc3339(at))])?;
    }
    Ok(metadata)
}

/// Writes a pull Secret for each of `secrets`, and the Pod that belongs to it
/// where there is one: to the cluster, or to standard output.
///
/// # Errors
/// Whatever keeps one of them from being written.
pub(crate) fn finish(
    written: &Written<'_>,
    secrets: Vec<Metadata>,
    pods: Vec<Document>,
    shaping: &ShapingArguments,
    environment: &Environment,
) -> Result<(), Failures> {
    let secrets = secrets
        .into_iter()
        .map(|metadata| annotated(metadata, written.entries))
        .collect::<Result<Vec<_>, Error>>()?;
    if is_applied(shaping) {
        return Applier::new(shaping, environment)?.all(written, &secrets, &pods);
    }
    let mut documents = Vec::new();
    let mut pods = pods.into_iter();
    for metadata in secrets {
        documents.push(Document::pull_secret(metadata, written.value));
        documents.extend(pods.next());
    }
    Ok(write(&documents, shaping)?)
}

/// Writes Pods whose pull Secrets the cluster has: to it, or to standard output.
///
/// # Errors
/// Whatever keeps one of them from being written.
pub(crate) fn finish_pods(
    pods: &[Document],
    shaping: &ShapingArguments,
    environment: &Environment,
) -> Result<(), Failures> {
    if is_applied(shaping) {
        return Applier::new(shaping, environment)?.pods(&pods.iter().collect::<Vec<_>>());
    }
    Ok(write(pods, shaping)?)
}

fn is_applied(shaping: &ShapingArguments) -> bool {
    shaping.cluster.apply && shaping.dry_run != Some(DryRun::Client)
}

/// Writes the documents to standard output, all at once.
///
/// # Errors
/// [`Error::Output`].
fn write(documents: &[Document], shaping: &ShapingArguments) -> Result<(), Error> {
    let text = render(documents, shaping.output.into())?;
    let holds_credential =
        documents.iter().any(|document| matches!(document, Document::Secret { .. }));
    if holds_credential && shaping.output != crate::cli::Output::Name {
        note_credential();
    }
    print(&text)
}

/// Says that what follows is to be kept from others' eyes, where it can be seen.
pub(crate) fn note_credential() {
    if terminal::stdout_is_terminal() {
        messages::note("this output holds a credential");
    }
}

/// An answer as JSON.
///
/// # Errors
/// [`Error::Render`].
pub(crate) fn json(answer: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(answer);
    text.map(|text| untrusted::escape_json(text) + "\n").map_err(|_| Error::Render("answer"))
}

/// Writes a text to standard output. A reader that has gone away is no failure.
///
/// # Errors
/// [`Error::Output`].
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(Error::Output),
    }
}
