//! What happens at an interrupt: the terminal gets its state back, and children
//! in process groups of their own, which the interrupt does not reach, are stopped.

use std::sync::{Mutex, Once, OnceLock, PoisonError};

type Restore = Box<dyn Fn() + Send + Sync>;

static RESTORE: OnceLock<Restore> = OnceLock::new();
static CHILDREN: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A child that is stopped at an interrupt, as long as this lives.
#[derive(Debug)]
pub(super) struct Watched(u32);

/// Notes what gives the terminal its state back; the first one counts.
pub(super) fn restore_with(restore: impl Fn() + Send + Sync + 'static) {
    // The first state is the one before any question.
    let _ = RESTORE.set(Box::new(restore));
    install();
}

/// Notes the leader of a process group.
pub(super) fn watch(leader: u32) -> Watched {
    install();
    children().push(leader);
    Watched(leader)
}

impl Drop for Watched {
    fn drop(&mut self) {
        children().retain(|leader| *leader != self.0);
    }
}

fn children() -> std::sync::MutexGuard<'static, Vec<u32>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One handler for all of it. Without one an interrupt still ends the program.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let _ = ctrlc::set_handler(|| {
            if let Some(restore) = RESTORE.get() {
                restore();
            }
            for leader in children().iter() {
                super::process::stop_group(*leader);
            }
            super::terminal::exit_interrupted();
        });
    });
}
