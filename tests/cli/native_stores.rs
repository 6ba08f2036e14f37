//! Stores that are read where docker's helper for them is missing, and what
//! `login` and `logout` say where there is no keyring. With a keyring:
//! `tests/real`, and in memory beside the code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::support::{Case, entries, expected};

const WANTED: [&str; 3] = ["secret", "--registry", "ghcr.io"];

/// A store of `pass` with these items, and no helper for it.
fn pass(items: &[(&str, &str)], script: &str) -> Case {
    let mut case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .file("home/.password-store/.gpg-id", "jane\n")
        .program("pass", script)
        .secret("hunter2");
    for (server, user) in items {
        let server = URL_SAFE.encode(server);
        let file = format!("home/.password-store/docker-credential-helpers/{server}/{user}.gpg");
        case = case.file(&file, "encrypted");
    }
    case
}

/// What `pass` is asked to show.
fn show(server: &str, user: &str) -> String {
    format!("show docker-credential-helpers/{}/{user}", URL_SAFE.encode(server))
}

#[test]
fn pass_is_read_by_its_folder() {
    let script = "show …\n  stdout hunter2\n";
    let session = "https://index.docker.io/v1/access-token";
    let case = pass(&[("ghcr.io", "jane"), ("quay.io", "joe"), (session, "jane")], script);
    let outcome = case.run(&WANTED);
    assert_eq!(entries(&outcome.stdout), expected(&[("ghcr.io", "jane", "hunter2")]));
    assert_eq!(outcome.stderr, "ghcr.io: jane, from the store of pass (~/.docker/config.json)\n");
    // Only the one that is wanted is decrypted.
    assert_eq!(outcome.calls, [format!("pass {}", show("ghcr.io", "jane"))]);
}

#[test]
fn listing_pass_decrypts_nothing() {
    let case = pass(&[("ghcr.io", "jane"), ("https://index.docker.io/v1/", "jane")], "");
    let outcome = case.run(&["sources"]);
    assert_eq!(
        outcome.stdout,
        "REGISTRY    FROM\n\
         docker.io   the store of pass (~/.docker/config.json)\n\
         ghcr.io     the store of pass (~/.docker/config.json)\n"
    );
    assert_eq!(outcome.calls, [""; 0]);
}

#[test]
fn a_user_name_with_slashes_is_a_path_in_pass() {
    let case = pass(&[("ghcr.io", "team/jane")], "show …\n  stdout hunter2\n");
    let outcome = case.run(&WANTED);
    assert_eq!(entries(&outcome.stdout), expected(&[("ghcr.io", "team/jane", "hunter2")]));
    assert_eq!(outcome.calls, [format!("pass {}", show("ghcr.io", "team/jane"))]);
}

#[test]
fn several_users_of_one_server_are_refused_and_listed() {
    let case = pass(&[("ghcr.io", "jane"), ("ghcr.io", "joe")], "show …\n  stdout hunter2\n");
    assert_eq!(
        case.fail(1, &WANTED),
        "error: docker-credential-pass, which ~/.docker/config.json names for ghcr.io, is not on PATH, \
         and the store of pass, read directly, holds several logins for one registry, of jane and joe\n\n\
         hint: name the user; the password is asked for: --username jane\n"
    );
}

#[test]
fn what_is_not_in_the_store_is_not_found() {
    let case = pass(&[("quay.io", "jane")], "");
    assert_eq!(
        case.fail(3, &WANTED),
        "error: no credential for ghcr.io\n  \
         the store of pass (~/.docker/config.json): nothing stored for ghcr.io\n\n\
         hint: log in: docker login ghcr.io\n"
    );
}

#[test]
fn what_pass_cannot_decrypt_is_told() {
    for (behaviour, told, hint) in [
        (
            "  stderr gpg: decryption failed: No secret key\n  exit 2\n",
            "cannot be decrypted: gpg: decryption failed: No secret key",
            "GPG_TTY",
        ),
        (
            "  stderr it broke\n  exit 1\n",
            "failed: it broke",
            "check whether the store itself works",
        ),
        (
            "  stderr Error: password store is empty. Try \"pass init\".\n  exit 1\n",
            "is not initialised",
            "pass init YOUR-GPG-KEY-ID",
        ),
    ] {
        let talk = pass(&[("ghcr.io", "jane")], &format!("show …\n{behaviour}")).fail(1, &WANTED);
        assert!(talk.contains(told), "{talk}");
        assert!(talk.contains(hint), "{talk}");
    }
}

#[test]
fn the_tree_that_a_helper_of_pass_takes_for_a_secret_is_refused() {
    // docker-credential-pass gives it for a user name with a slash.
    let case = Case::new().config(r#"{"credsStore":"pass"}"#).helper(
        "pass",
        "get *\n  stdout {\"Username\":\"a\",\"Secret\":\"docker-credential-helpers/x/a\\n\\u2514\\u2500\\u2500 \\u001b[00mb\\u001b[0m\"}\n",
    );
    let talk = case.fail(3, &WANTED);
    assert!(talk.contains("its password holds control characters"), "{talk}");
}

