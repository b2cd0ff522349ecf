//! Takes an entry out of a mapping.

use std::ops::Range;

use super::super::error::NoPlace;
use super::comments;
use super::place::{
    Pair, Text, end_of_flow, is_flow, last_byte, mapping, skip_blanks_and_comments,
};
use super::style::{end_of_block, indentation, line_start};
use crate::source::Node;

/// What becomes of comments about a mapping that would be left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherComments {
    /// They stay where they are, and so does the mapping.
    Stay,
    /// They were moved to where the entry is now.
    Moved,
}

/// What is to be taken out of a text.
#[derive(Debug)]
pub(super) struct Removal {
    /// The part that goes.
    pub(super) part: Range<usize>,
    /// Where the name of the entry itself stands in it.
    pub(super) name: usize,
    /// Where `{}` is to stand for a mapping that is left empty.
    empty: Option<usize>,
}

/// The text without the entry at `path`.
pub(super) fn entry(text: &str, path: &[String], others: OtherComments) -> Result<String, NoPlace> {
    let Removal { part, empty, .. } = removal(text, path, others)?;
    let piece = |range: Range<usize>| text.get(range).ok_or(NoPlace::Shared);
    let after = piece(part.end..text.len())?;
    Ok(match empty {
        Some(at) => format!("{} {{}}{}{after}", piece(0..at)?, piece(at..part.start)?),
        None => format!("{}{after}", piece(0..part.start)?),
    })
}

/// What has to go so that the entry at `path` does. A mapping that would be left empty goes as
/// well, or is written `{}` where it is all that there is, or where it has comments of its own that stay.
pub(super) fn removal(
    text: &str,
    path: &[String],
    others: OtherComments,
) -> Result<Removal, NoPlace> {
    let (_, parent) = path.split_last().ok_or(NoPlace::Missing)?;
    let source = Text::new(text);
    let root = source.tree()?;
    let (node, entries) = mapping(text, &root, parent)?;
    let part = range(text, node, entries, path)?;
    let name = entry_of(entries, path)?.0.span.start();
    let Some((_, above)) = parent.split_last().filter(|_| entries.len() == 1) else {
        return Ok(Removal { part, name, empty: None });
    };
    let (above, beside) = mapping(text, &root, above)?;
    if beside.len() > 1 {
        let whole = range(text, above, beside, parent)?;
        let all_go = others == OtherComments::Moved
            || comments::within(text, &whole)? == comments::within(text, &part)?;
        if all_go {
            return Ok(Removal { part: whole, name, empty: None });
        }
    }
    let name_end = entry_of(beside, parent)?.0.span.end();
    let empty = place_of_braces(text, name_end).ok_or(NoPlace::Shared)?;
    Ok(Removal { part, name, empty: Some(empty).filter(|_| !is_flow(text, node)) })
}

/// Where `{}` stands for the value of a name: after the colon, and after the tag and the anchor that the
/// value has.
fn place_of_braces(text: &str, name_end: usize) -> Option<usize> {
    let colon = text.get(name_end..)?.find(':')?;
    let mut at = name_end.saturating_add(colon).saturating_add(1);
    loop {
        let rest = text.get(at..)?;
        let property = rest.trim_start_matches([' ', '\t']);
        if !property.starts_with(['&', '!']) {
            return Some(at);
        }
        let blanks = rest.len().saturating_sub(property.len());
        let length = property.find(char::is_whitespace).unwrap_or(property.len());
        at = at.saturating_add(blanks).saturating_add(length);
    }
}

/// The entry that a path ends with.
fn entry_of<'n, 't>(entries: &'n [Pair<'t>], path: &[String]) -> Result<&'n Pair<'t>, NoPlace> {
    let wanted = path.last().map(String::as_str);
    entries.iter().find(|(name, _)| name.scalar_text() == wanted).ok_or(NoPlace::Missing)
}

