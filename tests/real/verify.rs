//! `verify` beside crane and skopeo: the same image, the same credential, the
//! same verdict.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indoc::indoc;
use serde_json::{Value, json};

use crate::home::{BINARY, Daemon, Home, PASSWORD, USER, finish, program};
use crate::registries::Registry;

/// Puts a login into docker's configuration of this home.
fn log_in(home: &Home, registry: &Registry, password: Option<&str>) {
    let mut auths = json!({});
    if let Some(password) = password {
        let auth = STANDARD.encode(format!("{USER}:{password}"));
        auths[&registry.address] = json!({"auth": auth});
    }
    fs::write(home.path(".docker/config.json"), json!({"auths": auths}).to_string()).unwrap();
}

/// What a peer says: `ok`, `not-found` or `refused`.
fn peer(home: &Home, name: &str, arguments: &[&str], authority: Option<&str>) -> &'static str {
    let mut command = home.command(&program(name));
    command.args(arguments);
    if let Some(authority) = authority {
        command.env("SSL_CERT_FILE", authority);
    }
    let output = finish(command, "");
    let stderr = String::from_utf8_lossy(&output.stderr).to_lowercase().replace('_', " ");
    if output.status.success() {
        return "ok";
    }
    let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
    if says(&["manifest unknown", "name unknown", "404 not found"]) {
        "not-found"
    } else if says(&["unauthorized", "denied", "authentication required"]) {
        "refused"
    } else {
        panic!("{name} {arguments:?}: {stderr}")
    }
}

fn ours(home: &Home, image: &str, authority: Option<&str>) -> Value {
    let mut command = home.command(BINARY);
    command.args(["verify", image, "-o", "json"]);
    if let Some(authority) = authority {
        command.args(["--ca-file", authority]);
    }
    let output = finish(command, "");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains(PASSWORD) && !stderr.contains("wrong horse"), "{stderr}");
    let mut answer: Value = serde_json::from_slice(&output.stdout).expect(&stderr);
    let first = answer["images"][0].take();
    let code = match first["outcome"].as_str().unwrap() {
        "ok" => 0,
        "unauthorized" | "denied" | "not-found" | "no-credential" => 3,
        _ => 1,
    };
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    first
}

/// Every credential with every image of a registry; crane where it takes part.
fn check_matrix(registry: &Registry, with_crane: bool, expected: &[[&str; 4]; 3]) {
    let home = Home::new();
    registry.push("private/app", "v1");
    let images = ["private/app:v1", "private/app:v2", "private/none:v1", "hidden/app:v1"];
    let authority = registry.authority.as_ref().map(|path| path.display().to_string());
    let authority = authority.as_deref();
    let passwords = [Some(PASSWORD), Some("wrong horse"), None];
    for (password, expected) in passwords.into_iter().zip(expected) {
        log_in(&home, registry, password);
        for (image, expected) in images.iter().zip(expected) {
            let image = format!("{}/{image}", registry.address);
            let answer = ours(&home, &image, authority);
            let outcome = answer["outcome"].as_str().unwrap();
            assert_eq!(outcome, *expected, "{image} {password:?}: {answer}");
            let class = match outcome {
                "ok" | "not-found" => outcome,
                _ => "refused",
            };
            let reference = format!("docker://{image}");
            let tls = if authority.is_some() { "--tls-verify=true" } else { "--tls-verify=false" };
            let skopeo = ["inspect", "--raw", tls, &reference];
            assert_eq!(peer(&home, "skopeo", &skopeo, authority), class, "{image} {password:?}");
            if with_crane {
                let crane = ["manifest", &image];
                assert_eq!(peer(&home, "crane", &crane, authority), class, "{image} {password:?}");
            }
        }
    }
}

#[test]
fn basic_agrees_with_crane_and_skopeo() {
    check_matrix(
        &Registry::start(),
        true,
        &[["ok", "not-found", "not-found", "not-found"], ["unauthorized"; 4], ["no-credential"; 4]],
    );
}

#[test]
fn tls_agrees_with_crane_and_skopeo() {
    let registry = Registry::with_tls();
    check_matrix(
        &registry,
        true,
        &[["ok", "not-found", "not-found", "not-found"], ["unauthorized"; 4], ["no-credential"; 4]],
    );
    let home = Home::new();
    log_in(&home, &registry, Some(PASSWORD));
    let image = format!("{}/private/app:v1", registry.address);
    let answer = ours(&home, &image, None);
    assert_eq!(answer["outcome"], "untrusted", "{answer}");
    // The folder that docker reads.
    let folder = home.path(".docker/certs.d").join(&registry.address);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(registry.authority.as_ref().unwrap(), folder.join("ca.crt")).unwrap();
    assert_eq!(ours(&home, &image, None)["outcome"], "ok");
    fs::write(folder.join("ca.crt"), "none").unwrap();
    assert_eq!(ours(&home, &image, None)["outcome"], "untrusted");
    fs::remove_dir_all(&folder).unwrap();
    // The system's store, as programs in Go find it.
    let mut command = home.command(BINARY);
    command.env("SSL_CERT_FILE", registry.authority.as_ref().unwrap()).args(["verify", &image]);
    assert_eq!(finish(command, "").status.code(), Some(0));
}

