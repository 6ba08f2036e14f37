//! From values to tables, JSON and texts. Pure: the commands print what is returned.

pub(crate) mod diagnosis;
pub(crate) mod entries;
pub(crate) mod json;
pub(crate) mod list_report;
pub(crate) mod listing;
pub(crate) mod pod_diagnosis;
pub(crate) mod rotation;
pub(crate) mod running_report;
pub(crate) mod table;
pub(crate) mod verification_report;
pub(crate) mod yaml;

/// Whether a table begins with a line of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Headers {
    /// It does.
    Shown,
    /// It holds data only, for scripts.
    Omitted,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Columns.
    Table(Headers),
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
}

/// The form of the list of pull Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListForm {
    /// Columns.
    Table(Headers),
    /// With kinds of credentials, and names instead of numbers.
    Wide(Headers),
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
    /// `secret/NAME`, a line each: nothing of their content is read.
    Name,
}
