//! Lines on the terminal that are drawn again in place.

use std::fmt::Write as _;
use std::io;

use dialoguer::console::{Term, measure_text_width, truncate_str};

/// Erases the rest of the cursor's line.
const ERASE_LINE: &str = "\u{1b}[K";

/// Erases all from the cursor on. Never at the start of what is drawn: tmux
/// takes it for a clear of the screen where that is the top left corner, and
/// keeps a copy in the scrollback.
/// Source: tmux 3.3a, `screen_write_clearendofscreen`.
const ERASE_REST: &str = "\u{1b}[J";

/// Lines from the cursor's row down. The cursor stays in the first of them: when
/// the terminal changes its size, it moves its lines and takes the cursor along,
/// so that erasing from there down never leaves a copy. dialoguer keeps the
/// cursor below and counts rows, which are other ones by then.
#[derive(Debug)]
pub(super) struct Screen {
    term: Term,
    /// The cursor's column, from 0.
    column: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { term: Term::stderr(), column: 0 }
    }

    /// The height in rows.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.term.size().0)
    }

    /// The longest line in cells: a terminal wraps once its last cell is used.
    pub(super) fn width(&self) -> usize {
        self.columns() - 1
    }

    fn columns(&self) -> usize {
        usize::from(self.term.size().1).max(2)
    }

    /// Writes a line for good, above what is drawn.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) fn print(&mut self, line: &str) -> io::Result<()> {
        self.term.write_str(&format!("{}{line}{ERASE_REST}\r\n", self.to_start()))?;
        self.column = 0;
        Ok(())
    }

    /// Draws the lines, each clipped to the width, in place of those that were
    /// drawn before; the cursor goes to a column of the first.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) fn draw(&mut self, lines: &[String], column: usize) -> io::Result<()> {
        let width = self.width();
        let clipped: Vec<_> = lines.iter().map(|line| truncate_str(line, width, "...")).collect();
        let mut text = self.to_start();
        text.push_str(&clipped.join(&format!("{ERASE_LINE}\r\n")));
        text.push_str(ERASE_REST);
        if lines.len() > 1 {
            let _ = write!(text, "\u{1b}[{}A", lines.len() - 1);
        }
        text.push('\r');
        let column = column.min(width);
        if column > 0 {
            let _ = write!(text, "\u{1b}[{column}C");
        }
        self.term.write_str(&text)?;
        self.column = column;
        Ok(())
    }

    /// What moves the cursor to the start of what is drawn.
    fn to_start(&self) -> String {
        // A terminal that became narrower has wrapped the cursor's line.
        let wrapped = self.column / self.columns();
        if wrapped > 0 { format!("\u{1b}[{wrapped}A\r") } else { "\r".to_owned() }
    }
}

/// The cells that a text takes; characters of East Asian scripts take two.
pub(super) fn width(text: &str) -> usize {
    measure_text_width(text)
}
