//! The keyboard, key by key, as long as a question is open. termina decodes what
//! terminals and Windows' console send.
//!
//! dialoguer's own reader, `Term::read_key`, is not used: it takes part of Ctrl-Left and
//! of keypads' Home for text, does not tell of a changed size, and lets keys show between
//! two reads. crossterm spins for ever where the terminal is gone. Source: console
//! 0.16.6, `unix_term.rs`; crossterm 0.29.0, `event/source/unix/mio.rs`.

use std::io;

use termina::event::{KeyCode, KeyEvent, KeyEventKind, Modifiers};
use termina::{Event as Sent, PlatformTerminal, Terminal};

/// What happens while a question is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A key was pressed.
    Key(Key),
    /// The terminal has another size.
    Redraw,
}

/// A key that the prompts know: those of a shell's line editing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Text; never a control character.
    Char(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    WordLeft,
    WordRight,
    DeleteWord,
    DeleteToStart,
    DeleteToEnd,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    EndOfInput,
    /// A key without a meaning here.
    Unknown,
}

/// The terminal without its own line editing; dropping it restores that.
#[derive(Debug)]
pub(super) struct Keyboard(PlatformTerminal);

impl Keyboard {
    /// Opens the terminal that a person types on.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) fn open() -> io::Result<Self> {
        let mut terminal = PlatformTerminal::new()?;
        terminal.enter_raw_mode()?;
        Ok(Self(terminal))
    }

    /// Waits for a key, or for the need to draw again.
    ///
    /// # Errors
    /// The system's reason, also where the terminal is gone.
    pub(super) fn next(&mut self) -> io::Result<Event> {
        loop {
            match self.0.read(|_| true)? {
                Sent::Key(key) if key.kind != KeyEventKind::Release => {
                    return Ok(Event::Key(known(key)));
                }
                Sent::WindowResized(_) => return Ok(Event::Redraw),
                _ => {}
            }
        }
    }
}

fn known(key: KeyEvent) -> Key {
    let is_word = key.modifiers.intersects(Modifiers::CONTROL | Modifiers::ALT);
    match key.code {
        KeyCode::Char(character) if is_word => command(character, key.modifiers),
        KeyCode::Char(character) if character.is_control() => Key::Unknown,
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Backspace if is_word => Key::DeleteWord,
        KeyCode::Left if is_word => Key::WordLeft,
        KeyCode::Right if is_word => Key::WordRight,
        KeyCode::Enter => Key::Enter,
        KeyCode::Escape => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up | KeyCode::BackTab => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => Key::Unknown,
    }
}

/// A letter with Ctrl or Alt, as in a shell.
fn command(letter: char, modifiers: Modifiers) -> Key {
    match (letter, modifiers) {
        ('a', Modifiers::CONTROL) => Key::Home,
        ('b', Modifiers::CONTROL) => Key::Left,
        ('c', Modifiers::CONTROL) => Key::Interrupt,
        ('d', Modifiers::CONTROL) => Key::EndOfInput,
        ('e', Modifiers::CONTROL) => Key::End,
        ('f', Modifiers::CONTROL) => Key::Right,
        ('h', Modifiers::CONTROL) => Key::Backspace,
        ('i', Modifiers::CONTROL) => Key::Tab,
        ('j' | 'm', Modifiers::CONTROL) => Key::Enter,
        ('k', Modifiers::CONTROL) => Key::DeleteToEnd,
        ('n', Modifiers::CONTROL) => Key::Down,
        ('p', Modifiers::CONTROL) => Key::Up,
        ('u', Modifiers::CONTROL) => Key::DeleteToStart,
        ('w', Modifiers::CONTROL) => Key::DeleteWord,
        ('b', Modifiers::ALT) => Key::WordLeft,
        ('f', Modifiers::ALT) => Key::WordRight,
        // AltGr on Windows.
        (character, both) if both.contains(Modifiers::CONTROL | Modifiers::ALT) => {
            Key::Char(character)
        }
        _ => Key::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_send_is_a_key_and_never_text() {
        for (sent, keys) in [
            (
                "a\u{e9}\u{4e16}A",
                &[Key::Char('a'), Key::Char('é'), Key::Char('世'), Key::Char('A')][..],
            ),
            ("\r\n", &[Key::Enter, Key::Enter]),
            ("\u{1b}", &[Key::Escape]),
            ("\u{1}\u{5}", &[Key::Home, Key::End]),
            ("\u{2}\u{6}\u{10}\u{e}", &[Key::Left, Key::Right, Key::Up, Key::Down]),
            ("\u{3}\u{4}", &[Key::Interrupt, Key::EndOfInput]),
            ("\u{8}\u{7f}", &[Key::Backspace, Key::Backspace]),
            ("\u{b}\u{15}\u{17}", &[Key::DeleteToEnd, Key::DeleteToStart, Key::DeleteWord]),
            ("\t\u{1b}[Z", &[Key::Tab, Key::Up]),
            ("\u{1b}[A\u{1b}OB", &[Key::Up, Key::Down]),
            ("\u{1b}[H\u{1b}OH\u{1b}[1~\u{1b}[7~", &[Key::Home; 4]),
            ("\u{1b}[F\u{1b}OF\u{1b}[4~\u{1b}[8~", &[Key::End; 4]),
            ("\u{1b}[3~\u{1b}[5~\u{1b}[6~", &[Key::Delete, Key::PageUp, Key::PageDown]),
            ("\u{1b}[1;5D\u{1b}[1;3D\u{1b}b", &[Key::WordLeft; 3]),
            ("\u{1b}[1;5C\u{1b}f", &[Key::WordRight, Key::WordRight]),
            ("\u{1b}\u{7f}", &[Key::DeleteWord]),
            ("\u{1b}[15~\u{1b}OP\u{1c}", &[Key::Unknown; 3]),
        ] {
            let mut parser = termina::Parser::default();
            parser.parse(sent.as_bytes(), false);
            let events = std::iter::from_fn(|| parser.pop());
            let known: Vec<Key> = events
                .filter_map(
                    |event| if let Sent::Key(key) = event { Some(known(key)) } else { None },
                )
                .collect();
            assert_eq!(known, keys, "{sent:?}");
        }
    }
}
