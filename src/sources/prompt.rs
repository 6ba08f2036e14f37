//! Questions on the terminal, and what a pipe says in their place. Answers
//! come from the terminal itself, also where standard input is a pipe.

use std::io::IsTerminal;

use secrecy::SecretString;

use crate::registry::credential;
use crate::registry::key::RegistryKey;
use crate::sources::error::SourceError;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};
use crate::system::messages::{self, clean};
use crate::system::secrets;
use crate::system::terminal::{self, EnterTakes};

/// Docker Hub, as people call it.
const DOCKER_HUB: &str = "docker.io";

/// Longest password on standard input, in bytes: more than fits in a Secret.
const MAX_PASSWORD_BYTES: u64 = 1024 * 1024;

/// Asks for a line of text that `check` accepts; an empty one stands for the
/// default. A refused answer can be corrected, and why it is refused is said.
///
/// # Errors
/// [`SourceError::Prompt`] where the terminal cannot be read.
pub(crate) fn ask(
    question: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String, SourceError> {
    terminal::restore_on_interrupt();
    let shown = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    let question = clean(&format!("{question}{shown}"));
    let mut refused = String::new();
    loop {
        let typed = terminal::edit(&question, &refused).map_err(failed)?;
        let answer = match (typed.trim(), default) {
            ("", Some(default)) => default,
            (typed, _) => typed,
        };
        match check(answer) {
            Ok(()) => return Ok(answer.to_owned()),
            Err(reason) => messages::error(&reason, &[]),
        }
        refused = typed;
    }
}

/// What Enter alone answers to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnterMeans {
    /// Yes.
    Yes,
    /// No: what would be done cannot be undone, or is large.
    No,
}

/// Asks a question that is answered with yes or no. The answer needs Enter.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn confirm(question: &str, enter: EnterMeans) -> Result<bool, SourceError> {
    terminal::restore_on_interrupt();
    let answers = if enter == EnterMeans::Yes { "[Y/n]" } else { "[y/N]" };
    let question = format!("{} {answers}", clean(question));
    loop {
        let answer = terminal::ask_line(&question).map_err(failed)?;
        match answer.trim().to_lowercase().as_str() {
            "" => return Ok(enter == EnterMeans::Yes),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => messages::error("the answer is neither yes nor no", &[]),
        }
    }
}

/// Asks which registry is meant. Without one that is likelier Docker Hub is offered,
/// as by `docker login`.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn ask_registry(likely: Option<&str>) -> Result<RegistryKey, SourceError> {
    let check = |text: &str| match RegistryKey::parse(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err(format!("the answer is not a registry: {reason}")),
    };
    let text = ask("Registry", Some(likely.unwrap_or(DOCKER_HUB)), check)?;
    RegistryKey::parse(&text).map_err(|reason| SourceError::InvalidAnswer { reason })
}

/// Asks for a user name.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn ask_username(registry: &RegistryKey) -> Result<String, SourceError> {
    ask(&format!("Username for {registry}"), None, |name| {
        if name.is_empty() { Err("a user name is required".to_owned()) } else { check(name) }
    })
}

/// Asks for a user name; none where the images of the registry are public.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn ask_username_unless_public(
    registry: &RegistryKey,
) -> Result<Option<String>, SourceError> {
    let question = format!("Username for {registry} (Enter if the image is public)");
    let name = ask(&question, None, |name| if name.is_empty() { Ok(()) } else { check(name) })?;
    Ok(Some(name).filter(|name| !name.is_empty()))
}

fn check(name: &str) -> Result<(), String> {
    check_username(name).map_err(|reason| format!("the user name cannot be used: {reason}"))
}

/// Whether `auth` in a pull Secret can express a user name.
///
/// # Errors
/// What is wrong with it, without quoting it.
pub(crate) fn check_username(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        Err("it is empty")
    } else if name.contains(':') {
        Err("it holds a colon, which ends the user name in a pull Secret")
    } else if name.chars().any(char::is_control) {
        Err("it holds control characters")
    } else {
        Ok(())
    }
}

/// Asks for a password without showing it.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn ask_password(
    username: &str,
    registry: &RegistryKey,
) -> Result<SecretString, SourceError> {
    terminal::restore_on_interrupt();
    let shown = clean(&credential::shown_username(username, &SecretString::default()));
    let question = format!("Password or token of {shown} for {registry}");
    loop {
        let password = terminal::ask_hidden(&question).map_err(failed)?;
        if !password.is_empty() {
            let password = SecretString::from(password.as_str());
            secrets::hide_login(username, &password);
            return Ok(password);
        }
        messages::error("a password or token is required", &[]);
    }
}

/// Asks which of several things are wanted; their places, in order. None where
/// it is cancelled.
///
/// # Errors
/// [`SourceError::Prompt`].
pub(crate) fn ask_which(
    question: &str,
    items: &[String],
    enter: EnterTakes,
) -> Result<Vec<usize>, SourceError> {
    terminal::restore_on_interrupt();
    let items: Vec<String> = items.iter().map(|item| clean(item)).collect();
    Ok(terminal::pick(question, &items, enter).map_err(failed)?.unwrap_or_default())
}

/// Reads a password from standard input; one line end at its end is cut off.
///
/// # Errors
/// An empty, overlong or undecodable input.
pub(crate) fn read_password() -> Result<SecretString, SourceError> {
    let refuse = |reason: &str| {
        SourceError::File(FileError::Unreadable {
            path: "the password on standard input".to_owned(),
            reason: reason.to_owned(),
        })
    };
    if std::io::stdin().is_terminal() {
        // What is typed there would show.
        return Err(SourceError::PasswordOnTerminal);
    }
    let bytes = files::read_stdin(MAX_PASSWORD_BYTES).map_err(|fault| match fault {
        ReadFault::Failed(error) => refuse(&error.to_string()),
        ReadFault::TooLarge(_) => refuse("it is larger than 1 MiB"),
        ReadFault::NotFound => refuse("standard input is closed"),
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("it is not UTF-8 text"))?;
    let password = text.strip_suffix('\n').unwrap_or(text);
    let password = if password.len() < text.len() {
        password.strip_suffix('\r').unwrap_or(password)
    } else {
        password
    };
    if password.is_empty() {
        return Err(refuse("it is empty"));
    }
    let password = SecretString::from(password);
    secrets::hide(&password);
    Ok(password)
}

#[expect(clippy::needless_pass_by_value, reason = "maps an error")]
fn failed(error: std::io::Error) -> SourceError {
    if error.kind() == std::io::ErrorKind::Interrupted {
        terminal::exit_interrupted();
    }
    SourceError::Prompt { reason: error.to_string() }
}
