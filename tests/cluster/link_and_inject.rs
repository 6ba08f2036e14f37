//! `link` and `inject` on the API server.

use serde_json::{Value, json};

use crate::home::finish;
use crate::support::{Case, make_namespaces};

fn case(namespace: &str) -> Case {
    Case::new(namespace).logins(&[("ghcr.io", "jane", "hunter2")])
}

fn list(case: &Case) -> Value {
    case.get("serviceaccount", "default")["imagePullSecrets"].clone()
}

fn link(case: &Case, more: &[&str]) -> crate::outcome::Outcome {
    case.regcred(&[&["link", "--secret", "regcred", "-n", &case.namespace], more].concat())
}

#[test]
fn a_list_of_five_hundred_is_appended_to_and_given_back() {
    let case = case("list");
    let names: Vec<Value> = (0..500).map(|n| json!({"name": format!("s-{n}")})).collect();
    let patch = json!({"imagePullSecrets": names}).to_string();
    case.kubectl(&["patch", "serviceaccount", "default", "--type=merge", "--patch", &patch]);
    let outcome = link(&case, &[]);
    assert_eq!(outcome.stdout, "serviceaccount/default linked in namespace list\n", "{outcome:?}");
    assert!(outcome.stderr.contains("warning: there is no Secret regcred in namespace list yet"));
    let linked = list(&case);
    assert_eq!(linked.as_array().unwrap()[..500], names[..], "the others are there, in order");
    assert_eq!(linked[500], json!({"name": "regcred"}));
    assert!(link(&case, &[]).stdout.contains("default unchanged"));
    let outcome = case.regcred(&["unlink", "--secret", "regcred", "-n", "list"]);
    assert_eq!(
        outcome.stdout, "serviceaccount/default unlinked in namespace list\n",
        "{outcome:?}"
    );
    assert_eq!(list(&case), json!(names));
}

#[test]
fn twenty_at_once_lose_nothing_of_each_other() {
    let case = case("at-once");
    std::thread::scope(|scope| {
        for number in 0..20 {
            let case = &case;
            scope.spawn(move || {
                let name = format!("s-{number}");
                // Three retries may not do among twenty: the person runs it again.
                for _ in 0..20 {
                    let outcome = case.regcred(&["link", "--secret", &name, "-n", "at-once"]);
                    if outcome.code == 0 {
                        return;
                    }
                    assert!(
                        outcome.stderr.contains("keeps changing while it is written"),
                        "{outcome:?}"
                    );
                }
                panic!("{name} was never linked");
            });
        }
    });
    assert_eq!(list(&case).as_array().unwrap().len(), 20);
}

#[test]
fn a_missing_right_or_account_is_told() {
    let case = case("rights-of-link");
    let outcome = link(&case, &["--as", "nobody"]);
    assert!(outcome.stderr.contains("cannot get resource \"serviceaccounts\""), "{outcome:?}");
    let outcome = link(&case, &["builder"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("serviceaccounts \"builder\" not found"), "{outcome:?}");
    let outcome = link(&case, &["--dry-run=server"]);
    assert!(
        outcome.stdout.ends_with("linked in namespace rights-of-link (server dry run)\n"),
        "{outcome:?}"
    );
    assert_eq!(list(&case), Value::Null);
}

#[test]
fn secret_links_in_every_namespace_that_is_chosen() {
    let case = Case::without_namespace("default").logins(&[("ghcr.io", "jane", "hunter2")]);
    let names: Vec<String> = (0..10).map(|number| format!("linked-{number}")).collect();
    make_namespaces(&case, &names, "linked");
    let account = |name: &String| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}});
    let items: Vec<Value> = names.iter().skip(1).map(account).collect();
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
    let outcome = case.regcred(&[
        "secret",
        "--apply",
        "--link",
        "--yes",
        "--namespace-selector",
        "linked=yes",
    ]);
    assert_eq!(outcome.code, 1, "one has no account: {outcome:?}");
    assert_eq!(outcome.stdout.matches("created in namespace").count(), 10, "{outcome:?}");
    assert_eq!(outcome.stdout.matches("serviceaccount/default linked").count(), 9, "{outcome:?}");
    assert!(
        outcome.stderr.contains("error: namespace linked-0: serviceaccounts \"default\" not found")
    );
}

