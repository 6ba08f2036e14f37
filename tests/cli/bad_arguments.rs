//! Command lines that cannot be carried out, and what a person is told.

use indoc::formatdoc;
use insta::assert_snapshot;

use crate::support::Case;

fn one_login() -> Case {
    Case::new().logins(&[("ghcr.io", "u", "hunter2")])
}

#[test]
fn a_password_as_an_argument_is_refused_and_not_repeated() {
    for (argument, flag) in [
        ("--password=hunter2", "--password"),
        ("--docker-password=hunter2", "--docker-password"),
        ("-phunter2", "-p"),
        ("--token=hunter2", "--token"),
        ("--passwrd=hunter2", "a flag for a password"),
    ] {
        assert_eq!(
            Case::new().secret("hunter2").fail(2, &["secret", argument]),
            formatdoc! {"
                error: {flag} is not supported: a password on the command line stays in the shell's history and shows in the process list

                hint: leave the password out to be asked for it, or pipe it: --username USER --password-stdin <token.txt
            "}
        );
    }
    for arguments in [["--password", "hunter2"], ["-p", "hunter2"], ["--passwrd", "hunter2"]] {
        let _ = Case::new().secret("hunter2").fail(2, &["secret", arguments[0], arguments[1]]);
    }
    let stray = ["secret", "regcred", "--username", "u", "--password-stdin", "hunter2"];
    let stderr = Case::new().secret("hunter2").fail(2, &stray);
    assert!(stderr.contains("--password-stdin takes no value"), "{stderr}");
}

#[test]
fn a_password_in_another_flag_is_not_repeated() {
    let case = Case::new().secret("hunter2");
    let stderr = case.fail(2, &["secret", "--registry", "ghcr.io", "--username", "jane:hunter2"]);
    assert!(stderr.contains("--username cannot be used: it holds a colon"), "{stderr}");
    let stderr = case.fail(2, &["secret", "--registry", "https://jane:hunter2@ghcr.io/"]);
    assert!(
        stderr.starts_with("error: `ghcr.io/` is not a registry: it holds a user name"),
        "{stderr}"
    );
    assert!(stderr.contains("hint: give the user name with its own option"), "{stderr}");
}

#[test]
fn what_is_no_registry_is_refused_with_its_reason() {
    for (registry, reason) in [
        ("", "it is empty"),
        ("ftp://ghcr.io", "only `https://` and `http://` can stand before a registry"),
        ("gh\u{202e}cr.io", "it holds a space, a control character or a character outside ASCII"),
        ("ghcr.io\n", "it holds a space"),
        ("ghcr.io:99999", "its port is not a number from 1 to 65535"),
        ("*.example.com", "its host is neither a host name nor an IP address"),
        ("myregistry", "it has neither a dot nor a port"),
        ("ghcr.io/Org", "its path is not a lower-case repository path"),
    ] {
        let stderr = one_login().fail(2, &["secret", "--registry", registry]);
        assert!(stderr.contains(&format!("is not a registry: {reason}")), "{stderr}");
        assert!(stderr.ends_with(
            "hint: write the registry as HOST[:PORT][/PATH], for example --registry ghcr.io\n"
        ));
        assert!(!stderr.contains('\u{202e}'), "{stderr:?}");
    }
}

#[test]
fn what_is_no_image_is_refused_with_its_reason() {
    for (image, reason) in [
        ("ghcr.io/Jane/App", "repository names are lower case"),
        ("https://ghcr.io/app", "an image has no scheme such as `https://`"),
        ("ghcr.io/app:", "its tag is not made of"),
        ("ghcr.io/app@sha256:12", "its digest is not"),
        ("ghcr.io:https/app", "its registry is neither a host name nor an IP address"),
        ("ghcr.io/app v1", "it holds a space or a control character"),
    ] {
        for arguments in [vec!["secret", "--image", image], vec!["pod", "web", "--image", image]] {
            let stderr = one_login().fail(2, &arguments);
            assert!(stderr.contains(&format!("`{image}` is not an image: {reason}")), "{stderr}");
        }
    }
}

#[test]
fn names_that_the_api_server_would_refuse_are_refused() {
    let image = ["--image", "ghcr.io/app"];
    let long = "a".repeat(60);
    for (arguments, problem) in [
        (
            vec!["secret", "Bad_Name"],
            "Secret name `Bad_Name` is not valid: up to 253 lower-case letters",
        ),
        (vec!["secret", "-n", "a.b"], "namespace `a.b` is not valid: up to 63 lower-case letters"),
        (vec!["secret", "--labels", "a"], "label `a` is not valid: written as KEY=VALUE"),
        (vec!["secret", "--labels=-a=b"], "label key `-a` is not valid"),
        (vec!["secret", "--labels", "a=b c"], "label value `b c` is not valid"),
        (vec!["secret", "--labels", "a=b,a=c"], "label `a` is not valid: one value for each key"),
        (vec!["secret", "--annotations", "a b=c"], "annotation key `a b` is not valid"),
        (vec!["pod", "Bad_Name", image[0], image[1]], "Pod name `Bad_Name` is not valid"),
        (vec!["pod", &long, image[0], image[1]], "-container` is not valid: up to 63"),
        (
            vec!["pod", "web", "--secret-name", "x y", image[0], image[1]],
            "Secret name `x y` is not valid",
        ),
        (
            vec!["pod", "web", "--existing-secret", "X", image[0], image[1]],
            "Secret name `X` is not valid",
        ),
    ] {
        let stderr = one_login().fail(2, &arguments);
        assert!(stderr.contains(problem), "{stderr}");
    }
}

#[test]
fn more_than_a_secret_holds_is_refused() {
    let password = "p".repeat(700_000);
    let case = Case::new().stdin(password);
    let stderr =
        case.fail(1, &["secret", "--registry", "ghcr.io", "--username", "u", "--password-stdin"]);
    assert!(stderr.contains("bytes, and the API server accepts 1048576"), "{stderr}");
}

#[test]
fn standard_input_cannot_be_wanted_twice() {
    let stderr = Case::new().fail(2, &["secret", "--authfile", "-", "--password-stdin"]);
    assert_snapshot!(stderr, @"
    error: standard input cannot be used for both --password-stdin and --authfile

    hint: give --authfile the path of a file
    ");
}

#[test]
fn what_is_missing_is_told_where_nobody_can_be_asked() {
    for (arguments, problem, hint) in [
        (
            vec!["secret", "--username", "u", "--password-stdin"],
            "--username and --password-stdin need a registry",
            "--registry HOST",
        ),
        (
            vec!["secret", "--registry", "ghcr.io", "--password-stdin"],
            "--password-stdin needs a user name",
            "--username USER",
        ),
        (
            vec!["secret", "--registry", "ghcr.io", "--username", "u"],
            "--username needs a password, and there is no terminal to ask on",
            "pipe it: --password-stdin <token.txt",
        ),
        (vec!["pod"], "a Pod needs a name", "kubectl regcred pod NAME --image REFERENCE"),
        (vec!["pod", "web"], "a Pod needs an image", "name it: --image REFERENCE"),
        (
            vec!["secret", "--registry", "ghcr.io", "--registry", "quay.io", "--username", "u"],
            "--username and --password-stdin are for one registry, and several were named",
            "name one: --registry HOST",
        ),
    ] {
        let stderr = Case::new().fail(2, &arguments);
        assert_eq!(stderr, format!("error: {problem}\n\nhint: {hint}\n"));
    }
}

#[test]
fn a_piped_password_that_cannot_be_used_is_refused() {
    let wanted = ["secret", "--registry", "ghcr.io", "--username", "u", "--password-stdin"];
    for (stdin, reason) in [
        (&b""[..], "it is empty"),
        (b"\n", "it is empty"),
        (b"hunter2\xff", "it is not UTF-8 text"),
    ] {
        let stderr = Case::new().stdin(stdin).secret("hunter2").fail(1, &wanted);
        assert_eq!(
            stderr,
            format!("error: cannot read the password on standard input: {reason}\n")
        );
    }
    let stderr = Case::new().stdin("hunter2\0").secret("hunter2").fail(3, &wanted);
    assert!(stderr.contains("its password holds control characters"), "{stderr}");
}

#[test]
fn flags_that_exclude_each_other_are_usage_errors() {
    for arguments in [
        vec!["secret", "--username", "u", "--all"],
        vec!["secret", "--username", "u", "--authfile", "x"],
        vec!["secret", "--allow-helpers"],
        vec!["secret", "--source", "somewhere"],
        vec!["secret", "-o", "xml"],
        vec!["secret", "--dry-run=server"],
        vec!["pod", "web", "--image", "ghcr.io/app", "--existing-secret", "x", "--all"],
        vec!["nothing"],
    ] {
        let stderr = one_login().fail(2, &arguments);
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[test]
fn kubectls_user_flag_is_answered_with_ours() {
    let stderr = one_login().fail(2, &["secret", "--user", "jane"]);
    assert!(stderr.contains("--username"), "{stderr}");
}

#[test]
fn without_a_command_the_usage_is_shown() {
    let outcome = Case::new().run(&[]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (2, ""), "{outcome:#?}");
    let usage = "Usage: kubectl regcred [OPTIONS] <COMMAND>";
    assert!(outcome.stdout.contains(usage), "{outcome:#?}");
}

#[test]
fn help_shows_every_flag_and_speaks_as_a_plugin() {
    for (command, flags) in [
        (
            "secret",
            vec![
                "--registry",
                "--image",
                "--all",
                "--username",
                "--password-stdin",
                "--source",
                "--authfile",
                "--ignore-helpers",
                "--allow-helpers",
                "--namespace",
                "--labels",
                "--annotations",
                "--email",
                "--output",
                "--dry-run",
                "--verbose",
            ],
        ),
        ("pod", vec!["--image", "--secret-name", "--existing-secret"]),
    ] {
        let outcome = Case::new().run(&[command, "--help"]);
        assert_eq!(outcome.code, 0);
        assert!(outcome.stdout.contains(&format!("Usage: kubectl regcred {command} ")));
        for flag in flags {
            assert!(outcome.stdout.contains(flag), "{flag}");
        }
    }
}
