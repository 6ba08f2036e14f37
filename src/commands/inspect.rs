//! `inspect`: what is inside a pull Secret or a configuration of docker.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::cli::{InspectArguments, Listing};
use crate::commands::pull_secret::Value;
use crate::commands::rows::{self, Problem, Row};
use crate::commands::{manifests, namespaces, writing};
use crate::error::{Error, Failures};
use crate::kubelet::{PullSecret, SecretEntry, SecretKind, entries};
use crate::manifest::edit::{self, SecretObject};
use crate::manifest::metadata::Metadata;
use crate::registry::credential::Login;
use crate::registry::key::{DockerKey, RegistryKey};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};

/// The name that the Kubernetes page gives its Secret.
const DEFAULT_NAME: &str = "regcred";

/// Something that holds entries, by what it is called in messages.
struct Holder {
    origin: String,
    value: Value,
}

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where an entry cannot be used.
pub fn run(arguments: &InspectArguments, environment: &Environment) -> Result<(), Failures> {
    let holders = match &arguments.filename {
        Some(path) => from_file(path)?,
        None => vec![from_cluster(arguments, environment)?],
    };
    if arguments.reveal && arguments.output == Listing::Table {
        return reveal(&holders);
    }
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for holder in &holders {
        match read(holder) {
            Ok(entries) => {
                tell_same(&entries);
                let rows_of =
                    entries.into_iter().map(|entry| row(entry, &holder.origin, arguments.reveal));
                rows.extend(rows_of);
            }
            Err(error) => failures.push(error),
        }
    }
    let problems = rows.iter().filter(|row| row.usable == Some(false)).count();
    writing::print(&match arguments.output {
        Listing::Table => rows::table(&rows, true) + &explained(&rows),
        Listing::Json => rows::json(rows)?,
    })?;
    failures.extend((problems > 0).then_some(Error::Problems(problems)));
    Failures::check(failures)
}

/// What kubectl prints on the Kubernetes page: the value itself.
fn reveal(holders: &[Holder]) -> Result<(), Failures> {
    for holder in holders {
        let Value::Plain(_, value) = &holder.value else { return Err(read_error(holder).into()) };
        writing::note_credential();
        writing::print(&String::from_utf8_lossy(value))?;
    }
    Ok(())
}

fn from_cluster(arguments: &InspectArguments, environment: &Environment) -> Result<Holder, Error> {
    let name = arguments.name.as_deref().unwrap_or(DEFAULT_NAME);
    let metadata = Metadata::new("Secret name", name)?;
    let namespace = arguments.namespace.as_deref();
    namespace.map(|namespace| metadata.in_namespace(namespace)).transpose()?;
    let kubectl = namespaces::kubectl(&arguments.kubectl, environment)?;
    let live = kubectl.secret(namespace, name)?.ok_or_else(|| Error::Cluster {
        said: format!("there is no Secret {name}"),
        namespace: namespace.map(clean),
        hint: "see which there are: kubectl get secrets --field-selector type=kubernetes.io/dockerconfigjson".to_owned(),
    })?;
    if live.metadata.annotations.contains_key(super::applying::LAST_APPLIED) {
        messages::warning(
            "its last-applied-configuration holds a second copy of the credentials; `secret --apply` removes it",
        );
    }
    let secret = SecretObject {
        secret_type: live.secret_type,
        data: live.data,
        string_data: BTreeMap::new(),
    };
    Ok(Holder { origin: format!("Secret {name}"), value: Value::of(&secret) })
}

/// The Secrets in a manifest, or a configuration of docker.
fn from_file(path: &Path) -> Result<Vec<Holder>, Failures> {
    let text = manifests::read(path)?;
    let shown = manifests::shown(path);
    if let Some(kind) = configuration(&text) {
        let value = Value::Plain(kind, Zeroizing::new(text.as_bytes().to_vec()));
        return Ok(vec![Holder { origin: shown, value }]);
    }
    let stream = edit::read(&text).map_err(|fault| manifests::unparsable(path, &fault))?;
    let secrets = stream.objects.iter().filter_map(|object| {
        let value = Value::of(object.secret.as_ref()?);
        Some(Holder { origin: format!("Secret {}", clean(&object.name)), value })
    });
    let secrets: Vec<Holder> = secrets.collect();
    if secrets.is_empty() {
        let hint = "name the manifest of a Secret, or docker's config.json: -f FILE";
        return Err(Error::usage(format!("{shown} holds no Secret"), hint).into());
    }
    Ok(secrets)
}

