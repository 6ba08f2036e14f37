//! Plays any credential helper in the tests. A script beside the program, named
//! after it, says what to answer:
//!
//! ```text
//! get ghcr.io
//!   stdout {"Username":"u","Secret":"s"}
//!   stderr a line
//!   sleep 200
//!   do hang
//!   exit 1
//! get *
//!   exit 1
//! ```
//!
//! Each call is appended to `calls.log` beside it, and the environment that the
//! call had to `environment.log`. As `kubectl` it keeps its input in
//! `kubectl.stdin` instead, and `get ...` in a script stands for every call of `get`.
//! A kubectl whose script says nothing about `config` has nothing to say about its
//! configuration either: such calls succeed, and are not noted.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "it stops at the first surprise, and is not the program"
)]

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a log");
    file.write_all(text.as_bytes()).expect("a line in the log");
}

/// Writes until nobody reads.
fn flood(mut stream: impl Write) {
    let line = [b'x'; 1024];
    while stream.write_all(&line).is_ok() {}
}

/// Gives others the time to call, and makes sure that they did not.
fn stay_alone(folder: &Path) {
    sleep(Duration::from_millis(300));
    let calls = fs::read_to_string(folder.join("calls.log")).expect("a log");
    assert_eq!(calls.lines().count(), 1, "another call was made before the first was answered");
}

/// Waits until that many calls were made, this one included.
fn wait_for_calls(folder: &Path, number: usize) {
    for _ in 0..2_000 {
        let calls = fs::read_to_string(folder.join("calls.log")).expect("a log");
        if calls.lines().count() >= number {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("the other calls were not made");
}

fn act(what: &str) {
    match what {
        "hang" => sleep(Duration::from_secs(600)),
        "flood-stdout" => flood(std::io::stdout()),
        "abort" => std::process::abort(),
        // The pipes stay open in a process that outlives this one.
        "leave-child" => {
            let line = "sleep 30 &";
            let shell = Command::new("/bin/sh").args(["-c", line]).stdin(Stdio::null()).status();
            shell.expect("a shell");
        }
        other => panic!("unknown action {other}"),
    }
}

fn main() -> ExitCode {
    // One line, so that the test shows it.
    std::panic::set_hook(Box::new(|panic| eprintln!("{}", panic.to_string().replace('\n', " "))));
    let program = PathBuf::from(std::env::args_os().next().expect("a name"));
    let folder = program.parent().expect("a folder");
    let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let script = fs::read_to_string(program.with_extension("script")).expect("a script");
    let is_about_config = arguments.first().is_some_and(|first| first == "config");
    let is_scripted = script.lines().any(|line| line.starts_with("config "));
    if name == "kubectl" && is_about_config && !is_scripted {
        return ExitCode::SUCCESS;
    }
    let mut input = String::new();
    if !script.contains("do not read") {
        std::io::stdin().read_to_string(&mut input).expect("text");
    }
    let arguments = arguments.join(" ");
    let calls = fs::read_to_string(folder.join("calls.log")).unwrap_or_default();
    let first = arguments.split(' ').next().unwrap_or_default();
    let nth = calls.lines().filter(|line| line.starts_with(&format!("{name} {first} "))).count();
    if name == "kubectl" {
        // Its input is a manifest, which may well hold credentials.
        append(&folder.join("calls.log"), &format!("{name} {arguments}\n"));
        fs::write(folder.join("kubectl.stdin"), &input).expect("a file");
        input.clear();
    } else {
        append(&folder.join("calls.log"), &format!("{name} {arguments} {input}\n"));
    }
    let variables: String =
        std::env::vars().flat_map(|(name, value)| [name, "=".into(), value, "\n".into()]).collect();
    append(&folder.join("environment.log"), &variables);

    // Of several answers to one call, each counts once, and the last one from then on.
    let heads = [format!("{arguments} {input}"), format!("{arguments} *"), format!("{first} ...")];
    let is_head = |line: &str| heads.iter().any(|head| head == line);
    let blocks = script.lines().filter(|line| is_head(line)).count();
    let wanted = if name == "kubectl" { nth.min(blocks.saturating_sub(1)) } else { 0 };
    let mut seen = 0;
    let lines = script
        .lines()
        .skip_while(|line| {
            let is_wanted = is_head(line) && seen == wanted;
            seen += usize::from(is_head(line));
            !is_wanted
        })
        .skip(1);
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    if lines.is_empty() {
        println!("credentials not found in native keychain");
        return ExitCode::FAILURE;
    }
    ExitCode::from(follow(&lines, folder, nth))
}

/// Does what the lines of an answer say, and gives the exit status.
fn follow(lines: &[&str], folder: &Path, nth: usize) -> u8 {
    let mut exit = 0;
    for line in lines {
        let (word, rest) = line.trim_start().split_once(' ').unwrap_or((line.trim(), ""));
        match word {
            "stdout" => println!("{rest}"),
            "stderr" => eprintln!("{rest}"),
            "sleep" => sleep(Duration::from_millis(rest.parse().expect("milliseconds"))),
            "first-alone-then-wait-for-calls" if nth == 0 => stay_alone(folder),
            "first-alone-then-wait-for-calls" | "wait-for-calls" => {
                wait_for_calls(folder, rest.parse().expect("a number"));
            }
            "exit" => exit = rest.parse().expect("a status"),
            "do" if rest != "not read" => act(rest),
            "do" => {}
            other => panic!("unknown word {other}"),
        }
    }
    exit
}
