//! `diagnose`: which credentials the kubelet tries, and why a pull fails.

mod offline;
mod pod;

use crate::cli::DiagnoseArguments;
use crate::error::{Error, Failures};
use crate::selection::verification;
use crate::system::environment::Environment;
use crate::system::files;

/// Runs the command.
///
/// # Errors
/// What cannot be read; [`Error::Problems`] where anything is amiss.
pub fn run(arguments: &DiagnoseArguments, environment: &Environment) -> Result<(), Failures> {
    let from_stdin = arguments.filenames.iter().filter(|path| files::is_stdin(path)).count();
    if from_stdin > 1 {
        return Err(Error::StdinTwice { first: "--filename", second: "--filename" }.into());
    }
    match (&arguments.pod, &arguments.image) {
        (Some(name), None) => pod::run(name, arguments, environment),
        (None, Some(image)) => {
            check_offline(arguments)?;
            offline::run(image, arguments)
        }
        _ => {
            let hint = "name it: kubectl regcred diagnose POD, or --image REFERENCE -f FILE";
            Err(Error::usage("diagnose needs a Pod, or an image with manifests", hint).into())
        }
    }
}

fn check_offline(arguments: &DiagnoseArguments) -> Result<(), Error> {
    verification::is_wanted(arguments.verify, &arguments.trust)?;
    let asks = arguments.verify || arguments.namespace.is_some();
    if asks || !arguments.kubectl.passed_on().is_empty() {
        let problem = "with --image nothing is asked of a cluster or a registry";
        let hint = "leave the flags for them out, or ask the registry: kubectl regcred verify";
        return Err(Error::usage(problem, hint));
    }
    Ok(())
}
