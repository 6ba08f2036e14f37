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

mod aliases;
mod misplaced;
mod objects;
mod removal;
mod slot;
mod tree;

#[cfg(test)]
mod limits;
#[cfg(test)]
#[allow(clippy::format_push_string, reason = "short in tests")]
mod tests;

use std::fmt;

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::manifest::documents::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::render::{Format, render};
pub(crate) use misplaced::{Misplaced, is_meant as is_meant_as_reference};
pub(crate) use objects::{Kind, Object, SecretObject};
pub(crate) use slot::NO_LIST;
use tree::{Content, Part};

/// Most objects that are read of one stream.
const MAX_OBJECTS: usize = 500_000;

/// Why a text cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
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
    /// An alias is inside the very part that it stands for.
    OwnAnchor {
        /// From 1.
        line: usize,
    },
    /// From this line on, aliases stand for more than is read.
    Expansion {
        /// From 1.
        line: usize,
    },
    /// There are more objects than are read.
    TooManyObjects,
}

impl Fault {
    /// The same in a text that starts after so many lines.
    fn below(self, lines: usize) -> Self {
        match self {
            Self::Syntax { line } => Self::Syntax { line: line + lines },
            Self::Template { line } => Self::Template { line: line + lines },
            Self::OwnAnchor { line } => Self::OwnAnchor { line: line + lines },
            Self::Expansion { line } => Self::Expansion { line: line + lines },
            Self::TooManyObjects => Self::TooManyObjects,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line } => {
                write!(formatter, "it is not valid YAML or JSON near line {line}")
            }
            Self::Template { line } => write!(formatter, "line {line} is a template"),
            Self::OwnAnchor { line } => {
                write!(formatter, "the alias in line {line} is inside its own anchor")
            }
            Self::Expansion { line } => {
                write!(formatter, "its aliases stand for more than 64 MiB, up to line {line}")
            }
            Self::TooManyObjects => write!(formatter, "it holds more than {MAX_OBJECTS} objects"),
        }
    }
}

/// Why a place cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// From 1.
    pub line: usize,
    /// What is there.
    pub reason: &'static str,
}

/// A stream of documents, as far as it matters here.
#[derive(Debug)]
pub(crate) struct Stream {
    /// In the order of the text.
    pub objects: Vec<Object>,
    most_objects: usize,
    /// Those that hold an object.
    documents: Vec<Extent>,
    is_json: bool,
    has_crlf: bool,
}

/// Where a document stands.
#[derive(Debug)]
struct Extent {
    /// Where a Secret for it goes.
    gap: Gap,
    /// Where its content starts; none where it shares the line of its marker.
    body: Option<usize>,
    end: usize,
}

/// Where another document can be put between two.
#[derive(Clone, Copy, Debug)]
struct Gap {
    at: usize,
    lead: Lead,
}

/// What a document before it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// There is a `---` before it.
    Marker,
    /// The same, and nothing but a `...` follows: without a `---` of its own that
    /// kubectl does not split at, Go's reader takes no `...` at the start.
    MarkerOfNothing,
    /// A directive, which has to follow a `...`.
    Directive,
    /// Nothing.
    None,
    /// It is JSON.
    Json,
    /// The same, inside the brackets of a list's items.
    JsonItem,
}

/// A change of the text. What is put in may hold a credential.
#[derive(Debug)]
pub(crate) struct Edit {
    at: usize,
    end: usize,
    text: Zeroizing<String>,
}

/// Reads a stream of YAML documents, or of JSON objects.
///
/// # Errors
/// [`Fault`].
pub(crate) fn read(text: &str) -> Result<Stream, Fault> {
    read_some(text, MAX_OBJECTS)
}

/// The same with at most so many objects.
fn read_some(text: &str, most_objects: usize) -> Result<Stream, Fault> {
    let mut stream = Stream {
        most_objects,
        objects: Vec::new(),
        documents: Vec::new(),
        is_json: false,
        has_crlf: text.contains("\r\n"),
    };
    let result = match json_values(text) {
        Some(values) => {
            stream.is_json = true;
            let (mut lines, mut counted) = (0, 0);
            values.into_iter().try_for_each(|(start, end)| {
                let before = text.get(counted..start).unwrap_or_default();
                lines += before.matches('\n').count();
                counted = start;
                stream.add_json(text, (start, end), lines)
            })
        }
        None => stream.add_yaml(text),
    };
    result.map_err(|fault| as_template(text, fault)).map(|()| stream)
}

