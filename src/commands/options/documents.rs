//! The commands that write manifests: `secret`, `pod` and `inject`.

use super::{cluster, output, selection, verify_first, words};
use crate::apply::deliver::OutputOptions;
use crate::cli::{
    ClusterArguments, InjectArguments, KubectlArguments, PodArguments, SecretArguments,
};
use crate::error::Error;
use crate::inject::{Misplaced, Request, SecretDocument, ServiceAccounts};
use crate::manifest::documents::Document;
use crate::manifest::metadata::DEFAULT_SECRET_NAME;
use crate::manifest::metadata::Metadata;
use crate::selection::SelectionOptions;
use crate::selection::pull_secret::ClusterSecret;
use crate::selection::typed::require_terminal;
use crate::selection::verification::TrustOptions;
use crate::sources::docker::HelperPolicy;
use crate::system::environment::Environment;
use crate::system::files;

/// `secret`.
#[derive(Debug)]
pub(crate) struct SecretOptions {
    /// The Secret's name, labels and annotations.
    pub(crate) metadata: Metadata,
    /// Which credentials.
    pub(crate) selection: SelectionOptions,
    /// The Secret of a cluster that holds them, if they are copied.
    pub(crate) from_secret: Option<ClusterSecret>,
    /// What is written, and where to.
    pub(crate) output: OutputOptions,
    /// How the registries are asked first, if they are.
    pub(crate) verify: Option<TrustOptions>,
}

impl SecretOptions {
    pub(super) fn of(arguments: SecretArguments, environment: &Environment) -> Result<Self, Error> {
        let SecretArguments {
            name,
            name_after_type,
            secret_name,
            selection: selection_arguments,
            from_secret,
            from_context,
            ..
        } = arguments;
        let (verification, mut output_arguments) = (arguments.verification, arguments.output);
        let from_secret = from_secret
            .map(|text| source_secret(&text, from_context, &mut output_arguments.cluster))
            .transpose()?;
        let name = words::secret_name(name, name_after_type)?;
        if let Some(name) = name.as_ref().filter(|_| !selection_arguments.names_registries()) {
            words::question_secret_name(name)?;
        }
        let name = secret_name.or(name).unwrap_or_else(|| DEFAULT_SECRET_NAME.to_owned());
        let standard_input = selection::standard_input(&selection_arguments);
        standard_input.files("--ca-file", &verification.trust.ca_file).check()?;
        let output = output::of(output_arguments)?;
        let metadata = output.metadata("Secret name", &name)?;
        let mut selection = selection::of(selection_arguments, environment)?;
        if from_secret.is_some() {
            selection.sources.policy = HelperPolicy::Ignore;
        }
        selection::check_typed(&selection, &[])?;
        let verify = verify_first(&verification, environment)?;
        Ok(Self { metadata, selection, from_secret, output, verify })
    }
}

/// Reads the Secret that is copied. Without `--apply` the flags for a cluster are for this
/// Secret alone.
///
/// # Errors
/// A usage error.
fn source_secret(
    text: &str,
    context: Option<String>,
    cluster: &mut ClusterArguments,
) -> Result<ClusterSecret, Error> {
    let (namespace, name) = match text.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, text),
    };
    let kubectl = match context {
        // What else names the cluster is for the one that is written to.
        Some(context) => KubectlArguments {
            context: Some(context),
            kubeconfig: cluster.kubectl.kubeconfig.clone(),
            request_timeout: cluster.kubectl.request_timeout.clone(),
            ..KubectlArguments::default()
        },
        None => cluster.kubectl.clone(),
    };
    if !cluster.apply {
        cluster.kubectl = KubectlArguments::default();
    }
    cluster::secret(name.to_owned(), namespace, &kubectl)
}

/// `pod`.
#[derive(Debug)]
pub(crate) struct PodOptions {
    /// The Pod's name, labels and annotations; without a name a person is asked.
    pub(crate) name: Option<Metadata>,
    /// The Secret that it refers to.
    pub(crate) secret: PodSecret,
    /// Which credentials; a Pod without images is asked about.
    pub(crate) selection: SelectionOptions,
    /// What is written, and where to.
    pub(crate) output: OutputOptions,
    /// How the registries are asked first, if they are.
    pub(crate) verify: Option<TrustOptions>,
}

/// The Secrets that a Pod refers to.
#[derive(Debug)]
pub(crate) enum PodSecret {
    /// One that is written before it.
    Written(Metadata),
    /// The names of those that the cluster has; never empty.
    Existing(Vec<String>),
}

impl PodSecret {
    /// Returns the names of the Secrets.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Written(metadata) => vec![metadata.name().to_owned()],
            Self::Existing(names) => names.clone(),
        }
    }
}

