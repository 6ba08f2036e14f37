//! `version`: which version this is, and what it was built from.

use serde::Serialize;

use crate::commands::options::{VersionForm, VersionOptions};
use crate::error::Error;
use crate::output::{json, yaml};
use crate::system::output_stream;

/// The version; its JSON is a contract: fields are added, never renamed. The commit
/// and its date are null in a build without git.
#[derive(Serialize)]
struct Build {
    version: &'static str,
    commit: Option<&'static str>,
    date: Option<&'static str>,
}

const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: option_env!("REGCRED_COMMIT"),
    date: option_env!("REGCRED_DATE"),
};

/// Runs the command.
///
/// # Errors
/// [`Error::Output`].
pub(crate) fn run(options: &VersionOptions) -> Result<(), Error> {
    Ok(output_stream::print(&match options.output {
        VersionForm::Text => BUILD.text(),
        VersionForm::Json => json::render(&BUILD)?,
        VersionForm::Yaml => yaml::render(&BUILD)?,
    })?)
}

impl Build {
    fn text(&self) -> String {
        let built: Vec<&str> = self.commit.into_iter().chain(self.date).collect();
        let built =
            if built.is_empty() { String::new() } else { format!(" ({})", built.join(" ")) };
        format!("kubectl-regcred {}{built}\n", self.version)
    }
}
