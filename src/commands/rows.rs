//! Credentials as rows, which `sources` and `inspect` show.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::registry::credential::{self, Login, Refusal};
use crate::registry::expiry;
use crate::registry::key::RegistryKey;
use crate::system::clock;
use crate::system::messages::clean;

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "not looked at".
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) registry: String,
    pub(super) key: String,
    pub(super) username: Option<String>,
    pub(super) kind: Option<&'static str>,
    pub(super) expires_at: Option<String>,
    pub(super) usable: Option<bool>,
    pub(super) problems: Vec<Problem>,
    pub(super) origin: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "revealed")]
    pub(super) password: Option<SecretString>,
}

#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: String,
}

#[derive(Debug, Serialize)]
struct Rows {
    entries: Vec<Row>,
}

/// `--reveal` asked for it.
#[expect(clippy::ref_option, reason = "serde's signature")]
pub(super) fn revealed<S: Serializer>(
    password: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    password.as_ref().map(ExposeSecret::expose_secret).serialize(to)
}

impl Row {
    /// Of a registry, under a key as it is written; nothing was looked at yet.
    pub(super) fn new(registry: String, key: String, origin: &str) -> Self {
        Self {
            registry,
            key,
            username: None,
            kind: None,
            expires_at: None,
            usable: None,
            problems: Vec::new(),
            origin: origin.to_owned(),
            password: None,
        }
    }

    /// Fills in what the login is worth; gives the reason why it cannot be used.
    pub(super) fn check(&mut self, registry: &RegistryKey, login: Login) -> Option<Refusal> {
        self.kind = Some(login.kind(registry));
        let username = clean(&login.username);
        match credential::usable(registry, login, clock::now()) {
            Ok((credential, cautions)) => {
                let told = cautions.iter().filter(|caution| !caution.hint().is_empty());
                self.problems.extend(told.map(|caution| Problem {
                    code: caution.code(),
                    message: caution.to_string(),
                    hint: caution.hint().to_owned(),
                }));
                self.username = Some(clean(credential.shown_username()));
                self.expires_at = credential.expires_at.map(expiry::rfc3339);
                self.usable = Some(true);
                None
            }
            Err(refusal) => {
                // The password of a refused login is gone, and may have been the name too.
                self.username = Some(username).filter(|_| refusal.code() == "expired");
                self.usable = Some(false);
                self.problems.push(Problem {
                    code: refusal.code(),
                    message: refusal.to_string(),
                    hint: refusal.hint(registry),
                });
                Some(refusal)
            }
        }
    }
}

/// The rows as one JSON object.
///
/// # Errors
/// [`Error::Render`].
pub(super) fn json(entries: Vec<Row>) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(&Rows { entries });
    text.map(|text| text + "\n").map_err(|_| Error::Render("list"))
}

/// The rows in columns.
pub(super) fn table(entries: &[Row], checked: bool) -> String {
    let mut lines: Vec<Vec<&str>> = Vec::new();
    if checked {
        lines.push(vec!["REGISTRY", "USERNAME", "KIND", "EXPIRES", "USABLE", "FROM"]);
        lines.extend(entries.iter().map(checked_cells));
    } else {
        lines.push(vec!["REGISTRY", "FROM"]);
        lines.extend(entries.iter().map(|row| vec![row.registry.as_str(), &row.origin]));
    }
    columns(&lines)
}

/// Cells in columns as kubectl's, three spaces apart.
pub(super) fn columns(lines: &[Vec<&str>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            text.push_str(cell);
            let is_last = column + 1 == line.len();
            let gap = if is_last { 0 } else { width(column) + 3 - cell.chars().count() };
            text.push_str(&" ".repeat(gap));
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
