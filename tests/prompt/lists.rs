//! Lists to pick from, on terminals of several sizes.

use super::screen::Screen;

const DOWN: &str = "\u{1b}[B";

/// The last line of a list.
const KEYS: &str = "Esc to cancel]";

/// A configuration with logins for these registries.
fn logins(registries: &[String]) -> String {
    let entry = |name: &String| format!(r#""{name}":{{"username":"jane","password":"hunter2"}}"#);
    let entries: Vec<String> = registries.iter().map(entry).collect();
    format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))
}

fn ecr(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("10000000000{number}.dkr.ecr.eu-central-1.amazonaws.com"))
        .collect()
}

fn many() -> Vec<String> {
    let short = (0..60).map(|number| format!("reg{number:02}.example.com"));
    ecr(10).into_iter().chain(short).collect()
}

#[test]
fn long_lines_are_clipped_and_the_list_shows_once() {
    for columns in [80, 60, 40] {
        let mut screen = Screen::run(&logins(&ecr(3)), "$0 secret > out.yaml", 24, columns);
        let rows = screen.until_text("[space to select");
        let whole = "> [ ] 100000000000.dkr.ecr.eu-central-1.amazonaws.com, from docker";
        if columns == 80 {
            assert!(rows.contains(&whole.to_owned()), "{rows:#?}");
            assert!(rows.contains(&"0 of 3 selected; Enter takes the highlighted line".to_owned()));
        } else {
            let clipped = format!("{}...", &whole[..usize::from(columns) - 4]);
            assert!(rows.contains(&clipped), "{rows:#?}");
        }
        screen.press(&format!("{DOWN}{DOWN} "));
        screen.until_text("> [x] 100000000002.dkr.");
        assert_eq!(screen.count("Which credentials"), 1, "{columns}");
        screen.press("\r");
        screen.until_text("code=0");
        assert_eq!(screen.count("Which credentials"), 1, "{columns}");
        assert_eq!(screen.count("[space"), 0, "the list is gone");
        assert!(screen.bytes().contains("--registry 100000000002.dkr.ecr.eu-central-1"));
    }
}

#[test]
fn a_list_follows_the_size_of_the_terminal_without_a_copy() {
    let line = "seq 1 40; $0 secret > out.yaml";
    let mut screen = Screen::run(&logins(&many()), line, 24, 120);
    screen.until_text("0 of 70 selected; Enter takes the highlighted line (1-9 of 70 shown)");
    screen.until_row(KEYS);
    for (rows, columns) in [(24, 60), (24, 45), (24, 80), (30, 60), (40, 100)] {
        screen.resize(rows, columns);
        let clipped = if columns < 66 { "...".to_owned() } else { ", from docker".to_owned() };
        screen.until("list of the new width", |shown| {
            let registry = shown.iter().find(|row| row.contains("] 100000000001"));
            registry.is_some_and(|row| row.len() < usize::from(columns) && row.ends_with(&clipped))
        });
        // Without the change of the size being followed, the keys would.
        // What is drawn has to have arrived before the size changes once more.
        screen.press(DOWN);
        screen.until_text("> [ ] 100000000001");
        screen.press("\u{1b}[A");
        screen.until_text("> [ ] 100000000000");
        assert_eq!(screen.count("Which credentials"), 1, "{rows} x {columns}");
    }
    assert!(!screen.bytes().contains("\r\u{1b}[J"), "tmux would keep a copy in the scrollback");
    screen.press("\r");
    screen.until_text("code=0");
    assert_eq!(screen.count("Which credentials"), 1);
    assert_eq!(screen.count("40"), 1, "what was above is still there");
}

#[test]
fn what_is_above_a_list_stays_where_the_terminal_becomes_lower() {
    let mut screen = Screen::run(&logins(&many()), "seq 1 8; $0 secret > out.yaml", 24, 80);
    screen.until_row(KEYS);
    // The question is in the last row then.
    screen.resize(10, 80);
    screen.press(DOWN);
    screen.until_row(KEYS);
    screen.resize(10, 60);
    screen.until_text("> [ ] 100000000001.dkr.ecr.eu-central-1.amazonaws.com, f...");
    screen.press("\r");
    screen.until_text("code=0");
    assert_eq!(screen.count("Which credentials"), 1);
    assert_eq!(screen.count("8"), 1, "what was above is still there");
}

