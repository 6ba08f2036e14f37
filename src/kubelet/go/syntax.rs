//! What people write that is not JSON, and where. Go's reader refuses all of it, and
//! what is meant is never guessed at: a Secret is read by others too.

use super::json::{Fault, FaultKind};

/// What a text has that JSON does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    /// What some editors write before UTF-8.
    #[error("begins with a byte order mark, which JSON does not allow,")]
    ByteOrderMark,
    /// `// …`, `/* … */`, `# …`.
    #[error("has a comment, which JSON does not allow,")]
    Comment,
    /// `{"a": 1,}`.
    #[error("has a comma after the last member")]
    TrailingComma,
    /// A text that goes on in the next line.
    #[error("has a line break within a text (JSON writes `\\n`)")]
    LineBreak,
    /// Another control character within a text.
    #[error("has a control character within a text")]
    ControlCharacter,
    /// `\$` and what else JSON does not escape.
    #[error("has a backslash before a character that JSON does not escape")]
    Escape,
    /// `{'a': 1}`.
    #[error("has single quotes in place of double quotes")]
    SingleQuotes,
    /// Quotes of a text processor.
    #[error("has typographic quotes in place of plain double quotes")]
    CurlyQuotes,
    /// `{{ … }}` or `$NAME`.
    #[error("has an expression of a template or a variable that was not replaced")]
    Template,
    /// `{a: 1}`.
    #[error("has a name without double quotes")]
    BareName,
    /// `a:` in lines.
    #[error("is YAML, not JSON,")]
    Yaml,
    /// Something after the value.
    #[error("has more text after the end of its JSON")]
    More,
}

/// What is not JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at line {line}, column {column}")]
pub struct Defect {
    /// What the text has.
    pub what: Syntax,
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
}

/// Returns what is known of a text that could not be read as JSON.
pub(crate) fn of_fault(fault: &Fault, text: &str) -> Option<Defect> {
    (fault.kind != FaultKind::WrongType).then(|| find(text)).flatten()
}

/// Returns the first thing in a text that is known and is not JSON.
fn find(text: &str) -> Option<Defect> {
    let (at, what) = if text.starts_with('\u{feff}') {
        (0, Syntax::ByteOrderMark)
    } else if is_yaml(text) {
        (text.len() - text.trim_start().len(), Syntax::Yaml)
    } else {
        Reader { text, at: 0, depth: 0, has_value: false }.find()?
    };
    let before = text.get(..at)?;
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    Some(Defect { what, line: before.matches('\n').count() + 1, column: at - line_start + 1 })
}

/// Whether a text has a member of YAML before any bracket or quote.
fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_note = |line: &&str| line.starts_with('#') || *line == "---";
    let Some(first) = lines.find(|line| !is_note(line)) else { return false };
    let name = first.split(':').next().unwrap_or_default();
    let bare = ["\"", "'"]
        .into_iter()
        .find_map(|quote| name.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)));
    let bare = bare.unwrap_or(name);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    first.len() > name.len() && !bare.is_empty() && bare.chars().all(is_name)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// Whether the one value has ended.
    has_value: bool,
}

