//! Why a helper, or a store behind one, fails: what the texts of other programs
//! mean that they print.

/// A known kind of failure of a helper, or of a store behind one.
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
}
