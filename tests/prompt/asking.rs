//! What is asked for, and what becomes of the answers.

use indoc::indoc;

use super::TWO_LOGINS;
use super::terminal::Terminal;

#[test]
fn without_a_login_everything_is_asked_on_the_terminal() {
    let mut terminal = Terminal::run("{}", "$0 secret > out.yaml");
    terminal.expect("Registry [docker.io]:");
    terminal.answer("ghcr.io");
    terminal.expect("Username for ghcr.io:");
    terminal.answer("janedoe");
    terminal.expect("Password or token of janedoe for ghcr.io:");
    terminal.answer_hidden("hunter2");
    let shown = terminal.expect("ghcr.io: janedoe, from the prompt");
    assert!(!shown.contains("hunter2"), "{shown}");
    terminal.expect(
        "to repeat without prompts: kubectl regcred secret --registry ghcr.io --username janedoe --password-stdin",
    );
    let (shown, _) = terminal.session.exp_regex("code=0").unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(terminal.written("out.yaml").starts_with("apiVersion: v1\nkind: Secret\n"));
}

#[test]
fn a_named_registry_without_a_login_is_asked_for() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 secret --registry reg.example.com > out.yaml");
    terminal.expect("reg.example.com: ~/.docker/config.json: no entry");
    terminal.expect("Username for reg.example.com:");
    terminal.answer("janedoe");
    terminal.expect("Password or token of janedoe for reg.example.com:");
    terminal.answer_hidden("hunter4");
    assert_eq!(terminal.end().0, "code=0");
}

#[test]
fn docker_hub_is_offered_as_the_registry() {
    let mut terminal = Terminal::run("{}", "$0 secret > out.yaml");
    terminal.expect("Registry [docker.io]:");
    terminal.answer("");
    terminal.expect("Username for docker.io:");
    terminal.answer("janedoe");
    terminal.expect("Password");
    terminal.answer_hidden("hunter2");
    assert_eq!(terminal.end().0, "code=0");
}

#[test]
fn an_answer_that_cannot_be_used_is_asked_for_again() {
    let mut terminal = Terminal::run("{}", "$0 secret --registry ghcr.io > out.yaml");
    terminal.expect("Username for ghcr.io:");
    terminal.answer("jane:doe");
    terminal.expect("it holds a colon, which ends the user name in a pull Secret");
    terminal.answer("\u{15}janedoe");
    terminal.expect("Password");
    terminal.answer_hidden("hunter2");
    assert_eq!(terminal.end().0, "code=0");
}

#[test]
fn the_terminal_answers_although_standard_input_is_a_pipe() {
    let mut terminal =
        Terminal::run("{}", "echo nothing | $0 secret --registry ghcr.io > out.yaml");
    terminal.expect("Username for ghcr.io:");
    terminal.answer("janedoe");
    terminal.expect("Password");
    terminal.answer_hidden("hunter2");
    assert_eq!(terminal.end().0, "code=0");
}

#[test]
fn a_user_name_is_asked_for_a_piped_password() {
    let line = "echo hunter2 | $0 secret --registry ghcr.io --password-stdin > out.yaml";
    let mut terminal = Terminal::run("{}", line);
    terminal.expect("Username for ghcr.io:");
    terminal.answer("janedoe");
    terminal.expect("--registry ghcr.io --password-stdin --username janedoe");
    assert_eq!(terminal.end().0, "code=0");
}

/// A token of this form is the user name and the password, as `DigitalOcean` has it.
const TOKEN: &str = "dop_v1_0123456789abcdef";

#[test]
fn a_token_as_the_user_name_is_shown_only_as_it_is_typed() {
    for (line, asks_password) in [
        ("$0 secret --registry reg.example.com > out.yaml", true),
        (
            "echo dop_v1_0123456789abcdef | $0 secret --registry reg.example.com --password-stdin > out.yaml",
            false,
        ),
        ("$0 secret > out.yaml", true),
    ] {
        let mut terminal = Terminal::run("{}", line);
        if !line.contains("--registry") {
            terminal.expect("Registry");
            terminal.answer("reg.example.com");
        }
        terminal.expect("Username for reg.example.com:");
        terminal.answer(TOKEN);
        if asks_password {
            terminal.expect("Password or token of (hidden) for reg.example.com:");
            terminal.answer_hidden(TOKEN);
        }
        terminal.expect("reg.example.com: (hidden), from");
        let (code, shown) = terminal.end();
        assert_eq!(code, "code=0");
        assert!(!shown.contains(TOKEN) && !shown.contains("the same without"), "{shown}");
    }
}

#[test]
fn a_common_word_as_user_name_and_password_is_hidden() {
    let mut terminal = Terminal::run("{}", "$0 secret --registry reg.example.com > out.yaml");
    terminal.expect("Username for reg.example.com:");
    terminal.answer("tok1");
    terminal.expect("Password");
    terminal.answer_hidden("tok1");
    terminal.expect("reg.example.com: (hidden), from");
    let (code, shown) = terminal.end();
    assert_eq!(code, "code=0");
    assert!(!shown.contains("--username"), "{shown}");
}

