//! Credentials that a person types or pipes.

use std::collections::BTreeSet;

use secrecy::SecretString;

use crate::error::Error;
use crate::registry::credential::{self, Login};
use crate::registry::key::RegistryKey;
use crate::selection::replay::Replay;
use crate::sources::{CredentialQuery, FoundCredential, Source, prompt};
use crate::system::terminal;

/// A credential that a person types or pipes in place of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypedOptions {
    /// Checked; none is asked for.
    pub(crate) username: Option<String>,
    /// Where the password is from.
    pub(crate) password: PasswordFrom,
}

/// Where a password is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordFrom {
    /// It is piped.
    StandardInput,
    /// It is typed.
    Prompt,
}

impl TypedOptions {
    /// Checks the user name, and that what is missing can be asked for.
    ///
    /// # Errors
    /// A usage error.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(username) = &self.username {
            check_username(username)?;
        } else {
            let problem = match self.password {
                PasswordFrom::StandardInput => "--password-stdin",
                PasswordFrom::Prompt => "login",
            };
            require_terminal(&format!("{problem} needs a user name"), "--username USER")?;
        }
        if self.password == PasswordFrom::StandardInput {
            return Ok(());
        }
        require_terminal(
            "--username needs a password, and there is no terminal to ask on",
            "pipe it: --password-stdin <token.txt",
        )
    }
}

/// The one registry that a typed credential is for; none has to be asked for.
///
/// # Errors
/// A usage error where several registries were named, or there is no terminal
/// to ask on.
pub(crate) fn only<'k>(
    keys: impl Iterator<Item = &'k RegistryKey>,
) -> Result<Option<RegistryKey>, Error> {
    let keys: BTreeSet<&RegistryKey> = keys.collect();
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(Some(key.clone())),
        (Some(_), Some(_)) => Err(Error::usage(
            "--username and --password-stdin are for one registry, and several were named",
            "name one: --registry HOST",
        )),
        (None, _) => {
            let problem = "--username and --password-stdin need a registry";
            require_terminal(problem, "--registry HOST").map(|()| None)
        }
    }
}

/// The credential that `--username` or `--password-stdin` announce, for the one
/// registry that was named; what is missing is asked for.
///
/// # Errors
/// Where no person can be asked, or several registries were named.
pub(crate) fn credential(
    options: &TypedOptions,
    wanted: &[CredentialQuery],
    replay: &mut Replay,
) -> Result<FoundCredential, Error> {
    let key = if let Some(key) = only(wanted.iter().map(|wanted| &wanted.key))? {
        key
    } else {
        let key = prompt::ask_registry(None)?;
        replay.add(["--registry", &key.to_string()]);
        key
    };
    read(&key, options, replay)
}

/// A user name and a password for a registry; what is missing is asked for.
///
/// # Errors
/// Where no person can be asked, or what was given cannot be used.
pub(crate) fn read(
    key: &RegistryKey,
    options: &TypedOptions,
    replay: &mut Replay,
) -> Result<FoundCredential, Error> {
    let username = if let Some(username) = &options.username {
        username.clone()
    } else {
        let username = prompt::ask_username(key)?;
        replay.add(["--username", username.as_str()]);
        username
    };
    if options.password == PasswordFrom::StandardInput {
        let password = prompt::read_password()?;
        withhold_token(replay, &username, &password);
        return Ok(found(key, username, password, "standard input"));
    }
    let password = prompt::ask_password(&username, key)?;
    replay.add(["--password-stdin"]);
    withhold_token(replay, &username, &password);
    Ok(found(key, username, password, "the prompt"))
}

/// Asks for the password once more, after the registry rejected the first.
///
/// # Errors
/// `SourceError::Prompt`.
pub(crate) fn read_again(
    key: &RegistryKey,
    username: &str,
    replay: &mut Replay,
) -> Result<FoundCredential, Error> {
    let password = prompt::ask_password(username, key)?;
    withhold_token(replay, username, &password);
    Ok(found(key, username.to_owned(), password, "the prompt"))
}

/// Asks for the credential of a registry for which there is none; `replay`
/// where flags can say the same.
///
/// # Errors
/// `SourceError::Prompt`.
pub(crate) fn ask(
    key: &RegistryKey,
    replay: Option<&mut Replay>,
) -> Result<FoundCredential, Error> {
    let username = prompt::ask_username(key)?;
    let password = prompt::ask_password(&username, key)?;
    if let Some(replay) = replay {
        replay.add(["--username", username.as_str(), "--password-stdin"]);
        withhold_token(replay, &username, &password);
    }
    Ok(found(key, username, password, "the prompt"))
}

/// Asks for the credential of a registry; none where its images are public.
///
/// # Errors
/// `SourceError::Prompt`.
pub(crate) fn ask_unless_public(key: &RegistryKey) -> Result<Option<FoundCredential>, Error> {
    let Some(username) = prompt::ask_username_unless_public(key)? else { return Ok(None) };
    let password = prompt::ask_password(&username, key)?;
    Ok(Some(found(key, username, password, "the prompt")))
}

/// Some registries take their token as the user name too.
fn withhold_token(replay: &mut Replay, username: &str, password: &SecretString) {
    if credential::shown_username(username, password) != username {
        replay.withhold();
    }
}

fn found(
    key: &RegistryKey,
    username: String,
    password: SecretString,
    origin: &str,
) -> FoundCredential {
    let login = Login::basic(username, password);
    let (source, origin) = (Source::Prompt, origin.to_owned());
    FoundCredential { key: key.clone(), login, source, origin, notes: Vec::new() }
}

fn check_username(username: &str) -> Result<(), Error> {
    // What follows a colon may be a password: nothing of it is repeated.
    let refuse = |reason| {
        Error::usage(
            format!("--username cannot be used: {reason}"),
            "give the user name alone: --username USER",
        )
    };
    prompt::check_username(username).map_err(refuse)
}

pub(crate) fn require_terminal(problem: &str, hint: &str) -> Result<(), Error> {
    if terminal::can_ask() { Ok(()) } else { Err(Error::usage(problem, hint)) }
}
