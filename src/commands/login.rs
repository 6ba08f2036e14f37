//! `login` and `logout`: a credential in the OS keyring, typed or piped.

use std::collections::BTreeSet;

use crate::commands::options::{LoginCheck, LoginOptions, LogoutOptions};
use crate::distribution::{Outcome, PullCheck};
use crate::error::{CredentialError, Error, Failures};
use crate::registry::credential::{self, Credential};
use crate::registry::key::RegistryKey;
use crate::selection::replay::Replay;
use crate::selection::typed::{PasswordFrom, TypedOptions};
use crate::selection::{typed, verification};
use crate::sources::docker::{Docker, HelperPolicy};
use crate::sources::error::SourceError;
use crate::sources::login_store::LoginStore;
use crate::sources::podman::Podman;
use crate::sources::{CredentialQuery, FoundCredential, prompt, store};
use crate::system::environment::Environment;
use crate::system::messages::{self, clean};
use crate::system::process::Timeout;
use crate::system::terminal::EnterTakes;
use crate::system::{clock, shell, terminal};

/// Runs `login`.
///
/// # Errors
/// A credential that no pull Secret could carry, or that the registry rejects; a
/// keyring or an index that cannot be written.
pub(crate) fn login(
    options: LoginOptions,
    environment: &Environment,
    mut replay: Replay,
) -> Result<(), Failures> {
    // Read before a person types: an index that cannot be read ends the command.
    let saved = open(environment)?;
    let key = match options.registry {
        Some(registry) => registry,
        None => ask_registry(&mut replay)?,
    };
    if options.typed.password == PasswordFrom::Prompt {
        // A person should not type a password in vain.
        saved.check(&key)?;
    }
    let credential = Asking { key: &key, options: &options.typed, environment }
        .ask(options.check, &mut replay)?;
    keep(saved, &key, &credential)?;
    tell_others(&key, environment);
    replay.show();
    Ok(())
}

/// Runs `logout`.
///
/// # Errors
/// A keyring or an index that cannot be changed; nothing to remove.
pub(crate) fn logout(options: &LogoutOptions, environment: &Environment) -> Result<(), Failures> {
    let mut saved = open(environment)?;
    let keys = match options {
        LogoutOptions::Registry(registry) => vec![registry.clone()],
        LogoutOptions::All => {
            // Also what the index does not list.
            saved.repair()?;
            saved.registries().iter().cloned().collect()
        }
        LogoutOptions::Ask => pick(saved.registries())?,
    };
    remove(&mut saved, &keys, |key| tell_others(key, environment))
}

fn open(environment: &Environment) -> Result<LoginStore, Error> {
    let timeout = if terminal::can_ask() { Timeout::WITH_TERMINAL } else { Timeout::ALONE };
    Ok(LoginStore::load(environment, store::keyring(timeout))?)
}

/// How often a password is asked for, as by ssh.
const ATTEMPTS: usize = 3;

/// The question for a credential.
struct Asking<'a> {
    key: &'a RegistryKey,
    options: &'a TypedOptions,
    environment: &'a Environment,
}

/// What a registry says of a credential.
enum Answer {
    /// It may be kept.
    Keep,
    /// It may not: the user name or the password is wrong.
    Rejected(PullCheck),
}

/// What becomes of a registry that says neither yes nor no.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unanswered {
    IsWarnedOf,
    Fails,
}

impl Asking<'_> {
    /// Returns a credential that may be kept. A rejected one that was typed is
    /// asked for again.
    fn ask(&self, check: LoginCheck, replay: &mut Replay) -> Result<Credential, Failures> {
        let check = match check {
            LoginCheck::Skip => None,
            LoginCheck::WhenReachable(trust) => Some((trust, Unanswered::IsWarnedOf)),
            LoginCheck::Required(trust) => Some((trust, Unanswered::Fails)),
        };
        let check =
            check.map(|(trust, unanswered)| (trust.registries(self.environment), unanswered));
        let typed = typed::read(self.key, self.options, replay)?;
        let username = typed.login.username.clone();
        let mut credential = accept(self.key, typed)?;
        let Some((registries, unanswered)) = check else { return Ok(credential) };
        for attempt in 1.. {
            let verdict = verification::ask_login(&registries, self.key, &credential);
            let Answer::Rejected(verdict) = self.judge(verdict, unanswered)? else { break };
            let error = Error::NotVerified { what: self.key.to_string(), verdict };
            if self.options.password != PasswordFrom::Prompt || attempt == ATTEMPTS {
                return Err(error.into());
            }
            messages::error(&error.to_string(), &[]);
            credential = accept(self.key, typed::read_again(self.key, &username, replay)?)?;
        }
        Ok(credential)
    }

    /// Says what the registry answered.
    fn judge(&self, verdict: PullCheck, unanswered: Unanswered) -> Result<Answer, Error> {
        let (key, message) = (self.key, &verdict.message);
        match verdict.outcome {
            Outcome::Ok => messages::note(&format!("{key}: {message}")),
            Outcome::Unauthorized => return Ok(Answer::Rejected(verdict)),
            outcome if outcome.is_no() || unanswered == Unanswered::Fails => {
                return Err(Error::NotVerified { what: key.to_string(), verdict });
            }
            _ => messages::warning(&format!("{key}: the login was not checked: {message}")),
        }
        Ok(Answer::Keep)
    }
}

