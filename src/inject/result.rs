//! The edited texts: each has to hold what was meant, and nothing else.

use zeroize::Zeroizing;

use super::Manifest;
use crate::error::Error;
use crate::manifest::edit::{self, Edit, Kind, Object, Stream};

/// Returns the text with these changes; none where there are none. The objects
/// that are read from it have to be those of before, with references to these
/// pull Secrets at most.
///
/// # Errors
/// `ManifestError::NotEditable` where anything else is read.
pub(super) fn edited(
    manifest: &Manifest,
    edits: Vec<Edit>,
    names: &[String],
) -> Result<Option<Zeroizing<String>>, Error> {
    if edits.is_empty() {
        return Ok(None);
    }
    let text = edit::apply(&manifest.text, edits);
    match edit::read(&text) {
        Ok(after) if is_meant(&manifest.stream, &after, names) => Ok(Some(text)),
        _ => Err(manifest.not_meant()),
    }
}

/// Whether nothing but references to these pull Secrets, and Secrets, differs.
fn is_meant(before: &Stream, after: &Stream, names: &[String]) -> bool {
    let (before, after) = (without_secrets(before), without_secrets(after));
    before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| is_same_but_for(names, before, after))
}

fn without_secrets(stream: &Stream) -> Vec<&Object> {
    stream.objects.iter().filter(|object| object.kind != Kind::Secret).collect()
}

fn is_same_but_for(names: &[String], before: &Object, after: &Object) -> bool {
    let is_kept = after.pull_secrets.starts_with(&before.pull_secrets);
    let mut added = after.pull_secrets.iter().skip(before.pull_secrets.len());
    is_kept
        && added.all(|name| names.contains(name))
        && (&before.kind, &before.name, &before.images) == (&after.kind, &after.name, &after.images)
}

/// Returns the manifests one after the other, as one stream; `texts` are their
/// new texts, where they changed.
pub(crate) fn join(
    manifests: &[Manifest],
    texts: &[Option<Zeroizing<String>>],
) -> Zeroizing<String> {
    let texts: Vec<&Zeroizing<String>> = manifests
        .iter()
        .zip(texts)
        .map(|(manifest, text)| text.as_ref().unwrap_or(&manifest.text))
        .collect();
    let size = texts.iter().map(|text| text.len() + 8).sum();
    let mut stream = Zeroizing::new(String::with_capacity(size));
    let mut was_json = true;
    for (manifest, text) in manifests.iter().zip(texts) {
        let is_json = manifest.stream.is_json();
        if !stream.is_empty() {
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
            let is_separate = text.starts_with("---") || (was_json && is_json);
            stream.push_str(if is_separate { "" } else { "---\n" });
        }
        stream.push_str(text);
        was_json = is_json;
    }
    stream
}
