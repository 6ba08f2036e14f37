//! The secrets in play, which no text may show. They are looked for in every form
//! in which programs repeat them. No copy of a secret is kept here: only keyed
//! hashes of pieces of it.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::unescape::unescaped;
use super::untrusted::is_unsafe;

/// Shortest form that is looked for, in characters. Three characters occur in
/// every other sentence by chance: all words would be hidden for the sake of a
/// secret that is guessed in no time. Of a shorter secret, base64 together with
/// its user name is still found.
const MIN: usize = 4;

/// Up to this length, in characters, a form is found only as a whole. Of a longer one
/// a piece is enough, since programs cut what they show.
const WHOLE: usize = 12;

/// Longest piece that is compared, in characters.
const PIECE: usize = 16;

/// From piece to piece of a long form, in characters.
const STRIDE: usize = 8;

/// Shortest secret that is looked for in names, in characters. A password such
/// as `admin` may be the name of a namespace too.
const MIN_IN_NAMES: usize = 8;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A name, a key or another short value.
    Name,
    /// What a program or a server says.
    Words,
}

/// How a text is reduced before it is compared.
#[derive(Clone, Copy)]
enum View {
    /// Letters and digits alone: quoting, folding and padding make no difference,
    /// nor do the alphabets of base64.
    Letters,
    /// All but white space, quotes and what does not show, for secrets of punctuation.
    Marks,
}

/// Hashes of pieces, by how a text is reduced.
#[derive(Default)]
struct Pieces {
    /// With the kind of text from which on they are looked for.
    hashes: HashMap<u64, Kind>,
    /// The lengths that occur, in characters.
    lengths: [bool; PIECE + 1],
}

#[derive(Default)]
struct Known {
    letters: Pieces,
    marks: Pieces,
}

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

/// Hides a secret from now on.
pub(crate) fn hide(secret: &SecretString) {
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).hide(secret.expose_secret());
}

/// Hides the password of a login from now on, and both together as HTTP and
/// docker's files encode them.
pub(crate) fn hide_login(username: &str, password: &SecretString) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.hide_login(username, password.expose_secret());
}

/// Whether a word of a command line is a secret, or holds one.
pub(crate) fn is_secret(word: &str) -> bool {
    occur_in(word, Kind::Name)
}

/// Whether a text shows a secret in any form, also in pieces with white space,
/// quotes or invisible characters between them.
pub(super) fn occur_in(text: &str, kind: Kind) -> bool {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).occur_in(text, kind)
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "token", "password"].iter().any(|part| name.contains(part))
        && !name.ends_with("uri")
        && !name.ends_with("url")
}

impl Known {
    fn hide_login(&mut self, username: &str, password: &str) {
        if password.is_empty() {
            return;
        }
        self.hide(password);
        let pair = Zeroizing::new(format!("{username}:{password}"));
        self.add_with_base64(&encoded(pair.as_bytes()), Kind::Name);
    }

    fn hide(&mut self, secret: &str) {
        let kind = if secret.chars().count() < MIN_IN_NAMES { Kind::Words } else { Kind::Name };
        self.add_with_base64(secret, kind);
        for form in [json(secret), go_json(secret)] {
            if form.as_str() != secret {
                self.add_with_base64(&form, kind);
            }
        }
        let mut hex = Zeroizing::new(String::with_capacity(secret.len() * 2));
        for byte in secret.bytes() {
            // A String takes whatever is written.
            let _ = write!(hex, "{byte:02x}");
        }
        self.add(&hex, kind);
        let reversed: Zeroizing<String> = Zeroizing::new(secret.chars().rev().collect());
        self.add(&reversed, kind);
        // Of a key in JSON, the members that matter may be shown alone.
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(secret) {
            for (name, value) in &members {
                if let Some(value) = value.as_str().filter(|_| is_secret_name(name)) {
                    self.add_with_base64(value, kind);
                }
            }
        }
    }

