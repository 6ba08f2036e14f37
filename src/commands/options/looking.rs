//! The commands that look and change nothing: `inspect`, `sources`, `verify`
//! and `diagnose`.

use std::path::PathBuf;

use super::input::{self, StandardInput};
use super::{cluster, selection, trust, verify, words};
use crate::cli::{
    DiagnoseArguments, InspectArguments, Listing as ListingArgument, ListingArguments,
    SourcesArguments, VerifyArguments,
};
use crate::cluster::KubectlOptions;
use crate::error::Error;
use crate::manifest::metadata::DEFAULT_SECRET_NAME;
use crate::output::{Headers, Listing};
use crate::registry::reference::ImageReference;
use crate::selection::pull_secret::ClusterSecret;
use crate::selection::verification::TrustOptions;
use crate::selection::{ManifestOptions, SelectionOptions};
use crate::sources::search::SourceOptions;
use crate::system::environment::Environment;
use crate::system::untrusted::argument;

/// Kinds with the short names that kubectl knows them by.
const KINDS: [(&str, &str); 8] = [
    ("pod", "po"),
    ("deployment", "deploy"),
    ("statefulset", "sts"),
    ("daemonset", "ds"),
    ("replicaset", "rs"),
    ("replicationcontroller", "rc"),
    ("cronjob", "cj"),
    ("job", "job"),
];

/// `inspect`.
#[derive(Debug)]
pub(crate) struct InspectOptions {
    /// What is inspected.
    pub(crate) secret: InspectedSecret,
    /// The form of the answer.
    pub(crate) output: Listing,
    /// Whether passwords are shown.
    pub(crate) reveal: bool,
}

/// What is inspected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InspectedSecret {
    /// A Secret of the cluster.
    Cluster(ClusterSecret),
    /// The Secrets in a manifest, or a configuration of docker.
    File(PathBuf),
}

impl InspectOptions {
    pub(super) fn of(arguments: InspectArguments) -> Result<Self, Error> {
        let secret = if let Some(path) = arguments.filename {
            input::check_readable(&path)?;
            InspectedSecret::File(path)
        } else {
            let name = words::inspected(arguments.name, arguments.name_after_kind)?;
            let name = name.unwrap_or_else(|| DEFAULT_SECRET_NAME.to_owned());
            let secret = cluster::secret(name, arguments.namespace, &arguments.kubectl)?;
            InspectedSecret::Cluster(secret)
        };
        Ok(Self { secret, output: listing(&arguments.form), reveal: arguments.reveal })
    }
}

/// `sources`.
#[derive(Debug)]
pub(crate) struct SourcesOptions {
    /// Whether each credential is read.
    pub(crate) check: bool,
    /// The form of the list.
    pub(crate) output: Listing,
    /// The sources.
    pub(crate) sources: SourceOptions,
}

impl SourcesOptions {
    pub(super) fn of(
        arguments: SourcesArguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let sources = selection::sources(arguments.sources, None, environment)?;
        Ok(Self { check: arguments.check, output: listing(&arguments.form), sources })
    }
}

/// `verify`.
#[derive(Debug)]
pub(crate) struct VerifyOptions {
    /// The images that were named; those of the manifests are pulled too.
    pub(crate) images: Vec<ImageReference>,
    /// The manifests that were named.
    pub(crate) manifests: ManifestOptions,
    /// Where the credentials are from.
    pub(crate) credentials: VerifiedCredentials,
    /// How registries are reached.
    pub(crate) trust: TrustOptions,
    /// The form of the answer.
    pub(crate) output: Listing,
}

/// What of a cluster is verified.
#[derive(Debug)]
pub(crate) struct RunningOptions {
    /// None is the namespace of the kubeconfig.
    pub(crate) namespace: Option<String>,
    /// Whether all namespaces are.
    pub(crate) all_namespaces: bool,
    /// A label selector of Pods.
    pub(crate) selector: Option<String>,
    /// Whether the templates of workloads are verified too.
    pub(crate) workloads: bool,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
}

