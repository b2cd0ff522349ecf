//! Where in a document's text a new key belongs, and what to write there.

use std::fmt;

use super::Addition;
use super::style::{end_of_block, indentation, is_flow, line_end, yaml_name};
use crate::progress::Watcher;
use crate::source::{FileIndex, FileKind, Node, SourceFile, Sources, Value, read_document};

/// Indentation where the document does not show its own.
const DEFAULT_STEP: usize = 2;

/// Why no place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotEdit {
    /// The client, or its `keys`, is given through an alias or on one line with others.
    Alias,
    /// The client is not written in the document.
    NoClient,
}

impl fmt::Display for CannotEdit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Alias => "the client's keys are written in a way that cannot be added to",
            Self::NoClient => "the document does not have the client",
        })
    }
}

/// The text with the key inserted.
pub(super) fn insert(text: &str, addition: &Addition<'_>) -> Result<String, CannotEdit> {
    let (index, file) = source(text);
    let root =
        read_document(index, &file, &Watcher::default()).map_err(|_| CannotEdit::NoClient)?;
    let client = root
        .entry("clients")
        .and_then(|clients| clients.entry(addition.client))
        .ok_or(CannotEdit::NoClient)?;
    let insertion = match client.entry("keys") {
        Some(keys) => into_keys(text, keys, addition)?,
        None => into_client(text, client, addition)?,
    };
    let before = text.get(..insertion.offset).ok_or(CannotEdit::Alias)?;
    let after = text.get(insertion.offset..).ok_or(CannotEdit::Alias)?;
    Ok(format!("{before}{}{after}", insertion.text))
}

/// Text to insert and the offset to insert it at.
struct Insertion {
    offset: usize,
    text: String,
}

/// Beside the keys that are there.
fn into_keys(
    text: &str,
    keys: &Node<'_>,
    addition: &Addition<'_>,
) -> Result<Insertion, CannotEdit> {
    let entries = entries(text, keys)?;
    if is_flow(text, keys) {
        return Ok(into_braces(text, keys, entries.is_empty(), &flow_key(addition)));
    }
    let (name, value) = entries.last().ok_or(CannotEdit::Alias)?;
    let indent = indentation(text, name).ok_or(CannotEdit::Alias)?;
    let lines = if is_flow(text, value) {
        vec![(0, flow_key(addition))]
    } else {
        block_key(addition, step(text, indent, value))
    };
    Ok(after_block(text, indent, name, value, &lines))
}

/// Into a client that has no keys yet.
fn into_client(
    text: &str,
    client: &Node<'_>,
    addition: &Addition<'_>,
) -> Result<Insertion, CannotEdit> {
    let entries = entries(text, client)?;
    if is_flow(text, client) {
        let keys = format!("keys: {{ {} }}", flow_key(addition));
        return Ok(into_braces(text, client, entries.is_empty(), &keys));
    }
    let (name, value) = entries.last().ok_or(CannotEdit::Alias)?;
    let indent = indentation(text, name).ok_or(CannotEdit::Alias)?;
    let mut lines = vec![(0, "keys:".to_owned())];
    let inner = block_key(addition, DEFAULT_STEP);
    lines.extend(inner.into_iter().map(|(depth, line)| (depth.saturating_add(DEFAULT_STEP), line)));
    Ok(after_block(text, indent, name, value, &lines))
}

/// The entries of a mapping that is written in its place.
fn entries<'n, 't>(
    text: &str,
    node: &'n Node<'t>,
) -> Result<&'n [(Node<'t>, Node<'t>)], CannotEdit> {
    let alias = text.get(node.span.start()..).is_none_or(|rest| rest.starts_with('*'));
    match &node.value {
        Value::Mapping(entries) if !alias => Ok(entries),
        _ => Err(CannotEdit::Alias),
    }
}

/// Right after an opening brace.
fn into_braces(text: &str, node: &Node<'_>, is_empty: bool, entry: &str) -> Insertion {
    let offset = node.span.start().saturating_add(1);
    let rest = text.get(offset..).unwrap_or_default();
    let comma = if is_empty { "" } else { "," };
    let blank = if rest.starts_with(|next: char| next.is_whitespace()) { "" } else { " " };
    Insertion { offset, text: format!(" {entry}{comma}{blank}") }
}

/// After the last entry of a block; `lines` are indented relative to it.
fn after_block(
    text: &str,
    indent: usize,
    name: &Node<'_>,
    value: &Node<'_>,
    lines: &[(usize, String)],
) -> Insertion {
    let end = last_byte(value).max(name.span.end());
    let offset = end_of_block(text, end, indent);
    let newline = line_end(text);
    let unfinished = text.get(..offset).is_some_and(|before| !before.ends_with('\n'));
    let mut inserted = if unfinished { newline.to_owned() } else { String::new() };
    for (position, (depth, line)) in lines.iter().enumerate() {
        let last = position.saturating_add(1) == lines.len();
        let indentation = " ".repeat(indent.saturating_add(*depth));
        // A document that ends without a line end still does.
        let end = if last && unfinished { "" } else { newline };
        inserted.push_str(&format!("{indentation}{line}{end}"));
    }
    Insertion { offset, text: inserted }
}

/// The end of the last scalar of a node.
fn last_byte(node: &Node<'_>) -> usize {
    match &node.value {
        Value::Scalar(_) => node.span.end(),
        Value::Sequence(entries) => {
            entries.iter().map(last_byte).max().unwrap_or(0).max(node.span.end())
        }
        Value::Mapping(entries) => {
            let ends = entries.iter().map(|(name, value)| last_byte(name).max(last_byte(value)));
            ends.max().unwrap_or(0).max(node.span.end())
        }
    }
}

/// How much deeper the fields of a key are indented.
fn step(text: &str, indent: usize, value: &Node<'_>) -> usize {
    let first = match &value.value {
        Value::Mapping(entries) => entries.first().map(|(name, _)| name),
        Value::Scalar(_) | Value::Sequence(_) => None,
    };
    first
        .and_then(|name| indentation(text, name))
        .and_then(|inner| inner.checked_sub(indent))
        .filter(|step| *step > 0)
        .unwrap_or(DEFAULT_STEP)
}

fn block_key(addition: &Addition<'_>, step: usize) -> Vec<(usize, String)> {
    let mut lines = vec![(0, format!("{}:", yaml_name(addition.name.as_str())))];
    lines.extend(fields(addition).into_iter().map(|field| (step, field)));
    lines
}

fn flow_key(addition: &Addition<'_>) -> String {
    format!("{}: {{ {} }}", yaml_name(addition.name.as_str()), fields(addition).join(", "))
}

fn fields(addition: &Addition<'_>) -> Vec<String> {
    let digest = format!("sha256: {}", addition.digest);
    let not_before = addition.not_before.map(|time| format!("not_before: {time}"));
    let expires = addition.expires.map(|time| format!("expires: {time}"));
    std::iter::once(digest).chain(not_before).chain(expires).collect()
}

fn source(text: &str) -> (FileIndex, std::sync::Arc<SourceFile>) {
    Sources::default().add(String::new(), text.to_owned(), FileKind::Document)
}
