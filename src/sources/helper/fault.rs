//! How credential helpers fail, and what to do about it. The texts are those
//! that the helpers and the programs behind them print.

use std::fmt;

use crate::sources::store::fault::StoreFault;
use crate::system::messages::clean;
use crate::system::shell;

/// Why a credential helper gave no usable answer. Holds no standard output
/// except known sentences: a helper may print the secret there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperFault {
    /// Its name would start something else than a helper.
    InvalidName,
    /// Not on PATH.
    Missing,
    /// Only in a relative folder of PATH.
    RelativeOnly,
    /// On PATH, but not executable: the file.
    NotExecutable(String),
    /// The system cannot run it: the system's reason.
    NotRunnable(String),
    /// Stopped after this many seconds.
    TimedOut(u64),
    /// Stopped after 1 MiB of output.
    TooMuchOutput,
    /// Ended by a signal or a crash: how.
    Crashed(String),
    /// Ended with a failure: how, and what it said.
    Failed {
        /// `exit status 1`.
        status: String,
        /// A known sentence, or the last line on standard error; may be empty.
        said: String,
        /// The kind of failure, if the text is known.
        cause: Option<Cause>,
    },
    /// Ended well without output.
    NoOutput,
    /// Ended well with something else than the protocol's JSON.
    NotTheProtocol,
    /// Answered for this other server, made safe to show.
    OtherServer(String),
    /// A user name without a secret.
    NoSecret,
    /// Named by a file for which helpers are not started.
    NotAllowed,
    /// The store behind it was read in its place, without success.
    Store {
        /// Why the helper was not enough: `is not on PATH`, `found nothing`.
        why: String,
        /// The store's name.
        store: &'static str,
        /// What the store said.
        fault: StoreFault,
    },
}

/// A known kind of failure behind a helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Windows' programs cannot be reached from WSL.
    WindowsPath,
    /// macOS' keychain is locked in this session.
    KeychainLocked,
    /// macOS' keychain dialogue was refused.
    KeychainDenied,
    /// No session bus.
    NoSessionBus,
    /// No keyring service on the session bus.
    NoSecretService,
    /// The keyring is locked.
    KeyringLocked,
    /// `pass` has no store.
    PassNotInitialized,
    /// `GnuPG` could not decrypt.
    Gpg,
    /// No interactive logon session on Windows.
    NoLogonSession,
    /// Docker Desktop's back end does not run.
    DesktopBackend,
    /// The helper does not know the action.
    NotImplemented,
    /// Amazon's credentials.
    Aws,
    /// Google's credentials.
    Google,
    /// Azure's credentials.
    Azure,
}

/// Texts by which a cause is known, in lower case.
const TEXTS: [(Cause, &[&str]); 14] = [
    (Cause::WindowsPath, &["executable file not found in %path%"]),
    (
        Cause::KeychainLocked,
        &["does not allow user interaction", "user interaction is not allowed", "-25308"],
    ),
    (
        Cause::KeychainDenied,
        &["user name or passphrase you entered is not correct", "-25293", "user canceled"],
    ),
    (
        Cause::NoSessionBus,
        &["cannot autolaunch d-bus", "dbus-launch", "error spawning command line"],
    ),
    (
        Cause::NoSecretService,
        &[
            "org.freedesktop.secrets was not provided",
            "serviceunknown",
            "timeout was reached",
            "no such interface",
            "error from list function in secretservice",
        ],
    ),
    (
        Cause::KeyringLocked,
        &["locked object", "locked collection", "prompt was dismissed", "secret_value_get"],
    ),
    (
        Cause::PassNotInitialized,
        &["pass not initialized", "password store is empty", "store is uninitialized"],
    ),
    (
        Cause::Gpg,
        &["gpg: ", "no secret key", "no pinentry", "inappropriate ioctl", "operation cancelled"],
    ),
    (Cause::NoLogonSession, &["specified logon session does not exist"]),
    (Cause::DesktopBackend, &["backend.sock", "dockerwebapiserver", "getting entitlement"]),
    (Cause::NotImplemented, &["not implemented", "is unimplemented", "unknown action", "usage:"]),
    (
        Cause::Aws,
        &[
            "error retrieving credentials",
            "expiredtoken",
            "sso session",
            "nocredentialproviders",
            "failed to refresh cached credentials",
            "unable to locate credentials",
        ],
    ),
    (
        Cause::Google,
        &["reauthentication", "invalid_grant", "active account selected", "gcr's access token"],
    ),
    (Cause::Azure, &["failed to acquire sp token", "failed to acquire refresh token", "aadsts"]),
];

