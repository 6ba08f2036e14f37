//! YAML as a tree that knows where each part stands in the text.

use std::borrow::Cow;
use std::collections::BTreeSet;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::Fault;

/// A part of a document.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) shape: Shape<'t>,
    /// Bytes from the start of the text. Of a block collection the first part.
    pub(super) start: usize,
    /// Of a block collection the end of its last part.
    pub(super) end: usize,
    /// From 1.
    pub(super) line: usize,
    /// 0 is none.
    pub(super) anchor: usize,
    /// Of a map key, value, key, value.
    pub(super) children: Vec<Self>,
}

/// What a part is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape<'t> {
    Scalar {
        text: Cow<'t, str>,
        /// `|` or `>`: its end is not where its text ends.
        is_block: bool,
        is_plain: bool,
    },
    Map {
        is_flow: bool,
    },
    List {
        is_flow: bool,
    },
    /// Of this anchor.
    Alias(usize),
}

/// One document of a stream.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) root: Node<'t>,
    /// Anchors that something refers to.
    aliased: BTreeSet<usize>,
}

/// What is told of a stream.
pub(super) enum Part<'t> {
    /// A document starts; where its `---` stands, if it has one.
    Start(Option<usize>),
    /// All that is in it; nothing for an empty one.
    Content(Tree<'t>),
    /// It has ended; where the next may start, and whether that is after its `...`.
    End(usize, bool),
}

/// Tells each document of a stream.
///
/// # Errors
/// [`Fault::Syntax`]; whatever `tell` refuses.
pub(super) fn parse<'t>(
    text: &'t str,
    mut tell: impl FnMut(Part<'t>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut open: Vec<Node<'t>> = Vec::new();
    let mut aliased = BTreeSet::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Fault::Syntax { line: error.marker().line() })?;
        let finished = match event {
            Event::DocumentStart(is_explicit, _) => {
                tell(Part::Start(is_explicit.then(|| start(&span))))?;
                None
            }
            Event::DocumentEnd => {
                let end = end(&span);
                tell(Part::End(end, end > start(&span)))?;
                aliased.clear();
                None
            }
            Event::Alias(anchor) => {
                aliased.insert(anchor);
                Some(Node::new(Shape::Alias(anchor), 0, &span))
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let is_plain = style == ScalarStyle::Plain;
                Some(Node::new(Shape::Scalar { text, is_block, is_plain }, anchor, &span))
            }
            Event::MappingStart(style, anchor, _) => {
                let is_flow = style == StructureStyle::Flow;
                open.push(Node::new(Shape::Map { is_flow }, anchor, &span));
                None
            }
            Event::SequenceStart(style, anchor, _) => {
                let is_flow = style == StructureStyle::Flow;
                open.push(Node::new(Shape::List { is_flow }, anchor, &span));
                None
            }
            Event::MappingEnd | Event::SequenceEnd => open.pop().map(|node| node.closed(&span)),
            _ => None,
        };
        match (finished, open.last_mut()) {
            (Some(node), Some(parent)) => parent.children.push(node),
            (Some(root), None) => {
                tell(Part::Content(Tree { root, aliased: std::mem::take(&mut aliased) }))?;
            }
            (None, _) => {}
        }
    }
    Ok(())
}

fn start(span: &Span) -> usize {
    span.start.byte_offset().unwrap_or_default()
}

fn end(span: &Span) -> usize {
    span.end.byte_offset().unwrap_or_default()
}

impl<'t> Node<'t> {
    fn new(shape: Shape<'t>, anchor: usize, span: &Span) -> Self {
        let (start, end, line) = (start(span), end(span), span.start.line());
        Self { shape, start, end, line, anchor, children: Vec::new() }
    }

    /// The parser's end of a block collection is where the next token starts.
    fn closed(mut self, span: &Span) -> Self {
        self.end = if self.is_flow() {
            end(span)
        } else {
            self.children.last().map_or(self.end, |child| child.end)
        };
        self
    }

    pub(super) fn is_flow(&self) -> bool {
        matches!(self.shape, Shape::Map { is_flow: true } | Shape::List { is_flow: true })
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.shape, Shape::Map { .. })
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Keys with their values.
    pub(super) fn members(&self) -> impl Iterator<Item = (&Self, &Self)> {
        let children: &[Self] = if self.is_map() { &self.children } else { &[] };
        children.chunks_exact(2).filter_map(|pair| match pair {
            [key, value] => Some((key, value)),
            _ => None,
        })
    }

    /// The last member of this name, with its key, and whether there are several.
    pub(super) fn member(&self, name: &str) -> Option<(&Self, &Self, bool)> {
        let mut found = self.members().filter(|(key, _)| key.text() == Some(name));
        let first = found.next()?;
        let (key, value) = found.last().map_or(first, |last| last);
        Some((key, value, !std::ptr::eq(first.0, key)))
    }
}

impl Tree<'_> {
    /// Whether an edit of this part would show elsewhere too.
    pub(super) fn is_shared(&self, node: &Node<'_>) -> bool {
        node.anchor != 0 && self.aliased.contains(&node.anchor)
    }

    /// The part itself, or what it is an alias of.
    pub(super) fn resolve<'n>(&'n self, node: &'n Node<'n>) -> &'n Node<'n> {
        match node.shape {
            Shape::Alias(anchor) => self.anchored(anchor).unwrap_or(node),
            _ => node,
        }
    }

    fn anchored(&self, anchor: usize) -> Option<&Node<'_>> {
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            if node.anchor == anchor {
                return Some(node);
            }
            waiting.extend(&node.children);
        }
        None
    }

    /// A member as a reader of the data sees it: behind aliases, and behind a
    /// merge key where the map has none of its own.
    pub(super) fn look<'n>(&'n self, node: &'n Node<'n>, name: &str) -> Option<&'n Node<'n>> {
        let node = self.resolve(node);
        if let Some((_, value, _)) = node.member(name) {
            return Some(self.resolve(value));
        }
        let (_, merged, _) = node.member("<<")?;
        let merged = self.resolve(merged);
        let several = if merged.is_map() { std::slice::from_ref(merged) } else { &merged.children };
        let mut maps = several.iter().map(|map| self.resolve(map));
        maps.find_map(|map| map.member(name)).map(|(_, value, _)| self.resolve(value))
    }

    /// The items of a list, none of anything else.
    pub(super) fn items<'n>(&'n self, node: Option<&'n Node<'n>>) -> &'n [Node<'n>] {
        match node.map(|node| self.resolve(node)) {
            Some(Node { shape: Shape::List { .. }, children, .. }) => children,
            _ => &[],
        }
    }
}
