//! How a document is written: line ends and indentation, so that what is added looks alike.

use super::super::words::Words;
use super::place::is_flow;
use crate::source::{Node, Value};

/// The line end of a text: that of its first line.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// How far a node is indented when nothing but blanks stands before it in its line.
pub(super) fn indentation(text: &str, node: &Node<'_>) -> Option<usize> {
    let before = text.get(..node.span.start())?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.bytes().all(|byte| byte == b' ').then_some(line.len())
}

/// Where the line of an offset begins.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at.saturating_add(1))
}

/// The offset after the last line that belongs to a block which ends not before `end`: lines
/// that are indented deeper than `indent`, and closing brackets.
pub(super) fn end_of_block(text: &str, end: usize, indent: usize) -> usize {
    let rest_of_line = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.split_inclusive('\n').next().map_or(0, str::len)
    };
    // A block of text ends after its last line end.
    let end = text.get(..end).map_or(end, |before| before.trim_end().len());
    let mut at = end.saturating_add(rest_of_line(end));
    loop {
        let length = rest_of_line(at);
        let line = text.get(at..at.saturating_add(length)).unwrap_or_default();
        let content = line.trim_start_matches(' ');
        let deeper = line.len().saturating_sub(content.len()) > indent;
        let blank = content.trim().is_empty();
        if blank || !(deeper || content.starts_with(['}', ']'])) {
            return at;
        }
        at = at.saturating_add(length);
    }
}

/// How words are written in a document: one in JSON is still JSON after an edit.
pub(super) fn words(text: &str, root: &Node<'_>) -> Words {
    let first = match &root.value {
        Value::Mapping(entries) if is_flow(text, root) => entries.first(),
        _ => None,
    };
    let quoted = first.and_then(|(name, _)| text.get(name.span.start()..));
    if quoted.is_some_and(|name| name.starts_with('"')) { Words::Quoted } else { Words::Plain }
}
