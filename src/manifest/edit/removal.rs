//! How a reference that has no effect is taken out of a text, byte by byte.

use zeroize::Zeroizing;

use super::misplaced::{Misplaced, Part};
use super::slot::{end_of_line, indentation, line_start};
use super::{Edit, Refusal};
use crate::manifest::node::scalar;

impl Misplaced {
    /// Returns the edit that takes the reference away, or makes a reference of a bare
    /// name. Whoever applies it reads the result again: nothing else may have changed.
    ///
    /// # Errors
    /// Where it shares its lines with something else.
    pub(crate) fn removal(&self, text: &str) -> Result<Edit, Refusal> {
        let edit = |at, end, text: &str| Edit { at, end, text: Zeroizing::new(text.to_owned()) };
        let reason = "a reference shares its lines with something else";
        let refuse = || Refusal { line: self.line, reason };
        match self.part {
            Part::Name { start, end, ref name, is_flow } => {
                let written = text.get(start..end).unwrap_or_default();
                let name = name.as_ref().map(|name| {
                    let is_json = written.starts_with("{\"");
                    if is_json { format!("\"{name}\"") } else { scalar(name) }
                });
                let name = name.as_deref().unwrap_or(written);
                let reference = match (is_flow, name.starts_with('"')) {
                    (false, _) => format!("name: {name}"),
                    (true, true) => format!("{{\"name\": {name}}}"),
                    (true, false) => format!("{{name: {name}}}"),
                };
                // The key of a member without a value ends before its colon.
                let rest = text.get(end..).unwrap_or_default();
                let colon = rest.trim_start_matches(' ').strip_prefix(':');
                let end = colon.map_or(end, |rest| text.len() - rest.len());
                Ok(edit(start, end, &reference))
            }
            Part::Member { start, end, is_flow: true, .. } => {
                let (start, end) = with_comma(text, start, end);
                Ok(edit(start, end, ""))
            }
            Part::Member { start, end, next, .. } => {
                let end = end_of_line(text, end).ok_or_else(refuse)?;
                match (indentation(text, start), next) {
                    (Some(_), _) => Ok(edit(line_start(text, start), end, "")),
                    // It follows the dash of a list's item: the next member takes its place.
                    (None, Some(next)) if next >= end => Ok(edit(start, next, "")),
                    (None, _) => Err(refuse()),
                }
            }
        }
    }
}

/// A member of a map in braces, with the comma that follows it, else the one before it.
fn with_comma(text: &str, start: usize, end: usize) -> (usize, usize) {
    let after = text.get(end..).unwrap_or_default();
    let rest = after.trim_start();
    if let Some(rest) = rest.strip_prefix(',') {
        return (start, text.len() - rest.trim_start_matches(' ').len());
    }
    let before = text.get(..start).unwrap_or_default().trim_end();
    match before.strip_suffix(',') {
        Some(before) => (before.len(), end),
        None => (start, end),
    }
}
