//! `diagnose POD`, against a kubectl that plays the cluster: what no single node
//! shows, and what is read by how many calls.

use indoc::{formatdoc, indoc};
use serde_json::{Value, json};

use crate::support::fake_cluster::{AROUND, Cluster, EVENTS, IMAGE, NOT_SENT, REJECTED};
use crate::support::{Case, fake_registry};

#[test]
fn a_person_reads_what_is_tried_and_one_thing_to_do() {
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    let outcome = cluster.diagnose(&[]);
    assert_eq!(
        outcome.stdout,
        formatdoc! {"
            app: ImagePullBackOff
              {REJECTED}
              ghcr.io/jane/app: the kubelet tries
                1. jane, from the Secret regcred, entry ghcr.io

            verdict: rejected: ghcr.io rejected the credentials of jane (Secret regcred, entry ghcr.io)
              hint: log in again, then: kubectl regcred secret regcred --registry ghcr.io --apply -n shop
        "}
    );
    assert_eq!((outcome.stderr.as_str(), outcome.code), ("1 problem found\n", 3));
    let calls = [
        "kubectl get pod web --output=json --namespace=shop".to_owned(),
        format!("kubectl {}", AROUND.replace("NAMES", "serviceaccount/default secret/regcred")),
        format!("kubectl {EVENTS}"),
    ];
    assert_eq!(outcome.calls, calls);
}

#[test]
fn the_words_of_other_runtimes_are_known() {
    let crio = |cause: &str| {
        let words = format!("initializing source docker://{IMAGE}: {cause}");
        Cluster::waiting(&words, &["regcred"]).login("regcred")
    };
    crio("unable to retrieve auth token: invalid username/password: unauthorized: x").assert(
        "rejected",
        "ghcr.io rejected the credentials of jane",
        "log in again",
    );
    crio("reading manifest v1 in ghcr.io/jane/app: manifest unknown").assert(
        "not-found",
        "not found in ghcr.io; the credential was accepted",
        "skopeo list-tags docker://ghcr.io/jane/app",
    );
    crio("reading manifest v1 in ghcr.io/jane/app: requested access to the resource is denied")
        .assert(
            "denied",
            "ghcr.io has no repository jane/app, or no access to it for jane",
            "grant jane read access",
        );
    crio("pinging container registry ghcr.io: Get \"https://ghcr.io/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority").assert(
        "untrusted",
        "this is configured on the node, not in a Secret",
        "/etc/containers/certs.d/ghcr.io/ca.crt",
    );
    crio("pinging container registry ghcr.io: Get \"https://ghcr.io/v2/\": http: server gave HTTP response to HTTPS client").assert(
        "plain-http",
        "speaks plain HTTP",
        "/etc/containers/registries.conf",
    );
    for (words, code) in [
        ("image pull failed for x because the signature validation failed: x", "signature"),
        ("short name mode is enforcing, but image name x returns ambiguous list", "short-name"),
        ("failed to find supported auth scheme: not implemented", "unsupported-auth"),
        ("no match for platform in manifest: not found", "wrong-platform"),
        ("unexpected status from HEAD request to x: 429 Too Many Requests", "rate-limited"),
        ("unexpected status from HEAD request to x: 503 Service Unavailable", "registry-error"),
        ("dial tcp: lookup ghcr.io: no such host", "unknown-host"),
        ("dial tcp 10.0.0.1:443: i/o timeout", "unreachable"),
        ("pull QPS exceeded", "node-throttled"),
        ("something that nobody has seen yet", "unknown"),
    ] {
        Cluster::waiting(words, &["regcred"]).login("regcred").assert(code, "", "");
    }
}

#[test]
fn of_several_attempts_the_one_that_got_farthest_decides() {
    let both = json!({"ghcr.io": {"username": "old", "password": "hunter2"},
        "ghcr.io/jane": {"username": "jane", "password": "hunter2"}});
    let missing = format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": {IMAGE}: not found"
    );
    let words = format!("[{REJECTED}, {missing}]");
    Cluster::waiting(&words, &["regcred"]).secret("regcred", &both).assert("not-found", "", "");
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).secret("regcred", &both);
    cluster.assert(
        "rejected",
        "the credentials of jane (Secret regcred, entry ghcr.io/jane), and those of old (Secret regcred, entry ghcr.io)",
        "",
    );
}

