//! What `rotate` answers: one row for each entry.

use serde::Serialize;

use crate::manifest::changes::{is_same, users};
use crate::manifest::error::ManifestError;
use crate::output::table::columns;
use crate::output::{Listing, json, yaml};
use crate::registry::credential::Credential;
use crate::rotate::plan::{Action, Planned};
use crate::system::messages::clean;

/// A row; its JSON is a contract: fields are added, never renamed, and null is
/// "could not be read".
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    namespace: &'a str,
    name: &'a str,
    /// As the Secret spells it.
    key: &'a str,
    old_username: Option<String>,
    new_username: String,
    /// Whether user name or password differ.
    changed: bool,
    /// The tool that writes the Secret.
    owner: Option<&'a str>,
    /// What the tool makes it from.
    owner_place: Option<&'a str>,
    action: &'static str,
    /// Why the Secret could not be used.
    reason: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'r> {
    registry: &'r str,
    /// `client` or `server`; null where what is said is done.
    dry_run: Option<&'static str>,
    secrets: Vec<Row<'r>>,
}

impl Action {
    /// Returns its name for programs.
    fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Managed => "skip-managed",
            Self::Immutable => "skip-immutable",
            Self::Malformed => "skip-malformed",
            Self::Failed => "failed",
        }
    }
}

impl Row<'_> {
    fn cells(&self) -> Vec<String> {
        let old = self.old_username.as_deref().map(clean);
        let new = clean(&self.new_username);
        let user = users(old.as_deref(), &new, self.changed);
        let owner = match (self.owner, self.owner_place) {
            (None, _) => "-".to_owned(),
            (Some(owner), None) => owner.to_owned(),
            (Some(owner), Some(place)) => format!("{owner}, {place}"),
        };
        let place = [self.namespace, self.name, self.key].map(clean);
        [&place[..], &[user, owner, self.action.to_owned()]].concat()
    }
}

/// Returns what was planned, or done, in the form that is wanted.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(
    registry: &str,
    dry_run: Option<&'static str>,
    plan: &[Planned],
    new: &Credential,
    form: Listing,
) -> Result<String, ManifestError> {
    let rows: Vec<Row<'_>> = plan.iter().flat_map(|planned| rows(planned, new)).collect();
    match form {
        Listing::Table(headers) => {
            let head = ["NAMESPACE", "NAME", "KEY", "USER", "OWNER", "ACTION"].map(str::to_owned);
            let mut lines = vec![head.to_vec()];
            lines.extend(rows.iter().map(Row::cells));
            Ok(columns(&lines, headers))
        }
        Listing::Json => json::render(&Answer { registry, dry_run, secrets: rows }),
        Listing::Yaml => yaml::render(&Answer { registry, dry_run, secrets: rows }),
    }
}

fn rows<'a>(planned: &'a Planned, new: &'a Credential) -> impl Iterator<Item = Row<'a>> {
    let (namespace, name) = planned.place();
    planned.found.entries.iter().map(move |entry| {
        let changed = !is_same(entry, new);
        Row {
            namespace,
            name,
            key: &entry.key,
            old_username: entry.shown_username(),
            new_username: new.shown_username(),
            changed,
            owner: planned.tool.as_ref().map(|tool| tool.name.as_str()),
            owner_place: planned.tool.as_ref().and_then(|tool| tool.place.as_deref()),
            action: if changed { planned.action } else { Action::Unchanged }.name(),
            reason: planned.reason.as_deref(),
        }
    })
}