impl PodOptions {
    pub(super) fn of(arguments: PodArguments, environment: &Environment) -> Result<Self, Error> {
        let PodArguments {
            name,
            secret_name,
            existing_secret,
            selection: selection_arguments,
            verification,
            output: output_arguments,
        } = arguments;
        let standard_input = selection::standard_input(&selection_arguments);
        standard_input.files("--ca-file", &verification.trust.ca_file).check()?;
        let output = output::of(output_arguments)?;
        if output.is_bare_file {
            let problem = "-o dockerconfigjson writes no Pod";
            return Err(Error::usage(problem, "write the file alone: kubectl regcred secret"));
        }
        for name in &existing_secret {
            Metadata::new("Secret name", name)?;
        }
        let secret = if existing_secret.is_empty() {
            PodSecret::Written(output.metadata("Secret name", &secret_name)?)
        } else {
            PodSecret::Existing(existing_secret)
        };
        if let Some(name) = &name {
            words::question_pod_name(name)?;
        }
        let name = name.map(|name| output.metadata("Pod name", &name)).transpose()?;
        if name.is_none() {
            let hint = "kubectl regcred pod NAME --image REFERENCE";
            require_terminal("a Pod needs a name", hint)?;
        }
        if selection_arguments.images.is_empty() {
            require_terminal("a Pod needs an image", "name it: --image REFERENCE")?;
        }
        let selection = selection::of(selection_arguments, environment)?;
        if let Some(metadata) = &name {
            // The names of the containers are made of the Pod's.
            Document::pod(metadata.clone(), &selection.images, &secret.names())?;
        }
        selection::check_typed(&selection, &[])?;
        let verify = verify_first(&verification, environment)?;
        Ok(Self { name, secret, selection, output, verify })
    }
}

/// `inject`.
#[derive(Debug)]
pub(crate) struct InjectOptions {
    /// What is put into the manifests.
    pub(crate) request: Request,
    /// Where the manifests go.
    pub(crate) destination: InjectDestination,
    /// Which images the Secrets that are referred to serve.
    pub(crate) served: ServedImages,
    /// Which credentials, and the manifests.
    pub(crate) selection: SelectionOptions,
    /// How the registries are asked first, if they are.
    pub(crate) verify: Option<TrustOptions>,
}

/// Which images the Secrets serve that manifests refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServedImages {
    /// Those of the registries that were named, or else of those that are known here.
    OfRegistries,
    /// All of them: the cluster has the Secret, and what it holds is not known here.
    All,
}

/// Where changed manifests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectDestination {
    /// To standard output, as one stream.
    StandardOutput,
    /// Into their files.
    Files,
}

impl InjectOptions {
    pub(super) fn of(
        mut arguments: InjectArguments,
        environment: &Environment,
    ) -> Result<Self, Error> {
        name_manifests(&mut arguments);
        let selection_arguments = &arguments.selection;
        let standard_input = selection::standard_input(selection_arguments);
        standard_input.files("--ca-file", &arguments.verification.trust.ca_file).check()?;
        if selection_arguments.filenames.is_empty() {
            let hint = "name or pipe them: kubectl regcred inject -f FILE";
            return Err(Error::usage("inject needs manifests", hint));
        }
        if arguments.in_place
            && selection_arguments.filenames.iter().any(|path| files::is_stdin(path))
        {
            let problem = "--in-place cannot be used with standard input";
            return Err(Error::usage(problem, "leave --in-place out"));
        }
        let is_existing = !arguments.existing_secret.is_empty();
        let names = if is_existing {
            arguments.existing_secret.clone()
        } else {
            vec![arguments.secret_name.clone()]
        };
        for name in &names {
            Metadata::new("Secret name", name)?;
        }
        cluster::check_namespace(arguments.namespace.as_deref())?;
        let secret = secret_document(&arguments);
        let selection = selection::of(arguments.selection, environment)?;
        check_typed(&selection, secret)?;
        let verify = verify_first(&arguments.verification, environment)?;
        let service_accounts = match (arguments.service_accounts, selection.names_registries()) {
            (false, _) => ServiceAccounts::Kept,
            (true, false) => ServiceAccounts::Referring,
            (true, true) => ServiceAccounts::AllReferring,
        };
        Ok(Self {
            request: Request {
                secret_name: arguments.secret_name,
                names,
                secret,
                service_accounts,
                misplaced: if arguments.fix { Misplaced::Moved } else { Misplaced::Kept },
                namespace: arguments.namespace,
            },
            served: if is_existing && !selection.names_registries() {
                ServedImages::All
            } else {
                ServedImages::OfRegistries
            },
            destination: if arguments.in_place {
                InjectDestination::Files
            } else {
                InjectDestination::StandardOutput
            },
            selection,
            verify,
        })
    }
}

/// Takes files without a flag as those of `-f`, and a pipe where none is named: so
/// a post-renderer of helm is called.
fn name_manifests(arguments: &mut InjectArguments) {
    let selection_arguments = &mut arguments.selection;
    selection_arguments.filenames.append(&mut arguments.files);
    let is_wanted = selection_arguments.filenames.is_empty() && !arguments.in_place;
    if is_wanted && selection::standard_input(selection_arguments).is_free() {
        selection_arguments.filenames = words::piped();
    }
}

fn secret_document(arguments: &InjectArguments) -> SecretDocument {
    let is_omitted =
        !arguments.existing_secret.is_empty() || arguments.references_only || arguments.in_place;
    match (is_omitted, arguments.refresh) {
        (true, _) => SecretDocument::Omitted,
        (false, true) => SecretDocument::Refreshed,
        (false, false) => SecretDocument::Added,
    }
}

/// The images of the manifests do not say which registry a typed credential is for.
fn check_typed(selection: &SelectionOptions, secret: SecretDocument) -> Result<(), Error> {
    if selection.typed.is_none() {
        return Ok(());
    }
    if secret == SecretDocument::Omitted {
        let problem = "--username and --password-stdin have no effect when no Secret is written";
        return Err(Error::usage(problem, "leave --username and --password-stdin out"));
    }
    if !selection.names_registries() {
        let problem = "--username needs to know for which registry";
        return Err(Error::usage(problem, "name it: --registry HOST"));
    }
    selection::check_typed(selection, &[])
}