#[test]
fn a_missing_secret_is_looked_for_elsewhere() {
    let names = "get secrets --no-headers --all-namespaces";
    let there = "stdout other   regcred   kubernetes.io/dockerconfigjson   1   5m";
    let cluster = Cluster::waiting(NOT_SENT, &["regcred"]).answer(names, there);
    cluster.assert(
        "secret-missing",
        "the Pod references the Secret regcred, which does not exist; it exists in namespace other, but a Pod can only use Secrets from its own namespace",
        "copy it: kubectl regcred secret regcred --from-secret other/regcred --apply -n shop",
    );
    let outcome = cluster.diagnose(&[]);
    assert_eq!(outcome.calls.len(), 4, "the Pod tells why: no events: {outcome:?}");
    let near = "stdout shop   regcred2   kubernetes.io/dockerconfigjson   1   5m";
    let cluster = Cluster::waiting(NOT_SENT, &["regcred"]).answer(names, near);
    cluster.assert("secret-missing", "there is a Secret regcred2", "name: regcred2");
    // Who may not look everywhere may look here.
    let cluster = Cluster::waiting(NOT_SENT, &["regcred"])
        .answer(
            names,
            indoc! {"
                stderr Error from server (Forbidden): secrets is forbidden
                  exit 1"},
        )
        .answer("get secrets --no-headers --namespace=shop", "stdout regcred-2   Opaque   1   5m");
    cluster.assert("secret-missing", "there is a Secret regcred-2", "");
    assert_eq!(cluster.diagnose(&[]).calls.len(), 5);
}

#[test]
fn what_is_surely_missing_comes_before_what_may_be() {
    // Some registries say to strangers that there is nothing.
    let words = format!("failed to resolve reference \"{IMAGE}\": {IMAGE}: not found");
    let names = "get secrets --no-headers --all-namespaces";
    let cluster = Cluster::waiting(&words, &["regcred"]).answer(names, "exit 0");
    cluster.assert("secret-missing", "which does not exist", "create it in the Pod's namespace");
    Cluster::waiting(&words, &[]).assert(
        "not-found",
        "or not public (no credential was sent)",
        "skopeo list-tags",
    );
}

#[test]
fn the_registry_has_the_last_word_where_it_is_asked() {
    let registry = fake_registry::start("jane", "hunter2");
    let failing = |image: &str, words: &str, password: &str| {
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {words}");
        let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
        let entry = json!({&registry: {"username": "jane", "password": password}});
        let mut cluster = Cluster::with(&waiting, &["regcred"]).secret("regcred", &entry);
        cluster.pod["spec"]["containers"][0]["image"] = json!(image);
        let outcome = cluster.diagnose(&["--verify", "-o", "json"]);
        crate::docs::fields_are_in_reference(&outcome.stdout);
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let container = &answer["containers"][0];
        [&container["registry"]["outcome"], &container["verdict"]["code"]].map(Value::clone)
    };
    let (there, absent) = (format!("{registry}/team/app:v1"), format!("{registry}/team/app:v2"));
    let not_found = format!("{there}: not found");
    for (image, words, password, expected) in [
        (&there, "401 Unauthorized", "hunter2", ["ok", "resolved"]),
        (&there, "401 Unauthorized", "other", ["unauthorized", "rejected"]),
        (&there, not_found.as_str(), "other", ["unauthorized", "rejected"]),
        (&there, not_found.as_str(), "", ["no-credential", "empty-credential"]),
        (&absent, "401 Unauthorized", "hunter2", ["not-found", "not-found"]),
        (&there, "something new", "other", ["unauthorized", "rejected"]),
    ] {
        assert_eq!(failing(image, words, password), expected, "{image} {words} {password}");
    }
}

#[test]
fn the_accounts_secrets_count_where_the_pods_own_do_not() {
    let of_account = AROUND.replace("NAMES", "secret/ours");
    let answer = |cluster: &Cluster| {
        let secret = cluster.secrets.iter().find(|one| one["metadata"]["name"] == "ours").unwrap();
        format!("stdout {secret}")
    };
    let mut later = Cluster::waiting(NOT_SENT, &[]).login("ours");
    later.account = vec!["ours"];
    let told = answer(&later);
    later = later.answer(&of_account, &told);
    later.assert(
        "account-linked-later",
        "service account default now references Secret ours, which matches",
        "kubectl get pod web -n shop -o yaml | kubectl replace --force -f -",
    );
    later.pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "web-5d4f"}]);
    later.assert("account-linked-later", "", "recreate it: kubectl delete pod web -n shop");
    assert_eq!(later.diagnose(&[]).calls.len(), 4);

    let mut hidden = Cluster::waiting(NOT_SENT, &["own"])
        .secret("own", &json!({"quay.io": {"username": "jane", "password": "hunter2"}}))
        .login("ours");
    hidden.account = vec!["own", "ours"];
    let told = answer(&hidden);
    hidden = hidden.answer(&of_account, &told);
    hidden.assert(
        "account-secrets-ignored",
        "default references Secret ours, which does",
        "name: ours",
    );

    // What the account brings is of no use either.
    let mut neither = Cluster::waiting(NOT_SENT, &[]).secret("ours", &json!({}));
    neither.account = vec!["ours"];
    let told = answer(&neither);
    neither = neither.answer(&of_account, &told);
    neither.assert("no-pull-secret", "neither the Pod nor its service account default", "--link");
}

