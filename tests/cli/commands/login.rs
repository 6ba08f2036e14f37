//! `login` and `logout` where there is no keyring. With one: `tests/real`, and in memory
//! beside the code.

use indoc::formatdoc;
use insta::assert_snapshot;

use crate::support::{Case, expected, fake_registry};

const WANTED: [&str; 3] = ["secret", "--registry", "ghcr.io"];

const INDEX: &str = "home/.config/kubectl-regcred/registries.json";

#[cfg(target_os = "linux")]
#[test]
fn a_login_without_a_keyring_keeps_nothing_anywhere() {
    let case = Case::new().stdin("hunter2\n").secret("hunter2");
    let login = ["login", "ghcr.io", "--no-verify", "--username", "jane", "--password-stdin"];
    let stderr = case.fail(1, &login);
    assert_snapshot!(stderr, @"
    error: the Secret Service, where `kubectl regcred login` keeps credentials, cannot be reached: there is no session bus (asked for ghcr.io)

    hint: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)
    ");
    assert!(!case.path("home/.config/kubectl-regcred/registries.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn the_keyring_is_opened_only_for_what_is_listed() {
    let case = Case::new()
        .logins(&[("ghcr.io", "jane", "hunter2"), ("quay.io", "joe", "hunter3")])
        .file(INDEX, r#"{"version":1,"registries":["quay.io"]}"#);
    let (entries, _) = case.entries(&WANTED);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
    // It cannot be looked at, which is not "not there".
    let listed = ["secret", "--registry", "quay.io"];
    let stderr = case.fail(1, &listed);
    assert!(
        stderr.contains("cannot be reached: there is no session bus (asked for quay.io)"),
        "{stderr}"
    );
    let left_out = ["secret", "--registry", "quay.io", "--source", "docker"];
    assert_eq!(case.entries(&left_out).0, expected(&[("quay.io", "joe", "hunter3")]));
    let stderr = case.fail(3, &["secret", "--registry", "ghcr.io", "--source", "keyring"]);
    assert_snapshot!(stderr, @"
    error: no credential for ghcr.io
      the Secret Service (kubectl regcred login): not listed in ~/.config/kubectl-regcred/registries.json

    hint: log in: kubectl regcred login ghcr.io
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn an_index_that_cannot_be_used_stops_what_may_need_it() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]);
    for (index, told) in [
        (
            "{",
            "error: ~/.config/kubectl-regcred/registries.json is not an index of kubectl-regcred (line 1, column 1)",
        ),
        (r#"{"version":9}"#, "is of version 9, and this program knows only 1"),
    ] {
        let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).file(INDEX, index);
        let login = ["login", "ghcr.io", "--no-verify", "--username", "jane", "--password-stdin"];
        for command in [&WANTED[..], &login, &["logout", "--all"], &["sources"]] {
            let stderr = case.fail(1, command);
            assert!(stderr.contains(told), "{stderr}");
        }
        let _ = case.entries(&["secret", "--source", "docker,podman"]);
    }
    let _ = case.entries(&WANTED);
}

#[test]
fn login_and_logout_say_what_they_need() {
    let case = Case::new().stdin("hunter2").secret("hunter2");
    for (arguments, told) in [
        (&["login"][..], "login needs a registry"),
        (&["login", "ghcr.io"], "login needs a user name"),
        (&["login", "ghcr.io", "--password-stdin"], "--password-stdin needs a user name"),
        (&["login", "ghcr.io", "--username", "jane"], "there is no terminal to ask on"),
        (&["login", "ghcr.io", "--username", "jane:hunter2"], "--username cannot be used"),
        (&["login", "jane:hunter2@ghcr.io"], "`ghcr.io` is not a registry"),
        (
            &["login", "ghcr.io", "--password", "hunter2"],
            "--password is not supported: a password on the command line",
        ),
        (&["logout"], "logout needs a registry (kept: none)"),
    ] {
        let stderr = case.fail(2, arguments);
        assert!(stderr.contains(told), "{stderr}");
    }
}

#[test]
fn login_keeps_nothing_that_no_pull_secret_could_carry() {
    let case = Case::new().stdin("hunter2\u{1b}").secret("hunter2");
    let stderr = case.fail(3, &["login", "ghcr.io", "--username", "jane", "--password-stdin"]);
    assert!(stderr.contains("its password holds control characters"), "{stderr}");
}

#[test]
fn a_login_that_does_not_work_is_not_kept() {
    let registry = fake_registry::start("jane", "hunter2");
    let case = Case::new().stdin("hunter3").secret("hunter3");
    for verify in [&[][..], &["--verify"]] {
        let login = ["login", &registry, "--username", "jane", "--password-stdin"];
        let stderr = case.fail(3, &[&login, verify].concat());
        assert_eq!(
            stderr,
            formatdoc! {"
                error: {registry}: the registry rejected the credentials of jane

                hint: check the password and try again
            "},
            "no word of the keyring, which is not there"
        );
    }
}
