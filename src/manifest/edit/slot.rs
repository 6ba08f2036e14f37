//! Where references to pull Secrets are put into a map, and how they are
//! written there: in the style that is there, so that nothing else changes.

use super::Refusal;
use super::tree::{Node, Shape, Tree};
use crate::manifest::node::scalar;

pub(super) const FIELD: &str = "imagePullSecrets";

/// Why a member is not added to that is called right and holds something else.
pub(crate) const NO_LIST: &str = "its imagePullSecrets is no list";

/// A place for references.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Bytes from the start of the text.
    pub(super) at: usize,
    style: Style,
}

#[derive(Debug, PartialEq, Eq)]
enum Style {
    /// Whole lines.
    Lines {
        /// Before the key, if the key is to be written.
        key: Option<String>,
        /// Before each dash.
        indent: String,
        newline: &'static str,
        /// The text before has no line end.
        starts_line: bool,
    },
    /// Inside brackets.
    Inline {
        has_key: bool,
        is_json: bool,
        /// Written before the references.
        before: String,
        /// Written after them.
        after: String,
    },
}

impl Slot {
    /// The text that refers to these pull Secrets.
    pub(super) fn text(&self, names: &[&str]) -> String {
        match &self.style {
            Style::Lines { key, indent, newline, starts_line } => {
                let key = key.iter().map(|indent| format!("{indent}{FIELD}:"));
                let items = names.iter().map(|name| format!("{indent}- name: {}", scalar(name)));
                let lines: Vec<String> = key.chain(items).collect();
                let text = lines.join(newline);
                if *starts_line { format!("{newline}{text}") } else { format!("{text}{newline}") }
            }
            Style::Inline { has_key, is_json, before, after } => {
                let item = |name: &&str| {
                    if *is_json {
                        format!("{{\"name\": \"{name}\"}}")
                    } else {
                        format!("{{name: {}}}", scalar(name))
                    }
                };
                let items = names.iter().map(item).collect::<Vec<_>>().join(", ");
                let field = if *is_json { format!("\"{FIELD}\"") } else { FIELD.to_owned() };
                let text = if *has_key { items } else { format!("{field}: [{items}]") };
                format!("{before}{text}{after}")
            }
        }
    }
}

/// Where a new member of a map goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Its first member.
    First,
    /// Its metadata, or its first member where it has none.
    Metadata,
}

/// Finds the slot for the references in a map whose key stands in this line.
///
/// # Errors
/// Where the text cannot be added to safely.
pub(super) fn find(
    text: &str,
    tree: &Tree<'_, '_>,
    map: &Node<'_>,
    key_line: usize,
    before: Before,
) -> Result<Slot, Refusal> {
    if let Some((key, _, _)) = map.member("<<") {
        return Err(Refusal { line: key.line, reason: "it holds a merge key" });
    }
    let Some((key, value, is_double)) = map.member(FIELD) else {
        return if map.is_flow() {
            Ok(first_in_braces(text, map))
        } else {
            first_line(text, map, key_line, before)
        };
    };
    let refuse = |reason| Err(Refusal { line: key.line, reason });
    match &value.shape {
        _ if is_double => refuse("imagePullSecrets is set twice"),
        Shape::Alias(_) => refuse("its imagePullSecrets is an alias"),
        _ if tree.is_shared(value) => refuse("an alias elsewhere repeats its imagePullSecrets"),
        Shape::List { is_flow: true } => Ok(last_in_brackets(text, value)),
        Shape::List { .. } => last_line(text, value, key.line),
        Shape::Scalar { is_plain: true, .. } if value.start == value.end && !map.is_flow() => {
            bare_key(text, key)
        }
        Shape::Scalar { is_plain: true, text, .. } if is_null(text) => {
            refuse("its imagePullSecrets is null: leave the line out")
        }
        _ => refuse(NO_LIST),
    }
}

/// Whether a plain scalar is null. Source: YAML 1.2, core schema.
pub(super) fn is_null(plain: &str) -> bool {
    ["", "~", "null", "Null", "NULL"].contains(&plain)
}

