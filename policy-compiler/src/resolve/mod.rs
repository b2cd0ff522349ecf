//! From the ids that stand for names in a table back to the names.
//!
//! `portcullis compile --names omit` writes a file of names beside the table: text, a line for the
//! table, then a line for each client and each key, sorted, its fields separated by tabs, which no
//! name contains.
//!
//! ```text
//! portcullis-names\t1\t<table id>
//! client-948fe603f61d\t<client>
//! key-9f86d081884c7d65\t<client>\t<key>
//! ```

use std::fmt::{self, Write};

use policy_table::Label;
use serde::Serialize;

use crate::model::Policy;

/// The first field of the first line.
const MAGIC: &str = "portcullis-names";

/// The version of the file's format.
const VERSION: &str = "1";

/// Names by the ids that stand for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesFile<'a> {
    table_id: &'a str,
    /// Sorted by id.
    entries: Vec<Entry<'a>>,
}

/// Whom an id stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry<'a> {
    /// The id.
    pub id: Label<'a>,
    /// The client, or the client that has the key.
    pub client: &'a str,
    /// The key; null where the id stands for a client.
    pub key: Option<&'a str>,
}

/// Why a text is no file of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesError {
    /// The line, from 1.
    pub line: usize,
    /// What a file of names has there.
    pub expected: &'static str,
}

impl fmt::Display for NamesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, expected } = self;
        write!(
            formatter,
            "line {line}: expected {expected}; give the file that `portcullis compile --names omit` wrote"
        )
    }
}

impl std::error::Error for NamesError {}

impl<'a> NamesFile<'a> {
    /// The names of a policy, for the table of this id that was made from it.
    pub fn of(policy: &'a Policy, table_id: &'a str) -> Self {
        let mut entries = Vec::new();
        for client in &policy.clients {
            let name = client.name.as_str();
            entries.push(Entry { id: Label::id_of_client(name), client: name, key: None });
            entries.extend(client.keys.iter().map(|key| Entry {
                id: Label::id_of_key(key.digest.as_bytes()),
                client: name,
                key: Some(key.name.as_str()),
            }));
        }
        entries.sort_unstable();
        Self { table_id, entries }
    }

    /// Reads a file of names.
    ///
    /// # Errors
    /// Names the first line that is none of such a file.
    pub fn parse(text: &'a str) -> Result<Self, NamesError> {
        let mut lines = text.lines().enumerate();
        let first = lines.next().map(|(_, line)| line.split('\t').collect::<Vec<_>>());
        let Some([MAGIC, VERSION, table_id]) = first.as_deref() else {
            return Err(NamesError { line: 1, expected: "`portcullis-names`, `1` and a table id" });
        };
        let entries = lines.map(|(at, line)| {
            let mut fields = line.split('\t');
            let entry = match (fields.next(), fields.next(), fields.next(), fields.next()) {
                (Some(id), Some(client), key, None) if id.starts_with(kind(key)) => {
                    Some(Entry { id: Label::Name(id), client, key })
                }
                _ => None,
            };
            let expected = "an id, a client and, for a key, its name, separated by tabs";
            entry.ok_or(NamesError { line: at.saturating_add(1), expected })
        });
        let mut entries: Vec<Entry<'_>> = entries.collect::<Result<_, _>>()?;
        // They were written sorted, but files are merged and edited.
        entries.sort_unstable();
        Ok(Self { table_id, entries })
    }

    /// The table that the names belong to. Ids mean the same in every table; a name may have come or gone.
    pub fn table_id(&self) -> &'a str {
        self.table_id
    }

    /// Everyone whom an id stands for: no one or one, unless two ids are the same by chance.
    pub fn find(&self, id: &str) -> &[Entry<'a>] {
        let start = self.entries.partition_point(|entry| entry.id.as_str() < id);
        let rest = self.entries.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|entry| entry.id.as_str() == id).count();
        rest.get(..count).unwrap_or_default()
    }

    /// The file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{MAGIC}\t{VERSION}\t{}\n", self.table_id);
        for Entry { id, client, key } in &self.entries {
            let _ = write!(text, "{id}\t{client}");
            if let Some(key) = key {
                let _ = write!(text, "\t{key}");
            }
            text.push('\n');
        }
        text
    }
}

fn kind(key: Option<&str>) -> &'static str {
    if key.is_some() { "key-" } else { "client-" }
}