fn ask_registry(replay: &mut Replay) -> Result<RegistryKey, Error> {
    let key = prompt::ask_registry(None)?;
    replay.add([key.to_string().as_str()]);
    Ok(key)
}

/// Checks that a pull Secret could carry a credential; warns of what is odd about it.
fn accept(key: &RegistryKey, typed: FoundCredential) -> Result<Credential, Error> {
    let FoundCredential { login, origin, .. } = typed;
    match credential::for_pull_secret(key, login, clock::now()) {
        Ok((credential, cautions)) => {
            for caution in cautions {
                messages::warning(&format!("{key}: {}", caution.describe()));
            }
            Ok(credential)
        }
        Err(refusal) => {
            Err(Error::from(CredentialError::Unusable { registry: key.clone(), origin, refusal }))
        }
    }
}

fn keep(mut saved: LoginStore, key: &RegistryKey, credential: &Credential) -> Result<(), Error> {
    let replaces = saved.registries().contains(key);
    saved.keep(key, credential)?;
    let username = clean(&credential.shown_username());
    let replaced = if replaces { ", in place of the earlier one" } else { "" };
    messages::line(&format!("{key}: {username}, kept in {}{replaced}", saved.store_name()));
    Ok(())
}

/// Removes what is kept for registries; `others` says what remains elsewhere.
fn remove(
    saved: &mut LoginStore,
    keys: &[RegistryKey],
    others: impl Fn(&RegistryKey),
) -> Result<(), Failures> {
    let mut failures = Vec::new();
    let mut removed = 0;
    for key in keys {
        match saved.forget(key) {
            Ok(true) => {
                removed += 1;
                messages::line(&format!("{key}: removed from {}", saved.store_name()));
            }
            Ok(false) => failures.push(Error::from(SourceError::NotKept {
                registry: key.clone(),
                store: saved.store_name(),
                kept: saved.registries().iter().map(ToString::to_string).collect(),
            })),
            Err(error) => failures.push(error.into()),
        }
        others(key);
    }
    if keys.is_empty() {
        messages::note(&format!("nothing stored in {}", saved.store_name()));
    } else if removed > 0 {
        messages::note("existing pull Secrets in clusters are not removed");
    }
    Failures::check(failures)
}

fn pick(kept: &BTreeSet<RegistryKey>) -> Result<Vec<RegistryKey>, Error> {
    let lines: Vec<String> = kept.iter().map(ToString::to_string).collect();
    if !terminal::can_ask() || lines.is_empty() {
        let kept = if lines.is_empty() { "none".to_owned() } else { lines.join(", ") };
        return Err(Error::usage(
            format!("logout needs a registry (kept: {kept})"),
            "name it, or remove all: kubectl regcred logout --all",
        ));
    }
    let hint = "name a registry: kubectl regcred logout HOST";
    if let [registry] = lines.as_slice() {
        let question = format!("Remove the login for {registry}?");
        let is_agreed = prompt::confirm(&question, prompt::EnterMeans::No)?;
        let declined = || Error::usage("nothing was removed", hint);
        return if is_agreed { Ok(kept.iter().cloned().collect()) } else { Err(declined()) };
    }
    let places = prompt::ask_which("Which logins to remove", &lines, EnterTakes::Selected)?;
    if places.is_empty() {
        return Err(Error::usage("nothing was selected; nothing was removed", hint));
    }
    Ok(places.into_iter().filter_map(|place| kept.iter().nth(place).cloned()).collect())
}

/// Says which other programs have a login of the same registry.
fn tell_others(key: &RegistryKey, environment: &Environment) {
    let wanted = CredentialQuery::registry(key.clone());
    // Faults of their files are reported once the files are used.
    let docker = Docker::load(environment, None, HelperPolicy::Start).ok();
    if let Some(place) = docker.as_ref().and_then(|docker| docker.file_naming(&wanted)) {
        let server = credential::docker_login_argument(key);
        messages::note(&format!(
            "docker has a login for {key} too ({place}), which stays: docker logout{server}"
        ));
    }
    let podman = Podman::load(environment, None, HelperPolicy::Start).ok();
    if let Some(place) = podman.and_then(|podman| podman.known().remove(key)) {
        messages::note(&format!(
            "podman has a login for {key} too ({place}), which stays: podman logout {}",
            shell::word(&key.to_string())
        ));
    }
}
