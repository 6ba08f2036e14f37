//! Questions that are answered with yes or no.

use super::TWO_LOGINS;
use super::screen::Screen;
use super::terminal::Terminal;

/// A line that runs `secret --apply` with a kubectl that has these namespaces.
fn apply_to(namespaces: usize) -> String {
    let names: Vec<_> = (0..namespaces).map(|number| format!("namespace/n{number}")).collect();
    let listed = names.join(" ");
    format!(
        r#"cat > kubectl <<'END'
#!/bin/sh
echo "$@" >> calls
case "$*" in
  "config current-context") echo prod ;;
  "get namespaces"*) printf '%s\n' {listed} ;;
  "get secrets"*) echo '{{"items":[]}}' ;;
  apply*) cat > applied; printf '%s\n' {listed}; exit 1 ;;
esac
END
chmod +x kubectl; KUBECTL=$PWD/kubectl $0 secret --registry ghcr.io --apply -A"#
    )
}

#[test]
fn many_namespaces_are_asked_about_and_no_is_the_default() {
    let mut terminal = Terminal::run(TWO_LOGINS, &apply_to(3));
    terminal.expect("Write Secret regcred to 3 namespaces in context prod (n0, n1, n2)? [y/N]");
    terminal.answer("n");
    terminal.expect("nothing was written");
    terminal.session.exp_regex("code=1").unwrap();
    assert!(!terminal.written("calls").contains("apply"));
}

#[test]
fn on_a_terminal_many_namespaces_show_how_far_it_is() {
    let mut terminal = Terminal::run(TWO_LOGINS, &apply_to(12));
    terminal.expect("Write Secret regcred to 12 namespaces in context prod (n0, n1, n10, n11, n2, n3, n4, n5, n6, n7 and 2 more)?");
    terminal.answer("y");
    terminal.expect("applied 12 of 12");
    terminal.expect("trying 1 of 12 again");
    terminal.expect("12 namespaces: 12 failed");
    terminal.session.exp_regex("code=1").unwrap();
}

#[test]
fn a_single_namespace_is_not_asked_about() {
    let terminal = Terminal::run(TWO_LOGINS, &apply_to(1));
    let (_, shown) = terminal.end();
    assert!(!shown.contains("Write Secret"), "{shown}");
}

#[test]
fn an_answer_needs_enter_and_is_taken_whole() {
    for answer in ["y", "yes", "no", "Y", ""] {
        let line = format!("{}; IFS= read -r rest; echo \"rest=<$rest>\"", apply_to(3));
        let mut terminal = Terminal::run(TWO_LOGINS, &line);
        terminal.expect("[y/N]");
        terminal.session.send(answer).unwrap();
        terminal.session.flush().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!terminal.written("calls").contains("apply"), "{answer}: nothing before Enter");
        terminal.answer("");
        terminal.expect(if answer.to_lowercase().starts_with('y') {
            "3 namespaces: 3 failed"
        } else {
            "nothing was written"
        });
        terminal.answer("next");
        terminal.expect("rest=<next>");
    }
}

#[test]
fn a_question_longer_than_the_terminal_is_wide_shows_once() {
    let question = "Write Secret regcred to 12 namespaces in context prod (n0, n1, n10, n11, n2, n3, n4, n5, n6, n7 and 2 more)? [y/N]";
    for columns in [80, 60] {
        let mut screen = Screen::run(TWO_LOGINS, &apply_to(12), 24, columns);
        let (first, last) = question.split_at(question.len().min(usize::from(columns)));
        screen.until_text(first);
        screen.until_text(last);
        screen.press("yep\u{7f}s\u{15}nay");
        screen.until_row("[y/N] nay");
        assert_eq!(screen.count("Write Secret"), 1, "{columns}");
        screen.press("\r");
        screen.until_text("error: the answer is neither yes nor no");
        screen.press("yes\r");
        screen.until_text("12 namespaces: 12 failed");
        assert_eq!(screen.count("Write Secret"), 2, "{columns}");
    }
}

