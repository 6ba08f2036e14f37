//! Turns values into tables, JSON and texts. Nothing here touches anything
//! outside the process.

pub(crate) mod diagnosis;
pub(crate) mod entries;
pub(crate) mod list_report;
pub(crate) mod listing;
pub(crate) mod pod_diagnosis;
