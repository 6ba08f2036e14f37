//! What `verify` answers: one row for each image or login.

use serde::Serialize;

use crate::distribution::PullCheck;
use crate::error::registry_hint;
use crate::manifest::error::ManifestError;
use crate::output::table::columns;
use crate::output::{Listing, json, yaml};

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "could not be read".
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    /// The whole image, or the registry, for the table.
    #[serde(skip)]
    what: &'a str,
    /// The image as it was written; none where only a login was tried.
    image: Option<&'a str>,
    registry: &'a str,
    outcome: &'static str,
    username: Option<&'a str>,
    message: &'a str,
    hint: String,
}

#[derive(Serialize)]
struct Answer<'r, 'a> {
    images: &'r [Row<'a>],
}

impl<'a> Row<'a> {
    /// Returns the row of what a registry answered.
    pub(crate) fn new(what: &'a str, image: Option<&'a str>, check: &'a PullCheck) -> Self {
        let hint = check.remedy.as_ref().map(registry_hint);
        Self {
            what,
            image,
            registry: &check.registry,
            outcome: check.outcome.name(),
            username: check.username.as_deref(),
            message: &check.message,
            hint: hint.map(|hint| hint.to_string()).unwrap_or_default(),
        }
    }
}

/// Returns the rows in the form that is wanted.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(rows: &[Row<'_>], form: Listing) -> Result<String, ManifestError> {
    let answer = Answer { images: rows };
    match form {
        Listing::Table(headers) => {
            let mut lines = vec![vec!["IMAGE", "OUTCOME", "USERNAME"]];
            lines.extend(
                rows.iter().map(|row| vec![row.what, row.outcome, row.username.unwrap_or("-")]),
            );
            Ok(columns(&lines, headers))
        }
        Listing::Json => json::render(&answer),
        Listing::Yaml => yaml::render(&answer),
    }
}
