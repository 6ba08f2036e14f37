//! Credentials that a person types or pipes.

use std::collections::BTreeSet;

use secrecy::SecretString;

use crate::cli::ChoosingArguments;
use crate::error::Error;
use crate::registry::credential::{self, Login};
use crate::registry::key::RegistryKey;
use crate::selection::replay::Replay;
use crate::sources::{Found, Wanted, prompt};
use crate::system::terminal;

/// The credential that `--username` or `--password-stdin` announce, for the one
/// registry that was named; what is missing is asked for.
///
/// # Errors
/// Where nobody can be asked, or several registries were named.
pub(crate) fn credential(
    arguments: &ChoosingArguments,
    wanted: &[Wanted],
    replay: &mut Replay,
) -> Result<Found, Error> {
    let keys: BTreeSet<&RegistryKey> = wanted.iter().map(|wanted| &wanted.key).collect();
    let mut keys = keys.into_iter();
    let key = match (keys.next(), keys.next()) {
        (Some(key), None) => key.clone(),
        (Some(_), Some(_)) => {
            return Err(Error::usage(
                "--username and --password-stdin are for one registry, and several were named",
                "name one: --registry HOST",
            ));
        }
        (None, _) => {
            require_terminal("--username and --password-stdin need a registry", "--registry HOST")?;
            let key = prompt::ask_registry()?;
            replay.add(["--registry", &key.to_string()]);
            key
        }
    };
    read(&key, arguments.username.as_deref(), arguments.password_stdin, replay)
}

/// A user name and a password for a registry; what is missing is asked for.
///
/// # Errors
/// Where nobody can be asked, or what was given cannot be used.
pub(crate) fn read(
    key: &RegistryKey,
    username: Option<&str>,
    password_stdin: bool,
    replay: &mut Replay,
) -> Result<Found, Error> {
    let username = if let Some(username) = username {
        checked_username(username)?
    } else {
        let problem = if password_stdin { "--password-stdin" } else { "login" };
        require_terminal(&format!("{problem} needs a user name"), "--username USER")?;
        let username = prompt::ask_username(key)?;
        replay.add(["--username", username.as_str()]);
        username
    };
    if password_stdin {
        let password = prompt::read_password()?;
        withhold_token(replay, &username, &password);
        return Ok(found(key, username, password, "standard input"));
    }
    require_terminal(
        "--username needs a password, and there is no terminal to ask on",
        "pipe it: --password-stdin <password.txt",
    )?;
    let password = prompt::ask_password(&username, key)?;
    replay.add(["--password-stdin"]);
    withhold_token(replay, &username, &password);
    Ok(found(key, username, password, "the prompt"))
}

/// Asks for the credential of a registry for which there is none; `replay`
/// where flags can say the same.
///
/// # Errors
/// [`Error::Prompt`].
pub(crate) fn ask(key: &RegistryKey, replay: Option<&mut Replay>) -> Result<Found, Error> {
    let username = prompt::ask_username(key)?;
    let password = prompt::ask_password(&username, key)?;
    if let Some(replay) = replay {
        replay.add(["--username", username.as_str(), "--password-stdin"]);
        withhold_token(replay, &username, &password);
    }
    Ok(found(key, username, password, "the prompt"))
}

/// Some registries take their token as the user name too.
fn withhold_token(replay: &mut Replay, username: &str, password: &SecretString) {
    if credential::shown_username(username, password) != username {
        replay.withhold();
    }
}

fn found(key: &RegistryKey, username: String, password: SecretString, origin: &str) -> Found {
    let login = Login::basic(username, password);
    Found { key: key.clone(), login, origin: origin.to_owned(), notes: Vec::new() }
}

fn checked_username(username: &str) -> Result<String, Error> {
    // What follows a colon may be a password: nothing of it is repeated.
    let refuse = |reason| {
        Error::usage(
            format!("--username cannot be used: {reason}"),
            "give the user name alone: --username USER",
        )
    };
    prompt::check_username(username).map(|()| username.to_owned()).map_err(refuse)
}

pub(crate) fn require_terminal(problem: &str, hint: &str) -> Result<(), Error> {
    if terminal::can_ask() { Ok(()) } else { Err(Error::usage(problem, hint)) }
}
