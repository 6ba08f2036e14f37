//! From values to tables, JSON and texts. Pure: the commands print what is returned.

pub(crate) mod diagnosis;
pub(crate) mod entries;
pub(crate) mod json;
pub(crate) mod list_report;
pub(crate) mod listing;
pub(crate) mod pod_diagnosis;
pub(crate) mod table;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Columns.
    Table,
    /// One JSON object.
    Json,
}

/// The form of the list of pull Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListForm {
    /// Columns.
    Table,
    /// With kinds of credentials, and names instead of numbers.
    Wide,
    /// One JSON object.
    Json,
    /// `secret/NAME`, a line each: nothing of their content is read.
    Name,
}
