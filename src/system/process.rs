//! Child processes: input, bounded output, a deadline. Arguments and
//! environment never carry a secret; input and output may.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::interrupt::{self, Watched};
use super::parallel;
use super::untrusted::Untrusted;

/// Most that is kept of a child's standard error, in bytes: its end.
const MAX_STDERR: usize = 64 * 1024;

/// How long after a child's end its pipes may stay open, held by a process
/// that it left behind.
const GRACE: Duration = Duration::from_millis(250);

/// How long a child may take to stop when asked to.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// The same at an interrupt, when a person waits for the end.
#[cfg(unix)]
const INTERRUPT_LIMIT: Duration = Duration::from_secs(1);

/// How long a person waits before a notice says for what.
const NOTICE_AFTER: Duration = Duration::from_secs(3);

const TICK: Duration = Duration::from_millis(20);

/// The process group of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// One of its own, so that what it started is reached too.
    Own,
    /// This program's, so that the terminal's signals reach it.
    Shared,
}

/// How long a child may take, and who is waiting for it.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    limit: Duration,
    interactive: bool,
}

impl Timeout {
    /// A person is at the terminal and may have to answer the child's question:
    /// 10 minutes, in our process group, so that Ctrl-C reaches both.
    pub const WITH_TERMINAL: Self = Self { limit: Duration::from_secs(600), interactive: true };

    /// Nobody is there to answer: 15 seconds, in a process group of its own, so
    /// that whatever the child started can be stopped with it.
    pub const ALONE: Self = Self { limit: Duration::from_secs(15), interactive: false };

    /// For an API server, which may be far away and slow: 1 minute, otherwise
    /// as [`Self::ALONE`].
    pub const CLUSTER: Self = Self { limit: Duration::from_secs(60), interactive: false };

    /// For the words of a shell's completion, which is to appear within 200 ms: 180 ms,
    /// otherwise as [`Self::ALONE`].
    pub const COMPLETION: Self = Self { limit: Duration::from_millis(180), interactive: false };

    /// With as much more as so many steps may take at worst, a second each.
    #[must_use]
    pub fn for_steps(self, steps: usize) -> Self {
        let more = Duration::from_secs(u64::try_from(steps).unwrap_or(u64::MAX / 2));
        Self { limit: self.limit.saturating_add(more), ..self }
    }

    /// For tests of deadlines.
    #[cfg(test)]
    pub(crate) fn brief() -> Self {
        Self { limit: Duration::from_millis(300), ..Self::ALONE }
    }

    /// Whether a person is there to answer a question.
    pub fn interactive(self) -> bool {
        self.interactive
    }

    /// The deadline, in seconds.
    pub fn seconds(self) -> u64 {
        self.limit.as_secs()
    }

    /// Waits for an answer of another thread; `notice` is called once if a
    /// person has to wait.
    ///
    /// # Errors
    /// The deadline has passed, or the other thread is gone.
    pub fn wait<T>(
        self,
        answers: &Receiver<T>,
        notice: impl FnOnce(),
    ) -> Result<T, RecvTimeoutError> {
        if self.interactive {
            match answers.recv_timeout(NOTICE_AFTER) {
                Err(RecvTimeoutError::Timeout) => notice(),
                answer => return answer,
            }
        }
        answers.recv_timeout(self.limit)
    }
}

/// A program to run.
pub(crate) struct Request<'a> {
    /// Absolute path.
    pub program: &'a Path,
    /// Never a secret.
    pub arguments: &'a [&'a str],
    /// Written to its standard input, which is then closed.
    pub input: Zeroizing<Vec<u8>>,
    /// Variables that it must not inherit.
    pub hidden_variables: &'a [&'a str],
    /// How long it may take.
    pub timeout: Timeout,
    /// Most that it may write to its standard output, in bytes.
    pub max_stdout: usize,
    /// Receives each piece of its standard output as it comes.
    pub on_stdout: Option<OnStdout<'a>>,
}

/// Receives a piece of output.
pub(crate) type OnStdout<'a> = &'a mut dyn FnMut(&[u8]);

/// A child that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Zeroizing<Vec<u8>>,
    /// The end of its standard error.
    pub stderr: Untrusted,
}

/// Why a child gave no usable end.
#[derive(Debug)]
pub(crate) enum ProcessFault {
    /// It could not be started, or not be watched.
    Failed(io::Error),
    /// It took longer than this and was stopped.
    TimedOut(Duration),
    /// It wrote more than it may and was stopped.
    TooMuchOutput,
}

