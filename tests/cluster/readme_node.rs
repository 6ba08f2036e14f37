//! A person who has only README, a docker login and a cluster, up to a running Pod:
//! by the commands of the quick start, and by the questions of the guided mode.

use std::fs;

use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::screen::Screen;
use crate::support::{Case, variable};

/// A namespace, and a person who is logged in to the registry with docker and `pass`.
pub fn logged_in(namespace: &str) -> (Case, String) {
    let registry = variable("REGISTRY_TOKENS").replace("127.0.0.1", "localhost");
    let password = fs::read_to_string(variable("REGISTRY_PASSWORD_FILE")).unwrap();
    let case = Case::new(namespace).secret(&password);
    case.home.set_up_pass();
    case.home.docker_login(&registry, &password, None);
    (case, registry)
}

/// Creates the Pod of the Kubernetes page, with references to these Secrets.
pub fn create_pod(case: &Case, registry: &str, secrets: &[&str]) {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    let image = format!("{registry}/private/app:v1");
    case.apply(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "private-reg", "namespace": case.namespace},
        "spec": {
            "containers": [{"name": "private-reg-container", "image": image}],
            "imagePullSecrets": secrets,
        },
    }));
}

/// Waits until the Pod cannot pull.
pub fn fails(case: &Case) {
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    case.wait("pod/private-reg", &format!("{state}=ImagePullBackOff"));
}

/// Takes what the guided mode proposes, question by question.
pub fn take_proposals(screen: &mut Screen, registry: &str, namespace: &str) {
    for question in [
        "Diagnose Pod private-reg first? [Y/n]",
        "Create a pull Secret now? [Y/n]",
        &format!("> [ ] {registry}, from docker"),
        &format!("> [ ] {namespace}"),
        "Name of the Secret [regcred]",
        "Apply it to the cluster? (no: print YAML) [Y/n]",
        "Let new Pods use it (service account default)? [Y/n]",
        "Do this? [Y/n]",
    ] {
        screen.until_text(question);
        screen.press("\r");
    }
    screen.until_text("secret/regcred created");
    screen.until_text("serviceaccount/default linked");
    screen.until_text("code=0");
}

/// Creates the Pod again, as `diagnose` says; it has to run.
fn runs_again(case: &Case, registry: &str) {
    case.kubectl(&["delete", "pod", "private-reg", "--wait", "--grace-period=0", "--force"]);
    create_pod(case, registry, &[]);
    case.wait("pod/private-reg", "condition=Ready");
}

fn ok(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn flags_lead_from_a_login_to_a_running_pod() {
    let (case, registry) = logged_in("readme-flags");
    create_pod(&case, &registry, &[]);
    fails(&case);
    let diagnosis = case.regcred(&["diagnose", "private-reg", "-n", "readme-flags"]);
    assert!(diagnosis.stdout.contains("verdict: no-pull-secret: "), "{diagnosis:?}");
    ok(&case.regcred(&[
        "secret",
        "--registry",
        &registry,
        "--apply",
        "--link",
        "-n",
        "readme-flags",
    ]));
    runs_again(&case, &registry);
}

#[test]
fn questions_lead_from_a_login_to_a_running_pod() {
    for columns in [80, 60] {
        let namespace = format!("readme-guided-{columns}");
        let (case, registry) = logged_in(&namespace);
        create_pod(&case, &registry, &[]);
        fails(&case);
        let shell = case.shell_in_namespace("/bin/sh");
        let mut screen = Screen::open(shell, "$0", 60, columns);
        take_proposals(&mut screen, &registry, &namespace);
        assert!(screen.bytes().contains("verdict: no-pull-secret: "), "{}", screen.bytes());
        runs_again(&case, &registry);
    }
}

#[test]
fn the_quick_start_prints_what_readme_shows() {
    let (case, registry) = logged_in("team-a");
    let case = case.secret("qu4y");
    let other = Case::new("team-b");
    let quay = ["--registry", "quay.io", "-u", "robot", "--password-stdin"];
    ok(&case.feed(&[&["secret", "--apply", "-n", "team-b"][..], &quay].concat(), "qu4y"));
    fs::create_dir_all(case.home.path(".config/containers")).unwrap();
    let podman = json!({"auths": {"quay.io/org": {"auth": "cjpz"}}}).to_string();
    fs::write(case.home.path(".config/containers/auth.json"), podman).unwrap();
    create_pod(&case, &registry, &[]);
    fails(&case);
    fs::write(case.home.path("shop.yaml"), deployment(&registry).to_string()).unwrap();
    let (_, start) =
        include_str!("../../README.md").split_once("\n$ kubectl regcred sources\n").unwrap();
    let (start, _) = start.split_once("```").unwrap();
    case.plays(&format!("```console\n$ kubectl regcred sources\n{start}```"), &registry);
    assert_eq!(other.auths("regcred")["quay.io"]["username"], "robot");
    let template = &case.get("deployment", "shop")["spec"]["template"]["spec"];
    assert_eq!(template["imagePullSecrets"], json!([{"name": "regcred"}]));
}

/// A Deployment of the private image, without a reference to any Secret.
fn deployment(registry: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {
                "metadata": {"labels": {"app": "shop"}},
                "spec": {"containers": [
                    {"name": "shop", "image": format!("{registry}/private/app:v1")},
                ]},
            },
        },
    })
}
