//! One text, and where its lines are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{BYTE_ORDER_MARK, Position, Span};
use crate::escape::shown;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Document,
    AddressList,
    KeyFile,
}

/// One text and the name that messages give it.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    name: String,
    text: String,
    kind: FileKind,
    foreign: bool,
    line_starts: OnceLock<Vec<usize>>,
    /// How many characters begin before each block of bytes.
    blocks: OnceLock<Vec<usize>>,
}

const BLOCK: usize = 4_096;

/// How many characters begin in a part of a text.
fn begins(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..0xC0)).count()
}

impl SourceFile {
    pub(super) fn new(path: PathBuf, text: String, kind: FileKind, foreign: bool) -> Self {
        let (name, line_starts, blocks) = (shown(&path), OnceLock::new(), OnceLock::new());
        Self { path, name, text, kind, foreign, line_starts, blocks }
    }

    /// The path as the user wrote it, or as the document led to it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is the document itself.
    pub(crate) fn is_document(&self) -> bool {
        self.kind == FileKind::Document
    }

    /// Whether its cells may hold keys.
    pub(crate) fn is_key_file(&self) -> bool {
        self.kind == FileKind::KeyFile
    }

    /// Whether it is none of the policy's own: no message repeats what stands in it.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// The text of a span; empty where the span is none of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start()..span.end()).unwrap_or_default()
    }

    /// Line and column of the first byte of a span.
    pub fn position(&self, span: Span) -> Position {
        let (line, start) = self.line_of(span.start());
        let column = self.characters(start, span.start());
        Position { line: line.saturating_add(1), column: column.saturating_add(1) }
    }

    /// The empty span at a position; the end of the text for a position after it.
    pub(crate) fn span_at(&self, position: Position) -> Span {
        let lines = self.text.split_inclusive('\n').take(position.line.saturating_sub(1));
        let start = lines.map(str::len).sum::<usize>().max(self.first());
        let line = self.text.get(start..).unwrap_or_default();
        let before = line.chars().take(position.column.saturating_sub(1));
        Span::new(start.saturating_add(before.map(char::len_utf8).sum()), 0)
    }

    /// The line that a span begins in, without its line end, and the offset it starts at.
    pub fn line_at(&self, span: Span) -> (usize, &str) {
        let (_, start) = self.line_of(span.start());
        let rest = self.text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        (start, line.strip_suffix('\r').unwrap_or(line))
    }

    /// Where the first line begins: a byte order mark is no part of it.
    fn first(&self) -> usize {
        if self.text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 }
    }

    /// How many characters begin from one byte to before another: without counting all of them again
    /// for each place in a document of one long line.
    fn characters(&self, from: usize, to: usize) -> usize {
        let bytes = self.text.as_bytes();
        let count = |from, to| begins(bytes.get(from..to).unwrap_or_default());
        if to.saturating_sub(from) <= BLOCK {
            return count(from, to);
        }
        let blocks = self.blocks.get_or_init(|| {
            let mut sum = 0_usize;
            let sums = bytes.chunks(BLOCK).map(|block| {
                let before = sum;
                sum = before.saturating_add(begins(block));
                before
            });
            sums.collect()
        });
        let before = |at: usize| {
            let block = at / BLOCK;
            let sum = blocks.get(block).copied().unwrap_or(0);
            sum.saturating_add(count(block.saturating_mul(BLOCK), at))
        };
        before(to).saturating_sub(before(from))
    }

    fn line_of(&self, offset: usize) -> (usize, usize) {
        let starts = self.line_starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(self.first()).chain(ends.map(|(at, _)| at.saturating_add(1))).collect()
        });
        let line = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        (line, starts.get(line).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::*;

    #[test]
    fn columns_are_characters_however_long_a_line_is() {
        let text = format!("first\n{}\nlast", "aé€".repeat(BLOCK));
        let mut sources = Sources::default();
        let (_, file) = sources.add("policy.yaml".into(), text.clone(), FileKind::Document);
        for (offset, character) in text.char_indices().skip(6) {
            let before = text.get(..offset).unwrap();
            let line = before.rsplit('\n').next().unwrap();
            // Each place of some, counted anew; those around the blocks' ends among them.
            if offset % BLOCK < 8 || offset % 97 < 4 || character == '\n' {
                let expected = Position {
                    line: before.matches('\n').count() + 1,
                    column: line.chars().count() + 1,
                };
                assert_eq!(file.position(Span::new(offset, 1)), expected, "{offset}");
            }
        }
    }
}
