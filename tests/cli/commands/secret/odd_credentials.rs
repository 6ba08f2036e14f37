//! Credentials that a registry will hardly take, as they are in people's files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Case, Outcome};

/// A docker config with one entry, whose `auth` is of this user and password.
fn config(registry: &str, login: &str) -> String {
    json!({"auths": {registry: {"auth": STANDARD.encode(login)}}}).to_string()
}

fn run(registry: &str, login: &str, arguments: &[&str]) -> Outcome {
    Case::new().stdin(config(registry, login)).run(arguments)
}

const FROM_FILE: &[&str] = &["secret", "--from-file", "-", "-o", "name", "--dry-run=client"];
const INSPECT: &[&str] = &["inspect", "-f", "-"];

#[test]
fn white_space_at_both_ends_is_warned_of() {
    let login = "user123: pass123\n";
    assert_snapshot!(run("reg.example", login, FROM_FILE), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    warning: reg.example: the password begins with a space and ends with a newline: the registry will probably refuse it; take the white space away
    reg.example: user123, from standard input
    ");
    assert_snapshot!(run("reg.example", login, INSPECT), @"
    exit code 0
    --- stdout
    REGISTRY      USERNAME   KIND       EXPIRES   USABLE   FROM
    reg.example   user123    password   -         yes      standard input

    reg.example: the password begins with a space and ends with a newline: the registry will probably refuse it
      hint: take the white space away
    ");
    assert_snapshot!(run("reg.example", "jane :\tpass123 ", INSPECT), @"
    exit code 0
    --- stdout
    REGISTRY      USERNAME   KIND       EXPIRES   USABLE   FROM
    reg.example   jane       password   -         yes      standard input

    reg.example: the user name ends with a space: the registry will probably refuse it
      hint: take the white space away

    reg.example: the password begins with a tab and ends with a space: the registry will probably refuse it
      hint: take the white space away
    ");
}

#[test]
fn a_robots_name_that_the_shell_cut_is_warned_of() {
    assert_snapshot!(run("harbor.example", "robot:s3cret1", FROM_FILE), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    warning: harbor.example: Harbor's robots are called robot$NAME: this user name looks cut off by the shell; log in again, with the user name in single quotes
    harbor.example: robot, from standard input
    ");
    assert_snapshot!(run("harbor.example", "robot+ci:s3cret1", INSPECT), @"
    exit code 0
    --- stdout
    REGISTRY         USERNAME   KIND       EXPIRES   USABLE   FROM
    harbor.example   robot+ci   password   -         yes      standard input

    harbor.example: Harbor's robots are called robot$PROJECT+NAME: the shell seems to have taken $PROJECT for a variable
      hint: log in again, with the user name in single quotes
    ");
    let token = "A1B2C3D4".repeat(8);
    assert_snapshot!(run("quay.io", &format!("acme:{token}"), INSPECT), @"
    exit code 0
    --- stdout
    REGISTRY   USERNAME   KIND       EXPIRES   USABLE   FROM
    quay.io    acme       password   -         yes      standard input

    quay.io: this is the token of a robot of Quay, whose user is NAMESPACE+ROBOT with the plus
      hint: write the whole name, as Quay shows it
    ");
}

#[test]
fn placeholders_are_refused() {
    assert_snapshot!(run("reg.example", "jane:-", FROM_FILE), @"
    exit code 3
    --- stderr
    error: the credential for reg.example from standard input cannot be used in a pull Secret: the password is a placeholder: a dash, and nothing was read from standard input

    hint: log in again: docker login reg.example
    ");
    assert_snapshot!(run("reg.example", "jane:${{ secrets.TOKEN }}", INSPECT), @"
    exit code 3
    --- stdout
    REGISTRY      USERNAME   KIND       EXPIRES   USABLE   FROM
    reg.example   jane       password   -         no       standard input

    reg.example: the password is a placeholder: an expression of a template that was not rendered
      hint: log in again: docker login reg.example
    --- stderr
    1 problem found
    ");
    for password in
        ["$TOKEN", "<token>", "REDACTED", "xxxxxxxx", "****", "/dev/stdin", "changeme", "null"]
    {
        let outcome = run("reg.example", &format!("jane:{password}"), FROM_FILE);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{password}: {outcome:?}");
        assert!(outcome.stderr.contains("the password is a placeholder: "), "{outcome:?}");
        assert!(!outcome.stderr.contains(password), "never quoted: {outcome:?}");
    }
    let login = Case::new().stdin("$TOKEN\n").run(&[
        "login",
        "reg.example",
        "--username",
        "jane",
        "--password-stdin",
    ]);
    assert_snapshot!(login, @"
    exit code 3
    --- stderr
    error: the credential for reg.example from standard input cannot be used in a pull Secret: the password is a placeholder: a variable or command that the shell did not replace

    hint: log in again: docker login reg.example
    ");
}

#[test]
fn what_a_registry_takes_is_said_where_the_user_is_another() {
    assert_snapshot!(run("cp.icr.io", "jane:s3cret1", FROM_FILE), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    warning: cp.icr.io: cp.icr.io takes the user cp with an entitlement key; log in again as that user
    cp.icr.io: jane, from standard input
    ");
    assert_snapshot!(run("ghcr.io", "jane:github_pat_11ABC", FROM_FILE), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    warning: ghcr.io: a fine-grained token of GitHub may log in to ghcr.io, and may not pull from there; take a classic personal access token with read:packages alone
    ghcr.io: jane, from standard input
    ");
    // The form of an App's token since 2026.
    let token = format!("ghs_12345_eyJhbGciOiJSUzI1NiJ9.{}.x", "e30");
    assert_snapshot!(run("ghcr.io", &format!("x-access-token:{token}"), FROM_FILE), @"
    exit code 0
    --- stdout
    secret/regcred
    --- stderr
    warning: ghcr.io: the token of a GitHub App ends within the hour, and may log in to ghcr.io without being allowed to pull: Pods that start later cannot pull; take a classic personal access token with read:packages alone
    ghcr.io: x-access-token, from standard input
    ");
}
