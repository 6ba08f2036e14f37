//! What a person without all rights can do, and what is said where they end.

use serde_json::{Value, json};

use crate::support::{Place, make_namespaces};

/// A user who may do this to Secrets in these namespaces; a name restricts it.
fn allow(place: &Place, user: &str, namespaces: &[&str], verbs: &[&str], name: Option<&str>) {
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
    place.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
    // The authoriser takes a moment to see it.
    let question = ["auth", "can-i", verbs[0], "secret/regcred", "--as", user, "--namespace"];
    for namespace in namespaces {
        let question = [&question[..], &[namespace]].concat();
        for _ in 0..100 {
            let mut command = place.command("kubectl");
            command.args(&question);
            if command.output().unwrap().status.success() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

fn place(namespace: &str) -> Place {
    Place::new(namespace).logins(&[("ghcr.io", "jane", "hunter2")])
}

#[test]
fn get_patch_and_create_of_this_one_secret_are_enough() {
    let place = place("enough");
    allow(&place, "deployer", &["enough"], &["get", "patch", "create"], Some("regcred"));
    let talk = place.apply_secret(&["--as", "deployer"]);
    assert_eq!((talk.code, talk.stdout), (0, place.line("created")), "{}", talk.stderr);
    let talk = place.apply_secret(&["--as", "deployer", "--labels", "a=b"]);
    assert_eq!((talk.code, talk.stdout), (0, place.line("updated")), "{}", talk.stderr);
}

#[test]
fn without_get_it_takes_replace() {
    let place = place("blind");
    allow(&place, "blind", &["blind"], &["patch", "create"], Some("regcred"));
    let talk = place.apply_secret(&["--as", "blind"]);
    assert_eq!((talk.code, talk.stdout.as_str()), (1, ""), "{talk:?}");
    assert!(talk.stderr.contains("cannot get resource \"secrets\""), "{talk:?}");
    assert!(talk.stderr.ends_with("or write without reading: --replace\n"), "{talk:?}");
    let talk = place.apply_secret(&["--as", "blind", "--replace"]);
    assert_eq!((talk.code, talk.stdout), (0, place.line("applied")), "{}", talk.stderr);
}

#[test]
fn without_any_right_it_is_told_which_is_missing() {
    let place = place("nothing");
    let talk = place.apply_secret(&["--as", "nobody"]);
    assert!(talk.stderr.contains("User \"nobody\" cannot get resource \"secrets\""), "{talk:?}");
    let talk = place.apply_secret(&["--as", "nobody", "--replace"]);
    assert_eq!(talk.code, 1);
    assert!(talk.stderr.contains("User \"nobody\" cannot patch resource \"secrets\""), "{talk:?}");
    assert!(talk.stderr.contains("hint: ask for the missing right"), "{talk:?}");
    let talk = place.regcred(&["secret", "--apply", "-A", "--yes", "--as", "nobody"]);
    assert!(talk.stderr.contains("cannot list resource \"namespaces\""), "{talk:?}");
    assert!(talk.stderr.contains("hint: name the namespaces: -n NAMESPACE"), "{talk:?}");
}

#[test]
fn many_namespaces_are_read_one_by_one_where_only_that_is_allowed() {
    let place = Place::without_namespace("default").logins(&[("ghcr.io", "jane", "hunter2")]);
    let names: Vec<String> = (0..12).map(|number| format!("some-{number:02}")).collect();
    make_namespaces(&place, &names, "some");
    let allowed: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
    allow(&place, "some", &allowed, &["get", "patch", "create"], Some("regcred"));
    let named: Vec<&str> = names.iter().flat_map(|name| ["-n", name]).collect();
    let run = |more: &[&str]| {
        place.regcred(&[&["secret", "--apply", "--as", "some"], &named[..], more].concat())
    };
    let talk = run(&[]);
    assert_eq!((talk.code, talk.stdout.lines().count()), (1, 10), "{talk:?}");
    assert!(talk.stderr.contains("note: 12 namespaces: 10 created, 2 failed\n"), "{talk:?}");
    assert!(talk.stderr.contains("error: namespace some-10: "), "{talk:?}");
    // Without looking, nothing can tell what was there.
    let talk = run(&["--replace"]);
    assert!(talk.stderr.contains("note: 12 namespaces: 10 applied, 2 failed\n"), "{talk:?}");
    assert!(talk.stdout.contains("secret/regcred applied in namespace some-00\n"), "{talk:?}");
}
