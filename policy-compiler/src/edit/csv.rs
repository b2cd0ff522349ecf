//! Edits of the text of a key file: one row changes, all others stay as they are, unless the file
//! lacks a column that the change needs; then every row gets it.

use std::ops::Range;
use std::path::PathBuf;

use super::Change;
use super::error::NoPlace;
use super::fields::fields;
use crate::model::{Digest, Name, Policy, Row, Rows, show_time};
use crate::text::{FileKind, Sources};

/// The text with a change made to it; `policy` is what it means without.
pub(super) fn edit(text: &str, change: &Change, policy: &Policy) -> Result<String, NoPlace> {
    let digest = |key: &Name| digest(policy, change.client(), key).ok_or(NoPlace::Missing);
    match change {
        Change::AddKey { key, client, .. } => {
            let mut cells = vec![("client", client.to_string()), ("name", key.name.to_string())];
            for field in fields(key, policy) {
                cells.push((field.name, field.cell()?));
            }
            let text = cells
                .iter()
                .skip(2)
                .try_fold(text.to_owned(), |text, (column, _)| with_column(&text, column))?;
            add_row(&text, &cells)
        }
        Change::SetKeyActive { key, active, .. } => {
            set(text, digest(key)?, "active", &active.to_string())
        }
        Change::SetKeyExpires { key, expires, .. } => {
            set(text, digest(key)?, "expires", &show_time(*expires))
        }
        Change::RemoveKey { key, .. } => remove_row(text, digest(key)?),
        Change::SetClientActive { .. } | Change::MigrateProfile { .. } => Err(NoPlace::Missing),
    }
}

fn digest(policy: &Policy, client: &Name, key: &Name) -> Option<Digest> {
    let client = policy.clients.iter().find(|other| other.name == *client)?;
    client.keys.iter().find(|other| other.name == *key).map(|key| key.digest)
}

/// A key file, its header read.
struct KeyFile<'t> {
    text: &'t str,
    header: Vec<String>,
    header_end: usize,
}

impl<'t> KeyFile<'t> {
    fn read(text: &'t str) -> Result<Self, NoPlace> {
        let mut rows = rows(text);
        let mut row = rows.row();
        if !rows.read(&mut row) {
            return Err(NoPlace::Missing);
        }
        let cells = 0..row.len();
        let header = cells.filter_map(|at| row.cell(at).map(str::to_owned)).collect();
        Ok(Self { text, header, header_end: end(&row) })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Visits every row but the header, until one is what is looked for.
    fn find<T>(&self, mut look: impl FnMut(&Row<'t>) -> Option<T>) -> Option<T> {
        let mut rows = rows(self.text);
        let mut row = rows.row();
        rows.read(&mut row);
        while rows.read(&mut row) {
            if let Some(found) = look(&row) {
                return Some(found);
            }
        }
        None
    }

    /// Takes what is wanted of the row with a digest.
    fn row_of<T>(
        &self,
        digest: Digest,
        take: impl Fn(&Row<'t>) -> Option<T>,
    ) -> Result<T, NoPlace> {
        let column = self.column("sha256").ok_or(NoPlace::Missing)?;
        let is_wanted = |row: &Row<'_>| row.cell(column).and_then(Digest::parse) == Some(digest);
        self.find(|row| is_wanted(row).then(|| take(row)).flatten()).ok_or(NoPlace::Missing)
    }
}

fn set(text: &str, digest: Digest, column: &str, value: &str) -> Result<String, NoPlace> {
    let text = with_column(text, column)?;
    let file = KeyFile::read(&text)?;
    let position = file.column(column).ok_or(NoPlace::Missing)?;
    let cell = file.row_of(digest, |row| Some(cell_range(row, position)))?;
    let (before, after) =
        text.get(..cell.start).zip(text.get(cell.end..)).ok_or(NoPlace::Missing)?;
    Ok(format!("{before}{}{after}", written(value)))
}

/// The text with a column of this name: at the end of every row, empty, where there was none.
fn with_column(text: &str, name: &str) -> Result<String, NoPlace> {
    let file = KeyFile::read(text)?;
    if file.column(name).is_some() {
        return Ok(text.to_owned());
    }
    let mut edited = String::with_capacity(text.len().saturating_mul(2));
    edited.push_str(text.get(..file.header_end).unwrap_or_default());
    edited.push_str(&format!(",{name}"));
    let mut at = file.header_end;
    file.find::<()>(|row| {
        edited.push_str(text.get(at..end(row)).unwrap_or_default());
        edited.push(',');
        at = end(row);
        None
    });
    edited.push_str(text.get(at..).unwrap_or_default());
    Ok(edited)
}

/// A row at the end, with these cells where the file has columns for them.
fn add_row(text: &str, cells: &[(&str, String)]) -> Result<String, NoPlace> {
    let file = KeyFile::read(text)?;
    let cell = |column: &String| {
        cells
            .iter()
            .find(|(name, _)| name == column)
            .map_or(String::new(), |(_, value)| written(value))
    };
    let row: Vec<String> = file.header.iter().map(cell).collect();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    // A file that ends without a line end still does.
    let row = row.join(",");
    Ok(if text.ends_with('\n') {
        format!("{text}{row}{newline}")
    } else {
        format!("{text}{newline}{row}")
    })
}

fn remove_row(text: &str, digest: Digest) -> Result<String, NoPlace> {
    let file = KeyFile::read(text)?;
    let row = file.row_of(digest, |row| Some(row.start().span.start()..end(row)))?;
    let (before, after) = text.get(..row.start).zip(text.get(row.end..)).ok_or(NoPlace::Missing)?;
    // A file that ends without a line end still does.
    let before = if after.is_empty() { before.trim_end_matches(['\r', '\n']) } else { before };
    let after = after.strip_prefix("\r\n").or(after.strip_prefix('\n')).unwrap_or(after);
    Ok(format!("{before}{after}"))
}

fn rows(text: &str) -> Rows<'_> {
    let (file, _) = Sources::default().add(PathBuf::new(), String::new(), FileKind::KeyFile);
    Rows::new(file, text)
}

fn cell_range(row: &Row<'_>, position: usize) -> Range<usize> {
    let span = row.place(position).span;
    span.start()..span.end()
}

/// The offset after the last cell of a row.
fn end(row: &Row<'_>) -> usize {
    cell_range(row, row.len().saturating_sub(1)).end
}

/// A cell as it is written: in quotes where it must be.
fn written(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}
