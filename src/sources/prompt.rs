//! Questions on the terminal, and what a pipe says in their place. Answers
//! come from the terminal itself, also where standard input is a pipe.

use std::io::IsTerminal;

use dialoguer::{Confirm, Input, MultiSelect};
use secrecy::SecretString;

use crate::registry::credential;
use crate::registry::key::RegistryKey;
use crate::sources::error::SourceError;
use crate::system::file_error::FileError;
use crate::system::files::{self, ReadFault};
use crate::system::messages::clean;
use crate::system::secrets;
use crate::system::terminal;

/// Longest password on standard input, in bytes: more than fits in a Secret.
const MAX_PASSWORD_BYTES: u64 = 1024 * 1024;

/// Asks for a line of text that `check` accepts.
///
/// # Errors
/// [`SourceError::Prompt`] where the terminal cannot be read.
pub fn ask(
    question: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String, SourceError> {
    terminal::restore_on_interrupt();
    let mut input = Input::<String>::new().with_prompt(question);
    if let Some(default) = default {
        input = input.default(default.to_owned());
    }
    input
        .validate_with(|text: &String| check(text.trim()))
        .interact_text()
        .map_or_else(|error| Err(failed(error)), |text| Ok(text.trim().to_owned()))
}

/// Asks whether to go on; no is the default.
///
/// # Errors
/// [`SourceError::Prompt`].
pub fn confirm(question: &str) -> Result<bool, SourceError> {
    terminal::restore_on_interrupt();
    Confirm::new().with_prompt(question).default(false).interact().map_err(failed)
}

/// Asks which registry is meant; Docker Hub is offered, as by `docker login`.
///
/// # Errors
/// [`SourceError::Prompt`].
pub fn ask_registry() -> Result<RegistryKey, SourceError> {
    let check = |text: &str| match RegistryKey::parse(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err(reason.to_string()),
    };
    let text = ask("Registry", Some(crate::registry::key::DOCKER_HUB_KEY), check)?;
    RegistryKey::parse(&text).map_err(|reason| SourceError::InvalidAnswer { reason })
}

/// Asks for a user name.
///
/// # Errors
/// [`SourceError::Prompt`].
pub fn ask_username(registry: &RegistryKey) -> Result<String, SourceError> {
    ask(&format!("Username for {registry}"), None, |name| {
        check_username(name).map_err(str::to_owned)
    })
}

/// Whether `auth` in a pull Secret can express a user name.
///
/// # Errors
/// What is wrong with it, without quoting it.
pub fn check_username(name: &str) -> Result<(), &'static str> {
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
pub fn ask_password(username: &str, registry: &RegistryKey) -> Result<SecretString, SourceError> {
    terminal::restore_on_interrupt();
    let shown = clean(&credential::shown_username(username, &SecretString::default()));
    let question = format!("Password or token of {shown} for {registry}");
    loop {
        let password = terminal::ask_hidden(&question).map_err(|error| failed(error.into()))?;
        if !password.is_empty() {
            let password = SecretString::from(password.as_str());
            secrets::hide_login(username, &password);
            return Ok(password);
        }
    }
}

/// Asks which of several things are wanted; their places, in order.
///
/// # Errors
/// [`SourceError::Prompt`].
pub fn ask_which(question: &str, items: &[String]) -> Result<Vec<usize>, SourceError> {
    terminal::restore_on_interrupt();
    let question = format!("{question} (space selects, enter ends)");
    MultiSelect::new().with_prompt(question).items(items).interact().map_err(failed)
}

/// Reads a password from standard input; one line end at its end is cut off.
///
/// # Errors
/// An empty, overlong or undecodable input.
pub fn read_password() -> Result<SecretString, SourceError> {
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

fn failed(error: dialoguer::Error) -> SourceError {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        terminal::exit_interrupted();
    }
    SourceError::Prompt { reason: error.to_string() }
}
