//! Where in a document's text a new key or field belongs, and what to write there.

use super::super::error::NoPlace;
use super::super::fields::{Field, fields};
use super::super::words::Words;
use super::place::{Text, entries, is_flow, last_byte, mapping};
use super::style::{end_of_block, indentation, line_end, words};
use crate::model::{Key, Policy};
use crate::source::{Node, Value};

/// Indentation where the document does not show its own.
const DEFAULT_STEP: usize = 2;

/// A key as it is to be written.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    name: &'a str,
    fields: Vec<Field>,
    comments: Comments,
}

/// Comments that belong to a key.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// Those that stand above its name.
    pub(super) above: Vec<String>,
    /// Those beside and below it.
    pub(super) inside: Vec<String>,
}

/// Text to insert and the offset to insert it at.
#[derive(Debug)]
pub(super) struct Insertion {
    offset: usize,
    text: String,
}

impl<'a> Entry<'a> {
    pub(super) fn new(key: &'a Key, policy: &Policy, comments: Comments) -> Self {
        Self { name: key.name.as_str(), fields: fields(key, policy), comments }
    }

    fn block(&self, step: usize) -> Vec<(usize, String)> {
        let comments = |comments: &[String], depth| -> Vec<(usize, String)> {
            comments.iter().map(|comment| (depth, comment.clone())).collect()
        };
        let mut lines = comments(&self.comments.above, 0);
        lines.push((0, format!("{}:", Words::Plain.name(self.name))));
        lines.extend(comments(&self.comments.inside, step));
        lines.extend(self.fields.iter().map(|field| (step, field.yaml(Words::Plain))));
        lines
    }

    fn flow(&self, words: Words) -> String {
        let fields: Vec<String> = self.fields.iter().map(|field| field.yaml(words)).collect();
        format!("{}: {{ {} }}", words.name(self.name), fields.join(", "))
    }
}

impl Insertion {
    /// The text with this inserted.
    pub(super) fn into(self, text: &str) -> Result<String, NoPlace> {
        let (before, after) = text.split_at_checked(self.offset).ok_or(NoPlace::Missing)?;
        Ok(format!("{before}{}{after}", self.text))
    }
}

/// The text with a key added to a client.
pub(super) fn key(text: &str, client: &str, entry: &Entry<'_>) -> Result<String, NoPlace> {
    let source = Text::new(text);
    let root = source.tree()?;
    let (client, fields) = mapping(text, &root, &["clients", client])?;
    let words = words(text, &root);
    let insertion = match client.entry("keys") {
        Some(keys) => into_keys(text, keys, entry, words)?,
        None if is_flow(text, client) => {
            let keys = format!("{}: {{ {} }}", words.name("keys"), in_braces(entry, words)?);
            into_braces(text, client, fields.is_empty(), &keys)
        }
        None => into_client(text, fields, entry)?,
    };
    insertion.into(text)
}

/// Beside the keys that are there.
fn into_keys(
    text: &str,
    keys: &Node<'_>,
    entry: &Entry<'_>,
    words: Words,
) -> Result<Insertion, NoPlace> {
    let entries = entries(text, keys)?;
    if is_flow(text, keys) {
        return Ok(into_braces(text, keys, entries.is_empty(), &in_braces(entry, words)?));
    }
    let (name, value) = entries.last().ok_or(NoPlace::Shared)?;
    let indent = indentation(text, name).ok_or(NoPlace::Shared)?;
    let lines = if is_flow(text, value) {
        let Comments { above, inside } = &entry.comments;
        let comments = above.iter().chain(inside).map(|comment| (0, comment.clone()));
        comments.chain([(0, entry.flow(words))]).collect()
    } else {
        entry.block(step(text, indent, value))
    };
    Ok(after_block(text, indent, name, value, &lines))
}

/// Into a client in block style that has no keys yet.
fn into_client(
    text: &str,
    fields: &[(Node<'_>, Node<'_>)],
    entry: &Entry<'_>,
) -> Result<Insertion, NoPlace> {
    let (name, value) = fields.last().ok_or(NoPlace::Shared)?;
    let indent = indentation(text, name).ok_or(NoPlace::Shared)?;
    let mut lines = vec![(0, "keys:".to_owned())];
    let inner = entry.block(DEFAULT_STEP);
    lines.extend(inner.into_iter().map(|(depth, line)| (depth.saturating_add(DEFAULT_STEP), line)));
    Ok(after_block(text, indent, name, value, &lines))
}

/// The entry among others in braces, where no comment has room.
fn in_braces(entry: &Entry<'_>, words: Words) -> Result<String, NoPlace> {
    let Comments { above, inside } = &entry.comments;
    if above.is_empty() && inside.is_empty() {
        Ok(entry.flow(words))
    } else {
        Err(NoPlace::Comment)
    }
}

/// Right after an opening brace.
pub(super) fn into_braces(text: &str, node: &Node<'_>, is_empty: bool, entry: &str) -> Insertion {
    let offset = node.span.start().saturating_add(1);
    let rest = text.get(offset..).unwrap_or_default();
    let comma = if is_empty { "" } else { "," };
    let blank = if rest.starts_with(|next: char| next.is_whitespace()) { "" } else { " " };
    Insertion { offset, text: format!(" {entry}{comma}{blank}") }
}

/// After an entry of a block; `lines` are indented relative to it.
pub(super) fn after_block(
    text: &str,
    indent: usize,
    name: &Node<'_>,
    value: &Node<'_>,
    lines: &[(usize, String)],
) -> Insertion {
    let end = last_byte(text, value).max(name.span.end());
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
