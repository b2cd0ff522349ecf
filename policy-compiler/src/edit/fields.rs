//! What a key says, field by field, as YAML and as cells of a key file write it.

use super::error::NoPlace;
use super::words::Words;
use crate::escape::double_quoted;
use crate::model::{AddressList, Key, LIST_PREFIX, Policy, show_time};

/// One field with its value.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name, in the document as in a key file.
    pub(super) name: &'static str,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Word(String),
    Addresses(Vec<String>),
    Names(Vec<String>),
}

/// Every field that the key needs, the digest first.
pub(super) fn fields(key: &Key, policy: &Policy) -> Vec<Field> {
    let word = |name, value| Some(Field { name, value: Value::Word(value) });
    let addresses = |name, list: &AddressList| {
        let entries = list.texts();
        (!entries.is_empty()).then_some(Field { name, value: Value::Addresses(entries) })
    };
    let collections = key.grant.as_ref().map(|grant| {
        let names = grant.iter().filter_map(|index| policy.collection(*index));
        let names = names.map(|collection| collection.name.to_string()).collect();
        Field { name: "collections", value: Value::Names(names) }
    });
    let fields = [
        word("sha256", key.digest.to_string()),
        (!key.active).then(|| word("active", "false".to_owned())).flatten(),
        addresses("allowed_ips", &key.rule.allowed),
        addresses("blocked_ips", &key.rule.blocked),
        key.window.not_before().and_then(|time| word("not_before", show_time(time))),
        key.window.expires().and_then(|time| word("expires", show_time(time))),
        collections,
    ];
    fields.into_iter().flatten().collect()
}

impl Field {
    /// `name: value`, on one line.
    pub(super) fn yaml(&self, words: Words) -> String {
        let value = match &self.value {
            Value::Word(word) => words.value(word),
            Value::Addresses(entries) => listed(entries.iter().map(|entry| address(entry, words))),
            Value::Names(names) => listed(names.iter().map(|name| words.name(name))),
        };
        format!("{}: {value}", words.name(self.name))
    }

    /// The text of a cell, without quotes.
    ///
    /// # Errors
    /// Where it would be empty, which means what a key has without this field.
    pub(super) fn cell(&self) -> Result<String, NoPlace> {
        match &self.value {
            Value::Word(word) => Ok(word.clone()),
            Value::Names(names) if names.is_empty() => Err(NoPlace::EmptyCell),
            Value::Addresses(entries) | Value::Names(entries) => Ok(entries.join(", ")),
        }
    }
}

fn listed(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() { "[]".to_owned() } else { format!("[ {} ]", entries.join(", ")) }
}

/// An entry of an IP list in the document.
fn address(entry: &str, words: Words) -> String {
    match entry.strip_prefix(LIST_PREFIX) {
        Some(name) => format!("{{ {}: {} }}", words.name("list"), words.name(name)),
        // YAML reads something else into the colons of IPv6.
        None if entry.contains(':') => double_quoted(entry),
        None => words.value(entry),
    }
}