impl Cause {
    /// The cause that a helper's output speaks of, if it is known.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let known = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
        TEXTS.iter().find(|(_, texts)| known(texts)).map(|(cause, _)| *cause)
    }

    /// One thing to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::WindowsPath => {
                "let WSL see Windows' PATH: set `appendWindowsPath=true` under `[interop]` in /etc/wsl.conf"
            }
            Self::KeychainLocked => {
                "unlock the keychain in this session: security unlock-keychain ~/Library/Keychains/login.keychain-db"
            }
            Self::KeychainDenied => {
                "run it again and choose `Always Allow` in the keychain's dialogue"
            }
            Self::NoSessionBus => {
                "run it in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)"
            }
            Self::NoSecretService => {
                "start a keyring (gnome-keyring, KWallet or KeePassXC), or set `credsStore` to `pass`"
            }
            Self::KeyringLocked => "unlock the keyring in the desktop session and run it again",
            Self::PassNotInitialized => "set the store up: pass init YOUR-GPG-KEY-ID",
            Self::Gpg => "let GnuPG ask on this terminal: export GPG_TTY=$(tty)",
            Self::NoLogonSession => {
                "run it in an interactive Windows session: the Credential Manager is closed to ssh and services"
            }
            Self::DesktopBackend => "start Docker Desktop and run it again",
            Self::NotImplemented => "name the registry: --registry HOST",
            Self::Aws => "renew the AWS login: aws sso login",
            Self::Google => "renew the Google login: gcloud auth login",
            Self::Azure => "renew the Azure login: az login",
        }
    }
}