/// Every kind that makes Pods, each as small as the API server takes it.
fn every_kind() -> Vec<Value> {
    let spec = json!({"containers": [{"name": "x", "image": "ghcr.io/a/b"}]});
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
    let selector = json!({"matchLabels": {"a": "b"}});
    let once = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": spec["containers"]}});
    let object = |version: &str, kind: &str, spec: Value| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "spec": spec});
    let with = |more: Value| {
        let mut spec = json!({"selector": selector, "template": template});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    vec![
        object("v1", "Pod", spec.clone()),
        object("apps/v1", "Deployment", with(json!({}))),
        object("apps/v1", "StatefulSet", with(json!({"serviceName": "x"}))),
        object("apps/v1", "DaemonSet", with(json!({}))),
        object("apps/v1", "ReplicaSet", with(json!({}))),
        object(
            "v1",
            "ReplicationController",
            json!({"selector": {"a": "b"}, "template": template}),
        ),
        object("batch/v1", "Job", json!({"template": once})),
        object(
            "batch/v1",
            "CronJob",
            json!({"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": once}}}),
        ),
        json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "x"}, "template": template}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}}),
    ]
}

#[test]
fn the_api_server_takes_every_kind_that_was_injected() {
    let case = case("every-kind");
    let kinds = every_kind();
    let yaml: Vec<String> = kinds.iter().map(|one| serde_yaml::to_string(one).unwrap()).collect();
    let json = json!({"apiVersion": "v1", "kind": "List", "items": kinds}).to_string();
    for stream in [yaml.join("---\n"), json] {
        let outcome = case.feed(&["inject", "-f", "-", "--service-accounts"], &stream);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let mut command = case.command("kubectl");
        command.args([
            "apply",
            "--namespace=every-kind",
            "--dry-run=server",
            "--filename=-",
            "--output=json",
        ]);
        let output = finish(command, &outcome.stdout);
        assert!(output.status.success(), "{output:?}");
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        let items = list["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["kind"]), (11, &json!("Secret")));
        for item in &items[1..] {
            assert!(
                item.to_string().contains(r#""imagePullSecrets":[{"name":"regcred"}]"#),
                "{item}"
            );
        }
    }
}

/// Each hint is pasted where the current context leads nowhere: it has to name the cluster.
#[test]
fn what_is_missing_is_created_by_what_the_errors_say() {
    let case = Case::without_namespace("newborn").logins(&[("ghcr.io", "jane", "hunter2")]);
    let flags = case.flags_of_lost_cluster();
    let ask = |words: &[&str], code: i32| {
        let flags = flags.iter().map(String::as_str);
        let words: Vec<&str> =
            words.iter().copied().chain(["-n", "newborn"]).chain(flags).collect();
        let outcome = case.regcred(&words);
        assert_eq!(outcome.code, code, "{outcome:?}");
        let lines = outcome.stderr.lines();
        lines.filter(|line| line.contains("kubectl ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let write = ["secret", "regcred", "--registry", "ghcr.io", "--apply"];
    case.paste(&ask(&write, 1)[0]);
    assert_eq!(ask(&write, 0), [""; 0]);
    let link = ["link", "ci", "--secret", "later"];
    // A warning speaks of the Secret, and the error of the account.
    for hint in ask(&link, 1) {
        case.paste(&hint);
    }
    assert_eq!(ask(&link, 0), [""; 0]);
    assert_eq!(case.auths("later")["ghcr.io"]["auth"].as_str().map(str::len), Some(16));
    case.kubectl(&["create", "deployment", "web", "--image=ghcr.io/jane/web:v1"]);
    for words in [&["diagnose", "web"], &["diagnose", "deployment/web"], &["inspect", "gone"]] {
        case.paste(&ask(words, 1)[0]);
    }
}
