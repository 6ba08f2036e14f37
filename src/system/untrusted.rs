//! Text that others wrote, and the one filter between it and the terminal: one
//! line, of limited length, without characters that steer a terminal or hide,
//! and without any secret.

use std::fmt::{self, Write};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::secrets::{self, Kind};

/// Longest piece of foreign text in a message, in characters.
const MAX_SHOWN: usize = 200;

/// In place of a text that shows a secret.
pub(crate) const HIDDEN: &str = "(hidden: it contains the credential)";

/// In place of data, which may hold a secret that is not known.
const HIDDEN_DATA: &str = "(hidden: it may contain the credential)";

/// In place of a word.
const LEFT_OUT: &str = "(left out)";

/// What a program, a server or a file says. It can be searched, and shown through
/// the filter only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Untrusted(Zeroizing<String>);

impl Untrusted {
    /// Bytes that should be text.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))
    }

    /// The text as it is: to be searched, never to be shown.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// All of it in one line, shown; three times as long as others. The reason why a
    /// pull failed stands at the end of what a kubelet says.
    pub fn paragraph(&self) -> String {
        if secrets::occur_in(self.raw(), Kind::Words) {
            HIDDEN.to_owned()
        } else {
            cut(self.raw().trim(), 3 * MAX_SHOWN)
        }
    }

    /// Its last line that is not blank, shown; empty if there is none.
    pub fn last_line(&self) -> String {
        self.line(last_line(self.raw()))
    }

    /// One line of it, shown. A secret may be folded: the whole text decides.
    pub fn line(&self, line: &str) -> String {
        if line.is_empty() {
            String::new()
        } else if secrets::occur_in(self.raw(), Kind::Words) {
            HIDDEN.to_owned()
        } else {
            tidy(line)
        }
    }

    /// The last line of a program that handles secrets, as [`Self::sentence`].
    pub fn last_sentence(&self) -> String {
        self.sentence(last_line(self.raw()))
    }

    /// The last line of such a program that still runs. A line that is not ended yet
    /// may be half a secret: it is shown only where it ends as questions do.
    pub fn sentence_so_far(&self) -> String {
        self.sentence(self.line_so_far())
    }

    /// The last line so far, to be searched or filtered, as of [`Self::sentence_so_far`].
    pub fn line_so_far(&self) -> &str {
        let (ended, begun) = self.raw().rsplit_once('\n').unwrap_or(("", self.raw()));
        let is_question = begun.trim_end().ends_with([':', '?', '>', '.', '!', ')', ']', '…']);
        last_line(if is_question { begun } else { ended })
    }

    /// One line of a program that handles secrets, shown: never data, nor words that
    /// look like a secret.
    pub fn sentence(&self, line: &str) -> String {
        let line = line.trim();
        if line.is_empty() {
            String::new()
        } else if secrets::occur_in(self.raw(), Kind::Words) {
            HIDDEN.to_owned()
        } else if is_data(line) {
            HIDDEN_DATA.to_owned()
        } else {
            tidy(&without_suspects(line))
        }
    }
}

impl<T: Into<String>> From<T> for Untrusted {
    fn from(text: T) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.line(self.raw()))
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Untrusted({:?})", self.to_string())
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A foreign name, key or path made safe to show.
pub(crate) fn clean(text: &str) -> String {
    if secrets::occur_in(text, Kind::Name) {
        return HIDDEN.to_owned();
    }
    tidy(text)
}

/// A word of the command line made safe to show: it may be a password that was meant
/// for a prompt.
pub(crate) fn argument(text: &str) -> String {
    if looks_random(text) { "(not repeated)".to_owned() } else { clean(text) }
}

/// The last line of a text that is not blank; empty if there is none.
fn last_line(text: &str) -> &str {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("")
}

/// One line of at most 200 characters that all show.
fn tidy(text: &str) -> String {
    cut(text, MAX_SHOWN)
}

fn cut(text: &str, most: usize) -> String {
    let text = without_user_info(text);
    let mut shown: String = text.chars().filter_map(visible).take(most + 1).collect();
    if let Some((end, _)) = shown.char_indices().nth(most) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Text of the program itself with foreign names in it, made safe to show:
/// however long, in one line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().filter_map(visible).collect()
}

/// A line end between two words stays a space.
fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => Some(' '),
        c if is_unsafe(c) => None,
        c => Some(c),
    }
}

/// Whether a character can change how a terminal shows the text around it, or
/// does not show: control characters, marks of direction, white space without
/// width, tags, and what chooses between forms of the character before it.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The same text, with the dangerous characters of its strings escaped as JSON
/// escapes them: what it says stays exactly the same.
pub(crate) fn escape_json(json: String) -> String {
    let is_kept = |c: char| c == '\n' || !is_unsafe(c);
    if json.chars().all(is_kept) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_kept(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // A String takes whatever is written.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// A text without what stands before `@` in the URLs in it: it may be a password.
pub(super) fn without_user_info(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, url)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = url.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
        let (word, after) = url.split_at(end.unwrap_or(url.len()));
        // A password may hold a slash; a digest follows its own `@`.
        let (name, digest) = match word.split_once("@sha") {
            Some((name, _)) => word.split_at(name.len()),
            None => (word, ""),
        };
        match name.rsplit_once('@') {
            Some((_, host)) => shown.extend(["(hidden)@", host, digest]),
            None => shown.push_str(word),
        }
        rest = after;
    }
    shown + rest
}

