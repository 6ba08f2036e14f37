//! Answers as JSON.

use serde::Serialize;

use crate::manifest::error::ManifestError;
use crate::system::untrusted;

/// Returns an answer as indented JSON with a newline at its end; characters that
/// a terminal would act on are escaped.
///
/// # Errors
/// [`ManifestError::Render`].
pub(crate) fn render(answer: &impl Serialize) -> Result<String, ManifestError> {
    let text = serde_json::to_string_pretty(answer);
    text.map(|text| untrusted::escape_json(text) + "\n")
        .map_err(|_| ManifestError::Render("answer"))
}