/// crane refuses token servers on loopback.
#[test]
fn tokens_agree_with_skopeo() {
    check_matrix(
        &Registry::with_tokens(),
        false,
        &[["ok", "not-found", "not-found", "denied"], ["unauthorized"; 4], ["no-credential"; 4]],
    );
}

#[test]
fn the_bare_file_is_a_docker_config_for_crane_and_skopeo() {
    let registry = Registry::start();
    registry.push("private/app", "v1");
    let (home, other) = (Home::new(), Home::new());
    log_in(&home, &registry, Some(PASSWORD));
    let mut command = home.command(BINARY);
    command.args(["secret", "-o", "dockerconfigjson"]);
    let output = finish(command, "");
    assert!(output.status.success(), "{output:?}");
    fs::write(other.path(".docker/config.json"), &output.stdout).unwrap();
    let image = format!("{}/private/app:v1", registry.address);
    assert_eq!(peer(&other, "crane", &["manifest", &image], None), "ok");
    let reference = format!("docker://{image}");
    let skopeo = ["inspect", "--raw", "--tls-verify=false", &reference];
    assert_eq!(peer(&other, "skopeo", &skopeo, None), "ok");
    assert_eq!(ours(&other, &image, None)["outcome"], "ok");
}

#[test]
fn a_secret_is_written_where_the_registry_says_yes() {
    for registry in [Registry::start(), Registry::with_tokens()] {
        registry.push("private/app", "v1");
        let home = Home::new();
        let image = format!("{}/private/app:v1", registry.address);
        let arguments = ["secret", "--image", &image, "--verify"];
        log_in(&home, &registry, Some(PASSWORD));
        let outcome = home.regcred(&arguments);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        fs::write(home.path("secret.yaml"), &outcome.stdout).unwrap();
        log_in(&home, &registry, Some("wrong horse"));
        let outcome = home.regcred(&arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
        // What was written before still works.
        let outcome = home.regcred(&["verify", &image, "--secret-file", "secret.yaml"]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let outcome = home.regcred(&["verify", "--registry", &registry.address]);
        assert_eq!(outcome.code, 3, "{outcome:?}");
    }
}

#[test]
fn a_rejected_password_is_asked_for_three_times_in_all() {
    for (passwords, code) in [
        (["wrong horse", "wrong too", PASSWORD], 0),
        (["wrong horse", "wrong too", "wrong again"], 3),
    ] {
        let (home, registry) = (Home::new(), Registry::with_tokens());
        let script = format!(
            "{BINARY} login {} --username {USER} || echo code=$?; {BINARY} sources || true; echo end",
            registry.address
        );
        let mut command = home.command("bash");
        command.env("TERM", "xterm");
        command.args(["-ec", &home.keyring_session(Daemon::Unlocked, &script)]);
        let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
        for password in passwords {
            terminal.exp_string("Password or token of janedoe for ").unwrap();
            // The echo goes off just after the question shows.
            std::thread::sleep(std::time::Duration::from_millis(200));
            terminal.send_line(password).unwrap();
            if password != PASSWORD {
                terminal.exp_string("the registry rejected the credentials of janedoe").unwrap();
            }
        }
        if code == 0 {
            terminal.exp_string("the registry accepted the credentials of janedoe").unwrap();
            terminal.exp_string("kept in the Secret Service").unwrap();
        } else {
            terminal.exp_string("check the password and try again").unwrap();
            terminal.exp_string("code=3").unwrap();
            terminal.exp_string("no credential for any registry").unwrap();
        }
        terminal.exp_string("end").unwrap();
    }
}

#[test]
fn a_rejected_login_that_is_kept_is_to_be_made_again() {
    let (home, registry) = (Home::new(), Registry::with_tokens());
    let script = format!(
        "printf 'wrong horse' | {BINARY} login {0} --no-verify --username {USER} --password-stdin
         {BINARY} secret --registry {0} --verify || echo $?",
        registry.address
    );
    assert_eq!(home.with_keyring(Daemon::Unlocked, &script), "3\n");
    let said = fs::read_to_string(home.path("stderr")).unwrap();
    let hint = format!("hint: log in again: kubectl regcred login {}\n", registry.address);
    assert!(said.ends_with(&hint), "{said}");
}

#[test]
fn a_login_is_kept_where_the_registry_says_yes() {
    let (home, registry) = (Home::new(), Registry::with_tokens());
    fs::write(home.path("right"), PASSWORD).unwrap();
    let script = format!(
        "login() {{ {BINARY} login {0} --username {USER} --password-stdin --verify >&2 && echo 0 || echo $?; }}
         printf 'wrong horse' | login
         {BINARY} sources >&2 || echo $?
         login <right
         {BINARY} secret --registry {0} -o name",
        registry.address
    );
    let output = home.with_keyring(Daemon::Unlocked, &script);
    assert_eq!(
        output,
        indoc! {"
            3
            3
            0
            secret/regcred
        "}
    );
}
