//! What aliases repeat, counted while a stream is parsed.
//!
//! A reader of the data sees what an alias stands for again and again: a few
//! lines can stand for more than fits into memory. Kubernetes' own reader
//! (`go.yaml.in/yaml/v2` 2.4, `decode.go`) refuses an alias inside its own anchor,
//! and from 400,000 values on a document that is mostly aliases.

use std::collections::HashMap;

use super::Fault;

/// Most that the aliases of one stream may repeat, in bytes: as much as the
/// largest manifest that is read.
const MAX_REPEATED: usize = 64 * 1024 * 1024;

/// What a part counts beside its text, in bytes.
const PART: usize = 64;

/// The sizes of the anchored parts of a document.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// By anchor, of the parts that have ended.
    sizes: HashMap<usize, usize>,
    /// Anchor and size so far of the collections that have not ended.
    open: Vec<(usize, usize)>,
    repeated: usize,
}

impl Aliases {
    /// Counts a scalar with a text of so many bytes.
    pub(super) fn scalar(&mut self, anchor: usize, length: usize) {
        self.add(anchor, PART.saturating_add(length));
    }

    /// Counts the start of a collection.
    pub(super) fn start(&mut self, anchor: usize) {
        self.open.push((anchor, PART));
    }

    /// Counts the end of a collection.
    pub(super) fn end(&mut self) {
        if let Some((anchor, size)) = self.open.pop() {
            self.add(anchor, size);
        }
    }

    /// Counts what an alias repeats.
    ///
    /// # Errors
    /// [`Fault::OwnAnchor`], [`Fault::Expansion`].
    pub(super) fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Fault> {
        // What has no size yet has not ended.
        let Some(size) = self.sizes.get(&anchor).copied() else {
            return Err(Fault::OwnAnchor { line });
        };
        self.repeated = self.repeated.saturating_add(size);
        if self.repeated > MAX_REPEATED {
            return Err(Fault::Expansion { line });
        }
        self.add(0, size);
        Ok(())
    }

    /// Forgets the anchors of a document that has ended.
    pub(super) fn end_document(&mut self) {
        self.sizes.clear();
        self.open.clear();
    }

    fn add(&mut self, anchor: usize, size: usize) {
        if anchor != 0 {
            self.sizes.insert(anchor, size);
        }
        if let Some((_, outer)) = self.open.last_mut() {
            *outer = outer.saturating_add(size);
        }
    }
}
