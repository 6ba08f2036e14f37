//! `--apply` in one namespace: what was there, and whose it was.

use indoc::indoc;
use serde_json::json;

use crate::support::{Case, pull_secret};

const LOGIN: [(&str, &str, &str); 1] = [("ghcr.io", "jane", "hunter2")];

fn case(namespace: &str) -> Case {
    Case::new(namespace).logins(&LOGIN)
}

#[test]
fn twice_in_a_row_writes_once() {
    let case = case("twice");
    let first = case.apply_secret(&[]);
    assert_eq!((first.code, first.stdout), (0, case.line("created")), "{}", first.stderr);
    let version = || case.get("secret", "regcred")["metadata"]["resourceVersion"].clone();
    let before = version();
    let second = case.apply_secret(&[]);
    assert_eq!((second.code, second.stdout), (0, case.line("unchanged")), "{}", second.stderr);
    assert_eq!(version(), before);
    let live = case.get("secret", "regcred");
    assert_eq!(live["metadata"]["managedFields"][0]["manager"], "kubectl-regcred");
    assert_eq!(case.auths("regcred")["ghcr.io"]["password"], "hunter2");
}

#[test]
fn a_secret_of_kubectl_create_is_taken_over() {
    let case = case("created");
    case.kubectl(&[
        "create",
        "secret",
        "docker-registry",
        "regcred",
        "--docker-server=quay.io",
        "--docker-username=rob",
        "--docker-password=old",
    ]);
    let outcome = case.apply_secret(&[]);
    assert_eq!(outcome.stdout, case.line("updated"), "{outcome:?}");
    assert!(outcome.stderr.contains(
        "note: the Secret was written by kubectl before: its fields are taken over in namespace created\n"
    ));
    assert!(outcome.stderr.contains("note: kept in namespace created: quay.io\n"), "{outcome:?}");
    let auths = case.auths("regcred");
    assert_eq!(auths["quay.io"]["password"], "old");
    assert_eq!(auths["ghcr.io"]["password"], "hunter2");
}

#[test]
fn a_secret_of_client_side_apply_is_taken_over_without_its_copy() {
    let case = case("applied").secret("b2xkZXI6b2xkZXI=");
    let old = pull_secret("applied", &json!({"auths": {"quay.io": {"auth": "b2xkZXI6b2xkZXI="}}}));
    case.feed_kubectl(&["apply", "--filename=-"], &old.to_string());
    let annotations = || case.get("secret", "regcred")["metadata"]["annotations"].to_string();
    assert!(annotations().contains("last-applied-configuration"));
    let outcome = case.apply_secret(&[]);
    assert_eq!(outcome.stdout, case.line("updated"), "{outcome:?}");
    assert!(outcome.stderr.contains("which held the old credential\n"), "{outcome:?}");
    assert!(!annotations().contains("last-applied-configuration"));
    assert_eq!(case.auths("regcred")["quay.io"]["auth"], "b2xkZXI6b2xkZXI=");
    assert_eq!(case.apply_secret(&[]).stdout, case.line("unchanged"));
}

