//! `secret --apply`, against a kubectl that plays the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Case, Outcome};

const OURS: &str =
    r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2","auth":"amFuZTpodW50ZXIy"}}}"#;

fn kubectl(script: &str) -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script)
}

/// A script in which the Secret is live with this value, and each apply works.
fn live(value: &str, more: &str) -> String {
    let data = STANDARD.encode(value);
    formatdoc! {r#"
        get ...
          stdout {{"metadata":{{"resourceVersion":"7"{more}}},"data":{{".dockerconfigjson":"{data}"}},"type":"kubernetes.io/dockerconfigjson"}}
        apply ...
          exit 0
        annotate ...
          exit 0
    "#}
}

/// The value that was sent in the last manifest.
fn sent(case: &Case) -> String {
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: "));
    String::from_utf8(STANDARD.decode(line.unwrap()).unwrap()).unwrap()
}

fn apply(case: &Case) -> Outcome {
    case.run(&["secret", "--apply"])
}

#[test]
fn a_secret_that_is_not_there_is_created() {
    let case = kubectl(indoc! {"
        get ...
          exit 0
        apply ...
          exit 0
    "});
    let outcome = apply(&case);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "secret/regcred created\n"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.calls,
        [
            "kubectl get secret regcred --ignore-not-found --output=json --show-managed-fields",
            "kubectl apply --server-side --field-manager=kubectl-regcred --filename=-"
        ]
    );
    assert_eq!(sent(&case), OURS);
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let outcome = apply(&kubectl(&live(OURS, "")));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "secret/regcred unchanged\n"));
    assert_eq!(outcome.calls.len(), 1, "it was only read: {outcome:?}");
    let labelled = kubectl(&live(OURS, "")).run(&["secret", "--apply", "--labels", "a=b"]);
    assert_eq!(labelled.stdout, "secret/regcred updated\n");
}

#[test]
fn entries_of_other_registries_stay_as_they_are() {
    let value = r#"{"auths":{"https://ghcr.io/v2/":{"auth":"b2xkOm9sZA=="},"quay.io":{"auth":"dTpwdw==","note":[1, 2]}},"HttpHeaders":{"X":"y"}}"#;
    let case = kubectl(&live(value, ""));
    let outcome = apply(&case);
    assert_eq!(outcome.stdout, "secret/regcred updated\n", "{outcome:?}");
    assert!(outcome.stderr.contains("note: kept: quay.io\n"), "{outcome:?}");
    let entry = OURS.strip_prefix("{\"auths\":{").unwrap().strip_suffix("}}").unwrap();
    assert_eq!(
        sent(&case),
        format!(
            r#"{{"HttpHeaders":{{"X":"y"}},"auths":{{{entry},"quay.io":{{"auth":"dTpwdw==","note":[1, 2]}}}}}}"#
        )
    );
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert!(manifest.contains("  resourceVersion: \"7\"\n"), "only over what was read");
}

/// Codes of what offline `diagnose` finds in the manifest that was sent, and how
/// many candidates.
fn diagnosed(case: &Case, image: &str) -> (Vec<String>, usize) {
    let arguments = ["diagnose", "--image", image, "-f", "../bin/kubectl.stdin", "-o", "json"];
    let answer: Value = serde_json::from_str(&case.run(&arguments).stdout).unwrap();
    let problems = answer["problems"].as_array().unwrap().iter();
    let codes = problems.map(|problem| problem["code"].as_str().unwrap().to_owned()).collect();
    (codes, answer["candidates"].as_array().unwrap().len())
}

