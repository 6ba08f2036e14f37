//! What to do where a source of credentials failed.

use super::credential::pipe_password;
use super::{docker_login, file, usage};
use crate::sources::cause::Cause;
use crate::sources::error::SourceError;
use crate::sources::helper::fault::HelperFault;
use crate::sources::login_store::fault::IndexFault;
use crate::sources::store::fault::StoreFault;
use crate::system::hint::Hint;
use crate::system::shell;

pub(in crate::error) fn hint(error: &SourceError) -> Option<Hint> {
    Some(match error {
        SourceError::File(error) => return file(error),
        SourceError::InvalidConfig { path, .. } => {
            Hint::new(format!("correct {path}, or name another file"))
        }
        SourceError::InvalidEntry { registry, .. } => docker_login("log in", &[], registry),
        SourceError::AmbiguousEntries { path, keys, .. } => {
            Hint::new(format!("keep one of {} in {path}", keys.join(" and ")))
        }
        SourceError::Helper { helper, fault, registry, .. } => match registry {
            Some(registry) if cannot_ask(fault, helper) => pipe_password(registry),
            _ => of_helper(fault, helper),
        },
        SourceError::LoginStore { fault, .. } => of_store(fault),
        SourceError::Index { path, fault } => of_index(fault, path),
        SourceError::NotKept { .. } => return None,
        SourceError::Prompt { .. } => Hint::new("give what is missing with options")
            .shell("--registry HOST --username USER --password-stdin"),
        SourceError::InvalidAnswer { reason } => usage::registry(*reason),
        SourceError::PasswordOnTerminal => "leave --password-stdin out to be asked".into(),
    })
}

fn of_index(fault: &IndexFault, path: &str) -> Hint {
    match fault {
        IndexFault::Malformed(_) | IndexFault::TooLarge => Hint::new(format!(
            "delete {}, then `kubectl regcred logout --all` and log in again; or ask the other sources",
            shell::path(path)
        ))
        .shell("--source docker,podman"),
        IndexFault::Newer(_) => "use the newer kubectl-regcred that wrote it".into(),
        IndexFault::Busy => "wait for the other login or logout to end, then run the command again".into(),
        IndexFault::Unwritable(_) | IndexFault::NotKept(_) => {
            Hint::new("make the file writable for this user").shell(shell::path(path))
        }
        IndexFault::NoFolder => "set HOME".into(),
    }
}

/// Whether this machine cannot run a helper at all, and installing it would not help:
/// that of another system, or of Docker Desktop.
fn cannot_ask(fault: &HelperFault, helper: &str) -> bool {
    let is_of_other_system = match helper {
        "osxkeychain" => !cfg!(target_os = "macos"),
        "wincred" => !cfg!(windows),
        "ecr-login" => true,
        _ => helper == "desktop",
    };
    let is_missing = match fault {
        HelperFault::Store { fault, .. } => {
            fault.is_absent() || matches!(fault, StoreFault::NoProgram(_))
        }
        fault => fault.is_missing(),
    };
    is_of_other_system && is_missing
}

fn of_helper(fault: &HelperFault, helper: &str) -> Hint {
    let is_windows_program = helper.strip_suffix(".exe").is_some();
    match fault {
        HelperFault::InvalidName => "correct the helper's name in that file".into(),
        HelperFault::Missing if is_windows_program && cfg!(unix) => Hint::new(format!(
            "start Docker Desktop and {}, or set `credsStore` to a helper for Linux",
            of_cause(Cause::WindowsPath)
        )),
        HelperFault::Missing if is_desktop(helper) => Hint::new(format!(
            "start or install Docker Desktop, or set `credsStore` to `{}` and log in again",
            native_store()
        )),
        HelperFault::Missing | HelperFault::RelativeOnly => Hint::new(format!(
            "install docker-credential-{helper} in a folder of PATH, or read only the entries of the file itself"
        ))
        .shell("--ignore-helpers"),
        HelperFault::NotExecutable(path) => {
            Hint::default().shell(format!("chmod +x {}", shell::path(path)))
        }
        HelperFault::NotRunnable(_) if is_windows_program => {
            "turn WSL's interoperation with Windows on, or set `credsStore` to a helper for Linux"
                .into()
        }
        HelperFault::NotRunnable(_) => {
            Hint::new(format!("install docker-credential-{helper} for this system"))
        }
        HelperFault::TimedOut(_) => {
            "run the command on a terminal: the helper may be waiting for an answer".into()
        }
        HelperFault::Crashed(_) if helper == "secretservice" => {
            "unlock the keyring in the desktop session: this helper crashes where it is locked"
                .into()
        }
        HelperFault::Failed { cause: Some(cause), .. } => of_cause(*cause),
        HelperFault::Failed { said, .. } if said.is_empty() => {
            "run the command as your own user and in the desktop session: under sudo or ssh a store is often closed"
                .into()
        }
        HelperFault::Store { fault, .. } => of_store(fault),
        HelperFault::NotAllowed => Hint::new("allow helpers for this file").shell("--allow-helpers"),
        HelperFault::TooMuchOutput
        | HelperFault::Crashed(_)
        | HelperFault::Failed { .. }
        | HelperFault::NoOutput
        | HelperFault::NotTheProtocol
        | HelperFault::OtherServer(_)
        | HelperFault::NoSecret => Hint::new("run the helper alone to see its message")
            .shell(format!(
                "echo HOST | {} get >/dev/null",
                shell::word(&format!("docker-credential-{helper}"))
            )),
    }
}

