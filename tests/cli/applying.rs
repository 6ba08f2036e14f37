//! `--apply`, against a kubectl that plays the cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{Case, Outcome};

const OURS: &str =
    r#"{"auths":{"ghcr.io":{"username":"jane","password":"hunter2","auth":"amFuZTpodW50ZXIy"}}}"#;

fn kubectl(script: &str) -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).program("kubectl", script)
}

/// A script in which the Secret is live with this value, and each apply works.
fn live(value: &str, more: &str) -> String {
    let data = STANDARD.encode(value);
    format!(
        "get …\n  stdout {{\"metadata\":{{\"resourceVersion\":\"7\"{more}}},\"data\":{{\".dockerconfigjson\":\"{data}\"}},\"type\":\"kubernetes.io/dockerconfigjson\"}}\napply …\n  exit 0\nannotate …\n  exit 0\n"
    )
}

/// The value that was sent in the last manifest.
fn sent(case: &Case) -> String {
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    let line = manifest.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: "));
    String::from_utf8(STANDARD.decode(line.unwrap()).unwrap()).unwrap()
}

fn apply(case: &Case) -> Outcome {
    case.run(&["secret", "--apply"])
}

#[test]
fn a_secret_that_is_not_there_is_created() {
    let case = kubectl("get …\n  exit 0\napply …\n  exit 0\n");
    let outcome = apply(&case);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "secret/regcred created\n"),
        "{outcome:?}"
    );
    assert_eq!(
        outcome.calls,
        [
            "kubectl get secret regcred --ignore-not-found --output=json --show-managed-fields",
            "kubectl apply --server-side --field-manager=kubectl-regcred --filename=-"
        ]
    );
    assert_eq!(sent(&case), OURS);
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let outcome = apply(&kubectl(&live(OURS, "")));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "secret/regcred unchanged\n"));
    assert_eq!(outcome.calls.len(), 1, "it was only read: {outcome:?}");
    let labelled = kubectl(&live(OURS, "")).run(&["secret", "--apply", "--labels", "a=b"]);
    assert_eq!(labelled.stdout, "secret/regcred updated\n");
}

#[test]
fn entries_of_other_registries_stay_as_they_are() {
    let value = r#"{"auths":{"https://ghcr.io/v2/":{"auth":"b2xkOm9sZA=="},"quay.io":{"auth":"dTpwdw==","note":[1, 2]}},"HttpHeaders":{"X":"y"}}"#;
    let case = kubectl(&live(value, ""));
    let outcome = apply(&case);
    assert_eq!(outcome.stdout, "secret/regcred updated\n", "{outcome:?}");
    assert!(outcome.stderr.contains("note: kept: quay.io\n"), "{outcome:?}");
    let entry = OURS.strip_prefix("{\"auths\":{").unwrap().strip_suffix("}}").unwrap();
    assert_eq!(
        sent(&case),
        format!(
            r#"{{"HttpHeaders":{{"X":"y"}},"auths":{{{entry},"quay.io":{{"auth":"dTpwdw==","note":[1, 2]}}}}}}"#
        )
    );
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert!(manifest.contains("  resourceVersion: \"7\"\n"), "only over what was read");
}

/// Codes of what offline `diagnose` finds in the manifest that was sent, and how
/// many candidates.
fn diagnosed(case: &Case, image: &str) -> (Vec<String>, usize) {
    let arguments = ["diagnose", "--image", image, "-f", "../bin/kubectl.stdin", "-o", "json"];
    let answer: Value = serde_json::from_str(&case.run(&arguments).stdout).unwrap();
    let problems = answer["problems"].as_array().unwrap().iter();
    let codes = problems.map(|problem| problem["code"].as_str().unwrap().to_owned()).collect();
    (codes, answer["candidates"].as_array().unwrap().len())
}

