//! The doors outside: environment, files, clock, terminal, child processes and
//! messages. No other room touches these; no rule of registries or Kubernetes
//! lives here.

pub mod clock;
pub mod environment;
pub mod file_error;
pub mod files;
pub mod hint;
pub mod http;
mod interrupt;
pub mod memory;
pub mod messages;
pub mod output_stream;
pub mod parallel;
pub mod private_files;
pub mod process;
pub mod programs;
pub mod rewriting;
pub mod secrets;
pub mod shell;
pub mod terminal;
mod unescape;
pub mod untrusted;
