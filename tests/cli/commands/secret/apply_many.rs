//! `secret --apply` to many namespaces, against a kubectl that plays the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};
use serde_json::json;

use crate::support::{Case, Outcome};

const OURS: &str =
    r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2","auth":"amFuZTpodW50ZXIy"}}}"#;

fn kubectl(script: &str) -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number:02}")).collect()
}

fn apply(case: &Case, count: usize, more: &[&str]) -> Outcome {
    let names = names(count);
    let named: Vec<&str> = names.iter().flat_map(|name| ["-n", name]).collect();
    case.run(&[&["secret", "--apply"], &named[..], more].concat())
}

/// What `get secrets` answers where these namespaces have the Secret.
fn secrets(namespaces: &[String]) -> String {
    let item = |namespace: &String| {
        json!({
            "metadata": {"namespace": namespace, "resourceVersion": "7"},
            "data": {".dockerconfigjson": STANDARD.encode(OURS)},
            "type": "kubernetes.io/dockerconfigjson",
        })
    };
    let list = json!({"items": namespaces.iter().map(item).collect::<Vec<_>>()});
    format!("get ...\n  stdout {list}\n")
}

#[test]
fn many_are_read_applied_and_read_again_by_one_call_each() {
    let script = format!("{}{}apply ...\n  exit 0\n", secrets(&[]), secrets(&names(9)));
    let case = kubectl(&script);
    let outcome = apply(&case, 9, &[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 9), "{outcome:?}");
    assert!(outcome.stdout.starts_with("secret/regcred created in namespace n00\n"));
    assert!(outcome.stderr.ends_with("note: 9 namespaces: 9 created\n"), "{outcome:?}");
    let read =
        "kubectl get secrets --all-namespaces --field-selector=metadata.name=regcred --output=json";
    let first = format!("{read} --show-managed-fields");
    let write = "kubectl apply --server-side --field-manager=kubectl-regcred --filename=-";
    assert_eq!(outcome.calls, [&first, write, read]);
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap_or_default();
    assert_eq!(manifest, "", "the last call was a read");
}

#[test]
fn what_is_not_there_afterwards_is_sent_again_alone() {
    let script = formatdoc! {r#"
        {}{}get ...
          exit 0
        apply ...
          stderr error: something
          exit 1
        apply ...
          stderr Error from server (Forbidden): secrets "regcred" is forbidden: no
          exit 1
    "#,
    secrets(&[]),
    secrets(&names(8))};
    let outcome = apply(&kubectl(&script), 9, &[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, 8), "{outcome:?}");
    assert!(outcome.stderr.contains("note: 9 namespaces: 8 created, 1 failed\n"), "{outcome:?}");
    let told = "error: namespace n08: secrets \"regcred\" is forbidden: no\n";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    assert!(outcome.calls[4].contains(" --namespace=n08"), "{outcome:?}");
}

