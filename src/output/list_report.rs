//! What `list` shows.

use serde::Serialize;

use crate::manifest::error::ManifestError;
use crate::output::listing::{Row, UsedBy};
use crate::output::table::{Explanation, columns, explain, first_few};
use crate::output::{Headers, json, yaml};
use crate::system::messages::clean;

/// How much the columns show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Narrow,
    /// With kinds of credentials, and names instead of numbers.
    Wide,
}

#[derive(Serialize)]
struct Answer<'a> {
    secrets: &'a [Row],
}

/// Returns the Secrets as one JSON object.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn json(rows: &[Row]) -> Result<String, ManifestError> {
    json::render(&Answer { secrets: rows })
}

/// Returns the Secrets as YAML, with the content of the JSON.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn yaml(rows: &[Row]) -> Result<String, ManifestError> {
    yaml::render(&Answer { secrets: rows })
}

/// Returns the Secrets in columns, and below them what their problems mean.
pub(crate) fn text(rows: &[Row], width: Width, headers: Headers) -> String {
    table(rows, width, headers) + &explained(rows)
}

fn table(rows: &[Row], width: Width, headers: Headers) -> String {
    let mut head = vec!["NAMESPACE", "NAME", "REGISTRIES", "USERS"];
    if width == Width::Wide {
        head.push("KINDS");
    }
    head.extend(["EXPIRES", "USED-BY", "PROBLEMS"]);
    let mut lines = vec![head.into_iter().map(str::to_owned).collect()];
    lines.extend(rows.iter().map(|row| cells(row, width)));
    columns(&lines, headers)
}

fn cells(row: &Row, width: Width) -> Vec<String> {
    let list = |names: Option<&Vec<String>>| {
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        or_dash(match width {
            Width::Narrow => first_few(&names, ","),
            Width::Wide => names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(","),
        })
    };
    let mut cells = vec![clean(&row.namespace), clean(&row.name)];
    cells.extend([list(row.registries.as_ref()), list(row.users.as_ref())]);
    if width == Width::Wide {
        cells.push(or_dash(row.kinds.as_deref().unwrap_or_default().join(",")));
    }
    cells.push(or_dash(row.expires_at.clone().unwrap_or_default()));
    cells.push(match width {
        Width::Narrow => counts(&row.used_by),
        Width::Wide => names(&row.used_by),
    });
    let mut codes: Vec<String> =
        row.problems.iter().map(|problem| problem.code.to_string()).collect();
    codes.sort_unstable();
    codes.dedup();
    cells.push(or_dash(codes.join(",")));
    cells
}

fn counts(by: &UsedBy) -> String {
    let count = |names: Option<&Vec<String>>, what: &str| match names.map(Vec::len) {
        None => Some(format!("? {what}s")),
        Some(0) => None,
        Some(1) => Some(format!("1 {what}")),
        Some(number) => Some(format!("{number} {what}s")),
    };
    if by.pods.is_none() && by.service_accounts.is_none() && by.workloads.is_none() {
        return "?".to_owned();
    }
    let counts = [
        count(by.pods.as_ref(), "pod"),
        count(by.service_accounts.as_ref(), "account"),
        count(by.workloads.as_ref(), "workload"),
    ];
    or_dash(counts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn names(by: &UsedBy) -> String {
    let names = |names: Option<&Vec<String>>, kind: &str| match names {
        None => vec![format!("{kind}/?")],
        Some(names) => names.iter().map(|name| format!("{kind}/{}", clean(name))).collect(),
    };
    let accounts = names(by.service_accounts.as_ref(), "serviceaccount");
    let workloads = match &by.workloads {
        None => vec!["workload/?".to_owned()],
        Some(names) => names.iter().map(|name| clean(name)).collect(),
    };
    or_dash([names(by.pods.as_ref(), "pod"), accounts, workloads].concat().join(","))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Returns what the codes mean, each with the first Secret that has it.
fn explained(rows: &[Row]) -> String {
    let problems = rows.iter().flat_map(|row| row.problems.iter().map(move |one| (row, one)));
    explain(problems.map(|(row, one)| (one.code, (row, one))), |(row, problem)| {
        let entry = problem.key.as_ref().map(|key| format!(", entry {}", clean(key)));
        let entry = entry.unwrap_or_default();
        Explanation {
            place: format!("{}/{}{entry}", clean(&row.namespace), clean(&row.name)),
            message: &problem.message,
            hint: row.shown_hint(problem),
        }
    })
}