#[test]
fn a_store_of_pass_that_is_not_there_is_told() {
    let case = Case::new().config(r#"{"credsStore":"pass"}"#);
    let talk = case.fail(1, &WANTED);
    assert!(talk.contains("and the store of pass, read directly, is not initialised"), "{talk}");
    assert!(talk.ends_with("hint: initialise the store: pass init YOUR-GPG-KEY-ID\n"), "{talk}");
}

#[test]
fn a_store_of_pass_without_pass_is_told() {
    let server = URL_SAFE.encode("ghcr.io");
    let case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .file(&format!("home/.password-store/docker-credential-helpers/{server}/jane.gpg"), "x");
    let talk = case.fail(1, &WANTED);
    assert!(talk.contains("cannot be read: the program pass is not on PATH"), "{talk}");
    assert!(talk.ends_with("hint: install pass\n"), "{talk}");
}

#[cfg(target_os = "linux")]
#[test]
fn docker_desktop_on_linux_keeps_its_items_in_pass() {
    let case = pass(&[("ghcr.io", "jane")], "show …\n  stdout hunter2\n")
        .config(r#"{"credsStore":"desktop"}"#);
    let (entries, talk) = case.entries(&WANTED);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
    assert_eq!(talk, "ghcr.io: jane, from the store of pass (~/.docker/config.json)\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_helper_that_cannot_run_is_no_end_either() {
    let case = pass(&[("ghcr.io", "jane")], "show …\n  stdout hunter2\n")
        .file("bin/docker-credential-pass", "for another machine");
    let (entries, _) = case.entries(&WANTED);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
}

#[cfg(target_os = "linux")]
#[test]
fn helpers_of_windows_have_their_remedy_in_wsl() {
    for helper in ["desktop.exe", "wincred.exe"] {
        let case = Case::new().config(format!(r#"{{"credsStore":"{helper}"}}"#));
        let talk = case.fail(1, &WANTED);
        assert!(talk.contains(&format!("docker-credential-{helper}, which")), "{talk}");
        assert!(talk.contains("is not on PATH\n"), "{talk}");
        assert!(
            talk.contains("`appendWindowsPath=true` under `[interop]` in /etc/wsl.conf"),
            "{talk}"
        );
        // As the kernel refuses a program of Windows without interop.
        let program = case.path(&format!("bin/docker-credential-{helper}"));
        std::fs::write(&program, "MZ\0\0").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, executable).unwrap();
        let talk = case.fail(1, &WANTED);
        assert!(talk.contains("cannot run here: Exec format error"), "{talk}");
        assert!(talk.contains("hint: turn WSL's interoperation with Windows on"), "{talk}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_a_session_bus_is_told() {
    let case = Case::new().config(r#"{"credsStore":"secretservice"}"#);
    assert_eq!(
        case.fail(1, &WANTED),
        "error: docker-credential-secretservice, which ~/.docker/config.json names for ghcr.io, \
         is not on PATH, and the Secret Service, read directly, cannot be reached: there is no session bus\n\n\
         hint: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)\n"
    );
    // Also where a helper takes it for "nothing stored".
    let case = case.helper(
        "secretservice",
        "get *\n  stdout credentials not found in native keychain\n  exit 1\n",
    );
    let talk = case.fail(1, &WANTED);
    assert!(
        talk.contains("found nothing, and the Secret Service, read directly, cannot be reached"),
        "{talk}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_login_without_a_keyring_keeps_nothing_anywhere() {
    let case = Case::new().stdin("hunter2\n").secret("hunter2");
    let login = ["login", "ghcr.io", "--no-verify", "--username", "jane", "--password-stdin"];
    let talk = case.fail(1, &login);
    assert_eq!(
        talk,
        "error: the Secret Service, where `kubectl regcred login` keeps credentials, \
         cannot be reached: there is no session bus (asked for ghcr.io)\n\n\
         hint: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)\n"
    );
    assert!(!case.path("home/.config/kubectl-regcred/registries.json").exists());
}

const INDEX: &str = "home/.config/kubectl-regcred/registries.json";

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
    let talk = case.fail(1, &listed);
    assert!(
        talk.contains("cannot be reached: there is no session bus (asked for quay.io)"),
        "{talk}"
    );
    let left_out = ["secret", "--registry", "quay.io", "--source", "docker"];
    assert_eq!(case.entries(&left_out).0, expected(&[("quay.io", "joe", "hunter3")]));
    let talk = case.fail(3, &["secret", "--registry", "ghcr.io", "--source", "keyring"]);
    assert_eq!(
        talk,
        "error: no credential for ghcr.io\n  \
         the Secret Service (kubectl regcred login): not listed in ~/.config/kubectl-regcred/registries.json\n\n\
         hint: log in: kubectl regcred login ghcr.io\n"
    );
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
            let talk = case.fail(1, command);
            assert!(talk.contains(told), "{talk}");
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
        (&["login", "ghcr.io", "--password", "hunter2"], "passwords are typed or piped"),
        (&["logout"], "logout needs a registry (kept: none)"),
    ] {
        let talk = case.fail(2, arguments);
        assert!(talk.contains(told), "{talk}");
    }
}

#[test]
fn login_keeps_nothing_that_no_pull_secret_could_carry() {
    let case = Case::new().stdin("hunter2\u{1b}").secret("hunter2");
    let talk = case.fail(3, &["login", "ghcr.io", "--username", "jane", "--password-stdin"]);
    assert!(talk.contains("its password holds control characters"), "{talk}");
}
