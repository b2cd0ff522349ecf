//! The tree of a simple document: block mappings and lists, and values on one line each, all in
//! visible ASCII, as very long documents are, which a program wrote.
//!
//! Reading it byte by byte takes a fraction of the time of the parser's events. Whatever is not
//! simple, mistakes above all, is left to [`read_plain`](super::plain::read_plain), which alone
//! says what such a document means.

use super::plain::{MAX_PLAIN_DEPTH, is_text, read_scalar};
use super::read::MAX_NODES;
use super::{Node, Scalar, ScalarKind, SourceFile, Span, Value};
use crate::progress::{OFTEN, Watcher};

/// Longer names are not simple: YAML allows a name 1024 characters.
const MAX_NAME_BYTES: usize = 256;

/// The tree of a document, if it is simple.
pub(super) fn read_simple<'t>(file: &'t SourceFile, watcher: &Watcher) -> Option<Node<'t>> {
    let (entries, pairs) = (Vec::new(), Vec::new());
    let mut reader = SimpleReader { file, watcher, at: 0, indent: None, nodes: 0, entries, pairs };
    reader.next_line()?;
    let indent = reader.indent.filter(|indent| *indent == 0)?;
    let root = reader.block_mapping(indent, 0)?;
    reader.indent.is_none().then_some(root)
}

struct SimpleReader<'t, 'w> {
    file: &'t SourceFile,
    watcher: &'w Watcher,
    at: usize,
    /// How far the line is indented whose content comes next; none at the end of the text.
    indent: Option<usize>,
    nodes: usize,
    /// Entries of the lists and mappings that are being read, the innermost last.
    entries: Vec<Node<'t>>,
    pairs: Vec<(Node<'t>, Node<'t>)>,
}

