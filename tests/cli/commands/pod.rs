//! `pod`: the Pod of the Kubernetes page, its Secret, and which of the two is written.

use indoc::{formatdoc, indoc};
use insta::assert_snapshot;

use crate::support::Case;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/docker/config.json");

fn one_login() -> Case {
    Case::new().logins(&[("reg.example.com", "jane", "hunter2")])
}

fn output(case: &Case, arguments: &[&str]) -> String {
    let outcome = case.run(arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout
}

fn kubectl(script: &str) -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script)
}

fn two_logins() -> Case {
    Case::new().logins(&[
        ("a.example.com", "u", "hunter2"),
        ("b.example.com", "u", "hunter3"),
        ("c.example.com", "u", "hunter4"),
    ])
}

const POD: &str = indoc! {"
    kind: Pod
    spec: {containers: [{image: a.example.com/x}], initContainers: [{image: b.example.com/y}]}
"};

#[test]
fn the_pod_is_the_one_of_the_kubernetes_page() {
    let image = "your.private.registry.example.com/janedoe/jdoe-private:v1";
    let stdout =
        output(&Case::new(), &["pod", "private-reg", "--image", image, "--authfile", EXAMPLE]);
    let (secret, pod) = stdout.split_once("---\n").unwrap();
    assert!(secret.contains("\n  name: regcred\n"));
    assert_eq!(
        pod,
        formatdoc! {"
            apiVersion: v1
            kind: Pod
            metadata:
              name: private-reg
            spec:
              containers:
              - name: private-reg-container
                image: {image}
              imagePullSecrets:
              - name: regcred
        "}
    );
}

#[test]
fn an_existing_secret_is_only_referred_to() {
    let stdout = output(
        &Case::new(),
        &[
            "pod",
            "web",
            "--image",
            "reg.example.com/app",
            "--existing-secret",
            "one",
            "--existing-secret",
            "two",
        ],
    );
    assert!(stdout.starts_with("apiVersion: v1\nkind: Pod\n"));
    assert!(stdout.ends_with("  imagePullSecrets:\n  - name: one\n  - name: two\n"));
}

#[test]
fn the_secrets_name_is_the_pods_reference() {
    let stdout = output(
        &one_login(),
        &["pod", "web", "--image", "reg.example.com/app", "--secret-name", "mine"],
    );
    assert!(stdout.contains("\n  name: mine\n"));
    assert!(stdout.ends_with("  imagePullSecrets:\n  - name: mine\n"));
}

#[test]
fn a_pod_with_several_images_gets_the_one_secret_they_need() {
    let case = Case::new().logins(&[
        ("a.example.com", "u", "hunter2"),
        ("b.example.com", "u", "hunter3"),
        ("c.example.com", "u", "hunter4"),
    ]);
    let stdout = output(
        &case,
        &["pod", "web.v1", "--image", "a.example.com/x", "--image", "b.example.com/y"],
    );
    let keys: Vec<String> = crate::support::entries(&stdout).into_keys().collect();
    assert_eq!(keys, ["a.example.com", "b.example.com"]);
    assert!(stdout.contains(
        "- name: web-v1-container\n    image: a.example.com/x\n  - name: web-v1-container-2\n"
    ));
}

#[test]
fn a_pod_is_applied_after_its_secret() {
    let case = kubectl(indoc! {"
        get ...
          exit 0
        apply ...
          exit 0
    "});
    let outcome = case.run(&["pod", "web", "--image", "ghcr.io/a/b", "--apply", "-n", "x"]);
    assert_snapshot!(outcome.stdout, @"
    secret/regcred created in namespace x
    pod/web applied in namespace x
    ");
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert!(manifest.starts_with("apiVersion: v1\nkind: Pod\n"));
    let existing = ["pod", "web", "--image", "ghcr.io/a/b", "--existing-secret", "mine", "--apply"];
    assert_eq!(case.run(&existing).stdout, "pod/web applied\n");
}

#[test]
fn a_pods_secret_serves_the_images_of_manifests_too() {
    let case = two_logins().file("work/pod.yaml", POD);
    let outcome = case.run(&["pod", "web", "--image", "c.example.com/z", "-f", "pod.yaml"]);
    assert_eq!(crate::support::entries(&outcome.stdout).len(), 3);
    assert_eq!(outcome.stdout.matches("  - name: web-container").count(), 1);
}
