//! Manifests that every command reads alike: custom workloads, and texts whose
//! aliases stand for more than they say.

use indoc::{formatdoc, indoc};

use crate::support::Case;

fn case() -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")])
}

/// Every command that reads manifests from a file, without the file's name.
const READERS: [&[&str]; 6] = [
    &["secret", "-f"],
    &["verify", "-f"],
    &["inject", "--references-only", "-f"],
    &["inject", "-f"],
    &["inspect", "-f"],
    &["diagnose", "--image", "ghcr.io/a/b", "-f"],
];

#[test]
fn every_command_refuses_a_manifest_that_expands_too_far() {
    let level = |n| format!("- &l{n} {{kind: List, items: [*l{0}, *l{0}, *l{0}]}}\n", n - 1);
    let levels: String = (1..40).map(level).collect();
    for (text, reason) in [
        (
            indoc! {"
                &a
                kind: List
                items: [*a]
            "}
            .to_owned(),
            "the alias in line 3 is inside its own anchor",
        ),
        (
            indoc! {"
                &a
                kind: List
                items: [*a, *a]
            "}
            .to_owned(),
            "the alias in line 3 is inside its own anchor",
        ),
        (
            formatdoc! {"
                kind: List
                items:
                - &l0 {{kind: Pod, spec: {{}}}}
                {levels}"},
            "its aliases stand for more than 64 MiB, up to line 14",
        ),
    ] {
        let case = case().file("work/bad.yaml", &text);
        for reader in READERS {
            let told = case.fail(1, &[reader, &["bad.yaml"]].concat());
            assert_eq!(
                told,
                format!("error: bad.yaml is not a manifest: {reason}\n"),
                "{reader:?}"
            );
        }
    }
}

#[test]
fn every_command_finds_the_image_of_a_custom_workload() {
    let template = "template: {spec: {containers: [{name: x, image: localhost:1/a/b}]}}";
    for (version, kind) in [
        ("argoproj.io/v1alpha1", "Rollout"),
        ("serving.knative.dev/v1", "Service"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("apps.kruise.io/v1alpha1", "CloneSet"),
    ] {
        let text = formatdoc! {"
            apiVersion: {version}
            kind: {kind}
            metadata: {{name: x}}
            spec:
              {template}
        "};
        let case =
            Case::new().logins(&[("localhost:1", "jane", "hunter2")]).file("work/r.yaml", &text);
        let injected = case.run(&["inject", "--references-only", "-f", "r.yaml"]);
        assert_eq!(
            injected.stdout,
            text.replace("{spec: {", "{spec: {imagePullSecrets: [{name: regcred}], "),
            "{injected:?}"
        );
        let (entries, _) = case.entries(&["secret", "-f", "r.yaml"]);
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["localhost:1"]);
        // No registry answers there; it is the image that counts.
        let verified = case.run(&["verify", "-f", "r.yaml", "--source", "podman", "-o", "json"]);
        assert!(verified.stdout.contains("\"image\": \"localhost:1/a/b\""), "{verified:?}");
        let whole =
            format!("{}---\n{}", case.run(&["secret", "-f", "r.yaml"]).stdout, injected.stdout);
        let case = case.file("work/all.yaml", whole);
        let diagnosed = case.run(&["diagnose", "--image", "localhost:1/a/b", "-f", "all.yaml"]);
        assert_eq!(diagnosed.code, 0, "{diagnosed:?}");
        // The Secret is there, and this workload does not refer to it.
        let whole = format!("{}---\n{text}", case.run(&["secret", "-f", "r.yaml"]).stdout);
        let case = case.file("work/all.yaml", whole);
        let diagnosed = case.run(&["diagnose", "--image", "localhost:1/a/b", "-f", "all.yaml"]);
        assert_eq!(diagnosed.code, 3, "{diagnosed:?}");
    }
}

#[test]
fn every_command_leaves_alone_what_only_looks_like_a_workload() {
    for text in [
        indoc! {"
            apiVersion: kafka.strimzi.io/v1beta2
            kind: KafkaConnect
            spec: {image: ghcr.io/a/b, template: {pod: {}}}
        "},
        indoc! {"
            apiVersion: v1
            kind: Service
            spec: {template: {spec: {containers: [{image: ghcr.io/a/b}]}}}
        "},
    ] {
        let case = case().file("work/x.yaml", text);
        let told = case.fail(2, &["secret", "-f", "x.yaml"]);
        assert!(told.contains("the manifests name no image"), "{told}");
        let injected = case.run(&["inject", "--references-only", "-f", "x.yaml"]);
        assert_eq!((injected.code, injected.stdout.as_str()), (0, text), "{injected:?}");
        assert_eq!(injected.stderr, "note: no changes: no images found in the manifests\n");
        let told = case.fail(2, &["diagnose", "--image", "ghcr.io/a/b", "-f", "x.yaml"]);
        assert!(told.contains("no Secret and no Pod found in the files"), "{told}");
    }
}

#[test]
fn kubectl_reads_the_secret_that_is_put_in() {
    let pod = indoc! {"
        kind: Pod
        metadata: {name: x}
        spec: {containers: [{image: ghcr.io/a/b}]}
    "};
    let config = "kind: ConfigMap\nmetadata: {name: c}\n";
    for (before, after) in [
        // kubectl passes over the Pod: before the Secret it must go on to do so.
        ("", format!("{config}...\n{pod}")),
        (format!("{config}---\n").as_str(), format!("{config}... # c\n{pod}")),
        ("", format!("{config}\r---\n{pod}")),
    ] {
        let outcome = case().stdin(format!("{before}{after}")).run(&["inject", "-f", "-"]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let kinds: Vec<&str> = outcome
            .stdout
            .split("\n---\n")
            .filter_map(|part| part.lines().find_map(|line| line.strip_prefix("kind: ")))
            .collect();
        let expected: &[&str] = if before.is_empty() {
            &["Secret", "ConfigMap"]
        } else {
            &["ConfigMap", "Secret", "ConfigMap"]
        };
        assert_eq!(kinds, expected, "{}", outcome.stdout);
        assert!(outcome.stdout.contains("imagePullSecrets"), "{}", outcome.stdout);
    }
}
