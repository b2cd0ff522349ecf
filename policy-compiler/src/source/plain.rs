//! The tree of a plain document: one without anchors, tags and complex keys, as nearly all are.
//!
//! Reading the parser's events takes half the time of reading values through serde, and memory
//! for no more than the tree. Whatever is not plain, mistakes above all, is left to
//! [`read_document`](super::read_document), which alone says what such a document means.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};

use super::read::{MAX_NODES, scalar_kind};
use super::{Node, Scalar, ScalarKind, Value};
use crate::progress::{OFTEN, Watcher};
use crate::text::{SourceFile, Span};

/// Deeper documents are not plain; a policy needs eight.
const MAX_PLAIN_DEPTH: usize = 16;

/// The tree of a document, if it is plain.
pub(super) fn read_plain<'t>(file: &'t SourceFile, watcher: &Watcher) -> Option<Node<'t>> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let parser = Parser::new_from_str_with_options(file.text(), options);
    let mut reader =
        PlainReader { file, watcher, parser, nodes: 0, entries: Vec::new(), pairs: Vec::new() };
    let (Event::StreamStart, _) = reader.next()? else { return None };
    let (Event::DocumentStart(_, None), _) = reader.next()? else { return None };
    let (event, span) = reader.next()?;
    let root = reader.node(event, span, 0)?;
    let (Event::DocumentEnd, _) = reader.next()? else { return None };
    let (Event::StreamEnd, _) = reader.next()? else { return None };
    Some(root)
}

struct PlainReader<'t, 'w> {
    file: &'t SourceFile,
    watcher: &'w Watcher,
    parser: Parser<'t, StrInput<'t>>,
    nodes: usize,
    /// Entries of the lists and mappings that are being read, the innermost last: each is kept
    /// with no room to spare, of which there would be more than of all else.
    entries: Vec<Node<'t>>,
    pairs: Vec<(Node<'t>, Node<'t>)>,
}

impl<'t> PlainReader<'t, '_> {
    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        let (event, span) = self.parser.next_event()?.ok()?;
        let range = span.byte_range()?;
        Some((event, Span::new(range.start, range.end.saturating_sub(range.start))))
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Option<Node<'t>> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes.is_multiple_of(OFTEN) {
            self.watcher.read(span.start(), self.file.text().len());
        }
        if depth > MAX_PLAIN_DEPTH || self.nodes > MAX_NODES {
            return None;
        }
        let value = match event {
            Event::Scalar(text, style, 0, None) => self.scalar(text, style, span)?,
            Event::SequenceStart(_, 0, None) => self.sequence(depth)?,
            Event::MappingStart(_, 0, None) => self.mapping(depth)?,
            _ => return None,
        };
        Some(Node { span, value })
    }

    fn sequence(&mut self, depth: usize) -> Option<Value<'t>> {
        let first = self.entries.len();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => break,
                (event, span) => {
                    let entry = self.node(event, span, depth.saturating_add(1))?;
                    self.entries.push(entry);
                }
            }
        }
        Some(Value::Sequence(self.entries.drain(first..).collect()))
    }

    fn mapping(&mut self, depth: usize) -> Option<Value<'t>> {
        let first = self.pairs.len();
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, style, 0, None), span) => {
                    if style == ScalarStyle::Plain && (!is_text(&text) || text == "<<") {
                        return None;
                    }
                    self.nodes = self.nodes.saturating_add(1);
                    let scalar = Scalar { kind: ScalarKind::Text, text };
                    let name = Node { span, value: Value::Scalar(scalar) };
                    let (event, span) = self.next()?;
                    let value = self.node(event, span, depth.saturating_add(1))?;
                    self.pairs.push((name, value));
                }
                _ => return None,
            }
        }
        Some(Value::Mapping(self.pairs.drain(first..).collect()))
    }

    fn scalar(&self, text: Cow<'t, str>, style: ScalarStyle, span: Span) -> Option<Value<'t>> {
        let kind = if style != ScalarStyle::Plain || is_text(&text) {
            ScalarKind::Text
        } else {
            scalar_kind(&text)?
        };
        let text = match kind {
            ScalarKind::Text => text,
            ScalarKind::Number => self.file.slice(span).into(),
            ScalarKind::Boolean(true) => "true".into(),
            ScalarKind::Boolean(false) => "false".into(),
            ScalarKind::Null => "".into(),
        };
        Some(Value::Scalar(Scalar { kind, text }))
    }
}

/// What YAML may take for something else than text: these words in any case, also with a sign or
/// a dot before them.
const WORDS: [&str; 12] =
    ["false", "inf", "infinity", "n", "nan", "no", "null", "off", "on", "true", "y", "yes"];

/// Whether a plain scalar is text beyond doubt.
fn is_text(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-', '.']);
    let radix = matches!(unsigned.as_bytes(), [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', ..]);
    let word = unsigned.len() <= 8 && WORDS.iter().any(|word| unsigned.eq_ignore_ascii_case(word));
    !(matches!(unsigned, "" | "~") || radix || word || looks_decimal(text))
}

/// Whether a text has no more than digits, a dot, and signs where a number has them.
fn looks_decimal(text: &str) -> bool {
    let (mut dots, mut previous) = (0_u8, b'e');
    text.bytes().all(|byte| {
        let fits = match byte {
            b'0'..=b'9' | b'_' | b'e' | b'E' => true,
            b'.' => {
                dots = dots.saturating_add(1);
                dots == 1
            }
            b'+' | b'-' => matches!(previous, b'e' | b'E'),
            _ => false,
        };
        previous = byte;
        fits
    })
}
