//! Help, the list of kubectl's flags and the arguments of `version`.

use std::fmt::Write as _;

use clap::{Arg, Args, Command, CommandFactory, ValueEnum};

use super::Cli;
use crate::error::Error;

/// The heading of the flags that are passed on to kubectl, which no help shows.
pub(super) const KUBECTL: &str = "kubectl";

/// What the help of a command says in place of kubectl's flags.
const ABOUT_KUBECTL: &str =
    "Accepts kubectl's flags such as --context; list them: kubectl regcred options";

/// `help`.
#[derive(Debug, Args)]
pub(crate) struct HelpArguments {
    /// Command to explain
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// `version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArguments {
    /// Output format: text, json or yaml
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = VersionForm::Text,
        hide_possible_values = true
    )]
    pub output: VersionForm,
}

/// The formats of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VersionForm {
    /// A line
    Text,
    /// One JSON object
    Json,
    /// The same as YAML
    Yaml,
}

/// Returns the command line with all its commands, as it is parsed and explained.
pub fn command() -> Command {
    let mut root = Cli::command();
    let names: Vec<String> =
        root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        root = root.mut_subcommand(name, |command| {
            if !command.get_arguments().any(is_kubectls) {
                return command;
            }
            let more = command.get_after_help().map(|text| format!("\n\n{text}"));
            command.after_help(format!("{ABOUT_KUBECTL}{}", more.unwrap_or_default()))
        });
    }
    root
}

/// Whether a flag is passed on to kubectl.
pub(super) fn is_kubectls(argument: &Arg) -> bool {
    argument.get_help_heading() == Some(KUBECTL)
}

/// Returns the help of a command; without its name that of all.
///
/// # Errors
/// A usage error where there is no such command.
pub(crate) fn page(name: Option<&str>) -> Result<String, Error> {
    let mut root = command();
    // Spells the usage lines with the program's name.
    root.build();
    let Some(name) = name else { return Ok(root.render_help().to_string()) };
    match root.find_subcommand_mut(name) {
        Some(command) => Ok(command.render_help().to_string()),
        None => Err(Error::usage(
            "help does not know this command (it is not repeated here)",
            "list the commands: kubectl regcred help",
        )),
    }
}

/// Returns the help of every command as one page in Markdown.
pub fn reference() -> String {
    let mut root = command();
    root.build();
    let mut page = "# Commands\n\nThe help of every command, as `kubectl regcred help COMMAND` \
        prints it. Flags of kubectl\nitself (`kubectl regcred options`) are accepted by every \
        command for a cluster.\n"
        .to_owned();
    let mut section = |name: &str, help: &str| {
        let help = help.trim_end();
        page.extend(["\n## ", name, "\n\n```text\n", help, "\n```\n"]);
    };
    section("kubectl regcred", &root.render_help().to_string());
    for command in root.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
        let name = format!("kubectl regcred {}", command.get_name());
        section(&name, &command.render_help().to_string());
    }
    page
}

/// Returns kubectl's flags with what they do, as `kubectl options` lists its own.
pub(crate) fn kubectl_flags() -> String {
    let root = command();
    let flags = root
        .find_subcommand("list")
        .into_iter()
        .flat_map(Command::get_arguments)
        .filter(|argument| is_kubectls(argument))
        .map(|argument| {
            let value = argument.get_value_names().and_then(<[_]>::first);
            let value = value.filter(|_| argument.get_action().takes_values());
            let value = value.map(|name| format!(" <{name}>")).unwrap_or_default();
            let flag = format!("--{}{value}", argument.get_long().unwrap_or_default());
            (flag, argument.get_help().map(ToString::to_string).unwrap_or_default())
        });
    let flags: Vec<(String, String)> = flags.collect();
    let width = flags.iter().map(|(flag, _)| flag.len()).max().unwrap_or_default();
    let mut text =
        "The following flags are passed on to kubectl by every command for a cluster:\n\n"
            .to_owned();
    for (flag, help) in flags {
        // A String takes whatever is written.
        let _ = writeln!(text, "  {flag:width$}  {help}");
    }
    text
}
