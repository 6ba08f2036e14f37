//! What `list` prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::error::Failures;
use crate::output::entries;
use crate::output::json;
use crate::output::listing::{Problem, Row, UsedBy};
use crate::output::{Headers, ListForm, yaml};
use crate::system::messages::{self, clean};
use crate::system::output_stream;
use crate::system::untrusted::one_line;

#[derive(Serialize)]
struct Answer<'a> {
    secrets: &'a [Row],
}

/// Prints the Secrets.
///
/// # Errors
/// [`Error::Problems`] where anything is amiss.
pub(crate) fn tell(rows: &[Row], form: ListForm) -> Result<(), Failures> {
    let answer = Answer { secrets: rows };
    match form {
        ListForm::Json => output_stream::print(&json::render(&answer)?)?,
        ListForm::Yaml => output_stream::print(&yaml::render(&answer)?)?,
        _ if rows.is_empty() => messages::line("No pull Secrets found."),
        ListForm::Table(headers) => {
            output_stream::print(&(table(rows, false, headers) + &explained(rows)))?;
        }
        ListForm::Wide(headers) => {
            output_stream::print(&(table(rows, true, headers) + &explained(rows)))?;
        }
        // `list` prints names without reading what has to be reported.
        ListForm::Name => {}
    }
    Failures::of_problems(rows.iter().filter(|row| row.is_amiss()).count())
}

fn table(rows: &[Row], is_wide: bool, headers: Headers) -> String {
    let mut head = vec!["NAMESPACE", "NAME", "REGISTRIES", "USERS"];
    head.extend(is_wide.then_some("KINDS"));
    head.extend(["EXPIRES", "USED-BY", "PROBLEMS"]);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, is_wide)).collect();
    let mut lines = vec![head];
    lines.extend(cells.iter().map(|line| line.iter().map(String::as_str).collect()));
    entries::columns(&lines, headers)
}

fn cells(row: &Row, is_wide: bool) -> Vec<String> {
    let list = |names: Option<&Vec<String>>| {
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        match names.len() {
            0 => "-".to_owned(),
            _ if is_wide => names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(","),
            _ => entries::few(&names, ","),
        }
    };
    let mut cells = vec![clean(&row.namespace), clean(&row.name)];
    cells.extend([list(row.registries.as_ref()), list(row.users.as_ref())]);
    if is_wide {
        cells.push(or_dash(row.kinds.as_deref().unwrap_or_default().join(",")));
    }
    cells.push(or_dash(row.expires_at.clone().unwrap_or_default()));
    cells.push(if is_wide { names(&row.used_by) } else { counts(&row.used_by) });
    let mut codes: Vec<&str> = row.problems.iter().map(|problem| problem.code).collect();
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
    let counts = [count(by.pods.as_ref(), "pod"), count(by.service_accounts.as_ref(), "account")];
    or_dash(counts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn names(by: &UsedBy) -> String {
    let names = |names: Option<&Vec<String>>, kind: &str| match names {
        None => vec![format!("{kind}/?")],
        Some(names) => names.iter().map(|name| format!("{kind}/{}", clean(name))).collect(),
    };
    let accounts = names(by.service_accounts.as_ref(), "serviceaccount");
    or_dash([names(by.pods.as_ref(), "pod"), accounts].concat().join(","))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

/// What the codes mean, each with the first Secret that has it.
fn explained(rows: &[Row]) -> String {
    let mut first: Vec<(&Row, &Problem)> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        for problem in &row.problems {
            let count = counts.entry(problem.code).or_default();
            if *count == 0 {
                first.push((row, problem));
            }
            *count += 1;
        }
    }
    let mut text = String::new();
    for (row, problem) in first {
        let more = counts.get(problem.code).map_or(0, |count| count - 1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        let place = format!("{}/{}", clean(&row.namespace), clean(&row.name));
        let entry = problem.key.as_ref().map(|key| format!(", entry {}", clean(key)));
        let place = place + &entry.unwrap_or_default();
        let message = one_line(&problem.message);
        // A String takes whatever is written.
        let _ = writeln!(text, "\n{}: {place}: {message}{more}", problem.code);
        let hint = if problem.key.is_some() { row.inspect() } else { problem.hint.clone() };
        let _ = writeln!(text, "  {}", one_line(&hint));
    }
    text
}