enum Event {
    Stdout(Zeroizing<Vec<u8>>),
    Stderr(Zeroizing<Vec<u8>>),
    Closed,
}

/// Runs a program to its end. `notice` is called once if a person has to wait,
/// with what the program wrote to standard error by then.
///
/// # Errors
/// [`ProcessFault`]; a child that ran is then stopped.
pub(crate) fn run(
    mut request: Request<'_>,
    notice: impl FnOnce(&Untrusted),
) -> Result<Finished, ProcessFault> {
    let (timeout, max_stdout) = (request.timeout, request.max_stdout);
    let mut on_stdout = request.on_stdout.take();
    let mut heard = |chunk: &[u8]| on_stdout.iter_mut().for_each(|hear| hear(chunk));
    let group = if timeout.interactive { Group::Shared } else { Group::Own };
    let (mut child, watched) = start(&request, group).map_err(ProcessFault::Failed)?;
    let result = match attach(&mut child, request.input) {
        Ok(events) => watch(&mut child, &events, (timeout, max_stdout), &mut heard, notice),
        Err(error) => Err(ProcessFault::Failed(error)),
    };
    if result.is_err() {
        stop(&mut child, group);
    }
    drop(watched);
    result
}

fn start(request: &Request<'_>, group: Group) -> io::Result<(Child, Watched)> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let mut command = Command::new(request.program);
    command.args(request.arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in request.hidden_variables {
        command.env_remove(name);
    }
    #[cfg(unix)]
    if group == Group::Own {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    interrupt::start(&mut command, group)
}

/// Starts the threads that feed the child and read from it.
fn attach(child: &mut Child, input: Zeroizing<Vec<u8>>) -> io::Result<Receiver<Event>> {
    let (sender, events) = mpsc::sync_channel(4);
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        parallel::start("stdout", move || pump(stdout, &sender, Event::Stdout))?;
    }
    if let Some(stderr) = child.stderr.take() {
        parallel::start("stderr", move || pump(stderr, &sender, Event::Stderr))?;
    }
    if let Some(mut stdin) = child.stdin.take() {
        // A child may end without reading: its exit status says what matters.
        parallel::start("stdin", move || _ = stdin.write_all(&input))?;
    }
    Ok(events)
}

fn pump(mut pipe: impl Read, sender: &SyncSender<Event>, event: fn(Zeroizing<Vec<u8>>) -> Event) {
    loop {
        let mut chunk = Zeroizing::new(vec![0; 16 * 1024]);
        let length = match pipe.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(length) => length,
            Err(_) => 0,
        };
        chunk.truncate(length);
        let last = length == 0;
        if sender.send(if last { Event::Closed } else { event(chunk) }).is_err() || last {
            return;
        }
    }
}

fn watch(
    child: &mut Child,
    events: &Receiver<Event>,
    (timeout, max_stdout): (Timeout, usize),
    heard: &mut dyn FnMut(&[u8]),
    notice: impl FnOnce(&Untrusted),
) -> Result<Finished, ProcessFault> {
    let started = Instant::now();
    let mut notice = timeout.interactive.then_some(notice);
    let mut stdout = Zeroizing::new(Vec::with_capacity(64 * 1024));
    let mut stderr = Zeroizing::new(Vec::new());
    let mut open_pipes = 2;
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match events.recv_timeout(TICK) {
            Ok(Event::Stdout(chunk)) => {
                heard(&chunk);
                stdout.extend_from_slice(&chunk);
            }
            Ok(Event::Stderr(chunk)) => append_end(&mut stderr, &chunk),
            Ok(Event::Closed) => open_pipes -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(1)),
        }
        if stdout.len() > max_stdout {
            return Err(ProcessFault::TooMuchOutput);
        }
        if ended.is_none() && (open_pipes == 0 || started.elapsed() > TICK) {
            let status = child.try_wait().map_err(ProcessFault::Failed)?;
            ended = status.map(|status| (status, Instant::now()));
        }
        if let Some((status, at)) = ended
            && (open_pipes == 0 || at.elapsed() > GRACE)
        {
            let stderr = Untrusted::from_bytes(&stderr);
            return Ok(Finished { status, stdout, stderr });
        }
        if started.elapsed() > timeout.limit {
            return Err(ProcessFault::TimedOut(timeout.limit));
        }
        if started.elapsed() > NOTICE_AFTER
            && let Some(notice) = notice.take()
        {
            notice(&Untrusted::from_bytes(&stderr));
        }
    }
}

