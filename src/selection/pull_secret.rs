//! The value of a pull Secret as it stands in a manifest or in the cluster.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::cluster::refusal::namespace_flag;
use crate::cluster::secrets::{LAST_APPLIED, LiveSecret};
use crate::cluster::{Kubectl, KubectlOptions};
use crate::error::{Error, Failures};
use crate::kubelet::go::json::{self, Object, is_named};
use crate::kubelet::{Candidate, PullSecret, SecretEntry, SecretKind, State, entries};
use crate::manifest::edit::{self, SecretObject};
use crate::registry::credential::Credential;
use crate::selection::manifests;
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::shell;

/// The name that the Kubernetes page gives its Secret.
pub(crate) const DEFAULT_NAME: &str = "regcred";

/// What to do about a reference that no Secret can answer.
pub(crate) const NO_NAME: &str = "correct the reference: no Secret can have this name";

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
    /// Of a Secret in the cluster, the flag that says where: empty, or ` -n NAMESPACE`.
    pub(crate) place: Option<String>,
    /// What is in it.
    pub(crate) value: Value,
}

/// The command that writes a registry's entry into a live Secret. `more` is flags,
/// quoted already, with a space before them.
pub(crate) fn write(secret: &str, registry: &str, more: &str) -> String {
    let words = ["kubectl", "regcred", "secret", secret, "--registry", registry, "--apply"];
    shell::command(words) + more
}

/// What a Secret holds, by its keys.
type Data = BTreeMap<String, SecretString>;

/// A Secret's value, decoded, or why there is none.
pub(crate) enum Value {
    OtherType(String),
    WithoutKey(&'static str),
    NotBase64,
    Plain(SecretKind, Zeroizing<Vec<u8>>),
}

impl Value {
    /// What the kubelet would read.
    pub(crate) fn of(secret: &SecretObject) -> Self {
        Self::read(&secret.secret_type, &secret.data, Some(&secret.string_data))
    }

    /// The same of a Secret in the cluster.
    pub(crate) fn of_live(live: &LiveSecret) -> Self {
        Self::read(&live.secret_type, &live.data, None)
    }

    fn read(secret_type: &str, data: &Data, string_data: Option<&Data>) -> Self {
        let Some(kind) = SecretKind::of_type(secret_type) else {
            let shown = if secret_type.is_empty() { "Opaque" } else { secret_type };
            return Self::OtherType(clean(shown));
        };
        let key = kind.key();
        let plain = string_data.and_then(|data| data.get(key));
        let plain = plain.map(|text| text.expose_secret().as_bytes().to_vec());
        let decoded = plain.map(Ok).or_else(|| {
            // The API server lets line ends pass, as Go's decoder does.
            let text = data.get(key)?.expose_secret();
            if !text.bytes().any(|byte| matches!(byte, b'\r' | b'\n')) {
                return Some(STANDARD.decode(text));
            }
            let text = Zeroizing::new(text.replace(['\r', '\n'], ""));
            Some(STANDARD.decode(text.as_bytes()))
        });
        match decoded {
            None => Self::WithoutKey(key),
            Some(Err(_)) => Self::NotBase64,
            Some(Ok(bytes)) if bytes.is_empty() => Self::WithoutKey(key),
            Some(Ok(bytes)) => Self::Plain(kind, Zeroizing::new(bytes)),
        }
    }

    /// The same for a diagnosis.
    pub(crate) fn state(&self) -> State<'_> {
        match self {
            Self::OtherType(found) => State::OtherType(found),
            Self::WithoutKey(key) => State::WithoutKey(key),
            Self::NotBase64 => State::NotBase64,
            Self::Plain(kind, value) => State::Value(PullSecret { kind: *kind, value }),
        }
    }
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
    let live = kubectl.secret(namespace, name)?.ok_or_else(|| Error::Cluster {
        said: format!("there is no Secret {name}"),
        namespace: namespace.map(clean),
        hint: format!("see which there are: kubectl regcred list{}", namespace_flag(namespace)),
    })?;
    if live.metadata.annotations.contains_key(LAST_APPLIED) {
        messages::warning(
            "its last-applied-configuration holds a second copy of the credentials; `secret --apply` removes it",
        );
    }
    let name = name.to_owned();
    let (origin, place) = (format!("Secret {name}"), Some(namespace_flag(namespace)));
    Ok(Holder { origin, name, place, value: Value::of_live(&live) })
}

