//! A person who has only README, a docker login and a cluster, up to a running Pod:
//! by the commands of the quick start, and by the questions of the guided mode.

use std::fs;

use serde_json::json;

use crate::outcome::Outcome;
use crate::screen::Screen;
use crate::support::{Case, variable};

/// A namespace, and a person who is logged in to the registry with docker and `pass`.
fn logged_in(namespace: &str) -> (Case, String) {
    let registry = variable("REGISTRY_TOKENS");
    let password = fs::read_to_string(variable("REGISTRY_PASSWORD_FILE")).unwrap();
    let case = Case::new(namespace).secret(&password);
    case.home.set_up_pass();
    case.home.docker_login(&registry, &password, None);
    (case, registry)
}

/// Creates a Pod that references no Secret, as a first try does.
fn create_pod(case: &Case, registry: &str) {
    case.apply(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": case.namespace},
        "spec": {"containers": [{"name": "app", "image": format!("{registry}/private/app:v1")}]},
    }));
}

fn fails(case: &Case) {
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    case.wait("pod/web", &format!("{state}=ImagePullBackOff"));
}

/// Creates the Pod again, as `diagnose` says; it has to run.
fn runs_again(case: &Case, registry: &str) {
    case.kubectl(&["delete", "pod", "web", "--wait", "--grace-period=0", "--force"]);
    create_pod(case, registry);
    case.wait("pod/web", "condition=Ready");
}

fn ok(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn flags_lead_from_a_login_to_a_running_pod() {
    let (case, registry) = logged_in("readme-flags");
    create_pod(&case, &registry);
    fails(&case);
    let diagnosis = case.regcred(&["diagnose", "web", "-n", "readme-flags"]);
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
        create_pod(&case, &registry);
        fails(&case);
        let mut screen = guided(&case, columns);
        for question in [
            "Diagnose Pod web first? [Y/n]",
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
        assert!(screen.bytes().contains("verdict: no-pull-secret: "), "{}", screen.bytes());
        runs_again(&case, &registry);
    }
}

/// The guided mode in a terminal of this width.
fn guided(case: &Case, columns: u16) -> Screen {
    Screen::open(case.shell_in_namespace("/bin/sh"), "$0", 60, columns)
}