fn append_end(kept: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    kept.extend_from_slice(chunk);
    let surplus = kept.len().saturating_sub(MAX_STDERR);
    kept.drain(..surplus);
}

/// A child that was started, for signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Running {
    /// Its process.
    pub(super) id: u32,
    /// Its process group.
    pub(super) group: Group,
}

#[cfg(unix)]
impl Running {
    fn pid(self) -> Option<rustix::process::Pid> {
        i32::try_from(self.id).ok().and_then(rustix::process::Pid::from_raw)
    }

    fn signal(self, signal: rustix::process::Signal) {
        use rustix::process::{kill_process, kill_process_group};
        // It may have ended meanwhile.
        let _ = self.pid().map(|pid| {
            if self.group == Group::Own {
                kill_process_group(pid, signal)
            } else {
                kill_process(pid, signal)
            }
        });
    }

    /// Whether anything of it is left, a process that was not waited for too.
    fn is_left(self) -> bool {
        use rustix::process::{test_kill_process, test_kill_process_group};
        self.pid().is_some_and(|pid| {
            let test =
                if self.group == Group::Own { test_kill_process_group } else { test_kill_process };
            test(pid).is_ok()
        })
    }
}

/// Stops children and, where they lead a process group, what they started:
/// TERM, and KILL for what is left a second later. Whoever runs them waits for
/// their ends. What left its group for a session of its own is not reached.
#[cfg(unix)]
pub(super) fn stop_all(children: &[Running]) {
    use rustix::process::Signal;
    for child in children {
        child.signal(Signal::TERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < INTERRUPT_LIMIT && children.iter().any(|child| child.is_left()) {
        thread::sleep(TICK);
    }
    for child in children.iter().filter(|child| child.is_left()) {
        child.signal(Signal::KILL);
    }
}

/// Windows ends the console's programs together.
#[cfg(not(unix))]
pub(super) fn stop_all(_children: &[Running]) {}

#[cfg(unix)]
fn stop(child: &mut Child, group: Group) {
    use rustix::process::Signal;
    let running = Running { id: child.id(), group };
    running.signal(Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < STOP_LIMIT && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(TICK);
    }
    // Also what the child left behind in its group.
    if group == Group::Own || matches!(child.try_wait(), Ok(None)) {
        running.signal(Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(not(unix))]
fn stop(child: &mut Child, _group: Group) {
    let _ = child.kill();
    let asked = Instant::now();
    while asked.elapsed() < STOP_LIMIT && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(TICK);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Timeout) -> Result<Finished, ProcessFault> {
        let request = Request {
            program: Path::new("/bin/sh"),
            arguments: &["-c", script],
            input: Zeroizing::new(b"input".to_vec()),
            hidden_variables: &["PATH_THAT_IS_NOT_SET"],
            timeout,
            max_stdout: 1024 * 1024,
            on_stdout: None,
        };
        run(request, |_| {})
    }

    #[test]
    fn input_output_and_status_are_passed() {
        let finished = shell("cat; echo late >&2; exit 3", Timeout::ALONE).unwrap();
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!(*finished.stdout, b"input");
        assert_eq!(finished.stderr.raw(), "late\n");
    }

    #[test]
    fn a_hanging_child_is_stopped_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("alive");
        let script = format!("(sleep 1; touch {}) & sleep 60", mark.display());
        let fault = shell(&script, Timeout::brief()).unwrap_err();
        assert!(matches!(fault, ProcessFault::TimedOut(_)));
        thread::sleep(Duration::from_millis(1_200));
        assert!(!mark.exists(), "the grandchild lived on");
    }

    #[test]
    fn a_child_that_leaves_its_pipes_to_another_is_not_waited_for() {
        let finished = shell("echo done; sleep 3 & exit 0", Timeout::ALONE).unwrap();
        assert_eq!(*finished.stdout, b"done\n");
    }

    #[test]
    fn a_flood_of_output_is_stopped() {
        let fault = shell("yes", Timeout::ALONE).unwrap_err();
        assert!(matches!(fault, ProcessFault::TooMuchOutput));
    }

    #[test]
    fn of_a_flood_of_errors_the_end_is_kept() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 'a line of sixty characters that says nothing of any use' >&2; i=$((i+1)); done; echo the end >&2";
        let finished = shell(script, Timeout::ALONE).unwrap();
        assert!(finished.stderr.raw().len() <= MAX_STDERR);
        assert_eq!(finished.stderr.last_line(), "the end");
    }
}
