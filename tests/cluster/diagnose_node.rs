//! `diagnose` on a real node: every verdict that one can produce, by Pods whose
//! images it really does not pull. What a verdict says to paste is pasted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::home::{Running, program};
use crate::support::{Case, variable};

/// A person who is logged in to both registries, in a namespace of this name.
fn logged_in(namespace: &str) -> Case {
    let password = password();
    let (basic, tokens) = (basic(), variable("REGISTRY_TOKENS"));
    Case::new(namespace).logins(&[(&basic, "janedoe", &password), (&tokens, "janedoe", &password)])
}

fn basic() -> String {
    variable("REGISTRY_BASIC")
}

fn password() -> String {
    std::fs::read_to_string(variable("REGISTRY_PASSWORD_FILE")).unwrap()
}

fn image(registry: &str) -> String {
    format!("{registry}/private/app:v1")
}

fn auth(user: &str, password: &str) -> Value {
    json!({"auth": STANDARD.encode(format!("{user}:{password}"))})
}

/// A Secret called like the Pod that brings it.
fn secret(case: &Case, name: &str, auths: &Value) {
    typed_secret(case, name, "kubernetes.io/dockerconfigjson", auths);
}

fn typed_secret(case: &Case, name: &str, secret_type: &str, auths: &Value) {
    let value = STANDARD.encode(json!({"auths": auths}).to_string());
    case.send(
        &["create"],
        &json!({"apiVersion": "v1", "kind": "Secret", "type": secret_type,
            "metadata": {"name": name, "namespace": case.namespace},
            "data": {".dockerconfigjson": value}}),
    );
}

/// A Pod with one container, and these Secrets.
fn pod(case: &Case, name: &str, image: &str, secrets: &[&str]) {
    let secrets: Vec<Value> = secrets.iter().map(|name| json!({"name": name})).collect();
    let policy = if name == "never" { "Never" } else { "IfNotPresent" };
    case.send(
        &["create"],
        &json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": case.namespace},
            "spec": {"imagePullSecrets": secrets, "containers": [
                {"name": "app", "image": image, "imagePullPolicy": policy}]}}),
    );
}

/// Waits until the kubelet has tried.
fn is_tried(case: &Case, name: &str) {
    let state = "jsonpath={.status.containerStatuses[0].state.waiting.message}";
    case.wait(&format!("pod/{name}"), state);
}

fn diagnose(case: &Case, name: &str, more: &[&str]) -> Value {
    let arguments = ["diagnose", name, "-n", &case.namespace, "-o", "json"];
    let outcome = case.regcred(&[&arguments[..], more].concat());
    let answer: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{name}: {outcome:?}"));
    answer["verdict"].clone()
}

/// The hint of the verdict that has this code, and says this.
#[track_caller]
fn hint(case: &Case, name: &str, code: &str, says: &str) -> String {
    let verdict = diagnose(case, name, &[]);
    let is_it = verdict["code"] == code && verdict["message"].as_str().unwrap().contains(says);
    assert!(is_it, "{name}: {code} is wanted, with `{says}`: {verdict}");
    verdict["hint"].as_str().unwrap().to_owned()
}

fn runs(case: &Case, name: &str) {
    case.wait(&format!("pod/{name}"), "condition=Ready");
}

