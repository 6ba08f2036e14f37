//! YAML as a tree that knows where each part stands in the text.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::Fault;
use super::aliases::Aliases;
use crate::manifest::pod_spec::View;

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
pub(super) struct Content<'t> {
    pub(super) root: Node<'t>,
    /// Anchors that something refers to.
    aliased: HashSet<usize>,
}

/// A document with an index of its anchors.
#[derive(Debug)]
pub(super) struct Tree<'n, 't> {
    pub(super) root: &'n Node<'t>,
    /// The parts that something refers to, by their anchors.
    anchored: HashMap<usize, &'n Node<'t>>,
}

/// A part as a reader of the data sees it: never an alias.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'n, 't> {
    text: &'n str,
    tree: &'n Tree<'n, 't>,
    pub(super) node: &'n Node<'t>,
}

/// What was read of a stream.
pub(super) enum Part<'t> {
    /// A document starts; where its `---` stands, if it has one.
    Start(Option<usize>),
    /// All that is in it; nothing for an empty one.
    Content(Content<'t>),
    /// It has ended; where the next may start, and whether that is after its `...`.
    End(usize, bool),
}

/// Tells each document of a stream.
///
/// # Errors
/// [`Fault::Syntax`], [`Fault::OwnAnchor`], [`Fault::Expansion`]; whatever `tell`
/// refuses.
pub(super) fn parse<'t>(
    text: &'t str,
    mut tell: impl FnMut(Part<'t>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut open: Vec<Node<'t>> = Vec::new();
    let mut aliased = HashSet::new();
    let mut aliases = Aliases::default();
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
                aliases.end_document();
                None
            }
            Event::Alias(anchor) => {
                aliases.alias(anchor, span.start.line())?;
                aliased.insert(anchor);
                Some(Node::new(Shape::Alias(anchor), 0, &span))
            }
            Event::Scalar(text, style, anchor, _) => {
                aliases.scalar(anchor, text.len());
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let is_plain = style == ScalarStyle::Plain;
                Some(Node::new(Shape::Scalar { text, is_block, is_plain }, anchor, &span))
            }
            Event::MappingStart(style, anchor, _) => {
                let is_flow = style == StructureStyle::Flow;
                aliases.start(anchor);
                open.push(Node::new(Shape::Map { is_flow }, anchor, &span));
                None
            }
            Event::SequenceStart(style, anchor, _) => {
                let is_flow = style == StructureStyle::Flow;
                aliases.start(anchor);
                open.push(Node::new(Shape::List { is_flow }, anchor, &span));
                None
            }
            Event::MappingEnd | Event::SequenceEnd => {
                aliases.end();
                open.pop().map(|node| node.closed(&span))
            }
            _ => None,
        };
        match (finished, open.last_mut()) {
            (Some(node), Some(parent)) => parent.children.push(node),
            (Some(root), None) => {
                tell(Part::Content(Content { root, aliased: std::mem::take(&mut aliased) }))?;
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

impl<'t> Content<'t> {
    /// The document with an index of its anchors.
    pub(super) fn tree(&self) -> Tree<'_, 't> {
        let mut anchored = HashMap::new();
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop().filter(|_| anchored.len() < self.aliased.len()) {
            if self.aliased.contains(&node.anchor) {
                anchored.insert(node.anchor, node);
            }
            waiting.extend(&node.children);
        }
        Tree { root: &self.root, anchored }
    }
}

impl<'n, 't> Tree<'n, 't> {
    /// Whether an edit of this part would show elsewhere too.
    pub(super) fn is_shared(&self, node: &Node<'_>) -> bool {
        node.anchor != 0 && self.anchored.contains_key(&node.anchor)
    }

    /// The part itself, or what it is an alias of.
    fn resolve(&self, node: &'n Node<'t>) -> &'n Node<'t> {
        match node.shape {
            Shape::Alias(anchor) => self.anchored.get(&anchor).copied().unwrap_or(node),
            _ => node,
        }
    }

    /// The whole document of this text, as a reader of the data sees it.
    pub(super) fn view(&'n self, text: &'n str) -> Seen<'n, 't> {
        Seen { text, tree: self, node: self.resolve(self.root) }
    }
}

impl<'n, 't> Seen<'n, 't> {
    fn at(self, node: &'n Node<'t>) -> Self {
        Self { node: self.tree.resolve(node), ..self }
    }

    /// Whether the part is the truth value `true`.
    pub(super) fn is_true(self) -> bool {
        matches!(&self.node.shape, Shape::Scalar { text, is_plain: true, .. } if text == "true")
    }

    /// Keys with their values, where both are texts.
    pub(super) fn texts(self) -> impl Iterator<Item = (&'n str, &'n str)> {
        self.node
            .members()
            .filter_map(move |(key, value)| Some((key.text()?, self.at(value).node.text()?)))
    }
}

impl<'n> View<'n> for Seen<'n, '_> {
    fn own(self, name: &str) -> Option<Self> {
        self.node.member(name).map(|(_, value, _)| self.at(value))
    }

    fn is_map(self) -> bool {
        self.node.is_map()
    }

    fn items(self) -> impl DoubleEndedIterator<Item = Self> {
        let children: &[Node<'_>] = match self.node.shape {
            Shape::List { .. } => &self.node.children,
            _ => &[],
        };
        children.iter().map(move |item| self.at(item))
    }

    fn text(self) -> Option<&'n str> {
        match &self.node.shape {
            Shape::Scalar { text, is_plain, .. } if !is_plain || is_text(text) => Some(text),
            _ => None,
        }
    }

    fn template_line(self) -> Option<usize> {
        let is_template = match self.node.text() {
            Some(text) => text.contains("{{"),
            None => self.text.get(self.node.start..).is_some_and(|rest| rest.starts_with("{{")),
        };
        is_template.then_some(self.node.line)
    }
}

/// Whether a plain scalar is a text, and no number, truth value or null.
fn is_text(plain: &str) -> bool {
    let may_be_other = match plain.bytes().next() {
        None | Some(b'0'..=b'9' | b'+' | b'-' | b'.') => true,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => plain.len() <= "false".len(),
        Some(_) => false,
    };
    !may_be_other || serde_yaml::from_str::<serde_yaml::Value>(plain).is_ok_and(|it| it.is_string())
}
