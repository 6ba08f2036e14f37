//! What people type out of habit, from kubectl, docker and helm: it is understood,
//! or answered with the command that was meant.

mod completion;
mod help;
mod help_of_looking;
mod help_of_others;
mod help_of_writing;
mod output;

use indoc::indoc;
use insta::assert_snapshot;

use crate::support::{Case, document, entries};

const POD: &str = indoc! {"
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      containers:
      - name: a
        image: ghcr.io/a/b
"};

fn one_login() -> Case {
    Case::new().logins(&[("ghcr.io", "jane", "hunter2")]).secret("hunter2")
}

fn help(command: &str) -> String {
    printed(&["help", command])
}

/// A run that succeeds, and what it prints.
fn printed(arguments: &[&str]) -> String {
    let outcome = Case::new().run(arguments);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{arguments:?}: {outcome:#?}");
    outcome.stdout
}

#[test]
fn the_name_of_a_secret_may_follow_its_type() {
    for arguments in [
        &["secret", "docker-registry", "mine"][..],
        &["secret", "generic", "mine"],
        &["secret", "generic", "mine", "--type=kubernetes.io/dockerconfigjson"],
        &["secret", "secret/mine"],
        &["secret", "secret", "mine"],
        &["secret", "mine"],
        &["secret", "--secret-name", "mine"],
    ] {
        let outcome = one_login().run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:#?}");
        assert_eq!(document(&outcome.stdout)["metadata"]["name"], "mine", "{arguments:?}");
    }
    for arguments in [
        &["secret", "docker-registry"][..],
        &["secret", "tls", "mine"],
        &["secret", "mine", "hunter2"],
        &["secret", "generic", "mine", "hunter2"],
        &["secret", "generic", "mine", "--type=Opaque"],
        &["secret", "mine", "--secret-name", "other"],
    ] {
        one_login().fail(2, arguments);
    }
}

#[test]
fn the_command_of_the_kubernetes_page_works() {
    let case = Case::new()
        .file("work/config.json", r#"{"auths":{"ghcr.io":{"auth":"amFuZTpodW50ZXIy"}}}"#)
        .secret("hunter2");
    let line = "secret generic regcred --from-file=.dockerconfigjson=config.json --type=kubernetes.io/dockerconfigjson";
    let outcome = case.run(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(entries(&outcome.stdout).contains_key("ghcr.io"));
    // A file that is called so is itself.
    let name = ".dockerconfigjson=x";
    let case = case.file(&format!("work/{name}"), r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#);
    let outcome = case.run(&["secret", "--from-file", name]);
    assert!(entries(&outcome.stdout).contains_key("quay.io"), "{outcome:#?}");
    let gone = case.fail(1, &["secret", "--from-file", ".dockerconfigjson=gone"]);
    assert!(gone.starts_with("error: cannot read gone: "), "{gone}");
}

#[test]
fn a_secret_that_is_named_like_a_registry_is_questioned() {
    assert_snapshot!(one_login().fail(2, &["secret", "quay.io", "-n", "prod"]), @"
    error: `quay.io` looks like a registry, not like the name of a Secret

    hint: kubectl regcred secret --registry quay.io (or --secret-name quay.io, if the name is meant)
    ");
    for name in [
        "ghcr.io",
        "GHCR.io",
        "localhost:5055",
        "registry.example.com",
        "registry.example.com:5000",
        "10.0.0.1",
        "https://ghcr.io",
        "ghcr.io/org",
        "docker.io",
    ] {
        let said = one_login().fail(2, &["secret", name]);
        assert!(said.contains("looks like a registry"), "{said}");
        assert!(said.contains("hint: kubectl regcred secret --registry "), "{said}");
    }
    for arguments in [
        &["secret", "ghcr.io", "--registry", "ghcr.io"][..],
        &["secret", "ghcr.io", "--image", "ghcr.io/a/b"],
        &["secret", "--secret-name", "ghcr.io"],
        &["secret", "regcred.v1"],
        &["secret", "team.regcred"],
    ] {
        let outcome = one_login().run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:#?}");
    }
}

#[test]
fn an_image_is_no_pod_and_a_registry_no_image() {
    for (arguments, problem, hint) in [
        (
            &["pod", "ghcr.io/jane/app:v1"][..],
            "`ghcr.io/jane/app:v1` looks like an image, not like the name of a Pod",
            "kubectl regcred pod NAME --image ghcr.io/jane/app:v1",
        ),
        (
            &["pod", "busybox:1", "--image", "a/b"],
            "`busybox:1` looks like an image",
            "--image busybox:1",
        ),
        (
            &["verify", "localhost:5055"],
            "`localhost:5055` is a registry, not an image",
            "--registry localhost:5055 ",
        ),
        (&["verify", "ghcr.io"], "`ghcr.io` is a registry", "--registry ghcr.io "),
        (&["verify", "ghcr.io/"], "`ghcr.io/` is a registry", "--registry ghcr.io "),
        (&["verify", "https://ghcr.io"], "`https://ghcr.io` is a registry", "--registry ghcr.io "),
        (
            &["secret", "--image", "ghcr.io:443"],
            "`ghcr.io:443` is a registry",
            "--registry ghcr.io:443 ",
        ),
        (
            &["inject", "-f", "pod.yaml", "--image", "quay.io"],
            "`quay.io` is a registry",
            "--registry quay.io ",
        ),
        (
            &["login", "ghcr.io/jane/app:v1"],
            "`ghcr.io/jane/app:v1` is an image, not a registry",
            "kubectl regcred login ghcr.io",
        ),
        (
            &["logout", "localhost:5000/a:v1"],
            "is an image, not a registry",
            "kubectl regcred logout localhost:5000",
        ),
        (
            &["secret", "--registry", "ghcr.io/jane/app:v1"],
            "is an image, not a registry",
            "--image ghcr.io",
        ),
        (
            &["diagnose", "ghcr.io/jane/app:v1"],
            "looks like an image, not like a Pod",
            "diagnose --image ghcr.io/jane/app:v1 -f FILE",
        ),
        (&["inspect", "pod/web"], "inspect shows Secrets only", "kubectl regcred diagnose pod/web"),
    ] {
        let said = one_login().file("work/pod.yaml", POD).fail(2, arguments);
        assert!(said.contains(problem), "{arguments:?}: {said}");
        assert!(
            said.contains(&format!("hint: {hint}")) || said.contains(hint),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn an_image_with_a_tag_or_a_path_is_an_image() {
    for image in
        ["busybox", "busybox:1", "registry:2", "mysql:8032", "jane/app", "app.v1", "a.io:v1"]
    {
        let said = Case::new().config("{}").run(&["secret", "--image", image]).stderr;
        assert!(!said.contains("is a registry"), "{image}: {said}");
    }
}

#[test]
fn one_argument_too_many_is_answered_for_its_command() {
    for (arguments, hint) in [
        (
            &["secret", "docker-registry", "a", "b"][..],
            "kubectl regcred secret NAME --registry HOST",
        ),
        (&["secret", "mine", "b"], "kubectl regcred secret NAME --registry HOST"),
        (&["pod", "web", "b"], "kubectl regcred pod NAME --image IMAGE"),
        (&["inspect", "secret", "a", "b"], "kubectl regcred inspect NAME"),
        (&["inspect", "a", "b"], "kubectl regcred inspect NAME"),
        (&["list", "b"], "kubectl regcred inspect NAME"),
        (&["-v", "list", "b"], "kubectl regcred inspect NAME"),
        (&["diagnose", "pod", "a", "b"], "kubectl regcred diagnose KIND/NAME"),
        (&["diagnose", "pod/a", "b"], "kubectl regcred diagnose KIND/NAME"),
        (&["sources", "b"], "kubectl regcred verify --registry HOST"),
        (&["login", "ghcr.io", "b"], "kubectl regcred login HOST"),
        (&["logout", "ghcr.io", "b"], "kubectl regcred logout HOST"),
        (&["help", "secret", "b"], "kubectl regcred help secret"),
        (&["version", "b"], "kubectl regcred version"),
        (&["options", "b"], "kubectl regcred options"),
        (&["completion", "bash", "b"], "kubectl regcred completion bash"),
    ] {
        let said = Case::new().fail(2, arguments);
        let command = arguments.iter().find(|word| !word.starts_with('-')).unwrap();
        let start = format!("error: {command} accepts ");
        assert!(said.starts_with(&start), "{arguments:?}: {said}");
        assert!(said.contains("(not shown, it may be a password)"), "{said}");
        assert!(said.ends_with(&format!("{hint}\n")), "{arguments:?}: {said}");
    }
}

#[test]
fn other_commands_and_flags_out_of_habit_are_answered() {
    for (arguments, said) in [
        (&["get"][..], "did you mean: kubectl regcred list\n"),
        (&["create", "secret", "docker-registry", "x"], "did you mean: kubectl regcred secret\n"),
        (&["describe", "x"], "did you mean: kubectl regcred inspect\n"),
        (&["secrt"], "did you mean: kubectl regcred secret\n"),
        (&["xyzzy"], "list the commands: kubectl regcred help\n"),
        (&["help", "xyzzy"], "list the commands: kubectl regcred help\n"),
        (
            &["login", "--registry", "ghcr.io"],
            "error: login needs a user name\n\nhint: --username USER\n",
        ),
        (&["list", "--apply"], "list changes nothing: leave --apply out\n"),
        (&["inject", "--apply"], "| kubectl apply -f -\n"),
        (&["secret", "--registri", "x"], "did you mean --registry?\n"),
        (&["secret", "--xyzzy", "x"], "list the flags: kubectl regcred secret --help\n"),
        (&["--xyzzy"], "list the commands and flags: kubectl regcred help\n"),
    ] {
        let printed = Case::new().fail(2, arguments);
        assert!(printed.ends_with(said), "{arguments:?}: {printed}");
        assert!(!printed.contains("tip:"), "{printed}");
    }
}

#[test]
fn pods_workloads_and_secrets_are_named_as_for_kubectl() {
    for (arguments, call) in [
        (&["diagnose", "pod", "web"][..], "kubectl get pod"),
        (&["diagnose", "pod/web"], "kubectl get pod"),
        (&["diagnose", "po", "web"], "kubectl get pod"),
        (&["inspect", "secret", "web"], "kubectl get secret"),
        (&["inspect", "secret/web"], "kubectl get secret"),
        (&["inspect", "Secrets", "web"], "kubectl get secret"),
        (&["link", "sa", "web", "--secret-name", "x"], "kubectl get serviceaccount"),
        (&["link", "serviceaccount/web", "--secret", "x"], "kubectl get serviceaccount"),
    ] {
        let case = Case::new().program("kubectl", "get ...\n  exit 1\n");
        let outcome = case.run(arguments);
        let is_meant =
            |it: &String| it.starts_with(call) && it.split([' ', '/']).any(|word| word == "web");
        assert!(outcome.calls.iter().any(is_meant), "{arguments:?}: {outcome:#?}");
    }
}

#[test]
fn inject_takes_files_without_a_flag_and_what_is_piped() {
    let case = || one_login().file("work/pod.yaml", POD);
    let expected = case().run(&["inject", "-f", "pod.yaml"]);
    assert!(expected.stdout.contains("imagePullSecrets:"), "{expected:#?}");
    for arguments in [&["inject", "pod.yaml"][..], &["inject", "-"], &["inject"]] {
        let outcome = case().stdin(POD).run(arguments);
        assert_eq!(outcome.stdout, expected.stdout, "{arguments:?}: {outcome:#?}");
        assert_eq!(outcome.stderr, expected.stderr, "{arguments:?}");
    }
    let both = case().file("work/b.yaml", POD).run(&["inject", "pod.yaml", "-f", "b.yaml"]);
    assert_eq!(both.stdout.matches("imagePullSecrets:").count(), 2, "{both:#?}");
    // Nothing is piped, or the pipe is a password.
    let typed = ["inject", "--registry", "ghcr.io", "--username", "u", "--password-stdin"];
    for arguments in [&typed[..], &["inject", "--in-place"]] {
        let said = case().stdin("hunter2").fail(2, arguments);
        assert!(said.starts_with("error: inject needs manifests"), "{said}");
    }
    #[cfg(unix)]
    {
        let binary = env!("CARGO_BIN_EXE_kubectl-regcred");
        for line in ["</dev/null", "<&-"] {
            let outcome = case().run_shell(&format!("{binary} inject {line}"));
            assert_eq!(outcome.code, 2, "{line}: {outcome:#?}");
            assert!(outcome.stderr.starts_with("error: inject needs manifests"), "{outcome:#?}");
        }
    }
}

#[test]
fn inject_knows_the_namespace_of_objects_that_name_none() {
    let elsewhere = POD.replace("name: web", "name: other\n  namespace: test");
    let case = one_login().file("work/pods.yaml", format!("{POD}---\n{elsewhere}"));
    let outcome = case.run(&["inject", "pods.yaml", "-n", "shop"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let namespaces: Vec<&str> =
        outcome.stdout.lines().filter(|line| line.starts_with("  namespace:")).collect();
    assert_eq!(namespaces, ["  namespace: shop", "  namespace: test", "  namespace: test"]);
    assert_eq!(outcome.stdout.matches("kind: Secret").count(), 2, "{outcome:#?}");
    // The same namespace is one Secret.
    let outcome = case.run(&["inject", "pods.yaml", "-n", "test"]);
    assert_eq!(outcome.stdout.matches("kind: Secret").count(), 1, "{outcome:#?}");
    let said = case.fail(2, &["inject", "pods.yaml", "-n", "a.b"]);
    assert!(said.contains("namespace `a.b` is not valid"), "{said}");
}

#[test]
fn diagnose_with_manifests_alone_takes_their_images() {
    let case = Case::new().file("work/pod.yaml", POD);
    assert_snapshot!(case.run(&["diagnose", "-f", "pod.yaml"]), @"
    exit code 3
    --- stdout
    Pod web (pod.yaml), ghcr.io/a/b: the kubelet tries no credential, and pulls anonymously

    no-pull-secret: neither the Pod nor its service account references a pull Secret: the pull is anonymous
      hint: create one that new Pods use: kubectl regcred secret --registry ghcr.io --apply --link
    --- stderr
    1 problem found
    ");
}

#[test]
fn one_thing_has_one_name_and_its_old_one() {
    for command in ["link", "unlink", "verify"] {
        assert!(help(command).contains("--secret-name <NAME>"));
        assert!(!help(command).contains("--secret <"));
        for flag in ["--secret-name", "--secret"] {
            let said = Case::new().fail(2, &[command, flag, "Bad_Name"]);
            assert!(
                said.contains("Secret name `Bad_Name` is not valid"),
                "{command} {flag}: {said}"
            );
        }
    }
    let typed = ["secret", "--registry", "ghcr.io", "-u", "jane", "--password-stdin"];
    let outcome = Case::new().stdin("hunter2\n").secret("hunter2").run(&typed);
    assert_eq!(entries(&outcome.stdout)["ghcr.io"].0, "jane", "{outcome:#?}");
}
