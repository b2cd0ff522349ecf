//! Key files: CSV with a header line, for policies of very many keys.
//!
//! A file is cut into parts of whole lines, which threads read at once: their plain rows, that is.
//! All others are settled afterwards, in their order, and only then is anything reported. So keys
//! and reports are the same however many threads there are.

mod ahead;
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
use crate::source::Reader;
use crate::text::{FileIndex, Place, SourceFile, Span};
pub(crate) use ahead::Ahead;
pub(super) use ahead::ReadAhead;
use columns::Columns;
use doubtful::DoubtfulReader;
pub(super) use hand_out::hand_out;
pub(super) use name_cells::name_cells;
pub(super) use owners::{ClientNames, Owners};
use part::Form;
pub(super) use part::Part;
pub(crate) use rows::{Row, Rows};

/// What stands in a file, as far as its rows tell it.
#[derive(Debug)]
pub(super) struct Content {
    columns: Columns,
    parts: Vec<Part>,
}

/// Reads every key of a file, in parts, unless its content was read before.
pub(super) fn read_key_file(
    reader: &mut Reader,
    context: &Context,
    (index, file): (FileIndex, &SourceFile),
    owners: Owners<'_>,
    clients: &[ClientDraft],
    ahead: Option<Content>,
) -> Vec<Part> {
    let read = || read_content(reader, index, file.text(), owners, clients.len());
    let Some(Content { columns, mut parts }) = ahead.or_else(read) else {
        return Vec::new();
    };
    let form =
        Form { file: index, text: file.text(), columns: &columns, owners, clients: clients.len() };
    let mut doubtful = DoubtfulReader::new(form, context, clients);
    for part in &mut parts {
        doubtful.settle(reader, part);
    }
    parts
}

fn read_content(
    reader: &mut Reader,
    file: FileIndex,
    text: &str,
    owners: Owners<'_>,
    clients: usize,
) -> Option<Content> {
    let mut rows = Rows::new(file, text);
    let mut row = rows.row();
    if !rows.read(&mut row) {
        let place = Place { file, span: Span::default() };
        reader.report(
            Diagnostic::error(Code::MissingField, place, "the key file has no header line")
                .help("name the columns in the first line: `name,sha256`"),
        );
        return None;
    }
    if quotes::report(reader, file, row.faults()) {
        return None;
    }
    let columns = Columns::read(reader, &row, owners.are_named())?;
    let form = Form { file, text, columns: &columns, owners, clients };
    let parts = form.read(rows.offset(), &|done| reader.watcher.read(done, text.len()));
    Some(Content { columns, parts })
}