/// Checks that a text can be read, and that its aliases stand for no more than is
/// read.
///
/// # Errors
/// [`Fault`].
pub(super) fn check(text: &str) -> Result<(), Fault> {
    tree::parse(text, |_| Ok(())).map_err(|fault| as_template(text, fault))
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
    let whole = text;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let bom = whole.len() - text.len();
    let mut values = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(value) = stream.next() {
        value.ok()?;
        let rest = text.get(from..)?;
        let start = from + rest.len() - rest.trim_start().len();
        from = stream.byte_offset();
        values.push((start + bom, from + bom));
    }
    Some(values)
}

impl Stream {
    fn add_yaml(&mut self, text: &str) -> Result<(), Fault> {
        let mut free = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let (mut pending, mut read_by_kubectl) = (None, None);
        let mut is_last_open = false;
        tree::parse(text, |part| {
            match part {
                Part::Start(marker) => {
                    let mut extent = extent(text, free, marker);
                    if let Some(last) = self.documents.last_mut().filter(|_| is_last_open) {
                        last.end = extent.gap.at;
                    }
                    is_last_open = false;
                    if marker.is_some_and(|marker| is_split(text, marker)) {
                        read_by_kubectl = None;
                    }
                    extent.gap = *read_by_kubectl.get_or_insert(extent.gap);
                    pending = Some(extent);
                }
                Part::Content(content) => {
                    if self.add_objects(text, &content)? {
                        self.documents.extend(pending.take());
                        is_last_open = true;
                    }
                }
                Part::End(end, has_dots) => {
                    let rest = text.get(end..).filter(|_| has_dots);
                    let line = rest.and_then(|rest| rest.split_inclusive('\n').next());
                    free = end + line.map_or(0, str::len);
                }
            }
            Ok(())
        })
    }

    /// Adds the objects of the document that comes next; whether there are any.
    fn add_objects(&mut self, text: &str, content: &Content<'_>) -> Result<bool, Fault> {
        let most = self.most_objects - self.objects.len();
        let found = objects::find(text, &content.tree(), self.documents.len(), most)?;
        let is_any = !found.is_empty();
        self.objects.extend(found);
        Ok(is_any)
    }

    /// Adds a value of a stream of JSON, which starts after so many lines.
    fn add_json(
        &mut self,
        text: &str,
        (start, end): (usize, usize),
        lines: usize,
    ) -> Result<(), Fault> {
        let value = text.get(start..end).unwrap_or_default();
        let gap = Gap { at: start, lead: Lead::Json };
        let mut extent = Extent { gap, body: Some(start), end };
        let first = self.objects.len();
        tree::parse(value, |part| {
            if let Part::Content(content) = part {
                if let Some(inside) = items_start(&content) {
                    extent.gap = Gap { at: start + inside, lead: Lead::JsonItem };
                }
                self.add_objects(value, &content)?;
            }
            Ok(())
        })
        .map_err(|fault| fault.below(lines))?;
        for object in self.objects.iter_mut().skip(first) {
            object.line += lines;
            object.misplaced.iter_mut().for_each(|one| one.shift(start, lines));
            match &mut object.slot {
                Ok(slot) => slot.at += start,
                Err(refusal) => refusal.line += lines,
            }
        }
        self.documents.push(extent);
        Ok(())
    }

