//! From chosen credentials to documents on standard output. What the kubelet
//! would not use is refused here, before anything is written.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::apply::namespaces::NamespaceSelection;
use crate::apply::{Applier, ApplyOptions};
use crate::error::{Error, Failures};
use crate::kubelet::{Keyring, PullSecret, SecretKind};
use crate::manifest::dockerconfigjson;
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::render::{Format, render};
use crate::registry::expiry;
use crate::registry::reference::ImageReference;
use crate::selection::Entry;
use crate::system::environment::Environment;
use crate::system::messages::clean;
use crate::system::output_stream;

/// When the first of a Secret's credentials expires, as RFC 3339.
const EXPIRES_AT: &str = "kubectl-regcred/expires-at";

/// What is written around the credentials, in which form, and where to.
#[derive(Clone, Debug)]
pub(crate) struct OutputOptions {
    /// Each as `KEY=VALUE`, checked.
    pub(crate) labels: Vec<String>,
    /// Each as `KEY=VALUE`, checked.
    pub(crate) annotations: Vec<String>,
    /// For each entry; without control characters.
    pub(crate) email: Option<String>,
    /// The namespaces of the documents.
    pub(crate) namespaces: NamespaceSelection,
    /// The form of what is printed.
    pub(crate) format: Format,
    /// How the documents are applied; none where they are printed.
    pub(crate) apply: Option<ApplyOptions>,
}

impl OutputOptions {
    /// Metadata of an object with these labels and annotations.
    ///
    /// # Errors
    /// [`Error::InvalidMetadata`].
    pub(crate) fn metadata(&self, what: &'static str, name: &str) -> Result<Metadata, Error> {
        let mut metadata = Metadata::new(what, name)?;
        metadata.add_labels(&self.labels)?;
        metadata.add_annotations(&self.annotations)?;
        Ok(metadata)
    }
}

/// Metadata once for each of the namespaces, or once without one.
///
/// # Errors
/// [`Error::InvalidMetadata`].
pub(crate) fn placed(metadata: &Metadata, namespaces: &[String]) -> Result<Vec<Metadata>, Error> {
    if namespaces.is_empty() {
        return Ok(vec![metadata.clone()]);
    }
    namespaces.iter().map(|namespace| metadata.in_namespace(namespace)).collect()
}

/// Where documents go.
pub(crate) enum Destination<'a> {
    /// To standard output.
    StandardOutput(&'a OutputOptions),
    /// Into the cluster.
    Cluster(Applier<'a>),
}

impl<'a> Destination<'a> {
    /// Makes sure that the cluster can be written to, as far as this machine knows.
    ///
    /// # Errors
    /// As of [`Applier::new`].
    pub(crate) fn open(
        options: &'a OutputOptions,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let Some(apply) = &options.apply else { return Ok(Self::StandardOutput(options)) };
        Applier::new(apply, &options.namespaces, options.format, environment).map(Self::Cluster)
    }

    /// Returns the namespaces of the documents; none is the one of the kubeconfig.
    ///
    /// # Errors
    /// What the cluster answers where it is asked for its namespaces.
    pub(crate) fn namespaces(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::StandardOutput(options) => Ok(options.namespaces.named.clone()),
            Self::Cluster(applier) => applier.namespaces(),
        }
    }
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
    email: Option<&str>,
) -> Result<SecretString, Error> {
    let credentials =
        entries.iter().map(|(key, entry)| (key.clone(), entry.credential.clone())).collect();
    let value = dockerconfigjson::render(&credentials, email)?;
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
    destination: &Destination<'_>,
) -> Result<(), Failures> {
    let secrets = secrets
        .into_iter()
        .map(|metadata| annotated(metadata, written.entries))
        .collect::<Result<Vec<_>, Error>>()?;
    let options = match destination {
        Destination::Cluster(applier) => return applier.all(written, &secrets, &pods),
        Destination::StandardOutput(options) => options,
    };
    let mut documents = Vec::new();
    let mut pods = pods.into_iter();
    for metadata in secrets {
        documents.push(Document::pull_secret(metadata, written.value));
        documents.extend(pods.next());
    }
    Ok(write(&documents, options.format)?)
}

/// Writes Pods whose pull Secrets the cluster has: to it, or to standard output.
///
/// # Errors
/// Whatever keeps one of them from being written.
pub(crate) fn finish_pods(
    pods: &[Document],
    destination: &Destination<'_>,
) -> Result<(), Failures> {
    match destination {
        Destination::Cluster(applier) => applier.pods(&pods.iter().collect::<Vec<_>>()),
        Destination::StandardOutput(options) => Ok(write(pods, options.format)?),
    }
}

/// Writes the documents to standard output, all at once.
///
/// # Errors
/// [`Error::Output`].
fn write(documents: &[Document], format: Format) -> Result<(), Error> {
    let text = render(documents, format)?;
    let holds_credential =
        documents.iter().any(|document| matches!(document, Document::Secret { .. }));
    if holds_credential && format != Format::Name {
        output_stream::note_credential();
    }
    Ok(output_stream::print(&text)?)
}
