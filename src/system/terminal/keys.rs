//! Keys as terminals send them: xterm's sequences, which all terminals in use
//! follow, and the control keys of a shell's line editing.

/// A key that the prompts know.
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
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console does not tell"))]
    WordLeft,
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console does not tell"))]
    WordRight,
    DeleteWord,
    DeleteToStart,
    DeleteToEnd,
    /// Ctrl-D.
    EndOfInput,
    /// A key without a meaning here; all bytes of it are taken.
    Unknown,
}

/// What some input starts with.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A whole key.
    Key(Key),
    /// The start of a key.
    Incomplete,
}

/// Decodes the bytes of one key.
#[cfg(unix)]
pub(super) fn decode(input: &[u8]) -> Decoded {
    match input {
        [] => Decoded::Incomplete,
        [0x1b, rest @ ..] => decode_escape(rest),
        [byte, ..] if byte.is_ascii() => Decoded::Key(plain(char::from(*byte))),
        _ => match std::str::from_utf8(input) {
            Ok(text) => Decoded::Key(text.chars().next().map_or(Key::Unknown, plain)),
            Err(error) if error.error_len().is_none() => Decoded::Incomplete,
            Err(_) => Decoded::Key(Key::Unknown),
        },
    }
}

/// Decodes a character, which may be a control key.
pub(super) fn plain(character: char) -> Key {
    match character {
        '\r' | '\n' => Key::Enter,
        '\t' => Key::Tab,
        '\u{8}' | '\u{7f}' => Key::Backspace,
        '\u{1}' => Key::Home,
        '\u{2}' => Key::Left,
        '\u{4}' => Key::EndOfInput,
        '\u{5}' => Key::End,
        '\u{6}' => Key::Right,
        '\u{b}' => Key::DeleteToEnd,
        '\u{e}' => Key::Down,
        '\u{10}' => Key::Up,
        '\u{15}' => Key::DeleteToStart,
        '\u{17}' => Key::DeleteWord,
        character if character.is_control() => Key::Unknown,
        character => Key::Char(character),
    }
}

/// Decodes what follows an escape character.
#[cfg(unix)]
fn decode_escape(rest: &[u8]) -> Decoded {
    match rest {
        [] | [b'O' | b'['] => Decoded::Incomplete,
        [b'[', rest @ ..] => decode_control_sequence(rest),
        [b'O', last, ..] => Decoded::Key(cursor_key(*last, Modifier::None)),
        [b'b', ..] => Decoded::Key(Key::WordLeft),
        [b'f', ..] => Decoded::Key(Key::WordRight),
        [0x7f, ..] => Decoded::Key(Key::DeleteWord),
        _ => Decoded::Key(Key::Unknown),
    }
}

/// Decodes what follows `ESC [`: parameters, and a last byte that ends them.
/// Source: ECMA-48, 5.4. `ESC [ [ A`, a function key of Linux's console, is no
/// such sequence.
#[cfg(unix)]
fn decode_control_sequence(rest: &[u8]) -> Decoded {
    if let [b'[', rest @ ..] = rest {
        return if rest.is_empty() { Decoded::Incomplete } else { Decoded::Key(Key::Unknown) };
    }
    let Some((last, parameters)) = rest.split_last() else { return Decoded::Incomplete };
    if !(b'@'..=b'~').contains(last) {
        return Decoded::Incomplete;
    }
    if *last != b'~' {
        let modifier = if parameters.contains(&b';') { Modifier::Some } else { Modifier::None };
        return Decoded::Key(cursor_key(*last, modifier));
    }
    Decoded::Key(match parameters {
        b"1" | b"7" => Key::Home,
        b"4" | b"8" => Key::End,
        b"3" => Key::Delete,
        b"5" => Key::PageUp,
        b"6" => Key::PageDown,
        _ => Key::Unknown,
    })
}

/// Whether Ctrl, Alt or Shift is held with a key.
#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Modifier {
    None,
    Some,
}

#[cfg(unix)]
fn cursor_key(last: u8, modifier: Modifier) -> Key {
    match (last, modifier) {
        (b'A', _) | (b'Z', Modifier::None) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', Modifier::None) => Key::Right,
        (b'C', Modifier::Some) => Key::WordRight,
        (b'D', Modifier::None) => Key::Left,
        (b'D', Modifier::Some) => Key::WordLeft,
        (b'H', _) => Key::Home,
        (b'F', _) => Key::End,
        (b'M', Modifier::None) => Key::Enter,
        _ => Key::Unknown,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn keys_are_whole_or_wait_for_the_rest() {
        for (input, key) in [
            ("a", Key::Char('a')),
            ("é", Key::Char('é')),
            ("世", Key::Char('世')),
            ("\r", Key::Enter),
            ("\u{15}", Key::DeleteToStart),
            ("\u{17}", Key::DeleteWord),
            ("\u{1b}[A", Key::Up),
            ("\u{1b}OB", Key::Down),
            ("\u{1b}[H", Key::Home),
            ("\u{1b}OF", Key::End),
            ("\u{1b}[1~", Key::Home),
            ("\u{1b}[4~", Key::End),
            ("\u{1b}[3~", Key::Delete),
            ("\u{1b}[1;5D", Key::WordLeft),
            ("\u{1b}[1;3C", Key::WordRight),
            ("\u{1b}b", Key::WordLeft),
            ("\u{1b}\u{7f}", Key::DeleteWord),
            ("\u{1b}[15;5~", Key::Unknown),
            ("\u{1b}[[A", Key::Unknown),
            ("\u{1b}[200~", Key::Unknown),
            ("\u{1c}", Key::Unknown),
        ] {
            let bytes = input.as_bytes();
            for length in 0..bytes.len() {
                assert_eq!(decode(&bytes[..length]), Decoded::Incomplete, "{input:?} {length}");
            }
            assert_eq!(decode(bytes), Decoded::Key(key), "{input:?}");
        }
        assert_eq!(decode(&[0xff]), Decoded::Key(Key::Unknown));
    }
}
