//! Sources of credentials that fail.

use super::*;
use crate::registry::key::InvalidRegistry;
use crate::sources::auths::config::ConfigFault;
use crate::sources::auths::entry::EntryFault;
use crate::sources::cause::Cause;
use crate::sources::helper::fault::HelperFault;
use crate::sources::login_store::fault::IndexFault;
use crate::sources::store::fault::StoreFault;

fn path() -> String {
    "~/.docker/config.json".to_owned()
}

#[test]
fn sources() {
    let registry = || key("[::1]:5000");
    let errors = [
        SourceError::File(FileError::Unreadable { path: path(), reason: "it is a pipe".into() }),
        SourceError::InvalidConfig { path: path(), fault: ConfigFault::CutOff },
        SourceError::InvalidEntry {
            key: "[::1]:5000".to_owned(),
            path: path(),
            fault: EntryFault::NoColon,
            registry: registry(),
        },
        SourceError::AmbiguousEntries {
            path: path(),
            registry: registry(),
            keys: vec!["[::1]:5000".to_owned(), "https://[::1]:5000".to_owned()],
        },
        SourceError::NotKept {
            registry: registry(),
            store: "the Secret Service",
            kept: vec!["ghcr.io".to_owned()],
        },
        SourceError::Prompt { reason: "the terminal's input ended".to_owned() },
        SourceError::InvalidAnswer { reason: InvalidRegistry::Undotted },
        SourceError::PasswordOnTerminal,
    ];
    assert_snapshot!(all_shown(errors), @"
    1 cannot read ~/.docker/config.json: it is a pipe
    1 ~/.docker/config.json ends in the middle of its JSON: it was cut off
      hint: correct ~/.docker/config.json, or name another file
    1 the entry [::1]:5000 in ~/.docker/config.json holds `auth` without a colon between user name and password
      hint: log in: docker login '[::1]:5000'
    1 ~/.docker/config.json holds different credentials for [::1]:5000 under [::1]:5000 and https://[::1]:5000
      hint: keep one of [::1]:5000 and https://[::1]:5000 in ~/.docker/config.json
    3 the Secret Service keeps no credential for [::1]:5000
        ghcr.io
    1 cannot ask on the terminal: the terminal's input ended
      hint: give what is missing with options: --registry HOST --username USER --password-stdin
    2 the answer is not a registry: it has neither a dot nor a port, so an image would mean Docker Hub's `docker.io`
      hint: write the registry as HOST[:PORT][/PATH], for example --registry ghcr.io
    2 --password-stdin reads a pipe or a file, and standard input is a terminal
      hint: leave --password-stdin out to be asked
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of all variants, and their texts")]
fn helpers() {
    let named = |helper: &str, fault| SourceError::Helper {
        helper: helper.to_owned(),
        origin: path(),
        registry: Some(key("[::1]:5000")),
        fault,
    };
    let failed = |said: &str| HelperFault::Failed {
        status: "exit status 1".to_owned(),
        said: said.to_owned(),
        cause: Cause::of(said),
    };
    let store = HelperFault::Store {
        why: "is not on PATH".to_owned(),
        store: "pass",
        fault: StoreFault::NotInitialized,
    };
    let faults = [
        HelperFault::InvalidName,
        HelperFault::Missing,
        HelperFault::RelativeOnly,
        HelperFault::NotExecutable("~/bin/a helper".to_owned()),
        HelperFault::NotRunnable("Exec format error".to_owned()),
        HelperFault::TimedOut(15),
        HelperFault::TooMuchOutput,
        HelperFault::Crashed("signal 11".to_owned()),
        failed("boom"),
        failed(""),
        failed("pass not initialized"),
        HelperFault::NoOutput,
        HelperFault::NotTheProtocol,
        HelperFault::OtherServer("quay.io".to_owned()),
        HelperFault::NoSecret,
        HelperFault::NotAllowed,
        store,
    ];
    let errors = faults.into_iter().map(|fault| named("acme", fault));
    assert_snapshot!(all_shown(errors), @r#"
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is not a valid helper name
      hint: correct the helper's name in that file
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is not on PATH
      hint: install docker-credential-acme in a folder of PATH, or read only the entries of the file itself: --ignore-helpers
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is only in a relative folder of PATH, which is not used
      hint: install docker-credential-acme in a folder of PATH, or read only the entries of the file itself: --ignore-helpers
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is not executable: ~/bin/a helper
      hint: chmod +x ~/'bin/a helper'
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, cannot run here: Exec format error
      hint: install docker-credential-acme for this system
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, gave no answer within 15 s and was stopped
      hint: run the command on a terminal: the helper may be waiting for an answer
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, printed more than 1 MiB and was stopped
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, crashed (signal 11)
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, failed (exit status 1): boom
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, failed without an error message (exit status 1)
      hint: run the command as your own user and in the desktop session: under sudo or ssh a store is often closed
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, failed (exit status 1): pass not initialized
      hint: initialise the store: pass init YOUR-GPG-KEY-ID
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, printed nothing
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, returned invalid output (expected JSON)
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, answered for another server, quay.io
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, answered with a user name but no secret
      hint: run the helper alone to see its message: echo HOST | docker-credential-acme get >/dev/null
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is named by a file for which helpers are not started
      hint: allow helpers for this file: --allow-helpers
    1 docker-credential-acme, which ~/.docker/config.json names for [::1]:5000, is not on PATH, and pass, read directly, is not initialised
      hint: initialise the store: pass init YOUR-GPG-KEY-ID
    "#);
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn helpers_of_known_programs() {
    let named = |helper: &str, fault| SourceError::Helper {
        helper: helper.to_owned(),
        origin: path(),
        registry: None,
        fault,
    };
    let errors = [
        named("desktop", HelperFault::Missing),
        named("desktop.exe", HelperFault::Missing),
        named("wincred.exe", HelperFault::NotRunnable("Exec format error".to_owned())),
        named("secretservice", HelperFault::Crashed("signal 11".to_owned())),
    ];
    assert_snapshot!(all_shown(errors), @r#"
    1 docker-credential-desktop, which ~/.docker/config.json names, is not on PATH
      hint: start or install Docker Desktop, or set `credsStore` to `secretservice` and log in again
    1 docker-credential-desktop.exe, which ~/.docker/config.json names, is not on PATH
      hint: start Docker Desktop and let WSL see Windows' PATH: set `appendWindowsPath=true` under `[interop]` in /etc/wsl.conf, or set `credsStore` to a helper for Linux
    1 docker-credential-wincred.exe, which ~/.docker/config.json names, cannot run here: Exec format error
      hint: turn WSL's interoperation with Windows on, or set `credsStore` to a helper for Linux
    1 docker-credential-secretservice, which ~/.docker/config.json names, crashed (signal 11)
      hint: unlock the keyring in the desktop session: this helper crashes where it is locked
    "#);
}

#[test]
fn causes() {
    let hints = [
        Cause::WindowsPath,
        Cause::KeychainLocked,
        Cause::KeychainDenied,
        Cause::NoSessionBus,
        Cause::NoSecretService,
        Cause::KeyringLocked,
        Cause::PassNotInitialized,
        Cause::Gpg,
        Cause::NoLogonSession,
        Cause::DesktopBackend,
        Cause::NotImplemented,
        Cause::Aws,
        Cause::Google,
        Cause::Azure,
    ];
    let shown = hints.map(|cause| {
        let status = "exit status 1".to_owned();
        let fault = HelperFault::Failed { status, said: "x".to_owned(), cause: Some(cause) };
        let (helper, origin) = ("acme".to_owned(), path());
        let error: Error = SourceError::Helper { helper, origin, registry: None, fault }.into();
        format!("{cause:?}: {}", error.hint().unwrap())
    });
    assert_snapshot!(shown.join("\n"), @r#"
    WindowsPath: let WSL see Windows' PATH: set `appendWindowsPath=true` under `[interop]` in /etc/wsl.conf
    KeychainLocked: unlock the keychain in this session: security unlock-keychain ~/Library/Keychains/login.keychain-db
    KeychainDenied: run the command again and choose `Always Allow` in the keychain's dialogue
    NoSessionBus: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)
    NoSecretService: start a keyring (gnome-keyring, KWallet or KeePassXC), or set `credsStore` to `pass`
    KeyringLocked: unlock the keyring in the desktop session, then run the command again
    PassNotInitialized: initialise the store: pass init YOUR-GPG-KEY-ID
    Gpg: let GnuPG ask on this terminal: export GPG_TTY=$(tty)
    NoLogonSession: run the command in an interactive Windows session: the Credential Manager is closed to ssh and services
    DesktopBackend: start Docker Desktop, then run the command again
    NotImplemented: name the registry: --registry HOST
    Aws: renew the AWS login: aws sso login
    Google: renew the Google login: gcloud auth login
    Azure: renew the Azure login: az login
    "#);
}

#[cfg(not(target_os = "macos"))]
#[test]
fn stores() {
    let faults = [
        StoreFault::Unreachable("there is no session bus".to_owned()),
        StoreFault::NotRunning,
        StoreFault::NoKeyring,
        StoreFault::Locked,
        StoreFault::Dismissed,
        StoreFault::NotInitialized,
        StoreFault::NoProgram("pass"),
        StoreFault::Gpg("No secret key".to_owned()),
        StoreFault::TimedOut(15),
        StoreFault::SeveralUsers(vec!["jane doe".to_owned(), "joe".to_owned()]),
        StoreFault::NotText,
        StoreFault::NoLogonSession,
        StoreFault::TooLong(2560),
        StoreFault::Malformed,
        StoreFault::Failed("no answer".to_owned()),
    ];
    let store = "the Secret Service";
    let errors = faults.into_iter().map(|fault| SourceError::LoginStore {
        store,
        registry: Some(key("[::1]:5000")),
        fault,
    });
    assert_snapshot!(all_shown(errors), @r#"
    1 the Secret Service, where `kubectl regcred login` keeps credentials, cannot be reached: there is no session bus (asked for [::1]:5000)
      hint: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)
    1 the Secret Service, where `kubectl regcred login` keeps credentials, is not running (asked for [::1]:5000)
      hint: start a keyring (gnome-keyring, KWallet or KeePassXC), or set `credsStore` to `pass`
    1 the Secret Service, where `kubectl regcred login` keeps credentials, has no keyring yet (asked for [::1]:5000)
      hint: run the command on a terminal of the desktop session, where a keyring can be created
    1 the Secret Service, where `kubectl regcred login` keeps credentials, is locked (asked for [::1]:5000)
      hint: unlock the keyring in the desktop session, then run the command again
    1 the Secret Service, where `kubectl regcred login` keeps credentials, is locked, and the dialogue to unlock it was dismissed (asked for [::1]:5000)
      hint: run the command again and unlock the keyring when asked
    1 the Secret Service, where `kubectl regcred login` keeps credentials, is not initialised (asked for [::1]:5000)
      hint: initialise the store: pass init YOUR-GPG-KEY-ID
    1 the Secret Service, where `kubectl regcred login` keeps credentials, cannot be read: the program pass is not on PATH (asked for [::1]:5000)
      hint: install pass
    1 the Secret Service, where `kubectl regcred login` keeps credentials, cannot be decrypted: No secret key (asked for [::1]:5000)
      hint: let GnuPG ask on this terminal: export GPG_TTY=$(tty)
    1 the Secret Service, where `kubectl regcred login` keeps credentials, gave no answer within 15 s (asked for [::1]:5000)
      hint: run the command on a terminal: the store may be waiting for an answer
    1 the Secret Service, where `kubectl regcred login` keeps credentials, holds several logins for one registry, of jane doe and joe (asked for [::1]:5000)
      hint: name the user; the password is asked for: --username 'jane doe'
    1 the Secret Service, where `kubectl regcred login` keeps credentials, holds a secret that is not UTF-8 text (asked for [::1]:5000)
      hint: log in again with a password or token that is text
    1 the Secret Service, where `kubectl regcred login` keeps credentials, is closed to this logon session (asked for [::1]:5000)
      hint: run the command in an interactive Windows session: the Credential Manager is closed to ssh and services
    1 the Secret Service, where `kubectl regcred login` keeps credentials, takes no more than 2560 bytes, and the credential is longer (asked for [::1]:5000)
      hint: use a shorter token, such as a personal access token
    1 the Secret Service, where `kubectl regcred login` keeps credentials, holds an item of kubectl-regcred that cannot be read (asked for [::1]:5000)
      hint: log in again: kubectl regcred login
    1 the Secret Service, where `kubectl regcred login` keeps credentials, failed: no answer (asked for [::1]:5000)
      hint: check whether the store itself works
    "#);
}

#[test]
fn indexes() {
    let faults = [
        IndexFault::Malformed("line 1, column 2".to_owned()),
        IndexFault::Newer(2),
        IndexFault::TooLarge,
        IndexFault::Busy,
        IndexFault::Unwritable("it is read-only".to_owned()),
        IndexFault::NotKept("it is read-only".to_owned()),
        IndexFault::NoFolder,
    ];
    let path = "~/a folder/registries.json";
    let errors =
        faults.into_iter().map(|fault| SourceError::Index { path: path.to_owned(), fault });
    assert_snapshot!(all_shown(errors), @r#"
    1 ~/a folder/registries.json is not an index of kubectl-regcred (line 1, column 2)
      hint: delete ~/'a folder/registries.json', then `kubectl regcred logout --all` and log in again; or ask the other sources: --source docker,podman
    1 ~/a folder/registries.json is of version 2, and this program knows only 1
      hint: use the newer kubectl-regcred that wrote it
    1 ~/a folder/registries.json is larger than 1 MiB
      hint: delete ~/'a folder/registries.json', then `kubectl regcred logout --all` and log in again; or ask the other sources: --source docker,podman
    1 ~/a folder/registries.json is being changed by another login or logout
      hint: wait for the other login or logout to end, then run the command again
    1 ~/a folder/registries.json cannot be written: it is read-only
      hint: make the file writable for this user: ~/'a folder/registries.json'
    1 ~/a folder/registries.json cannot be written: it is read-only; the credential was not kept
      hint: make the file writable for this user: ~/'a folder/registries.json'
    1 ~/a folder/registries.json cannot be written: this user has no folder for configuration
      hint: set HOME
    "#);
}
