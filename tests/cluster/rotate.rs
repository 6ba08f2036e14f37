//! `rotate`: another credential in every pull Secret of a registry, and nothing else.

use serde_json::{Value, json};

use crate::support::{Case, make_namespaces};

const NEW: &str = "n3w-hunter";

fn case() -> Case {
    Case::without_namespace("default").secret(NEW).secret("hunter2")
}

/// The command with the new credential on standard input.
fn rotate(case: &Case, more: &[&str]) -> crate::outcome::Outcome {
    let login = ["rotate", "-u", "robot", "--password-stdin"];
    case.feed(&[&login[..], more].concat(), NEW)
}

fn secret(namespace: &str, name: &str, value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": {".dockerconfigjson": value},
    })
}

const OLD: &str = r#"{ "auths" : {"ghcr.io":{"username":"jane","password":"hunter2"}, "quay.io": {"auth":"dTpw", "x" : 1} } }"#;

fn changed(value: &str) -> String {
    let old = r#"{"username":"jane","password":"hunter2"}"#;
    let new = r#"{"username":"robot","password":"n3w-hunter","auth":"cm9ib3Q6bjN3LWh1bnRlcg=="}"#;
    assert!(value.contains(old));
    value.replace(old, new)
}

/// A Secret without what every write changes, its values decoded.
fn without_versions(case: &Case, name: &str) -> Value {
    use base64::Engine;
    let mut live = case.get("secret", name);
    let metadata = live["metadata"].as_object_mut().unwrap();
    metadata.remove("managedFields");
    metadata.remove("resourceVersion");
    for value in live["data"].as_object_mut().unwrap().values_mut() {
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
        *value = json!(String::from_utf8(bytes).unwrap());
    }
    live
}

