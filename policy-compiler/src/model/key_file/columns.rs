//! The header line of a key file.

use super::rows::Row;
use crate::diagnostic::secret::{holds_key, is_name_of_a_key};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::{Reader, quote, synonym};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Client,
    Name,
    Sha256,
    Active,
    NotBefore,
    Expires,
    AllowedIps,
    BlockedIps,
    Collections,
}

const NAMES: [(&str, Column); 9] = [
    ("client", Column::Client),
    ("name", Column::Name),
    ("sha256", Column::Sha256),
    ("active", Column::Active),
    ("not_before", Column::NotBefore),
    ("expires", Column::Expires),
    ("allowed_ips", Column::AllowedIps),
    ("blocked_ips", Column::BlockedIps),
    ("collections", Column::Collections),
];

/// Longer header cells are no column names, but may be keys of a file without header.
const MAX_SHOWN: usize = 15;

/// Which column stands where.
#[derive(Debug)]
pub(super) struct Columns {
    count: usize,
    /// The position of each column, if the file has it.
    positions: [Option<usize>; NAMES.len()],
}

impl Columns {
    /// Reads the header line; nothing when the rows below say nothing with it. Where only some of it is
    /// wrong, what is wrong with the rows is told at once.
    pub(super) fn read(reader: &mut Reader, header: &Row<'_>, with_client: bool) -> Option<Self> {
        Self::find(header, with_client).or_else(|| {
            report(reader, header, with_client);
            let columns = Self::named(header, with_client);
            let says_nothing = columns.positions.iter().all(Option::is_none);
            // Whose keys they are is then to be found out first.
            let is_of_others = !with_client && Self::named(header, true).has(Column::Client);
            (!says_nothing && !is_of_others).then_some(columns)
        })
    }

    /// The columns of a header line with which nothing is wrong.
    pub(super) fn find(header: &Row<'_>, with_client: bool) -> Option<Self> {
        let named = |position| column_named(header.cell(position)?, with_client);
        let found = (0..header.len()).map(named).collect::<Option<Vec<Column>>>()?;
        let is_first = |(position, column)| !found.iter().take(position).any(|at| at == column);
        let whole = required(with_client).all(|(_, column)| found.contains(&column));
        (whole && found.iter().enumerate().all(is_first)).then(|| Self::named(header, with_client))
    }

    /// Those that a header line names, each where it does so first.
    fn named(header: &Row<'_>, with_client: bool) -> Self {
        let named = |position| column_named(header.cell(position)?, with_client);
        let found: Vec<Option<Column>> = (0..header.len()).map(named).collect();
        Self {
            count: found.len(),
            positions: NAMES.map(|(_, column)| found.iter().position(|at| *at == Some(column))),
        }
    }

    fn has(&self, column: Column) -> bool {
        self.position(column).is_some()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A cell and its position in the row.
    pub(super) fn cell<'r>(&self, row: &'r Row<'_>, column: Column) -> Option<(usize, &'r str)> {
        let position = self.position(column)?;
        Some((position, row.cell(position)?))
    }

    /// Which cell of a row is in a column, if the file has it.
    pub(super) fn position(&self, column: Column) -> Option<usize> {
        self.positions.get(column as usize).copied().flatten()
    }

    /// Whether a row has as many cells as the header, reported when not.
    pub(super) fn fit(&self, reader: &mut Reader, row: &Row<'_>) -> bool {
        let (expected, found) = (self.count, row.len());
        if expected != found {
            reader.report(
                Diagnostic::error(
                    Code::CsvRow,
                    row.start(),
                    format!("the row has {found} cells, the header names {expected} columns"),
                )
                .help("leave unused cells empty; put a cell with commas in double quotes"),
            );
            // Nobody reads the cells of such a row.
            let cells = (0..found).filter(|cell| row.cell(*cell).is_some_and(holds_key));
            cells.for_each(|cell| reader.report(Diagnostic::key_here(row.place(cell))));
        }
        expected == found
    }
}

/// The columns that a file may have.
fn known(with_client: bool) -> impl Iterator<Item = (&'static str, Column)> {
    NAMES.into_iter().filter(move |(_, column)| with_client || *column != Column::Client)
}

/// Those that it must have.
fn required(with_client: bool) -> impl Iterator<Item = (&'static str, Column)> {
    let required = [Column::Client, Column::Name, Column::Sha256];
    known(with_client).filter(move |(_, column)| required.contains(column))
}

fn column_named(name: &str, with_client: bool) -> Option<Column> {
    known(with_client).find(|(known, _)| *known == name).map(|(_, column)| column)
}

/// Reports everything that is wrong with a header line.
fn report(reader: &mut Reader, header: &Row<'_>, with_client: bool) {
    let mut found = Vec::new();
    for position in 0..header.len() {
        let name = header.cell(position).unwrap_or_default();
        match column_named(name, with_client) {
            Some(column) if !found.contains(&column) => found.push(column),
            Some(_) => reader.report(
                Diagnostic::error(
                    Code::DuplicateName,
                    header.place(position),
                    format!("column {} is given twice", quote(name)),
                )
                .help("remove one of the two"),
            ),
            None => report_unknown(reader, header, position, name, with_client),
        }
    }
    for (name, _) in required(with_client).filter(|(_, column)| !found.contains(column)) {
        reader.report(
            Diagnostic::error(
                Code::MissingField,
                header.start(),
                format!("the key file has no column `{name}`"),
            )
            .help(columns_help(with_client)),
        );
    }
}

fn report_unknown(
    reader: &mut Reader,
    header: &Row<'_>,
    position: usize,
    name: &str,
    with_client: bool,
) {
    let place = header.place(position);
    let diagnostic = if is_name_of_a_key(name) {
        Diagnostic::clear_text(place, format!("column {} holds keys in clear text", quote(name)))
    } else if name == "client" {
        let message =
            "a client's own key file has no column `client`: all its keys are that client's";
        Diagnostic::error(Code::UnknownField, place, message)
            .found(name)
            .help("remove the column, or name the file in the `key_files` of the document instead")
    } else if name.len() <= MAX_SHOWN {
        let names: Vec<&str> = known(with_client).map(|(name, _)| name).collect();
        let help = match synonym(name, &names) {
            Some(column) => Some(format!("write `{column}`")),
            None => did_you_mean(name, &names),
        };
        Diagnostic::error(Code::UnknownField, place, format!("unknown column {}", quote(name)))
            .found(name)
            .help(help.unwrap_or_else(|| columns_help(with_client)))
    } else {
        reader.diagnostics.hide(place);
        Diagnostic::error(Code::UnknownField, place, "the first line does not name the columns")
            .help(columns_help(with_client))
    };
    reader.report(diagnostic);
}

fn columns_help(with_client: bool) -> String {
    let client = if with_client { "client," } else { "" };
    format!(
        "the first line is `{client}name,sha256`, then any of `active`, `not_before`, `expires`, `allowed_ips`, `blocked_ips`, `collections`"
    )
}
