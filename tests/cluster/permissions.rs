//! What a person without all rights can do, and what is said where they end.

use serde_json::{Value, json};

use crate::support::{Case, make_namespaces, pull_secret};

/// A user who may do this to Secrets in these namespaces; a name restricts it.
fn allow(case: &Case, user: &str, namespaces: &[&str], verbs: &[&str], name: Option<&str>) {
    let mut rule = json!({"apiGroups": [""], "resources": ["secrets"], "verbs": verbs});
    if let Some(name) = name {
        rule["resourceNames"] = json!([name]);
    }
    let group = "rbac.authorization.k8s.io";
    let items: Vec<Value> = namespaces
        .iter()
        .flat_map(|namespace| {
            let metadata = json!({"name": user, "namespace": namespace});
            [
                json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata, "rules": [rule]}),
                json!({"apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
                    "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
                    "subjects": [{"apiGroup": group, "kind": "User", "name": user}]}),
            ]
        })
        .collect();
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
    // The authoriser takes a moment to see it.
    let question = ["auth", "can-i", verbs[0], "secret/regcred", "--as", user, "--namespace"];
    for namespace in namespaces {
        let question = [&question[..], &[namespace]].concat();
        for _ in 0..100 {
            let mut command = case.command("kubectl");
            command.args(&question);
            if command.output().unwrap().status.success() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

fn case(namespace: &str) -> Case {
    Case::new(namespace).logins(&[("ghcr.io", "jane", "hunter2")])
}

#[test]
fn get_patch_and_create_of_this_one_secret_are_enough() {
    let case = case("enough");
    allow(&case, "deployer", &["enough"], &["get", "patch", "create"], Some("regcred"));
    let outcome = case.apply_secret(&["--as", "deployer"]);
    assert_eq!((outcome.code, outcome.stdout), (0, case.line("created")), "{}", outcome.stderr);
    let outcome = case.apply_secret(&["--as", "deployer", "--labels", "a=b"]);
    assert_eq!((outcome.code, outcome.stdout), (0, case.line("updated")), "{}", outcome.stderr);
}

#[test]
fn without_get_it_takes_replace() {
    let case = case("blind");
    allow(&case, "blind", &["blind"], &["patch", "create"], Some("regcred"));
    let outcome = case.apply_secret(&["--as", "blind"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("cannot get resource \"secrets\""), "{outcome:?}");
    assert!(outcome.stderr.ends_with("or write without reading: --replace\n"), "{outcome:?}");
    let outcome = case.apply_secret(&["--as", "blind", "--replace"]);
    assert_eq!((outcome.code, outcome.stdout), (0, case.line("applied")), "{}", outcome.stderr);
}

#[test]
fn without_any_right_it_is_told_which_is_missing() {
    let case = case("nothing");
    let outcome = case.apply_secret(&["--as", "nobody"]);
    assert!(
        outcome.stderr.contains("User \"nobody\" cannot get resource \"secrets\""),
        "{outcome:?}"
    );
    let outcome = case.apply_secret(&["--as", "nobody", "--replace"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("User \"nobody\" cannot patch resource \"secrets\""),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("hint: ask for the missing right"), "{outcome:?}");
    let outcome = case.regcred(&["secret", "--apply", "-A", "--yes", "--as", "nobody"]);
    assert!(outcome.stderr.contains("cannot list resource \"namespaces\""), "{outcome:?}");
    assert!(outcome.stderr.contains("hint: name the namespaces: -n NAMESPACE"), "{outcome:?}");
}

#[test]
fn namespaces_are_read_one_by_one_where_only_that_is_allowed() {
    let case = Case::without_namespace("default").logins(&[("ghcr.io", "jane", "hunter2")]);
    let names: Vec<String> = (0..12).map(|number| format!("some-{number:02}")).collect();
    make_namespaces(&case, &names, "some");
    let allowed: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
    allow(&case, "some", &allowed, &["get", "patch", "create"], Some("regcred"));
    let named: Vec<&str> = names.iter().flat_map(|name| ["-n", name]).collect();
    let run = |more: &[&str]| {
        case.regcred(&[&["secret", "--apply", "--as", "some"], &named[..], more].concat())
    };
    let outcome = run(&[]);
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, 10), "{outcome:?}");
    assert!(outcome.stderr.contains("note: 12 namespaces: 10 created, 2 failed\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("error: namespace some-10: "), "{outcome:?}");
    // Without looking, nothing can tell what was there.
    let outcome = run(&["--replace"]);
    assert!(outcome.stderr.contains("note: 12 namespaces: 10 applied, 2 failed\n"), "{outcome:?}");
    assert!(
        outcome.stdout.contains("secret/regcred applied in namespace some-00\n"),
        "{outcome:?}"
    );
}

#[test]
fn a_rotation_reads_one_by_one_and_says_what_it_may_not() {
    let case = Case::without_namespace("default").secret("n3w");
    let names = ["turn-0", "turn-1", "turn-2", "turn-3"].map(str::to_owned);
    make_namespaces(&case, &names, "turn");
    let old = json!({"auths": {"ghcr.io": {"username": "jane", "password": "old"}}});
    let items: Vec<Value> = names.iter().map(|name| pull_secret(name, &old)).collect();
    case.send(&["create"], &json!({"apiVersion": "v1", "kind": "List", "items": items}));
    allow(&case, "turner", &["turn-0", "turn-1"], &["list", "get", "patch"], None);
    allow(&case, "reader", &["turn-2"], &["list", "get"], None);
    let run = |user: &str| {
        let always = ["rotate", "--registry", "ghcr.io", "-u", "deploy", "--password-stdin"];
        let named: Vec<&str> = names.iter().flat_map(|name| ["-n", name]).collect();
        let rest = ["--no-verify", "--yes", "--as", user];
        case.feed(&[&always[..], &named, &rest].concat(), "n3w")
    };
    let outcome = run("turner");
    assert_eq!((outcome.code, outcome.stdout.lines().count()), (1, 3), "{outcome:?}");
    assert!(outcome.stderr.contains("note: 2 Secrets: 2 updated\n"), "{outcome:?}");
    for name in ["turn-2", "turn-3"] {
        let told = format!("error: namespace {name}: secrets is forbidden");
        assert!(outcome.stderr.contains(&told), "{outcome:?}");
    }
    let outcome = run("reader");
    assert!(outcome.stderr.contains("note: 1 Secret: 1 failed\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("error: namespace turn-2: "), "{outcome:?}");
    assert!(outcome.stderr.contains("cannot patch resource \"secrets\""), "{outcome:?}");
    let outcome = run("nobody");
    assert_eq!((outcome.code, outcome.stderr.matches("error: ").count()), (1, 1), "{outcome:?}");
}
