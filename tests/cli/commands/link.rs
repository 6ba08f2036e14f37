//! `link` and `unlink`, against a kubectl that plays the cluster.

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::{Case, Outcome};

const ACCOUNT: &str = indoc! {r#"
    get ...
      stdout {"metadata":{"resourceVersion":"7"},"imagePullSecrets":[{"name":"old"}]}
"#};
const SECRET_IS_THERE: &str = "get ...\n  stdout kubernetes.io/dockerconfigjson\n";
const NO_PODS: &str = "get ...\n  stdout {\"items\":[]}\n";
const PATCHED: &str = "patch ...\n  exit 0\n";

fn link(script: &str, more: &[&str]) -> Outcome {
    let case = Case::new().program("kubectl", script);
    case.run(&[&["link", "--secret", "regcred"], more].concat())
}

#[test]
fn the_default_account_gets_the_secret_appended() {
    let outcome = link(&[ACCOUNT, SECRET_IS_THERE, NO_PODS, PATCHED].concat(), &["-n", "shop"]);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "serviceaccount/default linked in namespace shop\n"),
        "{outcome:?}"
    );
    assert_eq!(outcome.stderr, "", "nobody has to restart anything");
    assert_eq!(
        outcome.calls,
        [
            "kubectl get serviceaccount default --output=json --namespace=shop",
            "kubectl patch serviceaccount default --type=json --patch=[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"7\"},{\"op\":\"add\",\"path\":\"/imagePullSecrets/-\",\"value\":{\"name\":\"regcred\"}}] --field-manager=kubectl-regcred --namespace=shop",
            "kubectl get secret regcred --ignore-not-found --output=jsonpath={.type} --namespace=shop",
            "kubectl get pods --output=json --namespace=shop",
        ]
    );
}

#[test]
fn what_is_linked_already_is_left_alone() {
    let there = ACCOUNT.replace("old", "regcred");
    // Both are read at the same time.
    let outcome = link(&[there.as_str(), &there, SECRET_IS_THERE].concat(), &["a", "b"]);
    let lines = indoc! {"
        serviceaccount/a unchanged
        serviceaccount/b unchanged
    "};
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, lines), "{outcome:?}");
    assert!(!outcome.calls.iter().any(|call| call.contains(" patch ")), "{outcome:?}");
}

#[test]
fn unlink_takes_it_out_and_nothing_else() {
    let account = ACCOUNT.replace("{\"name\":\"old\"}", "{\"name\":\"a\"},{\"name\":\"regcred\"}");
    let case = Case::new().program("kubectl", &[&account, NO_PODS, PATCHED].concat());
    let outcome = case.run(&["unlink", "--secret", "regcred"]);
    assert_eq!(outcome.stdout, "serviceaccount/default unlinked\n", "{outcome:?}");
    assert!(outcome.calls[1].contains("{\"op\":\"remove\",\"path\":\"/imagePullSecrets/1\"}]"));
}

const CHANGED: &str = indoc! {"
    patch ...
      stderr The request is invalid: the server rejected our request due to an error in our request
      exit 1
"};

#[test]
fn a_list_that_changed_in_between_is_read_again() {
    let once = [ACCOUNT, ACCOUNT, SECRET_IS_THERE, NO_PODS, CHANGED, PATCHED].concat();
    assert_eq!(link(&once, &[]).stdout, "serviceaccount/default linked\n");
    let outcome = link(&[ACCOUNT, CHANGED].concat(), &[]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("error: the service account keeps changing"), "{outcome:?}");
    let patches = outcome.calls.iter().filter(|call| call.contains(" patch ")).count();
    assert_eq!(patches, 4, "tried again three times");
}

#[test]
fn a_secret_that_is_not_there_is_warned_of() {
    let outcome = link(
        &[ACCOUNT, "get ...\n  exit 0\n", NO_PODS, PATCHED].concat(),
        &["-n", "shop", "--context=x"],
    );
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.stderr,
        "warning: there is no Secret regcred in namespace shop yet: kubectl regcred secret regcred --apply -n shop --context=x\n"
    );
}

