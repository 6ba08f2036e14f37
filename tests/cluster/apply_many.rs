//! Many namespaces at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Case, make_namespaces, pull_secret};

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number:04}")).collect()
}

fn case() -> Case {
    Case::without_namespace("default").logins(&[("ghcr.io", "jane", "hunter2")])
}

/// The Secrets of the namespaces with this prefix.
pub fn live(case: &Case, prefix: &str) -> BTreeMap<String, Value> {
    let text = case.kubectl(&[
        "get",
        "secrets",
        "--all-namespaces",
        "--field-selector=metadata.name=regcred",
        "--output=json",
    ]);
    let list: Value = serde_json::from_str(&text).unwrap();
    let items = list["items"].as_array().unwrap().iter();
    let of = |item: &Value| item["metadata"]["namespace"].as_str().unwrap().to_owned();
    items
        .map(|item| (of(item), item.clone()))
        .filter(|(name, _)| name.starts_with(prefix))
        .collect()
}

#[test]
fn a_thousand_namespaces_of_which_three_cannot_be_written() {
    let case = case();
    let names = names("thousand", 1_000);
    make_namespaces(&case, &names, "thousand");
    for name in [&names[17], &names[500]] {
        case.kubectl(&["delete", "namespace", name, "--wait=false"]);
    }
    case.kubectl(&["label", "namespace", &names[999], "closed=yes"]);
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
         "metadata": {"name": "closed"},
         "spec": {"failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"], "resources": ["secrets"]}]},
            "validations": [{"expression": "false", "message": "no Secrets here"}]}},
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
         "metadata": {"name": "closed"},
         "spec": {"policyName": "closed", "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"closed": "yes"}}}}},
    ]}));
    // The policy takes a moment.
    let probe = pull_secret(&names[999], &json!({"auths": {}}));
    let mut is_closed = false;
    for _ in 0..100 {
        let mut command = case.command("kubectl");
        command.args(["create", "--dry-run=server", "--filename=-"]);
        is_closed = !crate::home::finish(command, &probe.to_string()).status.success();
        if is_closed {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(is_closed, "the policy has no effect");

    let command = ["secret", "--apply", "--yes", "--namespace-selector", "thousand=yes"];
    let outcome = case.regcred(&command);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, 997), "{}", outcome.stderr);
    assert!(
        outcome.stdout.lines().all(|line| line.starts_with("secret/regcred created in namespace"))
    );
    assert!(outcome.stderr.contains("note: 1000 namespaces: 997 created, 3 failed\n"));
    for (name, reason) in [
        (&names[17], "because it is being terminated"),
        (&names[500], "because it is being terminated"),
        (&names[999], "no Secrets here"),
    ] {
        let told = outcome
            .stderr
            .lines()
            .find(|line| line.starts_with(&format!("error: namespace {name}: ")));
        assert!(told.is_some_and(|line| line.contains(reason)), "{}", outcome.stderr);
    }
    assert_eq!(outcome.stderr.matches("error: ").count(), 3, "{}", outcome.stderr);
    assert_eq!(live(&case, "thousand").len(), 997);
    let again = case.regcred(&command);
    assert!(again.stderr.contains("note: 1000 namespaces: 997 unchanged, 3 failed\n"), "{again:?}");
}

/// What twelve namespaces hold before: nothing, kubectl's, with a copy, others'.
fn mixed(case: &Case, names: &[String]) {
    let value = json!({"auths": {"quay.io": {"auth": "dTpw"}}});
    for (number, name) in names.iter().enumerate() {
        let secret = pull_secret(name, &value).to_string();
        let arguments: &[&str] = match number % 4 {
            0 => continue,
            1 => &["create", "--filename=-"],
            2 => &["apply", "--filename=-"],
            _ => &["apply", "--server-side", "--field-manager=argocd", "--filename=-"],
        };
        let in_its_own = [&["--namespace", name], arguments].concat();
        case.feed_kubectl(&in_its_own, &secret);
    }
}