#[test]
fn auths_in_any_spelling_are_merged_as_the_kubelet_reads_them() {
    let other = r#""quay.io":{"UserName":"o","PASSWORD":"hunter2","note":[1, 2]}"#;
    let entry = OURS.strip_prefix("{\"auths\":{").unwrap().strip_suffix("}}").unwrap();
    for value in [
        format!(r#"{{"Auths":{{"https://ghcr.io/v2/":{{"auth":"b2xkOm9sZA=="}},{other}}}}}"#),
        format!(r#"{{"AUTHS":{{"ghcr.io":{{"auth":"b2xkOm9sZA=="}}}},"auths":{{{other}}}}}"#),
        format!(r#"{{"auths":{{"x.io":{{}}}},"authſ":null,"Auths":{{{other},"ghcr.io":null}}}}"#),
        format!(r#"{{"auths":{{"quay.io":{{"auth":"b2xkOm9sZA=="}}}},"AUTHS":{{{other}}}}}"#),
    ] {
        let case = kubectl(&live(&value, ""));
        let outcome = apply(&case);
        assert_eq!(outcome.stdout, "secret/regcred updated\n", "{value}: {outcome:?}");
        assert!(outcome.stderr.contains("note: kept: quay.io\n"), "{value}: {outcome:?}");
        assert_eq!(sent(&case), format!(r#"{{"auths":{{{entry},{other}}}}}"#), "{value}");
        for image in ["ghcr.io/jane/app", "quay.io/jane/app"] {
            assert_eq!(diagnosed(&case, image), (vec![], 1), "{value}");
        }
    }
}

#[test]
fn a_live_secret_with_auths_of_another_type_is_refused() {
    for value in
        [r#"{"Auths":[]}"#, r#"{"auths":{},"AUTHS":7}"#, r#"{"Auths":{"q.io":{"AUTH":7}}}"#]
    {
        let case = kubectl(&live(value, ""));
        let outcome = apply(&case);
        assert_eq!((outcome.code, outcome.calls.len()), (1, 1), "{value}: {outcome:?}");
        assert!(outcome.stderr.contains("--replace"), "{value}: {outcome:?}");
    }
}

#[test]
fn the_remedy_of_an_ambiguous_order_leaves_one_entry() {
    for (one, other, image) in [
        ("ghcr.io", "https://ghcr.io/v2/", "ghcr.io/jane/app"),
        ("ghcr.io/jane", "https://ghcr.io/jane", "ghcr.io/jane/app"),
        ("http://ghcr.io/v1/jane", "ghcr.io/jane", "ghcr.io/jane/app"),
        ("https://index.docker.io/v1/", "index.docker.io", "docker.io/library/nginx"),
        ("docker.io", "https://docker.io/v2/", "nginx"),
    ] {
        let value = format!(
            r#"{{"Auths":{{"{one}":{{"auth":"b2xkOm9sZA=="}},"{other}":{{"auth":"dTpw"}}}}}}"#
        );
        let manifest = format!(
            r#"{{"kind":"Secret","metadata":{{"name":"regcred"}},"type":"kubernetes.io/dockerconfigjson","data":{{".dockerconfigjson":"{}"}}}}"#,
            STANDARD.encode(&value)
        );
        let case = Case::new()
            .logins(&[
                ("ghcr.io", "jane", "hunter2"),
                ("https://index.docker.io/v1/", "j", "hunter2"),
            ])
            .program("kubectl", &live(&value, ""))
            .file("work/live.json", manifest);
        let arguments = ["diagnose", "--image", image, "-f", "live.json", "-o", "json"];
        let answer: Value = serde_json::from_str(&case.run(&arguments).stdout).unwrap();
        let problem = &answer["problems"][0];
        assert_eq!(problem["code"], "ambiguous-order", "{one}: {answer}");
        let hint = problem["hint"].as_str().unwrap();
        let command = hint.split_once(": kubectl regcred ").unwrap().1;
        let outcome = case.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(outcome.code, 0, "{command}: {outcome:?}");
        assert_eq!(diagnosed(&case, image), (vec![], 1), "{command}: {}", sent(&case));
    }
}

#[test]
fn replace_writes_exactly_what_was_asked_and_reads_nothing() {
    let case = kubectl(&live(r#"{"auths":{"quay.io":{}}}"#, ""));
    let outcome = case.run(&["secret", "--apply", "--replace"]);
    assert_eq!(outcome.stdout, "secret/regcred applied\n", "{outcome:?}");
    assert_eq!(outcome.calls.len(), 1);
    assert_eq!(sent(&case), OURS);
}

const MODIFIED: &str = "apply …\n  stderr error: Operation cannot be fulfilled on secrets \"regcred\": the object has been modified; please apply your changes to the latest version and try again\n  exit 1\n";

#[test]
fn a_secret_that_changed_in_between_is_read_again() {
    let get = "get …\n  exit 0\n";
    let outcome = apply(&kubectl(&format!("{get}{MODIFIED}{MODIFIED}apply …\n  exit 0\n")));
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
    assert_eq!(outcome.calls.len(), 6);
    let outcome = apply(&kubectl(&format!("{get}{MODIFIED}")));
    assert_eq!((outcome.code, outcome.calls.len()), (1, 8), "tried again three times");
    assert!(outcome.stderr.contains("error: the Secret keeps changing while it is written"));
}

fn owned_by(manager: &str) -> String {
    format!(
        "get …\n  exit 0\napply …\n  stderr error: Apply failed with 1 conflict: conflict with \"{manager}\" using v1: .data..dockerconfigjson\n  stderr Please review the fields above--they currently have other managers. Here\n  exit 1\napply …\n  exit 0\nannotate …\n  exit 0\n"
    )
}

#[test]
fn fields_of_kubectls_own_commands_are_taken_over() {
    for manager in ["kubectl", "kubectl-create", "kubectl-edit", "kubectl-patch"] {
        let outcome = apply(&kubectl(&owned_by(manager)));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stderr.contains("note: the Secret was written by kubectl before"));
        assert!(outcome.calls[3].ends_with(" --force-conflicts"), "{outcome:?}");
    }
}

#[test]
fn fields_of_other_owners_are_left_to_them() {
    let case = kubectl(&owned_by("argocd"));
    let outcome = apply(&case);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.ends_with(
        "error: the Secret belongs to argocd\n\nhint: let the owner write the Secret, or take ownership: --force-conflicts\n"
    ));
    let forced = kubectl(&live("{}", "")).run(&["secret", "--apply", "--force-conflicts"]);
    assert!(forced.calls[1].ends_with(" --force-conflicts"), "{forced:?}");
}

#[test]
fn the_copy_of_the_old_credential_is_removed() {
    let copy = r#","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter9"}"#;
    let case = kubectl(&live(OURS, copy)).secret("hunter9");
    let outcome = apply(&case);
    assert_eq!(outcome.stdout, "secret/regcred updated\n", "{outcome:?}");
    assert!(outcome.calls[2].starts_with(
        "kubectl annotate --filename=- kubectl.kubernetes.io/last-applied-configuration- "
    ));
    let named = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert_eq!(named, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: regcred\n");
    assert!(outcome.stderr.contains("which held the old credential"));
    let outcome =
        kubectl(&owned_by("kubectl-client-side-apply")).run(&["secret", "--apply", "--replace"]);
    assert!(outcome.calls[2].starts_with("kubectl annotate "), "{outcome:?}");
}

#[test]
fn a_live_secret_that_cannot_be_kept_is_refused() {
    let answer = |data: &str, kind: &str| {
        format!(
            "get …\n  stdout {{\"metadata\":{{\"resourceVersion\":\"7\"}},\"data\":{{{data}}},\"type\":\"{kind}\"}}\n"
        )
    };
    let pull = "kubernetes.io/dockerconfigjson";
    let value = |text: &str| format!("\".dockerconfigjson\":\"{}\"", STANDARD.encode(text));
    for (script, problem) in [
        (answer("\".dockerconfigjson\":\"%%\"", pull), "its `.dockerconfigjson` is not base64"),
        (answer(&value("hunter8"), pull), "its `.dockerconfigjson` is not JSON with `auths`"),
        (
            answer(&value("{\"auths\":[]}"), pull),
            "its `.dockerconfigjson` is not JSON with `auths`",
        ),
        (answer("", pull), "it has no `.dockerconfigjson`"),
        (
            answer(&value(r#"{"auths":{"quay.io":{"auth":"%"}}}"#), pull),
            "with its other entries, the kubelet would not find",
        ),
    ] {
        let talk = kubectl(&script).secret("hunter8").fail(1, &["secret", "--apply"]);
        assert!(
            talk.contains(&format!("error: cannot merge into Secret regcred: {problem}")),
            "{talk}"
        );
        assert!(talk.ends_with("hint: overwrite the Secret: --replace\n"), "{talk}");
    }
    let talk = kubectl(&answer("", "Opaque")).fail(1, &["secret", "--apply"]);
    assert!(talk.contains("error: Secret regcred is of type Opaque, which cannot be changed"));
    assert!(talk.ends_with(
        "hint: use another name, or delete the Secret: kubectl delete secret regcred\n"
    ));
}

#[test]
fn a_failure_in_one_namespace_does_not_stop_the_others() {
    let case = kubectl(
        "get …\n  stderr Error from server (NotFound): namespaces \"a\" not found\n  exit 1\nget …\n  exit 0\napply …\n  exit 0\n",
    );
    let outcome = case.run(&["secret", "--apply", "-n", "a", "-n", "b", "-n", "c"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stdout,
        "secret/regcred created in namespace b\nsecret/regcred created in namespace c\n"
    );
    assert!(outcome.stderr.contains(
        "error: namespace a: namespaces \"a\" not found\n\nhint: create the namespace first"
    ));
    assert!(outcome.calls[1].contains("--namespace=b"), "{outcome:?}");
}

#[test]
fn dry_runs_say_so() {
    let case = kubectl("get …\n  exit 0\napply …\n  exit 0\n");
    let outcome = case.run(&["secret", "--apply", "--dry-run=server"]);
    assert_eq!(outcome.stdout, "secret/regcred created (server dry run)\n");
    assert!(outcome.calls[1].ends_with(" --dry-run=server"), "{outcome:?}");
    let outcome = kubectl("").run(&["secret", "--apply", "--dry-run=client"]);
    assert!(outcome.stdout.starts_with("apiVersion: v1\n"), "{outcome:?}");
    assert!(outcome.calls.is_empty());
}

#[test]
fn flags_for_the_cluster_are_passed_on() {
    let case = kubectl("get …\n  exit 0\napply …\n  exit 0\n");
    let outcome = case.run(&[
        "secret",
        "--apply",
        "-n",
        "a",
        "--context",
        "c",
        "--user",
        "u",
        "--as",
        "x",
        "--as-group",
        "g",
        "--request-timeout",
        "5s",
        "--insecure-skip-tls-verify",
        "-o",
        "name",
    ]);
    assert_eq!(outcome.stdout, "secret/regcred\n", "{outcome:?}");
    for call in outcome.calls {
        assert!(call.ends_with(" --namespace=a --context=c --user=u --as=x --request-timeout=5s --as-group=g --insecure-skip-tls-verify"), "{call}");
    }
}

#[test]
fn flags_for_the_cluster_need_apply() {
    for arguments in [["--context", "c"], ["--as", "x"]] {
        let talk = kubectl("").fail(2, &["secret", arguments[0], arguments[1]]);
        assert!(talk.contains("--apply"), "{talk}");
    }
    let talk = kubectl("").fail(2, &["secret", "--user", "jane"]);
    assert!(talk.ends_with("hint: for the registry's user write --username USER\n"), "{talk}");
    let talk = kubectl("").fail(2, &["secret", "--dry-run=server"]);
    assert!(talk.ends_with("hint: add --apply, or leave --dry-run out\n"), "{talk}");
}

#[test]
fn words_of_the_cluster_get_a_hint_and_never_the_data() {
    let data = STANDARD.encode(OURS);
    for (said, hint) in [
        (
            "Error from server (Forbidden): secrets \"regcred\" is forbidden: User \"v\" cannot get resource \"secrets\" in API group \"\" in the namespace \"default\"",
            "--replace",
        ),
        (
            "Error from server (Forbidden): secrets \"regcred\" is forbidden: unable to create new content in namespace a because it is being terminated",
            "wait until the namespace is deleted",
        ),
        (
            "Error from server (Forbidden): admission webhook \"policy.example.com\" denied the request: no",
            "change what the cluster's policy names",
        ),
        ("error: You must be logged in to the server (Unauthorized)", "kubectl auth whoami"),
        (
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
            "kubectl cluster-info",
        ),
        (
            "Unable to connect to the server: x509: certificate signed by unknown authority",
            "--certificate-authority",
        ),
        ("error: unknown flag: --field-manager", "1.22"),
        (&format!("error when patching: {data}"), ""),
    ] {
        let script =
            format!("get …\n  stderr Warning: something is old\n  stderr {said}\n  exit 1\n");
        let talk = kubectl(&script).secret(&data).fail(1, &["secret", "--apply"]);
        assert!(talk.contains(hint), "{talk}");
        assert!(!talk.contains("something is old"), "{talk}");
    }
}

#[test]
fn a_kubectl_that_is_of_no_use_is_told() {
    let case = Case::new().logins(&[("ghcr.io", "jane", "hunter2")]);
    let talk = case.fail(1, &["secret", "--apply"]);
    assert!(talk.contains("error: kubectl not found on PATH"), "{talk}");
    for (script, problem) in [
        ("get …\n  exit 1\n", "kubectl failed without an error message"),
        ("get …\n  do abort\n", "kubectl failed without an error message"),
        ("get …\n  do flood-stdout\n", "kubectl printed without end"),
        ("get …\n  stdout hunter2 is no JSON\n", "its answer is not a Secret in JSON"),
    ] {
        let talk = kubectl(script).fail(1, &["secret", "--apply"]);
        assert!(talk.contains(problem), "{talk}");
    }
}

#[test]
fn another_kubectl_can_be_named() {
    let case = Case::new()
        .logins(&[("ghcr.io", "jane", "hunter2")])
        .program("kubectl", "get …\n  exit 0\napply …\n  exit 0\n");
    std::fs::rename(case.path("bin"), case.path("elsewhere")).unwrap();
    let program = case.path("elsewhere/kubectl").display().to_string();
    let outcome = case.variable("KUBECTL", program).run(&["secret", "--apply"]);
    assert_eq!(outcome.stdout, "secret/regcred created\n", "{outcome:?}");
}

#[test]
fn a_pod_is_applied_after_its_secret() {
    let case = kubectl("get …\n  exit 0\napply …\n  exit 0\n");
    let outcome = case.run(&["pod", "web", "--image", "ghcr.io/a/b", "--apply", "-n", "x"]);
    assert_eq!(
        outcome.stdout, "secret/regcred created in namespace x\npod/web applied in namespace x\n",
        "{outcome:?}"
    );
    let manifest = std::fs::read_to_string(case.path("bin/kubectl.stdin")).unwrap();
    assert!(manifest.starts_with("apiVersion: v1\nkind: Pod\n"));
    let existing = ["pod", "web", "--image", "ghcr.io/a/b", "--existing-secret", "mine", "--apply"];
    assert_eq!(case.run(&existing).stdout, "pod/web applied\n");
}

#[test]
fn readme_shows_what_is_printed() {
    let live = STANDARD.encode(r#"{"auths":{"quay.io":{"username":"u","password":"p"}}}"#);
    let script = format!(
        "get …\n  exit 0\nget …\n  stdout {{\"metadata\":{{\"resourceVersion\":\"7\"}},\"data\":{{\".dockerconfigjson\":\"{live}\"}},\"type\":\"kubernetes.io/dockerconfigjson\"}}\napply …\n  exit 0\n"
    );
    let case = Case::new()
        .config(r#"{"credsStore":"pass"}"#)
        .helper(
            "pass",
            "get localhost:5000\n  stdout {\"Username\":\"janedoe\",\"Secret\":\"s3cret\"}\n",
        )
        .program("kubectl", &script);
    let command = "kubectl regcred secret --registry localhost:5000 --apply -n team-a -n team-b";
    let outcome = case.run(&command.split(' ').skip(2).collect::<Vec<_>>());
    let readme = include_str!("../../README.md");
    // The sum is said last.
    let (before, sum) = outcome.stderr.split_at(outcome.stderr.find("note: 2").unwrap());
    assert!(
        readme.contains(&format!("$ {command}\n{before}{}{sum}```", outcome.stdout)),
        "{outcome:?}"
    );
}

/// Whether a process of this run is alive.
#[cfg(target_os = "linux")]
fn runs(case: &Case, program: &str) -> bool {
    let path = case.path(program).display().to_string();
    let commands = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("cmdline")).ok());
    commands.into_iter().any(|command| command.starts_with(&path))
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_apply_stops_kubectl_too() {
    use rustix::process::{Pid, Signal, kill_process};
    let case = kubectl("get …\n  exit 0\napply …\n  do hang\n");
    let mut child = case.command(&["secret", "--apply"]).spawn().unwrap();
    let log = case.path("bin/calls.log");
    while !std::fs::read_to_string(&log).unwrap_or_default().contains("kubectl apply") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(runs(&case, "bin/kubectl"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    while runs(&case, "bin/kubectl") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