#[test]
fn what_is_waited_for_shows_no_credential() {
    let helper = indoc! {r#"
        #!/bin/sh
        cat >/dev/null
        echo '{"Username":"jane","Secret":"hunTer2/sEcret+9"}' >&2
        sleep 4
        echo '{"Username":"jane","Secret":"hunTer2/sEcret+9"}'
    "#};
    let kubectl = indoc! {"
        #!/bin/sh
        case $1 in get|config) exit 0;; esac
        sed -n 's/  .dockerconfigjson: //p' >&2
        sleep 4
        echo 'hunTer2/sEcret+9 is denied' >&2
        exit 1
    "};
    let line = format!(
        "mkdir bin; printf '%s' {} > bin/docker-credential-x; printf '%s' {} > bin/kubectl; chmod +x bin/*; PATH=$PWD/bin:/usr/bin:/bin $0 secret --registry ghcr.io --apply",
        shlex::try_quote(helper).unwrap(),
        shlex::try_quote(kubectl).unwrap(),
    );
    let mut terminal = Terminal::run(r#"{"credsStore":"x"}"#, &line);
    let mut shown = terminal.expect("waiting for docker-credential-x (");
    shown += &terminal.expect("ghcr.io: jane, from");
    shown += &terminal.expect("waiting for kubectl");
    let (code, rest) = terminal.end();
    assert_eq!(code, "code=1");
    let shown = (shown + &rest).to_lowercase();
    for part in ["hunter2", "ahvuvgv", "eyjhdxroc"] {
        assert!(!shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_password_that_would_show_is_not_read() {
    let line = "$0 secret --registry ghcr.io --username u --password-stdin";
    let mut terminal = Terminal::run("{}", line);
    terminal.expect("standard input is a terminal");
    assert_eq!(terminal.end().0, "code=2");
}

#[test]
fn a_pod_asks_for_its_name_and_image() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 pod > out.yaml");
    terminal.expect("Name of the Pod [private-reg]:");
    terminal.answer("");
    terminal.expect("Image:");
    terminal.answer("ghcr.io/janedoe/app:v1");
    terminal.expect("kubectl regcred pod private-reg --image ghcr.io/janedoe/app:v1");
    let (code, _) = terminal.session.exp_regex("code=0").unwrap();
    drop(code);
    assert!(terminal.written("out.yaml").contains("  - name: private-reg-container\n"));
}

#[test]
fn of_several_logins_those_that_are_selected_are_written() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 secret > out.yaml");
    terminal.expect("Which credentials:");
    terminal.expect("quay.io, from docker");
    // Down, space, enter.
    terminal.session.send("\u{1b}[B \r").unwrap();
    terminal.session.flush().unwrap();
    terminal.expect("to repeat without prompts: kubectl regcred secret --registry quay.io");
    let (code, _) = terminal.end();
    assert_eq!(code, "code=0");
}

#[test]
fn escape_at_the_selection_selects_nothing() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 secret > out.yaml");
    terminal.expect("quay.io, from docker");
    terminal.session.send("\u{1b}").unwrap();
    terminal.session.flush().unwrap();
    terminal.expect("no registry was selected");
    assert_eq!(terminal.end().0, "code=2");
}

#[test]
fn an_interrupt_at_the_hidden_prompt_gives_the_echo_back() {
    let mut terminal =
        Terminal::run("{}", "$0 secret --registry ghcr.io --username janedoe > out.yaml");
    terminal.expect("Password or token of janedoe for ghcr.io:");
    std::thread::sleep(std::time::Duration::from_millis(200));
    terminal.session.send("hunt").unwrap();
    terminal.session.flush().unwrap();
    terminal.session.send_control('c').unwrap();
    let (code, shown) = terminal.end();
    assert_eq!(code, "code=130");
    assert!(!shown.contains("hunt"), "{shown}");
}

#[test]
fn every_signal_at_the_hidden_prompt_restores_the_echo() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [
        (Signal::TERM, "130"),
        (Signal::HUP, "130"),
        (Signal::QUIT, "131"),
        (Signal::USR1, "138"),
        (Signal::ALARM, "142"),
    ] {
        let line = r#"/bin/sh -c 'echo $$ > pid; exec "$0" secret --registry ghcr.io --username janedoe' $0 > out.yaml"#;
        let mut terminal = Terminal::run("{}", line);
        terminal.expect("Password or token of janedoe for ghcr.io:");
        terminal.session.send("hunt").unwrap();
        terminal.session.flush().unwrap();
        let pid = terminal.written("pid").trim().parse().unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
        let (ended, shown) = terminal.end();
        assert!(!shown.contains("hunt"), "{shown}");
        if cfg!(target_os = "linux") {
            assert_eq!(ended, format!("code={code}"));
        }
    }
}

#[test]
fn the_quit_key_at_the_hidden_prompt_gives_the_echo_back() {
    let line = "$0 secret --registry ghcr.io --username janedoe > out.yaml";
    let mut terminal = Terminal::run("{}", line);
    terminal.expect("Password or token of janedoe for ghcr.io:");
    terminal.session.send_control('\\').unwrap();
    assert_eq!(terminal.end().0, "code=131");
}

#[test]
fn a_password_that_is_typed_at_once_does_not_show() {
    let line = "$0 secret --registry ghcr.io --username janedoe > out.yaml";
    let mut terminal = Terminal::run("{}", line);
    terminal.expect("Password or token of janedoe for ghcr.io:");
    terminal.answer("");
    terminal.expect("a password or token is required");
    terminal.expect("Password or token of janedoe for ghcr.io:");
    terminal.answer("hunter2 \u{e9}");
    let (code, shown) = terminal.end();
    assert_eq!(code, "code=0");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn an_interrupt_at_an_open_question_ends_the_program() {
    let mut terminal = Terminal::run("{}", "$0 secret --registry ghcr.io > out.yaml");
    terminal.expect("Username for ghcr.io:");
    terminal.session.send_control('c').unwrap();
    assert_eq!(terminal.end().0, "code=130");
}

#[test]
fn an_interrupt_at_the_selection_shows_the_cursor_again() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 secret > out.yaml");
    terminal.expect("quay.io, from docker");
    terminal.session.send_control('c').unwrap();
    let (code, shown) = terminal.end();
    assert_eq!(code, "code=130");
    assert!(shown.contains("\u{1b}[?25h"), "{shown:?}");
}

#[test]
fn a_credential_on_the_terminal_is_remarked() {
    let mut terminal = Terminal::run(TWO_LOGINS, "$0 secret --registry ghcr.io");
    terminal.expect("this output contains a readable password (base64 is not encryption)");
    terminal.expect("kind: Secret");
    assert_eq!(terminal.end().0, "code=0");
}

#[test]
fn of_several_images_without_a_login_some_may_be_public() {
    let line = "$0 secret --image reg.example.com/a/b:v1 --image busybox > out.yaml";
    let mut terminal = Terminal::run("{}", line);
    terminal.expect("Username for reg.example.com (Enter if the image is public)");
    terminal.answer("jane");
    terminal.expect("Password or token of jane for reg.example.com");
    terminal.answer_hidden("hunter2");
    terminal.expect("Username for docker.io (Enter if the image is public)");
    terminal.answer("");
    terminal.expect("assuming that docker.io/library/busybox is public");
    let written = terminal.written_after_end("out.yaml");
    assert!(written.contains("kind: Secret"));
}

#[test]
fn one_image_at_least_needs_a_login() {
    let line = "$0 secret --image reg.example.com/a/b:v1 --image busybox > out.yaml";
    let mut terminal = Terminal::run("{}", line);
    for registry in ["reg.example.com", "docker.io"] {
        terminal.expect(&format!("Username for {registry} (Enter if the image is public)"));
        terminal.answer("");
    }
    terminal.expect("no credential for reg.example.com");
    terminal.expect("no credential for docker.io");
    assert_eq!(terminal.end().0, "code=3");
}

#[test]
fn nothing_is_asked_for_a_command_that_cannot_be_carried_out() {
    let login = "login reg.example.com --username jane";
    for (line, problem) in [
        ("secret --registry reg.example.com --username jane --plain-http", "add --verify"),
        ("secret --verify --ca-file gone.pem", "cannot read gone.pem: "),
        (
            "secret --username jane --email \"$(printf 'a\\tb')\"",
            "--email holds control characters",
        ),
        ("secret --registry reg.example.com --context c", "add --apply"),
        ("secret --registry reg.example.com --labels a", "label `a` is not valid"),
        ("pod -n a.b", "namespace `a.b` is not valid"),
        ("pod --existing-secret A", "Secret name `A` is not valid"),
        ("pod web -f gone.yaml", "cannot read gone.yaml: "),
        ("login --plain-http --no-verify", "cannot be used with"),
        (&format!("{login} --ca-file gone.pem"), "cannot read gone.pem: "),
        ("secret --registry reg.example.com --apply --kubeconfig gone", "cannot read gone: "),
    ] {
        let (code, shown) = Terminal::run("{}", &format!("NO_COLOR=1 \"$0\" {line}")).end();
        assert!(["code=1", "code=2"].contains(&code.as_str()), "{line}: {code} {shown}");
        assert!(shown.starts_with("error: "), "{line}: nothing is shown before: {shown}");
        assert!(shown.contains(problem), "{line}: {shown}");
    }
}

#[test]
fn a_person_answers_in_the_place_of_a_helper_that_is_not_installed() {
    let config = r#"{"credsStore":"acme"}"#;
    let mut terminal = Terminal::run(config, "$0 secret --registry ghcr.io > out.yaml");
    terminal.expect("ghcr.io: docker-credential-acme, which ~/.docker/config.json names for ghcr.io, is not on PATH");
    terminal.expect("Username for ghcr.io");
    terminal.answer("jane");
    terminal.expect("Password or token of jane for ghcr.io");
    terminal.answer_hidden("hunter2");
    assert!(terminal.written_after_end("out.yaml").contains("kind: Secret"));
}
