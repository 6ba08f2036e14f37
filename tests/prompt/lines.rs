//! Answers that are typed: editing, refusing, and long ones.

use super::screen::Screen;

const LEFT: &str = "\u{1b}[D";

fn username(rows: u16, columns: u16) -> Screen {
    let line = "seq 1 40; $0 secret --registry localhost:5055 --source prompt > out.yaml";
    let screen = Screen::run("{}", line, rows, columns);
    screen.until_text("Username for localhost:5055:");
    screen
}

#[test]
fn the_keys_of_a_shell_edit_an_answer() {
    for (keys, answer) in [
        ("jane\u{1b}[HX", "Xjane"),
        ("jane\u{1b}OHX\u{1b}OFY", "XjaneY"),
        ("jane\u{1}X\u{5}Y", "XjaneY"),
        ("jane\u{15}joe", "joe"),
        ("jane doe\u{17}x", "jane x"),
        ("jane\u{1b}[1;5DX", "Xjane"),
        ("jane-doe\u{1b}[1;5DX\u{1b}[1;5C", "jane-Xdoe"),
        ("jane\u{1b}[D\u{1b}[DX\u{1b}[CY", "jaXnYe"),
        ("jane\u{1b}[D\u{1b}[D\u{1b}[3~\u{7f}", "je"),
        ("jane\u{1}\u{4}\u{b}joe", "joe"),
        ("jane\u{1b}[15~\u{1b}[A\u{1b}[B\t", "jane"),
        ("世界人\u{1b}[D\u{7f}", "世人"),
    ] {
        let mut screen = username(24, 80);
        screen.press(keys);
        screen.until_row(&format!("Username for localhost:5055: {answer}"));
        screen.press("\r");
        screen.until_text(&format!("Password or token of {answer} for localhost:5055:"));
        assert_eq!(screen.count("Username for"), 1, "{keys:?}");
    }
}

#[test]
fn a_refused_answer_says_why_and_can_be_corrected() {
    let mut screen = username(24, 80);
    screen.press("jane:doe\r");
    screen.until_text("error: the user name cannot be used: it holds a colon");
    screen.until("the answer again", |rows| {
        let answers = rows.iter().filter(|row| row.ends_with("localhost:5055: jane:doe"));
        answers.count() == 2
    });
    screen.press(&format!("{LEFT}{LEFT}{LEFT}\u{7f}\r"));
    screen.until_text("Password or token of janedoe for localhost:5055:");
}

#[test]
fn a_refused_image_and_registry_can_be_corrected() {
    let mut screen = Screen::run("{}", "$0 pod web > out.yaml", 24, 80);
    screen.until_text("Image:");
    screen.press("\r");
    screen.until_text("error: an image is required");
    screen.press("https://localhost:5055/team/app\r");
    screen.until_text("error: the answer is not an image: ");
    screen.press(&format!("\u{1}{}\r", "\u{1b}[3~".repeat("https://".len())));
    screen.until_text("Username for localhost:5055:");
    let mut screen = Screen::run("{}", "$0 secret > out.yaml", 24, 80);
    screen.until_text("Registry [docker.io]:");
    screen.press("a b\r");
    screen.until_text("error: the answer is not a registry: ");
    screen.press("\u{17}\u{7f}.example.com\r");
    screen.until_text("Username for a.example.com:");
}

#[test]
fn an_empty_answer_is_answered() {
    let mut screen = username(24, 80);
    screen.press("\r");
    screen.until_text("error: a user name is required");
    screen.press("  \r");
    screen.until("the answer again", |rows| {
        rows.iter().filter(|row| row.ends_with("a user name is required")).count() == 2
    });
    screen.press("jane\r");
    screen.until_text("Password or token of jane");
    screen.press("\r");
    screen.until_text("error: a password or token is required");
}

#[test]
fn the_end_of_the_input_ends_the_question() {
    let mut screen = username(24, 80);
    screen.press("\u{1b}");
    // Alone, it is no start of another key.
    std::thread::sleep(std::time::Duration::from_millis(500));
    screen.press("\u{4}");
    screen.until_text("cannot ask on the terminal: the terminal's input ended");
    screen.until_text("code=1");
}

#[test]
fn a_long_answer_moves_and_never_wraps() {
    let name = "averyveryverylongusernamethatwraps.".repeat(4);
    for columns in [80, 60] {
        let mut screen = username(24, columns);
        screen.press(&name);
        let end = &name[name.len() - 6..];
        screen.until_row(end);
        screen.press("\u{1}");
        screen.until_text("Username for localhost:5055: averyvery");
        assert_eq!(screen.count("Username for"), 1);
        screen.resize(24, columns - 20);
        screen.press("X");
        screen.until_text("localhost:5055: Xavery");
        screen.press("\u{5}");
        screen.until_row(end);
        screen.resize(24, 100);
        screen.press("\u{15}jane");
        screen.until_row("Username for localhost:5055: jane");
        assert_eq!(screen.count("Username for"), 1, "{columns}");
        screen.press("\r");
        screen.until_text("Password or token of jane for localhost:5055:");
    }
}

#[test]
fn a_long_question_has_a_line_to_itself() {
    let registry = "100000000000.dkr.ecr.eu-central-1.amazonaws.com";
    let line = format!("$0 secret --registry {registry} --source prompt > out.yaml");
    let mut screen = Screen::run("{}", &line, 24, 60);
    screen.until_row(&format!("Username for {registry}"));
    screen.press("AWSS\u{7f}");
    screen.until("answer", |rows| rows.contains(&"> AWS".to_owned()));
    screen.press("\r");
    screen.until_text("Password or token of AWS for 100000000000");
    screen.press("hunter2\r");
    screen.until_text("code=0");
    assert!(screen.written("out.yaml").contains("kind: Secret"));
}
