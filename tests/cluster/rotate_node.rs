//! A credential is revoked in the registry and replaced in the cluster: Pods pull again.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::home::finish;
use crate::outcome::Outcome;
use crate::support::{Case, pull_secret, variable};

/// The users of the registry with basic auth.
struct Users(String);

impl Users {
    fn new() -> Self {
        Self(format!("{}/htpasswd", variable("CLUSTER")))
    }

    fn add(&self, name: &str, password: &str) {
        self.change(&["-iB"], name, password);
    }

    fn remove(&self, name: &str) {
        self.change(&["-D"], name, "");
    }

    /// Changes a copy and puts it in the file's place: other tests pull meanwhile.
    fn change(&self, flags: &[&str], name: &str, password: &str) {
        let copy = format!("{}.new", self.0);
        fs::copy(&self.0, &copy).unwrap();
        let mut htpasswd = Command::new("htpasswd");
        htpasswd.args(flags).args([&copy, name]);
        assert!(finish(htpasswd, password).status.success());
        fs::rename(copy, &self.0).unwrap();
    }
}

fn ok(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

fn pod(case: &Case, name: &str, registry: &str) {
    case.apply(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": case.namespace},
        "spec": {"imagePullSecrets": [{"name": "regcred"}], "containers": [
            {"name": "app", "image": format!("{registry}/private/app:v1"), "imagePullPolicy": "Always"}
        ]},
    }));
}

#[test]
fn the_page_replaces_a_revoked_credential_and_pods_pull_again() {
    let registry = variable("REGISTRY_BASIC").replace("127.0.0.1", "localhost");
    let users = Users::new();
    users.add("old-robot", "0ld-token");
    users.add("new-robot", "n3w-token");
    let north = Case::new("north").secret("0ld-token").secret("n3w-token");
    let south = Case::new("south");
    let old = ["secret", "--registry", &registry, "-u", "old-robot", "--password-stdin", "--apply"];
    ok(&north.feed(&[&old[..], &["-n", "north"]].concat(), "0ld-token"));
    ok(&north.feed(&[&old[..], &["-n", "south", "--secret-name", "legacy"]].concat(), "0ld-token"));
    let value = json!({"auths": {&registry: {"username": "old-robot", "password": "0ld-token"}}});
    let mut external = pull_secret("south", &value);
    external["metadata"]["ownerReferences"] = json!([{"apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret", "name": "eso", "uid": "7b0f2d0e-6f0d-4b5b-9d0e-1a2b3c4d5e6f"}]);
    south.apply(&external);
    pod(&north, "before", &registry);
    north.wait("pod/before", "condition=Ready");

    users.remove("old-robot");
    pod(&north, "revoked", &registry);
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
    north.wait("pod/revoked", &format!("{state}=ImagePullBackOff"));
    fs::write(north.home.path("token.txt"), "n3w-token").unwrap();
    north.plays(include_str!("../../docs/rotate.md"), &registry);
    pod(&north, "after", &registry);
    north.wait("pod/after", "condition=Ready");
    north.wait("pod/revoked", "condition=Ready");
    assert_eq!(south.auths("legacy")[&registry]["username"], "new-robot");
    assert_eq!(south.auths("regcred")[&registry]["username"], "old-robot");
}