fn is_desktop(helper: &str) -> bool {
    matches!(helper, "desktop" | "desktop.exe")
}

/// The helper of the store that every machine of this system has.
fn native_store() -> &'static str {
    if cfg!(target_os = "macos") {
        "osxkeychain"
    } else if cfg!(windows) {
        "wincred"
    } else {
        "secretservice"
    }
}

fn of_store(fault: &StoreFault) -> Hint {
    match fault {
        StoreFault::Unreachable(_) => of_cause(Cause::NoSessionBus),
        StoreFault::NotRunning => of_cause(Cause::NoSecretService),
        StoreFault::Locked if cfg!(target_os = "macos") => of_cause(Cause::KeychainLocked),
        StoreFault::Locked => of_cause(Cause::KeyringLocked),
        StoreFault::Dismissed if cfg!(target_os = "macos") => of_cause(Cause::KeychainDenied),
        StoreFault::Dismissed => "run the command again and unlock the keyring when asked".into(),
        StoreFault::NotInitialized => of_cause(Cause::PassNotInitialized),
        StoreFault::Gpg(_) => of_cause(Cause::Gpg),
        StoreFault::NoLogonSession => of_cause(Cause::NoLogonSession),
        StoreFault::NoKeyring => {
            "run the command on a terminal of the desktop session, where a keyring can be created"
                .into()
        }
        StoreFault::NoProgram(program) => Hint::new(format!("install {program}")),
        StoreFault::TimedOut(_) => {
            "run the command on a terminal: the store may be waiting for an answer".into()
        }
        StoreFault::SeveralUsers(users) => {
            let user = users.first().map_or("USER", String::as_str);
            Hint::new("name the user; the password is asked for").command(["--username", user])
        }
        StoreFault::NotText => "log in again with a password or token that is text".into(),
        StoreFault::TooLong(_) => "use a shorter token, such as a personal access token".into(),
        StoreFault::Malformed => Hint::new("log in again").shell("kubectl regcred login"),
        StoreFault::Failed(_) => "check whether the store itself works".into(),
    }
}

fn of_cause(cause: Cause) -> Hint {
    match cause {
        Cause::WindowsPath => {
            "let WSL see Windows' PATH: set `appendWindowsPath=true` under `[interop]` in /etc/wsl.conf"
                .into()
        }
        Cause::KeychainLocked => Hint::new("unlock the keychain in this session")
            .shell("security unlock-keychain ~/Library/Keychains/login.keychain-db"),
        Cause::KeychainDenied => {
            "run the command again and choose `Always Allow` in the keychain's dialogue".into()
        }
        Cause::NoSessionBus => {
            "run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)"
                .into()
        }
        Cause::NoSecretService => {
            "start a keyring (gnome-keyring, KWallet or KeePassXC), or set `credsStore` to `pass`"
                .into()
        }
        Cause::KeyringLocked => "unlock the keyring in the desktop session, then run the command again".into(),
        Cause::PassNotInitialized => {
            Hint::new("initialise the store").shell("pass init YOUR-GPG-KEY-ID")
        }
        Cause::Gpg => {
            Hint::new("let GnuPG ask on this terminal").shell("export GPG_TTY=$(tty)")
        }
        Cause::NoLogonSession => {
            "run the command in an interactive Windows session: the Credential Manager is closed to ssh and services"
                .into()
        }
        Cause::DesktopBackend => "start Docker Desktop, then run the command again".into(),
        Cause::NotImplemented => Hint::new("name the registry").shell("--registry HOST"),
        Cause::Aws => Hint::new("renew the AWS login").shell("aws sso login"),
        Cause::Google => Hint::new("renew the Google login").shell("gcloud auth login"),
        Cause::Azure => Hint::new("renew the Azure login").shell("az login"),
    }
}
