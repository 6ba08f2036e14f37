//! `--apply` in one namespace: what was there, and whose it was.

use serde_json::json;

use crate::support::{Place, pull_secret};

const LOGIN: [(&str, &str, &str); 1] = [("ghcr.io", "jane", "hunter2")];

fn place(namespace: &str) -> Place {
    Place::new(namespace).logins(&LOGIN)
}

#[test]
fn twice_in_a_row_writes_once() {
    let place = place("twice");
    let first = place.apply_secret(&[]);
    assert_eq!((first.code, first.stdout), (0, place.line("created")), "{}", first.stderr);
    let version = || place.get("secret", "regcred")["metadata"]["resourceVersion"].clone();
    let before = version();
    let second = place.apply_secret(&[]);
    assert_eq!((second.code, second.stdout), (0, place.line("unchanged")), "{}", second.stderr);
    assert_eq!(version(), before);
    let live = place.get("secret", "regcred");
    assert_eq!(live["metadata"]["managedFields"][0]["manager"], "kubectl-regcred");
    assert_eq!(place.auths("regcred")["ghcr.io"]["password"], "hunter2");
}

#[test]
fn a_secret_of_kubectl_create_is_taken_over() {
    let place = place("created");
    place.kubectl(&[
        "create",
        "secret",
        "docker-registry",
        "regcred",
        "--docker-server=quay.io",
        "--docker-username=rob",
        "--docker-password=old",
    ]);
    let talk = place.apply_secret(&[]);
    assert_eq!(talk.stdout, place.line("updated"), "{talk:?}");
    assert!(talk.stderr.contains(
        "note: the Secret was written by kubectl before: its fields are taken over in namespace created\n"
    ));
    assert!(talk.stderr.contains("note: kept in namespace created: quay.io\n"), "{talk:?}");
    let auths = place.auths("regcred");
    assert_eq!(auths["quay.io"]["password"], "old");
    assert_eq!(auths["ghcr.io"]["password"], "hunter2");
}

#[test]
fn a_secret_of_client_side_apply_is_taken_over_without_its_copy() {
    let place = place("applied").secret("b2xkZXI6b2xkZXI=");
    let old = pull_secret("applied", &json!({"auths": {"quay.io": {"auth": "b2xkZXI6b2xkZXI="}}}));
    place.feed_kubectl(&["apply", "--filename=-"], &old.to_string());
    let annotations = || place.get("secret", "regcred")["metadata"]["annotations"].to_string();
    assert!(annotations().contains("last-applied-configuration"));
    let talk = place.apply_secret(&[]);
    assert_eq!(talk.stdout, place.line("updated"), "{talk:?}");
    assert!(talk.stderr.contains("which held the old credential\n"), "{talk:?}");
    assert!(!annotations().contains("last-applied-configuration"));
    assert_eq!(place.auths("regcred")["quay.io"]["auth"], "b2xkZXI6b2xkZXI=");
    assert_eq!(place.apply_secret(&[]).stdout, place.line("unchanged"));
}

#[test]
fn a_secret_of_another_manager_is_refused_with_its_name() {
    let place = place("argo");
    let theirs = pull_secret("argo", &json!({"auths": {"quay.io": {"auth": "dTpw"}}}));
    let apply = ["apply", "--server-side", "--field-manager=argocd-controller", "--filename=-"];
    place.feed_kubectl(&apply, &theirs.to_string());
    let talk = place.apply_secret(&[]);
    assert_eq!((talk.code, talk.stdout.as_str()), (1, ""), "{talk:?}");
    assert!(talk.stderr.ends_with(
        "error: namespace argo: the Secret belongs to argocd-controller\n\nhint: let the owner write the Secret, or take ownership: --force-conflicts\n"
    ), "{talk:?}");
    assert_eq!(place.auths("regcred"), json!({"quay.io": {"auth": "dTpw"}}));
    assert_eq!(place.apply_secret(&["--force-conflicts"]).stdout, place.line("updated"));
    assert_eq!(place.auths("regcred")["quay.io"]["auth"], "dTpw");
}

