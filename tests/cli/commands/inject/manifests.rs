//! `inject`: manifests in, the same with references out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Case, Outcome};

const POD: &str = indoc! {"
    # mine
    kind: Pod
    metadata:
      name: web
    spec:
      containers:
      - name: web
        image: ghcr.io/a/web:v1 # pinned
"};

fn case() -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2"), ("quay.io", "rob", "hunter3")])
}

fn inject(case: &Case, more: &[&str]) -> Outcome {
    case.run(&[&["inject"], more].concat())
}

/// The output where it succeeded.
fn output(case: &Case, more: &[&str]) -> String {
    let outcome = inject(case, more);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout
}

/// Kind, namespace and registries of each document; other documents by their kind.
fn shape(stream: &str) -> Vec<String> {
    use serde::Deserialize;
    let documents = serde_yaml::Deserializer::from_str(stream);
    documents
        .map(|document| {
            let document = Value::deserialize(document).unwrap();
            let kind = document["kind"].as_str().unwrap_or("none").to_owned();
            let Some(data) = document["data"][".dockerconfigjson"].as_str() else { return kind };
            let value: Value = serde_json::from_slice(&STANDARD.decode(data).unwrap()).unwrap();
            let keys: Vec<&String> = value["auths"].as_object().unwrap().keys().collect();
            format!("{kind} {:?} {keys:?}", document["metadata"]["namespace"].as_str())
        })
        .collect()
}