#[test]
fn what_a_verdict_says_to_paste_lets_the_pod_run() {
    let case = logged_in("pasted");
    let (basic, tokens) = (basic(), variable("REGISTRY_TOKENS"));
    let port = basic.rsplit(':').next().unwrap();
    let good = || auth("janedoe", &password());
    let past = "eyJhIjoxfQ.eyJleHAiOjF9.x";
    let entries = [
        ("port", "no-match", "its port is none", "127.0.0.1".to_owned(), good()),
        ("path", "no-match", "its path /team", format!("{basic}/team"), good()),
        ("scheme", "no-match", "removes no scheme but", format!("oci://{basic}"), good()),
        ("glob", "no-match", "exactly one part", format!("*.0.1:{port}"), good()),
        ("other", "no-match", "for other registries", "quay.io".to_owned(), good()),
        ("bad", "malformed", "not base64 of user:password", basic.clone(), json!({"auth": "%"})),
        ("wrong", "rejected", "rejected the credentials", basic.clone(), auth("janedoe", "no")),
        ("empty", "empty-credential", "is empty", basic.clone(), json!({})),
        ("identity", "identity-token", "", basic.clone(), json!({"identitytoken": "x"})),
        ("expired", "expired", "1970-01-01", basic.clone(), auth("janedoe", past)),
    ];
    for (name, _, _, key, entry) in &entries {
        secret(&case, name, &json!({key: entry}));
        pod(&case, name, &image(&basic), &[name]);
    }
    typed_secret(&case, "opaque", "Opaque", &json!({&basic: good()}));
    pod(&case, "opaque", &image(&basic), &["opaque"]);
    secret(&case, "tokens", &json!({&tokens: auth("janedoe", "no")}));
    pod(&case, "tokens", &image(&tokens), &["tokens"]);
    let mut wanted: Vec<(&str, &str, &str)> =
        entries.iter().map(|(name, code, says, ..)| (*name, *code, *says)).collect();
    wanted.push(("opaque", "wrong-type", "of type Opaque"));
    wanted.push(("tokens", "rejected", "rejected the credentials"));
    for (name, code, says) in &wanted {
        is_tried(&case, name);
        case.paste(&hint(&case, name, code, says));
    }
    // A Secret that holds something else stays; the Pod has to reference the new one.
    case.kubectl(&["get", "secret", "opaque"]);
    case.kubectl(&["delete", "pod", "opaque", "--now"]);
    pod(&case, "opaque", &image(&basic), &["opaque-pull"]);
    for (name, ..) in &wanted {
        runs(&case, name);
        assert_eq!(hint(&case, name, "pulled", ""), "");
    }
}

#[test]
fn a_missing_secret_is_created_or_another_one_is_referenced() {
    let case = logged_in("missing");
    pod(&case, "missing", &image(&basic()), &["gone"]);
    is_tried(&case, "missing");
    let told = hint(&case, "missing", "secret-missing", "gone, which does not exist");
    secret(&case, "other", &json!({basic(): auth("janedoe", &password())}));
    let other = hint(&case, "missing", "secret-missing", "other exists and its entry matches");
    assert!(other.ends_with("imagePullSecrets: [{name: other}]"), "{other}");
    case.paste(&told);
    runs(&case, "missing");
    // A Pod that references nothing gets the Secret that is there by its account.
    pod(&case, "without", &image(&basic()), &[]);
    is_tried(&case, "without");
    case.paste(&hint(&case, "without", "no-pull-secret", "gone exists and its entry matches"));
    runs(&case, "without");
}

#[test]
fn what_is_referenced_in_the_wrong_place_is_told() {
    let case = logged_in("misplaced");
    secret(&case, "regcred", &json!({basic(): auth("janedoe", &password())}));
    let metadata = |name: &str| json!({"name": name, "namespace": case.namespace});
    case.send(
        &["create"],
        &json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("build-bot"),
            "secrets": [{"name": "regcred"}]}),
    );
    let container = json!({"name": "app", "image": image(&basic())});
    case.send(
        &["create"],
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata("build"),
            "spec": {"serviceAccountName": "build-bot", "automountServiceAccountToken": false,
                "containers": [container]}}),
    );
    let mut misplaced = container.clone();
    misplaced["imagePullSecrets"] = json!([{"name": "regcred"}]);
    case.send(
        &["apply", "--validate=false"],
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata("inside"),
            "spec": {"containers": [misplaced]}}),
    );
    is_tried(&case, "build");
    is_tried(&case, "inside");
    hint(
        &case,
        "inside",
        "misplaced-reference",
        "`imagePullSecrets` in container app has no effect",
    );
    case.paste(&hint(&case, "build", "no-pull-secret", "build-bot names regcred under `secrets`"));
    runs(&case, "build");
}

