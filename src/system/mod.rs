//! The doors outside: environment, files, clock, terminal, child processes and
//! messages. No other room touches these; no rule of registries or Kubernetes
//! lives here.

pub(crate) mod clock;
pub(crate) mod environment;
pub(crate) mod file_error;
pub(crate) mod files;
pub(crate) mod hint;
pub(crate) mod http;
mod interrupt;
pub(crate) mod memory;
pub(crate) mod messages;
pub(crate) mod output_stream;
pub(crate) mod parallel;
pub(crate) mod private_files;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod rewriting;
pub(crate) mod secrets;
pub(crate) mod shell;
pub(crate) mod terminal;
mod unescape;
pub(crate) mod untrusted;
