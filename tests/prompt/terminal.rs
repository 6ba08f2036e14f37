//! The binary in a pseudo-terminal, by what it writes.

use std::fs;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use super::{BINARY, LIMIT};

/// A shell in a pseudo-terminal, with an empty home, that runs the program and
/// then tells the exit code and the terminal's state.
pub struct Terminal {
    pub session: PtySession,
    home: tempfile::TempDir,
}

impl Terminal {
    /// `$0` in the line is the program.
    pub fn run(config: &str, line: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".docker")).unwrap();
        fs::write(home.path().join(".docker/config.json"), config).unwrap();
        // rexpect starts with the echo off.
        let script = format!("stty echo; trap : INT QUIT; {line}; echo \"code=$?\"; stty -a");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &script, BINARY])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .current_dir(home.path());
        Self { session: spawn_command(command, Some(LIMIT)).unwrap(), home }
    }

    pub fn expect(&mut self, text: &str) -> String {
        self.session.exp_string(text).unwrap()
    }

    pub fn answer(&mut self, text: &str) {
        self.session.send_line(text).unwrap();
    }

    /// Answers the hidden question: the echo goes off just after the question shows.
    pub fn answer_hidden(&mut self, text: &str) {
        std::thread::sleep(std::time::Duration::from_millis(200));
        self.answer(text);
    }

    /// The exit code, and what the terminal showed before and after.
    pub fn end(mut self) -> (String, String) {
        let (shown, code) = self.session.exp_regex("code=[0-9]+").unwrap();
        let state = self.session.exp_eof().unwrap();
        assert!(state.contains(" echo "), "the terminal echoes again: {state}");
        (code, shown)
    }

    /// What a file holds once the program has ended well.
    pub fn written_after_end(mut self, name: &str) -> String {
        self.session.exp_regex("code=0").unwrap();
        self.written(name)
    }

    pub fn written(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap()
    }
}