#[test]
fn of_many_failures_twenty_are_told_and_the_rest_is_named() {
    let refuse = indoc! {r#"
        apply ...
          stderr Error from server (Forbidden): secrets "regcred" is forbidden: no
          exit 1
    "#};
    let script = formatdoc! {"
        {}{}get ...
          exit 0
        {refuse}", secrets(&[]), secrets(&[])};
    let outcome = apply(&kubectl(&script), 23, &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert_eq!(outcome.stderr.matches("error: namespace n").count(), 20);
    let rest = indoc! {"
        error: further namespaces were not written: 3
          n20
          n21
          n22

        hint: run the same command again once the rest is solved
    "};
    assert!(outcome.stderr.ends_with(rest), "{outcome:?}");
    assert!(outcome.stderr.contains("note: 23 namespaces: 23 failed\n"), "{outcome:?}");
}

#[test]
fn what_cannot_be_looked_at_afterwards_is_not_known() {
    let script = formatdoc! {"
        {}get ...
          stderr The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?
          exit 1
        apply ...
          exit 1
    ",
    secrets(&names(2))};
    let outcome = apply(&kubectl(&script), 9, &[]);
    assert_eq!(outcome.code, 1);
    let unchanged = indoc! {"
        secret/regcred unchanged in namespace n00
        secret/regcred unchanged in namespace n01
    "};
    assert_eq!(outcome.stdout, unchanged, "{outcome:?}");
    assert!(outcome.stderr.contains("error: The connection to the server"), "{outcome:?}");
    let unknown = indoc! {"
        error: whether these namespaces were written is not known: 7
          n02
    "};
    assert!(outcome.stderr.contains(unknown), "{outcome:?}");
}

#[test]
fn where_only_single_secrets_may_be_read_they_are() {
    let script = indoc! {r#"
        get ...
          stderr Error from server (Forbidden): secrets is forbidden: User "x" cannot list resource "secrets" in API group "" at the cluster scope
          exit 1
        get ...
          exit 0
        apply ...
          exit 0
    "#};
    let outcome = apply(&kubectl(script), 9, &[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (0, 9), "{outcome:?}");
    assert_eq!(outcome.calls.len(), 1 + 9 + 1, "{outcome:?}");
}

#[test]
fn replace_and_dry_runs_read_no_more_than_they_must() {
    let outcome = apply(&kubectl("apply ...\n  exit 0\n"), 9, &["--replace"]);
    assert!(outcome.stderr.contains("note: 9 namespaces: 9 applied\n"), "{outcome:?}");
    assert_eq!(outcome.calls.len(), 1);
    let script = format!("{}apply ...\n  exit 0\n", secrets(&[]));
    let outcome = apply(&kubectl(&script), 9, &["--dry-run=server"]);
    let last = "created in namespace n08 (server dry run)\n  ghcr.io: jane (added)\n";
    assert!(outcome.stdout.ends_with(last), "{outcome:?}");
    assert_eq!(outcome.calls.len(), 2);
}

#[test]
fn a_thousand_and_one_are_two_calls() {
    let script = format!("{}apply ...\n  exit 0\n", secrets(&[]));
    let outcome = apply(&kubectl(&script), 1_001, &["--dry-run=server"]);
    let applied = outcome.calls.iter().filter(|call| call.starts_with("kubectl apply")).count();
    assert_eq!((outcome.code, applied), (0, 2), "{}", outcome.stderr);
}

const NAMESPACES: &str = indoc! {"
    get ...
      stdout namespace/default
      stdout namespace/kube-system
      stdout namespace/kube-public
      stdout namespace/kube-node-lease
      stdout namespace/web
"};

#[test]
fn all_namespaces_are_those_of_the_cluster_without_the_systems() {
    let script = formatdoc! {"
        {NAMESPACES}get ...
          exit 0
        apply ...
          exit 0
    "};
    let case = kubectl(&script);
    let outcome =
        case.run(&["secret", "--apply", "-A", "--yes", "-n", "kube-public", "-o", "name"]);
    assert_eq!(outcome.stdout.lines().count(), 3, "{outcome:?}");
    let applied: Vec<_> = outcome.calls.iter().filter(|call| call.contains(" apply ")).collect();
    for (call, namespace) in applied.iter().zip(["default", "kube-public", "web"]) {
        assert!(call.ends_with(&format!("--namespace={namespace}")), "{call}");
    }
    let selected =
        kubectl(&script).run(&["secret", "--apply", "--namespace-selector", "team=web", "--yes"]);
    assert_eq!(
        selected.calls[0], "kubectl get namespaces --output=name --selector=team=web",
        "{selected:?}"
    );
}

#[test]
fn many_namespaces_need_a_terminal_or_a_yes() {
    let stderr = kubectl(NAMESPACES).fail(2, &["secret", "--apply", "-A"]);
    assert!(stderr.ends_with("hint: confirm it beforehand: --yes\n"), "{stderr}");
    let stderr =
        kubectl(NAMESPACES).fail(2, &["secret", "--apply", "-A", "--yes", "--dry-run=client"]);
    assert!(stderr.contains("only the cluster knows its namespaces"), "{stderr}");
    for arguments in [
        &["secret", "-A"][..],
        &["secret", "--namespace-selector", "a=b"],
        &["secret", "--yes"],
        &["secret", "--apply", "-A", "--namespace-selector", "a=b"],
    ] {
        assert!(kubectl("").fail(2, arguments).starts_with("error: "));
    }
}

#[test]
fn a_selector_that_no_namespace_has_is_told() {
    let stderr = kubectl("get ...\n  exit 0\n")
        .fail(1, &["secret", "--apply", "--namespace-selector", "a=b", "--yes"]);
    assert!(
        stderr.ends_with(
            "hint: list the labels of namespaces: kubectl get namespaces --show-labels\n"
        )
    );
}