/// Whether a text is a configuration of docker, in its new or its legacy form.
fn configuration(text: &str) -> Option<SecretKind> {
    let text = text.trim_start_matches('\u{feff}');
    let members: BTreeMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(text).ok()?;
    if ["kind", "apiVersion"].iter().any(|name| members.contains_key(*name)) {
        return None;
    }
    let store = ["credsStore", "credHelpers"].into_iter().find(|name| members.contains_key(*name));
    if let Some(name) = store {
        messages::warning(&format!(
            "it names {name}: what is kept there is not in the file; `kubectl regcred sources` lists it"
        ));
    }
    let is_config = store.is_some() || members.contains_key("auths");
    Some(if is_config { SecretKind::DockerConfigJson } else { SecretKind::DockerConfig })
}

fn read(holder: &Holder) -> Result<Vec<SecretEntry>, Error> {
    match &holder.value {
        Value::Plain(kind, value) => {
            entries(PullSecret { kind: *kind, value }).ok_or_else(|| read_error(holder))
        }
        _ => Err(read_error(holder)),
    }
}

/// Says which entries hold one credential: it is as good as one registry's rights
/// for all of them.
fn tell_same(entries: &[SecretEntry]) {
    let mut holders: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for entry in entries {
        if let Some((username, password)) = &entry.login
            && !password.expose_secret().is_empty()
        {
            let credential = (username.as_str(), password.expose_secret());
            holders.entry(credential).or_default().push(clean(&entry.key));
        }
    }
    for keys in holders.values().filter(|keys| keys.len() > 1) {
        messages::note(&format!("these hold the same credential: {}", keys.join(", ")));
    }
}

/// Why nothing can be read from it, with kubectl's own words for the same.
fn read_error(holder: &Holder) -> Error {
    let (reason, hint) = match &holder.value {
        Value::OtherType(found) => (
            format!("it is of type {found}, and the kubelet skips it"),
            "a pull Secret is of type kubernetes.io/dockerconfigjson",
        ),
        Value::WithoutKey(key) => {
            (format!("it has nothing under `{key}`"), "write it with: kubectl regcred secret")
        }
        Value::NotBase64 => (
            "its data is not one line of base64; kubectl says of such a file `error: no objects passed to create`".to_owned(),
            "encode it without line breaks, as base64 -w0 does, or write it with: kubectl regcred secret",
        ),
        Value::Plain(..) => (
            "its data is not JSON with `auths`; the API server says `data[.dockerconfigjson]: invalid value`".to_owned(),
            "write it with: kubectl regcred secret",
        ),
    };
    Error::NotInspectable { origin: holder.origin.clone(), reason, hint }
}

fn row(entry: SecretEntry, origin: &str, reveal: bool) -> Row {
    let SecretEntry { key, login, has_identity_token } = entry;
    let registry = match RegistryKey::from_docker(&key) {
        DockerKey::Registry(registry) => Some(registry),
        DockerKey::HubSession | DockerKey::Unusable => None,
    };
    let problem = |code, message: &str, hint: &str| Problem {
        code,
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let Some(registry) = registry else {
        let mut row = Row::new(clean(&key), key, origin);
        row.usable = Some(false);
        let hint = "take the entry out";
        row.problems.push(problem(
            "no-match",
            "its key is that of no registry, and matches no image",
            hint,
        ));
        return row;
    };
    let mut row = Row::new(registry.to_string(), key, origin);
    let Some((username, password)) = login else {
        row.usable = Some(false);
        let message =
            "it cannot be decoded, and the kubelet pulls no image of a Pod that refers to it";
        row.problems.push(problem("malformed", message, "write it with: kubectl regcred secret"));
        return row;
    };
    row.password = reveal.then(|| password.clone());
    // The kubelet ignores the token; its presence says what was meant.
    let identity_token = has_identity_token.then(|| SecretString::from(""));
    let login = Login { username, password, identity_token, has_registry_token: false };
    // The refusal is among the row's problems.
    let _ = row.check(&registry, login);
    row
}

/// The problems, and which entries hold one credential, below the columns.
fn explained(rows: &[Row]) -> String {
    let problems =
        rows.iter().flat_map(|row| row.problems.iter().map(move |problem| (row, problem)));
    let lines = problems.map(|(row, problem)| {
        format!("\n{}: {}\n  {}\n", clean(&row.key), problem.message, problem.hint)
    });
    lines.collect()
}
