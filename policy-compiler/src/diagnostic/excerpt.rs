//! The one line of a file that a message shows, with everything masked that may be a key.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{Code, secret};
use crate::text::{Place, SourceFile};

/// Longer lines are cut around the place.
const MAX_LINE_BYTES: usize = 200;

/// A line, or the part of a long line around a place.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    line: usize,
    column: usize,
    label: Range<usize>,
}

impl Excerpt {
    pub(super) fn new(
        file: &SourceFile,
        place: Place,
        code: Code,
        secrets: &[Place],
        key_prefix: &str,
    ) -> Self {
        let position = file.position(place.span);
        let (start, line) = file.line_at(place.span);
        let at = place.span.start().saturating_sub(start).min(line.len());
        let end = place.span.end().saturating_sub(start).clamp(at, line.len());
        let window = window(line, at, end);
        let shown = line.get(window.clone()).unwrap_or_default();
        let mask = Mask { file, place, secrets, key_prefix };
        let text = match code {
            Code::Syntax | Code::DocumentLimit => secret::mask_long_words(shown),
            _ => {
                let masked = mask.apply(shown, start.saturating_add(window.start));
                if file.is_document() { mask_comment(line, &window, masked) } else { masked }
            }
        };
        let text = plain(&text);
        let before = line.get(window.start..at).unwrap_or_default();
        let marked = line.get(at..end.min(window.end)).unwrap_or_default();
        // Masking keeps the number of characters, not of bytes.
        let label_start = byte_of(&text, before.chars().count());
        let label_end =
            byte_of(&text, before.chars().count().saturating_add(marked.chars().count()));
        Self {
            name: file.name().to_owned(),
            line: position.line,
            column: position.column.saturating_sub(before.chars().count()),
            label: label_start..label_end,
            text,
        }
    }

    /// Where in the excerpt the place is.
    pub(super) fn label(&self) -> Range<usize> {
        self.label.clone()
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // Without context only the place of the span is asked for, for the line above.
        let before = match lines_before {
            0 => self.text.get(..span.offset()).unwrap_or_default().chars().count(),
            _ => 0,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.line.saturating_sub(1),
            self.column.saturating_add(before).saturating_sub(1),
            1,
        )))
    }
}

struct Mask<'a> {
    file: &'a SourceFile,
    place: Place,
    secrets: &'a [Place],
    key_prefix: &'a str,
}

impl Mask<'_> {
    /// Masks what is secret in a text that begins at `offset` of the file.
    fn apply(&self, text: &str, offset: usize) -> String {
        let mut hidden = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            let hide = self.hides(offset.saturating_add(at)) && !character.is_whitespace();
            hidden.push(if hide { '*' } else { character });
        }
        secret::mask_keys(&hidden, self.key_prefix)
    }

    fn hides(&self, offset: usize) -> bool {
        if self.file.is_foreign() {
            return true;
        }
        // In a key file any cell may be a key that slipped into the wrong column.
        let other_cell = self.file.is_key_file()
            && !(self.place.span.start()..self.place.span.end()).contains(&offset);
        let after = self.secrets.partition_point(|secret| {
            (secret.file, secret.span.start()) <= (self.place.file, offset)
        });
        other_cell
            || self
                .secrets
                .get(..after)
                .and_then(<[Place]>::last)
                .is_some_and(|secret| secret.file == self.place.file && offset < secret.span.end())
    }
}

/// The text without control characters, which a terminal obeys and a log takes for the end of a line;
/// tabs stay.
fn plain(text: &str) -> String {
    let obeyed = |character: char| character.is_control() && character != '\t';
    text.chars().map(|character| if obeyed(character) { '?' } else { character }).collect()
}

/// Masks what looks like a key in the comment of a line of which a part is shown. A `#` in quotes is
/// taken for a comment as well: one line does not say what it is in.
fn mask_comment(line: &str, window: &Range<usize>, mut shown: String) -> String {
    let begins = |at: &usize| {
        let before = line.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', '\t'])
    };
    let Some(start) = memchr::memchr_iter(b'#', line.as_bytes()).find(begins) else {
        return shown;
    };
    // Masking keeps the number of characters, not of bytes.
    let before = line.get(window.start..start).unwrap_or_default();
    let comment = shown.split_off(byte_of(&shown, before.chars().count()));
    shown + &secret::mask_tokens(&comment)
}

/// The part of a line to show: all of a short one, else what is around the place.
fn window(line: &str, at: usize, end: usize) -> Range<usize> {
    if line.len() <= MAX_LINE_BYTES {
        return 0..line.len();
    }
    let half = MAX_LINE_BYTES / 2;
    let last = end.min(at.saturating_add(half)).saturating_add(half);
    let floor = |mut index: usize| {
        while !line.is_char_boundary(index) {
            index = index.saturating_sub(1);
        }
        index
    };
    floor(at.saturating_sub(half))..floor(last.min(line.len()))
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}