/// The start of the line that a byte is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// What stands in its line before a byte, if that is spaces alone. A byte order
/// mark counts as nothing.
pub(super) fn indentation(text: &str, at: usize) -> Option<&str> {
    let before = text.get(line_start(text, at)..at)?.trim_start_matches('\u{feff}');
    before.bytes().all(|byte| byte == b' ').then_some(before)
}

/// The line end that the file uses.
fn newline(text: &str, at: usize) -> &'static str {
    let before = text.get(..at).unwrap_or_default();
    let end = before.rfind('\n').or_else(|| text.find('\n')).unwrap_or(0);
    let is_crlf = text.get(..end).is_some_and(|line| line.ends_with('\r'));
    if is_crlf { "\r\n" } else { "\n" }
}

/// Before a member of a block map, as lines of their own. What stands before
/// the start of a member's line belongs to something that has ended.
fn first_line(
    text: &str,
    map: &Node<'_>,
    key_line: usize,
    before: Before,
) -> Result<Slot, Refusal> {
    let keys = map.members().map(|(key, _)| key).filter(|key| {
        let is_complex = text.get(key.start..).is_some_and(|rest| rest.starts_with('?'));
        key.anchor == 0 && !is_complex && indentation(text, key.start).is_some()
    });
    let keys: Vec<&Node<'_>> = keys.collect();
    let metadata =
        keys.iter().find(|key| before == Before::Metadata && key.text() == Some("metadata"));
    let key = metadata.or(keys.first()).copied();
    let Some(key) = key else {
        return Err(Refusal { line: map.line, reason: "no member is on a line of its own" });
    };
    let mut at = line_start(text, key.start);
    let is_first = map.children.first().is_some_and(|first| std::ptr::eq(first, key));
    if is_first {
        at = above_comments(text, at, key.line.saturating_sub(key_line + 1));
    }
    let indent = indentation(text, key.start).unwrap_or_default();
    let style = Style::Lines {
        key: Some(indent.to_owned()),
        indent: format!("{indent}{}", " ".repeat(step(text, map, indent.len()))),
        newline: newline(text, at),
        starts_line: false,
    };
    // A byte order mark stays the first thing in the file.
    let at =
        if text.get(at..).is_some_and(|rest| rest.starts_with('\u{feff}')) { at + 3 } else { at };
    Ok(Slot { at, style })
}

/// Above up to so many lines that are blank or comments: these belong to what
/// they stand above.
fn above_comments(text: &str, mut at: usize, most: usize) -> usize {
    for _ in 0..most {
        let start = line_start(text, at.saturating_sub(1));
        let line = text.get(start..at).unwrap_or_default().trim();
        if !line.is_empty() && !line.starts_with('#') {
            break;
        }
        at = start;
    }
    at
}

/// How much further than their key the dashes of this map's lists stand.
fn step(text: &str, map: &Node<'_>, indent: usize) -> usize {
    let dashes = map.members().filter_map(|(_, value)| dash(text, value));
    dashes.map(|dash| dash.len().saturating_sub(indent)).next().unwrap_or(0)
}

/// What stands before the dashes of a block list.
fn dash<'t>(text: &'t str, list: &Node<'_>) -> Option<&'t str> {
    if list.shape != (Shape::List { is_flow: false }) {
        return None;
    }
    list.children.iter().find_map(|item| dash_before(text, item.start))
}

/// The same for one item, whose dash may stand some comments above it.
fn dash_before(text: &str, item: usize) -> Option<&str> {
    let mut at = line_start(text, item);
    let mut is_own_line = true;
    loop {
        let line = text.get(at..)?.lines().next().unwrap_or_default();
        let rest = line.trim_start_matches(' ');
        if rest == "-" || rest.starts_with("- ") {
            return line.get(..line.len() - rest.len());
        }
        let is_nothing = rest.trim().is_empty() || rest.starts_with('#');
        if at == 0 || !(is_own_line || is_nothing) {
            return None;
        }
        at = line_start(text, at - 1);
        is_own_line = false;
    }
}

