//! Where documents go: to standard output, or into the cluster.

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::apply::namespaces::NamespaceSelection;
use crate::apply::{Applier, ApplyOptions};
use crate::error::{Error, Failures};
use crate::manifest::documents::Document;
use crate::manifest::metadata::Metadata;
use crate::manifest::payload::Payload;
use crate::manifest::render::{Format, render};
use crate::system::environment::Environment;
use crate::system::output_stream;

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
    /// Whether what the Secret would hold is printed, without the Secret.
    pub(crate) is_bare_file: bool,
    /// How the documents are applied; none where they are printed.
    pub(crate) apply: Option<ApplyOptions>,
}

impl OutputOptions {
    /// Returns metadata of an object with these labels and annotations.
    ///
    /// # Errors
    /// `ManifestError::InvalidMetadata`.
    pub(crate) fn metadata(&self, what: &'static str, name: &str) -> Result<Metadata, Error> {
        let mut metadata = Metadata::new(what, name)?;
        metadata.add_labels(&self.labels)?;
        metadata.add_annotations(&self.annotations)?;
        Ok(metadata)
    }
}

/// Returns the metadata once for each of the namespaces, or once without one.
///
/// # Errors
/// `ManifestError::InvalidMetadata`.
pub(crate) fn in_namespaces(
    metadata: &Metadata,
    namespaces: &[String],
) -> Result<Vec<Metadata>, Error> {
    if namespaces.is_empty() {
        return Ok(vec![metadata.clone()]);
    }
    let placed = namespaces.iter().map(|namespace| metadata.in_namespace(namespace));
    Ok(placed.collect::<Result<_, _>>()?)
}

/// Where documents go.
pub(crate) enum Destination<'a> {
    /// To standard output.
    StandardOutput(&'a OutputOptions),
    /// Into the cluster.
    Cluster(Applier<'a>),
}

impl<'a> Destination<'a> {
    /// Checks that the cluster can be written to, as far as this machine knows.
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

    /// Returns whether the documents are printed as manifests.
    pub(crate) fn prints_manifests(&self) -> bool {
        match self {
            Self::StandardOutput(options) => {
                options.format != Format::Name && !options.is_bare_file
            }
            Self::Cluster(_) => false,
        }
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

    /// Writes a pull Secret for each of `secrets`, and the Pod that belongs to it
    /// where there is one.
    ///
    /// # Errors
    /// Whatever keeps one of them from being written.
    pub(crate) fn deliver(
        &self,
        payload: &Payload,
        secrets: Vec<Metadata>,
        pods: Vec<Document>,
    ) -> Result<(), Failures> {
        let secrets = secrets
            .into_iter()
            .map(|metadata| payload.with_expiry(metadata))
            .collect::<Result<Vec<_>, _>>()?;
        match self {
            Self::Cluster(applier) => applier.all(payload, &secrets, &pods),
            Self::StandardOutput(options) if options.is_bare_file => {
                output_stream::note_credential();
                let value = payload.value().expose_secret();
                let text = Zeroizing::new([value, "\n"].concat());
                Ok(output_stream::print(&text)?)
            }
            Self::StandardOutput(options) => {
                let documents = pairs(payload, secrets, pods);
                Ok(print(&documents, options.format)?)
            }
        }
    }

    /// Writes Pods whose pull Secrets the cluster has.
    ///
    /// # Errors
    /// Whatever keeps one of them from being written.
    pub(crate) fn deliver_pods(&self, pods: &[Document]) -> Result<(), Failures> {
        match self {
            Self::Cluster(applier) => applier.pods(&pods.iter().collect::<Vec<_>>()),
            Self::StandardOutput(options) => Ok(print(pods, options.format)?),
        }
    }
}

/// Returns each Secret, followed by its Pod.
fn pairs(payload: &Payload, secrets: Vec<Metadata>, pods: Vec<Document>) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut pods = pods.into_iter();
    for metadata in secrets {
        documents.push(Document::pull_secret(metadata, payload.value()));
        documents.extend(pods.next());
    }
    documents
}

/// Prints the documents, all at once.
///
/// # Errors
/// [`Error::Output`].
fn print(documents: &[Document], format: Format) -> Result<(), Error> {
    let text = render(documents, format)?;
    let holds_credential =
        documents.iter().any(|document| matches!(document, Document::Secret { .. }));
    if holds_credential && format != Format::Name {
        output_stream::note_credential();
    }
    Ok(output_stream::print(&text)?)
}
