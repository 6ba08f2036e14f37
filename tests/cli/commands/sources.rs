//! `sources`: where credentials can come from, as a table and as JSON.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::{Case, document};

fn helper_case() -> Case {
    Case::new()
        .config(r#"{"auths":{"ghcr.io":{}},"credsStore":"x","credHelpers":{"quay.io":"y"}}"#)
        .helper(
            "x",
            indoc! {r#"
                list unused
                  stdout {"ghcr.io":"jane","https://index.docker.io/v1/refresh-token":"jane"}
                get ghcr.io
                  stdout {"Username":"jane","Secret":"hunter2"}
            "#},
        )
        .helper(
            "y",
            indoc! {"
                get *
                  stdout credentials not found in native keychain
                  exit 1
            "},
        )
        .file(
            "home/.config/containers/auth.json",
            r#"{"auths":{"quay.io/org":{"auth":"b3JnOmh1bnRlcjM="}}}"#,
        )
        .secret("hunter2")
        .secret("hunter3")
}

#[test]
fn registries_are_listed_and_nothing_is_read() {
    let outcome = helper_case().run(&["sources"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_snapshot!(outcome.stdout, @"
    REGISTRY      FROM
    ghcr.io       docker-credential-x (~/.docker/config.json)
    quay.io       docker-credential-y (~/.docker/config.json)
    quay.io/org   ~/.config/containers/auth.json
    ");
    assert_eq!(outcome.calls, ["docker-credential-x list unused"]);
}

#[test]
fn check_reads_each_and_tells_what_it_is_worth() {
    let outcome = helper_case().run(&["sources", "--check"]);
    assert_eq!(outcome.code, 3, "quay.io has nothing: {outcome:?}");
    assert_snapshot!(outcome.stdout, @"
    REGISTRY      USERNAME   KIND       EXPIRES   USABLE   FROM
    ghcr.io       jane       password   -         yes      docker-credential-x (~/.docker/config.json)
    quay.io       -          -          -         no       docker-credential-y (~/.docker/config.json)
    quay.io/org   org        password   -         yes      ~/.config/containers/auth.json
    ");
    assert!(outcome.stderr.contains("error: no credential for quay.io"), "{}", outcome.stderr);
}

#[test]
fn the_json_says_null_for_what_was_not_looked_at() {
    let outcome = helper_case().run(&["sources", "-o", "json"]);
    assert_eq!(
        document(&outcome.stdout)["entries"][0],
        serde_json::json!({
            "registry": "ghcr.io", "key": "ghcr.io", "username": null, "kind": null,
            "expiresAt": null, "usable": null, "problems": [],
            "origin": "docker-credential-x (~/.docker/config.json)"
        })
    );
    let checked = helper_case().run(&["sources", "--check", "-o", "json"]);
    let entries = &document(&checked.stdout)["entries"];
    assert_eq!(entries[0]["usable"], true);
    assert_eq!(entries[0]["username"], "jane");
    assert_eq!(entries[1]["problems"][0]["code"], "empty-credential");
    assert_eq!(entries[1]["problems"][0]["hint"], "log in: docker login quay.io");
}

#[test]
fn kinds_and_expiry_are_told() {
    let case = Case::new().logins(&[
        ("a.example.com", "u", "e30.eyJleHAiOjQwMDAwMDAwMDB9.c2ln"),
        ("b.example.com", "u", "e30.eyJleHAiOjEwMDAwMDAwMDB9.c2ln"),
        ("c.example.com", "<token>", "hunter2"),
    ]);
    let outcome = case.run(&["sources", "--check", "-o", "json"]);
    assert_eq!(outcome.code, 3);
    let entries = &document(&outcome.stdout)["entries"];
    assert_eq!(
        (&entries[0]["kind"], &entries[0]["expiresAt"]),
        (&"jwt".into(), &"2096-10-02T07:06:40Z".into())
    );
    assert_eq!(entries[1]["problems"][0]["code"], "expired");
    assert_eq!(entries[2]["kind"], "identity-token");
    assert_eq!(entries[2]["problems"][0]["code"], "identity-token");
}

#[test]
fn what_cannot_be_listed_is_told_beside_the_rest() {
    let case = Case::new().config(r#"{"credsStore":"x","credHelpers":{"quay.io":"y"}}"#).helper(
        "x",
        indoc! {"
            list unused
              stdout boom
              exit 1
        "},
    );
    let outcome = case.run(&["sources"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("quay.io"), "{outcome:?}");
    assert!(outcome.stderr.contains("failed (exit status 1): boom"), "{outcome:?}");
    let stderr = Case::new().fail(3, &["sources"]);
    assert!(stderr.starts_with("error: no credential for any registry\n"), "{stderr}");
}
