//! Comments of a part of a document that is about to move.

use std::ops::Range;

use super::super::error::NoPlace;
use super::place::Text;
use crate::source::{Node, Value};

/// Every comment in a part of a text, from its `#` to the end of the line.
pub(super) fn within(text: &str, part: &Range<usize>) -> Result<Vec<String>, NoPlace> {
    let source = Text::new(text);
    let mut scalars = Vec::new();
    spans(&source.tree()?, part, &mut scalars);
    scalars.sort_unstable_by_key(|span| span.start);
    scalars.push(part.end..part.end);
    let (mut comments, mut at) = (Vec::new(), part.start);
    for scalar in scalars {
        // Between scalars a `#` after a blank begins a comment, and nothing else does.
        while let Some(found) = text.get(at..scalar.start).and_then(begin_of_comment) {
            let start = at.saturating_add(found);
            let line = text.get(start..part.end).unwrap_or_default();
            let comment = line.split('\n').next().unwrap_or_default();
            comments.push(comment.trim_end().to_owned());
            at = start.saturating_add(comment.len());
        }
        at = at.max(scalar.end);
    }
    Ok(comments)
}

fn begin_of_comment(gap: &str) -> Option<usize> {
    gap.match_indices('#').map(|(at, _)| at).find(|at| {
        gap.get(..*at).is_some_and(|before| {
            before.chars().next_back().is_none_or(|last| last.is_whitespace())
        })
    })
}

/// Where the scalars of a part stand.
fn spans(node: &Node<'_>, part: &Range<usize>, found: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Scalar(_) => {
            let span = node.span.start()..node.span.end();
            if part.contains(&span.start) {
                found.push(span);
            }
        }
        Value::Sequence(entries) => entries.iter().for_each(|entry| spans(entry, part, found)),
        Value::Mapping(entries) => entries.iter().for_each(|(name, value)| {
            spans(name, part, found);
            spans(value, part, found);
        }),
    }
}