#[test]
fn auths_in_any_spelling_are_merged_as_the_kubelet_reads_them() {
    let other = r#""quay.io":{"UserName":"o","PASSWORD":"hunter2","note":[1, 2]}"#;
    let entry = OURS.strip_prefix("{\"auths\":{").unwrap().strip_suffix("}}").unwrap();
    for value in [
        format!(r#"{{"Auths":{{"https://ghcr.io/v2/":{{"auth":"b2xkOm9sZA=="}},{other}}}}}"#),
        format!(r#"{{"AUTHS":{{"ghcr.io":{{"auth":"b2xkOm9sZA=="}}}},"auths":{{{other}}}}}"#),
        format!(r#"{{"auths":{{"x.io":{{}}}},"authſ":null,"Auths":{{{other},"ghcr.io":null}}}}"#),
        format!(r#"{{"auths":{{"quay.io":{{"auth":"b2xkOm9sZA=="}}}},"AUTHS":{{{other}}}}}"#),
    ] {
        let case = kubectl(&live(&value, ""));
        let outcome = apply(&case);
        assert_eq!(outcome.stdout, "secret/regcred updated\n", "{value}: {outcome:?}");
        assert!(outcome.stderr.contains("note: kept: quay.io\n"), "{value}: {outcome:?}");
        assert_eq!(sent(&case), format!(r#"{{"auths":{{{entry},{other}}}}}"#), "{value}");
        for image in ["ghcr.io/jane/app", "quay.io/jane/app"] {
            assert_eq!(diagnosed(&case, image), (vec![], 1), "{value}");
        }
    }
}

#[test]
fn a_live_secret_with_auths_of_another_type_is_refused() {
    for value in
        [r#"{"Auths":[]}"#, r#"{"auths":{},"AUTHS":7}"#, r#"{"Auths":{"q.io":{"AUTH":7}}}"#]
    {
        let case = kubectl(&live(value, ""));
        let outcome = apply(&case);
        assert_eq!((outcome.code, outcome.calls.len()), (1, 1), "{value}: {outcome:?}");
        assert!(outcome.stderr.contains("--replace"), "{value}: {outcome:?}");
    }
}

#[test]
fn the_remedy_of_an_ambiguous_order_leaves_one_entry() {
    for (one, other, image) in [
        ("ghcr.io", "https://ghcr.io/v2/", "ghcr.io/jane/app"),
        ("ghcr.io/jane", "https://ghcr.io/jane", "ghcr.io/jane/app"),
        ("http://ghcr.io/v1/jane", "ghcr.io/jane", "ghcr.io/jane/app"),
        ("https://index.docker.io/v1/", "index.docker.io", "docker.io/library/nginx"),
        ("docker.io", "https://docker.io/v2/", "nginx"),
    ] {
        let value = format!(
            r#"{{"Auths":{{"{one}":{{"auth":"b2xkOm9sZA=="}},"{other}":{{"auth":"dTpw"}}}}}}"#
        );
        let manifest = format!(
            r#"{{"kind":"Secret","metadata":{{"name":"regcred"}},"type":"kubernetes.io/dockerconfigjson","data":{{".dockerconfigjson":"{}"}}}}"#,
            STANDARD.encode(&value)
        );
        let case = Case::new()
            .logins(&[
                ("ghcr.io", "jane", "hunter2"),
                ("https://index.docker.io/v1/", "j", "hunter2"),
            ])
            .program("kubectl", &live(&value, ""))
            .file("work/live.json", manifest);
        let arguments = ["diagnose", "--image", image, "-f", "live.json", "-o", "json"];
        let answer: Value = serde_json::from_str(&case.run(&arguments).stdout).unwrap();
        let problem = &answer["problems"][0];
        assert_eq!(problem["code"], "ambiguous-order", "{one}: {answer}");
        let hint = problem["hint"].as_str().unwrap();
        let command = hint.split_once(": kubectl regcred ").unwrap().1;
        let outcome = case.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(outcome.code, 0, "{command}: {outcome:?}");
        assert_eq!(diagnosed(&case, image), (vec![], 1), "{command}: {}", sent(&case));
    }
}

#[test]
fn replace_writes_exactly_what_was_asked_and_reads_nothing() {
    let case = kubectl(&live(r#"{"auths":{"quay.io":{}}}"#, ""));
    let outcome = case.run(&["secret", "--apply", "--replace"]);
    assert_eq!(outcome.stdout, "secret/regcred applied\n", "{outcome:?}");
    assert_eq!(outcome.calls.len(), 1);
    assert_eq!(sent(&case), OURS);
}

const MODIFIED: &str = indoc! {r#"
    apply ...
      stderr error: Operation cannot be fulfilled on secrets "regcred": the object has been modified; please apply your changes to the latest version and try again
      exit 1
"#};

#[test]
fn a_secret_that_changed_in_between_is_read_again() {
    let get = "get ...\n  exit 0\n";
    let outcome = apply(&kubectl(&format!("{get}{MODIFIED}{MODIFIED}apply ...\n  exit 0\n")));
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
    assert_eq!(outcome.calls.len(), 6);
    let outcome = apply(&kubectl(&format!("{get}{MODIFIED}")));
    assert_eq!((outcome.code, outcome.calls.len()), (1, 8), "tried again three times");
    assert!(outcome.stderr.contains("error: the Secret keeps changing while it is written"));
}

fn owned_by(manager: &str) -> String {
    formatdoc! {r#"
        get ...
          exit 0
        apply ...
          stderr error: Apply failed with 1 conflict: conflict with "{manager}" using v1: .data..dockerconfigjson
          stderr Please review the fields above--they currently have other managers. Here
          exit 1
        apply ...
          exit 0
        annotate ...
          exit 0
    "#}
}

#[test]
fn fields_of_kubectls_own_commands_are_taken_over() {
    for manager in ["kubectl", "kubectl-create", "kubectl-edit", "kubectl-patch"] {
        let outcome = apply(&kubectl(&owned_by(manager)));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stderr.contains("note: the Secret was written by kubectl before"));
        assert!(outcome.calls[3].ends_with(" --force-conflicts"), "{outcome:?}");
    }
}

#[test]
fn fields_of_other_owners_are_left_to_them() {
    let case = kubectl(&owned_by("argocd"));
    let outcome = apply(&case);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.ends_with(indoc! {"
        error: the Secret belongs to argocd

        hint: let the owner write the Secret, or take ownership: --force-conflicts
    "}));
    let forced = kubectl(&live("{}", "")).run(&["secret", "--apply", "--force-conflicts"]);
    assert!(forced.calls[1].ends_with(" --force-conflicts"), "{forced:?}");
}

#[test]
fn the_copy_of_the_old_credential_is_removed() {
    let copy = r#","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter9"}"#;
    let case = kubectl(&live(OURS, copy)).secret("hunter9");
    let outcome = apply(&case);
    assert_eq!(outcome.stdout, "secret/regcred updated\n", "{outcome:?}");
    assert!(outcome.calls[2].starts_with(
        "kubectl annotate --filename=- kubectl.kubernetes.io/last-applied-configuration- "
    ));
    let named = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert_eq!(
        named,
        indoc! {"
            apiVersion: v1
            kind: Secret
            metadata:
              name: regcred
        "}
    );
    assert!(outcome.stderr.contains("which held the old credential"));
    let outcome =
        kubectl(&owned_by("kubectl-client-side-apply")).run(&["secret", "--apply", "--replace"]);
    assert!(outcome.calls[2].starts_with("kubectl annotate "), "{outcome:?}");
}

#[test]
fn a_live_secret_that_cannot_be_kept_is_refused() {
    let answer = |data: &str, kind: &str| {
        formatdoc! {r#"
            get ...
              stdout {{"metadata":{{"resourceVersion":"7"}},"data":{{{data}}},"type":"{kind}"}}
        "#}
    };
    let pull = "kubernetes.io/dockerconfigjson";
    let value = |text: &str| format!("\".dockerconfigjson\":\"{}\"", STANDARD.encode(text));
    for (script, problem) in [
        (answer("\".dockerconfigjson\":\"%%\"", pull), "its `.dockerconfigjson` is not base64"),
        (answer(&value("hunter8"), pull), "its `.dockerconfigjson` is not JSON with `auths`"),
        (
            answer(&value("{\"auths\":[]}"), pull),
            "its `.dockerconfigjson` is not JSON with `auths`",
        ),
        (answer("", pull), "it has no `.dockerconfigjson`"),
        (
            answer(&value(r#"{"auths":{"quay.io":{"auth":"%"}}}"#), pull),
            "with its other entries, the kubelet would not find",
        ),
    ] {
        let stderr = kubectl(&script).secret("hunter8").fail(1, &["secret", "--apply"]);
        assert!(
            stderr.contains(&format!("error: cannot merge into Secret regcred: {problem}")),
            "{stderr}"
        );
        assert!(stderr.ends_with("hint: overwrite the Secret: --replace\n"), "{stderr}");
    }
    let stderr = kubectl(&answer("", "Opaque")).fail(1, &["secret", "--apply"]);
    assert!(stderr.contains("error: Secret regcred is of type Opaque, which cannot be changed"));
    assert!(stderr.ends_with("hint: choose another name for the pull Secret\n"));
}

#[test]
fn a_failure_in_one_namespace_does_not_stop_the_others() {
    let case = kubectl(indoc! {r#"
        get ...
          stderr Error from server (NotFound): namespaces "a" not found
          exit 1
        get ...
          exit 0
        apply ...
          exit 0
    "#});
    let outcome = case.run(&["secret", "--apply", "-n", "a", "-n", "b", "-n", "c"]);
    assert_eq!(outcome.code, 1);
    assert_snapshot!(outcome.stdout, @"
    secret/regcred created in namespace b
    secret/regcred created in namespace c
    ");
    assert!(outcome.stderr.contains(indoc! {r#"
        error: namespace a: namespaces "a" not found

        hint: create the namespace first"#}));
    assert!(outcome.calls[1].contains("--namespace=b"), "{outcome:?}");
}

#[test]
fn readme_shows_what_is_printed() {
    let live = STANDARD.encode(r#"{"auths":{"quay.io":{"username":"u","password":"p"}}}"#);
    let script = formatdoc! {r#"
        get ...
          exit 0
        get ...
          stdout {{"metadata":{{"resourceVersion":"7"}},"data":{{".dockerconfigjson":"{live}"}},"type":"kubernetes.io/dockerconfigjson"}}
        apply ...
          exit 0
    "#};
    let case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .helper(
            "pass",
            indoc! {r#"
                get localhost:5000
                  stdout {"Username":"janedoe","Secret":"s3cret"}
            "#},
        )
        .program("kubectl", &script);
    let command = "kubectl regcred secret --registry localhost:5000 --apply -n team-a -n team-b";
    let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
    let pages = [include_str!("../../../../README.md"), include_str!("../../../../docs/apply.md")];
    // The sum is said last.
    let (before, sum) = outcome.stderr.split_at(outcome.stderr.find("note: 2").unwrap());
    let shown = format!("$ {command}\n{before}{}{sum}", outcome.stdout);
    assert!(pages.iter().all(|page| page.contains(&shown)), "{shown}");
}

const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// A cluster with these nodes, and a person who is logged in to a registry of AWS.
fn on_nodes(nodes: &str) -> Outcome {
    let script = formatdoc! {"
        get secret regcred --ignore-not-found --output=json --show-managed-fields *
          exit 0
        apply ...
          exit 0
        get --raw=/api/v1/nodes?limit=20 *
          {nodes}
    "};
    let case = Case::new().logins(&[(ECR, "AWS", "hunter2")]).program("kubectl", &script);
    case.run(&["secret", "--apply"])
}

#[test]
fn nodes_of_the_registrys_cloud_may_need_no_secret() {
    let nodes = |ids: &[&str]| {
        let items: Vec<_> = ids.iter().map(|id| json!({"spec": {"providerID": id}})).collect();
        format!("stdout {}", json!({"items": items}))
    };
    let aws = "aws:///eu-west-1a/i-0abc";
    let outcome = on_nodes(&nodes(&[aws, aws]));
    let note = format!(
        "note: {ECR} and the nodes are both of AWS, and may need no pull Secret: attach the policy AmazonEC2ContainerRegistryPullOnly to the IAM role of the nodes\n"
    );
    assert!(outcome.code == 0 && outcome.stderr.ends_with(&note), "{outcome:?}");
    for other in [
        nodes(&[aws, "gce://p/z/n"]),
        nodes(&["azure:///x"]),
        nodes(&["", ""]),
        nodes(&[]),
        "stdout no JSON".to_owned(),
        "stderr Error from server (Forbidden): nodes is forbidden: no\n  exit 1".to_owned(),
    ] {
        let outcome = on_nodes(&other);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(!outcome.stderr.contains("and the nodes"), "{outcome:?}");
    }
}