    fn occur_in(&self, text: &str, kind: Kind) -> bool {
        if self.letters.hashes.is_empty() && self.marks.hashes.is_empty() {
            return false;
        }
        let mut text = Zeroizing::new(text.to_owned());
        // A message in a message is escaped as often.
        for _ in 0..4 {
            if self.occur_plainly_in(&text, kind) {
                return true;
            }
            match unescaped(&text) {
                Some(plain) => text = plain,
                None => return false,
            }
        }
        false
    }

    fn add_with_base64(&mut self, form: &str, kind: Kind) {
        self.add(form, kind);
        self.add_base64(form, kind);
    }

    /// Base64 of a longer text that the form stands in, at any place.
    fn add_base64(&mut self, form: &str, kind: Kind) {
        for offset in 0..3 {
            let mut bytes = Zeroizing::new(vec![0; offset]);
            bytes.extend_from_slice(form.as_bytes());
            let encoded = encoded(&bytes);
            // What depends on the bytes before and behind it is left out.
            let inner = encoded.get((offset * 8).div_ceil(6)..bytes.len() * 8 / 6);
            self.add(inner.unwrap_or_default(), kind);
        }
    }

    fn add(&mut self, form: &str, kind: Kind) {
        let letters = View::Letters.of(form);
        let marks = View::Marks.of(form);
        // Where most of it is punctuation, its letters alone are too little.
        if letters.len() * 2 < marks.len() {
            self.marks.add(&marks, kind);
        } else {
            self.letters.add(&letters, kind);
        }
    }

    fn occur_plainly_in(&self, text: &str, kind: Kind) -> bool {
        self.letters.occur_in(&View::Letters.of(text), kind)
            || self.marks.occur_in(&View::Marks.of(text), kind)
    }
}

impl View {
    fn of(self, text: &str) -> Zeroizing<Vec<char>> {
        let stays = |c: &char| match self {
            Self::Letters => c.is_alphanumeric(),
            Self::Marks => !c.is_whitespace() && !is_unsafe(*c) && !"'\"`\\".contains(*c),
        };
        // Escapes are written in both cases, and programs change that of what they show.
        Zeroizing::new(text.chars().filter(stays).flat_map(char::to_lowercase).collect())
    }
}

impl Pieces {
    fn add(&mut self, form: &[char], kind: Kind) {
        if form.len() < MIN {
            return;
        }
        let length = match form.len() {
            whole if whole <= WHOLE => whole,
            longer => (longer * 3 / 4).clamp(WHOLE, PIECE),
        };
        let last = form.len() - length;
        let starts = (0..last).step_by(STRIDE).chain([last]);
        for piece in starts.filter_map(|start| form.get(start..start + length)) {
            let looked_for = self.hashes.entry(HASHER.hash_one(piece)).or_insert(kind);
            *looked_for = (*looked_for).min(kind);
        }
        if let Some(occurs) = self.lengths.get_mut(length) {
            *occurs = true;
        }
    }

    fn occur_in(&self, text: &[char], kind: Kind) -> bool {
        let lengths = self.lengths.iter().enumerate().filter(|(_, occurs)| **occurs);
        let mut pieces = lengths.flat_map(|(length, _)| text.windows(length));
        pieces.any(|piece| {
            let from = self.hashes.get(&HASHER.hash_one(piece));
            from.is_some_and(|from| *from <= kind)
        })
    }
}

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(bytes))
}

/// The inside of a JSON string.
fn json(text: &str) -> Zeroizing<String> {
    let quoted = Zeroizing::new(serde_json::to_string(text).unwrap_or_default());
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Zeroizing::new(inner.unwrap_or_default().to_owned())
}

/// The same as Go writes it. Source: Go 1.26, `encoding/json/encode.go` (`SetEscapeHTML`).
fn go_json(text: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::new());
    for character in json(text).chars() {
        match character {
            '<' | '>' | '&' => {
                // A String takes whatever is written.
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
