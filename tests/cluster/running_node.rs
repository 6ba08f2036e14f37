//! What `verify` says of Pods that run is what becomes of them when they are made again.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::readme_node::logged_in;
use crate::support::{Case, variable};

/// The folder of a repository in the registry with basic auth.
fn repository(name: &str) -> PathBuf {
    PathBuf::from(variable("CLUSTER")).join("basic/docker/registry/v2/repositories").join(name)
}

fn pod(case: &Case, name: &str, image: &str, secrets: &[&str], policy: &str) {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    case.apply(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": case.namespace},
        "spec": {"imagePullSecrets": secrets, "terminationGracePeriodSeconds": 0, "containers": [
            {"name": "app", "image": image, "imagePullPolicy": policy}
        ]},
    }));
}

#[test]
fn pods_that_run_and_would_not_come_back_are_found() {
    let (case, tokens) = logged_in("running");
    let basic = variable("REGISTRY_BASIC").replace("127.0.0.1", "localhost");
    let password = std::fs::read_to_string(variable("REGISTRY_PASSWORD_FILE")).unwrap();
    for (name, registry) in [("of-basic", &basic), ("of-tokens", &tokens), ("short", &basic)] {
        let login = ["secret", name, "--registry", registry, "-u", "janedoe", "--password-stdin"];
        let outcome = case.feed(&[&login[..], &["--apply", "-n", "running"]].concat(), &password);
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }
    let (from, vanishing) = (repository("private/app"), repository("private/vanish"));
    let copied = Command::new("cp").arg("-r").args([&from, &vanishing]).status().unwrap();
    assert!(copied.success());
    let images = [
        ("stays", format!("{tokens}/private/app:v1"), "of-tokens"),
        ("vanished", format!("{basic}/private/vanish:v1"), "of-basic"),
        ("unsecured", format!("{basic}/private/app:v1"), "short"),
    ];
    for (name, image, secret) in &images {
        pod(&case, name, image, &[secret], "IfNotPresent");
    }
    for (name, ..) in &images {
        case.wait(&format!("pod/{name}"), "condition=Ready");
    }
    // All of them go on running, from the node's cache.
    std::fs::remove_dir_all(vanishing).unwrap();
    case.kubectl(&["delete", "secret", "short"]);

    let page = include_str!("../../docs/verify.md");
    let (_, section) = page.split_once("\n## What runs in a cluster\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let section = section.replace("localhost:5001", &basic);
    case.plays(&section, &tokens);

    for (name, image, secret) in &images {
        case.kubectl(&["delete", "pod", name, "--force", "--grace-period=0", "--wait"]);
        pod(&case, name, image, &[secret], "Always");
    }
    case.wait("pod/stays", "condition=Ready");
    let waiting = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    for name in ["vanished", "unsecured"] {
        case.wait(&format!("pod/{name}"), &format!("{waiting}=ImagePullBackOff"));
    }
}
