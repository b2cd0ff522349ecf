//! Places in the text of a document.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::error::NoPlace;
use crate::progress::Watcher;
use crate::source::{Node, Value, read_document};
use crate::text::{FileIndex, FileKind, SourceFile, Sources};

/// One entry of a mapping: its name and its value.
pub(super) type Pair<'t> = (Node<'t>, Node<'t>);

/// A text that is to be read as a tree.
#[derive(Debug)]
pub(super) struct Text {
    index: FileIndex,
    file: Arc<SourceFile>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let (index, file) =
            Sources::default().add(PathBuf::new(), text.to_owned(), FileKind::Document);
        Self { index, file }
    }

    /// The tree of the text.
    pub(super) fn tree(&self) -> Result<Node<'_>, NoPlace> {
        read_document(self.index, &self.file, &Watcher::default()).map_err(|_| NoPlace::Missing)
    }
}

/// The mapping that a path of names leads to, written in its place.
pub(super) fn mapping<'n, 't>(
    text: &str,
    root: &'n Node<'t>,
    path: &[impl AsRef<str>],
) -> Result<(&'n Node<'t>, &'n [Pair<'t>]), NoPlace> {
    let mut node = root;
    for name in path {
        // What an alias stands for is written somewhere else, for others as well.
        entries(text, node)?;
        node = node.entry(name.as_ref()).ok_or(NoPlace::Missing)?;
    }
    Ok((node, entries(text, node)?))
}

/// The entries of a mapping that is written in its place.
pub(super) fn entries<'n, 't>(text: &str, node: &'n Node<'t>) -> Result<&'n [Pair<'t>], NoPlace> {
    match &node.value {
        Value::Mapping(entries) if !is_alias(text, node) => Ok(entries),
        _ => Err(NoPlace::Shared),
    }
}

/// Whether an alias stands there.
pub(super) fn is_alias(text: &str, node: &Node<'_>) -> bool {
    text.get(node.span.start()..).is_none_or(|rest| rest.starts_with('*'))
}

/// Whether a list or mapping is written in braces or brackets.
pub(super) fn is_flow(text: &str, node: &Node<'_>) -> bool {
    text.get(node.span.start()..).is_some_and(|rest| rest.starts_with(['{', '[']))
}

/// The end of the last scalar of a node.
pub(super) fn last_byte(text: &str, node: &Node<'_>) -> usize {
    let within = match &node.value {
        _ if is_alias(text, node) => 0,
        Value::Scalar(_) => 0,
        Value::Sequence(entries) => {
            entries.iter().map(|entry| last_byte(text, entry)).max().unwrap_or(0)
        }
        Value::Mapping(entries) => entries
            .iter()
            .map(|(name, value)| last_byte(text, name).max(last_byte(text, value)))
            .max()
            .unwrap_or(0),
    };
    within.max(node.span.end())
}

/// The end of a value that is written in one piece: a scalar, an alias, or what stands in braces
/// or brackets, these included.
pub(super) fn end_of_flow(text: &str, node: &Node<'_>) -> Option<usize> {
    if !is_flow(text, node) || matches!(node.value, Value::Scalar(_)) {
        return Some(node.span.end());
    }
    let opening = node.span.start().saturating_add(1);
    let ends: Option<Vec<usize>> = match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(entries) => entries.iter().map(|entry| end_of_flow(text, entry)).collect(),
        Value::Mapping(entries) => entries
            .iter()
            .map(|(name, value)| Some(end_of_flow(text, value)?.max(name.span.end())))
            .collect(),
    };
    let mut at = skip_blanks_and_comments(text, ends?.into_iter().max().unwrap_or(opening));
    if text.get(at..)?.starts_with(',') {
        at = skip_blanks_and_comments(text, at.saturating_add(1));
    }
    text.get(at..)?.starts_with(['}', ']']).then(|| at.saturating_add(1))
}

/// The offset of what comes after blanks, line ends and comments.
pub(super) fn skip_blanks_and_comments(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let content = rest.trim_start();
        at = text.len().saturating_sub(content.len());
        if !content.starts_with('#') {
            return at;
        }
        at = at.saturating_add(content.find('\n').unwrap_or(content.len()));
    }
}
