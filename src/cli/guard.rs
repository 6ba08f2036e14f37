//! What stands around the parser of the arguments: passwords, which no message may
//! repeat, and kubectl's spellings of `-v`.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};

use crate::cli::{self, Cli, advice};
use crate::error::{Error, UsageError};
use crate::system::untrusted::is_unsafe;

/// The one flag about passwords that there is; it takes no value.
const PASSWORD_STDIN: &str = "--password-stdin";

/// Flags that would take a password, beside all that are called so. `--token` is
/// kubectl's, `--creds` skopeo's.
const PASSWORD_FLAGS: [&str; 5] = ["--pass", "--token", "--creds", "--credentials", "--api-key"];

/// Why there are no arguments to go on with.
#[derive(Debug)]
pub(crate) enum NotParsed {
    /// What cannot be, in words that repeat no value.
    Refused(Error),
    /// Help, or an error that holds no value.
    ByClap(clap::Error),
}

/// Parses what [`check`] lets through.
///
/// # Errors
/// [`NotParsed`].
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, NotParsed> {
    let name = command_name(arguments);
    let without_values = |error| without_values(error, name.as_deref());
    let matches = cli::command().try_get_matches_from(arguments).map_err(without_values)?;
    if let Some(command) = stray_word(&matches) {
        return Err(NotParsed::Refused(Error::usage(
            format!(
                "{PASSWORD_STDIN} takes no value, but one follows it (not shown, it may be a password)"
            ),
            format!(
                "pipe the password, and write names before the flags: kubectl regcred {command} {} --username USER {PASSWORD_STDIN} <password.txt",
                advice::first_argument(command)
            ),
        )));
    }
    Cli::from_arg_matches(&matches).map_err(without_values)
}

/// Returns the command that is called, as far as it is one.
fn command_name(arguments: &[OsString]) -> Option<String> {
    let word = arguments.iter().skip(1).find(|word| !word.to_string_lossy().starts_with('-'))?;
    let root = cli::command();
    root.find_subcommand(word).map(|command| command.get_name().to_owned())
}

/// The command of which a word follows `--password-stdin` that is taken for a name and
/// may be the password. For `login` a host may follow: Amazon's manual has it there for
/// `docker login`.
fn stray_word(matches: &ArgMatches) -> Option<&str> {
    let (name, matches) = matches.subcommand()?;
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let id = "password_stdin";
    if !matches.ids().any(|it| it == id) || !is_given(id) {
        return None;
    }
    let flag = matches.index_of(id)?;
    let command = cli::command();
    let command = command.find_subcommand(name)?;
    let is_host = |text: &str| name == "login" && is_host(text);
    let words = command.get_positionals().map(|it| it.get_id().as_str()).filter(|id| is_given(id));
    let mut words = words.flat_map(|id| {
        let indices = matches.indices_of(id).into_iter().flatten();
        let texts = matches.get_raw(id).into_iter().flatten();
        indices.zip(texts.map(|text| text.to_string_lossy()))
    });
    words.any(|(index, text)| index > flag && !is_host(&text)).then_some(name)
}

/// Whether a word can only be the name of a host: a password of this form would be
/// odd indeed.
fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_label = |label: &str| {
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_allowed)
    };
    let ends_as_domain = host
        .rsplit_once('.')
        .is_some_and(|(_, end)| end.len() > 1 && end.bytes().all(|byte| byte.is_ascii_lowercase()));
    let has_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host.split('.').all(is_label) && (ends_as_domain && port.is_empty() || has_port)
}

