//! One file a command: straight-line code that asks the other rooms in order.

pub(crate) mod diagnose;
pub(crate) mod guided;
pub(crate) mod inject;
pub(crate) mod inspect;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod options;
pub(crate) mod pod;
pub(crate) mod rotate;
pub(crate) mod secret;
pub(crate) mod sources;
pub(crate) mod verify;
pub(crate) mod version;

use crate::commands::options::Options;
use crate::error::Failures;
use crate::selection::Replay;
use crate::system::environment::Environment;
use crate::system::output_stream;

/// Runs a command.
///
/// # Errors
/// Those of the command.
pub(crate) fn run(
    options: Options,
    environment: &Environment,
    replay: Replay,
) -> Result<(), Failures> {
    match options {
        Options::Secret(options) => secret::run(*options, environment, replay),
        Options::Pod(options) => pod::run(*options, environment, replay),
        Options::Inject(options) => inject::run(*options, environment, replay),
        Options::Link(change, options) => link::run(change, &options, environment),
        Options::Inspect(options) => inspect::run(&options, environment),
        Options::List(options) => list::run(&options, environment),
        Options::Rotate(options) => rotate::run(*options, environment, replay),
        Options::Verify(options) => verify::run(*options, environment, replay),
        Options::Diagnose(options) => diagnose::run(options, environment),
        Options::Sources(options) => sources::run(&options, environment),
        Options::Login(options) => login::login(options, environment, replay),
        Options::Logout(options) => login::logout(&options, environment),
        Options::Version(options) => Ok(version::run(&options)?),
        Options::Page(text) => Ok(output_stream::print(&text)?),
    }
}