#[test]
fn a_secret_of_another_manager_is_refused_with_its_name() {
    let case = case("argo");
    let theirs = pull_secret("argo", &json!({"auths": {"quay.io": {"auth": "dTpw"}}}));
    let apply = ["apply", "--server-side", "--field-manager=argocd-controller", "--filename=-"];
    case.feed_kubectl(&apply, &theirs.to_string());
    let outcome = case.apply_secret(&[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert!(
        outcome.stderr.ends_with(indoc! {"
            error: namespace argo: the Secret belongs to argocd-controller

            hint: let the owner write the Secret, or take ownership: --force-conflicts
        "}),
        "{outcome:?}"
    );
    assert_eq!(case.auths("regcred"), json!({"quay.io": {"auth": "dTpw"}}));
    assert_eq!(case.apply_secret(&["--force-conflicts"]).stdout, case.line("updated"));
    assert_eq!(case.auths("regcred")["quay.io"]["auth"], "dTpw");
}

#[test]
fn data_and_labels_of_others_survive() {
    let case = case("foreign");
    let mut theirs =
        pull_secret("foreign", &json!({"auths": {"quay.io": {"auth": "dTpw", "note": [1]}}}));
    theirs["metadata"]["labels"] = json!({"team": "web"});
    theirs["data"]["other"] = json!("b3RoZXI=");
    case.feed_kubectl(&["create", "--filename=-"], &theirs.to_string());
    assert_eq!(case.apply_secret(&["--labels", "app=x"]).stdout, case.line("updated"));
    let live = case.get("secret", "regcred");
    assert_eq!(live["metadata"]["labels"], json!({"team": "web", "app": "x"}));
    assert_eq!(live["data"]["other"], "b3RoZXI=");
    assert_eq!(case.auths("regcred")["quay.io"], json!({"auth": "dTpw", "note": [1]}));
    // Replacing writes exactly what was asked for into its own key, and no other.
    assert_eq!(case.apply_secret(&["--replace"]).stdout, case.line("applied"));
    assert_eq!(case.auths("regcred").as_object().unwrap().len(), 1);
    assert_eq!(case.get("secret", "regcred")["data"]["other"], "b3RoZXI=");
}

#[test]
fn what_cannot_be_changed_is_told() {
    let case = case("fixed");
    let mut fixed = pull_secret("fixed", &json!({"auths": {}}));
    fixed["immutable"] = json!(true);
    case.feed_kubectl(&["create", "--filename=-"], &fixed.to_string());
    let outcome = case.apply_secret(&[]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("field is immutable when `immutable` is set"), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("hint: choose another name for the pull Secret: an immutable Secret"),
        "{outcome:?}"
    );
    case.kubectl(&["create", "secret", "generic", "opaque", "--from-literal=a=b"]);
    let outcome = case.regcred(&["secret", "opaque", "--apply", "-n", "fixed"]);
    assert!(outcome.stderr.contains("is of type Opaque, which cannot be changed"), "{outcome:?}");
}

#[test]
fn missing_and_terminating_namespaces_do_not_stop_the_others() {
    let (case, ending) = (case("going-on"), Case::new("ending"));
    ending.kubectl(&["delete", "namespace", "ending", "--wait=false"]);
    let outcome = case.apply_secret(&["-n", "ending", "-n", "no-such-one"]);
    assert_eq!((outcome.code, outcome.stdout), (1, case.line("created")));
    assert!(
        outcome.stderr.contains("note: 3 namespaces: 1 created, 2 failed\n"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("error: namespace ending: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("because it is being terminated"), "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("error: namespace no-such-one: namespaces \"no-such-one\" not found")
    );
    assert!(outcome.stderr.contains("kubectl create namespace"), "{}", outcome.stderr);
}

#[test]
fn a_server_dry_run_keeps_nothing() {
    let case = case("dry");
    let outcome = case.apply_secret(&["--dry-run=server"]);
    let line = case.line("created").replace('\n', " (server dry run)\n");
    let shown = format!("{line}  ghcr.io: jane (added)\n");
    assert_eq!((outcome.code, outcome.stdout), (0, shown), "{}", outcome.stderr);
    assert_eq!(case.kubectl(&["get", "secrets", "--output=name"]), "");
}

#[test]
fn contexts_and_exec_plugins_reach_kubectl() {
    let case = case("contexts");
    let server =
        case.kubectl(&["config", "view", "--output=jsonpath={.clusters[0].cluster.server}"]);
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
    let (first, second) = (case.home.path("one"), case.home.path("two"));
    std::fs::write(&first, config.to_string()).unwrap();
    std::fs::write(&second, users.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = case.command(crate::home::BINARY);
        command.env("KUBECONFIG", format!("{}:{}", first.display(), second.display()));
        command.args(["secret", "--apply"]).args(arguments);
        case.finish(command, "")
    };
    let outcome = run(&[]);
    assert!(outcome.stderr.contains("hint: renew kubectl's own login"), "{outcome:?}");
    // The context brings its namespace.
    assert_eq!(run(&["--context", "good"]).stdout, "secret/regcred created\n");
    assert_eq!(case.auths("regcred")["ghcr.io"]["username"], "jane");
    assert_eq!(run(&["--user", "exec", "-n", "contexts"]).stdout, case.line("unchanged"));
    let outcome = run(&["--context", "nowhere"]);
    assert!(outcome.stderr.contains("nowhere"), "{outcome:?}");
}

#[test]
fn a_secret_is_copied_to_other_namespaces_with_its_entries_corrected() {
    let case = Case::new("copy-from").secret("hunter2");
    for name in ["copy-a", "copy-b"] {
        let _ = Case::new(name);
    }
    let odd = json!({"auths": {"https://ghcr.io/v1/": {"auth": "jane:hunter2", "email": "x@y"}}});
    let mut generic = pull_secret("copy-from", &odd);
    generic["type"] = json!("Opaque");
    case.send(&["create"], &generic);
    // The person's context leads nowhere: both clusters are named.
    let [kubeconfig, context] = case.flags_of_lost_cluster();
    let from = context.replace("--context", "--from-context");
    let flags = ["-n", "copy-a", "-n", "copy-b", "--apply", &kubeconfig, &context];
    let secret = ["secret", "pull", "--from-secret", "copy-from/regcred", &from];
    let outcome = case.regcred(&[&secret[..], &flags].concat());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    insta::assert_snapshot!(outcome.stderr, @"
    warning: Secret regcred in namespace copy-from holds a Secret of type Opaque, which the kubelet skips; corrected in what is written
    warning: Secret regcred in namespace copy-from has an entry https://ghcr.io/v1/ whose `auth` is clear text, not base64 of user:password; corrected in what is written
    ghcr.io: jane, from Secret regcred in namespace copy-from
    note: 2 namespaces: 2 created
    ");
    for name in ["copy-a", "copy-b"] {
        let auths = Case::without_namespace(name).auths("pull");
        let expected =
            json!({"username": "jane", "password": "hunter2", "auth": "amFuZTpodW50ZXIy"});
        assert_eq!(auths, json!({"ghcr.io": expected}));
    }
    let missing = ["secret", "--from-secret", "copy-from/none", &from, "-o", "dockerconfigjson"];
    let outcome = case.regcred(&[&missing[..], &[&kubeconfig]].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("namespace copy-from: Secret none not found"), "{outcome:?}");
}

#[test]
fn a_server_dry_run_shows_what_becomes_of_each_entry() {
    let case = Case::new("tried").secret("hunter2").secret("hunter3");
    let case = case.logins(&[
        ("ghcr.io", "robot", "hunter2"),
        ("quay.io", "bob", "hunter3"),
        ("reg.example.com", "u", "p4ss"),
    ]);
    let live = json!({"auths": {
        "https://ghcr.io/v1/": {"username": "jane", "password": "x"},
        "quay.io": {"username": "bob", "password": "x"},
        "other.io": {"username": "o", "password": "x"},
    }});
    case.send(&["create"], &pull_secret("tried", &live));
    let before = case.get("secret", "regcred");
    let outcome = case.apply_secret(&["--all", "--dry-run=server"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    insta::assert_snapshot!(outcome.stdout, @"
    secret/regcred updated in namespace tried (server dry run)
      ghcr.io: jane → robot
      other.io: o (kept)
      quay.io: bob (changed)
      reg.example.com: u (added)
    ");
    assert_eq!(case.get("secret", "regcred"), before);
}

#[test]
fn nodes_of_the_registrys_cloud_are_noted() {
    const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let case = Case::new("cloud").logins(&[(ECR, "AWS", "hunter2")]);
    let node = |id: &str| {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "cloudy"},
            "spec": {"providerID": id}})
    };
    case.send(&["create"], &node("aws:///eu-west-1a/i-0abc"));
    let outcome = case.apply_secret(&[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let note = "and the nodes are both of AWS, and may need no pull Secret: attach the policy";
    assert!(outcome.stderr.contains(note), "{outcome:?}");
    case.kubectl(&["delete", "node", "cloudy"]);
    let outcome = case.apply_secret(&["--labels", "a=b"]);
    assert!(outcome.code == 0 && !outcome.stderr.contains("and the nodes"), "{outcome:?}");
}