/// The parser's errors quote what was given, which may be a password.
fn without_values(error: clap::Error, command: Option<&str>) -> NotParsed {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // The most similar one is the last.
    let similar = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.last().cloned().unwrap_or_default(),
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let list = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    // `--output <FORM>`
    let argument = text(ContextKind::InvalidArg).unwrap_or("-");
    let flag = argument.split([' ', '[', '=']).next().unwrap_or(argument);
    let (problem, hint) = match error.kind() {
        ErrorKind::UnknownArgument if !argument.starts_with('-') => {
            advice::too_many(command.unwrap_or_default())
        }
        ErrorKind::UnknownArgument if !flag.chars().any(is_unsafe) => {
            advice::unknown_flag(command, flag, &similar(ContextKind::SuggestedArg))
        }
        ErrorKind::TooManyValues => (
            format!("{flag} takes no value, but one was given (not shown, it may be a password)"),
            format!("leave the value out: {flag}"),
        ),
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            (
                "unknown command (not shown, it may be a password)".to_owned(),
                advice::command(word, &similar(ContextKind::SuggestedSubcommand)),
            )
        }
        ErrorKind::InvalidValue if text(ContextKind::InvalidValue).is_some_and(str::is_empty) => {
            (format!("{flag} needs a value"), format!("write it as: {argument}"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => (
            format!("{flag} does not accept this value (not shown, it may be a password)"),
            match list(ContextKind::ValidValue).as_str() {
                "" => format!("write it as: {argument}"),
                values => format!("use one of: {values}"),
            },
        ),
        _ if holds_hidden(&error) => (
            "the command line holds characters that do not show".to_owned(),
            "type it again without them".to_owned(),
        ),
        _ => return NotParsed::ByClap(error),
    };
    NotParsed::Refused(Error::usage(problem, hint))
}

/// Whether an error would repeat characters that steer a terminal or do not show.
fn holds_hidden(error: &clap::Error) -> bool {
    let is_hidden = |text: &String| text.chars().any(is_unsafe);
    error.context().any(|(_, value)| match value {
        ContextValue::String(text) => is_hidden(text),
        ContextValue::Strings(texts) => texts.iter().any(is_hidden),
        _ => false,
    })
}

/// Refuses arguments that carry a password, and turns `-v=6` and `-v6` into `-v`.
///
/// # Errors
/// [`UsageError::PasswordArgument`], which repeats nothing of them.
pub(crate) fn check(arguments: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, Error> {
    let mut checked = Vec::new();
    let mut options_ended = false;
    for argument in arguments {
        let text = argument.to_string_lossy();
        options_ended |= text == "--";
        if !options_ended && is_password(&text) {
            let flag = password_flag(&text);
            return Err(Error::from(UsageError::PasswordArgument { flag }));
        }
        let is_level = !options_ended && is_verbosity_level(&text);
        checked.push(if is_level { OsString::from("-v") } else { argument });
    }
    Ok(checked)
}

fn is_password(text: &str) -> bool {
    let flag = text.split_once('=').map_or(text, |(flag, _)| flag);
    if !text.starts_with("--") {
        return text.starts_with("-p");
    }
    let name = flag.to_ascii_lowercase().replace('_', "-");
    let is_called_so = name.contains("passw") && text != PASSWORD_STDIN;
    is_called_so || PASSWORD_FLAGS.contains(&name.as_str())
}

/// Returns the flag without its value, as far as it is one of those that are known.
fn password_flag(text: &str) -> &'static str {
    let flag = text.split_once('=').map_or(text, |(flag, _)| flag);
    let mut known = ["--password", "--docker-password", "--token"].into_iter();
    let short = if text.starts_with("--") { "a flag for a password" } else { "-p" };
    known.find(|known| *known == flag).unwrap_or(short)
}

fn is_verbosity_level(text: &str) -> bool {
    text.strip_prefix("-v").is_some_and(|level| {
        let level = level.strip_prefix('=').unwrap_or(level);
        !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(arguments: &[&str]) -> Option<Vec<OsString>> {
        check(arguments.iter().map(OsString::from)).ok()
    }

    #[test]
    fn passwords_as_arguments_are_refused() {
        for argument in [
            "--password",
            "--password=hunter2",
            "-p",
            "-phunter2",
            "-p=hunter2",
            "--docker-password",
            "--docker-password=hunter2",
            "--token=hunter2",
            "--password-stdin=hunter2",
            "--Password=hunter2",
            "--docker_password=hunter2",
            "--passwd",
            "--creds=u:hunter2",
        ] {
            assert_eq!(checked(&["kubectl-regcred", "secret", argument]), None, "{argument}");
        }
        assert!(checked(&["kubectl-regcred", "secret", "--password-stdin"]).is_some());
        assert!(checked(&["kubectl-regcred", "secret", "--", "-p"]).is_some());
    }

    fn refused(arguments: &[&str]) -> String {
        let program = std::iter::once("kubectl-regcred");
        let arguments: Vec<OsString> =
            program.chain(arguments.iter().copied()).map(OsString::from).collect();
        match check(arguments).map_err(NotParsed::Refused).and_then(|it| parse(&it)) {
            Err(NotParsed::Refused(error)) => {
                let hint = error.hint().map(|hint| hint.to_string()).unwrap_or_default();
                format!("{error}\n{hint}")
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_value_is_repeated() {
        for arguments in [
            &["secret", "--password-stdin", "hunter2"] as &[&str],
            &["secret", "--password-stdin", "hunter2", "--registry", "ghcr.io"],
            &["secret", "--registry", "ghcr.io", "--username", "u", "--password-stdin", "hunter2"],
            &["secret", "--password-stdin", "--username", "u", "--registry", "ghcr.io", "hunter2"],
            &["secret", "--password-stdin", "--", "hunter2"],
            &["secret", "regcred", "--password-stdin", "hunter2"],
            &["login", "--username", "u", "--password-stdin", "hunter2"],
            &["login", "ghcr.io", "--username", "u", "--password-stdin", "hunter2"],
            &["login", "ghcr.io", "--username", "u", "--password-stdin=hunter2"],
            &["pod", "--password-stdin", "hunter2", "--image", "ghcr.io/a/b"],
            &["secret", "--all=hunter2"],
            &["secret", "-o", "hunter2"],
            &["secret", "--dry-run=hunter2"],
            &["secret", "--source", "hunter2"],
            &["hunter2"],
            &["-v", "hunter2"],
            &["list", "hunter2"],
            &["secret", "--all", "docker-registry", "x", "hunter2"],
            &["pod", "web", "hunter2"],
            &["sources", "hunter2"],
            &["diagnose", "pod", "web", "hunter2"],
            &["inspect", "secret", "x", "hunter2"],
            &["inject", "--registry", "ghcr.io", "--username", "u", "--password-stdin", "hunter2"],
            &["secret", "--username", "u", "--password-stdin", "hunter2.io"],
        ] {
            let told = refused(arguments);
            assert!(!told.contains("hunter2"), "{arguments:?}: {told}");
            assert!(told.contains("not shown") || told.contains("is not supported"), "{told}");
        }
    }

    #[test]
    fn names_before_the_flag_and_hosts_behind_it_are_taken() {
        for arguments in [
            &["secret", "mine", "--username", "u", "--password-stdin"] as &[&str],
            &[
                "login",
                "--username",
                "AWS",
                "--password-stdin",
                "1.dkr.ecr.eu-west-1.amazonaws.com",
            ],
            &["login", "--username", "u", "--password-stdin", "localhost:5000"],
            &["login", "ghcr.io", "--username", "u", "--password-stdin"],
        ] {
            let program = std::iter::once("kubectl-regcred");
            let arguments: Vec<OsString> =
                program.chain(arguments.iter().copied()).map(OsString::from).collect();
            assert!(parse(&arguments).is_ok(), "{arguments:?}");
        }
    }

    #[test]
    fn characters_that_do_not_show_are_not_repeated() {
        for argument in ["--fo\u{1b}[31mo", "--fo\u{9b}o", "--fo\u{202e}o", "--fo\nerror: forged"] {
            let told = refused(&["secret", argument]);
            assert!(!told.contains("fo"), "{told:?}");
        }
    }

    #[test]
    fn kubectls_verbosity_levels_are_accepted() {
        for argument in ["-v", "-v6", "-v=6"] {
            assert_eq!(checked(&[argument]), Some(vec![OsString::from("-v")]));
        }
        assert_eq!(checked(&["-vx"]), Some(vec![OsString::from("-vx")]));
    }
}
