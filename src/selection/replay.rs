//! The command line that gives the same result without questions.

use std::ffi::OsString;

use crate::system::messages;

/// The arguments as given, and those that stand for the answers since.
#[derive(Debug)]
pub struct Replay {
    given: Vec<String>,
    answers: Vec<String>,
}

impl Replay {
    /// Starts from the process's arguments, the program's name first.
    pub fn new(arguments: &[OsString]) -> Self {
        let given = arguments.iter().skip(1).map(|text| text.to_string_lossy().into_owned());
        Self { given: given.collect(), answers: Vec::new() }
    }

    /// Adds arguments that say what was answered.
    pub fn add<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        self.answers.extend(arguments.into_iter().map(str::to_owned));
    }

    /// Shows the command line if anything was asked.
    pub fn show(&self) {
        if !self.answers.is_empty() {
            messages::note(&format!("the same without questions: {self}"));
        }
    }
}

impl std::fmt::Display for Replay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("kubectl regcred")?;
        let words = self.given.iter().chain(&self.answers);
        words.map(|word| quote(word)).try_for_each(|word| write!(formatter, " {word}"))
    }
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    let word: String = word.chars().filter(|c| !messages::is_unsafe(*c)).collect();
    if !word.is_empty() && word.chars().all(is_plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_what_was_given_and_are_quoted_for_the_shell() {
        let mut replay = Replay::new(&["kubectl-regcred".into(), "secret".into()]);
        replay.add(["--username", "robot$acme+it's"]);
        assert_eq!(replay.to_string(), r"kubectl regcred secret --username 'robot$acme+it'\''s'");
    }
}
