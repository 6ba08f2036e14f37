//! `secret -f`: manifests say which registries are needed.

use indoc::indoc;

use crate::support::Case;

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
fn manifests_say_which_registries_are_needed() {
    let case = two_logins()
        .file("work/pod.yaml", POD)
        .file(
            "work/more/deep/d.yml",
            indoc! {"
                kind: Deployment
                spec: {template: {spec: {containers: [{image: c.example.com/z}]}}}
            "},
        )
        .file("work/more/notes.txt", "{{")
        .stdin(POD);
    let keys = |arguments: &[&str]| -> Vec<String> {
        let (entries, _) = case.entries(&[&["secret"], arguments].concat());
        entries.into_keys().collect()
    };
    assert_eq!(keys(&["-f", "pod.yaml"]), ["a.example.com", "b.example.com"]);
    assert_eq!(keys(&["-f", "-"]), ["a.example.com", "b.example.com"]);
    assert_eq!(keys(&["-R", "-f", "more"]), ["c.example.com"]);
    assert_eq!(keys(&["-f", "pod.yaml", "-f", "more", "-R"]).len(), 3);
    assert_eq!(keys(&["-f", "pod.yaml", "--registry", "b.example.com"]), ["b.example.com"]);
}

#[test]
fn manifests_that_cannot_be_used_are_told() {
    let case = two_logins()
        .file("work/bad.yaml", "kind: Pod\nspec: {a: hunter7\n")
        .file("work/none.yaml", "kind: ConfigMap\n")
        .file(
            "work/image.yaml",
            indoc! {"
                kind: Pod
                spec: {containers: [{image: A.example.com/UP}]}
            "},
        )
        .file("work/more/deep/d.yml", POD)
        .secret("hunter7");
    let stderr = case.fail(1, &["secret", "-f", "bad.yaml"]);
    assert!(
        stderr.starts_with(
            "error: bad.yaml is not a manifest: it is not valid YAML or JSON near line"
        ),
        "{stderr}"
    );
    let stderr = case.fail(1, &["secret", "-f", "missing.yaml"]);
    assert_eq!(stderr, "error: cannot read missing.yaml: there is no such file\n");
    for file in ["none.yaml", "more"] {
        let stderr = case.fail(2, &["secret", "-f", file]);
        assert!(stderr.starts_with("error: the manifests name no image\n"), "{stderr}");
    }
    let stderr = case.fail(2, &["secret", "-f", "image.yaml"]);
    assert!(
        stderr.contains("`A.example.com/UP` is not an image: repository names are lower case"),
        "{stderr}"
    );
    let twice = case.fail(2, &["secret", "-f", "-", "--authfile", "-"]);
    assert!(
        twice.contains("standard input cannot be used for both --authfile and --filename"),
        "{twice}"
    );
    let missing = case.file(
        "work/other.yaml",
        indoc! {"
            kind: Pod
            spec: {containers: [{image: d.example.com/x}]}
        "},
    );
    let stderr = missing.fail(3, &["secret", "-f", "other.yaml"]);
    assert!(stderr.starts_with("error: no credential for d.example.com"), "{stderr}");
}
