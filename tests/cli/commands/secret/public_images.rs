//! Images that need no credential, beside others that do.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::Case;

const MANIFEST: &str = indoc! {"
    kind: Deployment
    spec:
      template:
        spec:
          containers:
          - image: reg.example.com/team/app:v1
          - image: busybox
          - image: docker.io/library/nginx:1.27
"};

fn one_login() -> Case {
    Case::new().logins(&[("reg.example.com", "jane", "hunter2")]).file("work/web.yaml", MANIFEST)
}

/// What is said where a Secret for the one login is written.
fn said(case: &Case, arguments: &[&str]) -> String {
    let (entries, stderr) = case.entries(arguments);
    assert_eq!(entries.into_keys().collect::<Vec<_>>(), ["reg.example.com"]);
    stderr
}

#[test]
fn an_image_without_a_credential_is_assumed_to_be_public() {
    let case = one_login();
    assert_snapshot!(said(&case, &["secret", "-f", "web.yaml"]), @"
    note: no credential for docker.io: assuming that docker.io/library/busybox, docker.io/library/nginx are public
    reg.example.com: jane, from ~/.docker/config.json
    ");
    assert_snapshot!(said(&case, &["secret", "--image", "reg.example.com/a/b", "--image", "busybox"]), @"
    note: no credential for docker.io: assuming that docker.io/library/busybox is public
    reg.example.com: jane, from ~/.docker/config.json
    ");
    let outcome = case.run(&[
        "pod",
        "web",
        "--image",
        "reg.example.com/a/b",
        "--image",
        "busybox",
        "-o",
        "name",
    ]);
    assert_snapshot!(outcome, @"
    exit code 0
    --- stdout
    secret/regcred
    pod/web
    --- stderr
    note: no credential for docker.io: assuming that docker.io/library/busybox is public
    reg.example.com: jane, from ~/.docker/config.json
    ");
}

#[test]
fn without_any_credential_each_registry_is_an_error() {
    let case = one_login();
    assert_snapshot!(case.fail(3, &["secret", "--image", "busybox", "--image", "ghcr.io/a/b"]), @"
    error: no credential for docker.io
      ~/.docker/config.json: no entry

    hint: log in: docker login
    error: no credential for ghcr.io
      ~/.docker/config.json: no entry

    hint: log in: docker login ghcr.io
    ");
}

#[test]
fn a_registry_that_was_named_needs_its_credential() {
    let case = one_login();
    let stderr =
        case.fail(3, &["secret", "--registry", "ghcr.io", "--image", "reg.example.com/a/b"]);
    assert!(stderr.contains("error: no credential for ghcr.io"), "{stderr}");
}

#[test]
fn a_registry_that_was_named_narrows_the_manifests() {
    let case = one_login();
    let arguments = ["secret", "-f", "web.yaml", "--registry", "reg.example.com"];
    assert_snapshot!(said(&case, &arguments), @"reg.example.com: jane, from ~/.docker/config.json");
    let arguments = ["secret", "-f", "web.yaml", "--registry", "reg.exmaple.com"];
    assert_snapshot!(case.fail(3, &arguments), @"
    error: no image in the manifests comes from reg.exmaple.com (found: docker.io, reg.example.com)

    hint: check the spelling, or name another registry: --registry reg.example.com
    ");
}

#[test]
fn a_login_of_a_path_serves_its_images_only() {
    let case = Case::new()
        .file(
            "home/.config/containers/auth.json",
            r#"{"auths":{"quay.io/org":{"auth":"amFuZTpodW50ZXIy"}}}"#,
        )
        .secret("hunter2");
    for images in
        [["quay.io/org/app", "quay.io/other/app"], ["quay.io/other/app", "quay.io/org/app"]]
    {
        let arguments = ["secret", "--image", images[0], "--image", images[1]];
        let (entries, stderr) = case.entries(&arguments);
        assert_eq!(entries.into_keys().collect::<Vec<_>>(), ["quay.io/org"]);
        assert!(stderr.contains("assuming that quay.io/other/app is public"), "{stderr}");
    }
}
