//! The voice on standard error. Data never goes here, talk never to standard
//! output. A message is one line, whatever is in it.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};

use super::hint::Hint;
pub(crate) use super::untrusted::clean;
use super::untrusted::one_line;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const NOTE: Style = Style::new().bold();

static VERBOSE: AtomicBool = AtomicBool::new(false);
static QUIET: AtomicBool = AtomicBool::new(false);
static SILENT: AtomicBool = AtomicBool::new(false);

/// Turns the messages of [`detail`] on.
pub(crate) fn set_verbose() {
    VERBOSE.store(true, Ordering::Relaxed);
}

/// Turns notes, origins and progress off. Warnings, errors and hints stay.
pub(crate) fn set_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Turns everything off: a shell that completes a word shows what is said in the middle of
/// the line.
pub(crate) fn set_silent() {
    SILENT.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// What failed, and details, a line each.
pub(crate) fn error(text: &str, details: &[String]) {
    labelled(ERROR, "error", text);
    let details: Vec<String> = details.iter().map(|line| format!("  {line}")).collect();
    write_lines(&details);
}

/// One thing to do about it, after an empty line.
pub(crate) fn hint(hint: &Hint) {
    write("");
    labelled(HINT, "hint", &hint.to_string());
}

/// Something that may be wrong and does not stop the work.
pub(crate) fn warning(text: &str) {
    labelled(WARNING, "warning", text);
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    if !is_quiet() {
        labelled(NOTE, "note", text);
    }
}

/// What was asked and answered, shown with `-v` only.
pub(crate) fn detail(text: &str) {
    if VERBOSE.load(Ordering::Relaxed) {
        line(text);
    }
}

/// A line without a label.
pub(crate) fn line(text: &str) {
    if !is_quiet() {
        write(&one_line(text));
    }
}

/// Lines without labels, written at once: there may be thousands.
pub(crate) fn lines(texts: &[String]) {
    if !is_quiet() {
        write_lines(texts);
    }
}

fn write_lines(texts: &[String]) {
    if !texts.is_empty() {
        let texts: Vec<String> = texts.iter().map(|text| one_line(text)).collect();
        write(&texts.join("\n"));
    }
}

/// How far a long work is, in place of what was said so before; shown on a
/// terminal only.
pub(crate) fn progress(text: &str) {
    over(&format!("\r\u{1b}[2K{text}"));
}

/// Takes the last progress away.
pub(crate) fn progress_ended() {
    over("\r\u{1b}[2K");
}

fn over(text: &str) {
    if std::io::stderr().is_terminal() && !is_quiet() {
        // Standard error may be closed: there is nobody left to tell.
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    }
}

fn labelled(style: Style, label: &str, text: &str) {
    write(&format!("{style}{label}:{style:#} {}", one_line(text)));
}

fn write(text: &str) {
    if SILENT.load(Ordering::Relaxed) {
        return;
    }
    // Standard error may be closed: there is nobody left to tell.
    let _ = anstream::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
/// Returns `a, b and 3 more`: the first of some names, which are clean, and how many follow.
pub(crate) fn first_few<S: AsRef<str>>(names: &[S], limit: usize) -> String {
    let shown: Vec<&str> = names.iter().take(limit).map(AsRef::as_ref).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(limit) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