    /// Lets an object refer to these pull Secrets; nothing where it does already.
    ///
    /// # Errors
    /// Where it cannot be edited safely.
    pub(crate) fn refer(object: &Object, names: &[String]) -> Result<Option<Edit>, Refusal> {
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

    /// Puts a Secret before a document: where kubectl reads the Secret, and after
    /// it the same documents as before.
    ///
    /// # Errors
    /// [`ManifestError::Render`].
    pub(crate) fn put_before(
        &self,
        document: usize,
        secret: &Document,
    ) -> Result<Edit, ManifestError> {
        let Some(extent) = self.documents.get(document) else {
            return Err(ManifestError::Render("Secret"));
        };
        let (before, after) = match extent.gap.lead {
            Lead::Marker => ("---\n", ""),
            Lead::MarkerOfNothing => ("---\n", "---\n"),
            Lead::Directive => ("---\n", "...\n"),
            Lead::None => ("", "---\n"),
            Lead::Json => ("", ""),
            Lead::JsonItem => ("", ", "),
        };
        let mut body = self.rendered(secret)?;
        if extent.gap.lead == Lead::JsonItem {
            let length = body.trim_end().len();
            body.truncate(length);
        }
        let mut put = Zeroizing::new(format!("{before}{}{after}", body.as_str()));
        if self.has_crlf {
            *put = put.replace('\n', "\r\n");
        }
        Ok(Edit { at: extent.gap.at, end: extent.gap.at, text: put })
    }

    /// Replaces the whole document of an object by a Secret.
    ///
    /// # Errors
    /// [`ManifestError::Render`]; none where it shares its document with something else.
    pub(crate) fn replace(
        &self,
        text: &str,
        object: &Object,
        secret: &Document,
    ) -> Result<Option<Edit>, ManifestError> {
        let extent = self.documents.get(object.document).filter(|_| object.is_whole);
        let Some((body, end)) = extent.and_then(|extent| Some((extent.body?, extent.end))) else {
            return Ok(None);
        };
        let old = text.get(body..end).unwrap_or_default();
        // The text that is put in ends its line: the next document would begin one,
        // and be read by kubectl, which reads on over a lone carriage return.
        if old.ends_with('\r') {
            return Ok(None);
        }
        // What ends the document stays.
        let end = old.find("\n...").map_or(end, |dots| body + dots + 1);
        let mut put = self.rendered(secret)?;
        if self.is_json {
            let length = put.trim_end().len();
            put.truncate(length);
        } else if self.has_crlf {
            *put = put.replace('\n', "\r\n");
        }
        Ok(Some(Edit { at: body, end, text: put }))
    }

    fn rendered(&self, secret: &Document) -> Result<Zeroizing<String>, ManifestError> {
        render(&[secret], if self.is_json { Format::Json } else { Format::Yaml })
    }

    /// Whether it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }
}

/// Where a YAML document stands whose `---` is there; `free` is where the one
/// before it has ended for sure.
fn extent(text: &str, free: usize, marker: Option<usize>) -> Extent {
    let Some(marker) = marker else {
        let gap = Gap { at: free, lead: Lead::None };
        return Extent { gap, body: Some(free), end: text.len() };
    };
    let rest = text.get(marker + 3..).unwrap_or_default();
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let is_alone = line.trim().is_empty() || line.trim_start().starts_with('#');
    let body = is_alone.then_some(marker + 3 + line.len());
    // Directives belong to the document that follows them.
    let above = text.get(free..marker).unwrap_or_default();
    let directives = above.lines().position(|line| line.starts_with('%'));
    let mut below = rest.lines().skip(1).map(str::trim_start);
    let content = below.find(|line| !line.is_empty() && !line.starts_with('#'));
    let is_nothing = content.is_some_and(|line| line.starts_with("..."));
    let lead = if is_nothing { Lead::MarkerOfNothing } else { Lead::Marker };
    let gap = match directives {
        None => Gap { at: marker, lead },
        Some(index) => {
            let lines = above.split_inclusive('\n').take(index);
            Gap { at: free + lines.map(str::len).sum::<usize>(), lead: Lead::Directive }
        }
    };
    Extent { gap, body, end: text.len() }
}

/// Whether kubectl starts a new document at this `---`. It splits a stream at lines
/// that start with `---`, and reads the first document of each part alone: what
/// follows a bare `...` it never sees, nor a `---` that only a carriage return has
/// put on a line of its own. A Secret for such a document goes before the part,
/// since anywhere further down kubectl would either miss the Secret or apply a
/// document that it passed over before.
/// Source: k8s.io/apimachinery 0.37, `pkg/util/yaml/decoder.go` (`YAMLReader`).
fn is_split(text: &str, marker: usize) -> bool {
    text.get(..marker).is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}

/// Where the items of a list start, in a document that is one.
fn items_start(content: &Content<'_>) -> Option<usize> {
    let kind = content.root.member("kind")?.1.text()?;
    let items = content.root.member("items").filter(|_| kind.ends_with("List"))?.1;
    Some(items.children.first()?.start)
}

/// The text with all of these changes, which may stand in any order; of several
/// at one offset the first comes first.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> Zeroizing<String> {
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
