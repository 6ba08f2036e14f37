//! The pull Secrets of a manifest or of the cluster, and docker configs.

use std::path::Path;

use zeroize::Zeroizing;

use crate::cluster::error::{ClusterError, Remedy};
use crate::cluster::refusal::in_namespace;
use crate::cluster::secrets::LAST_APPLIED;
use crate::cluster::{Kubectl, KubectlOptions};
use crate::error::{Error, Failures};
use crate::kubelet::go::json::{self, Object, is_named};
use crate::kubelet::{SecretKind, SecretValue};
use crate::manifest::edit;
use crate::selection::manifests;
use crate::selection::mending::mend;
use crate::sources::search::{NamedFile, PullSecretText};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};

/// A Secret of the cluster, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClusterSecret {
    /// Its name, checked.
    pub(crate) name: String,
    /// Its namespace, checked; none is that of the kubeconfig.
    pub(crate) namespace: Option<String>,
    /// The kubectl to ask.
    pub(crate) kubectl: KubectlOptions,
}

/// Something that holds entries.
pub(crate) struct Holder {
    /// What it is called in messages.
    pub(crate) origin: String,
    /// The Secret's name, or the file's.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) location: Location,
    /// What is in it.
    pub(crate) value: SecretValue,
}

/// Where a pull Secret or docker config is.
pub(crate) enum Location {
    /// The docker config in this file, or on standard input; no Secret.
    DockerConfig(String),
    /// In this file, or on standard input.
    File(String),
    /// In this namespace of the cluster, none is that of the kubeconfig; with the flags of
    /// kubectl that name the cluster.
    Cluster(Option<String>, Vec<String>),
}

/// The Secret of this name in the cluster.
///
/// # Errors
/// What kubectl says; that there is none.
pub(crate) fn from_cluster(
    secret: &ClusterSecret,
    environment: &Environment,
) -> Result<Holder, Error> {
    let (name, namespace) = (secret.name.as_str(), secret.namespace.as_deref());
    let kubectl = Kubectl::find(&secret.kubectl, environment)?;
    let live = kubectl.secret(namespace, name)?.ok_or_else(|| not_found(secret))?;
    if live.metadata.annotations.contains_key(LAST_APPLIED) {
        messages::warning(
            "its last-applied-configuration holds a second copy of the credentials; `secret --apply` removes it",
        );
    }
    let name = name.to_owned();
    let location = Location::Cluster(namespace.map(str::to_owned), secret.kubectl.flags.clone());
    Ok(Holder { origin: format!("Secret {name}"), name, location, value: live.value() })
}

/// The Secret of this name in the cluster, as a source of credentials for another cluster
/// or the same. What is proposed to a person is about the `target`.
///
/// # Errors
/// What kubectl says; that there is none.
pub(crate) fn as_source(
    secret: &ClusterSecret,
    target: &KubectlOptions,
    environment: &Environment,
) -> Result<NamedFile, Error> {
    let (name, namespace) = (secret.name.as_str(), secret.namespace.as_deref());
    let kubectl = Kubectl::find(&secret.kubectl, environment)?;
    let of_source = |error| if *target == secret.kubectl { error } else { without_remedy(error) };
    let manifest = kubectl.secret_manifest(namespace, name).map_err(of_source)?;
    let manifest = manifest.ok_or_else(|| of_source(not_found(secret)))?;
    let shown = format!("Secret {name}{}", in_namespace(namespace));
    Ok(NamedFile::DockerConfigJson(PullSecretText::Read(shown, manifest), mend))
}

fn not_found(secret: &ClusterSecret) -> ClusterError {
    ClusterError::Refused {
        said: format!("Secret {} not found", secret.name),
        namespace: secret.namespace.as_deref().map(clean),
        remedy: Some(Remedy::ListPullSecrets),
    }
}

fn without_remedy(error: ClusterError) -> ClusterError {
    match error {
        ClusterError::Refused { said, namespace, .. } => {
            ClusterError::Refused { said, namespace, remedy: None }
        }
        error => error,
    }
}

/// The Secrets in a manifest, or a configuration of docker.
///
/// # Errors
/// A file that cannot be read, or holds neither.
pub(crate) fn from_file(path: &Path) -> Result<Vec<Holder>, Failures> {
    let text = manifests::read(path)?;
    let shown = manifests::shown(path);
    if let Some(config) = DockerConfig::of(&text) {
        config.warn_of_store();
        let value = SecretValue::Plain(config.kind, Zeroizing::new(text.as_bytes().to_vec()));
        let (name, location) = (shown.clone(), Location::DockerConfig(shown.clone()));
        return Ok(vec![Holder { name, origin: shown, location, value }]);
    }
    let stream = edit::read(&text).map_err(|fault| manifests::unparsable(path, &fault))?;
    let secrets = stream.objects.iter().filter_map(|object| {
        let value = object.secret.as_ref()?.value();
        let name = clean(&object.name);
        let location = Location::File(shown.clone());
        Some(Holder { origin: format!("Secret {name}"), name, location, value })
    });
    let secrets: Vec<Holder> = secrets.collect();
    if secrets.is_empty() {
        let hint = "name the manifest of a Secret, or docker's config.json: -f FILE";
        return Err(Error::usage(format!("{shown} holds no Secret"), hint).into());
    }
    Ok(secrets)
}

/// A docker config, in its new or its legacy form.
pub(crate) struct DockerConfig {
    /// The kind of the Secret that would hold it.
    pub(crate) kind: SecretKind,
    /// The member that names a credentials store or helper.
    store: Option<&'static str>,
}

impl DockerConfig {
    /// Recognizes a docker config; returns none for any other text.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let Object(members) = json::whole(text).ok()?;
        // Kubernetes reads its own members by their exact names.
        if members.iter().any(|(name, _)| ["kind", "apiVersion"].contains(&&**name)) {
            return None;
        }
        let has = |member: &str| members.iter().any(|(name, _)| is_named(name, member));
        let mut stores = [("credsStore", "credsstore"), ("credHelpers", "credhelpers")].into_iter();
        let store = stores.find(|(_, member)| has(member)).map(|(name, _)| name);
        let is_config = store.is_some() || has("auths");
        let kind = if is_config { SecretKind::DockerConfigJson } else { SecretKind::DockerConfig };
        Some(Self { kind, store })
    }

    /// Warns of credentials that are not in the file.
    pub(crate) fn warn_of_store(&self) {
        if let Some(name) = self.store {
            messages::warning(&format!(
                "it names {name}: what is kept there is not in the file; `kubectl regcred sources` lists it"
            ));
        }
    }
}
