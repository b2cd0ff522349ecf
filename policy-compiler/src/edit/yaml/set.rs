//! Gives a field of a client or key a value: in the place of the old one, or as a new field.

use super::super::error::NoPlace;
use super::insert::{after_block, into_braces};
use super::place::{Pair, Text, end_of_flow, is_alias, is_flow, mapping};
use super::style::{indentation, words};
use crate::source::{Node, Value};

/// The text with a field of the mapping at `path` set to a word.
pub(super) fn field(
    text: &str,
    path: &[impl AsRef<str>],
    field: &str,
    value: &str,
) -> Result<String, NoPlace> {
    let source = Text::new(text);
    let root = source.tree()?;
    let (node, entries) = mapping(text, &root, path)?;
    if let Some(old) = node.entry(field) {
        return replace(text, old, value);
    }
    let words = words(text, &root);
    let line = format!("{}: {}", words.name(field), words.value(value));
    if is_flow(text, node) {
        return into_braces(text, node, entries.is_empty(), &line).into(text);
    }
    let (name, before) = neighbour(text, entries).ok_or(NoPlace::Shared)?;
    let indent = indentation(text, name).ok_or(NoPlace::Shared)?;
    after_block(text, indent, name, before, &[(0, line)]).into(text)
}

/// The old value's place takes the new one, quoted as it was.
fn replace(text: &str, old: &Node<'_>, value: &str) -> Result<String, NoPlace> {
    if !matches!(old.value, Value::Scalar(_)) {
        return Err(NoPlace::Shared);
    }
    let start = old.span.start();
    // A text after `|` or `>` goes on to where the next field begins.
    let written = text.get(start..old.span.end()).ok_or(NoPlace::Missing)?.trim_end();
    let end = start.saturating_add(written.len());
    let (before, after) = text.get(..start).zip(text.get(end..)).ok_or(NoPlace::Missing)?;
    let quote = match written.chars().next().filter(|_| !is_alias(text, old)) {
        Some(quote @ ('"' | '\'')) => quote.to_string(),
        _ => String::new(),
    };
    Ok(format!("{before}{quote}{value}{quote}{after}"))
}

/// The entry after which a new field belongs: the last that is on one line, so that it does not
/// land far below, after everything that is nested; else the last of all.
fn neighbour<'n, 't>(text: &str, entries: &'n [Pair<'t>]) -> Option<&'n Pair<'t>> {
    let on_one_line = |(name, value): &&Pair<'_>| {
        let block = !matches!(value.value, Value::Scalar(_))
            && !is_flow(text, value)
            && !is_alias(text, value);
        let end = end_of_flow(text, value).filter(|_| !block);
        let written = end.and_then(|end| text.get(name.span.start()..end));
        written.is_some_and(|written| !written.contains('\n'))
    };
    entries.iter().rfind(on_one_line).or(entries.last())
}
