//! The terminal: whether a person is there, and its state after an interrupt.

use std::io::{self, IsTerminal};

/// Whether a person can be asked: standard error is a terminal, and standard
/// input or the controlling terminal is one too.
pub fn can_ask() -> bool {
    io::stderr().is_terminal() && (io::stdin().is_terminal() || has_controlling_terminal())
}

/// Whether standard output goes to a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn has_controlling_terminal() -> bool {
    let device = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    std::fs::File::open(device).is_ok()
}

/// To be called before the first question: from then on an interrupt gives the
/// terminal back as it is now, with its echo and its cursor, and exits with 130.
/// Without this the hidden prompt of dialoguer 0.12 leaves the echo off.
pub fn restore_on_interrupt() {
    super::interrupt::restore_with(state::keep());
}

/// Ends the program as interrupted, with the cursor shown and the line ended.
#[expect(clippy::exit, reason = "the thread that asked may be waiting for a key for ever")]
pub fn exit_interrupted() -> ! {
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

    /// Reads the terminal's state now, and gives back what restores it.
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
