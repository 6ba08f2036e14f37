//! What is printed of a run: a line for each object on standard output, and
//! notes on standard error.

use crate::system::messages;
use crate::system::output_stream::{self, OutputError};

/// Something to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line on standard output, without its end.
    Output(String),
    /// A note on standard error.
    Note(String),
    /// A warning on standard error.
    Warning(String),
    /// A detail, for `-v`.
    Detail(String),
}

/// What is printed of a part of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report(pub(super) Vec<Line>);

impl Report {
    /// Adds a line on standard output.
    pub(super) fn output(&mut self, line: String) {
        self.0.push(Line::Output(line));
    }

    /// Adds a note.
    pub(super) fn note(&mut self, text: String) {
        self.0.push(Line::Note(text));
    }

    /// Adds a warning.
    pub(super) fn warning(&mut self, text: String) {
        self.0.push(Line::Warning(text));
    }

    /// Adds a detail.
    pub(super) fn detail(&mut self, text: String) {
        self.0.push(Line::Detail(text));
    }

    /// Prints everything in its order.
    ///
    /// # Errors
    /// [`OutputError`].
    pub(super) fn print(&self) -> Result<(), OutputError> {
        // Lines of output that follow each other are written at once.
        let mut output = String::new();
        for line in &self.0 {
            if let Line::Output(line) = line {
                output.push_str(line);
                output.push('\n');
                continue;
            }
            output_stream::print(&std::mem::take(&mut output))?;
            match line {
                Line::Output(_) => {}
                Line::Note(text) => messages::note(text),
                Line::Warning(text) => messages::warning(text),
                Line::Detail(text) => messages::detail(text),
            }
        }
        output_stream::print(&output)
    }
}