#[test]
fn the_entry_alone_changes() {
    let case = Case::new("rotate-one").secret(NEW).secret("hunter2");
    let mut rich = secret("rotate-one", "rich", OLD);
    rich["metadata"]["labels"] = json!({"team": "web"});
    rich["metadata"]["annotations"] = json!({"note": "keep"});
    rich["stringData"]["other"] = json!("bytes");
    case.send(&["create"], &rich);
    let legacy = r#"{"https://ghcr.io/v1/" : {"username":"jane","password":"hunter2"}, "q.io":{}}"#;
    let mut old_type = secret("rotate-one", "legacy", "");
    old_type["type"] = json!("kubernetes.io/dockercfg");
    old_type["stringData"] = json!({".dockercfg": legacy});
    case.send(&["apply"], &old_type);
    let ours = ["secret", "ours", "--registry", "ghcr.io", "-u", "jane", "--password-stdin"];
    let more = ["--apply", "-n", "rotate-one", "--labels", "a=b", "--annotations", "c=d"];
    assert_eq!(case.feed(&[&ours[..], &more].concat(), "hunter2").code, 0);
    let names = ["rich", "legacy", "ours"];
    let before: Vec<Value> = names.iter().map(|name| without_versions(&case, name)).collect();

    let outcome =
        rotate(&case, &["--registry", "ghcr.io", "-n", "rotate-one", "--no-verify", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    insta::assert_snapshot!(format!("{}{}", outcome.stdout, outcome.stderr), @r"
    NAMESPACE    NAME     KEY                   USER           OWNER   ACTION
    rotate-one   legacy   https://ghcr.io/v1/   jane → robot   -       update
    rotate-one   ours     ghcr.io               jane → robot   -       update
    rotate-one   rich     ghcr.io               jane → robot   -       update
    ghcr.io: robot, from standard input
    note: 3 Secrets: 3 updated
    warning: the files that these Secrets were applied from hold the old credential: rotate-one/legacy
    ");
    for (name, mut before) in names.iter().zip(before) {
        for value in before["data"].as_object_mut().unwrap().values_mut() {
            let text = value.as_str().unwrap();
            if *name == "ours" {
                *value = json!(changed(&text.replace(r#","auth":"amFuZTpodW50ZXIy""#, "")));
            } else if text != "bytes" {
                *value = json!(changed(text));
            }
        }
        assert_eq!(without_versions(&case, name), before);
    }
    // What is done is not done again, and `secret --apply` finds nothing to fight with.
    let again = rotate(&case, &["--registry", "ghcr.io", "-n", "rotate-one", "--yes"]);
    assert_eq!((again.code, again.stdout.matches("unchanged").count()), (0, 3), "{again:?}");
    let apply = ["secret", "ours", "--registry", "ghcr.io", "-u", "robot", "--password-stdin"];
    let outcome = case.feed(&[&apply[..], &["--apply", "-n", "rotate-one"]].concat(), "third");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn what_must_not_be_written_is_left_and_said() {
    let case = Case::new("rotate-left").secret(NEW).secret("hunter2");
    let mut frozen = secret("rotate-left", "frozen", OLD);
    frozen["immutable"] = json!(true);
    let mut external = secret("rotate-left", "external", OLD);
    external["metadata"]["labels"] = json!({"reconcile.external-secrets.io/managed": "true"});
    let odd = OLD.replace("dTpw", "%");
    for document in [frozen, external, secret("rotate-left", "odd", &odd)] {
        case.send(&["create"], &document);
    }
    let by_argo = secret("rotate-left", "argo", OLD);
    case.send(&["apply", "--server-side", "--field-manager=argocd-controller"], &by_argo);
    let names = ["frozen", "external", "odd", "argo"];
    let before: Vec<Value> = names.iter().map(|name| case.get("secret", name)).collect();
    let run = |more: &[&str]| {
        let always = ["--registry", "ghcr.io", "-n", "rotate-left", "--no-verify", "--yes"];
        rotate(&case, &[&always[..], more].concat())
    };
    let outcome = run(&[]);
    insta::assert_snapshot!(format!("{}{}", outcome.stdout, outcome.stderr), @r"
    NAMESPACE     NAME       KEY       USER           OWNER              ACTION
    rotate-left   argo       ghcr.io   jane → robot   Argo CD            skip-managed
    rotate-left   external   ghcr.io   jane → robot   External Secrets   skip-managed
    rotate-left   frozen     ghcr.io   jane → robot   -                  skip-immutable
    rotate-left   odd        ghcr.io   jane → robot   -                  skip-malformed
    ghcr.io: robot, from standard input
    error: namespace rotate-left: Secret frozen is immutable

    hint: choose another name for the pull Secret: an immutable Secret cannot be changed
    error: Secret odd in namespace rotate-left: holds an `auth` that is not base64 of user:password, in the entry at line 1, column 115

    hint: for details: kubectl regcred inspect odd -n rotate-left
    ");
    assert_eq!(outcome.code, 1);
    let after: Vec<Value> = names.iter().map(|name| case.get("secret", name)).collect();
    assert_eq!(before, after);

    let outcome = run(&["--include-managed", "--dry-run=server", "--secret-name", "argo"]);
    assert!(outcome.stderr.contains("1 Secret: 1 updated (server dry run)\n"), "{outcome:?}");
    assert_eq!(case.get("secret", "argo"), before[3]);
    let outcome = run(&["--include-managed", "--secret-name", "argo"]);
    let warning =
        "warning: the tools that these Secrets belong to may undo the change: rotate-left/argo";
    assert!(outcome.stderr.contains(warning), "{outcome:?}");
    assert_eq!(case.auths("argo")["ghcr.io"]["username"], "robot");
}

/// Of a thousand namespaces, two hundred have the registry, written in three ways.
fn thousand(case: &Case, prefix: &str) -> Vec<String> {
    let names: Vec<String> = (0..1_000).map(|number| format!("{prefix}-{number:04}")).collect();
    make_namespaces(case, &names, prefix);
    let list = |kinds: std::ops::Range<usize>| {
        let numbers = (0..1_000).step_by(5).filter(|number| kinds.contains(&(number / 5 % 10)));
        let items: Vec<Value> =
            numbers.map(|number| secret(&names[number], "regcred", OLD)).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    };
    case.send(&["create"], &list(0..4));
    case.send(&["apply", "--server-side", "--field-manager=kubectl-regcred"], &list(4..8));
    case.send(&["apply", "--server-side", "--field-manager=helm"], &list(8..10));
    names
}

#[test]
fn two_rotations_at_once_over_a_thousand_namespaces() {
    let case = case();
    thousand(&case, "rotate-many");
    let registry = ["--registry", "ghcr.io", "--namespace-selector", "rotate-many=yes"];
    let shown = rotate(&case, &[&registry[..], &["--dry-run=client", "--no-headers"]].concat());
    assert_eq!((shown.code, shown.stdout.lines().count()), (0, 200), "{shown:?}");
    let run = || rotate(&case, &[&registry[..], &["--no-verify", "--yes", "-o", "json"]].concat());
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(run);
        (run(), other.join().unwrap())
    });
    for outcome in [one, other] {
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let actions: Vec<&str> = answer["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["action"].as_str().unwrap())
            .collect();
        let count = |action: &str| actions.iter().filter(|one| **one == action).count();
        assert_eq!(count("skip-managed"), 40, "{actions:?}");
        assert_eq!(count("updated") + count("unchanged"), 160, "{actions:?}");
    }
    let live = crate::apply_many::live(&case, "rotate-many-");
    assert_eq!(live.len(), 200);
    for (name, live) in live {
        use base64::Engine;
        let data = live["data"][".dockerconfigjson"].as_str().unwrap();
        let value = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        let number: usize = name.rsplit_once('-').unwrap().1.parse().unwrap();
        let expected = if number / 5 % 10 < 8 { changed(OLD) } else { OLD.to_owned() };
        assert_eq!(String::from_utf8(value).unwrap(), expected, "{name}");
    }
}