/// Whether a line is data rather than a sentence.
fn is_data(line: &str) -> bool {
    line.contains('{') || line.starts_with(['[', '"'])
}

/// Without the words that look like a secret, or are called one.
fn without_suspects(line: &str) -> String {
    let is_border = |c: char| c.is_whitespace() || "\"'`,;()<>=:".contains(c);
    let mut shown = String::new();
    let mut is_called_secret = false;
    for piece in line.split_inclusive(is_border) {
        let word = piece.trim_end_matches(is_border);
        let border = piece.get(word.len()..).unwrap_or_default();
        let is_suspect = !word.is_empty() && (is_called_secret || looks_random(word));
        shown.push_str(if is_suspect { LEFT_OUT } else { word });
        shown.push_str(border);
        if !word.is_empty() {
            is_called_secret = border.starts_with([':', '=']) && is_secret_word(word);
        }
    }
    shown
}

fn is_secret_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "auth", "bearer"]
        .iter()
        .any(|end| word.ends_with(end))
}

/// Whether a word is more like a password than like a word, a path or a number.
fn looks_random(word: &str) -> bool {
    let is_path = word.starts_with(['/', '~', '.', '\\']) || word.contains("//");
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let has_letter = has(u8::is_ascii_alphabetic);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_one_run = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_long = word.len() >= 20 && is_one_run;
    word.len() >= 8 && !is_path && has(u8::is_ascii_digit) && has_letter && (is_mixed || is_long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{202e}d"), "a[31mb cd");
        assert_eq!(clean("ünïcode stays"), "ünïcode stays");
        for hidden in [
            "\u{0}",
            "\u{7f}",
            "\u{85}",
            "\u{9b}",
            "\u{ad}",
            "\u{61c}",
            "\u{180e}",
            "\u{200b}",
            "\u{200f}",
            "\u{2028}",
            "\u{2029}",
            "\u{202e}",
            "\u{2066}",
            "\u{206f}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{e0001}",
            "\u{e0041}",
            "\u{e0100}",
        ] {
            assert_eq!(clean(&format!("a{hidden}b")), "ab", "{hidden:?}");
            assert_eq!(Untrusted::from(format!("a{hidden}b")).to_string(), "ab", "{hidden:?}");
        }
    }

    #[test]
    fn foreign_text_is_one_line() {
        assert_eq!(clean("a\nerror: forged"), "a error: forged");
        assert_eq!(Untrusted::from("a\nhint: forged").to_string(), "a hint: forged");
        assert_eq!(one_line("a\u{2028}b\nc"), "ab c");
    }

    #[test]
    fn long_foreign_text_is_cut() {
        let shown = clean(&"é".repeat(500));
        assert_eq!(shown.chars().count(), 201);
        assert!(shown.ends_with('…'));
        assert_eq!(clean(&"é".repeat(200)).chars().count(), 200);
    }

    #[test]
    fn json_says_the_same_in_other_characters() {
        let value = "a\u{9b}b\u{202e}c\u{e0041}d\u{7f}é\n";
        let json = serde_json::to_string_pretty(&[value]).unwrap();
        let escaped = escape_json(json);
        assert!(escaped.chars().all(|c| c == '\n' || !is_unsafe(c)), "{escaped}");
        let read: Vec<String> = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, [value]);
    }

    #[test]
    fn user_info_of_urls_is_not_shown() {
        for (text, shown) in [
            ("https://u:PW@ghcr.io/a", "https://(hidden)@ghcr.io/a"),
            (
                "Get \"https://u:P/W@h/a\": EOF, see http://x",
                "Get \"https://(hidden)@h/a\": EOF, see http://x",
            ),
            ("docker://h/a@sha256:00", "docker://h/a@sha256:00"),
            ("docker://u:p@h/a@sha256:00", "docker://(hidden)@h/a@sha256:00"),
            ("jane@example.com", "jane@example.com"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn what_a_helper_says_keeps_its_sense_and_loses_what_may_be_a_secret() {
        for (line, shown) in [
            ("gpg: decryption failed: No secret key", "gpg: decryption failed: No secret key"),
            ("Cannot get secret of a locked object", "Cannot get secret of a locked object"),
            (
                "open /home/Jane2/.docker/x: no such file",
                "open /home/Jane2/.docker/x: no such file",
            ),
            ("AADSTS700016: no such application", "AADSTS700016: no such application"),
            ("debug: password=hunter", "debug: password=(left out)"),
            ("Secret: hunter", "Secret: (left out)"),
            ("found swOrd5/fiSh+7 but expired", "found (left out) but expired"),
            ("out: `swOrd5/fiSh+7`", "out: `(left out)`"),
            ("{\"Secret\":\"x\"}", HIDDEN_DATA),
            ("[\"x\"]", HIDDEN_DATA),
        ] {
            assert_eq!(Untrusted::from(line).sentence(line), shown);
        }
    }

    #[test]
    fn half_a_line_is_shown_only_as_a_question() {
        let last = |text: &str| Untrusted::from(text).sentence_so_far();
        assert_eq!(last("unlocking\nEnter the passphrase: "), "Enter the passphrase:");
        assert_eq!(last("unlocking\nhunt"), "unlocking");
        assert_eq!(last("hunt"), "");
        assert_eq!(last("unlocking\n"), "unlocking");
    }
}
