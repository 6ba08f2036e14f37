//! Credentials as rows, which `sources` and `inspect` show.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::kubelet::{self, SecretEntry};
use crate::output::{Headers, json, yaml};
use crate::registry::credential::{self, Login, Refusal};
use crate::registry::expiry;
use crate::registry::key::RegistryKey;
use crate::selection::pull_secret;
use crate::system::clock;
use crate::system::messages::clean;
use crate::system::untrusted::one_line;

/// How many names are shown where there may be thousands.
const FEW: usize = 3;

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "not looked at".
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
    /// The key of an entry before this one that holds the same credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) same_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "revealed")]
    pub(crate) password: Option<SecretString>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

#[derive(Debug, Serialize)]
struct Rows {
    entries: Vec<Row>,
}

/// `--reveal` asked for it.
#[expect(clippy::ref_option, reason = "serde's signature")]
pub(crate) fn revealed<S: Serializer>(
    password: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    password.as_ref().map(ExposeSecret::expose_secret).serialize(to)
}

impl Row {
    /// Of a registry, under a key as it is written; nothing was looked at yet.
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

    /// Says that it cannot be used, and why.
    fn refuse(&mut self, code: &'static str, message: String, hint: String) {
        self.usable = Some(false);
        self.problems.push(Problem { code, message, hint });
    }

    /// Says how the entry comes into the Secret of the cluster that it is of: whoever
    /// has logged in has not written it there yet.
    pub(crate) fn write_into(&mut self, secret: &str, place: &str) {
        let write = pull_secret::write(secret, &self.registry, place);
        for problem in self.problems.iter_mut().filter(|_| self.usable == Some(false)) {
            problem.hint = match problem.code {
                "identity-token" | "expired" => format!("{}, then: {write}", problem.hint),
                // Another entry is what helps against a key that is none.
                "no-match" if self.username.is_none() => continue,
                _ => format!("write the entry anew: {write}"),
            };
        }
    }

    /// Fills in what the login is worth; gives the reason why it cannot be used.
    pub(crate) fn check(&mut self, registry: &RegistryKey, login: Login) -> Option<Refusal> {
        self.kind = Some(login.kind(registry));
        let username = credential::shown_username(&login.username, &login.password);
        match credential::usable(registry, login, clock::now()) {
            Ok((credential, cautions)) => {
                let told = cautions.iter().filter(|caution| !caution.hint().is_empty());
                self.problems.extend(told.map(|caution| Problem {
                    code: caution.code(),
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
                let tells = matches!(refusal, Refusal::Expired(_) | Refusal::ColonInUsername);
                self.username = Some(username).filter(|_| tells);
                self.refuse(refusal.code(), refusal.to_string(), refusal.hint(registry));
                Some(refusal)
            }
        }
    }
}

/// An entry of a pull Secret, or of a configuration, as the kubelet sees it.
pub(crate) fn of_entry(entry: SecretEntry, origin: &str, reveal: bool) -> Row {
    let SecretEntry { key, login, has_identity_token } = entry;
    let registry = RegistryKey::from_docker(&key).registry();
    let shown = registry.as_ref().map_or_else(|| clean(&key), ToString::to_string);
    let mut row = Row::new(shown, key, origin);
    let Some((username, password)) = login else {
        let message =
            "it cannot be decoded, and the kubelet pulls no image of a Pod that refers to it";
        row.refuse("malformed", message.to_owned(), "write it with: kubectl regcred secret".into());
        return row;
    };
    let Some(registry) = registry else {
        let message = "its key is that of no registry, and matches no image".to_owned();
        row.refuse("no-match", message, "take the entry out".to_owned());
        return row;
    };
    row.password = reveal.then(|| password.clone());
    // The kubelet ignores the token; its presence says what was meant.
    let identity_token = has_identity_token.then(|| SecretString::from(""));
    let login = Login { username, password, identity_token, has_registry_token: false };
    // The refusal is among the row's problems.
    let _ = row.check(&registry, login);
    let probe = registry.probe_image();
    if !kubelet::serves(&row.key, &probe) {
        let miss = clean(&kubelet::why(&row.key, &probe).to_string());
        let message = format!("the kubelet uses it for no image of {registry}: {miss}");
        let hint = format!("write it as {}: kubectl regcred secret", registry.auths_key());
        row.refuse("no-match", message, hint);
    }
    row
}

/// The first of some foreign names, and how many there are beside them.
pub(crate) fn few(names: &[&str], separator: &str) -> String {
    let mut shown: Vec<String> = names.iter().take(FEW).map(|name| clean(name)).collect();
    if names.len() > FEW {
        shown.push(format!("and {} more", names.len() - FEW));
    }
    shown.join(separator)
}

/// The rows as one JSON object.
///
/// # Errors
/// [`Error::Render`].
pub(crate) fn json(entries: Vec<Row>) -> Result<String, Error> {
    json::render(&Rows { entries })
}

/// The same as YAML.
///
/// # Errors
/// [`Error::Render`].
pub(crate) fn yaml(entries: Vec<Row>) -> Result<String, Error> {
    yaml::render(&Rows { entries })
}

/// The rows in columns.
pub(crate) fn table(entries: &[Row], checked: bool, headers: Headers) -> String {
    let mut lines: Vec<Vec<&str>> = Vec::new();
    if checked {
        lines.push(vec!["REGISTRY", "USERNAME", "KIND", "EXPIRES", "USABLE", "FROM"]);
        lines.extend(entries.iter().map(checked_cells));
    } else {
        lines.push(vec!["REGISTRY", "FROM"]);
        lines.extend(entries.iter().map(|row| vec![row.registry.as_str(), &row.origin]));
    }
    columns(&lines, headers)
}

/// Cells in columns as kubectl's, three spaces apart; a line stays one line. The
/// first line holds the headers.
pub(crate) fn columns(lines: &[Vec<&str>], headers: Headers) -> String {
    let skipped = usize::from(headers == Headers::Omitted);
    let lines: Vec<Vec<String>> = lines
        .iter()
        .skip(skipped)
        .map(|line| line.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = Vec::new();
    for line in &lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            text.push_str(cell);
            let is_last = column + 1 == line.len();
            let gap = if is_last { 0 } else { width + 3 - cell.chars().count() };
            text.extend(std::iter::repeat_n(' ', gap));
        }
        text.push('\n');
    }
    text
}

fn checked_cells(row: &Row) -> Vec<&str> {
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
