//! What `verify` answers about all that runs.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cluster::proposal::with_flags;
use crate::cluster::refusal::namespace_flag;
use crate::diagnose::hints;
use crate::distribution::{Outcome, PullCheck};
use crate::error::registry_hint;
use crate::manifest::error::ManifestError;
use crate::output::table::{Explanation, columns, explain, first_few};
use crate::output::{Listing, json, yaml};
use crate::running::collect::{Hopeless, Pull, User};
use crate::system::messages::clean;
use crate::system::shell;

/// Outcomes, the worst first.
const RANKS: [&str; 10] = [
    "malformed",
    "invalid-image",
    "unauthorized",
    "denied",
    "not-found",
    "no-credential",
    "untrusted",
    "unreachable",
    "rate-limited",
    "ok",
];

/// A row; its JSON is that of `verify`, with what uses the image.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    /// With its registry and tag.
    image: String,
    registry: Option<&'a str>,
    outcome: &'static str,
    username: Option<&'a str>,
    message: &'a str,
    hint: String,
    used_by: &'a BTreeSet<User>,
    /// Whether the registry, or the kubelet, says no.
    #[serde(skip)]
    is_lost: bool,
}

#[derive(Serialize)]
struct Answer<'r, 'a> {
    images: &'r [Row<'a>],
}

impl<'a> Row<'a> {
    /// Returns the row of what a registry answered. The flags of kubectl name the cluster.
    pub(crate) fn asked(pull: &'a Pull, check: &'a PullCheck, flags: &[String]) -> Self {
        let hint = hint(pull, check).map(|hint| with_flags(&hint, flags));
        let hint = hint.or_else(|| Some(registry_hint(check.remedy.as_ref()?).to_string()));
        Self {
            image: clean(&pull.image.full()),
            registry: Some(&check.registry),
            outcome: check.outcome.name(),
            username: check.username.as_deref(),
            message: &check.message,
            hint: hint.unwrap_or_default(),
            used_by: &pull.used_by,
            is_lost: check.outcome.is_no(),
        }
    }

    /// Returns the row of an image that no registry was asked about.
    pub(crate) fn hopeless(hopeless: &'a Hopeless, flags: &[String]) -> Self {
        let secret = hopeless.fault.secret.as_ref();
        let inspect = |(namespace, name): &(String, String)| hints::inspect(name, namespace);
        Self {
            image: hopeless.image.clone(),
            registry: None,
            outcome: if secret.is_some() { "malformed" } else { "invalid-image" },
            username: None,
            message: &hopeless.fault.reason,
            hint: secret.map(|secret| with_flags(&inspect(secret), flags)).unwrap_or_default(),
            used_by: &hopeless.used_by,
            is_lost: true,
        }
    }

    /// Returns where the row stands: the worst first, then by image.
    pub(crate) fn rank(&self) -> (usize, String) {
        let rank = RANKS.iter().position(|outcome| *outcome == self.outcome);
        (rank.unwrap_or_default(), self.image.clone())
    }

    /// Whether the image would not come back.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost
    }
}

/// Returns what helps against a no: another credential in the Secrets, or a closer look at
/// a Pod. A login on this machine would not.
fn hint(pull: &Pull, check: &PullCheck) -> Option<String> {
    if !check.outcome.is_no() {
        return None;
    }
    if check.outcome == Outcome::Unauthorized {
        let words = ["kubectl", "regcred", "rotate", "--registry", &check.registry];
        let namespaces: BTreeSet<&str> =
            pull.used_by.iter().map(|user| user.namespace.as_str()).collect();
        let mut named = namespaces.iter();
        let scope = match (named.next(), named.next()) {
            (Some(one), None) => namespace_flag(Some(one)),
            _ => " -A".to_owned(),
        };
        return Some(format!("replace the credential: {}{scope}", shell::command(words)));
    }
    let pod = pull.used_by.iter().find_map(|user| Some((user, user.object.strip_prefix("pod/")?)));
    let (user, name) = pod?;
    let words = ["kubectl", "regcred", "diagnose", name, "--verify"];
    let flag = namespace_flag(Some(&user.namespace));
    Some(format!("for details: {}{flag}", shell::command(words)))
}

/// Returns the rows in the form that is wanted.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(rows: &[Row<'_>], form: Listing) -> Result<String, ManifestError> {
    let answer = Answer { images: rows };
    match form {
        Listing::Table(headers) => {
            let head = ["OUTCOME", "IMAGE", "USERNAME", "USED-BY"].map(str::to_owned);
            let mut lines = vec![head.to_vec()];
            lines.extend(rows.iter().map(|row| {
                let used_by: Vec<String> = row.used_by.iter().map(ToString::to_string).collect();
                let used_by: Vec<&str> = used_by.iter().map(String::as_str).collect();
                let username = row.username.unwrap_or("-").to_owned();
                vec![row.outcome.to_owned(), row.image.clone(), username, first_few(&used_by, ",")]
            }));
            Ok(columns(&lines, headers) + &explained(rows))
        }
        Listing::Json => json::render(&answer),
        Listing::Yaml => yaml::render(&answer),
    }
}

/// Returns what the outcomes mean, each with the first image that has it.
fn explained(rows: &[Row<'_>]) -> String {
    let lost = rows.iter().filter(|row| row.is_lost);
    explain(lost.map(|row| (row.outcome, row)), |row| Explanation {
        place: row.image.clone(),
        message: row.message,
        hint: row.hint.clone(),
    })
}
