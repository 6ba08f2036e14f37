//! Credentials as rows, which `sources`, `inspect` and `list` show.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::cluster::proposal::with_flags;
use crate::diagnose::hints::{self, ValuePlace};
use crate::error::Error;
use crate::kubelet::{self, ProblemCode, SecretEntry, ValueFault};
use crate::manifest::error::ManifestError;
use crate::output::table::columns;
use crate::output::{Headers, json, yaml};
use crate::registry::credential::{self, Login, Refusal};
use crate::registry::expiry::{self, UnixSeconds};
use crate::registry::key::RegistryKey;
use crate::system::messages::clean;

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "could not be read".
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) registry: String,
    pub(crate) key: String,
    pub(crate) username: Option<String>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) expires_at: Option<String>,
    pub(crate) usable: Option<bool>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) origin: String,
    /// The key of an earlier entry with the same credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) same_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "revealed")]
    pub(crate) password: Option<SecretString>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Whether an answer shows passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passwords {
    Hidden,
    /// `--reveal` asks for them.
    Shown,
}

#[derive(Debug, Serialize)]
struct Rows {
    entries: Vec<Row>,
}

/// Serialises a password that `--reveal` asks for.
#[expect(clippy::ref_option, reason = "serde's signature")]
pub(crate) fn revealed<S: Serializer>(
    password: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    password.as_ref().map(ExposeSecret::expose_secret).serialize(to)
}

impl Row {
    /// Returns the row of a registry whose credential was not read yet; `key` is as
    /// written.
    pub(crate) fn new(registry: String, key: String, origin: &str) -> Self {
        Self {
            registry,
            key,
            username: None,
            kind: None,
            expires_at: None,
            usable: None,
            problems: Vec::new(),
            origin: origin.to_owned(),
            same_as: None,
            password: None,
        }
    }

    /// Notes that the credential cannot be used, and why.
    fn refuse(&mut self, code: ProblemCode, message: String, hint: String) {
        self.usable = Some(false);
        self.problems.push(Problem { code, message, hint });
    }

    /// Adds to the hints how the entry comes into its Secret in the cluster: a person
    /// who logs in has not written it there yet.
    pub(crate) fn add_apply_hints(
        &mut self,
        secret: &str,
        namespace: Option<&str>,
        flags: &[String],
    ) {
        if self.usable != Some(false) {
            return;
        }
        let write = hints::write_entry(secret, &self.registry, namespace);
        let names_registry = self.username.is_some();
        for problem in &mut self.problems {
            // An entry whose key names no registry cannot be written.
            if problem.code != ProblemCode::NoMatch || names_registry {
                let hint = hints::into_cluster(problem.code, &problem.hint, &write);
                problem.hint = with_flags(&hint, flags);
            }
        }
    }

    /// Says how the entry is written again from its file, where what is meant is certain.
    pub(crate) fn add_mending_hint(&mut self, path: &str) {
        for problem in self.problems.iter_mut().filter(|it| it.code == ProblemCode::Malformed) {
            problem.hint = hints::write_from_file(path);
        }
    }

    /// Fills in what the login is worth at the time `now`; returns the reason why it
    /// cannot be used.
    pub(crate) fn check(
        &mut self,
        registry: &RegistryKey,
        login: Login,
        now: UnixSeconds,
    ) -> Option<Refusal> {
        self.kind = Some(login.kind(registry));
        let username = credential::shown_username(&login.username, &login.password);
        match credential::for_pull_secret(registry, login, now) {
            Ok((credential, cautions)) => {
                let with_hint = cautions.iter().filter(|caution| !caution.hint().is_empty());
                self.problems.extend(with_hint.map(|caution| Problem {
                    code: (*caution).into(),
                    message: caution.to_string(),
                    hint: caution.hint().to_owned(),
                }));
                self.username = Some(credential.shown_username());
                self.expires_at = credential.expires_at.map(expiry::rfc3339);
                self.usable = Some(true);
                None
            }
            Err(refusal) => {
                // The password of a refused login is gone, and may have been the name too.
                let is_shown = matches!(
                    refusal,
                    Refusal::Expired(_)
                        | Refusal::ColonInUsername
                        | Refusal::BlankPassword
                        | Refusal::PasswordPlaceholder(_)
                );
                self.username = Some(username).filter(|_| is_shown);
                if let Refusal::Expired(at) = refusal {
                    self.expires_at = Some(expiry::rfc3339(at));
                }
                self.refuse(refusal.into(), refusal.to_string(), refusal.hint(registry));
                Some(refusal)
            }
        }
    }
}

