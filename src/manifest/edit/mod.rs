//! Existing manifests with references to pull Secrets put in: every byte that
//! was there stays.
//!
//! The positions are `granit-parser`'s. Of the maintained crates that tell
//! positions it alone gives bytes, accepts what Kubernetes' own reader accepts
//! (quoted texts and braces that continue at the margin, long comments, block
//! scalars without a final line end), and limits its depth; `saphyr-parser`
//! counts characters and is stricter, `libyaml-safer` panics on a block scalar
//! without a final line end, `yaml-edit` and `yamlpatch` write a style of their own.
//! Since ends of block collections are not exact in any of them, a missing list
//! is written before a member, and only an existing one is appended to.

mod objects;
mod slot;
mod tree;

#[cfg(test)]
#[allow(clippy::format_push_string, reason = "short in tests")]
mod tests;

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::manifest::documents::Document;
use crate::manifest::render::{Format, render};
pub use objects::{Kind, Object, SecretObject};
use tree::{Part, Tree};

/// Why a text cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is neither YAML nor JSON near this line, from 1.
    Syntax {
        /// From 1.
        line: usize,
    },
    /// It is a template that has to be rendered first.
    Template {
        /// From 1.
        line: usize,
    },
}

/// Why a place cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// From 1.
    pub line: usize,
    /// What is there.
    pub reason: &'static str,
}

/// A stream of documents, as far as it matters here.
#[derive(Debug)]
pub struct Stream {
    /// In the order of the text.
    pub objects: Vec<Object>,
    documents: Vec<Place>,
    is_json: bool,
}

/// Where a document stands.
#[derive(Debug)]
struct Place {
    /// Where another document can be put before it.
    before: usize,
    lead: Lead,
    /// Where its content starts; none where it shares the line of its marker.
    body: Option<usize>,
    end: usize,
}

/// What a document before it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// There is a `---` before it.
    Marker,
    /// A directive, which has to follow a `...`.
    Directive,
    /// Nothing.
    None,
    /// It is JSON.
    Json,
    /// The same, and the place is inside the brackets of a list's items.
    JsonItem,
}

/// A change of the text. What is put in may hold a credential.
#[derive(Debug)]
pub struct Edit {
    at: usize,
    end: usize,
    text: Zeroizing<String>,
}

/// Reads a stream of YAML documents, or of JSON objects.
///
/// # Errors
/// [`Fault`].
pub fn read(text: &str) -> Result<Stream, Fault> {
    let mut stream = Stream { objects: Vec::new(), documents: Vec::new(), is_json: false };
    let result = match json_values(text) {
        Some(values) => {
            stream.is_json = true;
            values.into_iter().try_for_each(|(start, end)| stream.add_json(text, start, end))
        }
        None => stream.add_yaml(text),
    };
    result.map_err(|fault| as_template(text, fault)).map(|()| stream)
}

/// A text that fails near `{{` is a template.
fn as_template(text: &str, fault: Fault) -> Fault {
    let Fault::Syntax { line } = fault else { return fault };
    let near = text.lines().enumerate().skip(line.saturating_sub(3)).take(4);
    let mut templates = near.filter(|(_, line)| line.contains("{{"));
    templates.next().map_or(fault, |(index, _)| Fault::Template { line: index + 1 })
}

/// Where each value of a stream of JSON stands; none where it is none.
fn json_values(text: &str) -> Option<Vec<(usize, usize)>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut values = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(value) = stream.next() {
        value.ok()?;
        let rest = text.get(from..)?;
        values.push((from + rest.len() - rest.trim_start().len(), stream.byte_offset()));
        from = stream.byte_offset();
    }
    Some(values)
}

impl Stream {
    fn add_yaml(&mut self, text: &str) -> Result<(), Fault> {
        let mut free = if text.starts_with('\u{feff}') { 3 } else { 0 };
        tree::parse(text, |part| {
            match part {
                Part::Start(marker) => self.documents.push(place(text, free, marker)),
                Part::Content(tree) => {
                    let document = self.documents.len().saturating_sub(1);
                    self.objects.extend(objects::find(text, &tree, document)?);
                }
                Part::End(end, has_dots) => {
                    let rest = text.get(end..).filter(|_| has_dots);
                    let line = rest.and_then(|rest| rest.split_inclusive('\n').next());
                    free = end + line.map_or(0, str::len);
                }
            }
            Ok(())
        })?;
        let starts: Vec<usize> = self.documents.iter().skip(1).map(|place| place.before).collect();
        for (place, next) in self.documents.iter_mut().zip(starts.into_iter().chain([text.len()])) {
            place.end = next;
        }
        Ok(())
    }

