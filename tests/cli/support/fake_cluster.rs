//! A kubectl that knows one Pod, `web` in the namespace `shop`, and what is around it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Case, Outcome};

pub const IMAGE: &str = "ghcr.io/jane/app:v1";

/// What the cluster would answer.
pub struct Cluster {
    pub pod: Value,
    pub account: Vec<&'static str>,
    pub secrets: Vec<Value>,
    pub events: Vec<Value>,
    /// More calls with their answers.
    pub more: Vec<String>,
}

impl Cluster {
    /// A Pod with one container, which waits for its image with these words.
    pub fn waiting(words: &str, secrets: &[&str]) -> Self {
        Self::pulling(IMAGE, words, secrets)
    }

    /// The same for another image.
    pub fn pulling(image: &str, words: &str, secrets: &[&str]) -> Self {
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {words}");
        let waiting = json!({"reason": "ImagePullBackOff", "message": message});
        let mut cluster = Self::with(&json!({"waiting": waiting}), secrets);
        cluster.pod["spec"]["containers"][0]["image"] = json!(image);
        cluster
    }

    pub fn with(state: &Value, secrets: &[&str]) -> Self {
        let list: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
        let pod = json!({
            "metadata": {"name": "web", "namespace": "shop", "uid": "u1",
                "creationTimestamp": "2026-11-01T00:00:00Z"},
            "spec": {"nodeName": "node", "imagePullSecrets": list,
                "containers": [{"name": "app", "image": IMAGE}]},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "state": state}]},
        });
        Self { pod, account: vec![], secrets: vec![], events: vec![], more: vec![] }
    }

    pub fn secret(mut self, name: &str, auths: &Value) -> Self {
        let value = json!({"auths": auths}).to_string();
        self.secrets.push(json!({
            "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": name, "resourceVersion": "7", "creationTimestamp": "2026-11-01T00:00:00Z"},
            "data": {".dockerconfigjson": STANDARD.encode(value)},
        }));
        self
    }

    pub fn login(self, name: &str) -> Self {
        self.secret(name, &json!({"ghcr.io": {"username": "jane", "password": "hunter2"}}))
    }

    pub fn event(mut self, message: &str, at: &str) -> Self {
        self.events.push(json!({"reason": "Failed", "message": message, "lastTimestamp": at,
            "eventTime": null, "involvedObject": {"fieldPath": "spec.containers{app}"}}));
        self
    }

    pub fn answer(mut self, call: &str, answer: &str) -> Self {
        self.more.push(format!("{call} *\n  {answer}\n"));
        self
    }

    pub fn script(&self) -> String {
        let list = |items: &[Value]| json!({"kind": "List", "items": items}).to_string();
        let names = self.pod["spec"]["imagePullSecrets"].as_array().unwrap();
        let names: Vec<&str> = names.iter().map(|one| one["name"].as_str().unwrap()).collect();
        let mut asked: Vec<String> = names.iter().map(|name| format!("secret/{name}")).collect();
        asked.dedup();
        let asked = [vec!["serviceaccount/default".to_owned()], asked].concat().join(" ");
        let account: Vec<Value> = self.account.iter().map(|name| json!({"name": name})).collect();
        let account = json!({"kind": "ServiceAccount", "metadata": {"resourceVersion": "7"},
            "imagePullSecrets": account});
        let is_brought =
            |secret: &&Value| names.contains(&secret["metadata"]["name"].as_str().unwrap());
        let around: Vec<Value> = std::iter::once(&account)
            .chain(self.secrets.iter().filter(is_brought))
            .cloned()
            .collect();
        let calls = [
            ("get pod web --output=json --namespace=shop".to_owned(), self.pod.to_string()),
            (AROUND.replace("NAMES", &asked), list(&around)),
            (EVENTS.to_owned(), list(&self.events)),
        ];
        let is_told =
            |call: &str| self.more.iter().any(|one| one.starts_with(&format!("{call} *\n")));
        let told = calls.into_iter().filter(|(call, _)| !is_told(call));
        let told = told.map(|(call, answer)| format!("{call} *\n  stdout {answer}\n"));
        told.fold(self.more.concat(), |script, block| script + &block)
    }

    pub fn diagnose(&self, more: &[&str]) -> Outcome {
        let auth = STANDARD.encode("jane:hunter2");
        let case = Case::new().program("kubectl", &self.script()).secret("hunter2").secret(&auth);
        case.run(&[&["diagnose", "web", "-n", "shop"], more].concat())
    }

    /// The verdict of the whole Pod: its code, message and hint.
    pub fn verdict(&self) -> (String, String, String) {
        let outcome = self.diagnose(&["-o", "json"]);
        let answer: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
        let text = |name: &str| answer["verdict"][name].as_str().unwrap().to_owned();
        let is_fine =
            ["pulled", "resolved", "not-tried", "node-throttled"].contains(&text("code").as_str());
        assert_eq!(outcome.code, if is_fine { 0 } else { 3 }, "{outcome:?}");
        (text("code"), text("message"), text("hint"))
    }

    #[track_caller]
    pub fn assert(&self, code: &str, message: &str, hint: &str) {
        let (found, said, told) = self.verdict();
        assert!(
            found == code && said.contains(message) && told.contains(hint),
            "{found}: {said}\n  {told}"
        );
    }
}

pub const AROUND: &str =
    "get NAMES --ignore-not-found --output=json --show-managed-fields --namespace=shop";
pub const EVENTS: &str =
    "get events --output=json --field-selector=involvedObject.uid=u1 --namespace=shop";
pub const REJECTED: &str = "failed to pull and unpack image \"ghcr.io/jane/app:v1\": failed to resolve reference \"ghcr.io/jane/app:v1\": failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://ghcr.io/token: 401 Unauthorized";
pub const NOT_SENT: &str = "failed to pull and unpack image \"ghcr.io/jane/app:v1\": failed to resolve reference \"ghcr.io/jane/app:v1\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized";
