//! The edge: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_regcred::testing::forbid_dumps();
    ExitCode::from(kubectl_regcred::run(std::env::args_os()))
}