impl Reader<'_> {
    fn find(&mut self) -> Option<(usize, Syntax)> {
        while let Some(letter) = self.peek() {
            let at = self.at;
            if letter.is_whitespace() {
                self.at += letter.len_utf8();
                continue;
            }
            let rest = self.text.get(at..)?;
            if letter == '#' || rest.starts_with("//") || rest.starts_with("/*") {
                return Some((at, Syntax::Comment));
            }
            if self.has_value {
                return Some((at, Syntax::More));
            }
            if rest.starts_with("{{") || letter == '$' {
                return Some((at, Syntax::Template));
            }
            match letter {
                '"' => {
                    if let Some(found) = self.string() {
                        return Some(found);
                    }
                }
                '\'' => return Some((at, Syntax::SingleQuotes)),
                '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' => {
                    return Some((at, Syntax::CurlyQuotes));
                }
                '{' | '[' => self.depth += 1,
                '}' | ']' => self.depth = self.depth.saturating_sub(1),
                ',' if rest.get(1..)?.trim_start().starts_with(['}', ']']) => {
                    return Some((at, Syntax::TrailingComma));
                }
                letter if letter.is_ascii_digit() || letter == '-' => {
                    let is_number = |it: char| it.is_ascii_alphanumeric() || "+-.".contains(it);
                    self.at += rest.find(|it| !is_number(it)).unwrap_or(rest.len());
                    continue;
                }
                letter if letter.is_alphabetic() || letter == '_' => {
                    if self.depth == 0 {
                        return None;
                    }
                    let word = rest.split(|it: char| !it.is_alphanumeric()).next()?;
                    if !["true", "false", "null"].contains(&word) {
                        return Some((at, Syntax::BareName));
                    }
                    self.at += word.len();
                    continue;
                }
                _ => {}
            }
            if letter != '"' {
                self.at += letter.len_utf8();
            }
            self.has_value = self.depth == 0;
        }
        None
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// Reads a text in double quotes.
    fn string(&mut self) -> Option<(usize, Syntax)> {
        self.at += 1;
        while let Some(letter) = self.peek() {
            let at = self.at;
            self.at += letter.len_utf8();
            match letter {
                '"' => return None,
                '\\' => {
                    let escaped = self.peek()?;
                    if !"\"\\/bfnrtu".contains(escaped) {
                        return Some((at, Syntax::Escape));
                    }
                    self.at += 1;
                }
                '\n' | '\r' => return Some((at, Syntax::LineBreak)),
                letter if letter < ' ' => return Some((at, Syntax::ControlCharacter)),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_found_with_its_place() {
        for (text, what, line, column) in [
            ("\u{feff}{}", Syntax::ByteOrderMark, 1, 1),
            ("{\n  // mine\n}", Syntax::Comment, 2, 3),
            ("{} # mine", Syntax::Comment, 1, 4),
            ("{/* a */}", Syntax::Comment, 1, 2),
            ("{\"a\": {},\n}", Syntax::TrailingComma, 1, 9),
            ("[1, ]", Syntax::TrailingComma, 1, 3),
            ("{\"a\": \"b\nc\"}", Syntax::LineBreak, 1, 9),
            ("{\"a\": \"b\tc\"}", Syntax::ControlCharacter, 1, 9),
            ("{\"a\": \"robot\\$x\"}", Syntax::Escape, 1, 13),
            ("{'a': 1}", Syntax::SingleQuotes, 1, 2),
            ("{\u{201c}a\u{201d}: 1}", Syntax::CurlyQuotes, 1, 2),
            ("{auths: {}}", Syntax::BareName, 1, 2),
            ("{{ .Values.config }}", Syntax::Template, 1, 1),
            ("{\"auths\": ${AUTHS}}", Syntax::Template, 1, 11),
            ("$CONFIG", Syntax::Template, 1, 1),
            ("auths:\n  ghcr.io: {}\n", Syntax::Yaml, 1, 1),
            ("---\n# mine\n\"auths\": {}", Syntax::Yaml, 1, 1),
            ("{}{}", Syntax::More, 1, 3),
            ("{} x", Syntax::More, 1, 4),
        ] {
            assert_eq!(find(text), Some(Defect { what, line, column }), "{text:?}");
        }
    }

    #[test]
    fn json_and_what_was_cut_off_have_nothing_of_it() {
        for text in [
            "{}",
            " {\"a\": [1, -2.5e3, true, null, \"//\", \"#\", \"'\", \"\\\"\"]}\n",
            "\"a: b\"",
            "null",
            "{\"a\": \"b",
            "",
        ] {
            assert_eq!(find(text), None, "{text:?}");
        }
    }
}