    fn add_json(&mut self, text: &str, start: usize, end: usize) -> Result<(), Fault> {
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let (start, end) = (start + bom, end + bom);
        let lines = text.get(..start).unwrap_or_default().matches('\n').count();
        let value = text.get(start..end).unwrap_or_default();
        let document = self.documents.len();
        let mut place = Place { before: start, lead: Lead::Json, body: Some(start), end };
        let first = self.objects.len();
        tree::parse(value, |part| {
            if let Part::Content(tree) = part {
                if let Some(inside) = items_start(&tree) {
                    (place.before, place.lead) = (start + inside, Lead::JsonItem);
                }
                self.objects.extend(objects::find(value, &tree, document)?);
            }
            Ok(())
        })
        .map_err(|fault| match fault {
            Fault::Syntax { line } => Fault::Syntax { line: line + lines },
            Fault::Template { line } => Fault::Template { line: line + lines },
        })?;
        for object in self.objects.iter_mut().skip(first) {
            object.line += lines;
            match &mut object.slot {
                Ok(slot) => slot.at += start,
                Err(refusal) => refusal.line += lines,
            }
        }
        self.documents.push(place);
        Ok(())
    }

    /// Lets an object refer to these pull Secrets; nothing where it does already.
    ///
    /// # Errors
    /// Where it cannot be edited safely.
    pub fn refer(&self, object: &Object, names: &[String]) -> Result<Option<Edit>, Refusal> {
        let missing: Vec<&str> = names
            .iter()
            .filter(|name| !object.pull_secrets.contains(name))
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let slot = object.slot.as_ref().map_err(Clone::clone)?;
        Ok(Some(Edit { at: slot.at, end: slot.at, text: Zeroizing::new(slot.text(&missing)) }))
    }

    /// Puts a Secret before a document.
    ///
    /// # Errors
    /// [`Error::Render`].
    pub fn put_before(
        &self,
        text: &str,
        document: usize,
        secret: &Document,
    ) -> Result<Edit, Error> {
        let Some(place) = self.documents.get(document) else {
            return Err(Error::Render("Secret"));
        };
        let (before, after) = match place.lead {
            Lead::Marker => ("---\n", ""),
            Lead::Directive => ("---\n", "...\n"),
            Lead::None => ("", "---\n"),
            Lead::Json => ("", ""),
            Lead::JsonItem => ("", ", "),
        };
        let mut body = self.rendered(secret)?;
        if place.lead == Lead::JsonItem {
            let length = body.trim_end().len();
            body.truncate(length);
        }
        let mut put = Zeroizing::new(format!("{before}{}{after}", body.as_str()));
        if text.contains("\r\n") {
            *put = put.replace('\n', "\r\n");
        }
        Ok(Edit { at: place.before, end: place.before, text: put })
    }

    /// Replaces the whole document of an object by a Secret.
    ///
    /// # Errors
    /// [`Error::Render`]; none where it shares its document with something else.
    pub fn replace(
        &self,
        text: &str,
        object: &Object,
        secret: &Document,
    ) -> Result<Option<Edit>, Error> {
        let place = self.documents.get(object.document).filter(|_| object.is_whole);
        let Some((body, end)) = place.and_then(|place| Some((place.body?, place.end))) else {
            return Ok(None);
        };
        let old = text.get(body..end).unwrap_or_default();
        // What ends the document stays.
        let end = old.find("\n...").map_or(end, |dots| body + dots + 1);
        let mut put = self.rendered(secret)?;
        if self.is_json {
            let length = put.trim_end().len();
            put.truncate(length);
        } else if text.contains("\r\n") {
            *put = put.replace('\n', "\r\n");
        }
        Ok(Some(Edit { at: body, end, text: put }))
    }

    fn rendered(&self, secret: &Document) -> Result<Zeroizing<String>, Error> {
        render(&[secret], if self.is_json { Format::Json } else { Format::Yaml })
    }

    /// Whether it is JSON.
    pub fn is_json(&self) -> bool {
        self.is_json
    }
}

/// Where a YAML document stands whose `---` is there; `free` is where the one
/// before it has ended for sure.
fn place(text: &str, free: usize, marker: Option<usize>) -> Place {
    let Some(marker) = marker else {
        return Place { before: free, lead: Lead::None, body: Some(free), end: text.len() };
    };
    let rest = text.get(marker + 3..).unwrap_or_default();
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let is_alone = line.trim().is_empty() || line.trim_start().starts_with('#');
    let body = is_alone.then_some(marker + 3 + line.len());
    let mut before = marker;
    // Directives belong to the document that follows them.
    let above = text.get(free..marker).unwrap_or_default();
    let directives = above.lines().position(|line| line.starts_with('%'));
    let lead = directives.map_or(Lead::Marker, |index| {
        let lines = above.split_inclusive('\n').take(index);
        before = free + lines.map(str::len).sum::<usize>();
        Lead::Directive
    });
    Place { before, lead, body, end: text.len() }
}

/// Where the items of a list start, in a document that is one.
fn items_start(tree: &Tree<'_>) -> Option<usize> {
    let kind = tree.root.member("kind")?.1.text()?;
    let items = tree.root.member("items").filter(|_| kind.ends_with("List"))?.1;
    Some(items.children.first()?.start)
}

/// The text with all of these changes, which may stand in any order; of several
/// at one place the first comes first.
pub fn apply(text: &str, mut edits: Vec<Edit>) -> Zeroizing<String> {
    edits.sort_by_key(|edit| edit.at);
    let size = text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>();
    let mut result = Zeroizing::new(String::with_capacity(size));
    let mut done = 0;
    for edit in &edits {
        result.push_str(text.get(done..edit.at).unwrap_or_default());
        result.push_str(&edit.text);
        done = edit.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}