/// Where the credentials are from that are verified.
#[derive(Debug)]
pub(crate) enum VerifiedCredentials {
    /// A pull Secret of the cluster.
    Cluster(ClusterSecret),
    /// The pull Secrets in a manifest, or a configuration of docker.
    File(PathBuf),
    /// Those that the kubelet tries for what runs.
    Running(RunningOptions),
    /// Those that `secret` would write.
    Selection(Box<SelectionOptions>),
}

impl VerifyOptions {
    pub(super) fn of(arguments: VerifyArguments, environment: &Environment) -> Result<Self, Error> {
        let VerifyArguments {
            references,
            secret_name: secret,
            secret_file,
            namespace,
            selection: selection_arguments,
            ..
        } = arguments;
        selection::standard_input(&selection_arguments)
            .files("--secret-file", &secret_file)
            .files("--ca-file", &arguments.trust.ca_file)
            .check()?;
        let is_named = !references.is_empty() || selection_arguments.is_named();
        let is_running = arguments.all_namespaces
            || arguments.selector.is_some()
            || arguments.workloads
            || (namespace.is_some() && secret.is_none());
        if is_running && (is_named || secret_file.is_some()) {
            let problem = "what runs is verified with its own images and Secrets";
            let hint = "name an image or a credential, or -A, -n, -l and --workloads";
            return Err(Error::usage(problem, hint));
        }
        if secret.is_none() && !is_running && !cluster::flags(&arguments.kubectl).is_empty() {
            let problem = "cluster flags require --secret-name, -n or -A";
            let hint = "say what of the cluster is verified, or leave them out";
            return Err(Error::usage(problem, hint));
        }
        let running = is_running.then(|| RunningOptions {
            namespace: namespace.clone(),
            all_namespaces: arguments.all_namespaces,
            selector: arguments.selector,
            workloads: arguments.workloads,
            kubectl: KubectlOptions { flags: cluster::flags(&arguments.kubectl) },
        });
        let named = selection::images(&references)?;
        let selection = selection::of(selection_arguments, environment)?;
        selection::check_typed(&selection, &named)?;
        let images = [named, selection.images.clone()].concat();
        let manifests = selection.manifests.clone();
        let credentials = match (secret, secret_file) {
            (Some(name), _) => {
                let secret = cluster::secret(name, namespace, &arguments.kubectl)?;
                VerifiedCredentials::Cluster(secret)
            }
            (None, Some(path)) => {
                input::check_readable(&path)?;
                VerifiedCredentials::File(path)
            }
            (None, None) => match running {
                Some(running) => {
                    cluster::check_namespace(running.namespace.as_deref())?;
                    VerifiedCredentials::Running(running)
                }
                None => VerifiedCredentials::Selection(Box::new(selection)),
            },
        };
        let trust = trust(&arguments.trust, environment)?;
        let output = listing(&arguments.form);
        Ok(Self { images, manifests, credentials, trust, output })
    }
}

/// `diagnose`.
#[derive(Debug)]
pub(crate) enum DiagnoseOptions {
    /// A Pod of the cluster.
    Pod(PodDiagnosis),
    /// An image, without a cluster.
    Image(ImageDiagnosis),
}

/// `diagnose POD`.
#[derive(Debug)]
pub(crate) struct PodDiagnosis {
    /// `pod`, or what makes it, as kubectl names the kind in full.
    pub(crate) kind: String,
    /// The name of the Pod, or of what makes it.
    pub(crate) name: String,
    /// None is the one of the kubeconfig.
    pub(crate) namespace: Option<String>,
    /// How the registries are asked, if they are.
    pub(crate) verify: Option<TrustOptions>,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
    /// The form of the answer.
    pub(crate) output: Listing,
    /// Whether passwords are shown.
    pub(crate) reveal: bool,
}

/// `diagnose -f`.
#[derive(Debug)]
pub(crate) struct ImageDiagnosis {
    /// As it was given: that it is not valid is an answer too. None: those of the files.
    pub(crate) image: Option<String>,
    /// Manifests of Secrets and Pods.
    pub(crate) filenames: Vec<PathBuf>,
    /// The form of the answer.
    pub(crate) output: Listing,
    /// Whether passwords are shown.
    pub(crate) reveal: bool,
}

