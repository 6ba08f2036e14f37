//! What docker's helpers stored, read where they are missing: Debian's, and
//! version 0.9 as a Go module; and what `login` keeps.

use indoc::{formatdoc, indoc};
use serde_json::json;

use crate::home::{BINARY, Daemon, Home, PASSWORD, USER, assert_kubelet_finds, finish, program};

/// Locks the default keyring.
const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets \
    /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
    array:objpath:/org/freedesktop/secrets/aliases/default >&2\n";

/// From here on no helper is on PATH.
const WITHOUT_HELPERS: &str = "programs=$PATH PATH=$HOME/none\n";

/// The helpers of both versions.
fn helpers(name: &str) -> [String; 2] {
    let folder =
        std::env::var("REGCRED_HELPERS").expect("`tests/run` builds them and names them here");
    [program(name), format!("{folder}/{name}")]
}

/// A home whose docker names this store, and what a script needs to store a login there.
fn home_with(store: &str, server: &str) -> Home {
    let home = Home::new();
    std::fs::write(home.path(".docker/config.json"), format!(r#"{{"credsStore":"{store}"}}"#))
        .unwrap();
    let login = |server: &str, user: &str, secret: &str| {
        json!({"ServerURL": server, "Username": user, "Secret": secret}).to_string()
    };
    std::fs::write(home.path("stored"), login(server, USER, PASSWORD)).unwrap();
    std::fs::write(home.path("second"), login(server, "joe", "other")).unwrap();
    let session = login("https://index.docker.io/v1/refresh-token", USER, "session");
    std::fs::write(home.path("session"), session).unwrap();
    home
}

fn stderr(home: &Home) -> String {
    std::fs::read_to_string(home.path("stderr")).unwrap()
}

#[test]
fn the_secret_service_is_read_without_its_helper() {
    for helper in helpers("docker-credential-secretservice") {
        for (server, image) in
            [("ghcr.io", "ghcr.io/x"), ("https://index.docker.io/v1/", "busybox")]
        {
            let home = home_with("secretservice", server);
            let script = format!(
                "{helper} store <$HOME/session
                 {helper} store <$HOME/stored
                 {WITHOUT_HELPERS}
                 {BINARY} secret
                 {BINARY} sources >&2"
            );
            let manifest = home.with_keyring(Daemon::Unlocked, &script);
            assert_kubelet_finds(&manifest, image, USER, PASSWORD);
            let registry = if image == "busybox" { "docker.io" } else { "ghcr.io" };
            let origin = "the Secret Service (~/.docker/config.json)";
            let said = stderr(&home);
            let (_, said) = said.split_once(&format!("{registry}: ")).unwrap();
            let width = registry.len().max("REGISTRY".len());
            let list = format!("{:width$}   FROM\n{registry:width$}   {origin}\n", "REGISTRY");
            assert_eq!(said, format!("{USER}, from {origin}\n{list}"), "{helper}");
        }
    }
}

#[test]
fn several_users_and_items_of_others_are_not_taken() {
    let [helper, _] = helpers("docker-credential-secretservice");
    let home = home_with("secretservice", "ghcr.io");
    let script = format!(
        "printf browser | secret-tool store --label=Chrome server quay.io username joe docker_cli 1
         printf '\\377\\376' | secret-tool store --label=x xdg:schema io.docker.Credentials \\
           server bytes.example.com username joe docker_cli 1
         {helper} store <$HOME/stored
         {helper} store <$HOME/second
         {WITHOUT_HELPERS}
         for registry in quay.io ghcr.io bytes.example.com; do
           {BINARY} secret --registry $registry || echo $?
         done"
    );
    assert_eq!(
        home.with_keyring(Daemon::Unlocked, &script),
        indoc! {"
            3
            1
            1
        "}
    );
    let said = stderr(&home);
    assert!(said.contains("not installed; the Secret Service has nothing for quay.io"), "{said}");
    assert!(said.contains("holds several logins for one registry, of janedoe and joe"), "{said}");
    assert!(
        said.contains("hint: name the user; the password is asked for: --username janedoe"),
        "{said}"
    );
    assert!(said.contains("holds a secret that is not UTF-8 text"), "{said}");
}

#[test]
fn a_locked_keyring_is_told_apart_from_a_missing_item() {
    for helper in helpers("docker-credential-secretservice") {
        let home = home_with("secretservice", "ghcr.io");
        let look = format!(
            "{WITHOUT_HELPERS}
             {BINARY} secret --registry ghcr.io || echo $?
             {BINARY} secret --registry quay.io || echo $?"
        );
        let script = formatdoc! {"
            {helper} store <$HOME/stored
            {LOCK}{BINARY} sources
            {look}"};
        let listed = indoc! {"
            REGISTRY   FROM
            ghcr.io    docker-credential-secretservice (~/.docker/config.json)
        "};
        let output = home.with_keyring(Daemon::Unlocked, &script);
        assert_eq!(output, format!("{listed}1\n3\n"), "listing asks nothing");
        assert!(stderr(&home).contains("read directly, is locked"), "{}", stderr(&home));
        // Where it was never unlocked, it shows its items' attributes only as hashes.
        assert_eq!(home.with_keyring(Daemon::NeverUnlocked, &look), "1\n3\n");
        assert!(stderr(&home).contains("read directly, is locked"), "{}", stderr(&home));
    }
}

#[test]
fn nothing_found_in_a_locked_keyring_is_not_believed() {
    let [_, helper] = helpers("docker-credential-secretservice");
    let home = home_with("secretservice", "ghcr.io");
    let folder = std::path::Path::new(&helper).parent().unwrap().display().to_string();
    let script = format!(
        "{helper} store <$HOME/stored
         {LOCK}PATH={folder}:$PATH
         {helper} get <<<ghcr.io || true
         {BINARY} secret --registry ghcr.io || echo $?
         {BINARY} secret --registry quay.io || echo $?"
    );
    let output = home.with_keyring(Daemon::Unlocked, &script);
    assert_eq!(
        output,
        indoc! {"
            credentials not found in native keychain
            1
            3
        "}
    );
    let said = stderr(&home);
    assert!(
        said.contains("found nothing, and the Secret Service, read directly, is locked"),
        "{said}"
    );
}

#[test]
fn a_session_bus_without_a_secret_service_is_told() {
    let home = home_with("secretservice", "ghcr.io");
    let bus = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
        \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
        <busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">\
        <allow send_destination=\"*\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";
    std::fs::write(home.path("bus.conf"), bus).unwrap();
    let output = home.shell(&format!(
        "dbus-run-session --config-file=$HOME/bus.conf -- bash -c '
           {WITHOUT_HELPERS}
           {BINARY} secret --registry ghcr.io || echo $?
           printf x | {BINARY} login ghcr.io --no-verify --username joe --password-stdin || echo $?
         ' 2>$HOME/stderr"
    ));
    assert_eq!(output, "1\n1\n");
    let said = stderr(&home);
    assert!(said.contains("and the Secret Service, read directly, is not running"), "{said}");
    assert!(
        said.contains(
            "the Secret Service, where `kubectl regcred login` keeps credentials, is not running"
        ),
        "{said}"
    );
    assert!(said.contains("hint: start a keyring"), "{said}");
}

#[test]
fn a_locked_keyring_is_not_taken_for_an_empty_one() {
    let home = home_with("secretservice", "ghcr.io");
    let script = format!(
        "{LOCK}{WITHOUT_HELPERS}{BINARY} secret --registry ghcr.io || echo $?
         printf x | {BINARY} login ghcr.io --no-verify --username joe --password-stdin || echo $?"
    );
    assert_eq!(home.with_keyring(Daemon::Unlocked, &script), "1\n1\n");
    assert!(stderr(&home).contains("read directly, is locked"), "{}", stderr(&home));
    assert!(stderr(&home).contains("is locked (asked for ghcr.io)"), "{}", stderr(&home));
}

#[test]
fn a_secret_service_without_a_keyring_is_told() {
    let home = home_with("secretservice", "ghcr.io");
    let script = format!(
        "{WITHOUT_HELPERS}{BINARY} secret --registry ghcr.io || echo $?
         printf x | {BINARY} login ghcr.io --no-verify --username joe --password-stdin || echo $?"
    );
    assert_eq!(home.with_keyring(Daemon::NeverUnlocked, &script), "3\n1\n");
    assert!(
        stderr(&home).contains("the Secret Service has nothing for ghcr.io"),
        "{}",
        stderr(&home)
    );
    assert!(stderr(&home).contains("has no keyring yet (asked for ghcr.io)"), "{}", stderr(&home));
}

#[test]
fn a_dismissed_dialogue_is_told() {
    // On a terminal the keyring is asked to unlock; its dialogue finds no display.
    let home = home_with("secretservice", "ghcr.io");
    std::fs::write(home.path("password"), PASSWORD).unwrap();
    let script = program("script");
    let script = format!(
        "docker-credential-secretservice store <$HOME/stored
         {LOCK}{WITHOUT_HELPERS}export SHELL=/bin/sh
         {script} -qec '{BINARY} secret --registry ghcr.io' $HOME/one </dev/null >&2 || echo $?
         {script} -qec '{BINARY} login quay.io --no-verify --username joe --password-stdin <password' $HOME/two \
           </dev/null >&2 || echo $?"
    );
    assert_eq!(home.with_keyring(Daemon::Unlocked, &script), "1\n1\n");
    for name in ["one", "two"] {
        let said = std::fs::read_to_string(home.path(name)).unwrap();
        assert!(said.contains("is locked, and the dialogue to unlock it was dismissed"), "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

#[test]
fn login_then_secret_then_logout() {
    let home = Home::new();
    std::fs::write(
        home.path(".docker/config.json"),
        r#"{"auths":{"ghcr.io":{"auth":"am9lOm90aGVy"}}}"#,
    )
    .unwrap();
    std::fs::write(home.path("password"), PASSWORD).unwrap();
    let login =
        format!("{BINARY} login --no-verify --username {USER} --password-stdin <$HOME/password");
    let script = format!(
        "{login} ghcr.io
         {login} quay.io & one=$!
         {login} reg.example.com:5000 & two=$!
         wait $one $two
         {BINARY} secret --all
         cp .config/kubectl-regcred/registries.json $HOME/index
         stat -c %a .config/kubectl-regcred/registries.json >$HOME/mode
         {BINARY} logout ghcr.io
         {BINARY} logout --all
         secret-tool search --all service kubectl-regcred >&2
         {login} ghcr.io
         {LOCK}{BINARY} secret --registry ghcr.io || echo $? >$HOME/locked
         {BINARY} logout ghcr.io || echo $? >>$HOME/locked"
    );
    let manifest = home.with_keyring(Daemon::Unlocked, &script);
    for image in ["ghcr.io/x", "quay.io/x", "reg.example.com:5000/x"] {
        assert_kubelet_finds(&manifest, image, USER, PASSWORD);
    }
    let said = stderr(&home);
    for line in [
        "ghcr.io: janedoe, kept in the Secret Service\n",
        "note: docker has a login for ghcr.io too (~/.docker/config.json), which stays: docker logout ghcr.io\n",
        "ghcr.io: janedoe, from the Secret Service (kubectl regcred login)\n",
        "warning: ghcr.io: also found in docker (~/.docker/config.json); using the one from `kubectl regcred login`",
        "is locked (asked for ghcr.io)\n",
        "ghcr.io: removed from the Secret Service\n",
        "quay.io: removed from the Secret Service\n",
    ] {
        assert!(said.contains(line), "{line}{said}");
    }
    assert!(!said.contains("schema = "), "nothing is left in the keyring: {said}");
    assert!(!said.contains(PASSWORD), "{said}");
    let file = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(file("locked"), "1\n1\n");
    assert_eq!(file("mode"), "600\n");
    let index: serde_json::Value = serde_json::from_str(&file("index")).unwrap();
    let registries = ["ghcr.io", "quay.io", "reg.example.com:5000"];
    assert_eq!(index, json!({"version": 1, "registries": registries}));
}

#[test]
fn a_person_is_asked_for_what_is_missing() {
    let home = Home::new();
    let script =
        format!("{BINARY} login --no-verify; {BINARY} logout; {BINARY} sources || echo code=$?");
    let mut command = home.command("bash");
    command.env("TERM", "xterm");
    command.args(["-ec", &home.keyring_session(Daemon::Unlocked, &script)]);
    let mut terminal = rexpect::session::spawn_command(command, Some(20_000)).unwrap();
    terminal.exp_string("Registry [docker.io]: ").unwrap();
    terminal.send_line("ghcr.io").unwrap();
    terminal.exp_string("Username for ghcr.io: ").unwrap();
    terminal.send_line(USER).unwrap();
    terminal.exp_string("Password or token of janedoe for ghcr.io: ").unwrap();
    // The echo goes off just after the question shows.
    std::thread::sleep(std::time::Duration::from_millis(200));
    terminal.send_line(PASSWORD).unwrap();
    let kept = terminal.exp_string("ghcr.io: janedoe, kept in the Secret Service").unwrap();
    assert!(!kept.contains(PASSWORD), "{kept}");
    terminal
        .exp_string("kubectl regcred login --no-verify ghcr.io --username janedoe --password-stdin")
        .unwrap();
    terminal.exp_string("Remove the login for ghcr.io? [y/N]").unwrap();
    terminal.send_line("yes").unwrap();
    terminal.exp_string("ghcr.io: removed from the Secret Service").unwrap();
    terminal.exp_string("code=3").unwrap();
}

#[test]
fn pass_is_read_without_its_helper() {
    for helper in helpers("docker-credential-pass") {
        let home = home_with("pass", "ghcr.io");
        home.set_up_pass();
        let slashes = json!({"ServerURL": "quay.io", "Username": "team/joe", "Secret": "a\nb"});
        std::fs::write(home.path("slashes"), slashes.to_string()).unwrap();
        for stored in ["stored", "session", "slashes"] {
            home.shell(&format!("{helper} store <$HOME/{stored}"));
        }
        hide_helpers(&home);
        let script = format!("PATH=$HOME/programs; {BINARY} secret --all 2>$HOME/stderr");
        let output = home.shell(&script);
        assert_kubelet_finds(&output, "ghcr.io/x", USER, PASSWORD);
        assert_kubelet_finds(&output, "quay.io/x", "team/joe", "a\nb");
        let origin = "the store of pass (~/.docker/config.json)";
        assert_eq!(
            stderr(&home),
            formatdoc! {"
                ghcr.io: {USER}, from {origin}
                quay.io: team/joe, from {origin}
            "}
        );
    }
}

/// Everything but docker's helpers, in the folder `programs`.
fn hide_helpers(home: &Home) {
    std::fs::create_dir(home.path("programs")).unwrap();
    let path = std::env::var("PATH").unwrap();
    for folder in std::env::split_paths(&path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !name.to_string_lossy().starts_with("docker-credential-") {
                // The first of a name is the one that counts.
                let _ = std::os::unix::fs::symlink(entry.path(), home.path("programs").join(name));
            }
        }
    }
}

#[test]
fn a_gpg_agent_that_hangs_is_not_waited_for() {
    let home = home_with("pass", "ghcr.io");
    // The agent asks for the passphrase by a program that never says a word, and
    // that ends with the agent.
    home.shell(
        "mkdir -m 700 gnupg
         printf '#!/bin/sh\nwhile read -r line; do :; done\n' >pinentry
         chmod +x pinentry
         echo pinentry-program $HOME/pinentry >gnupg/gpg-agent.conf
         gpg --batch --quiet --pinentry-mode loopback --passphrase x \\
           --quick-gen-key janedoe@example.com 2>/dev/null
         pass init janedoe@example.com >/dev/null
         docker-credential-pass store <stored
         gpgconf --kill all",
    );
    hide_helpers(&home);
    let mut command = home.command(BINARY);
    command.env("PATH", home.path("programs")).args(["secret", "--registry", "ghcr.io"]);
    let output = finish(command, "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let told = "the store of pass, read directly, gave no answer within 15 s\n";
    assert!(said.contains(told), "{said}");
}

#[test]
fn login_reads_as_readme_shows() {
    let page = include_str!("../../docs/without-docker.md");
    let shown = |command: &str| {
        let (_, rest) = page.split_once(&format!("$ kubectl regcred {command}\n")).unwrap();
        let end = rest.find("```").unwrap().min(rest.find("\n$ ").map_or(rest.len(), |at| at + 1));
        rest[..end].to_owned()
    };
    let home = Home::new();
    let script = format!(
        "printf s3cret | {BINARY} login ghcr.io --no-verify --username janedoe --password-stdin >&2
         {BINARY} secret 2>&1 | cat >secret
         {BINARY} logout ghcr.io >logout 2>&1"
    );
    home.with_keyring(Daemon::Unlocked, &script);
    for name in ["secret", "logout"] {
        let command = if name == "secret" { name } else { "logout ghcr.io" };
        assert_eq!(std::fs::read_to_string(home.path(name)).unwrap(), shown(command));
    }
    let kept = "ghcr.io: janedoe, kept in the Secret Service\n";
    assert!(stderr(&home).ends_with(kept) && shown("login").contains(kept), "{}", stderr(&home));
}
