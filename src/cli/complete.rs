//! Words for the shell, as kubectl asks a plugin for them through the executable
//! `kubectl_complete-regcred` (kubectl 1.26 and later, `pkg/cmd/plugin/plugin_completion.go`).

use clap::{Arg, Command, ValueHint};

use super::help::is_kubectls;

/// What the shell does beside showing the words (cobra 1.10, `completions.go`).
const ALSO_FILES: &str = ":0";
const NO_FILES: &str = ":4";

/// The word that asks for this, before those that are typed so far.
pub(crate) const COMPLETE: &str = "__complete";

/// A word a line, with its explanation after a tab, then what else the shell does.
/// The last of the typed words is the one to complete; it may be empty.
pub(crate) fn complete(typed: &[String]) -> String {
    let mut root = super::command();
    root.build();
    let Some((current, before)) = typed.split_last() else {
        return format!("{NO_FILES}\n");
    };
    let command = before.iter().find_map(|word| root.find_subcommand(word));
    let arguments = command.unwrap_or(&root);
    let awaited = before.last().and_then(|word| flag(arguments, word));
    let (candidates, also) = if let Some(argument) = awaited {
        (values(argument, current), files(argument))
    } else if let Some((name, value)) = current.split_once('=') {
        let argument = flag(arguments, name);
        let candidates = argument.map(|argument| values(argument, value)).unwrap_or_default();
        (candidates, argument.map_or(NO_FILES, files))
    } else if current.starts_with('-') {
        (flags(arguments, current), NO_FILES)
    } else if command.is_none() {
        (commands(&root, current), NO_FILES)
    } else {
        (Vec::new(), NO_FILES)
    };
    candidates.iter().map(String::as_str).chain([also]).flat_map(|line| [line, "\n"]).collect()
}

/// The flag of this spelling that takes a value.
fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    command.get_arguments().filter(|argument| argument.get_action().takes_values()).find(
        |argument| {
            let is_long = |long| word.strip_prefix("--") == Some(long);
            let is_short = |short| word.strip_prefix('-') == Some(String::from(short).as_str());
            argument.get_long().is_some_and(is_long) || argument.get_short().is_some_and(is_short)
        },
    )
}

fn flags(command: &Command, start: &str) -> Vec<String> {
    command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() || is_kubectls(argument))
        .filter_map(|argument| {
            let word = format!("--{}", argument.get_long()?);
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            word.starts_with(start).then(|| format!("{word}\t{help}"))
        })
        .collect()
}

fn commands(root: &Command, start: &str) -> Vec<String> {
    root.get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name().starts_with(start))
        .map(|command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            format!("{}\t{about}", command.get_name())
        })
        .collect()
}

fn values(argument: &Arg, start: &str) -> Vec<String> {
    argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set() && value.get_name().starts_with(start))
        .map(|value| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            format!("{}\t{help}", value.get_name())
        })
        .collect()
}

fn files(argument: &Arg) -> &'static str {
    if argument.get_value_hint() == ValueHint::AnyPath { ALSO_FILES } else { NO_FILES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &[&str]) -> Vec<String> {
        let typed: Vec<String> = typed.iter().map(|word| (*word).to_owned()).collect();
        let answer = complete(&typed);
        answer.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn commands_come_first() {
        let all = words(&[""]);
        assert!(all.contains(&"secret".to_owned()) && all.contains(&"pod".to_owned()), "{all:?}");
        assert_eq!(words(&["so"]), ["sources", ":4"]);
        assert_eq!(words(&["-v", "so"]), ["sources", ":4"]);
        assert!(complete(&["so".to_owned()]).starts_with("sources\tList the registries"));
    }

    #[test]
    fn then_their_flags() {
        assert_eq!(words(&["secret", "--regi"]), ["--registry", ":4"]);
        assert_eq!(words(&["secret", "--docker-s"]), [":4"], "an alias is not offered");
        assert_eq!(words(&["sources", "--app"]), [":4"]);
        assert_eq!(words(&["secret", ""]), [":4"], "a name is anybody's");
    }

    #[test]
    fn then_their_values() {
        assert_eq!(words(&["secret", "--output", ""]), ["yaml", "json", "name", ":4"]);
        assert_eq!(words(&["secret", "-o", "j"]), ["json", ":4"]);
        assert_eq!(words(&["secret", "--output=n"]), ["name", ":4"]);
        assert_eq!(words(&["secret", "--authfile", ""]), [":0"], "files");
        assert_eq!(words(&["secret", "-f", "man"]), [":0"]);
        assert_eq!(words(&["secret", "--registry", ""]), [":4"]);
        assert_eq!(words(&[]), [":4"]);
    }
}
