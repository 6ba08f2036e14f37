//! `docker login`, wherever it keeps the credential, then `kubectl regcred`.

use serde_json::{Value, json};

use crate::home::{BINARY, Daemon, Home, PASSWORD, USER, assert_kubelet_finds, program};
use crate::outcome::Outcome;
use crate::registries::Registry;

/// The Pod for an image of this registry, checked with the kubelet's code and
/// with the registry itself.
fn check_pod(home: &Home, registry: &Registry, origin: &str) {
    let image = format!("{}/app:v1", registry.address);
    let outcome = home.regcred(&["pod", "private-reg", "--image", &image]);
    assert_eq!(outcome.code, 0, "{outcome}");
    assert_eq!(outcome.stderr, format!("{}: {USER}, from {origin}\n", registry.address));
    let documents = assert_kubelet_finds(&outcome.stdout, &image, USER, PASSWORD);
    check_documents(&documents, &image);
    assert_eq!(registry.status(USER, PASSWORD), "200");
    assert_eq!(registry.status(USER, "wrong"), "401");
}

/// The Secret, then a Pod of this image that names it.
fn check_documents(documents: &Value, image: &str) {
    let shape: Vec<Value> = documents
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["kind"], one["name"], one["pullSecrets"], one["images"]]))
        .collect();
    let secret = json!(["Secret", "regcred", null, null]);
    assert_eq!(shape, [secret, json!(["Pod", "private-reg", ["regcred"], [image]])]);
}

#[test]
fn a_login_in_the_plain_file() {
    let (home, registry) = (Home::new(), Registry::start());
    // Without a credential helper on PATH docker keeps it in the file.
    let programs = home.path("programs");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(program("docker"), programs.join("docker")).unwrap();
    home.docker_login(&registry.address, PASSWORD, Some(&programs));
    check_pod(&home, &registry, "~/.docker/config.json");
}

#[test]
fn a_login_in_pass() {
    let (home, registry) = (Home::new(), Registry::start());
    home.set_up_pass();
    home.docker_login(&registry.address, PASSWORD, None);
    let config = std::fs::read_to_string(home.path(".docker/config.json")).unwrap();
    assert!(config.contains("\"credsStore\": \"pass\""), "the file names the store: {config}");
    check_pod(&home, &registry, "docker-credential-pass (~/.docker/config.json)");
    let outcome = home.regcred(&["secret", "--registry", "other.example.com"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stdout.is_empty());
    // Without naming it, the one registry that the store lists is taken.
    let listed = home.regcred(&["secret"]);
    assert_eq!(listed.code, 0, "{listed:?}");
}

#[test]
fn a_store_of_pass_without_its_key_is_told() {
    let (home, registry) = (Home::new(), Registry::start());
    home.set_up_pass();
    home.docker_login(&registry.address, PASSWORD, None);
    home.shell("gpgconf --kill all; rm -r gnupg/private-keys-v1.d");
    let Outcome { stderr, code, .. } = home.regcred(&["secret", "--registry", &registry.address]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("gpg: decryption failed"), "{stderr}");
    assert!(stderr.contains("hint: let GnuPG ask on this terminal"), "{stderr}");
}

#[test]
fn a_login_in_the_secret_service() {
    let (home, registry) = (Home::new(), Registry::start());
    std::fs::write(home.path(".docker/config.json"), r#"{"credsStore":"secretservice"}"#).unwrap();
    std::fs::write(home.path("password"), PASSWORD).unwrap();
    let image = format!("{}/app:v1", registry.address);
    let script = format!(
        "docker login --username {USER} --password-stdin {} <$HOME/password >&2
         {BINARY} pod private-reg --image {image}
         {BINARY} secret -o name",
        registry.address
    );
    let output = home.with_keyring(Daemon::Unlocked, &script);
    let (manifest, listed) = output.rsplit_once("secret/regcred\n").unwrap();
    assert_eq!(listed, "");
    let documents = assert_kubelet_finds(manifest, &image, USER, PASSWORD);
    check_documents(&documents, &image);
    let stderr = std::fs::read_to_string(home.path("stderr")).unwrap();
    let origin = "docker-credential-secretservice (~/.docker/config.json)";
    assert!(stderr.contains(&format!("{}: {USER}, from {origin}", registry.address)), "{stderr}");
    let config = std::fs::read_to_string(home.path(".docker/config.json")).unwrap();
    assert!(!config.contains("\"auth\":"), "the file holds no credential: {config}");
}

#[test]
fn a_locked_keyring_is_told_and_never_waited_for() {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), r#"{"credsStore":"secretservice"}"#).unwrap();
    let stored = json!({"ServerURL": "ghcr.io", "Username": USER, "Secret": PASSWORD});
    std::fs::write(home.path("stored"), stored.to_string()).unwrap();
    // Nobody can answer the prompt that the helper asks for.
    let script = format!(
        "docker-credential-secretservice store <$HOME/stored
         {BINARY} secret --registry ghcr.io -o name
         dbus-send --session --print-reply --dest=org.freedesktop.secrets \\
           /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \\
           array:objpath:/org/freedesktop/secrets/aliases/default >&2
         {BINARY} secret --registry ghcr.io 2>$HOME/locked || echo $?",
    );
    assert_eq!(home.with_keyring(Daemon::Unlocked, &script), "secret/regcred\n1\n");
    let stderr = std::fs::read_to_string(home.path("locked")).unwrap();
    assert!(stderr.contains("hint: unlock the keyring in the desktop session"), "{stderr}");
    assert!(!stderr.contains(PASSWORD), "{stderr}");
}

#[test]
fn a_secret_service_that_is_not_there_is_told() {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), r#"{"credsStore":"secretservice"}"#).unwrap();
    let Outcome { stdout, stderr, code, .. } = home.regcred(&["secret", "--registry", "ghcr.io"]);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("hint: run the command in the desktop session"), "{stderr}");
}