impl DiagnoseOptions {
    pub(super) fn of(
        mut arguments: DiagnoseArguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        StandardInput::default()
            .files("--filename", &arguments.filenames)
            .files("--ca-file", &arguments.trust.ca_file)
            .check()?;
        match (arguments.pod.take(), &arguments.image) {
            (Some(pod), None) => {
                let pod = words::diagnosed(pod, arguments.name_after_kind.take())?;
                let (kind, name) = target(&pod)?;
                let name = name.to_owned();
                PodDiagnosis::of(arguments, kind, name, environment).map(Self::Pod)
            }
            (None, image) if image.is_some() || !arguments.filenames.is_empty() => {
                ImageDiagnosis::of(arguments, environment).map(Self::Image)
            }
            _ => {
                let hint = "name it: kubectl regcred diagnose POD, or -f FILE";
                Err(Error::usage("diagnose needs a Pod, or manifests", hint))
            }
        }
    }
}

impl PodDiagnosis {
    fn of(
        arguments: DiagnoseArguments,
        kind: String,
        name: String,
        environment: &Environment,
    ) -> Result<Self, Error> {
        cluster::check_namespace(arguments.namespace.as_deref())?;
        Ok(Self {
            kind,
            name,
            namespace: arguments.namespace,
            verify: verify(arguments.verify, &arguments.trust, environment)?,
            kubectl: cluster::kubectl(&arguments.kubectl)?,
            output: as_listing(arguments.output, Headers::Shown),
            reveal: arguments.reveal,
        })
    }
}

impl ImageDiagnosis {
    fn of(arguments: DiagnoseArguments, environment: &Environment) -> Result<Self, Error> {
        // That --verify is missing is the same fault as for a Pod.
        let verify = verify(arguments.verify, &arguments.trust, environment)?;
        let namespace = arguments.namespace.iter().map(|_| "--namespace".to_owned());
        let verify = verify.iter().map(|_| "--verify".to_owned());
        let flags = cluster::flags(&arguments.kubectl)
            .into_iter()
            .map(|flag| flag.split_once('=').map_or(flag.clone(), |(name, _)| name.to_owned()));
        let verification: Vec<String> = verify.chain(namespace).chain(flags).collect();
        if !verification.is_empty() {
            let verification = verification.join(" and ");
            let problem = format!(
                "diagnose -f reads files alone, and cannot be combined with {verification}"
            );
            let hint = "diagnose the Pod in the cluster: kubectl regcred diagnose POD, or ask the registry: kubectl regcred verify IMAGE";
            return Err(Error::usage(problem, hint));
        }
        for path in &arguments.filenames {
            input::check_readable(path)?;
        }
        let DiagnoseArguments { image, filenames, output, reveal, .. } = arguments;
        Ok(Self { image, filenames, output: as_listing(output, Headers::Shown), reveal })
    }
}

pub(super) fn listing(form: &ListingArguments) -> Listing {
    as_listing(form.output, cluster::headers(form.no_headers))
}

fn as_listing(form: ListingArgument, headers: Headers) -> Listing {
    match form {
        ListingArgument::Table => Listing::Table(headers),
        ListingArgument::Json => Listing::Json,
        ListingArgument::Yaml => Listing::Yaml,
    }
}

/// The kind, as kubectl names it in full, and the name.
///
/// # Errors
/// A usage error.
fn target(text: &str) -> Result<(String, &str), Error> {
    let (kind, name) = text.split_once('/').unwrap_or(("pod", text));
    let kind = kind.split('.').next().unwrap_or(kind).to_lowercase();
    let known = KINDS.iter().find(|(long, short)| {
        kind == *long || kind == *short || kind.strip_suffix('s') == Some(long)
    });
    let kind = known.map_or(kind.as_str(), |(long, _)| long);
    let is_name = |name: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_part)
    };
    if is_name(name) && is_name(kind) {
        return Ok((kind.to_owned(), name));
    }
    let hint = "write it as in: kubectl regcred diagnose deployment/web";
    Err(Error::usage(format!("`{}` names no Pod and no workload", argument(text)), hint))
}
