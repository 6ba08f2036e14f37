//! Waiting for several things at once. Where the system starts no further
//! thread, the work is done on the calling thread, or that is an error: never
//! the end of the program.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many are waited for side by side at most.
const MAX_SIDE_BY_SIDE: usize = 8;

/// Starts a thread that is not waited for.
///
/// # Errors
/// The system's reason: a limit on processes or memory is reached.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| cannot_start(&error))
}

/// Checks that so many threads can be started, for libraries that end the
/// program where theirs cannot. Another program may still take the last ones.
///
/// # Errors
/// The system's reason.
#[cfg(all(unix, not(target_os = "macos")))]
pub(crate) fn check_threads(count: usize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // They wait for this lock, so that all of them run at once.
        let _closed = gate.lock();
        let wait = || drop(gate.lock());
        let mut threads = (0..count).map(|_| thread::Builder::new().spawn_scoped(scope, wait));
        threads.try_for_each(|thread| thread.map(drop)).map_err(|error| cannot_start(&error))
    })
}

fn cannot_start(error: &io::Error) -> io::Error {
    // Not of the same kind: that is "try again", as of a read that would wait.
    io::Error::other(format!("the system cannot start another thread: {error}"))
}

/// Asks each question; the answers stand in the order of the questions.
pub(crate) fn map_parallel<Q: Sync, A: Send>(
    questions: &[Q],
    ask: impl Fn(&Q) -> A + Sync,
) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(questions.len()));
    let work = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(question) = questions.get(index)
        {
            let answer = ask(question);
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((index, answer));
        }
    };
    thread::scope(|scope| {
        for _ in 1..questions.len().min(MAX_SIDE_BY_SIDE) {
            // This thread does what the others do not.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Does two things at once; one after the other where no thread can be started.
pub(crate) fn join<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, &other);
        let one = one();
        match started.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(answer)) => (one, answer),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => (one, other()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_the_order_of_the_questions() {
        let questions: Vec<usize> = (0..500).collect();
        assert_eq!(
            map_parallel(&questions, |number| number * 2),
            (0..500).map(|n| n * 2).collect::<Vec<_>>()
        );
        assert!(map_parallel(&[], |()| ()).is_empty());
    }
}
