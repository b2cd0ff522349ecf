//! The rows of a key file: their cells and where these stand.
//!
//! Nearly every row is cut where it stands, without a copy. Only what quoting changed goes
//! through the CSV reader, which settles what such a cell holds.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::quotes::{Fault, spans};
use crate::text::{BYTE_ORDER_MARK, FileIndex, Place, Span};

/// Reads rows one after the other; empty lines between them do not count.
#[derive(Debug)]
pub(crate) struct Rows<'t> {
    file: FileIndex,
    text: &'t str,
    /// How much of the text was read.
    at: usize,
    /// Where no row begins any more.
    end: usize,
}

/// One row; it is reused for the next one.
#[derive(Debug)]
pub(crate) struct Row<'t> {
    file: FileIndex,
    start: usize,
    cells: Vec<Cell<'t>>,
    /// What is wrong with its cells; they then say nothing.
    faults: Vec<Fault>,
    /// Once a row has needed it: it takes longer to make than to read a row with.
    reader: Option<csv_core::Reader>,
}

/// One cell.
#[derive(Debug, PartialEq, Eq)]
struct Cell<'t> {
    /// What it holds: without quotes around it.
    text: Cow<'t, str>,
    /// Where it stands, quotes included.
    span: Span,
}

impl<'t> Rows<'t> {
    pub(crate) fn new(file: FileIndex, text: &'t str) -> Self {
        // A byte order mark is no part of the first cell.
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        Self::between(file, text, at..text.len())
    }

    /// The rows that begin within bounds, the first of which a row may begin at.
    pub(super) fn between(file: FileIndex, text: &'t str, bounds: Range<usize>) -> Self {
        Self { file, text, at: bounds.start, end: bounds.end }
    }

    /// Goes to where a row begins, which is read next.
    pub(super) fn go_to(&mut self, start: usize) {
        self.at = start;
    }

    /// The offset after the last row that was read.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// A row without cells, to read into.
    pub(crate) fn row(&self) -> Row<'t> {
        Row { file: self.file, start: 0, cells: Vec::new(), faults: Vec::new(), reader: None }
    }

    /// Reads the next row; whether there was one.
    pub(crate) fn read(&mut self, row: &mut Row<'t>) -> bool {
        let text = self.text;
        let rest = text.get(self.at..).unwrap_or_default();
        let content = rest.trim_start_matches(['\r', '\n']);
        row.start = text.len().saturating_sub(content.len());
        if row.start >= self.end {
            return false;
        }
        let end = memchr2(b'\n', b'\r', content.as_bytes()).unwrap_or(content.len());
        let line = content.get(..end).unwrap_or_default();
        let length = if row.cut(line) { line.len() } else { row.parse(content) };
        self.at = row.start.saturating_add(length);
        true
    }
}

impl<'t> Row<'t> {
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A cell without the blanks around it.
    pub(crate) fn cell(&self, position: usize) -> Option<&str> {
        self.cells.get(position).map(|cell| cell.text.trim())
    }

    /// What is wrong with its cells; a row that is plain has nothing of it.
    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether every cell stands in the file as it is.
    pub(super) fn is_plain(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell.text, Cow::Borrowed(_)))
    }

    /// A cell that stands in the file as it is, without the blanks around it, and where.
    pub(super) fn plain_cell(&self, position: usize) -> Option<(&'t str, Span)> {
        match self.cells.get(position)? {
            Cell { text: Cow::Borrowed(text), span } => Some((trim(text), *span)),
            Cell { text: Cow::Owned(_), .. } => None,
        }
    }

    /// The same, to keep: a copy only of what does not stand in the file as it is.
    pub(crate) fn kept_cell(&self, position: usize) -> Option<Cow<'t, str>> {
        Some(match &self.cells.get(position)?.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        })
    }

    /// Where the row begins.
    pub(crate) fn start(&self) -> Place {
        Place { file: self.file, span: Span::new(self.start, 0) }
    }

    /// Where a cell stands, quotes included.
    pub(crate) fn place(&self, position: usize) -> Place {
        let cell = self.cells.get(position).or(self.cells.last());
        let span = cell.map_or(Span::new(self.start, 0), |cell| cell.span);
        Place { file: self.file, span }
    }

    /// Cuts a line into cells that need no decoding; whether all are such.
    fn cut(&mut self, line: &'t str) -> bool {
        self.cells.clear();
        self.faults.clear();
        let mut at = 0_usize;
        loop {
            let rest = line.get(at..).unwrap_or_default();
            let (text, length) = match rest.strip_prefix('"') {
                None => match memchr2(b',', b'"', rest.as_bytes()) {
                    Some(end) if rest.as_bytes().get(end) == Some(&b'"') => return false,
                    end => {
                        let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                        (text, text.len())
                    }
                },
                Some(quoted) => {
                    let end = memchr(b'"', quoted.as_bytes());
                    let Some(text) = end.and_then(|end| quoted.get(..end)) else { return false };
                    (text, text.len().saturating_add(2))
                }
            };
            let span = Span::new(self.start.saturating_add(at), length);
            self.cells.push(Cell { text: Cow::Borrowed(text), span });
            at = at.saturating_add(length);
            match line.as_bytes().get(at) {
                None => return true,
                Some(b',') => at = at.saturating_add(1),
                Some(_) => return false,
            }
        }
    }

    /// Parses the row that a text begins with; returns how long it is.
    fn parse(&mut self, text: &str) -> usize {
        let reader = self.reader.get_or_insert_with(csv_core::Reader::new);
        reader.reset();
        let (mut output, mut ends) = (vec![0_u8; 256], vec![0_usize; 16]);
        let (mut read, mut written, mut ended) = (0_usize, 0_usize, 0_usize);
        loop {
            let (result, input, bytes, fields) = reader.read_record(
                text.as_bytes().get(read..).unwrap_or_default(),
                output.get_mut(written..).unwrap_or_default(),
                ends.get_mut(ended..).unwrap_or_default(),
            );
            read = read.saturating_add(input);
            written = written.saturating_add(bytes);
            ended = ended.saturating_add(fields);
            match result {
                csv_core::ReadRecordResult::OutputFull => {
                    output.resize(output.len().saturating_mul(2), 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull => {
                    ends.resize(ends.len().saturating_mul(2), 0);
                }
                // The next time round there is no more input, which ends the record.
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => break,
            }
        }
        let spans = spans(text.get(..read).unwrap_or_default(), self.start, &mut self.faults);
        self.cells.clear();
        let mut from = 0;
        for (position, to) in ends.iter().take(ended).enumerate() {
            // The text is UTF-8, and only ASCII was taken out of it.
            let bytes = output.get(from..*to).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes).into_owned();
            let span = spans.get(position).or(spans.last()).copied().unwrap_or_default();
            self.cells.push(Cell { text: Cow::Owned(text), span });
            from = *to;
        }
        read
    }
}

