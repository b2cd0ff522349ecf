//! Fields, in whatever form they came, as settings.

use std::borrow::Cow;
use std::fmt;

use super::{Mode, Settings};
use crate::counters::MAX_COUNTED_CLIENTS;

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number that is not negative.
    Count(u64),
    /// `true` or `false`.
    Boolean(bool),
    /// What no setting is, in words.
    Other(&'static str),
}

/// The table, in base64, and how to use it.
#[derive(Debug, PartialEq)]
pub(super) struct Fields<'a> {
    pub(super) table: Cow<'a, str>,
    pub(super) settings: Settings,
}

/// What is wrong with the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldError {
    /// There is no `table`.
    Missing,
    /// A field that is none of the settings, as a message shows it.
    Unknown(String),
    /// A field that stands there twice.
    Twice(&'static str),
    /// A field with a value that it does not have.
    Value {
        /// Which.
        field: &'static str,
        /// What it may say.
        expected: &'static str,
        /// What it says.
        found: String,
    },
    /// The bytes are no JSON.
    Json {
        /// Bytes before the place.
        at: usize,
        /// What would have to stand there.
        message: String,
    },
}

/// Characters of a text that a message repeats.
const MOST_SHOWN: usize = 40;

const TABLE: &str = "table";
const MODE: &str = "mode";
const FILTER_STATE: &str = "filter_state";
const CLIENT_METRICS: &str = "client_metrics";

impl<'a> Fields<'a> {
    /// The settings that the fields say; each may stand there once, and only the table has to.
    pub(super) fn read(
        fields: impl IntoIterator<Item = (Cow<'a, str>, Value<'a>)>,
    ) -> Result<Self, FieldError> {
        let (mut table, mut mode, mut filter_state, mut client_metrics) = (None, None, None, None);
        for (name, value) in fields {
            match &*name {
                TABLE => once(TABLE, &mut table, read_table(value)?)?,
                MODE => once(MODE, &mut mode, read_mode(value)?)?,
                FILTER_STATE => once(FILTER_STATE, &mut filter_state, read_switch(value)?)?,
                CLIENT_METRICS => once(CLIENT_METRICS, &mut client_metrics, read_clients(value)?)?,
                _ => return Err(FieldError::Unknown(shown(&name))),
            }
        }
        Ok(Self {
            table: table.ok_or(FieldError::Missing)?,
            settings: Settings {
                mode: mode.unwrap_or_default(),
                filter_state: filter_state.unwrap_or_default(),
                client_metrics: client_metrics.unwrap_or_default(),
            },
        })
    }
}

fn once<T>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), FieldError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(FieldError::Twice(name)),
    }
}

fn read_table(value: Value<'_>) -> Result<Cow<'_, str>, FieldError> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(refuse(TABLE, "base64 of a table", &other)),
    }
}

fn read_mode(value: Value<'_>) -> Result<Mode, FieldError> {
    let named = |mode: &Mode| matches!(&value, Value::Text(text) if text == mode.name());
    let found = Mode::ALL.into_iter().find(named);
    found.ok_or_else(|| refuse(MODE, "`enforce` or `shadow`", &value))
}

fn read_switch(value: Value<'_>) -> Result<bool, FieldError> {
    match value {
        Value::Boolean(switch) => Ok(switch),
        other => Err(refuse(FILTER_STATE, "true or false", &other)),
    }
}

fn read_clients(value: Value<'_>) -> Result<u32, FieldError> {
    const { assert!(MAX_COUNTED_CLIENTS == 10_000, "as the message says") };
    let clients = match value {
        Value::Count(count) => u32::try_from(count).ok(),
        _ => None,
    };
    clients
        .filter(|clients| *clients <= MAX_COUNTED_CLIENTS)
        .ok_or_else(|| refuse(CLIENT_METRICS, "a whole number up to 10000", &value))
}

fn refuse(field: &'static str, expected: &'static str, found: &Value<'_>) -> FieldError {
    let found = match found {
        Value::Text(text) => format!("`{}`", shown(text)),
        Value::Count(count) => count.to_string(),
        Value::Boolean(switch) => switch.to_string(),
        Value::Other(words) => (*words).to_owned(),
    };
    FieldError::Value { field, expected, found }
}

/// The beginning of a text, as a line of a log can have it: a table in the wrong place may have megabytes.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(MOST_SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.escape_debug().collect()
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("expected a field `table`, found none"),
            Self::Unknown(name) => write!(
                formatter,
                "expected `{TABLE}`, `{MODE}`, `{FILTER_STATE}` or `{CLIENT_METRICS}`, found a field `{name}`"
            ),
            Self::Twice(field) => write!(formatter, "expected `{field}` once, found it twice"),
            Self::Value { field, expected, found } => {
                write!(formatter, "`{field}`: expected {expected}, found {found}")
            }
            Self::Json { at, message } => {
                write!(formatter, "expected JSON, found something else after {at} bytes: {message}")
            }
        }
    }
}
