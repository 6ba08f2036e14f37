//! The proof: a kubelet pulls private images with the Secrets that were written.

use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::support::{Case, variable};

/// The registry with basic auth, and the one with tokens.
fn registries() -> [String; 2] {
    [variable("REGISTRY_BASIC"), variable("REGISTRY_TOKENS")]
}

fn image(registry: &str) -> String {
    format!("{registry}/private/app:v1")
}

fn password() -> String {
    std::fs::read_to_string(variable("REGISTRY_PASSWORD_FILE")).unwrap()
}

/// A namespace, and a person who is logged in to these registries with `pass`.
fn logged_in(namespace: &str, registries: &[&String]) -> Case {
    let case = Case::new(namespace).secret(&password());
    case.home.set_up_pass();
    for registry in registries {
        case.home.docker_login(registry, &password(), None);
    }
    let config = std::fs::read_to_string(case.home.path(".docker/config.json")).unwrap();
    assert!(config.contains("\"credsStore\": \"pass\""), "{config}");
    case
}

/// The Pod of the Kubernetes page: a container for each image, and these Secrets.
fn pod(case: &Case, images: &[String], secrets: &[&str]) {
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(number, image)| json!({"name": format!("private-reg-container-{number}"), "image": image}))
        .collect();
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    case.apply(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "private-reg", "namespace": case.namespace},
        "spec": {"containers": containers, "imagePullSecrets": secrets},
    }));
}

fn runs(case: &Case) {
    case.wait("pod/private-reg", "condition=Ready");
}

fn waits(case: &Case, reason: &str) {
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    case.wait("pod/private-reg", &format!("{state}={reason}"));
}

