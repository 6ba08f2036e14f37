//! Usage errors come first: before a credential helper is started, kubectl is
//! called or a file is read that may be a pipe.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::{formatdoc, indoc};

use crate::support::{Case, Outcome};

const POD: &str = indoc! {"
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec:
      containers: [{name: a, image: ghcr.io/a/b}]
"};

/// Arguments that are right so far.
const SECRET: &[&str] = &["secret", "--registry", "ghcr.io"];
const POD_COMMAND: &[&str] = &["pod", "web", "--image", "ghcr.io/a/b"];
const INJECT: &[&str] = &["inject", "-f", "pod.yaml", "--registry", "ghcr.io"];
const LOGIN: &[&str] = &["login", "ghcr.io", "--username", "u", "--password-stdin"];
const VERIFY: &[&str] = &["verify", "ghcr.io/a/b"];
const DIAGNOSE: &[&str] = &["diagnose", "web"];
const OFFLINE: &[&str] = &["diagnose", "--image", "ghcr.io/a/b", "-f", "pod.yaml"];
const LINK: &[&str] = &["link", "--secret", "regcred"];
const UNLINK: &[&str] = &["unlink", "--secret", "regcred"];

/// Arguments too many, the exit code, and what is said.
type Fault = (&'static [&'static str], i32, &'static str);

/// A credential that only a helper has, and a cluster that answers.
fn case() -> Case {
    Case::new()
        .config(r#"{"credHelpers":{"ghcr.io":"vault"}}"#)
        .helper(
            "vault",
            indoc! {r#"
                get *
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2")
        .program(
            "kubectl",
            indoc! {"
                get ...
                  exit 0
                apply ...
                  exit 0
            "},
        )
        .file("work/pod.yaml", POD)
        .file("work/empty.pem", "no certificate\n")
        .file("work/folder/x", "")
        .stdin("hunter2")
}

/// Runs what has to be refused before anything else happens.
fn refuse(case: &Case, command: &[&str], (more, code, problem): Fault) {
    let outcome = case.run(&[command, more].concat());
    assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{more:?}: {outcome:#?}");
    assert!(outcome.stderr.contains(problem), "{more:?}: {outcome:#?}");
    assert!(outcome.stderr.starts_with("error: "), "nothing is said before: {outcome:#?}");
    assert!(outcome.calls.is_empty(), "{more:?}: {outcome:#?}");
    assert!(!case.path("bin/calls.log").exists());
}

fn refuse_all(commands: &[&[&str]], faults: &[Fault]) {
    let case = case();
    for command in commands {
        for fault in faults {
            refuse(&case, command, *fault);
        }
    }
}

#[test]
fn without_a_fault_the_helper_or_the_cluster_is_asked() {
    for command in [SECRET, POD_COMMAND, INJECT] {
        let outcome = case().run(command);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        assert_eq!(outcome.calls, ["docker-credential-vault get ghcr.io"]);
    }
    for command in [DIAGNOSE, LINK, UNLINK, &["list"], &["inspect"]] {
        let outcome = case().run(command);
        assert!(outcome.calls.iter().any(|call| call.starts_with("kubectl get")), "{outcome:#?}");
    }
}

#[test]
fn flags_for_verifying_need_verify() {
    let problem = "--ca-file and --plain-http say how --verify reaches registries";
    refuse_all(
        &[SECRET, POD_COMMAND, INJECT, DIAGNOSE, OFFLINE],
        &[
            (&["--plain-http"], 2, problem),
            (&["--ca-file", "empty.pem"], 2, problem),
            (&["--ca-file", "gone.pem", "--plain-http"], 2, problem),
        ],
    );
}

#[test]
fn a_file_of_certificates_is_read_before_any_credential() {
    let faults: &[Fault] = &[
        (&["--verify", "--ca-file", "gone.pem"], 1, "cannot read gone.pem: there is no such file"),
        (&["--verify", "--ca-file", "empty.pem"], 2, "empty.pem holds no certificate in PEM"),
        (&["--verify", "--ca-file", "folder"], 1, "cannot read folder: "),
    ];
    refuse_all(&[SECRET, POD_COMMAND, INJECT, LOGIN, DIAGNOSE], faults);
    let typed: &[&str] = &["secret", "--registry", "r.io", "--username", "u", "--password-stdin"];
    refuse_all(&[typed], faults);
    for (more, code, problem) in faults {
        let more: &'static [&str] = &more[1..];
        refuse(&case(), VERIFY, (more, *code, problem));
    }
}

#[test]
fn what_is_written_around_credentials_is_checked_first() {
    refuse_all(
        &[SECRET, POD_COMMAND],
        &[
            (&["--email", "a\u{1b}b"], 2, "--email holds control characters"),
            (&["--labels", "a"], 2, "label `a` is not valid"),
            (&["--labels", "a=b,a=c"], 2, "label `a` is not valid"),
            (&["--annotations", "a b=c"], 2, "annotation key `a b` is not valid"),
            (&["-n", "a.b"], 2, "namespace `a.b` is not valid"),
            (&["-n", "a", "-n", "B"], 2, "namespace `B` is not valid"),
            (&["--apply", "-n", "a.b"], 2, "namespace `a.b` is not valid"),
            (&["--apply", "--link=a/b"], 2, "service account name `a/b` is not valid"),
        ],
    );
    refuse(&case(), &["secret", "A"], (&[], 2, "Secret name `A` is not valid"));
    refuse(&case(), POD_COMMAND, (&["--secret-name", "A"], 2, "Secret name `A` is not valid"));
    refuse_all(
        &[INJECT],
        &[
            (&["--secret-name", "A"], 2, "Secret name `A` is not valid"),
            (&["--existing-secret", "A"], 2, "Secret name `A` is not valid"),
        ],
    );
    let long = "a".repeat(60);
    let pod = ["pod", long.as_str(), "--image", "ghcr.io/a/b", "--apply", "-A", "--yes"];
    refuse(&case(), &pod, (&[], 2, "container name `"));
}

#[test]
fn flags_for_the_cluster_need_apply_and_fit_each_other() {
    let needs_apply = "cluster flags require --apply";
    refuse_all(
        &[SECRET, POD_COMMAND],
        &[
            (&["--context", "c"], 2, needs_apply),
            (&["--kubeconfig", "gone"], 2, needs_apply),
            (&["--server", "https://h"], 2, needs_apply),
            (&["--as-group", "g"], 2, needs_apply),
            (&["--insecure-skip-tls-verify"], 2, needs_apply),
            (&["-A"], 2, needs_apply),
            (&["--namespace-selector", "a=b"], 2, needs_apply),
            (&["--yes"], 2, needs_apply),
            (&["--user", "u"], 2, "--user is kubectl's user for --apply"),
            (&["--dry-run=server"], 2, "needs --apply"),
            (&["--replace"], 2, "--apply"),
            (&["--force-conflicts"], 2, "--apply"),
            (&["--link"], 2, "--apply"),
            (&["--apply", "-A"], 2, "this writes to many namespaces"),
            (&["--apply", "-A", "--yes", "--dry-run=client"], 2, "only the cluster knows"),
            (&["--apply", "--kubeconfig", "gone"], 1, "cannot read gone: there is no such file"),
            (&["--apply", "--certificate-authority", "gone"], 1, "cannot read gone: "),
            (&["--apply", "--request-timeout", "soon"], 2, "`soon` is not a duration"),
        ],
    );
    refuse_all(&[VERIFY], &[(&["--context", "c"], 2, "cluster flags require --secret-name")]);
    refuse_all(
        &[OFFLINE],
        &[(&["--context", "c"], 2, "reads files alone, and cannot be combined with --context")],
    );
    refuse_all(
        &[DIAGNOSE, LINK, UNLINK, &["list"], &["inspect"]],
        &[
            (&["--kubeconfig", "gone"], 1, "cannot read gone: there is no such file"),
            (&["--request-timeout", "soon"], 2, "`soon` is not a duration"),
        ],
    );
}

#[test]
fn what_is_chosen_is_checked_first() {
    refuse_all(
        &[SECRET, POD_COMMAND, INJECT, VERIFY],
        &[
            (&["--registry", "A B"], 2, "`A B` is not a registry"),
            (&["--image", "ghcr.io/A"], 2, "`ghcr.io/A` is not an image"),
            (&["--authfile", "gone"], 1, "cannot read gone: there is no such file"),
            (&["--from-file", "gone"], 1, "cannot read gone: there is no such file"),
            (&["-f", "gone.yaml"], 1, "cannot read gone.yaml: there is no such file"),
            (&["--authfile", "-", "--password-stdin"], 2, "standard input cannot be used for both"),
            (&["-f", "-", "--password-stdin"], 2, "standard input cannot be used for both"),
        ],
    );
    refuse_all(
        &[SECRET, INJECT],
        &[
            (&["--username", "u:hunter2", "--password-stdin"], 2, "it holds a colon"),
            (&["--username", "u"], 2, "--username needs a password"),
            (&["--password-stdin"], 2, "--password-stdin needs a user name"),
            (&["--registry", "quay.io", "--username", "u"], 2, "several were named"),
        ],
    );
    refuse_all(
        &[LOGIN],
        &[(&["--verify", "--ca-file", "-"], 2, "both --password-stdin and --ca-file")],
    );
}

#[test]
fn what_is_looked_at_is_checked_first() {
    let namespace: &[Fault] = &[(&["-n", "a.b"], 2, "namespace `a.b` is not valid")];
    refuse_all(&[DIAGNOSE, LINK, UNLINK, &["list"], &["inspect"]], namespace);
    refuse(&case(), VERIFY, (&["--secret", "s", "-n", "a.b"], 2, "namespace `a.b` is not valid"));
    refuse(&case(), VERIFY, (&["--secret", "S"], 2, "Secret name `S` is not valid"));
    refuse(&case(), VERIFY, (&["--secret-file", "gone"], 1, "cannot read gone: "));
    let twice =
        (&["--secret-file", "-", "-f", "-"][..], 2, "standard input cannot be used for both");
    refuse(&case(), VERIFY, twice);
    refuse(&case(), &["verify"], (&["A"], 2, "`A` is not an image"));
    refuse(&case(), &["inspect"], (&["S"], 2, "Secret name `S` is not valid"));
    refuse(&case(), &["inspect"], (&["-f", "gone"], 1, "cannot read gone: "));
    refuse(&case(), &["diagnose"], (&["a/b/c"], 2, "names no Pod and no workload"));
    refuse(&case(), OFFLINE, (&["-f", "gone"], 1, "cannot read gone: "));
    refuse(&case(), &["sources"], (&["--authfile", "gone"], 1, "cannot read gone: "));
    refuse(&case(), &["logout"], (&["A B"], 2, "`A B` is not a registry"));
    refuse(&case(), &["login"], (&["A B"], 2, "`A B` is not a registry"));
    refuse(&case(), &["login"], (&[], 2, "login needs a registry"));
    refuse_all(&[LINK, UNLINK], &[(&["A"], 2, "service account name `A` is not valid")]);
    refuse_all(&[LINK, UNLINK], &[(&["--dry-run=client"], 2, "is not supported here")]);
    refuse_all(&[LINK, UNLINK], &[(&["-A"], 2, "this writes to many namespaces")]);
}

#[test]
fn manifests_are_read_before_the_cluster_is_asked() {
    let case = case().file("work/bad.yaml", "a: [").file("work/none.yaml", "kind: ConfigMap\n");
    for command in [SECRET, POD_COMMAND] {
        let bad = &["-f", "bad.yaml", "--apply", "-A", "--yes"];
        refuse(&case, command, (bad, 1, "bad.yaml is not a manifest"));
        let none = &["-f", "none.yaml", "--apply", "-A", "--yes"];
        refuse(&case, command, (none, 2, "the manifests name no image"));
    }
    refuse(&case, INJECT, (&["-f", "bad.yaml"], 1, "bad.yaml is not a manifest"));
}

/// With a kubectl that says this about its configuration.
fn configured(script: &str) -> Case {
    Case::new()
        .config(r#"{"credHelpers":{"ghcr.io":"vault"}}"#)
        .helper(
            "vault",
            indoc! {r#"
                get *
                  stdout {"Username":"u","Secret":"hunter2"}
            "#},
        )
        .secret("hunter2")
        .secret(&STANDARD.encode("u:hunter2"))
        .program(
            "kubectl",
            &formatdoc! {"
                {script}get ...
                  exit 0
                apply ...
                  exit 0
            "},
        )
}

const CONFIGURATION: &str = indoc! {r#"
    config ...
      stdout {"clusters":[{"name":"c"}],"users":[{"name":"u"}],"contexts":[{"name":"x"}],"current-context":"x"}
"#};
const NO_CONFIGURATION: &str = indoc! {r#"
    config ...
      stdout {"clusters":null,"users":null,"contexts":null,"current-context":""}
"#};

#[test]
fn an_unknown_cluster_is_reported_before_a_credential_is_read() {
    let broken = indoc! {r#"
        config ...
          stderr error: error loading config file "k": yaml: line 1
          exit 1
    "#};
    let faults: [(&str, &[&str], &str); 6] = [
        (
            CONFIGURATION,
            &["--context", "y"],
            indoc! {"
                error: the kubeconfig has no context y

                hint: list the contexts: kubectl config get-contexts
            "},
        ),
        (
            CONFIGURATION,
            &["--cluster", "y"],
            indoc! {"
                error: the kubeconfig has no cluster y

                hint: list the clusters: kubectl config get-clusters
            "},
        ),
        (
            CONFIGURATION,
            &["--user", "y"],
            indoc! {"
                error: the kubeconfig has no user y

                hint: list the users: kubectl config get-users
            "},
        ),
        (
            NO_CONFIGURATION,
            &[],
            indoc! {"
                error: kubectl has no current context

                hint: name one of the contexts with --context; to list them: kubectl config get-contexts
            "},
        ),
        (NO_CONFIGURATION, &["--context", "x"], "error: the kubeconfig has no context x\n"),
        (broken, &[], "error: error loading config file"),
    ];
    for (script, more, problem) in faults {
        for command in
            [SECRET, POD_COMMAND, &["pod", "web", "--image", "a.io/b", "--existing-secret", "s"]]
        {
            let outcome = configured(script).run(&[command, &["--apply"], more].concat());
            assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{outcome:#?}");
            assert!(outcome.stderr.starts_with(problem), "{outcome:#?}");
            let passed_on = more.join("=");
            let call = format!("kubectl config view --output=json {passed_on}");
            assert_eq!(outcome.calls, [call.trim()]);
        }
    }
}

#[test]
fn a_missing_kubectl_is_told_before_a_credential_is_read() {
    for command in [SECRET, POD_COMMAND] {
        let case = configured("");
        let gone = case.path("gone").display().to_string();
        let case = case.variable("KUBECTL", "kubectl-gone");
        let outcome = case.run(&[command, &["--apply"]].concat());
        assert_eq!((outcome.code, outcome.calls.len()), (1, 0), "{outcome:#?}");
        assert!(
            outcome.stderr.starts_with("error: kubectl-gone not found on PATH"),
            "{outcome:#?}"
        );
        let outcome = case.variable("KUBECTL", gone).run(&[command, &["--apply"]].concat());
        assert_eq!((outcome.code, outcome.calls.len()), (1, 0), "{outcome:#?}");
        assert!(outcome.stderr.contains(" cannot run: "), "{outcome:#?}");
    }
}

fn is_applied(outcome: &Outcome) -> bool {
    outcome.code == 0 && outcome.stdout == "secret/regcred created\n"
}

#[test]
fn a_cluster_that_kubectl_knows_is_written_to() {
    for (script, more) in [
        (CONFIGURATION, &[][..]),
        (CONFIGURATION, &["--context", "x"]),
        (CONFIGURATION, &["--cluster", "c", "--user", "u"]),
        (NO_CONFIGURATION, &["--server", "https://127.0.0.1:1"]),
        ("config ...\n  stdout no JSON\n", &[]),
    ] {
        let outcome = configured(script).run(&[SECRET, &["--apply"], more].concat());
        assert!(is_applied(&outcome), "{outcome:#?}");
        let programs: Vec<&str> =
            outcome.calls.iter().filter_map(|call| call.split(' ').next()).collect();
        assert_eq!(programs, ["kubectl", "docker-credential-vault", "kubectl", "kubectl"]);
    }
    let in_pod = configured(NO_CONFIGURATION).variable("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assert!(is_applied(&in_pod.run(&[SECRET, &["--apply"]].concat())));
    // Nothing is sent, and nothing need be known of a cluster.
    let printed =
        configured(NO_CONFIGURATION).run(&[SECRET, &["--apply", "--dry-run=client"]].concat());
    assert_eq!(printed.calls, ["docker-credential-vault get ghcr.io"]);
}
