//! The proof: a kubelet pulls private images with the Secrets that were written.

use serde_json::{Value, json};

use crate::support::{Place, Talk, variable};

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
fn logged_in(namespace: &str, registries: &[&String]) -> Place {
    let place = Place::new(namespace).secret(&password());
    place.home.set_up_pass();
    for registry in registries {
        place.home.docker_login(registry, &password(), None);
    }
    let config = std::fs::read_to_string(place.home.path(".docker/config.json")).unwrap();
    assert!(config.contains("\"credsStore\": \"pass\""), "{config}");
    place
}

/// The Pod of the Kubernetes page: a container for each image, and these Secrets.
fn pod(place: &Place, images: &[String], secrets: &[&str]) {
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(number, image)| json!({"name": format!("private-reg-container-{number}"), "image": image}))
        .collect();
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    place.apply(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "private-reg", "namespace": place.namespace},
        "spec": {"containers": containers, "imagePullSecrets": secrets},
    }));
}

fn runs(place: &Place) {
    place.wait("pod/private-reg", "condition=Ready");
}

fn waits(place: &Place, reason: &str) {
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    place.wait("pod/private-reg", &format!("{state}={reason}"));
}

fn ok(talk: &Talk) {
    assert_eq!(talk.code, 0, "{talk:?}");
}

#[test]
fn a_login_in_pass_becomes_a_secret_and_the_pages_pod_runs() {
    for (namespace, registry) in ["page-basic", "page-tokens"].into_iter().zip(&registries()) {
        let place = logged_in(namespace, &[registry]);
        ok(&place.apply_secret(&["--registry", registry]));
        pod(&place, &[image(registry)], &["regcred"]);
        runs(&place);
    }
}

#[test]
fn what_pod_prints_runs() {
    let [registry, _] = registries();
    let place = logged_in("printed", &[&registry]);
    let talk = place.regcred(&["pod", "private-reg", "--image", &image(&registry)]);
    ok(&talk);
    place.feed_kubectl(&["apply", "--filename=-"], &talk.stdout);
    runs(&place);
}

#[test]
fn what_pod_applies_runs() {
    let [registry, _] = registries();
    let place = logged_in("applied-pod", &[&registry]);
    let talk = place.regcred(&[
        "pod",
        "private-reg",
        "--image",
        &image(&registry),
        "--apply",
        "-n",
        "applied-pod",
    ]);
    ok(&talk);
    runs(&place);
}

#[test]
fn a_service_account_that_names_the_secret_is_enough() {
    let [registry, _] = registries();
    let place = logged_in("account", &[&registry]);
    ok(&place.apply_secret(&[]));
    let patch = r#"{"imagePullSecrets":[{"name":"regcred"}]}"#;
    place.kubectl(&["patch", "serviceaccount", "default", "--patch", patch]);
    pod(&place, &[image(&registry)], &[]);
    runs(&place);
}

#[test]
fn a_secret_in_the_wrong_namespace_is_not_found() {
    let [registry, _] = registries();
    let place = logged_in("wrong-here", &[&registry]);
    let elsewhere = Place::new("wrong-there");
    ok(&place.regcred(&["secret", "--apply", "-n", &elsewhere.namespace]));
    pod(&place, &[image(&registry)], &["regcred"]);
    waits(&place, "ImagePullBackOff");
    let reasons = place.kubectl(&["get", "events", "--output=custom-columns=R:.reason"]);
    assert!(reasons.contains("FailedToRetrieveImagePullSecret"), "{reasons}");
}

#[test]
fn a_wrong_password_is_corrected_in_place_and_the_same_pod_starts() {
    let [registry, _] = registries();
    let place = logged_in("corrected", &[&registry]);
    let typed = ["--registry", &registry, "--username", "janedoe", "--password-stdin"];
    let wrong = [&["secret", "--apply", "-n", "corrected"], &typed[..]].concat();
    ok(&place.feed(&wrong, "not the password"));
    pod(&place, &[image(&registry)], &["regcred"]);
    waits(&place, "ImagePullBackOff");
    let made = place.get("pod", "private-reg")["metadata"]["uid"].clone();
    ok(&place.apply_secret(&["--registry", &registry]));
    runs(&place);
    assert_eq!(place.get("pod", "private-reg")["metadata"]["uid"], made);
}

