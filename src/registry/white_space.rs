//! White space at the ends of a user name or password: it came there with `echo`, a
//! file, or the clipboard, and registries take it for part of the text.

use std::fmt;

/// White space around a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhiteSpace {
    part: Part,
    start: Option<Blank>,
    end: Option<Blank>,
}

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The user name.
    Username,
    /// The password.
    Password,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    Space,
    Tab,
    Newline,
    Invisible,
}

impl WhiteSpace {
    /// Returns what is around a text, if anything is.
    pub(crate) fn around(part: Part, text: &str) -> Option<Self> {
        let start = text.chars().next().and_then(Blank::of);
        let end = text.chars().next_back().and_then(Blank::of);
        (start.is_some() || end.is_some()).then_some(Self { part, start, end })
    }

    /// Returns whether the text ends with a newline.
    pub fn ends_with_newline(self) -> bool {
        self.end == Some(Blank::Newline)
    }

    /// Returns what to do about it.
    pub fn hint(self) -> &'static str {
        match (self.start, self.end) {
            (None, Some(Blank::Newline)) => "take the newline away",
            _ => "take the white space away",
        }
    }
}

impl fmt::Display for WhiteSpace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Username => "user name",
            Part::Password => "password",
        };
        write!(formatter, "the {part}")?;
        let starts = self.start.map(|blank| format!(" begins with {}", blank.shown()));
        let ends = self.end.map(|blank| format!(" ends with {}", blank.shown()));
        let ends: Vec<String> = starts.into_iter().chain(ends).collect();
        write!(formatter, "{}: the registry will probably refuse it", ends.join(" and"))
    }
}

impl Blank {
    fn of(letter: char) -> Option<Self> {
        match letter {
            ' ' => Some(Self::Space),
            '\t' => Some(Self::Tab),
            '\n' | '\r' => Some(Self::Newline),
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => Some(Self::Invisible),
            letter => letter.is_whitespace().then_some(Self::Space),
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Space => "a space",
            Self::Tab => "a tab",
            Self::Newline => "a newline",
            Self::Invisible => "an invisible character",
        }
    }
}

/// Returns whether a text has nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| Blank::of(letter).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_named() {
        let shown = |text: &str| {
            WhiteSpace::around(Part::Password, text).map(|it| format!("{it}; {}", it.hint()))
        };
        let texts = [" pass123\n", "p\n", "p\r\n", "\tp", "p ", "\u{feff}p", "p\u{a0}", "a b\nc"];
        let lines: Vec<String> =
            texts.iter().map(|text| shown(text).unwrap_or_else(|| "-".to_owned())).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        the password begins with a space and ends with a newline: the registry will probably refuse it; take the white space away
        the password ends with a newline: the registry will probably refuse it; take the newline away
        the password ends with a newline: the registry will probably refuse it; take the newline away
        the password begins with a tab: the registry will probably refuse it; take the white space away
        the password ends with a space: the registry will probably refuse it; take the white space away
        the password begins with an invisible character: the registry will probably refuse it; take the white space away
        the password ends with a space: the registry will probably refuse it; take the white space away
        -
        ");
        let user = WhiteSpace::around(Part::Username, "jane ").unwrap();
        assert!(user.to_string().starts_with("the user name ends with a space"));
    }
}