#[test]
fn an_answer_that_is_neither_yes_nor_no_is_asked_for_again() {
    let mut terminal = Terminal::run(TWO_LOGINS, &apply_to(2));
    terminal.expect("(n0, n1)? [y/N]");
    terminal.answer("yep");
    terminal.expect("the answer is neither yes nor no");
    terminal.expect("(n0, n1)? [y/N]");
    terminal.answer("n");
    terminal.expect("nothing was written");
}

#[test]
fn link_names_the_context_and_the_namespaces_too() {
    let line =
        apply_to(2).replace("secret --registry ghcr.io --apply -A", "link --secret regcred -A");
    let mut terminal = Terminal::run("{}", &line);
    terminal
        .expect("Change service account default in 2 namespaces in context prod (n0, n1)? [y/N]");
    terminal.answer("");
    terminal.expect("nothing was written");
}

/// A line that runs `logout`, with these registries noted as kept.
fn logout(registries: &str) -> String {
    let index = format!("{{\"version\":1,\"registries\":[{registries}]}}");
    format!(
        "mkdir -p .config/kubectl-regcred Library/Application\\ Support/kubectl-regcred; for folder in .config Library/Application\\ Support; do echo '{index}' > \"$folder/kubectl-regcred/registries.json\"; done; $0 logout"
    )
}

#[test]
fn a_single_login_is_asked_about_and_stays_where_the_answer_is_no() {
    for answer in ["", "n"] {
        let mut terminal = Terminal::run("{}", &logout(r#""ghcr.io""#));
        terminal.expect("Remove the login for ghcr.io? [y/N]");
        terminal.answer(answer);
        terminal.expect("error:");
        terminal.expect("nothing was removed");
        assert_eq!(terminal.end().0, "code=2");
    }
}

#[test]
fn of_several_logins_none_is_removed_that_was_not_selected() {
    for key in ["\r", "\u{1b}", "  \r"] {
        let mut terminal = Terminal::run("{}", &logout(r#""ghcr.io","quay.io""#));
        terminal.expect("Which logins to remove:");
        terminal.expect("0 of 2 selected");
        terminal.session.send(key).unwrap();
        terminal.session.flush().unwrap();
        terminal.expect("nothing was selected; nothing was removed");
        assert_eq!(terminal.end().0, "code=2");
    }
}

#[test]
fn a_rotation_shows_what_it_does_before_it_asks() {
    let value = r#"{"auths":{"ghcr.io":{"username":"jane","password":"0ld"}}}"#;
    let line = format!(
        r#"cat > kubectl <<'END'
#!/bin/sh
echo "$@" >> calls
case "$*" in
  "config current-context") echo prod ;;
  *dockerconfigjson) printf '{{"items":[%s]}}' '{{"type":"kubernetes.io/dockerconfigjson","metadata":{{"name":"regcred","namespace":"shop","resourceVersion":"7"}},"data":{{".dockerconfigjson":"'$(echo -n '{value}' | base64 | tr -d '\n')'"}}}}' ;;
  get*) echo '{{"items":[]}}' ;;
  apply*) cat > applied ;;
esac
END
chmod +x kubectl; KUBECTL=$PWD/kubectl $0 rotate --registry ghcr.io -A --no-verify"#
    );
    for (answer, end, is_applied) in
        [("", "nothing was written", false), ("y", "1 Secret: 1 updated", true)]
    {
        let mut terminal = Terminal::run(TWO_LOGINS, &line);
        terminal.expect("jane (changed)");
        let question = "Replace the credential for ghcr.io in 1 Secret of context prod (namespace shop)? [y/N]";
        terminal.expect(question);
        terminal.answer(answer);
        terminal.expect(end);
        terminal.session.exp_regex("code=[01]").unwrap();
        assert_eq!(terminal.written("calls").contains("apply"), is_applied);
    }
}
