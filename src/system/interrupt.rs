//! What happens at an interrupt: the terminal gets its state back, children are
//! stopped, and files that are half written are removed.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use super::process::{Group, Running};

type Restore = Box<dyn Fn() + Send + Sync>;

static RESTORE: OnceLock<Restore> = OnceLock::new();
static PENDING: Mutex<Pending> =
    Mutex::new(Pending { children: Vec::new(), temporary_files: Vec::new() });

/// What an interrupt has to end. The handler keeps the lock until the program
/// has ended: no thread starts another child meanwhile, or reports the end of
/// one that the handler stopped.
struct Pending {
    children: Vec<Running>,
    temporary_files: Vec<PathBuf>,
}

/// A child that is stopped at an interrupt, as long as this lives.
#[derive(Debug)]
pub(super) struct Watched(Running);

/// A file that is removed at an interrupt, as long as this lives.
#[derive(Debug)]
pub(super) struct TemporaryFile(PathBuf);

/// Makes an interrupt wait, as long as this lives.
#[cfg(unix)]
pub(super) struct Uninterrupted(#[expect(dead_code, reason = "dropping it unlocks")] Guard);

type Guard = MutexGuard<'static, Pending>;

/// Notes what gives the terminal its state back; the first one counts.
pub(super) fn restore_with(restore: impl Fn() + Send + Sync + 'static) {
    // The first state is the one before any question.
    let _ = RESTORE.set(Box::new(restore));
    install();
}

/// Starts a child and watches it, with no moment between the two.
///
/// # Errors
/// The system's reason.
pub(super) fn start(command: &mut Command, group: Group) -> io::Result<(Child, Watched)> {
    install();
    let mut pending = pending();
    let child = command.spawn()?;
    let running = Running { id: child.id(), group };
    pending.children.push(running);
    Ok((child, Watched(running)))
}

impl Drop for Watched {
    fn drop(&mut self) {
        pending().children.retain(|child| *child != self.0);
    }
}

/// Notes a file that is about to be written and then renamed.
pub(super) fn temporary_file(path: PathBuf) -> TemporaryFile {
    install();
    pending().temporary_files.push(path.clone());
    TemporaryFile(path)
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        pending().temporary_files.retain(|path| *path != self.0);
    }
}

/// For the few steps that must not be left half done. No child can be started
/// meanwhile.
#[cfg(unix)]
pub(super) fn hold_off() -> Uninterrupted {
    install();
    Uninterrupted(pending())
}

fn pending() -> Guard {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts everything right; the caller ends the program while it keeps the lock.
fn clean_up() -> Guard {
    if let Some(restore) = RESTORE.get() {
        restore();
    }
    let pending = pending();
    for path in &pending.temporary_files {
        // It may have been renamed already.
        let _ = std::fs::remove_file(path);
    }
    super::process::stop_all(&pending.children);
    pending
}

/// Ends the program as interrupted: a key can be an interrupt too.
pub(crate) fn exit() -> ! {
    let _pending = clean_up();
    crate::system::terminal::leave()
}

/// One handler for all of it. Without one an interrupt still ends the program.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(handler::install);
}

#[cfg(unix)]
mod handler {
    use std::sync::mpsc;

    use signal_hook::consts::signal::{
        SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
        SIGXFSZ,
    };
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use crate::system::parallel;

    /// What a person or a supervisor ends a program with: exit code 130.
    const INTERRUPTS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

    /// What ends a program too, and is reported as the signal that it was.
    /// Not SIGABRT, which is this program's own end, nor SIGKILL, which no
    /// program can catch: what is pending then stays.
    const DEADLY: [i32; 8] =
        [SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ];

    pub(super) fn install() {
        let (sender, receiver) = mpsc::channel::<Signals>();
        // The thread first: a signal that is caught and not attended to would
        // no longer end the program.
        let attend = move || {
            if let Ok(mut signals) = receiver.recv()
                && let Some(signal) = signals.forever().next()
            {
                let _pending = super::clean_up();
                if !INTERRUPTS.contains(&signal) {
                    let _ = emulate_default_handler(signal);
                }
                crate::system::terminal::leave();
            }
        };
        if parallel::start("interrupts", attend).is_ok()
            && let Ok(signals) = Signals::new(INTERRUPTS.iter().chain(&DEADLY))
        {
            let _ = sender.send(signals);
        }
    }
}

#[cfg(not(unix))]
mod handler {
    pub(super) fn install() {
        let _ = ctrlc::set_handler(|| super::exit());
    }
}