impl HelperFault {
    /// Whether there is no program that could answer.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Missing | Self::RelativeOnly | Self::NotExecutable(_) | Self::NotRunnable(_)
        )
    }

    /// One thing to do about it. `helper` is the name after `docker-credential-`.
    pub fn hint(&self, helper: &str) -> String {
        match self {
            Self::InvalidName => "correct the helper's name in that file".to_owned(),
            Self::Missing if helper.strip_suffix(".exe").is_some() && cfg!(unix) => format!(
                "start Docker Desktop and {}, or set `credsStore` to a helper for Linux",
                Cause::WindowsPath.hint()
            ),
            Self::Missing if is_desktop(helper) => format!(
                "start or install Docker Desktop, or set `credsStore` to `{}` and log in again",
                native_store()
            ),
            Self::Missing | Self::RelativeOnly => format!(
                "install docker-credential-{helper} in a folder of PATH, or read only what the file itself holds: --ignore-helpers"
            ),
            Self::NotExecutable(path) => format!("chmod +x {}", shell::path(path)),
            Self::NotRunnable(_) if helper.strip_suffix(".exe").is_some() => {
                "turn WSL's interoperation with Windows on, or set `credsStore` to a helper for Linux".to_owned()
            }
            Self::NotRunnable(_) => {
                format!("install docker-credential-{helper} for this system")
            }
            Self::TimedOut(_) => {
                "run it on a terminal: the helper may be waiting for an answer".to_owned()
            }
            Self::Crashed(_) if helper == "secretservice" => {
                "unlock the keyring in the desktop session: this helper crashes where it is locked".to_owned()
            }
            Self::Failed { cause: Some(cause), .. } => cause.hint().to_owned(),
            Self::Failed { said, .. } if said.is_empty() => {
                "run it as yourself and in the desktop session: under sudo or ssh a store is often closed".to_owned()
            }
            Self::Store { fault, .. } => fault.hint(),
            Self::NotAllowed => "allow it for this file: --allow-helpers".to_owned(),
            _ => format!(
                "see what it says by itself: echo HOST | {} get >/dev/null",
                shell::word(&format!("docker-credential-{helper}"))
            ),
        }
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

impl fmt::Display for HelperFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName => formatter.write_str("is not a valid helper name"),
            Self::Missing => formatter.write_str("is not on PATH"),
            Self::RelativeOnly => {
                formatter.write_str("is only in a relative folder of PATH, which is not used")
            }
            Self::NotExecutable(path) => write!(formatter, "is not executable: {path}"),
            Self::NotRunnable(reason) => write!(formatter, "cannot run here: {}", clean(reason)),
            Self::TimedOut(seconds) => {
                write!(formatter, "gave no answer within {seconds} s and was stopped")
            }
            Self::TooMuchOutput => formatter.write_str("printed more than 1 MiB and was stopped"),
            Self::Crashed(how) => write!(formatter, "crashed ({how})"),
            Self::Failed { status, said, .. } if said.is_empty() => {
                write!(formatter, "failed without a word ({status})")
            }
            Self::Failed { status, said, .. } => write!(formatter, "failed ({status}): {said}"),
            Self::NoOutput => formatter.write_str("printed nothing"),
            Self::NotTheProtocol => {
                formatter.write_str("printed something else than a helper's JSON answer")
            }
            Self::OtherServer(server) => {
                write!(formatter, "answered for another server, {server}")
            }
            Self::NoSecret => formatter.write_str("answered with a user name but no secret"),
            Self::Store { why, store, fault } => {
                write!(formatter, "{why}, and {store}, read without it, {fault}")
            }
            Self::NotAllowed => {
                formatter.write_str("is named by a file for which helpers are not started")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_real_programs_are_known() {
        for (text, cause) in [
            ("Cannot autolaunch D-Bus without X11 $DISPLAY", Cause::NoSessionBus),
            (
                "keychain cannot be accessed because the current session does not allow user interaction. The keychain may be locked",
                Cause::KeychainLocked,
            ),
            ("User interaction is not allowed.", Cause::KeychainLocked),
            ("exit status 2: gpg: decryption failed: No secret key", Cause::Gpg),
            (
                "pass not initialized: exit status 1: Error: password store is empty. Try \"pass init\".",
                Cause::PassNotInitialized,
            ),
            (
                "GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: The name org.freedesktop.secrets was not provided by any .service files",
                Cause::NoSecretService,
            ),
            ("Cannot get secret of a locked object", Cause::KeyringLocked),
            (
                "error getting credentials - err: exec: \"docker-credential-wincred.exe\": executable file not found in %PATH%, out: ``",
                Cause::WindowsPath,
            ),
            ("list is unimplemented", Cause::NotImplemented),
            ("The SSO session associated with this profile has expired", Cause::Aws),
        ] {
            assert_eq!(Cause::of(text), Some(cause), "{text}");
        }
        assert_eq!(Cause::of("boom"), None);
    }

    #[test]
    fn every_fault_says_what_to_do() {
        let failed = |said: &str| HelperFault::Failed {
            status: "exit status 1".into(),
            said: said.into(),
            cause: Cause::of(said),
        };
        assert!(failed("pass not initialized").hint("pass").contains("pass init"));
        assert!(failed("").hint("x").contains("sudo"));
        assert!(failed("boom").hint("x").contains("docker-credential-x get"));
        assert!(HelperFault::Missing.hint("desktop").contains("credsStore"));
        assert!(HelperFault::Missing.hint("acme").contains("--ignore-helpers"));
    }
}