#[test]
fn what_was_corrected_is_resolved() {
    let failed = format!("Failed to pull image \"{IMAGE}\": {REJECTED}");
    let before = "2026-10-31T00:00:00Z";
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    cluster.event(&failed, before).assert("resolved", "a pull Secret was written after", "");
    let after = "2026-11-02T00:00:00Z";
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    cluster.event(&failed, after).assert("rejected", "", "");
    // A write counts as what it is, not only the making.
    let mut cluster =
        Cluster::waiting(REJECTED, &["regcred"]).login("regcred").event(&failed, after);
    cluster.secrets[0]["metadata"]["managedFields"] =
        json!([{"manager": "x", "time": "2026-11-03T00:00:00Z"}]);
    cluster.assert("resolved", "", "");
    Cluster::waiting("illegal base64 data at input byte 0", &["regcred"]).login("regcred").assert(
        "resolved",
        "can be decoded now",
        "",
    );
}

#[test]
fn events_tell_where_the_pod_does_not() {
    let mut cluster = Cluster::with(
        &json!({"waiting": {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{IMAGE}\"")}}),
        &["regcred"],
    )
    .login("regcred")
    .event(&format!("Failed to pull image \"{IMAGE}\": pull QPS exceeded"), "2026-11-05T00:00:03Z")
    .event("Error: ErrImagePull", "2026-11-05T00:00:02Z")
    .event(&format!("Failed to pull image \"{IMAGE}\": rpc error: code = Unknown desc = {REJECTED}"), "2026-11-05T00:00:01Z");
    cluster.assert("rejected", "", "");
    cluster.events[2]["involvedObject"]["fieldPath"] = json!("spec.containers{another}");
    cluster.assert("node-throttled", "registryPullQPS", "wait");
}

#[test]
fn a_pod_that_is_not_pulled_for_says_so() {
    let mut cluster = Cluster::with(&json!({}), &["regcred"]).login("regcred");
    cluster.assert("not-tried", "no pull reported yet", "kubectl describe pod web -n shop");
    cluster.pod["spec"]["nodeName"] = json!("");
    cluster.pod["status"] = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]});
    cluster.assert("not-tried", "no node was found for the Pod yet: 0/3 nodes are available", "");
    cluster.pod["status"] = json!({"phase": "Failed", "reason": "Evicted"});
    cluster.assert("not-tried", "the Pod has ended: Evicted", "");
    // It could not be pulled either.
    let mut bad = Cluster::with(&json!({}), &["regcred"])
        .secret("regcred", &json!({"ghcr.io": {"identitytoken": "x"}}));
    bad.assert("identity-token", "", "");
    bad.pod.as_object_mut().unwrap().remove("status");
    bad.assert("identity-token", "", "");
    bad.pod["spec"]["containers"] = json!([]);
    bad.assert("pulled", "the Pod has no images", "");
}

#[test]
fn a_static_pod_can_bring_no_secret() {
    let mut cluster = Cluster::waiting(NOT_SENT, &[]);
    cluster.pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
    cluster.assert(
        "static-pod",
        "which comes from a file on its node",
        "/var/lib/kubelet/config.json",
    );
}

#[test]
fn every_image_of_the_pod_is_judged() {
    let mut cluster = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    let spec = cluster.pod["spec"].as_object_mut().unwrap();
    spec.insert("initContainers".into(), json!([{"name": "first", "image": "ghcr.io/jane/init"}]));
    spec.insert("volumes".into(), json!([{"name": "data", "image": {"reference": "quay.io/a/b"}}]));
    cluster.pod["status"]["initContainerStatuses"] =
        json!([{"name": "first", "state": {"terminated": {"exitCode": 0}}}]);
    let outcome = cluster.diagnose(&[]);
    let heads: Vec<&str> =
        outcome.stdout.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
    assert_eq!(heads[..3], ["volume data: not-tried", "first: pulled", "app: ImagePullBackOff"]);
    assert!(heads[3].starts_with("verdict: app: rejected: "), "{outcome:?}");
    let started = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "x"}});
    Cluster::with(&started, &[]).assert("pulled", "waits for something else: CrashLoopBackOff", "");
}