/// The text without blanks around it, which it seldom has.
fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::text::{FileKind, Sources};

    fn rows(text: &str) -> Vec<Vec<(String, String)>> {
        let (file, _) = Sources::default().add(PathBuf::new(), String::new(), FileKind::KeyFile);
        let mut rows = Rows::new(file, text);
        let mut row = rows.row();
        let mut all = Vec::new();
        while rows.read(&mut row) {
            let cell = |cell: &Cell<'_>| {
                let written = text.get(cell.span.start()..cell.span.end());
                (cell.text.clone().into_owned(), written.unwrap().to_owned())
            };
            all.push(row.cells.iter().map(cell).collect());
        }
        all
    }

    #[test]
    fn cells_and_where_they_stand() {
        let text =
            "\u{feff}a,\"b,c\", d\r\n\n\"x\"\"y\",,\"two\nlines\"\nlast\n5\"disk,b\n\"a\"b\"c, \"d";
        let expected = [
            vec![("a", "a"), ("b,c", "\"b,c\""), (" d", " d")],
            vec![("x\"y", "\"x\"\"y\""), ("", ""), ("two\nlines", "\"two\nlines\"")],
            vec![("last", "last")],
            vec![("5\"disk", "5\"disk"), ("b", "b")],
            vec![("ab\"c", "\"a\"b\"c"), (" \"d", " \"d")],
        ];
        let expected = expected.map(|row| {
            row.into_iter().map(|(text, at)| (text.to_owned(), at.to_owned())).collect::<Vec<_>>()
        });
        assert_eq!(rows(text), expected);
    }

    proptest! {
        /// The CSV reader alone is the judge of what a cell holds.
        #[test]
        fn rows_are_those_of_the_csv_reader(text in "[ab,,\"\"\n\r é]{0,60}") {
            let expected: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .flexible(true)
                .has_headers(false)
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let (mut found, mut written) = (Vec::new(), Vec::new());
            for row in rows(&text) {
                let (cells, places): (Vec<String>, Vec<String>) = row.into_iter().unzip();
                found.push(cells);
                written.push(places.join(","));
            }
            prop_assert_eq!(found, expected);
            // Cells and commas are all that a row is made of.
            prop_assert!(written.iter().all(|row| text.contains(row.as_str())), "{:?}", written);
            let ends: usize = text.matches(['\n', '\r']).count();
            let all: usize = written.iter().map(String::len).sum();
            prop_assert!(all.saturating_add(ends) >= text.len(), "{:?}", written);
        }

        #[test]
        fn a_quoted_cell_ends_with_its_only_single_quote(text in "[ab,,\"\"\n\r é]{0,60}") {
            let (file, _) = Sources::default().add(PathBuf::new(), String::new(), FileKind::KeyFile);
            let mut rows = Rows::new(file, &text);
            let mut row = rows.row();
            while rows.read(&mut row) {
                let written = |cell: &Cell<'_>| text.get(cell.span.start()..cell.span.end()).unwrap();
                let faulty = row.cells.iter().map(written).filter(|cell| {
                    let closed = cell.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
                    let within = closed.map(|inner| inner.map(|inner| inner.replace("\"\"", "")));
                    within.is_some_and(|inner| inner.is_none_or(|inner| inner.contains('"')))
                });
                prop_assert_eq!(faulty.count(), row.faults.len());
            }
        }
    }
}