/// After the last item of a block list.
fn last_line(text: &str, list: &Node<'_>, line: usize) -> Result<Slot, Refusal> {
    let refuse = || Refusal { line, reason: "the end of its imagePullSecrets is not sure" };
    let indent = dash(text, list).ok_or_else(refuse)?;
    let mut last = list;
    while let Some(child) = last.children.last() {
        last = child;
        if last.is_flow() {
            break;
        }
    }
    if matches!(last.shape, Shape::Scalar { is_block: true, .. }) {
        return Err(refuse());
    }
    let at = end_of_line(text, last.end).ok_or_else(refuse)?;
    Ok(lines_at(text, at, indent))
}

/// In the line below a key without a value.
fn bare_key(text: &str, key: &Node<'_>) -> Result<Slot, Refusal> {
    let refuse =
        || Refusal { line: key.line, reason: "its imagePullSecrets is null: leave the line out" };
    let rest = text.get(key.end..).unwrap_or_default();
    let colon = rest.trim_start_matches([' ', '"', '\'']);
    let indent = indentation(text, key.start).filter(|_| colon.starts_with(':'));
    let after_colon = key.end + rest.len() - colon.len() + 1;
    let at = end_of_line(text, after_colon).ok_or_else(refuse)?;
    Ok(lines_at(text, at, indent.ok_or_else(refuse)?))
}

fn lines_at(text: &str, at: usize, indent: &str) -> Slot {
    let starts_line = !text.get(..at).is_some_and(|before| before.ends_with('\n'));
    let (indent, newline) = (indent.to_owned(), newline(text, at));
    Slot { at, style: Style::Lines { key: None, indent, newline, starts_line } }
}

/// The start of the next line, if nothing but blanks and a comment follows.
pub(super) fn end_of_line(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let trimmed = line.trim_start_matches([' ', '\t']);
    let is_comment = trimmed.starts_with('#') && (trimmed.len() < line.len() || at == 0);
    (trimmed.trim_end().is_empty() || is_comment).then_some(at + line.len())
}

/// The first member of a map in braces.
fn first_in_braces(text: &str, map: &Node<'_>) -> Slot {
    let open = map.start + 1;
    let rest = text.get(open..).unwrap_or_default();
    let blank = rest.get(..rest.len() - rest.trim_start().len()).unwrap_or_default();
    let is_empty = map.children.is_empty();
    let is_json = is_quoted(text, map.children.first(), open);
    // As the members below it, if they have lines of their own.
    let own_line = blank.contains('\n') && !is_empty;
    let at = if own_line { open + blank.len() } else { open };
    let after = match (is_empty, own_line) {
        (true, _) => String::new(),
        (false, true) => format!(",{blank}"),
        (false, false) => ", ".to_owned(),
    };
    Slot { at, style: Style::Inline { has_key: false, is_json, before: String::new(), after } }
}

/// After the last item of a list in brackets.
fn last_in_brackets(text: &str, list: &Node<'_>) -> Slot {
    let first = list.children.first();
    let key = first.and_then(|item| item.children.first());
    let (at, before) = match (first, list.children.last()) {
        (Some(first), Some(last)) => {
            let blank = text.get(list.start + 1..first.start).unwrap_or_default();
            let is_own_line = blank.contains('\n') && blank.trim().is_empty();
            (last.end, if is_own_line { format!(",{blank}") } else { ", ".to_owned() })
        }
        _ => (list.start + 1, String::new()),
    };
    let is_json = is_quoted(text, key, list.start);
    let after = String::new();
    Slot { at, style: Style::Inline { has_key: true, is_json, before, after } }
}

/// Whether keys are quoted here: as this one, or as the last before this byte.
fn is_quoted(text: &str, key: Option<&Node<'_>>, at: usize) -> bool {
    match key {
        Some(key) => text.get(key.start..).is_some_and(|rest| rest.starts_with('"')),
        None => text.get(..at).is_some_and(|before| {
            before.trim_end_matches(['[', '{', ' ']).trim_end().ends_with("\":")
        }),
    }
}
