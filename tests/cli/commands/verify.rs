//! `verify` and `--verify`.

use indoc::formatdoc;
use serde_json::json;

use crate::support::{Case, document, fake_registry};

/// A home that is logged in to a registry with this password, and the registry.
fn logged_in(password: &str) -> (Case, String) {
    let registry = fake_registry::start("jane", "hunter2");
    let case = Case::new().logins(&[(&registry, "jane", password)]).secret("hunter2");
    (case, registry)
}

#[test]
fn each_image_has_its_outcome() {
    let (case, registry) = logged_in("hunter2");
    let (good, missing) = (format!("{registry}/team/app:v1"), format!("{registry}/team/app:v2"));
    let outcome = case.run(&["verify", &good, &missing]);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    let width = good.len() + 3;
    assert_eq!(
        outcome.stdout,
        formatdoc! {"
            {:width$}OUTCOME     USERNAME
            {good:width$}ok          jane
            {missing:width$}not-found   jane
        ",
        "IMAGE"}
    );
    assert_eq!(
        outcome.stderr,
        formatdoc! {"
            {registry}: jane, from ~/.docker/config.json
            error: {missing}: image or tag not found, or jane has no access

            hint: check the spelling of {registry}/team/app and of its tag
        "}
    );
    assert_eq!(case.run(&["verify", &good]).code, 0);
}

#[test]
fn the_json_is_a_contract() {
    let (case, registry) = logged_in("wrong");
    let image = format!("{registry}/team/app:v1");
    let outcome = case.run(&["verify", &image, "-o", "json"]);
    crate::docs::fields_are_in_reference(&outcome.stdout);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    assert_eq!(
        document(&outcome.stdout),
        json!({"images": [{
            "image": image, "registry": registry, "outcome": "unauthorized", "username": "jane",
            "message": "the registry rejected the credentials of jane",
            "hint": format!("log in again: docker login {registry}"),
        }]})
    );
}

#[test]
fn an_image_without_a_credential_is_tried_anonymously() {
    let (_, registry) = logged_in("hunter2");
    let case = Case::new();
    let image = format!("{registry}/team/app:v1");
    let outcome = case.run(&["verify", &image]);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    assert!(outcome.stdout.contains("no-credential   -"), "{}", outcome.stdout);
    let message = "the registry requires authentication, and no credential for it was found";
    assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
}

#[test]
fn without_an_image_only_the_login_is_tried_and_that_is_said() {
    let (case, registry) = logged_in("hunter2");
    let outcome = case.run(&["verify", "-o", "json"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let first = &document(&outcome.stdout)["images"][0];
    assert_eq!((&first["image"], &first["registry"]), (&json!(null), &json!(registry)));
    let note = format!(
        "note: only the login was checked, not the right to pull: {registry}; name an image to check that\n"
    );
    assert!(outcome.stderr.ends_with(&note), "{}", outcome.stderr);
}

#[test]
fn images_come_from_manifests_too() {
    let (case, registry) = logged_in("hunter2");
    let image = format!("{registry}/team/app:v1");
    let pod = json!({"kind": "Pod", "spec": {"containers": [{"image": image}]}});
    let case = case.file("work/pod.json", pod.to_string());
    let outcome = case.run(&["verify", "-f", "pod.json"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains(&image));
}

#[test]
fn a_secret_file_is_tried_as_the_kubelet_would() {
    let (case, registry) = logged_in("hunter2");
    let image = format!("{registry}/team/app:v1");
    let made = case.run(&["secret", "--registry", &registry]).stdout;
    let case = Case::new().file("work/secret.yaml", made).secret("hunter2");
    for arguments in [
        ["verify", &image, "--secret-file", "secret.yaml"].as_slice(),
        &["verify", "--secret-file", "secret.yaml"],
    ] {
        let outcome = case.run(arguments);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        assert!(outcome.stdout.contains("ok        jane"), "{}", outcome.stdout);
    }
    let case = case.file("work/bad.json", r#"{"auths":{"ghcr.io":{"auth":"%"}}}"#);
    let stderr = case.fail(3, &["verify", &image, "--secret-file", "bad.json"]);
    assert!(stderr.contains("bad.json: the Secret"), "{stderr}");
    assert!(stderr.contains("the kubelet pulls no image of the Pod"), "{stderr}");
}

#[test]
fn a_secret_of_the_cluster_is_fetched_once() {
    let (case, registry) = logged_in("hunter2");
    let image = format!("{registry}/team/app:v1");
    let secret = case.run(&["secret", "--registry", &registry, "-o", "json"]).stdout;
    let mut live = document(&secret);
    live["metadata"]["resourceVersion"] = json!("7");
    let script = format!("get ...\n  stdout {live}\n");
    let case = Case::new().program("kubectl", &script).secret("hunter2");
    let outcome = case.run(&["verify", &image, "--secret", "regcred", "-n", "web"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.calls.len(), 1, "{:?}", outcome.calls);
}

#[test]
fn nothing_is_written_when_the_answer_is_no() {
    let (case, registry) = logged_in("wrong");
    let image = format!("{registry}/team/app:v1");
    let pod = json!({"kind": "Pod", "spec": {"containers": [{"image": image}]}});
    let case =
        case.file("work/pod.json", pod.to_string()).program("kubectl", "apply *\n  exit 9\n");
    for arguments in [
        ["secret", "--image", &image, "--verify"].as_slice(),
        &["secret", "--registry", &registry, "--verify"],
        &["secret", "--image", &image, "--verify", "--apply", "--replace"],
        &["pod", "web", "--image", &image, "--verify"],
        &["inject", "-f", "pod.json", "--verify"],
    ] {
        let stderr = case.fail(3, arguments);
        assert!(stderr.contains("the registry rejected the credentials of jane"), "{stderr}");
    }
    assert_eq!(case.run(&["secret"]).code, 0, "it does not ask unless it is told to");
}

/// Without a keyring whatever is to be kept fails there, with exit code 1.
#[cfg(target_os = "linux")]
const NO_KEYRING: &str = "where `kubectl regcred login` keeps credentials, cannot be reached";

#[cfg(target_os = "linux")]
#[test]
fn a_login_that_works_or_cannot_be_checked_is_kept() {
    let registry = fake_registry::start("jane", "hunter2");
    let nothing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let down = nothing.local_addr().unwrap().to_string();
    drop(nothing);
    let case = Case::new().stdin("hunter2").secret("hunter2");
    let login = |registry: &str, flags: &[&str]| {
        let login = ["login", registry, "--username", "jane", "--password-stdin"];
        case.fail(1, &[&login, flags].concat())
    };
    let stderr = login(&registry, &[]);
    let said = format!("note: {registry}: the registry accepted the credentials of jane\n");
    assert!(stderr.starts_with(&said) && stderr.contains(NO_KEYRING), "{stderr}");
    let stderr = login(&down, &[]);
    let said = format!("warning: {down}: the login was not checked: ");
    assert!(stderr.starts_with(&said) && stderr.contains(NO_KEYRING), "{stderr}");
    let stderr = login(&down, &["--verify"]);
    assert!(
        stderr.starts_with(&format!("error: {down}: ")) && !stderr.contains(NO_KEYRING),
        "{stderr}"
    );
    for registry in [&registry, &down] {
        let stderr = login(registry, &["--no-verify"]);
        assert!(stderr.starts_with("error: the Secret Service, "), "{stderr}");
    }
}

#[test]
fn the_registry_of_a_login_is_reached_as_the_flags_say() {
    let case = Case::new().stdin("hunter2").secret("hunter2");
    let login = ["login", "reg.example.com", "--username", "jane", "--password-stdin"];
    for flags in [&["--no-verify", "--verify"][..], &["--no-verify", "--plain-http"]] {
        let stderr = case.fail(2, &[&login, flags].concat());
        assert!(stderr.contains("cannot be used with"), "{stderr}");
    }
    let stderr = case.fail(1, &[&login[..], &["--ca-file", "gone.pem"]].concat());
    assert!(stderr.contains("cannot read gone.pem: "), "{stderr}");
}

#[test]
fn the_hint_after_a_rejected_login_fits_where_it_is_from() {
    let registry = fake_registry::start("jane", "hunter2");
    let image = format!("{registry}/team/app:v1");
    let typed = "check the password and try again".to_owned();
    let docker = format!("log in again: docker login {registry}");
    let podman = format!("log in again: podman login {registry}");
    let piped = ["--username", "jane", "--password-stdin"];
    let podmans = json!({"auths": {&registry: {"auth": "amFuZTp3cm9uZw=="}}}).to_string();
    let dockers =
        Case::new().stdin("wrong").secret("wrong").logins(&[(&registry, "jane", "wrong")]);
    let podmans = Case::new().file("home/.config/containers/auth.json", podmans);
    for question in [
        &["secret", "--verify", "--registry", &registry][..],
        &["secret", "--verify", "--image", &image],
        &["verify", "--registry", &registry],
        &["verify", &image],
    ] {
        let hinted = |case: &Case, flags: &[&str], hint: &str| {
            let outcome = case.run(&[question, flags].concat());
            assert_eq!(outcome.code, 3, "{outcome:#?}");
            let hint = format!("\nhint: {hint}\n");
            assert!(outcome.stderr.ends_with(&hint), "{question:?}: {outcome:#?}");
        };
        if question.contains(&"--registry") {
            hinted(&dockers, &piped, &typed);
        }
        hinted(&dockers, &[], &docker);
        hinted(&podmans, &[], &podman);
    }
}

#[test]
fn what_works_is_written_and_said() {
    let (case, registry) = logged_in("hunter2");
    let image = format!("{registry}/team/app:v1");
    let pod = json!({"kind": "Pod", "spec": {"containers": [{"image": image}]}});
    let case = case.file("work/pod.json", pod.to_string());
    let said = format!("note: {image}: jane can pull it\n");
    for arguments in [
        ["secret", "--image", &image, "--verify"].as_slice(),
        &["pod", "web", "--image", &image, "--verify"],
        &["inject", "-f", "pod.json", "--verify"],
    ] {
        let outcome = case.run(arguments);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        assert!(outcome.stderr.contains(&said), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("dockerconfigjson"));
    }
    let login = case.run(&["secret", "--verify"]);
    let said = format!(
        "note: {registry}: the registry accepted the credentials of jane; no image was named to try\n"
    );
    assert!(login.stderr.contains(&said), "{}", login.stderr);
}

#[test]
fn several_credentials_are_all_tried() {
    let (first, second) =
        (fake_registry::start("jane", "hunter2"), fake_registry::start("joe", "hunter3"));
    let logins = [(first.as_str(), "jane", "wrong"), (second.as_str(), "joe", "wrong too")];
    let case = Case::new().logins(&logins);
    let stderr = case.fail(3, &["secret", "--all", "--verify"]);
    for (registry, user) in [(first, "jane"), (second, "joe")] {
        let said = format!("error: {registry}: the registry rejected the credentials of {user}\n");
        assert!(stderr.contains(&said), "{stderr}");
    }
}

#[test]
fn a_registry_that_does_not_answer_is_no_answer() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let image = format!("{closed}/team/app:v1");
    let outcome = Case::new().run(&["verify", &image]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert!(outcome.stdout.contains("unreachable"));
}

#[test]
fn bad_arguments_are_told() {
    let (case, _) = logged_in("hunter2");
    let case = case.file("work/ca.pem", "no certificate");
    for (arguments, expected) in [
        (["verify", "ghcr.io/UPPER"].as_slice(), "`ghcr.io/UPPER` is not an image"),
        (
            &["verify", "ghcr.io/a\r\nX: y"],
            "is not an image: it holds a space or a control character",
        ),
        (&["verify", "ghcr.io/a", "--ca-file", "ca.pem"], "ca.pem holds no certificate in PEM"),
        (
            &["secret", "--plain-http"],
            "--ca-file and --plain-http say how --verify reaches registries",
        ),
        (&["verify", "ghcr.io/a", "--context", "x"], "cluster flags require --secret-name"),
        (
            &["pod", "web", "--image", "a", "--existing-secret", "b", "--verify"],
            "cannot be used with",
        ),
    ] {
        let stderr = case.fail(2, arguments);
        assert!(stderr.contains(expected), "{stderr}");
    }
    let stderr = case.fail(1, &["verify", "ghcr.io/a", "--ca-file", "none.pem"]);
    assert!(stderr.contains("cannot read none.pem"), "{stderr}");
}
