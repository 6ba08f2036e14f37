//! The terminal: whether a person is there, what is asked on it, and its state
//! after an interrupt.
//!
//! | question | answered by |
//! |---|---|
//! | a line of text, which can be corrected | [`edit`] |
//! | yes or no, or a word that Enter ends | [`ask_line`] |
//! | a password | [`ask_hidden`] |
//! | some lines of a list, with a filter | [`pick`] |
//!
//! All of them write to standard error, and read the controlling terminal where standard
//! input is none. [`restore_on_interrupt`] comes before the first. A question that is
//! interrupted by Ctrl-C is an error of the kind `Interrupted`, or ends the program.

mod keyboard;
mod line;
mod picker;
mod screen;

use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

pub(crate) use super::interrupt::exit as exit_interrupted;
pub(crate) use line::edit;
pub(crate) use picker::{EnterTakes, pick};

/// Longest line that is typed, in bytes: Linux's terminals take 4095.
#[cfg(unix)]
const MAX_LINE: usize = 16 * 1024;

/// Whether a person can be asked: standard error is a terminal, and standard
/// input or the controlling terminal is one too.
pub(crate) fn can_ask() -> bool {
    io::stderr().is_terminal() && (io::stdin().is_terminal() || has_controlling_terminal())
}

/// Whether standard output goes to a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard output goes to a file that stays. Windows is not asked.
pub(crate) fn stdout_is_file() -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{FileType, fstat};
        let kind = fstat(io::stdout()).map(|stat| FileType::from_raw_mode(stat.st_mode));
        kind.is_ok_and(|kind| kind == FileType::RegularFile)
    }
    #[cfg(not(unix))]
    false
}

/// Whether something can be read from standard input that no person has to type: a pipe
/// or a file, no terminal and not the null device.
pub(crate) fn stdin_is_piped() -> bool {
    !io::stdin().is_terminal() && !is_device()
}

#[cfg(unix)]
fn is_device() -> bool {
    let kind = rustix::fs::fstat(io::stdin())
        .map(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode));
    // Standard input may be closed.
    kind.map_or(true, |kind| kind == rustix::fs::FileType::CharacterDevice)
}

#[cfg(not(unix))]
fn is_device() -> bool {
    false
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn has_controlling_terminal() -> bool {
    let device = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    std::fs::File::open(device).is_ok()
}

/// To be called before the first question: from then on an interrupt gives the
/// terminal back as it is now, with its echo and its cursor, and exits with 130.
/// Without this the hidden prompt leaves the echo off.
pub(crate) fn restore_on_interrupt() {
    super::interrupt::restore_with(state::keep());
}

/// Asks a question and reads the answer, which is not shown. An interrupt gives
/// the echo back only after [`restore_on_interrupt`].
///
/// dialoguer's `Password` turns the echo off after the question shows, throws away what
/// was typed until then, takes Ctrl-D for an empty password, repeats a question that is
/// longer than the terminal is wide, and leaves the password in standard input's buffer.
/// Source: dialoguer 0.12.0, `prompts/password.rs`; console 0.16.6, `read_secure`.
///
/// # Errors
/// The system's reason, also where the terminal ends before the line.
#[cfg(unix)]
pub(crate) fn ask_hidden(question: &str) -> io::Result<Zeroizing<String>> {
    let terminal = input()?;
    let shown = tcgetattr(&terminal)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // Off before the question shows: what is typed at once must not show either.
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    let screen = dialoguer::console::Term::stderr();
    let line =
        screen.write_str(&format!("{question}: ")).and_then(|()| read_line(terminal.as_fd()));
    tcsetattr(&terminal, OptionalActions::Flush, &shown)?;
    screen.write_line("")?;
    line
}

/// The same; the console's own buffer is not wiped.
#[cfg(not(unix))]
pub(crate) fn ask_hidden(question: &str) -> io::Result<Zeroizing<String>> {
    let prompt = dialoguer::Password::new().with_prompt(question).allow_empty_password(true);
    let answer = prompt.interact().map_err(|dialoguer::Error::IO(error)| error)?;
    Ok(Zeroizing::new(answer))
}

/// Writes a question and reads a line with the kernel's own line editing. The
/// question may be longer than the terminal is wide: it is not drawn again.
///
/// dialoguer's `Confirm` repeats such a question at every key, and takes the last y or n
/// of any word: `nay` is a yes. Its `Input` repeats it after an answer that is refused.
/// Source: dialoguer 0.12.0, `prompts/confirm.rs` and `prompts/input.rs`.
///
/// # Errors
/// The system's reason, also where the terminal's input ends.
pub(crate) fn ask_line(question: &str) -> io::Result<String> {
    let screen = dialoguer::console::Term::stderr();
    screen.write_str(&format!("{question} "))?;
    #[cfg(unix)]
    let line = read_line(input()?.as_fd())?.to_string();
    #[cfg(not(unix))]
    let line = screen.read_line()?;
    Ok(line)
}

fn ended() -> io::Error {
    io::Error::other("the terminal's input ended")
}

/// Standard input where it is a terminal, else the controlling one.
#[cfg(unix)]
fn input() -> io::Result<std::os::fd::OwnedFd> {
    if io::stdin().is_terminal() {
        return io::stdin().as_fd().try_clone_to_owned();
    }
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    std::fs::File::open("/dev/tty").map(Into::into)
}

/// Reads a line into memory that is wiped, past every buffer that is not.
#[cfg(unix)]
fn read_line(terminal: BorrowedFd<'_>) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new([0; MAX_LINE]);
    let mut length = 0;
    while !line.get(..length).is_some_and(|line| line.ends_with(b"\n")) {
        let room = line.get_mut(length..).filter(|room| !room.is_empty());
        let room = room.ok_or_else(|| io::Error::other("the line is too long"))?;
        match rustix::io::read(terminal, room) {
            Ok(0) => return Err(ended()),
            Ok(count) => length += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let text = line.get(..length).and_then(|line| std::str::from_utf8(line).ok());
    let text = text.ok_or_else(|| io::Error::other("it is not UTF-8 text"))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Ends the program as interrupted, with the cursor shown and the line ended.
#[expect(clippy::exit, reason = "the thread that asked may be waiting for a key for ever")]
pub(super) fn leave() -> ! {
    let terminal = dialoguer::console::Term::stderr();
    if terminal.is_term() {
        // The process ends in any case.
        let _ = terminal.show_cursor();
        let _ = terminal.write_line("");
    }
    std::process::exit(130)
}

#[cfg(unix)]
mod state {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    /// Reads the terminal's state now, and returns what restores it.
    pub(super) fn keep() -> impl Fn() + Send + Sync {
        #[expect(clippy::disallowed_methods, reason = "the terminal is this module's door")]
        let terminal = std::fs::File::open("/dev/tty").ok();
        let state = terminal.and_then(|terminal| {
            let attributes = tcgetattr(&terminal).ok()?;
            Some((terminal, attributes))
        });
        move || {
            if let Some((terminal, attributes)) = &state {
                // The process ends in any case.
                let _ = tcsetattr(terminal, OptionalActions::Now, attributes);
            }
        }
    }
}

#[cfg(not(unix))]
mod state {
    /// Windows' console keeps its mode per program: there is nothing to restore.
    pub(super) fn keep() -> impl Fn() + Send + Sync {
        || {}
    }
}