#[test]
fn what_is_above_a_list_stays_where_the_filter_fills_its_row() {
    let mut screen = Screen::run(&logins(&many()), "seq 1 8; $0 secret > out.yaml", 24, 20);
    screen.until_text("> [ ] 1000000000...");
    screen.press("reg4");
    screen.until_text("> [ ] reg40.exam...");
    assert_eq!(screen.count("Which credent"), 1);
    screen.press("\r");
    screen.until_text("code=0");
    assert_eq!(screen.count("Which credent"), 1);
    assert_eq!(screen.count("> [ ]"), 0, "the list is gone");
    assert_eq!(screen.count("8"), 1, "what was above is still there");
}

#[test]
fn an_interrupt_takes_the_list_away() {
    let mut screen = Screen::run(&logins(&many()), "seq 1 8; $0 secret > out.yaml", 24, 60);
    screen.until_row(KEYS);
    screen.press("\u{3}");
    screen.until_text("code=130");
    assert_eq!(screen.count("> [ ]"), 0);
    assert_eq!(screen.count("8"), 1, "what was above is still there");
}

#[test]
fn typing_filters_and_enter_takes_the_highlighted_line() {
    let mut screen = Screen::run(&logins(&many()), "$0 secret > out.yaml", 24, 60);
    screen.until_row(KEYS);
    screen.press("REG4");
    screen.until_text("Which credentials: REG4");
    let rows = screen.until_text("> [ ] reg40.example.com");
    assert!(!rows.iter().any(|row| row.contains("amazonaws")), "{rows:#?}");
    screen.until_column("Which credentials: REG4".len());
    screen.press(DOWN);
    screen.until_text("> [ ] reg41.example.com");
    screen.press("\r");
    screen.until_text("Which credentials: reg41.example.com, from docker");
    screen.until_text("code=0");
    assert!(screen.bytes().contains("--registry reg41.example.com"));
}

#[test]
fn wide_characters_and_unknown_keys_do_not_break_the_list() {
    let mut screen = Screen::run(&logins(&many()), "$0 secret > out.yaml", 24, 60);
    screen.until_row(KEYS);
    screen.press("世界");
    screen.until_text("0 of 70 selected; nothing matches the filter");
    screen.until_column("Which credentials: ".len() + 4);
    screen.press("\r\u{1b}[1;5D\u{1b}[15~\u{1b}OP\u{7f}\u{7f}reg59");
    screen.until_text("Which credentials: reg59");
    screen.press("\r");
    screen.until_text("code=0");
}

#[test]
fn all_are_selected_with_a_and_the_next_letter_is_a_filter_again() {
    let registries = ["acme.azurecr.io", "ghcr.io", "quay.io"].map(str::to_owned);
    let mut screen = Screen::run(&logins(&registries), "$0 secret > out.yaml", 24, 80);
    screen.until_row(KEYS);
    screen.press("a");
    screen.until_text("3 of 3 selected; Enter takes the selected lines");
    screen.press("c");
    screen.until_text("0 of 3 selected; Enter takes the highlighted line");
    screen.until_text("Which credentials: ac");
    screen.press("\u{15}");
    screen.until_text("> [ ] acme.azurecr.io");
    screen.press("a\r");
    screen.until_text("Which credentials: 3 selected");
    screen.until_text("code=0");
}

#[test]
fn the_sources_have_short_names() {
    let index = r#"{"version":1,"registries":["kept.example.com"]}"#;
    let podman = logins(&["pod.example.com".to_owned()]);
    let line = format!(
        "mkdir -p .config/containers; echo '{podman}' > .config/containers/auth.json; for folder in .config Library/Application\\ Support; do mkdir -p \"$folder/kubectl-regcred\"; echo '{index}' > \"$folder/kubectl-regcred/registries.json\"; done; clear; $0 secret > out.yaml"
    );
    let mut screen = Screen::run(&logins(&["ghcr.io".to_owned()]), &line, 24, 60);
    let rows = screen.until_row(KEYS);
    for shown in
        ["ghcr.io, from docker", "kept.example.com, from keyring", "pod.example.com, from podman"]
    {
        assert!(rows.iter().any(|row| row.ends_with(shown)), "{shown}: {rows:#?}");
    }
    screen.press("\u{1b}");
    screen.until_text("no registry was selected");
    screen.until_text("code=2");
}