impl<'t> SimpleReader<'t, '_> {
    /// A mapping whose names are indented so far; the cursor is at its first name.
    fn block_mapping(&mut self, indent: usize, depth: usize) -> Option<Node<'t>> {
        let (start, first) = (self.at, self.pairs.len());
        self.count(depth)?;
        while self.indent == Some(indent) {
            let name = self.name()?;
            let value = match self.peek()? {
                b'\n' => self.block(indent, depth.saturating_add(1))?,
                _ => self.line(depth.saturating_add(1))?,
            };
            self.pairs.push((name, value));
        }
        let entries = self.pairs.drain(first..).collect();
        Some(Node { span: Span::new(start, 0), value: Value::Mapping(entries) })
    }

    /// A list whose dashes are indented so far; the cursor is at its first dash.
    fn block_sequence(&mut self, indent: usize, depth: usize) -> Option<Node<'t>> {
        let (start, first) = (self.at, self.entries.len());
        self.count(depth)?;
        while self.indent == Some(indent) {
            self.take(b'-')?;
            let entry = self.line(depth.saturating_add(1))?;
            self.entries.push(entry);
        }
        let entries = self.entries.drain(first..).collect();
        Some(Node { span: Span::new(start, 0), value: Value::Sequence(entries) })
    }

    /// The mapping or list on the lines below a name that is indented so far.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Node<'t>> {
        self.end_line()?;
        let inner = self.indent.filter(|inner| *inner > indent)?;
        match self.peek()? {
            b'-' => self.block_sequence(inner, depth),
            _ => self.block_mapping(inner, depth),
        }
    }

    /// A value after a blank, which is all that is left on its line.
    fn line(&mut self, depth: usize) -> Option<Node<'t>> {
        self.take(b' ')?;
        self.blanks();
        let value = self.value(depth)?;
        self.end_line()?;
        Some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Node<'t>> {
        self.count(depth)?;
        match self.peek()? {
            b'{' => self.flow_mapping(depth),
            b'[' => self.flow_sequence(depth),
            b'"' => self.quoted(),
            _ => {
                let (span, text) = self.plain()?;
                Some(Node { span, value: read_scalar(self.file, text.into(), true, span)? })
            }
        }
    }

    fn flow_mapping(&mut self, depth: usize) -> Option<Node<'t>> {
        let (start, first) = (self.at, self.pairs.len());
        self.list(b'{', b'}', |reader| {
            let name = reader.name()?;
            reader.take(b' ')?;
            reader.blanks();
            let value = reader.value(depth.saturating_add(1))?;
            reader.pairs.push((name, value));
            Some(())
        })?;
        let entries = self.pairs.drain(first..).collect();
        Some(Node { span: Span::new(start, 1), value: Value::Mapping(entries) })
    }

    fn flow_sequence(&mut self, depth: usize) -> Option<Node<'t>> {
        let (start, first) = (self.at, self.entries.len());
        self.list(b'[', b']', |reader| {
            let entry = reader.value(depth.saturating_add(1))?;
            reader.entries.push(entry);
            Some(())
        })?;
        let entries = self.entries.drain(first..).collect();
        Some(Node { span: Span::new(start, 1), value: Value::Sequence(entries) })
    }

    /// What stands between brackets, with commas between.
    fn list(
        &mut self,
        open: u8,
        close: u8,
        mut entry: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.take(open)?;
        self.blanks();
        if self.peek()? == close {
            return self.take(close);
        }
        loop {
            entry(self)?;
            self.blanks();
            if self.peek()? == close {
                return self.take(close);
            }
            self.take(b',')?;
            self.blanks();
        }
    }

    /// A name that YAML takes for text, and the colon after it.
    fn name(&mut self) -> Option<Node<'t>> {
        self.count(0)?;
        let (span, text) = self.plain()?;
        self.take(b':')?;
        let fits = text.len() <= MAX_NAME_BYTES && is_text(text);
        let scalar = Scalar { kind: ScalarKind::Text, text: text.into() };
        fits.then_some(Node { span, value: Value::Scalar(scalar) })
    }

    /// Text in double quotes, without any escape.
    fn quoted(&mut self) -> Option<Node<'t>> {
        let start = self.at;
        self.take(b'"')?;
        let from = self.at;
        let length =
            self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\') || !visible(*byte))?;
        self.skip(length);
        self.take(b'"')?;
        let text = self.file.text().get(from..from.checked_add(length)?)?;
        let scalar = Scalar { kind: ScalarKind::Text, text: text.into() };
        let span = Span::new(start, length.saturating_add(2));
        Some(Node { span, value: Value::Scalar(scalar) })
    }

    /// Text without quotes, of characters that mean nothing in YAML.
    fn plain(&mut self) -> Option<(Span, &'t str)> {
        let (start, rest) = (self.at, self.rest());
        let mut length = 0_usize;
        let holds = |at: usize| rest.get(at).is_some_and(|byte| plain(*byte));
        let begins = rest.first().is_some_and(|byte| plain(*byte) && !matches!(byte, b'-' | b'.'));
        while begins && (holds(length) || colon(rest, length)) {
            length = length.saturating_add(1);
        }
        self.skip(length);
        let text = self.file.text().get(start..self.at)?;
        (!text.is_empty()).then(|| (Span::new(start, length), text))
    }

    /// Goes from the end of a line to the content of the next one that has some.
    fn end_line(&mut self) -> Option<()> {
        if self.peek().is_none() {
            self.indent = None;
            return Some(());
        }
        self.take(b'\n')?;
        self.next_line()
    }

    /// The same from the beginning of a line.
    fn next_line(&mut self) -> Option<()> {
        loop {
            let indent = self.blanks();
            match self.peek() {
                Some(b'#') => {
                    let comment = self.rest().iter().take_while(|byte| visible(**byte)).count();
                    self.skip(comment);
                    match self.peek() {
                        Some(b'\n') => self.skip(1),
                        Some(_) => return None,
                        None => {}
                    }
                }
                Some(b'\n') if indent == 0 => self.skip(1),
                Some(byte) if visible(byte) => {
                    self.indent = Some(indent);
                    return Some(());
                }
                None if indent == 0 => {
                    self.indent = None;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// Counts a node; none where there are too many, or it is too deep.
    fn count(&mut self, depth: usize) -> Option<()> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes.is_multiple_of(OFTEN) {
            self.watcher.read(self.at, self.file.text().len());
        }
        (depth <= MAX_PLAIN_DEPTH && self.nodes <= MAX_NODES).then_some(())
    }

    fn rest(&self) -> &'t [u8] {
        self.file.text().as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Takes a byte that has to come next.
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.skip(1))
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Skips blanks; how many there were.
    fn blanks(&mut self) -> usize {
        let blanks = self.rest().iter().take_while(|byte| **byte == b' ').count();
        self.skip(blanks);
        blanks
    }
}

/// Whether a byte is a visible character or a blank.
fn visible(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

/// Whether a character means nothing in YAML but itself, other than at the beginning of a text.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}

/// Whether there is a colon that ends no name, as in times and addresses.
fn colon(text: &[u8], at: usize) -> bool {
    let next = text.get(at.saturating_add(1));
    text.get(at) == Some(&b':') && next.is_some_and(|next| plain(*next) || *next == b':')
}
