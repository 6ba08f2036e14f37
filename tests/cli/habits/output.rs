//! How much is printed, and in which format.

use indoc::{formatdoc, indoc};

use super::{POD, one_login};
use crate::support::{Case, entries};

#[test]
fn quiet_leaves_data_warnings_and_errors() {
    let outcome = one_login().run(&["secret", "-q"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:#?}");
    assert!(entries(&outcome.stdout).contains_key("ghcr.io"));
    assert_ne!(one_login().run(&["secret"]).stderr, "");
    let case = || one_login().file("work/pod.yaml", POD);
    assert_eq!(case().run(&["inject", "pod.yaml", "--quiet"]).stderr, "");
    let registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let short_lived = Case::new().logins(&[(registry, "AWS", "hunter2")]).run(&["-q", "secret"]);
    assert!(short_lived.stderr.starts_with("warning: "), "{short_lived:#?}");
    assert_eq!(short_lived.stderr.lines().count(), 1, "{short_lived:#?}");
    let arguments = ["secret", "--registry", "quay.io"];
    let failed = one_login().fail(3, &arguments);
    assert_eq!(one_login().fail(3, &[&arguments[..], &["-q"]].concat()), failed);
    one_login().fail(2, &["secret", "-q", "-v"]);
}

#[test]
fn tables_can_do_without_headers() {
    let value =
        "eyJhdXRocyI6eyJnaGNyLmlvIjp7InVzZXJuYW1lIjoiamFuZSIsInBhc3N3b3JkIjoiaHVudGVyMiJ9fX0=";
    let secret = format!(
        r#"{{"items":[{{"metadata":{{"name":"a","namespace":"b","resourceVersion":"7"}},"type":"kubernetes.io/dockerconfigjson","data":{{".dockerconfigjson":"{value}"}}}}]}}"#
    );
    let secrets = "get --raw=/api/v1/secrets?fieldSelector=type%3Dkubernetes%2Eio%2F";
    let script = formatdoc! {r#"
        {secrets}dockerconfigjson *
          stdout {secret}
        {secrets}dockercfg *
          stdout {{"items":[]}}
        get --raw=/api/v1/pods *
          stdout {{"items":[]}}
        get --raw=/api/v1/serviceaccounts *
          stdout {{"items":[]}}
    "#};
    let config = r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}}}"#;
    let case = || one_login().file("work/config.json", config).program("kubectl", &script);
    for (arguments, header) in [
        (&["sources"][..], "REGISTRY"),
        (&["sources", "--check"], "REGISTRY"),
        (&["inspect", "-f", "config.json"], "REGISTRY"),
        (&["list", "-A"], "NAMESPACE"),
        (&["list", "-A", "-o", "wide"], "NAMESPACE"),
    ] {
        let with = case().run(arguments);
        let without = case().run(&[arguments, &["--no-headers"]].concat());
        assert_eq!((without.code, &without.stderr), (with.code, &with.stderr), "{with:#?}");
        assert!(with.stdout.starts_with(header), "{arguments:?}: {with:#?}");
        assert!(!without.stdout.contains(header), "{arguments:?}: {without:#?}");
        assert_eq!(without.stdout.lines().count() + 1, with.stdout.lines().count(), "{without:#?}");
    }
}

#[test]
fn verify_can_do_without_headers_and_answers_in_yaml() {
    let registry = crate::support::fake_registry::start("jane", "hunter2");
    let case = Case::new().logins(&[(&registry, "jane", "hunter2")]).secret("hunter2");
    let outcome = case.run(&["verify", "--registry", &registry, "--no-headers"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.starts_with(&registry), "{outcome:#?}");
    let json = case.run(&["verify", "--registry", &registry, "-o", "json"]).stdout;
    let yaml = case.run(&["verify", "--registry", &registry, "-o", "yaml"]).stdout;
    assert_same(&json, &yaml);
}

fn assert_same(json: &str, yaml: &str) {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let read: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    assert_eq!(read, json);
    assert!(!yaml.starts_with('{'), "{yaml}");
}

#[test]
fn commands_that_look_answer_in_yaml_what_they_answer_in_json() {
    let secret = indoc! {"
        kind: Secret
        metadata: {name: a}
        type: kubernetes.io/dockerconfigjson
        data:
          .dockerconfigjson: eyJhdXRocyI6eyJnaGNyLmlvIjp7InVzZXJuYW1lIjoiamFuZSIsInBhc3N3b3JkIjoiaHVudGVyMiJ9fX0=
    "};
    let case = || {
        one_login()
            .file("work/secret.yaml", secret)
            .program("kubectl", "get ...\n  stdout {\"items\":[]}\n")
    };
    for arguments in [
        &["sources"][..],
        &["sources", "--check"],
        &["inspect", "-f", "secret.yaml"],
        &["list"],
        &["diagnose", "--image", "ghcr.io/a/b", "-f", "secret.yaml"],
        &["diagnose", "--image", "quay.io/a/b", "-f", "secret.yaml"],
    ] {
        let json = case().run(&[arguments, &["-o", "json"]].concat());
        let yaml = case().run(&[arguments, &["-o", "yaml"]].concat());
        assert_eq!((yaml.code, &yaml.stderr), (json.code, &json.stderr), "{arguments:?}");
        assert_same(&json.stdout, &yaml.stdout);
    }
}