fn range(
    text: &str,
    parent: &Node<'_>,
    entries: &[Pair<'_>],
    path: &[String],
) -> Result<Range<usize>, NoPlace> {
    let (name, value) = entry_of(entries, path)?;
    if is_flow(text, parent) {
        return in_braces(text, name, value, entries.len() == 1);
    }
    let indent = indentation(text, name).ok_or(NoPlace::Shared)?;
    let end = last_byte(text, value).max(name.span.end());
    let start = comments_above(text, line_start(text, name.span.start()), indent);
    Ok(whole_lines(text, start..end_of_block(text, end, indent)))
}

/// Where the comments begin that stand directly above a line and are indented like it: they are about
/// what follows.
fn comments_above(text: &str, line: usize, indent: usize) -> usize {
    let mut at = line;
    while let Some(before) = text.get(..at).and_then(|before| before.strip_suffix('\n')) {
        let start = line_start(text, before.len());
        let line = before.get(start..).unwrap_or_default();
        let content = line.trim_start_matches(' ');
        if !content.starts_with('#') || line.len().saturating_sub(content.len()) != indent {
            break;
        }
        at = start;
    }
    at
}

/// Lines with their line ends; where the last has none, with the line ends before them instead, so
/// that a document which ends without one still does.
fn whole_lines(text: &str, lines: Range<usize>) -> Range<usize> {
    let before = text.get(..lines.start).unwrap_or_default();
    if text.get(lines.clone()).is_none_or(|lines| lines.ends_with('\n')) {
        return lines;
    }
    before.trim_end_matches(['\r', '\n']).len()..lines.end
}

/// An entry in braces, with the comma after it, or else the one before it.
fn in_braces(
    text: &str,
    name: &Node<'_>,
    value: &Node<'_>,
    alone: bool,
) -> Result<Range<usize>, NoPlace> {
    let start = name.span.start();
    let end = end_of_flow(text, value).ok_or(NoPlace::Shared)?.max(name.span.end());
    let next = skip_blanks_and_comments(text, end);
    if text.get(end..next).is_some_and(|gap| gap.contains('#')) {
        return Err(NoPlace::Comment);
    }
    let rest = text.get(next..).unwrap_or_default();
    if let Some(rest) = rest.strip_prefix(',') {
        let blanks = rest.len().saturating_sub(rest.trim_start_matches([' ', '\t']).len());
        return Ok(start..next.saturating_add(1).saturating_add(blanks));
    }
    if alone {
        return Ok(start..end);
    }
    let before = text.get(..start).unwrap_or_default().trim_end();
    let before = before.strip_suffix(',').ok_or(NoPlace::Comment)?;
    Ok(before.len()..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_line_end_keeps_none() {
        let path = ["b", "d"].map(str::to_owned);
        for (text, expected) in [
            ("b:\n  c: 1\n  d: 2", "b:\n  c: 1"),
            ("b:\r\n  c: 1\r\n\r\n\r\n  d: 2", "b:\r\n  c: 1"),
            ("b:\n  c: 1\n\n  d: 2\n", "b:\n  c: 1\n\n"),
            ("a: 1\n\nb:\n  d: 2", "a: 1"),
        ] {
            assert_eq!(entry(text, &path, OtherComments::Stay).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn comments_directly_above_an_entry_go_with_it() {
        let path = ["b", "d"].map(str::to_owned);
        for (text, expected) in [
            (
                "b:\n  c: 1\n  # d\n  # d too\n  d: 2\n  # e\n  e: 3\n",
                "b:\n  c: 1\n  # e\n  e: 3\n",
            ),
            ("b:\n  # all\n\n  # d\n  d: 2\n  e: 3\n", "b:\n  # all\n\n  e: 3\n"),
            ("b:\n  c:\n    f: 1\n    # f\n  d: 2\n", "b:\n  c:\n    f: 1\n    # f\n"),
            ("b: # b\r\n  # d\r\n  d: 2\r\n  e: 3", "b: # b\r\n  e: 3"),
            ("# a\na: 1\nb:\n  # d\n  d: 2\n", "# a\na: 1\n"),
        ] {
            assert_eq!(entry(text, &path, OtherComments::Stay).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn other_comments_of_what_is_left_empty_stay() {
        let path = ["b", "d"].map(str::to_owned);
        for (text, expected) in [
            ("a: 1\n# b\nb:\n  # d\n  d: 2 # two\n", "a: 1\n# b\nb: {}\n"),
            ("a: 1\nb: # all\n  d: 2\n", "a: 1\nb: {} # all\n"),
            ("a: 1\nb:\n  # all\n\n  # d\n  d: 2\n", "a: 1\nb: {}\n  # all\n\n"),
        ] {
            assert_eq!(entry(text, &path, OtherComments::Stay).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_mapping_that_is_left_empty_keeps_its_tag_and_anchor() {
        let path = ["b", "d"].map(str::to_owned);
        for (text, expected) in [
            ("b: &k\n  d: 2\n", "b: &k {}\n"),
            ("b: !!map  &k # all\n  d: 2\n", "b: !!map  &k {} # all\n"),
        ] {
            assert_eq!(entry(text, &path, OtherComments::Stay).unwrap(), expected, "{text:?}");
        }
    }
}