/// The Secrets in a manifest, or a configuration of docker.
///
/// # Errors
/// A file that cannot be read, or holds neither.
pub(crate) fn from_file(path: &Path) -> Result<Vec<Holder>, Failures> {
    let text = manifests::read(path)?;
    let shown = manifests::shown(path);
    if let Some(kind) = configuration(&text) {
        let value = Value::Plain(kind, Zeroizing::new(text.as_bytes().to_vec()));
        return Ok(vec![Holder { name: shown.clone(), origin: shown, place: None, value }]);
    }
    let stream = edit::read(&text).map_err(|fault| manifests::unparsable(path, &fault))?;
    let secrets = stream.objects.iter().filter_map(|object| {
        let value = Value::of(object.secret.as_ref()?);
        let name = clean(&object.name);
        Some(Holder { origin: format!("Secret {name}"), name, place: None, value })
    });
    let secrets: Vec<Holder> = secrets.collect();
    if secrets.is_empty() {
        let hint = "name the manifest of a Secret, or docker's config.json: -f FILE";
        return Err(Error::usage(format!("{shown} holds no Secret"), hint).into());
    }
    Ok(secrets)
}

/// Whether a text is a configuration of docker, in its new or its legacy form.
pub(crate) fn configuration(text: &str) -> Option<SecretKind> {
    let text = text.trim_start_matches('\u{feff}');
    let Object(members) = json::whole(text).ok()?;
    // Kubernetes reads its own members by their exact names.
    if members.iter().any(|(name, _)| ["kind", "apiVersion"].contains(&&**name)) {
        return None;
    }
    let has = |member: &str| members.iter().any(|(name, _)| is_named(name, member));
    let store = [("credsStore", "credsstore"), ("credHelpers", "credhelpers")];
    let store = store.into_iter().find(|(_, member)| has(member)).map(|(name, _)| name);
    if let Some(name) = store {
        messages::warning(&format!(
            "it names {name}: what is kept there is not in the file; `kubectl regcred sources` lists it"
        ));
    }
    let is_config = store.is_some() || has("auths");
    Some(if is_config { SecretKind::DockerConfigJson } else { SecretKind::DockerConfig })
}

/// What helps against most faults.
const WRITE: &str = "write it with: kubectl regcred secret";

/// Why entries cannot be read.
pub(crate) struct Fault {
    /// A short name for programs.
    pub(crate) code: &'static str,
    /// What is there instead.
    pub(crate) reason: String,
    /// One thing to do.
    pub(crate) hint: &'static str,
}

impl Holder {
    /// Its entries one by one.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn entries(&self) -> Result<Vec<SecretEntry>, Fault> {
        match &self.value {
            Value::Plain(kind, value) => {
                let entries = entries(PullSecret { kind: *kind, value });
                let entries = entries.ok_or_else(|| self.fault())?;
                if entries.is_empty() {
                    let reason = "it holds no entry, and no image is pulled with it".to_owned();
                    return Err(Fault { code: "empty-credential", reason, hint: WRITE });
                }
                Ok(entries)
            }
            _ => Err(self.fault()),
        }
    }

    /// Why nothing can be read from it, with kubectl's own words for the same.
    fn fault(&self) -> Fault {
        let (code, reason, hint) = match &self.value {
            Value::OtherType(found) => (
                "wrong-type",
                format!("it is of type {found}, and the kubelet skips it"),
                "a pull Secret is of type kubernetes.io/dockerconfigjson",
            ),
            Value::WithoutKey(key) => {
                ("missing-key", format!("it has nothing under `{key}`"), WRITE)
            }
            Value::NotBase64 => (
                "malformed",
                "its data is not one line of base64; kubectl says of such a file `error: no objects passed to create`".to_owned(),
                "encode it without line breaks, as base64 -w0 does, or write it with: kubectl regcred secret",
            ),
            Value::Plain(..) => (
                "malformed",
                "its data is not JSON with `auths`; the API server says `data[.dockerconfigjson]: invalid value`".to_owned(),
                WRITE,
            ),
        };
        Fault { code, reason, hint }
    }

    /// What keeps the kubelet from decoding it, where that is none of its entries.
    pub(crate) fn malformed(&self, entries: &[SecretEntry]) -> Option<Fault> {
        let Value::Plain(kind, value) = &self.value else { return None };
        if entries.iter().any(|entry| entry.login.is_none()) {
            return None;
        }
        let malformed = PullSecret { kind: *kind, value }.malformed()?;
        let reason =
            format!("it {malformed}; the kubelet pulls no image of a Pod that refers to it");
        Some(Fault { code: "malformed", reason, hint: WRITE })
    }

    /// A fault of it, as an error of a command.
    pub(crate) fn error(&self, fault: Fault) -> Error {
        let Fault { reason, hint, .. } = fault;
        Error::NotInspectable { origin: self.origin.clone(), reason, hint }
    }

    /// Its value, decoded.
    ///
    /// # Errors
    /// [`Error::NotInspectable`].
    pub(crate) fn plain(&self) -> Result<&[u8], Error> {
        match &self.value {
            Value::Plain(_, value) => Ok(value),
            _ => Err(self.error(self.fault())),
        }
    }
}

/// What a container runtime sends of a candidate; without user name or password
/// it sends nothing.
pub(crate) fn sent(candidate: Candidate) -> Option<Credential> {
    let Candidate { username, password, .. } = candidate;
    let is_sent = !username.is_empty() && !password.expose_secret().is_empty();
    is_sent.then_some(Credential { username, password, expires_at: None })
}