#[test]
fn a_mirror_gets_the_credential_of_the_registry() {
    let case = logged_in("mirrored");
    let basic = basic();
    hosts_file("mirrored.example.com", &format!("[host.\"http://{basic}\"]\n"));
    secret(&case, "regcred", &json!({"mirrored.example.com": auth("janedoe", "no")}));
    pod(&case, "web", &image("mirrored.example.com"), &["regcred"]);
    is_tried(&case, "web");
    let says = format!("{basic} answered, not mirrored.example.com");
    hint(&case, "web", "mirror", &says);
    // With the mirror's own login under the name of the registry it is pulled.
    case.kubectl(&["delete", "secret", "regcred"]);
    secret(&case, "regcred", &json!({"mirrored.example.com": auth("janedoe", &password())}));
    runs(&case, "web");
}

#[test]
fn a_secret_of_another_namespace_is_copied() {
    let there = logged_in("copied-there");
    secret(&there, "shared", &json!({basic(): auth("janedoe", &password())}));
    let case = logged_in("copied-here");
    // Nothing is known here: what is pasted takes it from there.
    std::fs::remove_file(case.home.path(".docker/config.json")).unwrap();
    pod(&case, "web", &image(&basic()), &["shared"]);
    is_tried(&case, "web");
    case.paste(&hint(&case, "web", "secret-missing", "it exists in namespace copied-there"));
    runs(&case, "web");
}

#[test]
fn an_account_that_was_linked_later_serves_the_pod_made_anew() {
    let case = logged_in("later");
    pod(&case, "web", &image(&basic()), &[]);
    is_tried(&case, "web");
    let told = hint(&case, "web", "no-pull-secret", "neither the Pod nor its service account");
    // The Secret alone, as a person may do who does not read on.
    case.paste(told.split(" && ").next().unwrap());
    case.paste(&hint(&case, "web", "account-linked-later", "now references Secret regcred"));
    runs(&case, "web");
    let case = logged_in("linked");
    pod(&case, "web", &image(&basic()), &[]);
    is_tried(&case, "web");
    case.paste(&hint(&case, "web", "no-pull-secret", "neither the Pod nor its service account"));
    runs(&case, "web");
}