/// Returns why a Secret or file has no rows, as the error of a command.
pub(crate) fn not_inspectable(origin: &str, fault: &ValueFault, place: ValuePlace<'_>) -> Error {
    Error::NotInspectable {
        origin: origin.to_owned(),
        reason: fault.to_string(),
        hint: hints::of_value(fault, place),
    }
}

/// Returns the row of an entry of a pull Secret or a docker config, as the kubelet
/// reads it.
pub(crate) fn from_secret_entry(
    entry: SecretEntry,
    origin: &str,
    passwords: Passwords,
    now: UnixSeconds,
) -> Row {
    let SecretEntry { key, login, fault, has_identity_token } = entry;
    let registry = RegistryKey::from_docker(&key).registry();
    let shown = registry.as_ref().map_or_else(|| clean(&key), ToString::to_string);
    let mut row = Row::new(shown, key, origin);
    let Some((username, password)) = login else {
        let fault = fault.map_or_else(|| "cannot be decoded".to_owned(), |it| it.to_string());
        let message = format!("it {fault}; the kubelet pulls no image of a Pod that references it");
        row.refuse(ProblemCode::Malformed, message, hints::WRITE_SECRET.to_owned());
        return row;
    };
    let Some(registry) = registry else {
        let message = "its key names no registry, and matches no image".to_owned();
        row.refuse(ProblemCode::NoMatch, message, hints::REMOVE_ENTRY.to_owned());
        return row;
    };
    row.password = (passwords == Passwords::Shown).then(|| password.clone());
    // The kubelet ignores the token; its presence says what was meant.
    let identity_token = has_identity_token.then(|| SecretString::from(""));
    let login = Login { username, password, identity_token, has_registry_token: false };
    // The refusal is among the row's problems.
    let _ = row.check(&registry, login, now);
    let probe = registry.probe_image();
    if !kubelet::serves(&row.key, &probe) {
        let miss = clean(&kubelet::why(&row.key, &probe).to_string());
        let message = format!("the kubelet uses it for no image of {registry}: {miss}");
        row.refuse(ProblemCode::NoMatch, message, hints::rename_key(&registry));
    }
    row
}

/// Returns the rows as one JSON object.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn json(entries: Vec<Row>) -> Result<String, ManifestError> {
    json::render(&Rows { entries })
}

/// The same as YAML.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn yaml(entries: Vec<Row>) -> Result<String, ManifestError> {
    yaml::render(&Rows { entries })
}

/// Returns the registries in columns, with where their credentials come from.
pub(crate) fn table_of_registries(entries: &[Row], headers: Headers) -> String {
    let rows = entries.iter().map(|row| vec![row.registry.as_str(), &row.origin]);
    columns(&std::iter::once(vec!["REGISTRY", "FROM"]).chain(rows).collect::<Vec<_>>(), headers)
}

/// Returns the credentials in columns.
pub(crate) fn table(entries: &[Row], headers: Headers) -> String {
    let head = vec!["REGISTRY", "USERNAME", "KIND", "EXPIRES", "USABLE", "FROM"];
    columns(&std::iter::once(head).chain(entries.iter().map(cells)).collect::<Vec<_>>(), headers)
}

fn cells(row: &Row) -> Vec<&str> {
    let usable = match row.usable {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    vec![
        &row.registry,
        row.username.as_deref().unwrap_or("-"),
        row.kind.unwrap_or("-"),
        row.expires_at.as_deref().unwrap_or("-"),
        usable,
        &row.origin,
    ]
}

/// Returns the problems of the rows, as they stand below the columns.
pub(crate) fn problems(rows: &[Row]) -> String {
    let of_row = |row: &Row| {
        let lines = row.problems.iter().map(|problem| {
            format!("\n{}: {}\n  hint: {}\n", clean(&row.key), problem.message, problem.hint)
        });
        lines.collect::<String>()
    };
    rows.iter().map(of_row).collect()
}