#[test]
fn what_a_container_tells_of_an_image_volume_is_the_volumes() {
    // The kubelet says it of the container that mounts the volume, with the volume's image.
    let message = "Back-off pulling image \"quay.io/a/data\": ErrImagePull: failed to pull and unpack image \"quay.io/a/data:latest\": failed to resolve reference \"quay.io/a/data:latest\": quay.io/a/data:latest: not found";
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
    let mut cluster = Cluster::with(&waiting, &["regcred"]).login("regcred");
    cluster.pod["spec"]["volumes"] =
        json!([{"name": "data", "image": {"reference": "quay.io/a/data"}}]);
    let outcome = cluster.diagnose(&["-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let told = |number: usize| {
        let container = &answer["containers"][number];
        (container["container"].clone(), container["verdict"]["code"].clone())
    };
    assert_eq!(told(0), (json!("volume data"), json!("not-found")), "{answer}");
    assert_eq!(told(1), (json!("app"), json!("not-tried")), "{answer}");
    assert_eq!(
        answer["containers"][1]["verdict"]["message"],
        "the container waits for the image of volume data"
    );
}

#[test]
fn of_a_workload_the_newest_failing_pod_is_looked_at() {
    let mut failing = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    let owner = json!([{"kind": "ReplicaSet", "name": "web-5d4f"}]);
    failing.pod["metadata"]["ownerReferences"] = owner.clone();
    failing.pod["metadata"]["labels"] = json!({"pod-template-hash": "5d4f"});
    let mut older = failing.pod.clone();
    older["metadata"]["name"] = json!("older");
    older["metadata"]["creationTimestamp"] = json!("2026-10-01T00:00:00Z");
    let mut running = failing.pod.clone();
    running["metadata"]["name"] = json!("running");
    running["metadata"]["creationTimestamp"] = json!("2026-11-20T00:00:00Z");
    running["status"]["containerStatuses"][0]["state"] = json!({"running": {}});
    let list = json!({"items": [older, failing.pod, running]});
    let script = formatdoc! {"
        get pods --output=json --namespace=shop *
          stdout {list}
        {}", failing.script()};
    for name in ["deployment/web", "deploy/web", "deployments.apps/web", "replicaset/web-5d4f"] {
        let case = Case::new().program("kubectl", &script);
        let outcome = case.run(&["diagnose", name, "-n", "shop", "-o", "json"]);
        let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!((&answer["pod"], outcome.code), (&json!("web"), 3), "{name} {outcome:?}");
        assert_eq!(outcome.calls.len(), 3);
    }
    let case = Case::new().program("kubectl", &script);
    let stderr = case.fail(1, &["diagnose", "deployment/other", "-n", "shop"]);
    assert!(stderr.contains("no Pod of deployment/other found"), "{stderr}");
    assert!(stderr.contains("kubectl describe deployment/other -n shop"), "{stderr}");
}

#[test]
fn what_may_not_be_looked_at_is_told_and_the_rest_is_used() {
    let forbidden = indoc! {r#"
        stderr Error from server (Forbidden): secrets "regcred" is forbidden: User "dev" cannot get resource "secrets"
          exit 1"#};
    let around = AROUND.replace("NAMES", "serviceaccount/default secret/regcred");
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).answer(&around, forbidden).answer(
        EVENTS,
        indoc! {"
            stderr Error from server (Forbidden): events is forbidden
              exit 1"},
    );
    cluster.assert(
        "rejected",
        "ghcr.io rejected the credentials that the node sent; the Pod's Secrets (regcred) could not be read",
        "kubectl regcred secret regcred --registry ghcr.io --apply -n shop",
    );
    let outcome = cluster.diagnose(&["-o", "json"]);
    assert!(outcome.stderr.starts_with("warning: could not read Secret regcred, service account default: secrets \"regcred\" is forbidden"), "{outcome:?}");
    assert!(outcome.stderr.contains("warning: could not read events: "), "{outcome:?}");
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let container = &answer["containers"][0];
    for member in ["ordered", "candidates", "problems", "registry"] {
        assert_eq!(container[member], Value::Null, "null is what was not looked at: {answer}");
    }
    assert_eq!(container["image"], IMAGE);
}

#[test]
fn what_kubectl_refuses_is_told() {
    let script = indoc! {r#"
        get pod web --output=json --as=jane *
          stderr Error from server (NotFound): pods "web" not found
          exit 1
    "#};
    let stderr = Case::new().program("kubectl", script).fail(1, &["diagnose", "web", "--as=jane"]);
    assert!(stderr.contains("error: pods \"web\" not found"), "{stderr}");
    assert!(stderr.contains("to list the Pods: kubectl get pods --as=jane\n"), "{stderr}");
    let script = "get pod web --output=json *\n  stdout [\n";
    let stderr = Case::new().program("kubectl", script).fail(1, &["diagnose", "web"]);
    assert!(stderr.contains("its answer is not a Pod in JSON"), "{stderr}");
    for arguments in [
        &["diagnose"][..],
        &["diagnose", "-x"],
        &["diagnose", "a/b/c"],
        &["diagnose", "pod/"],
        &["diagnose", "web", "--image", "x", "-f", "x"],
        &["diagnose", "--image", "x", "-f", "x", "--verify"],
        &["diagnose", "--image", "x", "-f", "x", "-n", "shop"],
        &["diagnose", "web", "--ca-file", "x"],
        &["diagnose", "web", "--plain-http"],
    ] {
        let stderr = Case::new().fail(2, arguments);
        assert!(stderr.starts_with("error: "), "{arguments:?} {stderr}");
    }
}

#[test]
fn foreign_text_cannot_steer_the_terminal() {
    let mut cluster = Cluster::waiting("\u{1b}[31mred\u{202e}", &["regcred"]).secret(
        "regcred",
        &json!({"ghcr.io/jane\u{1b}[2J": {"username": "j\u{7}", "password": "hunter2"}}),
    );
    cluster.pod["spec"]["containers"][0]["name"] = json!("app\u{1b}[1m");
    let outcome = cluster.diagnose(&[]);
    let is_safe = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(outcome.stdout.chars().all(is_safe), "{outcome:?}");
}

#[test]
fn passwords_show_on_demand_only() {
    let cluster = Cluster::waiting(REJECTED, &["regcred"]).login("regcred");
    assert!(!cluster.diagnose(&["-o", "json", "-v"]).stdout.contains("hunter2"));
    let outcome = cluster.diagnose(&["-o", "json", "--reveal"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(answer["containers"][0]["candidates"][0]["password"], "hunter2");
    assert!(cluster.diagnose(&["--reveal"]).stdout.contains("1. jane with hunter2, from"));
}

#[test]
fn the_page_shows_what_is_printed() {
    let image = "ghcr.io/janedoe/app:v1";
    let words = NOT_SENT.replace("ghcr.io/jane/app:v1", image);
    let waiting = json!({"reason": "ImagePullBackOff",
        "message": format!("Back-off pulling image \"{image}\": ErrImagePull: {words}")});
    let pod = json!({
        "metadata": {"name": "private-reg", "namespace": "default", "uid": "u1"},
        "spec": {"nodeName": "node", "imagePullSecrets": [{"name": "regcred"}],
            "containers": [{"name": "private-reg-container", "image": image}]},
        "status": {"containerStatuses": [{"name": "private-reg-container", "state": {"waiting": waiting}}]},
    });
    let of_team = json!({"ghcr.io/team": {"username": "jane", "password": "hunter2"}});
    let secret = &Cluster::waiting("", &[]).secret("regcred", &of_team).secrets[0];
    let account = json!({"kind": "ServiceAccount", "metadata": {"resourceVersion": "7"}});
    let around = AROUND.replace("NAMES", "serviceaccount/default secret/regcred");
    let script = formatdoc! {"
        get pod private-reg --output=json *
          stdout {pod}
        {} *
          stdout {}
        {} *
          stdout {{}}
    ",
    around.replace("=shop", "=default"),
    json!({"items": [account, secret]}),
    EVENTS.replace("=shop", "=default")};
    let outcome = Case::new().program("kubectl", &script).run(&["diagnose", "private-reg"]);
    let command = "$ kubectl regcred diagnose private-reg";
    let shown = format!("{command}\n{}{}```", outcome.stdout, outcome.stderr);
    let page = include_str!("../../../../docs/diagnose.md");
    assert!(page.contains(&shown), "{shown}");
}
