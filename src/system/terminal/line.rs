//! A line of text with the keys of a shell's line editing, in a single row: what does
//! not fit is moved out of sight.
//!
//! No crate has such a line. dialoguer's `Input` ignores Home, End, Ctrl-A, Ctrl-E,
//! Ctrl-U, Ctrl-W and Ctrl-D, and repeats a line that wraps at each change; inquire's
//! `Text` takes Ctrl-A and Ctrl-U for text. rustyline knows the keys, and counts rows
//! that a terminal of another size has wrapped again: a line that wraps leaves a copy
//! where the terminal becomes narrower, and erases what is above where it becomes wider.
//! Source: dialoguer 0.12.0, `prompts/input.rs`; inquire 0.9.4, `input/action.rs`;
//! rustyline 19.0.0, `tty/unix.rs`, `clear_old_rows`; tried in tmux 3.3a.

use std::io;

use super::keyboard::{Event, Key, Keyboard};
use super::screen::{self, Screen};

/// Fewest cells for the text beside the question.
const FIELD: usize = 20;

/// Longest text, in characters: as the kernel's own line.
const MAX_CHARACTERS: usize = 4095;

/// A text with a cursor.
#[derive(Debug, Default)]
struct Line {
    text: Vec<char>,
    /// The character that the cursor stands on, from 0.
    at: usize,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Continue,
    Done,
    Ended,
    Interrupted,
}