#[test]
fn owners_and_copies_are_told_apart_in_one_run() {
    let case = case();
    let names = names("mixed", 12);
    make_namespaces(&case, &names, "mixed");
    mixed(&case, &names);
    let command = ["secret", "--apply", "--yes", "--namespace-selector", "mixed=yes"];
    let outcome = case.regcred(&command);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stderr.contains("note: 12 namespaces: 3 created, 6 updated, 3 failed\n"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("its fields are taken over in 6 namespaces\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("note: kept in 6 namespaces: quay.io\n"), "{outcome:?}");
    assert!(
        outcome.stderr.contains("note: removed in 3 namespaces: the annotation"),
        "{outcome:?}"
    );
    assert_eq!(outcome.stderr.matches("the Secret belongs to argocd\n").count(), 3, "{outcome:?}");
    assert_eq!(
        outcome.stderr.matches("hint: ").count(),
        1,
        "what helps all is said once: {outcome:?}"
    );
    for (name, live) in live(&case, "mixed") {
        assert!(!live["metadata"].to_string().contains("last-applied"), "{name}: {live}");
    }
    let again = case.regcred(&command);
    assert!(again.stderr.contains("note: 12 namespaces: 9 unchanged, 3 failed\n"), "{again:?}");
}

#[test]
fn the_systems_namespaces_are_left_out_unless_they_are_named() {
    let case = case();
    let run = |more: &[&str]| {
        let outcome =
            case.regcred(&[&["secret", "--apply", "-A", "--dry-run=server"], more].concat());
        assert!(outcome.stdout.ends_with(" (server dry run)\n"), "{}", outcome.stderr);
        outcome.stdout
    };
    let all = run(&[]);
    assert!(all.contains(" in namespace default (server dry run)\n"));
    assert!(!all.contains("kube-"), "a system namespace was written to");
    let named = run(&["-n", "kube-public"]);
    assert!(named.contains(" in namespace kube-public "));
    assert!(!named.contains("kube-system"));
    assert_eq!(live(&case, "kube-").len(), 0);
}

#[test]
fn a_selector_that_nothing_has_is_told() {
    let outcome =
        case().regcred(&["secret", "--apply", "--yes", "--namespace-selector", "no=such"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.contains("error: no namespace has these labels\n"), "{outcome:?}");
}

#[test]
fn pods_go_where_their_secret_is() {
    let case = case();
    let names = names("pods", 10);
    make_namespaces(&case, &names, "pods");
    let account = |name: &String| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}});
    let items: Vec<Value> = names.iter().skip(1).map(account).collect();
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
    let outcome = case.regcred(&[
        "pod",
        "web",
        "--image",
        "ghcr.io/a/b",
        "--apply",
        "--yes",
        "--namespace-selector",
        "pods=yes",
    ]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("note: 10 namespaces: 10 created\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("note: 10 namespaces: 9 applied, 1 failed\n"), "{outcome:?}");
    assert!(
        outcome.stderr.contains("error: namespace pods-0000: pods \"web\" is forbidden"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("pod/web applied in namespace pods-0009\n"), "{outcome:?}");
}

#[test]
fn readme_shows_what_is_printed() {
    let case =
        Case::without_namespace("default").logins(&[("localhost:5000", "janedoe", "s3cret")]);
    make_namespaces(&case, &["shop", "shop-old", "shop-staging"].map(str::to_owned), "shop");
    for name in ["shop", "shop-old", "shop-staging"] {
        case.kubectl(&["label", "namespace", name, "team=web"]);
    }
    case.kubectl(&["delete", "namespace", "shop-old", "--wait=false"]);
    let command = "kubectl regcred secret --registry localhost:5000 --apply --namespace-selector team=web --yes";
    let outcome = case.regcred(&command.split(' ').skip(2).collect::<Vec<_>>());
    // On a terminal the lines of what was written stand before the sum.
    let (before, after) = outcome.stderr.split_at(outcome.stderr.find("note: 3").unwrap());
    let shown = format!("$ {command}\n{before}{}{after}", outcome.stdout);
    let readme = include_str!("../../docs/apply.md").replace("\n  ", "\n");
    assert!(readme.contains(&format!("{shown}```")), "{shown}");
}

/// What needs no other program is run as it stands.
#[test]
fn what_the_page_on_pipelines_shows_works() {
    let page = include_str!("../../docs/pipelines.md");
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let case = Case::new("storefront").secret("t0ken");
    let run = |command: &str| {
        let ours = command.split(" | ").find(|part| part.starts_with("kubectl regcred")).unwrap();
        case.feed(&ours.split(' ').skip(2).collect::<Vec<_>>(), "t0ken")
    };
    let outcome = run(commands[0]);
    let shown = format!("{}\n{}{}```", commands[0], outcome.stderr, outcome.stdout);
    assert!(page.contains(&shown), "{outcome:?}");
    assert!(run(commands[0]).stdout.contains("unchanged"));
    let outcome = run(commands[1]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.stdout, run(commands[1]).stdout, "the same bytes");
}

#[test]
fn what_the_page_on_namespaces_shows_works() {
    let case = Case::new("north").logins(&[("ghcr.io", "janedoe", "hunter2")]).secret("t0ken");
    let south = Case::new("south");
    for case in [&case, &south] {
        case.kubectl(&["label", "namespace", &case.namespace, "team=sales"]);
    }
    std::fs::write(case.home.path("token.txt"), "t0ken").unwrap();
    case.plays(include_str!("../../docs/many-namespaces.md"), "localhost:5000");
}
