//! `diagnose`: which credentials the kubelet tries, and why a pull fails.

mod offline;
mod pod;

use crate::commands::options::DiagnoseOptions;
use crate::error::Failures;
use crate::system::environment::Environment;

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where there are any.
///
/// [`Error::Problems`]: crate::error::Error::Problems
pub(crate) fn run(options: DiagnoseOptions, environment: &Environment) -> Result<(), Failures> {
    match options {
        DiagnoseOptions::Pod(options) => pod::run(options, environment),
        DiagnoseOptions::Image(options) => offline::run(&options),
    }
}