#[test]
fn workloads_that_keep_their_list_are_named() {
    let pod = |name: &str, account: &str, owner: &str, secrets: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}","labels":{{"pod-template-hash":"5d4f"}},"ownerReferences":[{owner}]}},"spec":{{"serviceAccountName":"{account}","imagePullSecrets":[{secrets}]}}}}"#
        )
    };
    let web = r#"{"kind":"ReplicaSet","name":"web-5d4f"}"#;
    let pods = [
        pod("web-5d4f-1", "default", web, ""),
        pod("web-5d4f-2", "default", web, ""),
        pod("db-0", "default", r#"{"kind":"StatefulSet","name":"db"}"#, ""),
        pod("once", "default", "", ""),
        pod("other", "builder", "", ""),
        pod("fine", "default", "", r#"{"name":"regcred"}"#),
    ];
    let pods = format!("get ...\n  stdout {{\"items\":[{}]}}\n", pods.join(","));
    let outcome =
        link(&[ACCOUNT, SECRET_IS_THERE, &pods, PATCHED].concat(), &["-n", "shop", "--context=x"]);
    assert_eq!(
        outcome.stderr,
        "note: existing Pods in namespace shop keep their imagePullSecrets until they are recreated; restart them: kubectl rollout restart -n shop deployment/web statefulset/db --context=x; recreate: pod/once\n"
    );
    let forbidden = indoc! {"
        get ...
          stderr Error from server (Forbidden): pods is forbidden: no
          exit 1
    "};
    let outcome = link(&[ACCOUNT, SECRET_IS_THERE, forbidden, PATCHED].concat(), &[]);
    assert_eq!(
        outcome.stderr,
        "note: existing Pods keep their imagePullSecrets until they are recreated\n"
    );
    assert_eq!(outcome.code, 0, "what cannot be looked at is no failure");
}

#[test]
fn a_failure_of_one_account_does_not_stop_the_others() {
    let missing = indoc! {r#"
        get ...
          stderr Error from server (NotFound): serviceaccounts "default" not found
          exit 1
    "#};
    let outcome = link(missing, &[]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains(indoc! {r#"
            error: serviceaccounts "default" not found

            hint: create the service account first: kubectl create serviceaccount default
        "#}),
        "{outcome:?}"
    );
    let forbidden = indoc! {r#"
        patch ...
          stderr Error from server (Forbidden): serviceaccounts "default" is forbidden: User "x" cannot patch resource "serviceaccounts"
          exit 1
    "#};
    let outcome =
        link(&[ACCOUNT, ACCOUNT, SECRET_IS_THERE, forbidden].concat(), &["-n", "a", "-n", "b"]);
    assert_eq!(outcome.stderr.matches("cannot patch resource").count(), 2, "{outcome:?}");
    assert_eq!(outcome.stderr.matches("hint: ").count(), 1, "{outcome:?}");
}

#[test]
fn flags_are_checked_before_anything_is_asked() {
    for (arguments, told) in [
        (&["link"][..], "--secret"),
        (&["link", "--secret", "Bad_Name"], "Secret name `Bad_Name` is not valid"),
        (&["link", "Bad_Name", "--secret", "x"], "service account name `Bad_Name` is not valid"),
        (&["link", "--secret", "x", "-n", "Bad_Name"], "namespace `Bad_Name` is not valid"),
        (&["link", "--secret", "x", "-A"], "there is no terminal to confirm it on"),
        (&["link", "--secret", "x", "--dry-run", "client"], "--dry-run=server"),
        (&["secret", "--link"], "--apply"),
    ] {
        let case = Case::new().program("kubectl", "");
        let outcome = case.run(arguments);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.stderr.contains(told), "{outcome:?}");
        assert!(outcome.calls.is_empty());
    }
}

#[test]
fn an_applied_secret_can_be_linked_at_once() {
    let case = || {
        let script = [
            "get ...\n  exit 0\n",
            ACCOUNT,
            SECRET_IS_THERE,
            NO_PODS,
            PATCHED,
            "apply ...\n  exit 0\n",
        ];
        Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", &script.concat())
    };
    let outcome = case().run(&["secret", "--apply", "--link"]);
    assert_snapshot!(outcome.stdout, @"
    secret/regcred created
    serviceaccount/default linked
    ");
    let outcome = case().run(&["secret", "--apply", "--link=builder", "--dry-run=server"]);
    assert!(
        outcome.stdout.ends_with("serviceaccount/builder linked (server dry run)\n"),
        "{outcome:?}"
    );
    assert!(outcome.calls[3].contains(" --dry-run=server"), "{outcome:?}");
}