#[test]
fn a_pods_own_list_hides_that_of_its_account() {
    let case = logged_in("hides");
    secret(&case, "own", &json!({"quay.io": auth("jane", "x")}));
    let outcome = case.apply_secret(&["--registry", &basic(), "--link"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    pod(&case, "web", &image(&basic()), &["own"]);
    is_tried(&case, "web");
    let told = hint(
        &case,
        "web",
        "account-secrets-ignored",
        "default references Secret regcred, which does",
    );
    assert!(told.ends_with("imagePullSecrets: [{name: regcred}]"), "{told}");
    // A name that is nearly the right one.
    pod(&case, "near", &image(&basic()), &["regcre"]);
    is_tried(&case, "near");
    hint(&case, "near", "secret-missing", "regcred exists and its entry matches this image");
}

#[test]
fn what_is_corrected_is_resolved_at_the_next_try() {
    let case = logged_in("resolved");
    secret(&case, "web", &json!({basic(): auth("janedoe", "no")}));
    pod(&case, "web", &image(&basic()), &["web"]);
    is_tried(&case, "web");
    hint(&case, "web", "rejected", "");
    assert_eq!(diagnose(&case, "web", &["--verify"])["code"], "rejected");
    // Times are told in seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let outcome =
        case.regcred(&["secret", "web", "--registry", &basic(), "--apply", "-n", "resolved"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let before = diagnose(&case, "web", &[]);
    let asked = diagnose(&case, "web", &["--verify"]);
    let codes = [&before["code"], &asked["code"]];
    // It may have been tried again in between.
    assert!(codes.iter().all(|code| *code == "resolved" || *code == "pulled"), "{before} {asked}");
    runs(&case, "web");
}

#[test]
fn an_image_volumes_error_is_not_the_containers() {
    let case = logged_in("volume");
    let basic = basic();
    secret(&case, "good", &json!({&basic: auth("janedoe", &password())}));
    let absent = format!("{basic}/private/none:v1");
    case.send(
        &["create"],
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "volume"},
            "spec": {"imagePullSecrets": [{"name": "good"}],
                "volumes": [{"name": "data", "image": {"reference": absent}}],
                "containers": [{"name": "app", "image": image(&basic),
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}}),
    );
    is_tried(&case, "web");
    let outcome = case.regcred(&["diagnose", "web", "-n", "volume", "-o", "json"]);
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let codes: Vec<&Value> = answer["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["verdict"]["code"])
        .collect();
    assert_eq!(codes, ["not-found", "not-tried"], "{answer}");
    assert_eq!(answer["verdict"]["container"], "volume data", "{answer}");
}

/// Answers whatever is asked with this status.
fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn what_is_no_matter_of_the_credential_is_told_apart() {
    let case = logged_in("others");
    let (basic, tokens) = (basic(), variable("REGISTRY_TOKENS"));
    let good = auth("janedoe", &password());
    let [limited, failing, denying] =
        ["429 Too Many Requests", "503 Service Unavailable", "403 Forbidden"].map(answering);
    let auths = json!({&basic: good, &tokens: good, &limited: good, &denying: good});
    secret(&case, "good", &auths);
    manifest_for_another_machine(&case, &basic);
    let cases = [
        ("tag", format!("{basic}/private/app:none"), "not-found", "skopeo list-tags"),
        ("repository", format!("{tokens}/private/none:v1"), "not-found", "skopeo list-tags"),
        (
            "platform",
            format!("{basic}/private/app:s390x"),
            "wrong-platform",
            "skopeo inspect --raw",
        ),
        (
            "dns",
            "no-such-host.invalid/a/b:v1".to_owned(),
            "unknown-host",
            "nslookup no-such-host.invalid",
        ),
        (
            "refused",
            "127.0.0.1:1/a/b:v1".to_owned(),
            "unreachable",
            "push the image to a registry that the node reaches",
        ),
        (
            "denied",
            format!("{denying}/a/b:v1"),
            "denied",
            "grant janedoe read access at the registry",
        ),
        ("limited", format!("{limited}/a/b:v1"), "rate-limited", "wait"),
        ("failing", format!("{failing}/a/b:v1"), "registry-error", "wait"),
        ("name", "Not/An/Image".to_owned(), "invalid-image", "ghcr.io/janedoe/app:v1"),
        ("never", format!("{basic}/private/app:v9"), "never-pull", "IfNotPresent"),
    ];
    for (name, image, ..) in &cases {
        pod(&case, name, image, &["good"]);
    }
    for (name, _, code, told) in &cases {
        is_tried(&case, name);
        let hint = hint(&case, name, code, "");
        assert!(hint.contains(told), "{name}: {hint}");
    }
}

/// A list in which the image is for no machine like this one.
fn manifest_for_another_machine(case: &Case, registry: &str) {
    let config = format!("user = {}\n", json!(format!("janedoe:{}", password())));
    std::fs::write(case.home.path("curl"), config).unwrap();
    let kind = "application/vnd.docker.distribution.manifest";
    let script = format!(
        r#"base=http://{registry}/v2/private/app/manifests
        curl -sf -K $HOME/curl -H 'Accept: {kind}.v2+json' -o manifest $base/v1
        printf '{{"schemaVersion":2,"mediaType":"{kind}.list.v2+json","manifests":[{{"mediaType":"{kind}.v2+json","digest":"sha256:%s","size":%s,"platform":{{"architecture":"s390x","os":"linux"}}}}]}}' \
          $(sha256sum <manifest | cut -d' ' -f1) $(stat -c %s manifest) >list
        curl -sf -K $HOME/curl -X PUT -H 'Content-Type: {kind}.list.v2+json' --data-binary @list $base/s390x"#
    );
    case.home.shell(&script);
    std::fs::remove_file(case.home.path("curl")).unwrap();
}

/// Where the node looks for how a registry is reached.
fn hosts_file(domain: &str, text: &str) {
    let folder = format!("{}/certs.d/{domain}", variable("CLUSTER"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(format!("{folder}/hosts.toml"), text).unwrap();
}

#[test]
fn what_is_set_on_the_node_is_told_and_helps() {
    let case = logged_in("node-settings");
    let basic = basic();
    let (secure, _registry) = secure_registry(&case);
    let good = auth("janedoe", &password());
    let auths = json!({"plain.example.com": good, "secure.example.com": good});
    secret(&case, "good", &auths);
    hosts_file("plain.example.com", &format!("[host.\"https://{basic}\"]\n"));
    hosts_file("secure.example.com", &format!("[host.\"https://{secure}\"]\n"));
    for name in ["plain", "secure"] {
        pod(&case, name, &image(&format!("{name}.example.com")), &["good"]);
    }
    is_tried(&case, "plain");
    is_tried(&case, "secure");
    // The names stand for other hosts: containerd asks these with `?ns=`.
    let told = hint(&case, "plain", "mirror", &format!("{basic} was asked, not plain.example.com"));
    let place = "in /etc/containerd/certs.d/plain.example.com/hosts.toml";
    assert!(told.contains(&format!("`[host.\"http://{basic}\"]` {place}")), "{told}");
    let told = hint(&case, "secure", "mirror", "has a certificate that the node does not trust");
    let below = format!("`ca = \"FILE\"` below `[host.\"https://{secure}\"]`");
    assert!(told.contains(&below), "{told}");
    // The same with what these names stand for.
    hosts_file("plain.example.com", &format!("[host.\"http://{basic}\"]\n"));
    let authority = case.home.path("registry.crt");
    let text = format!("[host.\"https://{secure}\"]\n  ca = \"{}\"\n", authority.display());
    hosts_file("secure.example.com", &text);
    runs(&case, "plain");
    runs(&case, "secure");
}

/// The registry with basic auth once more, with a certificate that nobody trusts.
fn secure_registry(case: &Case) -> (String, Running) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = variable("CLUSTER");
    case.home.shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=registry -addext subjectAltName=IP:127.0.0.1 \
         -keyout registry.key -out registry.crt 2>/dev/null",
    );
    let path = |name: &str| case.home.path(name).display().to_string();
    let config = json!({
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": format!("{folder}/basic")}},
        "auth": {"htpasswd": {"realm": "test", "path": format!("{folder}/htpasswd")}},
        "http": {"addr": format!("127.0.0.1:{port}"),
            "tls": {"certificate": path("registry.crt"), "key": path("registry.key")}},
    });
    std::fs::write(case.home.path("registry.json"), config.to_string()).unwrap();
    let mut command = Command::new(program("docker-registry"));
    command.arg("serve").arg(case.home.path("registry.json"));
    let running = Running::start(command, &case.home.path("registry.log"));
    case.home.shell(&format!(
        "for _ in $(seq 100); do curl -sk https://127.0.0.1:{port}/v2/ >/dev/null && exit; sleep 0.1; done; exit 1"
    ));
    (format!("127.0.0.1:{port}"), running)
}

#[test]
fn a_pod_that_is_gone_and_one_that_nobody_may_look_into() {
    let case = logged_in("unseen");
    secret(&case, "web", &json!({basic(): auth("janedoe", "no")}));
    pod(&case, "web", &image(&basic()), &["web"]);
    is_tried(&case, "web");
    case.kubectl(&["create", "role", "dev", "--verb=get", "--resource=pods,serviceaccounts"]);
    case.kubectl(&["create", "rolebinding", "dev", "--role=dev", "--user=dev"]);
    let outcome = case.regcred(&["diagnose", "web", "-n", "unseen", "--as", "dev"]);
    assert!(
        outcome.stderr.contains("warning: could not read Secret web: secrets \"web\" is forbidden"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("the Pod's Secrets (web) could not be read"), "{outcome:?}");
    case.kubectl(&["delete", "pod", "web", "--now"]);
    let outcome = case.regcred(&["diagnose", "web", "-n", "unseen"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("pods \"web\" not found"), "{outcome:?}");
}
