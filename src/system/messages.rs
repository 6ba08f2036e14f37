//! The voice on standard error. Data never goes here, talk never to standard
//! output; whatever came from outside is stripped of control characters.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};

/// Longest piece of foreign text in a message, in characters.
const MAX_FOREIGN: usize = 200;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const NOTE: Style = Style::new().bold();

static VERBOSE: AtomicBool = AtomicBool::new(false);

/// Turns the messages of [`detail`] on.
pub fn set_verbose() {
    VERBOSE.store(true, Ordering::Relaxed);
}

/// What failed.
pub fn error(text: &str) {
    labelled(ERROR, "error", text);
}

/// One thing to do about it, after an empty line.
pub fn hint(text: &str) {
    line("");
    labelled(HINT, "hint", text);
}

/// Something that may be wrong and does not stop the work.
pub fn warning(text: &str) {
    labelled(WARNING, "warning", text);
}

/// Something worth knowing.
pub fn note(text: &str) {
    labelled(NOTE, "note", text);
}

/// What was asked and answered, shown with `-v` only.
pub fn detail(text: &str) {
    if VERBOSE.load(Ordering::Relaxed) {
        line(text);
    }
}

/// A line without a label.
pub fn line(text: &str) {
    // Standard error may be closed: there is nobody left to tell.
    let _ = anstream::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Lines without labels, written at once: there may be thousands.
pub fn lines(texts: &[String]) {
    if !texts.is_empty() {
        line(&texts.join("\n"));
    }
}

/// How far a long work is, in place of what was said so before; shown on a
/// terminal only.
pub fn progress(text: &str) {
    over(&format!("\r\u{1b}[2K{text}"));
}

/// Takes the last progress away.
pub fn progress_ended() {
    over("\r\u{1b}[2K");
}

fn over(text: &str) {
    if std::io::stderr().is_terminal() {
        // Standard error may be closed: there is nobody left to tell.
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    }
}

fn labelled(style: Style, label: &str, text: &str) {
    line(&format!("{style}{label}:{style:#} {text}"));
}

/// Foreign text made safe to show: without control and direction-changing
/// characters, at most 200 characters long.
pub fn clean(text: &str) -> String {
    let mut shown: String = text.chars().filter(|c| !is_unsafe(*c)).take(MAX_FOREIGN + 1).collect();
    if let Some((end, _)) = shown.char_indices().nth(MAX_FOREIGN) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Foreign text of several lines made safe to show, however long.
pub fn clean_lines(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !is_unsafe(*c)).collect()
}

/// Whether a character can change how a terminal shows the text around it.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{202e}d"), "a[31mbcd");
        assert_eq!(clean("ünïcode stays"), "ünïcode stays");
    }

    #[test]
    fn long_foreign_text_is_cut() {
        let shown = clean(&"é".repeat(500));
        assert_eq!(shown.chars().count(), 201);
        assert!(shown.ends_with('…'));
        assert_eq!(clean(&"é".repeat(200)).chars().count(), 200);
    }
}
