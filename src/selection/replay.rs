//! The command line that gives the same result without questions.

use std::ffi::OsString;

use crate::system::{messages, secrets, shell, terminal};

/// The arguments as given, and those that stand for the answers since.
#[derive(Debug)]
pub(crate) struct Replay {
    given: Vec<String>,
    answers: Vec<String>,
    is_withheld: bool,
}

impl Replay {
    /// Starts from the process's arguments, the program's name first.
    pub(crate) fn new(arguments: &[OsString]) -> Self {
        let given = arguments.iter().skip(1).map(|text| text.to_string_lossy().into_owned());
        Self { given: given.collect(), answers: Vec::new(), is_withheld: false }
    }

    /// Returns one that is never shown: the person has seen the command already.
    pub(crate) fn hidden() -> Self {
        Self { given: Vec::new(), answers: Vec::new(), is_withheld: true }
    }

    /// Adds arguments that say what was answered.
    pub(crate) fn add<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        self.answers.extend(arguments.into_iter().map(str::to_owned));
    }

    /// Never shows it: an argument would be a secret, and arguments end up in the
    /// shell's history.
    pub(crate) fn withhold(&mut self) {
        self.is_withheld = true;
    }

    /// Shows the command line if anything was asked.
    pub(crate) fn show(&self) {
        let mut words = self.given.iter().chain(&self.answers);
        let is_secret = self.is_withheld || words.any(|word| secrets::is_secret(word));
        if !self.answers.is_empty() && !is_secret {
            messages::note(&format!("to repeat without prompts: {self}"));
        }
    }

    /// Says how a manifest gets into the cluster, to a person who was asked and sees it
    /// on the terminal.
    pub(crate) fn show_next_step(&self) {
        if !self.answers.is_empty() && !self.is_withheld && terminal::stdout_is_terminal() {
            messages::note(
                "to create it in the cluster, add --apply, or pipe it to: kubectl apply -f -",
            );
        }
    }
}

impl std::fmt::Display for Replay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("kubectl regcred")?;
        let words = self.given.iter().chain(&self.answers);
        write!(formatter, " {}", shell::command(words.map(String::as_str)))?;
        // Without a file the command would wait for a pipe.
        let is_piped = self.answers.iter().any(|word| word == "--password-stdin");
        formatter.write_str(if is_piped { " <token.txt" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_what_was_given_and_are_quoted_for_the_shell() {
        let mut replay = Replay::new(&["kubectl-regcred".into(), "secret".into()]);
        replay.add(["--username", "robot$acme+it's"]);
        assert_eq!(replay.to_string(), r#"kubectl regcred secret --username 'robot$acme+it'"'s""#);
    }

    #[test]
    fn a_typed_password_is_a_file_in_the_command() {
        let mut replay = Replay::new(&["kubectl-regcred".into(), "secret".into()]);
        replay.add(["--username", "jane", "--password-stdin"]);
        let expected = "kubectl regcred secret --username jane --password-stdin <token.txt";
        assert_eq!(replay.to_string(), expected);
    }
}
