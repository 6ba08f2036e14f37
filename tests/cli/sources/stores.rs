//! Stores that are read where docker's helper for them is missing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use indoc::indoc;
use insta::assert_snapshot;

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
    let script = "show ...\n  stdout hunter2\n";
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
    assert_snapshot!(outcome.stdout, @"
    REGISTRY    FROM
    docker.io   the store of pass (~/.docker/config.json)
    ghcr.io     the store of pass (~/.docker/config.json)
    ");
    assert_eq!(outcome.calls, [""; 0]);
}

#[test]
fn a_user_name_with_slashes_is_a_path_in_pass() {
    let case = pass(&[("ghcr.io", "team/jane")], "show ...\n  stdout hunter2\n");
    let outcome = case.run(&WANTED);
    assert_eq!(entries(&outcome.stdout), expected(&[("ghcr.io", "team/jane", "hunter2")]));
    assert_eq!(outcome.calls, [format!("pass {}", show("ghcr.io", "team/jane"))]);
}

#[test]
fn several_users_of_one_server_are_refused_and_listed() {
    let case = pass(&[("ghcr.io", "jane"), ("ghcr.io", "joe")], "show ...\n  stdout hunter2\n");
    assert_snapshot!(case.fail(1, &WANTED), @"
    error: docker-credential-pass, which ~/.docker/config.json names for ghcr.io, is not on PATH, and the store of pass, read directly, holds several logins for one registry, of jane and joe

    hint: name the user; the password is asked for: --username jane
    ");
}

#[test]
fn what_is_not_in_the_store_is_not_found() {
    let case = pass(&[("quay.io", "jane")], "");
    assert_snapshot!(case.fail(3, &WANTED), @"
    error: no credential for ghcr.io
      docker-credential-pass (~/.docker/config.json): not installed; the store of pass has nothing for ghcr.io

    hint: pipe the password: --registry ghcr.io --username USER --password-stdin <token.txt
    ");
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
        let stderr =
            pass(&[("ghcr.io", "jane")], &format!("show ...\n{behaviour}")).fail(1, &WANTED);
        assert!(stderr.contains(told), "{stderr}");
        assert!(stderr.contains(hint), "{stderr}");
    }
}

#[test]
fn the_tree_that_a_helper_of_pass_takes_for_a_secret_is_refused() {
    // docker-credential-pass gives it for a user name with a slash.
    let case = Case::new().config(r#"{"credsStore":"pass"}"#).helper(
        "pass",
        indoc! {r#"
            get *
              stdout {"Username":"a","Secret":"docker-credential-helpers/x/a\n\u2514\u2500\u2500 \u001b[00mb\u001b[0m"}
        "#},
    );
    let stderr = case.fail(3, &WANTED);
    assert!(stderr.contains("its password holds control characters"), "{stderr}");
}

#[test]
fn a_store_of_pass_that_is_not_there_is_told() {
    let case = Case::new().config(r#"{"credsStore":"pass"}"#);
    let stderr = case.fail(1, &WANTED);
    assert!(
        stderr.contains("and the store of pass, read directly, is not initialised"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("hint: initialise the store: pass init YOUR-GPG-KEY-ID\n"),
        "{stderr}"
    );
}

#[test]
fn a_store_of_pass_without_pass_is_told() {
    let server = URL_SAFE.encode("ghcr.io");
    let case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .file(&format!("home/.password-store/docker-credential-helpers/{server}/jane.gpg"), "x");
    let stderr = case.fail(1, &WANTED);
    assert!(stderr.contains("cannot be read: the program pass is not on PATH"), "{stderr}");
    assert!(stderr.ends_with("hint: install pass\n"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn docker_desktop_on_linux_keeps_its_items_in_pass() {
    let case = pass(&[("ghcr.io", "jane")], "show ...\n  stdout hunter2\n")
        .config(r#"{"credsStore":"desktop"}"#);
    let (entries, stderr) = case.entries(&WANTED);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
    assert_eq!(stderr, "ghcr.io: jane, from the store of pass (~/.docker/config.json)\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_helper_that_cannot_run_is_no_end_either() {
    let case = pass(&[("ghcr.io", "jane")], "show ...\n  stdout hunter2\n")
        .file("bin/docker-credential-pass", "for another machine");
    let (entries, _) = case.entries(&WANTED);
    assert_eq!(entries, expected(&[("ghcr.io", "jane", "hunter2")]));
}

#[cfg(target_os = "linux")]
#[test]
fn helpers_of_windows_have_their_remedy_in_wsl() {
    for helper in ["desktop.exe", "wincred.exe"] {
        let case = Case::new().config(format!(r#"{{"credsStore":"{helper}"}}"#));
        let stderr = case.fail(1, &WANTED);
        assert!(stderr.contains(&format!("docker-credential-{helper}, which")), "{stderr}");
        assert!(stderr.contains("is not on PATH\n"), "{stderr}");
        assert!(
            stderr.contains("`appendWindowsPath=true` under `[interop]` in /etc/wsl.conf"),
            "{stderr}"
        );
        // As the kernel refuses a program of Windows without interop.
        let program = case.path(&format!("bin/docker-credential-{helper}"));
        std::fs::write(&program, "MZ\0\0").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, executable).unwrap();
        let stderr = case.fail(1, &WANTED);
        assert!(stderr.contains("cannot run here: Exec format error"), "{stderr}");
        assert!(stderr.contains("hint: turn WSL's interoperation with Windows on"), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_a_session_bus_is_told() {
    let case = Case::new().config(r#"{"credsStore":"secretservice"}"#);
    assert_snapshot!(case.fail(1, &WANTED), @"
    error: docker-credential-secretservice, which ~/.docker/config.json names for ghcr.io, is not on PATH, and the Secret Service, read directly, cannot be reached: there is no session bus

    hint: run the command in the desktop session, or where DBUS_SESSION_BUS_ADDRESS is set (sudo, ssh and cron drop it)
    ");
    // Also where a helper takes it for "nothing stored".
    let case = case.helper(
        "secretservice",
        indoc! {"
            get *
              stdout credentials not found in native keychain
              exit 1
        "},
    );
    let stderr = case.fail(1, &WANTED);
    assert!(
        stderr.contains("found nothing, and the Secret Service, read directly, cannot be reached"),
        "{stderr}"
    );
}
