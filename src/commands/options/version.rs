//! `version`.

use crate::cli::{VersionArguments, VersionForm as VersionFormArgument};

/// `version`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct VersionOptions {
    /// The format of the answer.
    pub(crate) output: VersionForm,
}

/// The format of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionForm {
    /// A line.
    Text,
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
}

impl VersionOptions {
    pub(super) fn of(arguments: &VersionArguments) -> Self {
        let output = match arguments.output {
            VersionFormArgument::Text => VersionForm::Text,
            VersionFormArgument::Json => VersionForm::Json,
            VersionFormArgument::Yaml => VersionForm::Yaml,
        };
        Self { output }
    }
}
