//! The edge: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_regcred::system::memory::forbid_dumps();
    ExitCode::from(kubectl_regcred::run(std::env::args_os()))
}
