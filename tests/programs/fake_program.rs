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
//! call had to `environment.log`.

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
        "flood-stderr" => flood(std::io::stderr()),
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
    let program = PathBuf::from(std::env::args_os().next().expect("a name"));
    let folder = program.parent().expect("a folder");
    let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let script = fs::read_to_string(program.with_extension("script")).expect("a script");
    let mut input = String::new();
    if !script.contains("do not read") {
        std::io::stdin().read_to_string(&mut input).expect("text");
    }
    append(&folder.join("calls.log"), &format!("{name} {} {input}\n", arguments.join(" ")));
    let variables: String =
        std::env::vars().flat_map(|(name, value)| [name, "=".into(), value, "\n".into()]).collect();
    append(&folder.join("environment.log"), &variables);

    let head = format!("{} {input}", arguments.join(" "));
    let any = format!("{} *", arguments.join(" "));
    let mut lines = script.lines().skip_while(|line| **line != *head && **line != *any).skip(1);
    let mut exit = 0;
    let mut known = false;
    for line in lines.by_ref().take_while(|line| line.starts_with("  ")) {
        known = true;
        let (word, rest) = line.trim_start().split_once(' ').unwrap_or((line.trim(), ""));
        match word {
            "stdout" => println!("{rest}"),
            "stderr" => eprintln!("{rest}"),
            "sleep" => sleep(Duration::from_millis(rest.parse().expect("milliseconds"))),
            "wait-for-calls" => wait_for_calls(folder, rest.parse().expect("a number")),
            "exit" => exit = rest.parse().expect("a status"),
            "do" if rest != "not read" => act(rest),
            "do" => {}
            other => panic!("unknown word {other}"),
        }
    }
    if !known {
        println!("credentials not found in native keychain");
        exit = 1;
    }
    ExitCode::from(exit)
}
