//! An API server that dies in the middle. It is restarted by the test, which
//! therefore has it for itself.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::apply_many::live;
use crate::home::BINARY;
use crate::support::{Case, make_namespaces, pull_secret, variable};

/// Held by the test that has the API server for itself.
static API_SERVER: Mutex<()> = Mutex::new(());

/// The process of a part of the cluster, by the file that `up` wrote.
fn pid_file(part: &str) -> String {
    format!("{}/{part}.pid", variable("CLUSTER"))
}

fn kill_api_server() {
    let pid = std::fs::read_to_string(pid_file("kube-apiserver")).unwrap();
    let status = Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap();
    assert!(status.success());
}

fn start_api_server(case: &Case) {
    let cluster = variable("CLUSTER");
    let line = "setsid bash $0/kube-apiserver.command >$0/again.log 2>&1 </dev/null & echo $!";
    let output = Command::new("bash").args(["-c", line, &cluster]).output().unwrap();
    std::fs::write(pid_file("kube-apiserver"), output.stdout).unwrap();
    for _ in 0..600 {
        let mut command = case.command("kubectl");
        if command.args(["get", "--raw", "/readyz"]).output().unwrap().status.success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the API server did not come back");
}

/// What some of the namespaces hold before.
fn theirs(namespace: &str) -> Value {
    let mut theirs =
        pull_secret(namespace, &json!({"auths": {"quay.io": {"auth": "dTpw", "note": 1}}}));
    theirs["metadata"]["labels"] = json!({"team": "web"});
    theirs["data"]["other"] = json!("b3RoZXI=");
    theirs
}

/// Every Secret is either as it was or as it was wanted; how many are the latter.
fn check(case: &Case, names: &[String]) -> usize {
    let live = live(case, "restart-");
    for name in names.iter().step_by(10) {
        let live = &live[name];
        assert_eq!(live["metadata"]["labels"], json!({"team": "web"}), "{live}");
        assert_eq!(live["data"]["other"], "b3RoZXI=", "{live}");
    }
    let mut written = 0;
    for live in live.values() {
        use base64::Engine;
        let data = live["data"][".dockerconfigjson"].as_str().unwrap();
        let value = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        let auths = serde_json::from_slice::<Value>(&value).unwrap()["auths"].clone();
        let is_ours = auths.get("ghcr.io").is_some();
        if live["data"].get("other").is_some() {
            assert_eq!(auths["quay.io"], json!({"auth": "dTpw", "note": 1}), "{live}");
            assert_eq!(auths.as_object().unwrap().len(), 1 + usize::from(is_ours), "{live}");
        } else {
            assert!(is_ours, "{live}");
        }
        if is_ours {
            assert_eq!(auths["ghcr.io"]["password"], "hunter2", "{live}");
            written += 1;
        }
    }
    written
}

#[test]
fn an_api_server_killed_in_the_middle() {
    let _alone = API_SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    let case = Case::without_namespace("default").logins(&[("ghcr.io", "jane", "hunter2")]);
    let names: Vec<String> = (0..1_000).map(|number| format!("restart-{number:04}")).collect();
    make_namespaces(&case, &names, "restart");
    let items: Vec<Value> = names.iter().step_by(10).map(|name| theirs(name)).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    case.send(&["create"], &list);

    let arguments = ["secret", "--apply", "--yes", "--namespace-selector", "restart=yes"];
    let mut command = case.command(BINARY);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let count = || {
        let columns = "--output=custom-columns=N:.metadata.namespace";
        let field = "--field-selector=metadata.name=regcred";
        case.kubectl(&["get", "secrets", "-A", field, columns]).matches("restart-").count()
    };
    while count() < 400 {}
    kill_api_server();
    let output = child.wait_with_output().unwrap();
    start_api_server(&case);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let written = check(&case, &names);
    assert_eq!(output.status.code(), Some(1), "{written} were written\n{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
    // Whatever it says was written is, and what was not is said to be unknown or failed.
    let said = stdout.lines().count();
    assert!(said <= written, "it says {said}, and {written} were written\n{stderr}");
    assert!(stderr.contains(&format!("{} failed\n", 1_000 - said)), "{stderr}");

    let again = case.regcred(&arguments);
    assert_eq!((again.code, again.stdout.lines().count()), (0, 1_000), "{}", again.stderr);
    assert_eq!(check(&case, &names), 1_000);
}

#[test]
fn a_rotation_that_ends_in_the_middle_is_done_by_the_next() {
    let _alone = API_SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    let case = Case::without_namespace("default").secret("n3w");
    let names: Vec<String> = (0..1_000).map(|number| format!("halfway-{number:04}")).collect();
    make_namespaces(&case, &names, "halfway");
    let old = json!({"auths": {"ghcr.io": {"username": "jane", "password": "old"}}});
    let items: Vec<Value> = names.iter().map(|name| pull_secret(name, &old)).collect();
    case.send(&["create"], &json!({"apiVersion": "v1", "kind": "List", "items": items}));
    let run = |more: &[&str]| {
        let always = ["rotate", "--registry", "ghcr.io", "-u", "deploy", "--password-stdin"];
        let rest = ["--no-verify", "--yes", "--namespace-selector", "halfway=yes"];
        case.feed(&[&always[..], &rest, more].concat(), "n3w")
    };
    let rotated = || {
        let values = live(&case, "halfway-").into_values();
        values
            .filter(|live| {
                live["data"][".dockerconfigjson"]
                    != pull_secret("", &old)["data"][".dockerconfigjson"]
            })
            .count()
    };
    let first = std::thread::scope(|scope| {
        let first = scope.spawn(|| run(&[]));
        while rotated() < 200 {}
        kill_api_server();
        first.join().unwrap()
    });
    start_api_server(&case);
    let written = rotated();
    assert!(written < 1_000, "it was killed too late");
    assert_eq!(first.code, 1, "{written} were written\n{}", first.stderr);
    assert!(first.stderr.contains(" failed\n"), "{}", first.stderr);
    let shown = run(&["--dry-run=client", "--no-headers"]);
    assert_eq!(shown.stdout.matches(" unchanged\n").count(), written, "{}", shown.stderr);
    let again = run(&[]);
    let sum = format!("1000 Secrets: {} updated, {written} unchanged\n", 1_000 - written);
    assert!(again.code == 0 && again.stderr.contains(&sum), "{sum}{}", again.stderr);
    assert_eq!(rotated(), 1_000);
}
