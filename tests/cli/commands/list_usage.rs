//! `list`: what uses a Secret, also without Pods, and what is unused or ends soon.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::list::{Cluster, FORBIDDEN, WORKLOADS, account, items, login, references, secret};

/// A cluster with a Secret for each way of being used, and one that nothing uses.
fn used() -> Cluster {
    let names = ["by-template", "by-account", "lonely"];
    let template = |secrets: &[&str]| json!({"spec": {"imagePullSecrets": references(secrets)}});
    let named = |name: &str| json!({"name": name, "namespace": "shop"});
    let deployment = json!({"metadata": named("web"),
        "spec": {"replicas": 0, "template": template(&["by-template"])}});
    let cronjob = json!({"metadata": named("night"), "spec": {"suspend": true,
        "jobTemplate": {"spec": {"template": template(&[])}}}});
    let mut made = json!({"metadata": named("night-1"), "spec": {"template": template(&[])}});
    made["metadata"]["ownerReferences"] = json!([{"kind": "CronJob", "name": "night"}]);
    Cluster::new(
        &names.map(|name| login(name, "ghcr.io")),
        &[],
        &[account("default", &["by-account"])],
    )
    .with(WORKLOADS[0], &items(&[deployment]))
    .with(WORKLOADS[5], &items(&[cronjob]))
    .with(WORKLOADS[6], &items(&[made]))
}

#[test]
fn workloads_without_pods_use_secrets_too() {
    assert_snapshot!(used().list(&["-A", "-o", "wide"]), @"
    exit code 0
    --- stdout
    NAMESPACE   NAME          REGISTRIES   USERS   KINDS      EXPIRES   USED-BY                                PROBLEMS
    shop        by-account    ghcr.io      jane    password   -         serviceaccount/default,cronjob/night   -
    shop        by-template   ghcr.io      jane    password   -         deployment/web                         -
    shop        lonely        ghcr.io      jane    password   -         -                                      -
    ");
    assert_snapshot!(used().list(&["-A", "--unused"]), @"
    exit code 0
    --- stdout
    NAMESPACE   NAME     REGISTRIES   USERS   EXPIRES   USED-BY   PROBLEMS
    shop        lonely   ghcr.io      jane    -         -         -
    --- stderr
    note: only Pods, service accounts and the built-in workloads were looked at; a custom controller may use a Secret too: name its kind with --kinds
    ");
    let closed = used().with(WORKLOADS[2], FORBIDDEN);
    assert_snapshot!(closed.list(&["-A", "--unused"]), @r#"
    exit code 0
    --- stderr
    warning: could not read workloads: x is forbidden: User "dev" cannot list it
    note: only Pods, service accounts and the built-in workloads were looked at; a custom controller may use a Secret too: name its kind with --kinds
    No pull Secrets found.
    "#);
}

#[test]
fn kinds_that_are_named_count_too() {
    let rollout = json!({"kind": "Rollout", "metadata": {"name": "new", "namespace": "shop"},
        "spec": {"template": {"spec": {"imagePullSecrets": references(&["lonely"])}}}});
    let call = "get rollouts.argoproj.io --output=json --all-namespaces";
    let cluster = used().with(call, &items(&[rollout]));
    let outcome = cluster.list(&["-A", "--unused", "--kinds", "rollouts.argoproj.io"]);
    assert!(outcome.stderr.contains("No pull Secrets found."), "{outcome:?}");
    for bad in ["", "-x", "a b", "a/b"] {
        assert_eq!(used().list(&["-A", "--kinds", bad]).code, 2, "{bad}");
    }
}

#[test]
fn what_ends_soon_is_listed_alone() {
    let token = |name: &str, seconds: u64| {
        let now = std::time::SystemTime::now();
        let at = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + seconds;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let jwt = [part(&json!({"alg": "RS256"})), part(&json!({"exp": at})), "c2ln".to_owned()];
        let auths = json!({"reg.example.com": {"username": "u", "password": jwt.join(".")}});
        secret(name, &json!({"auths": auths}).to_string())
    };
    let cluster = Cluster::new(
        &[token("soon", 3_600), token("later", 40 * 86_400), login("never", "ghcr.io")],
        &[],
        &[],
    );
    let names = |duration: &str| -> Vec<String> {
        let outcome = cluster.list(&["-A", "-o", "json", "--expiring", duration]);
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let secrets = answer["secrets"].as_array().unwrap().iter();
        secrets.map(|secret| secret["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("7d"), ["soon"]);
    assert_eq!(names("90d"), ["later", "soon"]);
    assert!(names("30m").is_empty());
    for bad in ["", "7", "d", "-1d", "1w", "1.5d", "99999999999d"] {
        assert_eq!(cluster.list(&["-A", "--expiring", bad]).code, 2, "{bad}");
    }
    assert_eq!(cluster.list(&["-A", "--unused", "-o", "name"]).code, 2);
}
