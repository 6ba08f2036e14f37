//! What a run of the binary left: one vocabulary for every harness.

use std::fmt;
use std::process::Output;

/// Standard output, standard error and the exit code of a run.
#[must_use]
#[derive(Debug, Default)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// -1 where a signal ended the run.
    pub code: i32,
    /// Which fake program was called with what, in order: `docker-credential-x get ghcr.io`.
    pub calls: Vec<String>,
    /// What differs from run to run or is a secret, and what a snapshot shows instead.
    pub redactions: Vec<(String, &'static str)>,
}

/// For snapshots: the exit code, standard output and standard error, without
/// secrets and temporary paths. Empty streams are left out.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("exit code {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text.extend(["--- ", name, "\n", stream]);
            }
        }
        for (found, shown) in &self.redactions {
            text = text.replace(found, shown);
        }
        formatter.write_str(&text)
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code().unwrap_or(-1),
            ..Self::default()
        }
    }
}

impl Outcome {
    /// The calls for a snapshot, a line each. Those that run side by side have no
    /// order, so they are sorted.
    pub fn sorted_calls(&self) -> String {
        let mut calls = self.calls.clone();
        calls.sort();
        calls.join("\n")
    }
}

/// Fails unless what was printed begins with text and ends with one line break. A
/// snapshot compares neither end of a text, so the harness checks each run.
pub fn check_ends(printed: &str) {
    let is_ended = printed.ends_with('\n') && !printed.ends_with("\n\n");
    let is_text = is_ended && !printed.starts_with(['\n', ' ']);
    assert!(printed.is_empty() || is_text, "{printed:?}");
}
