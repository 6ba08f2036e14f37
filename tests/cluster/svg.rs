//! A terminal's screen as SVG.

use std::fmt::Write;

use vt100::{Cell, Color};

/// Pixels.
const CELL: (usize, usize) = (9, 20);
const MARGIN: usize = 20;

/// Draws rows of cells, without the empty rows at both ends and the row that tells how
/// the shell ended.
pub fn draw(rows: &[Vec<Cell>], title: &str) -> String {
    let is_shown = |row: &&Vec<Cell>| !is_empty(row) && !contents(row).starts_with("code=");
    let first = rows.iter().position(|row| is_shown(&row)).unwrap();
    let last = rows.iter().rposition(|row| is_shown(&row)).unwrap();
    let rows = &rows[first..=last];
    let width = rows[0].len() * CELL.0 + 2 * MARGIN;
    let height = rows.len() * CELL.1 + 2 * MARGIN;
    let title = escape(title);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1b1f24\"/>\n"
    );
    for (index, row) in rows.iter().enumerate() {
        let y = MARGIN + index * CELL.1 + CELL.1 * 3 / 4;
        for (column, style, text) in runs(row) {
            let (x, length) = (MARGIN + column * CELL.0, text.chars().count() * CELL.0);
            writeln!(
                picture,
                "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" xml:space=\"preserve\"{style}>{}</text>",
                escape(&text)
            )
            .unwrap();
        }
    }
    picture + "</svg>\n"
}

/// The text of a picture, a line for each run of cells.
pub fn text(picture: &str) -> String {
    let lines = picture.lines().filter(|line| line.starts_with("<text"));
    let texts = lines.map(|line| line.split(['<', '>']).nth(2).unwrap());
    let text = texts.collect::<Vec<_>>().join("\n");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Cells side by side that look alike: the first one's column, their style and text.
fn runs(row: &[Cell]) -> Vec<(usize, String, String)> {
    let mut runs: Vec<(usize, String, String)> = Vec::new();
    for (column, cell) in row.iter().enumerate() {
        let style = style(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match runs.last_mut() {
            Some((_, last, run)) if *last == style => run.push_str(text),
            _ => runs.push((column, style, text.to_owned())),
        }
    }
    for (_, _, text) in &mut runs {
        text.truncate(text.trim_end().len());
    }
    runs.retain(|(_, _, text)| !text.trim().is_empty());
    runs
}

fn style(cell: &Cell) -> String {
    let colour = match cell.fgcolor() {
        Color::Idx(1 | 9) => "#ff7b72",
        Color::Idx(2 | 10) => "#7ee787",
        Color::Idx(3 | 11) => "#e3b341",
        Color::Idx(4 | 12) => "#79c0ff",
        Color::Idx(5 | 13) => "#d2a8ff",
        Color::Idx(6 | 14) => "#56d4dd",
        _ if cell.dim() => "#8b949e",
        _ => "#e6edf3",
    };
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    format!(" fill=\"{colour}\"{weight}")
}

fn contents(row: &[Cell]) -> String {
    row.iter().map(Cell::contents).collect()
}

fn is_empty(row: &[Cell]) -> bool {
    contents(row).trim().is_empty()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
