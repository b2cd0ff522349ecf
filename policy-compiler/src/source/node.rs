//! The document as a tree of nodes that know their place.
//!
//! The tree accepts any YAML: types and names are judged by the model, which can then
//! report everything that is wrong in one run instead of stopping at the first surprise.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::text::Span;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node<'t> {
    pub(crate) span: Span,
    pub(crate) value: Value<'t>,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(crate) enum Value<'t> {
    Scalar(Scalar<'t>),
    Sequence(Vec<Node<'t>>),
    /// Names and values in the order of the document, duplicates and all.
    Mapping(Vec<(Node<'t>, Node<'t>)>),
}

/// A single value with its text.
#[derive(Debug, Clone)]
pub(crate) struct Scalar<'t> {
    pub(crate) kind: ScalarKind,
    /// As written for numbers (`1.10` stays `1.10`), unescaped for quoted text.
    pub(crate) text: Cow<'t, str>,
}

/// What YAML's core schema takes a scalar for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Null,
    Boolean(bool),
    Number,
    Text,
}

impl Node<'_> {
    /// What it is, in words for a message.
    pub(crate) fn description(&self) -> &'static str {
        match &self.value {
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "nothing",
                ScalarKind::Boolean(_) => "a truth value",
                ScalarKind::Number => "a number",
                ScalarKind::Text => "text",
            },
        }
    }

    /// The value of a mapping's entry, whatever else is wrong with the mapping.
    pub(crate) fn entry(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(entries) => entries
                .iter()
                .find(|(key, _)| key.scalar_text() == Some(name))
                .map(|(_, value)| value),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// Whether it is a mapping without entries.
    pub(crate) fn is_empty_mapping(&self) -> bool {
        matches!(&self.value, Value::Mapping(entries) if entries.is_empty())
    }

    /// The text of a scalar, whatever YAML takes it for; none for lists and mappings.
    pub(crate) fn scalar_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, defined } =
            Spanned::<Value<'de>>::deserialize(deserializer)?;
        // The text of a number is where it is defined, not where an alias stands for it.
        let span = match &value {
            Value::Scalar(Scalar { kind: ScalarKind::Number, .. }) => defined.span(),
            _ => referenced.span(),
        };
        Ok(Self {
            span: Span {
                offset: narrow(span.byte_offset().unwrap_or(0)),
                length: narrow(span.byte_len().unwrap_or(0)),
            },
            value,
        })
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

fn narrow(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        let text = if value { "true" } else { "false" };
        Ok(scalar(ScalarKind::Boolean(value), Cow::Borrowed(text)))
    }

    // The text of a number is taken from the source afterwards.
    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Number, Cow::Borrowed("")))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Number, Cow::Borrowed("")))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Number, Cow::Borrowed("")))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Null, Cow::Borrowed("")))
    }

    fn visit_none<E>(self) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Null, Cow::Borrowed("")))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Text, Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Text, Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Value<'de>, E> {
        Ok(scalar(ScalarKind::Text, Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_element()? {
            entries.push(entry);
        }
        Ok(Value::Sequence(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Mapping(entries))
    }
}

fn scalar(kind: ScalarKind, text: Cow<'_, str>) -> Value<'_> {
    Value::Scalar(Scalar { kind, text })
}
