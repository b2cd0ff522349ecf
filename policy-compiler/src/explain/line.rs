//! A request as a line of JSON.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::diagnostic::secret::mask_tokens;
use crate::source::quote;

const FIELDS: &str = "`method`, `host`, `path`, `headers`, `address`, `time`";

/// What a line says.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) method: Text,
    pub(super) host: Text,
    pub(super) path: Text,
    pub(super) headers: Vec<(Text, Text)>,
    pub(super) address: Option<String>,
    pub(super) time: Option<String>,
}

/// A text, in base64 where it is not UTF-8.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Text {
    Plain(String),
    Encoded(Encoded),
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encoded {
    base64: String,
}

impl Line {
    /// Reads a line; a message gives the column, as the line is known.
    ///
    /// # Errors
    /// What is wrong with the line, without its values: any may be a key.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        // So that what is no JSON is told as that, and not as a field of the wrong type.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| at_column("not JSON", &error))?;
        if !text.trim_start().starts_with('{') {
            return Err(format!("not a request: expected an object with {FIELDS}"));
        }
        serde_json::from_str(text).map_err(|error| at_column("not a request", &error))
    }
}

/// The library's own place has a line, too, which is that of the text it was given.
fn at_column(what: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
    format!("{what} at column {}: {problem}", error.column())
}

impl Text {
    /// The bytes; none where the base64 is none.
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Plain(text) => Some(text.into_bytes()),
            Self::Encoded(Encoded { base64 }) => STANDARD.decode(base64).ok(),
        }
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

/// Names the field that is wrong, which what serde derives does not, and repeats no value, which it does.
struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with {FIELDS}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        const TEXT: &str = "a text or `{\"base64\": text}`";
        let (mut method, mut host, mut path) = (None, None, None);
        let (mut headers, mut address, mut time) = (None, None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "method" => take(&mut map, &name, TEXT, &mut method)?,
                "host" => take(&mut map, &name, TEXT, &mut host)?,
                "path" => take(&mut map, &name, TEXT, &mut path)?,
                "headers" => take(&mut map, &name, "a list of `[name, value]`", &mut headers)?,
                "address" => take(&mut map, &name, "an IP address as a text", &mut address)?,
                "time" => take(&mut map, &name, "a time as a text", &mut time)?,
                other => {
                    let other = quote(&mask_tokens(other));
                    return Err(A::Error::custom(format!(
                        "unknown field {other}, expected one of {FIELDS}"
                    )));
                }
            }
        }
        let missing = |name| A::Error::custom(format!("field `{name}` is missing"));
        Ok(Line {
            method: method.ok_or_else(|| missing("method"))?,
            host: host.ok_or_else(|| missing("host"))?,
            path: path.ok_or_else(|| missing("path"))?,
            headers: headers.flatten().unwrap_or_default(),
            address: address.flatten(),
            time: time.flatten(),
        })
    }
}

/// Takes the value of a field that was not there yet.
fn take<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
    name: &str,
    expected: &str,
    value: &mut Option<T>,
) -> Result<(), A::Error> {
    if value.is_some() {
        return Err(A::Error::custom(format!("field `{name}` is given twice")));
    }
    let wrong = |_| A::Error::custom(format!("field `{name}` is not {expected}"));
    *value = Some(map.next_value().map_err(wrong)?);
    Ok(())
}
