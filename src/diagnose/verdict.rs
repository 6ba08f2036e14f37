//! What keeps an image from being pulled, and the one thing to do about it.

use serde::Serialize;

use crate::diagnose::verdict_code::VerdictCode;

/// A verdict; its JSON is a contract: fields are added, never renamed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) code: VerdictCode,
    pub(crate) message: String,
    /// One thing to paste or change; empty where nothing has to be done.
    pub(crate) hint: String,
}

impl Verdict {
    pub(crate) fn new(
        code: VerdictCode,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }
}