#[test]
fn two_containers_from_two_registries_with_one_secret_and_with_two() {
    let [basic, tokens] = registries();
    let place = logged_in("one-of-two", &[&basic, &tokens]);
    ok(&place.apply_secret(&["--registry", &basic, "--registry", &tokens]));
    pod(&place, &[image(&basic), image(&tokens)], &["regcred"]);
    runs(&place);
    let place = logged_in("two-of-two", &[&basic, &tokens]);
    for (name, registry) in [("first", &basic), ("second", &tokens)] {
        ok(&place.regcred(&[
            "secret",
            name,
            "--apply",
            "-n",
            "two-of-two",
            "--registry",
            registry,
        ]));
    }
    pod(&place, &[image(&basic), image(&tokens)], &["first", "second"]);
    runs(&place);
}

#[test]
fn credentials_of_other_registries_do_not_disturb() {
    let [registry, _] = registries();
    let place = Place::new("others").logins(&[
        ("https://index.docker.io/v1/", "jane", "hunter2"),
        ("ghcr.io", "jane", "hunter2"),
        (&registry, "janedoe", &password()),
    ]);
    ok(&place.apply_secret(&["--all"]));
    assert_eq!(place.auths("regcred").as_object().unwrap().len(), 3);
    pod(&place, &[image(&registry)], &["regcred"]);
    runs(&place);
}

#[test]
fn a_broken_foreign_entry_is_left_out_and_the_rest_is_read() {
    let [registry, _] = registries();
    let place = Place::new("broken").logins(&[(&registry, "janedoe", &password())]);
    let file = place.home.path(".docker/config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    config["auths"]["broken.example.com"] = json!({"auth": "%%%"});
    std::fs::write(&file, config.to_string()).unwrap();
    let talk = place.apply_secret(&["--all"]);
    assert_eq!(talk.code, 1, "the broken one is told: {talk:?}");
    assert!(talk.stderr.contains("broken.example.com"), "{talk:?}");
    assert_eq!(place.auths("regcred").as_object().unwrap().len(), 1);
    pod(&place, &[image(&registry)], &["regcred"]);
    runs(&place);
}

#[test]
fn a_linked_account_lets_a_pod_without_any_reference_run() {
    let [registry, _] = registries();
    let place = logged_in("linked-here", &[&registry]);
    ok(&place.apply_secret(&["--link"]));
    pod(&place, &[image(&registry)], &[]);
    runs(&place);
    // What is there already keeps its list, and is named.
    let talk = place.regcred(&["link", "--secret", "another", "-n", "linked-here"]);
    assert!(talk.stderr.contains("; recreate: pod/private-reg\n"), "{talk:?}");
}

#[test]
fn the_pod_template_of_an_injected_deployment_runs() {
    let [registry, tokens] = registries();
    let place = logged_in("injected", &[&registry, &tokens]);
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
        {"name": "one", "image": image(&registry)}, {"name": "two", "image": image(&tokens)}]}});
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}});
    let yaml = serde_yaml::to_string(&manifest).unwrap();
    let talk = place.feed(&["inject", "-f", "-"], &yaml);
    ok(&talk);
    place.feed_kubectl(&["apply", "--filename=-"], &talk.stdout);
    // No controller runs here: its Pod is made by hand.
    let live = place.get("deployment", "web");
    assert_eq!(live["spec"]["template"]["spec"]["imagePullSecrets"], json!([{"name": "regcred"}]));
    let spec = json!({"containers": template["spec"]["containers"],
        "imagePullSecrets": live["spec"]["template"]["spec"]["imagePullSecrets"]});
    place.apply(&json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": "private-reg", "namespace": "injected"}}));
    runs(&place);
}
