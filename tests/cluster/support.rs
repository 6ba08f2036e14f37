//! A namespace and a home for each test, on the cluster that is running.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::home::{BINARY, Home, finish};
use crate::outcome::Outcome;

/// A namespace of its own, and a home with nothing in it.
pub struct Case {
    pub home: Home,
    pub namespace: String,
    secrets: Vec<String>,
}

pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("`tests/run` sets {name}"))
}

impl Case {
    /// A namespace of this name, with the service account that a controller
    /// would make.
    pub fn new(namespace: &str) -> Self {
        let case = Self::without_namespace(namespace);
        let documents = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
            {"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": false,
             "metadata": {"name": "default", "namespace": namespace}},
        ]});
        case.apply(&documents);
        case
    }

    pub fn without_namespace(namespace: &str) -> Self {
        Self { home: Home::new(), namespace: namespace.to_owned(), secrets: Vec::new() }
    }

    /// Docker's configuration with these plain entries.
    pub fn logins(mut self, logins: &[(&str, &str, &str)]) -> Self {
        let mut auths = serde_json::Map::new();
        for (key, user, password) in logins {
            let auth = STANDARD.encode(format!("{user}:{password}"));
            auths.insert((*key).to_owned(), json!({"auth": auth}));
            self.secrets.extend([(*password).to_owned(), auth]);
        }
        let config = json!({"auths": auths}).to_string();
        fs::write(self.home.path(".docker/config.json"), config).unwrap();
        self
    }

    /// A text that may show nowhere but on standard output.
    pub fn secret(mut self, text: &str) -> Self {
        self.secrets.push(text.to_owned());
        self
    }

    /// Whichever kubectl the cluster was built with, as its administrator.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.home.command(program);
        let path = format!("{}:{}", variable("CLUSTER_PROGRAMS"), std::env::var("PATH").unwrap());
        command.env("PATH", path).env("KUBECONFIG", variable("KUBECONFIG"));
        command
    }

    fn kubectl_output(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(&format!("{}/kubectl", variable("CLUSTER_PROGRAMS")));
        command.arg(format!("--namespace={}", self.namespace)).args(arguments);
        finish(command, input)
    }

    /// kubectl in this namespace; its output where it succeeded.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.feed_kubectl(arguments, "")
    }

    pub fn feed_kubectl(&self, arguments: &[&str], input: &str) -> String {
        let output = self.kubectl_output(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Applies documents that say their namespaces.
    pub fn apply(&self, document: &Value) {
        self.send(&["apply", "--server-side", "--force-conflicts"], document);
    }

    /// The same with another command than `apply`.
    pub fn send(&self, arguments: &[&str], document: &Value) {
        let mut command = self.command("kubectl");
        command.args(arguments).arg("--filename=-");
        let output = finish(command, &document.to_string());
        assert!(output.status.success(), "{output:?}");
    }

    /// An object as it stands, with who owns what.
    pub fn get(&self, kind: &str, name: &str) -> Value {
        let text = self.kubectl(&["get", kind, name, "--output=json", "--show-managed-fields"]);
        serde_json::from_str(&text).unwrap()
    }

    /// The entries of a live pull Secret.
    pub fn auths(&self, name: &str) -> Value {
        let data = self.get("secret", name)["data"][".dockerconfigjson"].clone();
        let bytes = STANDARD.decode(data.as_str().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()["auths"].clone()
    }

    /// Waits for what kubectl can wait for.
    pub fn wait(&self, target: &str, condition: &str) {
        let output = self
            .kubectl_output(&["wait", target, &format!("--for={condition}"), "--timeout=120s"], "");
        assert!(
            output.status.success(),
            "{output:?}\n{}",
            self.kubectl(&["get", "events", "--output=custom-columns=M:.message"])
        );
    }

    /// Our binary, as `kubectl regcred`'s own process.
    pub fn regcred(&self, arguments: &[&str]) -> Outcome {
        self.feed(arguments, "")
    }

    pub fn feed(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.command(BINARY);
        command.args(arguments);
        self.finish(command, input)
    }

    pub fn finish(&self, command: Command, input: &str) -> Outcome {
        let outcome = Outcome::from(finish(command, input));
        assert_ne!(outcome.code, -1, "a signal ended it: {outcome:?}");
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!outcome.stderr.contains(secret.as_str()), "a secret shows: {outcome:?}");
        }
        outcome
    }

    /// The flags that name the cluster, by a kubeconfig whose current context is missing:
    /// a command without them reaches nothing.
    pub fn flags_of_lost_cluster(&self) -> [String; 2] {
        let kubeconfig = fs::read_to_string(variable("KUBECONFIG")).unwrap();
        let context = self.kubectl(&["config", "current-context"]).trim().to_owned();
        let current = format!("current-context: {context}");
        assert!(kubeconfig.contains(&current), "{kubeconfig}");
        let path = self.home.path("kubeconfig");
        fs::write(&path, kubeconfig.replace(&current, "current-context: lost")).unwrap();
        [format!("--kubeconfig={}", path.display()), format!("--context={context}")]
    }

    /// A shell in which kubectl finds this program as its plugin.
    pub fn shell(&self, program: &str) -> Command {
        let bin = self.home.path("bin");
        if !bin.exists() {
            fs::create_dir(&bin).unwrap();
            symlink(BINARY, bin.join("kubectl-regcred")).unwrap();
        }
        let (programs, path) = (variable("CLUSTER_PROGRAMS"), std::env::var("PATH").unwrap());
        let mut shell = self.command(program);
        shell.env("PATH", format!("{}:{programs}:{path}", bin.display()));
        shell
    }

    /// Runs the command at the end of a hint, as a person pastes it into a shell.
    pub fn paste(&self, hint: &str) {
        let command = hint.get(hint.find("kubectl").unwrap()..).unwrap();
        let mut shell = self.shell("bash");
        shell.args(["-ec", command]);
        let output = finish(shell, "");
        assert!(output.status.success(), "{command}: {output:?}");
    }

    /// The same with a context that has the namespace, as after `kubectl config
    /// set-context --current --namespace`.
    pub fn shell_in_namespace(&self, program: &str) -> Command {
        let path = self.home.path("kubeconfig");
        let configuration = fs::read_to_string(variable("KUBECONFIG")).unwrap();
        let user = "user: admin";
        assert!(configuration.contains(user), "{configuration}");
        let with_namespace = format!("{user}, namespace: {}", self.namespace);
        fs::write(&path, configuration.replace(user, &with_namespace)).unwrap();
        let mut shell = self.shell(program);
        shell.env("KUBECONFIG", path);
        shell
    }

    /// Runs the commands of a page in order; each has to print what the page shows,
    /// where this registry is the page's `localhost:5000`.
    pub fn plays(&self, page: &str, registry: &str) {
        let blocks = page.split("```console\n").skip(1);
        let blocks = blocks.map(|block| block.split_once("```").unwrap().0);
        for step in blocks.flat_map(|block| block.split("$ ").skip(1)) {
            let (command, shown) = step.split_once('\n').unwrap();
            let mut shell = self.shell_in_namespace("bash");
            let typed = command.replace("localhost:5000", registry);
            shell.current_dir(self.home.path(".")).args(["-c", &format!("{{ {typed}; }} 2>&1")]);
            let output = finish(shell, "");
            let printed = String::from_utf8(output.stdout).unwrap();
            let printed = printed.replace(registry, "localhost:5000");
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(squeezed(&printed), squeezed(shown), "{command}\n{printed}");
        }
    }

    /// `secret --apply` in this namespace, with more arguments.
    pub fn apply_secret(&self, more: &[&str]) -> Outcome {
        self.regcred(&[&["secret", "--apply", "-n", &self.namespace], more].concat())
    }

    /// The line that says what was done to the Secret here.
    pub fn line(&self, done: &str) -> String {
        format!("secret/regcred {done} in namespace {}\n", self.namespace)
    }
}

/// A pull Secret as a manifest.
pub fn pull_secret(namespace: &str, value: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "regcred", "namespace": namespace},
        "data": {".dockerconfigjson": STANDARD.encode(value.to_string())},
    })
}

/// Namespaces with a label, by a call for all of them.
pub fn make_namespaces(case: &Case, names: &[String], label: &str) {
    let one = |name: &String| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {label: "yes"}}});
    let items: Vec<Value> = names.iter().map(one).collect();
    case.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
}