/// Asks for a line of text, which starts as `initial`. A question that leaves
/// no room beside it has a line to itself. The text is moved rather than wrapped.
///
/// # Errors
/// The system's reason, also where the terminal's input ends.
pub(crate) fn edit(question: &str, initial: &str) -> io::Result<String> {
    let mut keyboard = Keyboard::open()?;
    let mut screen = Screen::new();
    let mut prompt = format!("{question}: ");
    if screen::width(&prompt) + FIELD > screen.width() {
        screen.print(question)?;
        "> ".clone_into(&mut prompt);
    }
    let mut line = Line::new(initial);
    loop {
        let (shown, column) = line.shown(screen.width().saturating_sub(screen::width(&prompt)));
        screen.draw(&[format!("{prompt}{shown}")], screen::width(&prompt) + column)?;
        let step = match keyboard.next()? {
            Event::Key(key) => line.press(key),
            Event::Redraw => Step::Continue,
        };
        match step {
            Step::Continue => {}
            Step::Done => {
                let text: String = line.text.iter().collect();
                screen.print(&format!("{prompt}{text}"))?;
                return Ok(text);
            }
            Step::Ended => {
                screen.print(&prompt)?;
                return Err(super::ended());
            }
            Step::Interrupted => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
}

impl Line {
    fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().filter(|character| !character.is_control()).collect();
        Self { at: text.len(), text }
    }

    fn press(&mut self, key: Key) -> Step {
        match key {
            Key::Enter => return Step::Done,
            Key::Interrupt => return Step::Interrupted,
            Key::EndOfInput if self.text.is_empty() => return Step::Ended,
            Key::Char(character) if self.text.len() < MAX_CHARACTERS => {
                self.text.insert(self.at, character);
                self.at += 1;
            }
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.text.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.text.len(),
            Key::WordLeft => self.at = self.word_start(),
            Key::WordRight => self.at = self.word_end(),
            Key::Backspace => self.delete_to(self.at.saturating_sub(1)),
            Key::Delete | Key::EndOfInput if self.at < self.text.len() => {
                self.text.remove(self.at);
            }
            // As the kernel's own line: a word is what white space bounds.
            Key::DeleteWord => self.delete_to(self.start_before(char::is_whitespace)),
            Key::DeleteToStart => self.delete_to(0),
            Key::DeleteToEnd => self.text.truncate(self.at),
            _ => {}
        }
        Step::Continue
    }

    fn delete_to(&mut self, start: usize) {
        self.text.drain(start..self.at);
        self.at = start;
    }

    fn word_start(&self) -> usize {
        self.start_before(|character| !character.is_alphanumeric())
    }

    /// The start of the word at the cursor or before it, where `parts` ends words.
    fn start_before(&self, parts: impl Fn(char) -> bool) -> usize {
        let before = self.text.get(..self.at).unwrap_or_default();
        let word = before.iter().rposition(|it| !parts(*it)).unwrap_or_default();
        let before = before.get(..word).unwrap_or_default();
        before.iter().rposition(|it| parts(*it)).map_or(0, |place| place + 1)
    }

    fn word_end(&self) -> usize {
        let after = self.text.get(self.at..).unwrap_or_default();
        let gap = after.iter().take_while(|it| !it.is_alphanumeric()).count();
        let word = after.iter().skip(gap).take_while(|it| it.is_alphanumeric()).count();
        self.at + gap + word
    }

    /// The part around the cursor that fits into `cells`, and the cursor's cell in it.
    fn shown(&self, cells: usize) -> (String, usize) {
        let cell = |character: &char| screen::width(character.encode_utf8(&mut [0; 4]));
        let before = self.text.get(..self.at).unwrap_or_default();
        let mut column = 0;
        let mut start = self.at;
        for character in before.iter().rev() {
            if column + cell(character) > cells.saturating_sub(1) {
                break;
            }
            column += cell(character);
            start -= 1;
        }
        let mut used = 0;
        let shown = self.text.iter().skip(start).take_while(|character| {
            used += cell(character);
            used <= cells
        });
        (shown.collect(), column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(initial: &str, keys: &[Key]) -> (String, usize) {
        let mut line = Line::new(initial);
        for key in keys {
            assert_eq!(line.press(*key), Step::Continue);
        }
        (line.text.iter().collect(), line.at)
    }

    #[test]
    fn keys_edit_as_in_a_shell() {
        use Key::{
            Backspace, Char, Delete, DeleteToEnd, DeleteToStart, DeleteWord, End, EndOfInput, Home,
            Left, Right, WordLeft, WordRight,
        };
        let text = "ghcr.io/jane doe";
        for (keys, expected, at) in [
            (&[Home, Char('x')][..], "xghcr.io/jane doe", 1),
            (&[Home, End, Char('x')], "ghcr.io/jane doex", 17),
            (&[Left, Left, Char('x')], "ghcr.io/jane dxoe", 15),
            (&[Home, Right, Right, Delete], "ghr.io/jane doe", 2),
            (&[Home, Left, Backspace], text, 0),
            (&[End, Right, Delete], text, 16),
            (&[Backspace], "ghcr.io/jane do", 15),
            (&[DeleteWord], "ghcr.io/jane ", 13),
            (&[DeleteWord, DeleteWord], "", 0),
            (&[Left, DeleteToStart], "e", 0),
            (&[WordLeft, DeleteToEnd], "ghcr.io/jane ", 13),
            (&[WordLeft, WordLeft, Char('x')], "ghcr.io/xjane doe", 9),
            (&[Home, WordRight, WordRight, Char('x')], "ghcr.iox/jane doe", 8),
            (&[Home, EndOfInput], "hcr.io/jane doe", 0),
            (&[Key::Unknown, Key::Up, Key::Escape, Key::Tab], text, 16),
        ] {
            assert_eq!(typed(text, keys), (expected.to_owned(), at), "{keys:?}");
        }
        assert_eq!(Line::new("a").press(Key::Enter), Step::Done);
        assert_eq!(Line::new("").press(EndOfInput), Step::Ended);
    }

    #[test]
    fn what_is_shown_fits_and_holds_the_cursor() {
        for text in ["", "jane", "averylongusernamethatdoesnotfit", "世界の利用者名前", "a世b界c"]
        {
            let mut line = Line::new(text);
            for at in 0..=line.text.len() {
                line.at = at;
                for cells in 3..12 {
                    let (shown, column) = line.shown(cells);
                    assert!(screen::width(&shown) <= cells, "{text} {at} {cells}: {shown}");
                    assert!(column < cells, "{text} {at} {cells}: {column}");
                    assert!(text.contains(&shown));
                }
            }
        }
        assert_eq!(Line::new("janedoe").shown(5), ("edoe".to_owned(), 4));
    }
}
