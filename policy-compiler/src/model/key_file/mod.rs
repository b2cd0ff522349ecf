//! Key files: CSV with a header line, for policies of very many keys.
//!
//! A file is cut into parts of whole lines, which threads read at once: their plain rows, that is.
//! All others are settled afterwards, in their order, and only then is anything reported. So keys
//! and reports are the same however many threads there are.

mod columns;
mod doubtful;
mod hand_out;
mod name_cells;
mod owners;
mod part;
mod plain;
mod quotes;
mod rows;

use super::client::ClientDraft;
use super::context::Context;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileIndex, Place, Reader, SourceFile, Span};
use columns::Columns;
use doubtful::DoubtfulReader;
pub(super) use hand_out::hand_out;
pub(super) use name_cells::name_cells;
pub(super) use owners::{ClientNames, Owners};
use part::Form;
pub(super) use part::Part;
pub(crate) use rows::{Row, Rows};

/// Reads every key of a file, in parts.
pub(super) fn read_key_file(
    reader: &mut Reader,
    context: &Context,
    (index, file): (FileIndex, &SourceFile),
    owners: &Owners<'_>,
    clients: &[ClientDraft],
) -> Vec<Part> {
    let text = file.text();
    let mut rows = Rows::new(index, text);
    let mut row = rows.row();
    if !rows.read(&mut row) {
        let place = Place { file: index, span: Span::default() };
        reader.report(
            Diagnostic::error(Code::MissingField, place, "the key file has no header line")
                .help("name the columns in the first line: `name,sha256`"),
        );
        return Vec::new();
    }
    if quotes::report(reader, index, row.faults()) {
        return Vec::new();
    }
    let with_client = matches!(owners, Owners::Named(_));
    let Some(columns) = Columns::read(reader, &row, with_client) else {
        return Vec::new();
    };
    let form = Form { file: index, text, columns: &columns, owners, clients: clients.len() };
    let mut parts = form.read(rows.offset(), &|done| reader.watcher.read(done, text.len()));
    let mut doubtful = DoubtfulReader::new(form, context, clients);
    for part in &mut parts {
        doubtful.settle(reader, part);
    }
    parts
}
