//! The binary in a pseudo-terminal of some size, by what its screen shows.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rexpect::process::PtyProcess;
use rustix::termios::{Winsize, tcsetwinsize};

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-regcred");

/// Longest wait for what shows, in milliseconds.
const LIMIT: u64 = 60_000;

/// Lines above the screen that are kept.
const SCROLLBACK: usize = 1000;

fn size(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).unwrap()
}

/// A terminal that shows what the program draws.
pub struct Screen {
    writer: fs::File,
    shown: Arc<Mutex<Shown>>,
    home: Option<tempfile::TempDir>,
    _process: PtyProcess,
}

struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Screen {
    /// Runs a line of the shell in which `$0` is the program, in an empty home.
    pub fn run(config: &str, line: &str, rows: u16, columns: u16) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".docker")).unwrap();
        fs::write(home.path().join(".docker/config.json"), config).unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(home.path());
        let mut screen = Self::open(command, line, rows, columns);
        screen.home = Some(home);
        screen
    }

    /// Runs a line of a shell that was prepared, in which `$0` is the program.
    pub fn open(mut shell: Command, line: &str, rows: u16, columns: u16) -> Self {
        // The size comes first.
        let script = format!("stty echo; read -r start; {line}; echo \"code=$?\"; read -r end");
        shell.args(["-c", &script, BINARY]).env("TERM", "xterm");
        let process = PtyProcess::new(shell).unwrap();
        let mut reader = process.get_file_handle().unwrap();
        let writer = process.get_file_handle().unwrap();
        let parser = vt100::Parser::new(size(rows), size(columns), SCROLLBACK);
        let shown = Arc::new(Mutex::new(Shown { parser, bytes: Vec::new() }));
        let drawn = Arc::clone(&shown);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let mut drawn = drawn.lock().unwrap();
                let read = bytes.get(..count).unwrap();
                drawn.parser.process(read);
                drawn.bytes.extend_from_slice(read);
            }
        });
        let mut screen = Self { writer, shown, home: None, _process: process };
        screen.resize(rows, columns);
        screen.press("\r");
        screen
    }

    /// Changes the size, as a person does with the window.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.shown.lock().unwrap().parser.screen_mut().set_size(size(rows), size(columns));
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.writer, size).unwrap();
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits until the screen is as wanted; its rows.
    pub fn until(&self, what: &str, is_wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let start = Instant::now();
        loop {
            let rows = self.rows();
            if is_wanted(&rows) {
                return rows;
            }
            let bytes = String::from_utf8_lossy(&self.shown.lock().unwrap().bytes).into_owned();
            assert!(
                start.elapsed() < Duration::from_millis(LIMIT),
                "no {what}:\n{}\n{bytes:?}",
                rows.join("\n")
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a row that ends with this text.
    pub fn until_row(&self, text: &str) -> Vec<String> {
        self.until(text, |rows| rows.iter().any(|row| row.ends_with(text)))
    }

    /// Waits for a text, in whatever row.
    pub fn until_text(&self, text: &str) -> Vec<String> {
        self.until(text, |rows| rows.iter().any(|row| row.contains(text)))
    }

    /// The rows that show, without white space at their ends.
    fn rows(&self) -> Vec<String> {
        let shown = self.shown.lock().unwrap();
        let width = shown.parser.screen().size().1.get();
        let rows = shown.parser.screen().rows(0, width);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// The cells that show, row by row.
    pub fn cells(&self) -> Vec<Vec<vt100::Cell>> {
        let shown = self.shown.lock().unwrap();
        let (rows, columns) = shown.parser.screen().size();
        let cell = |row, column| shown.parser.screen().cell(row, column).unwrap().clone();
        (0..rows.get())
            .map(|row| (0..columns.get()).map(|column| cell(row, column)).collect())
            .collect()
    }

    /// Waits until the cursor is in a column, from 0.
    pub fn until_column(&self, column: usize) {
        self.until("cursor in the column", |_| {
            let shown = self.shown.lock().unwrap();
            usize::from(shown.parser.screen().cursor_position().1) == column
        });
    }

    /// How many rows start so, on the screen and in all that was scrolled away.
    pub fn count(&self, start: &str) -> usize {
        let mut shown = self.shown.lock().unwrap();
        let (height, width) = shown.parser.screen().size();
        shown.parser.screen_mut().set_scrollback(SCROLLBACK);
        let above = shown.parser.screen().scrollback();
        let mut count = 0;
        for line in 0..above + usize::from(height.get()) {
            let offset = above.saturating_sub(line);
            shown.parser.screen_mut().set_scrollback(offset);
            let row = line - (above - offset);
            let text = shown.parser.screen().rows(0, width.get()).nth(row).unwrap_or_default();
            count += usize::from(text.starts_with(start));
        }
        shown.parser.screen_mut().set_scrollback(0);
        count
    }

    /// All that was written to the terminal.
    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap().bytes).into_owned()
    }

    /// What a file in the home that [`Self::run`] made holds.
    pub fn written(&self, name: &str) -> String {
        fs::read_to_string(self.home.as_ref().unwrap().path().join(name)).unwrap()
    }
}
