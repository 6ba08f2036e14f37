//! Completion: the scripts of the shells, the words they ask for, and those of kubectl.

use crate::support::{Case, Outcome};

fn script_of(shell: &str) -> String {
    let outcome = Case::new().run(&["completion", shell]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    outcome.stdout
}

#[test]
fn a_shell_gets_a_completion_script() {
    for (shell, start) in [
        ("bash", "_clap_complete_kubectl_regcred() {"),
        ("zsh", "#compdef kubectl-regcred"),
        ("fish", "complete --keep-order"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = script_of(shell);
        assert!(script.starts_with(start), "{shell}: {}", &script[..80]);
        assert!(script.contains("KUBECTL_REGCRED_COMPLETE"), "{shell}");
        assert!(script.contains("kubectl_complete-regcred"), "{shell}");
    }
    assert_eq!(Case::new().run(&["completion"]).code, 2);
    assert_eq!(Case::new().run(&["completion", "tcsh"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_shell_takes_the_completion_script() {
    let case = Case::new().file("work/script", script_of("bash"));
    if std::path::Path::new("/bin/bash").exists() {
        let outcome = case.run_shell(
            "/bin/bash -n script && /bin/bash -c '. ./script; complete -p kubectl-regcred'",
        );
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        assert!(
            outcome.stdout.contains("-F _clap_complete_kubectl_regcred kubectl-regcred"),
            "{outcome:#?}"
        );
    }
}

const CONFIG: &str = r#"{"auths":{"ghcr.io":{"auth":"dTpw"},"quay.io/team":{}},"credsStore":"x","credHelpers":{"gcr.io":"gcloud"}}"#;

/// A machine with docker's logins in a store that must not be asked, and a cluster.
fn machine() -> Case {
    let kubectl = "\
get pods --output=name --namespace=shop *
  stdout pod/web
get deployments --output=name --context=dev --namespace=shop *
  stdout deployment.apps/api
get namespaces --output=name *
  stdout namespace/shop
get secrets --output=name --field-selector=type=kubernetes.io/dockerconfigjson *
  stdout secret/regcred
get serviceaccounts --output=name --kubeconfig=k *
  stdout serviceaccount/build-bot
config get-contexts --output=name *
  stdout dev
get pods --output=name --namespace=far *
  do hang
";
    Case::new().config(CONFIG).program("kubectl", kubectl).file("work/folder/f.yaml", "")
}

fn ask(typed: &[&str]) -> Outcome {
    machine().run(&[&["__complete"], typed].concat())
}

/// The words alone.
fn words(typed: &[&str]) -> Vec<String> {
    let outcome = ask(typed);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:#?}");
    outcome.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn commands_come_first_and_then_their_flags() {
    let all = words(&[""]);
    assert!(all.contains(&"secret".to_owned()) && all.contains(&"pod".to_owned()), "{all:?}");
    assert!(!all.iter().any(|word| word.starts_with('-')), "{all:?}");
    assert_eq!(words(&["so"]), ["sources", ":4"]);
    assert_eq!(words(&["-v", "so"]), ["sources", ":4"]);
    assert!(ask(&["so"]).stdout.starts_with("sources\tList the registries"));
    assert_eq!(words(&["secret", "--regi"]), ["--registry", ":4"]);
    assert_eq!(words(&["secret", "--contex"]), ["--context", ":4"]);
    assert_eq!(words(&["sources", "--app"]), [":4"]);
    assert_eq!(words(&[]), [":4"]);
}

#[test]
fn values_that_the_program_knows_are_offered() {
    assert_eq!(
        words(&["secret", "--output", ""]),
        ["yaml", "json", "name", "dockerconfigjson", ":4"]
    );
    assert_eq!(words(&["secret", "-o", "j"]), ["json", ":4"]);
    assert_eq!(words(&["secret", "--output=n"]), ["--output=name", ":4"]);
    assert_eq!(words(&["secret", "--authfile", "fol"]), ["folder/", ":6"]);
    assert_eq!(words(&["secret", "-f", "folder/"]), ["folder/f.yaml", ":4"]);
}

#[test]
fn registries_are_those_that_files_name_and_no_store_is_asked() {
    let outcome = ask(&["secret", "--registry", ""]);
    assert_eq!(outcome.stdout, "gcr.io\nghcr.io\nquay.io/team\n:4\n");
    assert!(outcome.calls.is_empty(), "{outcome:#?}");
    assert_eq!(words(&["login", "q"]), ["quay.io/team", ":4"]);
    assert_eq!(words(&["pod", "--registry=gc"]), ["--registry=gcr.io", ":4"]);
}

#[test]
fn what_the_cluster_holds_is_offered_with_the_flags_that_are_typed() {
    // A busy machine may need longer than the program waits: it is asked again.
    let offered = |typed: &[&str]| {
        let answers = std::iter::repeat_with(|| words(typed)).take(50);
        answers.into_iter().find(|words| words.len() > 1).unwrap_or_default()
    };
    assert_eq!(offered(&["diagnose", "-n", "shop", ""]), ["web", ":4"]);
    assert_eq!(
        offered(&["diagnose", "--context=dev", "--namespace", "shop", "deployments/"]),
        ["deployments/api", ":4"]
    );
    assert_eq!(offered(&["secret", "-n", ""]), ["shop", ":4"]);
    assert_eq!(offered(&["inspect", "r"]), ["regcred", ":4"]);
    assert_eq!(offered(&["verify", "--secret-name", ""]), ["regcred", ":4"]);
    assert_eq!(offered(&["link", "--kubeconfig", "k", ""]), ["build-bot", ":4"]);
    assert_eq!(offered(&["list", "--context", ""]), ["dev", ":4"]);
}

#[test]
fn what_cannot_be_read_in_time_or_at_all_is_left_out_in_silence() {
    // This kubectl hangs, and a kind that is none is not asked for.
    assert_eq!(words(&["diagnose", "-n", "far", ""]), [":4"]);
    assert_eq!(words(&["diagnose", "a b/"]), [":4"]);
    let outcome = Case::new().config("{").run(&["__complete", "secret", "--registry", ""]);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (":4\n", ""), "{outcome:#?}");
    let outcome = Case::new().run(&["__complete", "list", "-n", ""]);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (":4\n", ""), "{outcome:#?}");
}

#[cfg(unix)]
#[test]
fn a_shell_asks_through_a_variable() {
    let case = machine().variable("KUBECTL_REGCRED_COMPLETE", "fish");
    let outcome = case.run(&["--", "kubectl-regcred", "login", "q"]);
    assert_eq!((outcome.code, outcome.stdout.trim()), (0, "quay.io/team"), "{outcome:#?}");
    // A shell that nobody knows asks for nothing: the program runs as it is called.
    let case = machine().variable("KUBECTL_REGCRED_COMPLETE", "nonesuch");
    assert!(case.run(&["version"]).stdout.starts_with("kubectl-regcred"));
    let outcome = machine().variable("KUBECTL_REGCRED_COMPLETE", "nonesuch").run(&["nonesuch"]);
    assert!(outcome.code == 2 && !outcome.stderr.is_empty(), "{outcome:#?}");
    for shell in ["nonesuch", "bash"] {
        let case = machine().variable("KUBECTL_REGCRED_COMPLETE", shell);
        let outcome = case.run(&["secret", "--registry", "[::1"]);
        assert!(outcome.stderr.starts_with("error: "), "{shell}: {outcome:#?}");
    }
}
