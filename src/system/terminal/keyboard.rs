//! The keyboard, key by key, as long as a question is open.

use std::io;

use super::keys::Key;

/// What happens while a question is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A key was pressed.
    Key(Key),
    /// The terminal has another size, or the program was in the background.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the console does not tell"))]
    Redraw,
}

#[cfg(unix)]
pub(super) use unix::Keyboard;

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use signal_hook::SigId;
    use signal_hook::consts::signal::{SIGCONT, SIGWINCH};
    use signal_hook::low_level::{pipe, unregister};

    use super::super::keys::{Decoded, decode};
    use super::{Event, Key, io};

    /// How long the rest of a key may take after an escape character, which is
    /// a key of its own too. Slow links send arrow keys in pieces.
    const REST_OF_KEY: Duration = Duration::from_millis(100);

    /// The terminal without its own line editing; dropping it restores that.
    /// Interrupts stay the kernel's. dialoguer's reader is not used: it takes
    /// each signal for an interrupt, a change of the size too, lets keys show
    /// between two reads, and takes parts of unknown keys for text.
    #[derive(Debug)]
    pub(in super::super) struct Keyboard {
        terminal: OwnedFd,
        cooked: Termios,
        raw: Termios,
        redraw: UnixStream,
        signals: Vec<SigId>,
    }

    enum Waited {
        Input,
        Redraw,
        TimeOut,
    }

    impl Keyboard {
        /// Opens the terminal that a person types on.
        ///
        /// # Errors
        /// The system's reason.
        pub(in super::super) fn open() -> io::Result<Self> {
            let terminal = super::super::input()?;
            let (redraw, sender) = UnixStream::pair()?;
            redraw.set_nonblocking(true)?;
            let cooked = tcgetattr(&terminal)?;
            let mut raw = cooked.clone();
            raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN);
            let mut keyboard = Self { terminal, cooked, raw, redraw, signals: Vec::new() };
            for signal in [SIGWINCH, SIGCONT] {
                keyboard.signals.push(pipe::register(signal, sender.try_clone()?)?);
            }
            keyboard.make_raw()?;
            Ok(keyboard)
        }

        /// Waits for a key, or for the need to draw again.
        ///
        /// # Errors
        /// The system's reason, also where the terminal is gone.
        pub(in super::super) fn next(&mut self) -> io::Result<Event> {
            let mut input = Vec::new();
            loop {
                let limit = (!input.is_empty()).then_some(REST_OF_KEY);
                match self.wait(limit)? {
                    Waited::Input => input.push(self.read()?),
                    Waited::Redraw if input.is_empty() => {
                        self.make_raw()?;
                        return Ok(Event::Redraw);
                    }
                    Waited::Redraw => {}
                    Waited::TimeOut if input == [0x1b] => return Ok(Event::Key(Key::Escape)),
                    Waited::TimeOut => return Ok(Event::Key(Key::Unknown)),
                }
                if let Decoded::Key(key) = decode(&input) {
                    return Ok(Event::Key(key));
                }
            }
        }

        fn make_raw(&self) -> io::Result<()> {
            Ok(tcsetattr(&self.terminal, OptionalActions::Drain, &self.raw)?)
        }

        fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited> {
            let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
            loop {
                let mut ready = [
                    PollFd::new(&self.terminal, PollFlags::IN),
                    PollFd::new(&self.redraw, PollFlags::IN),
                ];
                let count = match poll(&mut ready, limit.as_ref()) {
                    Err(Errno::INTR) => continue,
                    count => count?,
                };
                let [terminal, redraw] = ready;
                let is_input = !terminal.revents().is_empty();
                if !redraw.revents().is_empty() {
                    let mut signals = [0; 64];
                    // One redraw is enough for all that came.
                    let _ = (&self.redraw).read(&mut signals);
                    return Ok(Waited::Redraw);
                }
                if is_input {
                    return Ok(Waited::Input);
                }
                if count == 0 {
                    return Ok(Waited::TimeOut);
                }
            }
        }

        /// Reads a single byte: what follows the answer is for the next question.
        fn read(&self) -> io::Result<u8> {
            let mut byte = [0];
            loop {
                match rustix::io::read(&self.terminal, &mut byte) {
                    Err(Errno::INTR) => {}
                    Ok(0) => return Err(super::super::ended()),
                    Ok(_) => return Ok(byte[0]),
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    impl Drop for Keyboard {
        fn drop(&mut self) {
            for signal in self.signals.drain(..) {
                unregister(signal);
            }
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.cooked);
        }
    }
}

/// The console's keys; it draws again at the next key after its size changed.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Keyboard(dialoguer::console::Term);

#[cfg(not(unix))]
impl Keyboard {
    /// Opens the console.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) fn open() -> io::Result<Self> {
        let console = dialoguer::console::Term::stderr();
        console.flush()?;
        Ok(Self(console))
    }

    /// Waits for a key.
    ///
    /// # Errors
    /// The system's reason.
    pub(super) fn next(&mut self) -> io::Result<Event> {
        use dialoguer::console::Key as Console;
        Ok(Event::Key(match self.0.read_key()? {
            Console::Enter => Key::Enter,
            Console::Escape => Key::Escape,
            Console::Tab => Key::Tab,
            Console::Backspace => Key::Backspace,
            Console::Del => Key::Delete,
            Console::ArrowLeft => Key::Left,
            Console::ArrowRight => Key::Right,
            Console::ArrowUp | Console::BackTab => Key::Up,
            Console::ArrowDown => Key::Down,
            Console::PageUp => Key::PageUp,
            Console::PageDown => Key::PageDown,
            Console::Home => Key::Home,
            Console::End => Key::End,
            Console::Char(character) => super::keys::plain(character),
            _ => Key::Unknown,
        }))
    }
}
