//! Docker's configuration, its helpers and its stores, and which of them decides.

use indoc::{formatdoc, indoc};

use crate::support::{Case, expected};

#[test]
fn a_plain_login_is_found_and_its_origin_said() {
    let case = Case::new().logins(&[("ghcr.io", "janedoe", "hunter2")]);
    let (entries, stderr) = case.entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "janedoe", "hunter2")]));
    assert_eq!(stderr, "ghcr.io: janedoe, from ~/.docker/config.json\n");
}

#[test]
fn a_credentials_store_is_asked_for_what_the_file_does_not_hold() {
    let case = Case::new()
        .config(r#"{"auths":{"ghcr.io":{}},"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"ServerURL":"ghcr.io","Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let outcome = case.run(&["secret", "--registry", "ghcr.io"]);
    assert_eq!(crate::support::entries(&outcome.stdout), expected(&[("ghcr.io", "u", "hunter2")]));
    assert_eq!(outcome.stderr, "ghcr.io: u, from docker-credential-x (~/.docker/config.json)\n");
    assert_eq!(outcome.calls, ["docker-credential-x get ghcr.io"]);
}

#[test]
fn only_the_helper_of_the_wanted_registry_is_asked() {
    let case = Case::new()
        .config(r#"{"credHelpers":{"ghcr.io":"a","quay.io":"b"},"credsStore":"c"}"#)
        .helper(
            "a",
            indoc! {r#"
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .helper("b", "get *\n  do hang\n")
        .helper(
            "c",
            indoc! {"
                get *
                  do hang
                list unused
                  do hang
            "},
        )
        .secret("hunter2");
    let outcome = case.run(&["secret", "--image", "ghcr.io/janedoe/app:v1"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.calls, ["docker-credential-a get ghcr.io"]);
}

#[test]
fn the_spelling_that_a_store_keeps_is_found_through_its_list() {
    let case = Case::new().config(r#"{"credsStore":"x"}"#).secret("hunter2").helper(
        "x",
        indoc! {r#"
            get http://reg.example.com/v2/
              stdout {"Username":"u","Secret":"hunter2"}
            list unused
              stdout {"http://reg.example.com/v2/":"u"}
        "#},
    );
    let (entries, stderr) = case.entries(&["secret", "--registry", "reg.example.com"]);
    assert_eq!(entries, expected(&[("reg.example.com", "u", "hunter2")]));
    assert!(stderr.contains("has it as http://reg.example.com/v2/"), "{stderr}");
}

#[test]
fn labels_of_the_secret_service_are_listed_as_registries() {
    let case = Case::new().config(r#"{"credsStore":"secretservice"}"#).secret("hunter2").helper(
        "secretservice",
        indoc! {r#"
            list unused
              stdout {"Registry credentials for ghcr.io":"u","Registry credentials for https://index.docker.io/v1/refresh-token":"u"}
            get ghcr.io
              stdout {"Username":"u","Secret":"hunter2"}
        "#},
    );
    let outcome = case.run(&["secret"]);
    assert_eq!(crate::support::entries(&outcome.stdout), expected(&[("ghcr.io", "u", "hunter2")]));
    // The session key of Docker Hub was not even asked for.
    assert_eq!(
        outcome.calls,
        [
            "docker-credential-secretservice list unused",
            "docker-credential-secretservice get ghcr.io"
        ]
    );
}

#[test]
fn session_keys_of_docker_hub_are_never_written() {
    let case = Case::new().logins(&[
        ("https://index.docker.io/v1/", "hubuser", "hubpat"),
        ("https://index.docker.io/v1/access-token", "hubuser", "session1"),
        ("https://index.docker.io/v1/refresh-token", "hubuser", "session2"),
    ]);
    let (entries, _) = case.entries(&["secret", "--all"]);
    assert_eq!(entries, expected(&[("https://index.docker.io/v1/", "hubuser", "hubpat")]));
}

#[test]
fn a_web_login_without_its_credential_is_told() {
    let case =
        Case::new().logins(&[("https://index.docker.io/v1/refresh-token", "hubuser", "session2")]);
    let stderr = case.fail(3, &["secret", "--image", "nginx"]);
    assert!(stderr.contains("only session tokens of a web login"), "{stderr}");
    assert!(
        stderr
            .ends_with("hint: log in with a personal access token: docker login --username USER\n")
    );
    let _ = case.fail(3, &["secret", "--all"]);
}

#[test]
fn a_token_that_is_the_user_name_too_is_not_shown() {
    let token = "dop_v1_hunter2";
    let case = Case::new().logins(&[("registry.digitalocean.com", token, token)]);
    let (entries, stderr) = case.entries(&["secret", "-v"]);
    assert_eq!(entries, expected(&[("registry.digitalocean.com", token, token)]));
    assert!(stderr.contains("registry.digitalocean.com: (hidden), from"), "{stderr}");
}

#[test]
fn the_default_store_is_detected_where_nothing_is_configured() {
    let case = Case::new()
        .helper(
            "secretservice",
            indoc! {r#"
                list unused
                  stdout {"ghcr.io":"u"}
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let (entries, stderr) = case.entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
    assert_eq!(stderr, "ghcr.io: u, from docker-credential-secretservice (docker's default)\n");
}

#[test]
fn a_default_store_that_is_not_there_is_no_failure() {
    let case = Case::new().helper(
        "secretservice",
        indoc! {"
            list unused
              stdout Cannot autolaunch D-Bus without X11 $DISPLAY
              exit 1
        "},
    );
    assert!(case.fail(3, &["secret"]).starts_with("error: no credential for any registry"));
}

#[test]
fn docker_config_names_the_folder() {
    let case = Case::new()
        .file("other/config.json", r#"{"auths":{"ghcr.io":{"username":"u","password":"hunter2"}}}"#)
        .secret("hunter2");
    let folder = case.path("other").display().to_string();
    let case = case.variable("DOCKER_CONFIG", folder);
    let (entries, _) = case.entries(&["secret"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
}

#[test]
fn docker_config_that_names_a_file_is_told() {
    let case = Case::new().file("other.json", "{}");
    let file = case.path("other.json").display().to_string();
    let stderr = case.variable("DOCKER_CONFIG", file).fail(3, &["secret"]);
    assert!(stderr.contains("DOCKER_CONFIG names a file, not a folder"), "{stderr}");
}

#[test]
fn the_variable_counts_before_the_file() {
    let case = Case::new()
        .logins(&[("ghcr.io", "file", "hunter2")])
        .variable("DOCKER_AUTH_CONFIG", r#"{"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"}}}"#)
        .secret("envpass");
    let (entries, stderr) = case.entries(&["secret", "--registry", "ghcr.io"]);
    assert_eq!(entries, expected(&[("ghcr.io", "envuser", "envpass")]));
    assert_eq!(stderr, "ghcr.io: envuser, from DOCKER_AUTH_CONFIG\n");
}

#[test]
fn the_variable_is_read_with_gos_rules() {
    for variable in [
        r#"{"AUTHS":{"ghcr.io":{"AUTH":"b2xkOm9sZA==","Auth":"ZW52dXNlcjplbnZwYXNz"}}}"#,
        r#"{"auths":{"x.io":{}},"authſ":null,"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"}}}"#,
    ] {
        let case = Case::new().variable("DOCKER_AUTH_CONFIG", variable).secret("envpass");
        let (_, stderr) = case.entries(&["secret", "--registry", "ghcr.io"]);
        assert_eq!(stderr, "ghcr.io: envuser, from DOCKER_AUTH_CONFIG\n", "{variable}");
    }
    for variable in [
        r#"{"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz","authority":1}}}"#,
        r#"{"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"}},"author":{}}"#,
        r#"{"auths":{"ghcr.io":{"auth":7,"auth":"ZW52dXNlcjplbnZwYXNz"},"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"}}}"#,
        r#"{"auths":{"ghcr.io":{"auth":"ZW52dXNlcjplbnZwYXNz"},"x.io":null}}"#,
    ] {
        let case = Case::new().variable("DOCKER_AUTH_CONFIG", variable).secret("envpass");
        let (_, stderr) = case.entries(&["secret", "--registry", "ghcr.io"]);
        assert!(stderr.contains("has a form that docker ignores"), "{variable}: {stderr}");
    }
}

#[test]
fn helpers_are_named_and_answer_in_any_case() {
    let case = Case::new()
        .config(r#"{"CREDHELPERS":{"ghcr.io":"old"},"credHelperſ":{"ghcr.io":"x"}}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"USERNAME":"u","Secret":"old","ſecret":"hunter2","secret":null}
            "#},
        )
        .secret("hunter2");
    let (entries, _) = case.entries(&["secret", "--registry", "ghcr.io"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
}

#[test]
fn the_richer_form_of_the_variable_is_read_with_a_word() {
    let case = Case::new()
        .variable("DOCKER_AUTH_CONFIG", r#"{"auths":{"https://ghcr.io":{"username":"u","password":"hunter2"}},"credsStore":"x"}"#)
        .secret("hunter2");
    let (entries, stderr) = case.entries(&["secret", "--registry", "ghcr.io"]);
    assert_eq!(entries, expected(&[("ghcr.io", "u", "hunter2")]));
    assert!(
        stderr.contains("warning: DOCKER_AUTH_CONFIG has a form that docker ignores"),
        "{stderr}"
    );
}

#[test]
fn a_broken_variable_is_ignored_as_by_docker() {
    let case = Case::new()
        .logins(&[("ghcr.io", "u", "hunter2")])
        .variable("DOCKER_AUTH_CONFIG", "{\"auths\":{\"ghcr.io\":");
    let (_, stderr) = case.entries(&["secret"]);
    assert!(stderr.contains("DOCKER_AUTH_CONFIG ends in the middle of its JSON"), "{stderr}");
}

#[test]
fn helpers_do_not_see_the_variable_with_credentials() {
    let case = Case::new()
        .config(r#"{"credHelpers":{"ghcr.io":"x"}}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .variable("DOCKER_AUTH_CONFIG", r#"{"auths":{}}"#)
        .variable("AWS_PROFILE", "work")
        .secret("hunter2");
    let _ = case.entries(&["secret"]);
    let environment = std::fs::read_to_string(case.path("bin/environment.log")).unwrap();
    assert!(environment.contains("AWS_PROFILE=work\n"));
}

#[test]
fn helpers_of_several_registries_answer_side_by_side() {
    // Each of them answers only once all of them have been asked.
    let mut case = Case::new().secret("hunter2");
    let mut helpers = serde_json::Map::new();
    for n in 0..8 {
        let (name, registry) = (format!("h{n}"), format!("r{n}.example.com"));
        let script = formatdoc! {r#"
            get {registry}
              wait-for-calls 8
              stdout {{"Username":"u","Secret":"hunter2"}}
        "#};
        case = case.helper(&name, &script);
        helpers.insert(registry, name.into());
    }
    let case = case.config(serde_json::json!({"credHelpers": helpers}).to_string());
    let (entries, _) = case.entries(&["secret", "--all"]);
    assert_eq!(entries.len(), 8);
}

#[test]
fn a_cloud_helper_is_not_asked_for_foreign_registries() {
    let case = Case::new()
        .config(r#"{"credsStore":"gcr"}"#)
        .helper(
            "gcr",
            indoc! {r#"
                get *
                  stdout {"Username":"_dcgcr_token","Secret":"ya29.hunter2"}
            "#},
        )
        .secret("ya29.hunter2");
    let stderr = case.fail(3, &["secret", "--registry", "ghcr.io"]);
    assert!(stderr.contains("not asked, since it answers for any registry"), "{stderr}");
    let (entries, _) = case.entries(&["secret", "--registry", "europe-docker.pkg.dev"]);
    assert_eq!(entries.len(), 1);
}

#[test]
fn verbose_says_what_was_asked_and_answered() {
    let case = Case::new()
        .config(r#"{"credsStore":"x"}"#)
        .helper(
            "x",
            indoc! {r#"
                get ghcr.io
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    for level in ["-v", "-v6", "-v=6"] {
        let (_, stderr) = case.entries(&["secret", "--registry", "ghcr.io", level]);
        assert!(stderr.contains("docker-credential-x get ghcr.io: exit status 0"), "{stderr}");
        assert!(stderr.contains("ghcr.io: found in docker-credential-x (~/.docker/config.json)"));
    }
}

#[test]
fn a_helper_is_asked_one_question_until_it_has_answered() {
    // The first answer may unlock the store; after that they are asked side by side.
    let case = Case::new()
        .config(r#"{"credHelpers":{"a.example.com":"x","b.example.com":"x","c.example.com":"x"}}"#)
        .helper(
            "x",
            indoc! {r#"
                get *
                  first-alone-then-wait-for-calls 3
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2");
    let (entries, _) = case.entries(&["secret", "--all"]);
    assert_eq!(entries.len(), 3);
}
