//! Tables in columns.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::output::Headers;
use crate::system::messages::clean;
use crate::system::untrusted::one_line;

/// Spaces between two columns, as in kubectl's tables.
const GAP: usize = 3;

/// How many names are shown where there may be thousands.
const FEW: usize = 3;

/// Returns the cells in columns as wide as a terminal shows them; a row stays one line.
/// The first row holds the headers.
pub(crate) fn columns<Cell: AsRef<str>>(rows: &[Vec<Cell>], headers: Headers) -> String {
    let skipped = usize::from(headers == Headers::Omitted);
    let shown = rows.iter().skip(skipped);
    let rows: Vec<Vec<String>> =
        shown.map(|row| row.iter().map(|cell| one_line(cell.as_ref())).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text.push_str(cell);
            if column + 1 < row.len() {
                text.extend(std::iter::repeat_n(' ', width + GAP - cell.width()));
            }
        }
        text.push('\n');
    }
    text
}

/// Returns the first of some foreign names, and how many follow.
pub(crate) fn first_few(names: &[&str], separator: &str) -> String {
    let mut shown: Vec<String> = names.iter().take(FEW).map(|name| clean(name)).collect();
    if names.len() > FEW {
        shown.push(format!("and {} more", names.len() - FEW));
    }
    shown.join(separator)
}

/// What a code of a table means for one of its rows.
pub(crate) struct Explanation<'a> {
    /// What has it, safe to show.
    pub(crate) place: String,
    /// What it means there.
    pub(crate) message: &'a str,
    /// What to do; empty where nothing helps.
    pub(crate) hint: String,
}

/// Returns lines for below a table: of each code what it means for the first that has it,
/// in their order, and how many more there are.
pub(crate) fn explain<'a, Code: Copy + Ord + fmt::Display, Of>(
    all: impl Iterator<Item = (Code, Of)>,
    of_first: impl Fn(Of) -> Explanation<'a>,
) -> String {
    let mut first = Vec::new();
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for (code, one) in all {
        let count = counts.entry(code).or_default();
        if *count == 0 {
            first.push((code, one));
        }
        *count += 1;
    }
    let mut text = String::new();
    for (code, one) in first {
        let more = match counts.get(&code) {
            None | Some(0 | 1) => String::new(),
            Some(count) => format!(" (and {} more)", count - 1),
        };
        let Explanation { place, message, hint } = of_first(one);
        // A String takes whatever is written.
        let _ = writeln!(text, "\n{code}: {place}: {}{more}", one_line(message));
        if !hint.is_empty() {
            let _ = writeln!(text, "  hint: {}", one_line(&hint));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let rows =
            [vec!["NAME", "USER", "END"], vec!["山田", "jane", "x"], vec!["q\u{301}", "ß", "x"]];
        assert_snapshot!(columns(&rows, Headers::Shown), @"
        NAME   USER   END
        山田   jane   x
        q́      ß      x
        ");
    }

    #[test]
    fn a_row_stays_one_line() {
        assert_eq!(columns(&[vec!["a\nb\u{1b}[2J", "c"]], Headers::Shown).lines().count(), 1);
        assert_eq!(columns::<&str>(&[], Headers::Shown), "");
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(first_few(&["a", "b", "c"], ", "), "a, b, c");
        assert_eq!(first_few(&["a", "b", "c", "d", "e"], ", "), "a, b, c, and 2 more");
    }
}
