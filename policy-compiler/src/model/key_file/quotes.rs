//! What the quotes of a row say: where its cells end, and which of them are no CSV.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Reader;
use crate::text::{FileIndex, Place, Span};

/// A cell that is no CSV. To take it for something would lose what the rest of it says: a file that
/// was cut off ends within a cell, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    kind: FaultKind,
    /// The quote that the cell begins with, as the cell may hold a key.
    quote: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultKind {
    /// The file ends within the cell.
    Unclosed,
    /// Something stands between the closing quote and the comma.
    GoesOn,
}

/// Reports the faults of a row in a file; whether it has any.
pub(super) fn report(reader: &mut Reader, file: FileIndex, faults: &[Fault]) -> bool {
    for fault in faults {
        let (message, help) = match fault.kind {
            FaultKind::Unclosed => (
                "the quote that opens this cell is never closed, so the file ends within it",
                "write a quote where the cell ends; if the end of the file is missing, get all of it",
            ),
            FaultKind::GoesOn => (
                "this cell goes on after the quote that closes it",
                "write a quote where the cell ends and nowhere else; a quote within it is written twice: `\"\"`",
            ),
        };
        let place = Place { file, span: fault.quote };
        reader.report(Diagnostic::error(Code::CsvRow, place, message).help(help));
    }
    !faults.is_empty()
}

/// How far a cell is read. A quote opens one only where it begins (RFC 4180, section 2, rule 5); in it
/// two quotes are one (rule 7), and after the closing quote nothing is left of it.
enum In {
    Begin,
    Plain,
    Quotes,
    AfterQuote,
}

/// Where the cells of a row stand that begins at `start`; what is wrong with them goes to `faults`.
pub(super) fn spans(row: &str, start: usize, faults: &mut Vec<Fault>) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut first, mut state) = (0_usize, In::Begin);
    let span = |first: usize, end: usize| {
        Span::new(start.saturating_add(first), end.saturating_sub(first))
    };
    let fault = |kind, first: usize| Fault { kind, quote: span(first, first.saturating_add(1)) };
    for (at, byte) in row.bytes().enumerate() {
        state = match (state, byte) {
            (In::Begin | In::AfterQuote, b'"') => In::Quotes,
            (In::Quotes, b'"') => In::AfterQuote,
            (In::Quotes, _) => In::Quotes,
            (_, b',') => {
                spans.push(span(first, at));
                first = at.saturating_add(1);
                In::Begin
            }
            (_, b'\n' | b'\r') => {
                spans.push(span(first, at));
                return spans;
            }
            (In::AfterQuote, _) => {
                faults.push(fault(FaultKind::GoesOn, first));
                In::Plain
            }
            (In::Begin | In::Plain, _) => In::Plain,
        };
    }
    if let In::Quotes = state {
        faults.push(fault(FaultKind::Unclosed, first));
    }
    spans.push(span(first, row.len()));
    spans
}