fn ok(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn a_login_in_pass_becomes_a_secret_and_the_pages_pod_runs() {
    for (namespace, registry) in ["page-basic", "page-tokens"].into_iter().zip(&registries()) {
        let case = logged_in(namespace, &[registry]);
        ok(&case.apply_secret(&["--registry", registry]));
        pod(&case, &[image(registry)], &["regcred"]);
        runs(&case);
    }
}

#[test]
fn what_pod_prints_runs() {
    let [registry, _] = registries();
    let case = logged_in("printed", &[&registry]);
    let outcome = case.regcred(&["pod", "private-reg", "--image", &image(&registry)]);
    ok(&outcome);
    case.feed_kubectl(&["apply", "--filename=-"], &outcome.stdout);
    runs(&case);
}

#[test]
fn what_pod_applies_runs() {
    let [registry, _] = registries();
    let case = logged_in("applied-pod", &[&registry]);
    let stderr = case.regcred(&[
        "pod",
        "private-reg",
        "--image",
        &image(&registry),
        "--apply",
        "-n",
        "applied-pod",
    ]);
    ok(&stderr);
    runs(&case);
}

#[test]
fn a_service_account_that_names_the_secret_is_enough() {
    let [registry, _] = registries();
    let case = logged_in("account", &[&registry]);
    ok(&case.apply_secret(&[]));
    let patch = r#"{"imagePullSecrets":[{"name":"regcred"}]}"#;
    case.kubectl(&["patch", "serviceaccount", "default", "--patch", patch]);
    pod(&case, &[image(&registry)], &[]);
    runs(&case);
}

#[test]
fn a_secret_in_the_wrong_namespace_is_not_found() {
    let [registry, _] = registries();
    let case = logged_in("wrong-here", &[&registry]);
    let elsewhere = Case::new("wrong-there");
    ok(&case.regcred(&["secret", "--apply", "-n", &elsewhere.namespace]));
    pod(&case, &[image(&registry)], &["regcred"]);
    waits(&case, "ImagePullBackOff");
    let reasons = case.kubectl(&["get", "events", "--output=custom-columns=R:.reason"]);
    assert!(reasons.contains("FailedToRetrieveImagePullSecret"), "{reasons}");
}

#[test]
fn a_wrong_password_is_corrected_and_the_same_pod_starts() {
    let [registry, _] = registries();
    let case = logged_in("corrected", &[&registry]);
    let typed = ["--registry", &registry, "--username", "janedoe", "--password-stdin"];
    let wrong = [&["secret", "--apply", "-n", "corrected"], &typed[..]].concat();
    ok(&case.feed(&wrong, "not the password"));
    pod(&case, &[image(&registry)], &["regcred"]);
    waits(&case, "ImagePullBackOff");
    let made = case.get("pod", "private-reg")["metadata"]["uid"].clone();
    ok(&case.apply_secret(&["--registry", &registry]));
    runs(&case);
    assert_eq!(case.get("pod", "private-reg")["metadata"]["uid"], made);
}

#[test]
fn two_registries_serve_with_one_secret_and_with_two() {
    let [basic, tokens] = registries();
    let case = logged_in("one-of-two", &[&basic, &tokens]);
    ok(&case.apply_secret(&["--registry", &basic, "--registry", &tokens]));
    pod(&case, &[image(&basic), image(&tokens)], &["regcred"]);
    runs(&case);
    let case = logged_in("two-of-two", &[&basic, &tokens]);
    for (name, registry) in [("first", &basic), ("second", &tokens)] {
        ok(&case.regcred(&["secret", name, "--apply", "-n", "two-of-two", "--registry", registry]));
    }
    pod(&case, &[image(&basic), image(&tokens)], &["first", "second"]);
    runs(&case);
}

#[test]
fn credentials_of_other_registries_do_not_disturb() {
    let [registry, _] = registries();
    let case = Case::new("others").logins(&[
        ("https://index.docker.io/v1/", "jane", "hunter2"),
        ("ghcr.io", "jane", "hunter2"),
        (&registry, "janedoe", &password()),
    ]);
    ok(&case.apply_secret(&["--all"]));
    assert_eq!(case.auths("regcred").as_object().unwrap().len(), 3);
    pod(&case, &[image(&registry)], &["regcred"]);
    runs(&case);
}

#[test]
fn a_broken_foreign_entry_is_left_out_and_the_rest_is_read() {
    let [registry, _] = registries();
    let case = Case::new("broken").logins(&[(&registry, "janedoe", &password())]);
    let file = case.home.path(".docker/config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config["auths"]["broken.example.com"] = json!({"auth": "%%%"});
    std::fs::write(&file, config.to_string()).unwrap();
    let outcome = case.apply_secret(&["--all"]);
    assert_eq!(outcome.code, 1, "the broken one is told: {outcome:?}");
    assert!(outcome.stderr.contains("broken.example.com"), "{outcome:?}");
    assert_eq!(case.auths("regcred").as_object().unwrap().len(), 1);
    pod(&case, &[image(&registry)], &["regcred"]);
    runs(&case);
}

#[test]
fn a_linked_account_lets_a_pod_without_any_reference_run() {
    let [registry, _] = registries();
    let case = logged_in("linked-here", &[&registry]);
    ok(&case.apply_secret(&["--link"]));
    pod(&case, &[image(&registry)], &[]);
    runs(&case);
    // What is there already keeps its list, and is named.
    let outcome = case.regcred(&["link", "--secret", "another", "-n", "linked-here"]);
    assert!(outcome.stderr.contains("; recreate: pod/private-reg\n"), "{outcome:?}");
}

#[test]
fn the_pod_template_of_an_injected_deployment_runs() {
    let [registry, tokens] = registries();
    let case = logged_in("injected", &[&registry, &tokens]);
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
        {"name": "one", "image": image(&registry)}, {"name": "two", "image": image(&tokens)}]}});
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}});
    let yaml = serde_yaml::to_string(&manifest).unwrap();
    let outcome = case.feed(&["inject", "-f", "-"], &yaml);
    ok(&outcome);
    case.feed_kubectl(&["apply", "--filename=-"], &outcome.stdout);
    // No controller runs here: its Pod is made by hand.
    let live = case.get("deployment", "web");
    assert_eq!(live["spec"]["template"]["spec"]["imagePullSecrets"], json!([{"name": "regcred"}]));
    let spec = json!({"containers": template["spec"]["containers"],
        "imagePullSecrets": live["spec"]["template"]["spec"]["imagePullSecrets"]});
    case.apply(&json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": "private-reg", "namespace": "injected"}}));
    runs(&case);
}