#[test]
fn the_secret_comes_first_and_the_pod_refers_to_it() {
    let outcome = inject(&case().stdin(POD), &["-f", "-"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(shape(&outcome.stdout), ["Secret None [\"ghcr.io\"]", "Pod"]);
    let (_, pod) = outcome.stdout.split_once("---\n").unwrap();
    assert_eq!(
        pod,
        POD.replace(
            "spec:\n",
            indoc! {"
                spec:
                  imagePullSecrets:
                  - name: regcred
            "}
        ),
        "everything else is as it was"
    );
    assert_snapshot!(outcome.stderr, @"
    ghcr.io: jane, from ~/.docker/config.json
    note: added imagePullSecrets to 1 object
    ");
}

#[test]
fn a_second_run_changes_nothing() {
    let once = output(&case().stdin(POD), &["-f", "-"]);
    let outcome = inject(&case().stdin(&once), &["-f", "-"]);
    assert_eq!(outcome.stdout, once);
    assert!(outcome.stderr.starts_with(
        "note: the Secret regcred in standard input is kept as it is: --refresh replaces it\n"
    ));
    assert!(!outcome.stderr.contains("jane"), "nothing of hers was written: {outcome:?}");
}

#[test]
fn refresh_replaces_the_secret_that_is_there() {
    let old = indoc! {"
        kind: Secret
        metadata: {name: regcred}
        ---
    "};
    let new = output(&case().stdin(format!("{old}{POD}")), &["-f", "-", "--refresh"]);
    assert_eq!(shape(&new), ["Secret None [\"ghcr.io\"]", "Pod"]);
    let inside = formatdoc! {"
        kind: List
        items:
        - {{kind: Secret, metadata: {{name: regcred}}}}
        ---
        {POD}"};
    let stderr = case().stdin(inside).fail(1, &["inject", "-f", "-", "--refresh"]);
    assert!(
        stderr.contains("cannot add imagePullSecrets at standard input:3: the Secret shares"),
        "{stderr}"
    );
}

#[test]
fn each_namespace_gets_one_secret_with_what_it_needs() {
    let pod = |namespace: &str, image: &str| {
        formatdoc! {"
            kind: Pod
            metadata: {{namespace: {namespace}}}
            spec:
              containers: [{{image: {image}}}]
        "}
    };
    let stream = [
        pod("a", "docker.io/public"),
        pod("b", "quay.io/x"),
        pod("a", "ghcr.io/x"),
        pod("b", "ghcr.io/x"),
    ]
    .join("---\n");
    assert_eq!(
        shape(&output(&case().stdin(stream), &["-f", "-"])),
        [
            "Pod",
            "Secret Some(\"b\") [\"ghcr.io\", \"quay.io\"]",
            "Pod",
            "Secret Some(\"a\") [\"ghcr.io\"]",
            "Pod",
            "Pod"
        ]
    );
}

#[test]
fn registries_can_be_named() {
    let two = format!("{POD}---\n{}", POD.replace("ghcr.io", "quay.io"));
    let put = output(&case().stdin(&two), &["-f", "-", "--registry", "quay.io"]);
    assert_eq!(shape(&put), ["Pod", "Secret None [\"quay.io\"]", "Pod"]);
    assert_eq!(put.matches("imagePullSecrets").count(), 1);
    let outcome = inject(&case().stdin(&two), &["-f", "-", "--registry", "other.io"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
    let typed = Case::new().file("work/pod.yaml", POD).stdin("hunter4\n").secret("hunter4");
    let named = ["-f", "pod.yaml", "--registry", "ghcr.io", "--username", "jo", "--password-stdin"];
    assert_eq!(shape(&output(&typed, &named)), ["Secret None [\"ghcr.io\"]", "Pod"]);
}

#[test]
fn references_alone_need_no_credential_to_be_read() {
    let case = || {
        Case::new()
            .config(r#"{"credHelpers":{"ghcr.io":"x"}}"#)
            .helper(
                "x",
                indoc! {r#"
                    get ghcr.io
                      exit 1
                    list unused
                      stdout {"ghcr.io":"jane"}
                "#},
            )
            .stdin(POD)
    };
    for (flags, name) in [
        (&["--references-only"][..], "regcred"),
        (&["--references-only", "--secret-name", "mine"], "mine"),
        (&["--existing-secret", "theirs"], "theirs"),
        (&["--existing-secret", "theirs", "--registry", "ghcr.io"], "theirs"),
    ] {
        let outcome = inject(&case(), &[&["-f", "-"], flags].concat());
        assert_eq!(shape(&outcome.stdout), ["Pod"], "{outcome:?}");
        assert!(outcome.stdout.contains(&format!("  - name: {name}\n")), "{outcome:?}");
        assert!(!outcome.calls.iter().any(|call| call.contains(" get ")), "{outcome:?}");
    }
    let two = inject(&case(), &["-f", "-", "--existing-secret", "a", "--existing-secret", "b"]);
    assert!(two.stdout.contains("  - name: a\n  - name: b\n"), "{two:?}");
}

#[test]
fn an_existing_secret_needs_no_login_here() {
    // A runner of a pipeline has no logins; the cluster has the Secret.
    let stream = format!("{POD}---\n{}", POD.replace("ghcr.io/a/web:v1", "quay.io/b/web:v1"));
    let case = Case::new().stdin(&stream);
    let outcome = inject(&case, &["-f", "-", "--existing-secret", "theirs"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.stdout.matches("  - name: theirs\n").count(), 2, "{outcome:?}");
    assert_snapshot!(outcome.stderr, @"note: added imagePullSecrets to 2 objects");
    let narrowed = ["-f", "-", "--existing-secret", "theirs", "--registry", "quay.io"];
    assert_eq!(inject(&case, &narrowed).stdout.matches("  - name: theirs\n").count(), 1);
}

#[test]
fn a_registry_that_no_image_comes_from_is_an_error() {
    for flags in [&[][..], &["--references-only"], &["--existing-secret", "theirs"]] {
        let case = Case::new().logins(&[("ghrc.io", "jane", "hunter2")]).stdin(POD);
        let outcome = inject(&case, &[&["-f", "-", "--registry", "ghrc.io"], flags].concat());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
        let said = indoc! {"
            error: no image in the manifests comes from ghrc.io (found: ghcr.io)

            hint: check the spelling, or name another registry: --registry ghcr.io
        "};
        assert_eq!(outcome.stderr, said);
    }
    let none = Case::new().stdin("kind: ConfigMap\nmetadata: {name: a}\n");
    let outcome = inject(&none, &["-f", "-", "--registry", "ghrc.io", "--references-only"]);
    assert_eq!(outcome.code, 0, "nothing in it pulls an image: {outcome:?}");
}

#[test]
fn service_accounts_refer_on_demand() {
    let account = indoc! {"
        kind: ServiceAccount
        metadata:
          name: default
    "};
    let stream = format!("{account}---\n{POD}");
    assert_eq!(output(&case().stdin(&stream), &["-f", "-"]).matches("imagePullSecrets").count(), 1);
    let both = output(&case().stdin(&stream), &["-f", "-", "--service-accounts"]);
    assert_eq!(shape(&both), ["Secret None [\"ghcr.io\"]", "ServiceAccount", "Pod"]);
    assert_eq!(both.matches("imagePullSecrets").count(), 2);
    let alone = ["-f", "-", "--service-accounts", "--registry", "quay.io"];
    let put = output(&case().stdin(account), &alone);
    assert_eq!(shape(&put), ["Secret None [\"quay.io\"]", "ServiceAccount"]);
}

#[test]
fn in_place_writes_references_into_the_files_and_no_secret() {
    let case = case().file("work/m/pod.yaml", POD).file("work/m/deep/other.yml", "kind: Service\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(case.path("work/m/pod.yaml"), mode).unwrap();
        std::os::unix::fs::symlink(case.path("work/m/pod.yaml"), case.path("work/link.yaml"))
            .unwrap();
    }
    let outcome = inject(&case, &["-f", "m", "-R", "-f", "link.yaml", "--in-place"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("note: changed: m/pod.yaml\n"), "{outcome:?}");
    let written = std::fs::read_to_string(case.path("work/m/pod.yaml")).unwrap();
    assert!(written.contains("- name: regcred") && !written.contains("kind: Secret"), "{written}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(case.path("work/m/pod.yaml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(case.path("work/link.yaml").is_symlink(), "the link stays one");
    }
    assert_eq!(
        std::fs::read_dir(case.path("work/m")).unwrap().count(),
        2,
        "nothing is left behind"
    );
    let again = inject(&case, &["-f", "m", "-R", "--in-place"]);
    assert!(!again.stderr.contains("changed"), "{again:?}");
}

#[test]
fn a_file_that_cannot_be_written_stays_as_it_is() {
    let case = case().file("work/pod.yaml", POD);
    let path = case.path("work/pod.yaml");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let stderr = case.fail(1, &["inject", "-f", "pod.yaml", "--in-place"]);
    assert!(stderr.contains("error: cannot write pod.yaml: it is read-only\n"), "{stderr}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), POD);
}

#[test]
fn json_stays_json() {
    let pod = json!({"kind": "Pod", "spec": {"containers": [{"image": "ghcr.io/a"}]}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod]});
    let put = output(&case().stdin(serde_json::to_string_pretty(&list).unwrap()), &["-f", "-"]);
    let read: Value = serde_json::from_str(&put).unwrap();
    assert_eq!(read["items"][0]["kind"], "Secret");
    assert_eq!(read["items"][1]["spec"]["imagePullSecrets"], json!([{"name": "regcred"}]));
    let put = output(&case().stdin(pod.to_string()), &["-f", "-"]);
    let stream: Vec<Value> =
        serde_json::Deserializer::from_str(&put).into_iter().map(Result::unwrap).collect();
    assert_eq!((stream.len(), &stream[0]["kind"]), (2, &json!("Secret")));
}

#[test]
fn several_files_become_one_stream() {
    let case = case()
        .file("work/a.yaml", POD.trim_end())
        .file("work/b.yaml", format!("---\n{POD}"))
        .file("work/c.json", r#"{"kind": "Service"}"#);
    let put = output(&case, &["-f", "a.yaml", "-f", "b.yaml", "-f", "c.json"]);
    assert_eq!(shape(&put), ["Secret None [\"ghcr.io\"]", "Pod", "Pod", "Service"]);
}

#[test]
fn what_is_not_known_passes_unchanged() {
    let public = POD.replace("ghcr.io", "registry.k8s.io");
    let outcome = inject(&case().stdin(&public), &["-f", "-"]);
    assert_eq!((outcome.code, &outcome.stdout), (0, &public));
    assert!(
        outcome.stderr.starts_with("warning: no changes: no credentials found for these images")
    );
    let service = "kind: Service\r\nmetadata: {name: web}";
    let outcome = inject(&case().stdin(service), &["-v", "-f", "-"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, service));
    assert!(outcome.stderr.contains("standard input: Service web is not changed\n"), "{outcome:?}");
    assert!(outcome.stderr.ends_with("note: no changes: no images found in the manifests\n"));
    let odd = inject(&case().stdin(format!("{POD}  - image: REPLACE_ME\n")), &["-f", "-"]);
    assert!(odd.stderr.contains("warning: REPLACE_ME is not changed: "), "{odd:?}");
    assert_eq!(odd.code, 0);
    assert_eq!(output(&case().stdin(""), &["-f", "-"]), "");
}

#[test]
fn a_helper_that_fails_stops_unless_all_is_wanted() {
    let case = || {
        Case::new()
            .config(r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}},"credHelpers":{"quay.io":"x"}}"#)
            .helper("x", indoc! {"
                get quay.io
                  stderr broken
                  exit 1
            "})
            .stdin(format!("{POD}  - image: quay.io/x\n"))
    };
    case().fail(1, &["inject", "-f", "-"]);
    let outcome = inject(&case(), &["-f", "-", "--all"]);
    assert_eq!((outcome.code, shape(&outcome.stdout).len()), (1, 2), "{outcome:?}");
}

/// A manifest, the error that names it, and the hint.
const NOT_EDITABLE: [(&str, &str, &str); 6] = [
    (
        indoc! {"
            kind: Pod
            spec: {{ .Values.spec }}
              x: y
        "},
        "bad.yaml is a template: line 2 holds {{",
        "helm template RELEASE CHART | kubectl regcred inject -f -",
    ),
    (
        indoc! {r#"
            kind: Pod
            spec:
              containers:
              - image: "{{ .Values.image }}"
        "#},
        "bad.yaml is a template: line 4 holds {{",
        "helm template",
    ),
    (
        "kind: Pod\n\tspec: x\n",
        "bad.yaml is not a manifest: it is not valid YAML or JSON near line",
        "",
    ),
    (
        indoc! {"
            s: &s
              containers: [{image: ghcr.io/x}]
            kind: Pod
            spec: *s
        "},
        "bad.yaml:4: its Pod specification is an alias",
        "by hand",
    ),
    (
        indoc! {"
            kind: Pod
            spec:
              imagePullSecrets: null
              containers: [{image: ghcr.io/x}]
        "},
        "bad.yaml:3: its imagePullSecrets is null",
        "by hand",
    ),
    (
        indoc! {"
            kind: Pod
            spec:
              containers: [{image: ghcr.io/x}]
            spec:
              containers: [{image: ghcr.io/x}]
        "},
        "bad.yaml:4: the same key is set twice",
        "",
    ),
];

#[test]
fn what_cannot_be_edited_is_refused_and_nothing_is_written() {
    let good = ("good.yaml", POD);
    for (text, told, hint) in NOT_EDITABLE {
        let case = case().file("work/good.yaml", good.1).file("work/bad.yaml", text);
        for more in [&["-f", "good.yaml", "-f", "bad.yaml"][..], &["-f", ".", "--in-place"]] {
            let stderr = case.fail(1, &[&["inject"], more].concat());
            assert!(stderr.contains(told), "{stderr}");
            assert!(stderr.contains(hint), "{stderr}");
        }
        assert_eq!(std::fs::read_to_string(case.path("work/good.yaml")).unwrap(), POD);
    }
}

#[test]
fn odd_input_is_told() {
    let latin = case().file("work/latin.yaml", b"kind: Pod\nname: \xe9\n");
    let stderr = latin.fail(1, &["inject", "-f", "latin.yaml"]);
    assert!(stderr.contains("latin.yaml: it is not UTF-8 text"), "{stderr}");
    let empty = case().file("work/folder/readme.txt", "x");
    let stderr = empty.fail(2, &["inject", "-f", "folder"]);
    assert!(stderr.contains("there is no manifest in the folder"), "{stderr}");
    for (arguments, told) in [
        (&["inject", "--in-place"][..], "inject needs manifests"),
        (&["inject", "-f", "-", "--in-place"], "--in-place cannot be used with standard input"),
        (
            &["inject", "-f", "-", "--references-only", "--username", "x"],
            "--username and --password-stdin have no effect",
        ),
        (
            &["inject", "-f", "-", "--secret-name", "Bad_Name"],
            "Secret name `Bad_Name` is not valid",
        ),
        (&["inject", "-f", "-", "-f", "-"], "standard input cannot be used for both"),
    ] {
        let stderr = case().stdin(POD).fail(2, arguments);
        assert!(stderr.contains(told), "{stderr}");
    }
    let bad = POD.replace("metadata:\n", "metadata:\n  namespace: Not_One\n");
    let stderr = case().stdin(bad).fail(2, &["inject", "-f", "-"]);
    assert!(stderr.contains("namespace `Not_One` is not valid"), "{stderr}");
}

#[test]
fn a_long_stream_is_edited() {
    let many = vec![POD; 20_000].join("---\n");
    let put = output(&case().stdin(&many), &["-f", "-"]);
    assert_eq!(put.matches("- name: regcred\n").count(), 20_000);
    assert_eq!(put.matches("kind: Secret\n").count(), 1);
    let deep = format!("kind: Pod\nx: {}", "[".repeat(200_000));
    let stderr = case().stdin(deep).fail(1, &["inject", "-f", "-"]);
    assert!(stderr.contains("it is not valid YAML or JSON near line"), "{stderr}");
}