#[test]
fn data_and_labels_of_others_survive() {
    let place = place("foreign");
    let mut theirs =
        pull_secret("foreign", &json!({"auths": {"quay.io": {"auth": "dTpw", "note": [1]}}}));
    theirs["metadata"]["labels"] = json!({"team": "web"});
    theirs["data"]["other"] = json!("b3RoZXI=");
    place.feed_kubectl(&["create", "--filename=-"], &theirs.to_string());
    assert_eq!(place.apply_secret(&["--labels", "app=x"]).stdout, place.line("updated"));
    let live = place.get("secret", "regcred");
    assert_eq!(live["metadata"]["labels"], json!({"team": "web", "app": "x"}));
    assert_eq!(live["data"]["other"], "b3RoZXI=");
    assert_eq!(place.auths("regcred")["quay.io"], json!({"auth": "dTpw", "note": [1]}));
    // Replacing writes exactly what was asked for into its own key, and no other.
    assert_eq!(place.apply_secret(&["--replace"]).stdout, place.line("applied"));
    assert_eq!(place.auths("regcred").as_object().unwrap().len(), 1);
    assert_eq!(place.get("secret", "regcred")["data"]["other"], "b3RoZXI=");
}

#[test]
fn what_cannot_be_changed_is_told() {
    let place = place("fixed");
    let mut fixed = pull_secret("fixed", &json!({"auths": {}}));
    fixed["immutable"] = json!(true);
    place.feed_kubectl(&["create", "--filename=-"], &fixed.to_string());
    let talk = place.apply_secret(&[]);
    assert_eq!(talk.code, 1);
    assert!(talk.stderr.contains("field is immutable when `immutable` is set"), "{talk:?}");
    assert!(
        talk.stderr.contains("hint: delete the immutable Secret, then run the same command again"),
        "{talk:?}"
    );
    place.kubectl(&["create", "secret", "generic", "opaque", "--from-literal=a=b"]);
    let talk = place.regcred(&["secret", "opaque", "--apply", "-n", "fixed"]);
    assert!(talk.stderr.contains("is of type Opaque, which cannot be changed"), "{talk:?}");
}

#[test]
fn missing_and_terminating_namespaces_do_not_stop_the_others() {
    let (place, ending) = (place("going-on"), Place::new("ending"));
    ending.kubectl(&["delete", "namespace", "ending", "--wait=false"]);
    let talk = place.apply_secret(&["-n", "ending", "-n", "no-such-one"]);
    assert_eq!((talk.code, talk.stdout), (1, place.line("created")));
    assert!(talk.stderr.contains("note: 3 namespaces: 1 created, 2 failed\n"), "{}", talk.stderr);
    assert!(talk.stderr.contains("error: namespace ending: "), "{}", talk.stderr);
    assert!(talk.stderr.contains("because it is being terminated"), "{}", talk.stderr);
    assert!(
        talk.stderr.contains("error: namespace no-such-one: namespaces \"no-such-one\" not found")
    );
    assert!(talk.stderr.contains("kubectl create namespace"), "{}", talk.stderr);
}

#[test]
fn a_server_dry_run_keeps_nothing() {
    let place = place("dry");
    let talk = place.apply_secret(&["--dry-run=server"]);
    let line = place.line("created").replace('\n', " (server dry run)\n");
    assert_eq!((talk.code, talk.stdout), (0, line), "{}", talk.stderr);
    assert_eq!(place.kubectl(&["get", "secrets", "--output=name"]), "");
}

#[test]
fn contexts_and_exec_plugins_reach_kubectl() {
    let place = place("contexts");
    let server =
        place.kubectl(&["config", "view", "--output=jsonpath={.clusters[0].cluster.server}"]);
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never",
        "args": ["-c", r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"admin-token"}}'"#],
    });
    let config = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
    });
    let users = json!({
        "apiVersion": "v1", "kind": "Config",
        "users": [{"name": "exec", "user": {"exec": exec}}, {"name": "nobody", "user": {"token": "wrong"}}],
        "contexts": [
            {"name": "good", "context": {"cluster": "test", "user": "exec", "namespace": "contexts"}},
            {"name": "bad", "context": {"cluster": "test", "user": "nobody"}},
        ],
        "current-context": "bad",
    });
    let (first, second) = (place.home.path("one"), place.home.path("two"));
    std::fs::write(&first, config.to_string()).unwrap();
    std::fs::write(&second, users.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = place.command(crate::programs::BINARY);
        command.env("KUBECONFIG", format!("{}:{}", first.display(), second.display()));
        command.args(["secret", "--apply"]).args(arguments);
        place.finish(command, "")
    };
    let talk = run(&[]);
    assert!(talk.stderr.contains("hint: renew kubectl's own login"), "{talk:?}");
    // The context brings its namespace.
    assert_eq!(run(&["--context", "good"]).stdout, "secret/regcred created\n");
    assert_eq!(place.auths("regcred")["ghcr.io"]["username"], "jane");
    assert_eq!(run(&["--user", "exec", "-n", "contexts"]).stdout, place.line("unchanged"));
    let talk = run(&["--context", "nowhere"]);
    assert!(talk.stderr.contains("nowhere"), "{talk:?}");
}
