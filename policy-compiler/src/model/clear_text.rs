//! The refusal of keys in clear text, wherever in a document one stands.

use std::ops::Range;

use crate::diagnostic::secret::{is_name_of_a_key, keys_in};
use crate::diagnostic::{Diagnostic, HASH_HELP};
use crate::source::{Node, Reader, Scalar, ScalarKind, Value};
use crate::text::Place;

/// Reports every key that Portcullis made and that a text or a name of the document has. It looks
/// at the whole tree, so that no field has to think of it, and no field is forgotten.
pub(super) fn refuse_keys(reader: &mut Reader, node: &Node<'_>) {
    match &node.value {
        Value::Scalar(scalar) => {
            for place in places(reader, node, &scalar.text) {
                // Where escapes or line ends take it apart, nothing else would know it.
                reader.diagnostics.hide(place);
                reader.report(Diagnostic::key_here(place));
            }
        }
        Value::Sequence(entries) => entries.iter().for_each(|entry| refuse_keys(reader, entry)),
        Value::Mapping(entries) => entries.iter().for_each(|(name, value)| {
            refuse_keys(reader, name);
            refuse_keys(reader, value);
        }),
    }
}

/// Where the keys in a text stand: that of one that is not written as it reads is the whole text's.
fn places(reader: &Reader, node: &Node<'_>, text: &str) -> Vec<Place> {
    let written = reader.source.slice(node.span);
    let mut from = 0_usize;
    let place = |key: Range<usize>| {
        let key: &str = text.get(key).unwrap_or_default();
        let at = written.get(from..).and_then(|rest| rest.find(key));
        let span = at.map_or(node.span, |at| {
            let start = from.saturating_add(at);
            from = start.saturating_add(key.len());
            node.span.part(start, key.len())
        });
        reader.place_of(span)
    };
    keys_in(text).map(place).collect()
}

/// Reports what may be a key itself where the fields of one belong, or keys by their names: `what`.
/// Whether there was any.
pub(super) fn refuse_values(reader: &mut Reader, node: &Node<'_>, what: &str, help: &str) -> bool {
    let values = values(node);
    for value in &values {
        reader.hide(value);
        let found = value.description();
        let message = format!("expected {what}, found {found} that may be a key itself");
        let help = format!("{help}; {HASH_HELP}");
        let place = reader.place(value);
        reader.report(Diagnostic::clear_text(place, message).help(help));
    }
    !values.is_empty()
}

/// Reports the value of a field whose name says that it holds the key itself; whether it may.
pub(super) fn refuse_field(reader: &mut Reader, name: &Node<'_>, value: &Node<'_>) -> bool {
    let Some(field) = name.scalar_text().filter(|field| is_name_of_a_key(field)) else {
        return false;
    };
    let values = values(value);
    for value in &values {
        reader.hide(value);
        let message = format!("field `{}` holds a key in clear text", field.to_ascii_lowercase());
        let place = reader.place(value);
        reader.report(Diagnostic::clear_text(place, message));
    }
    !values.is_empty()
}

/// The texts of a value, and of those fields in it that are named so.
fn values<'n, 't>(node: &'n Node<'t>) -> Vec<&'n Node<'t>> {
    match &node.value {
        Value::Scalar(scalar) => may_be_key(scalar).then_some(node).into_iter().collect(),
        Value::Sequence(entries) => entries.iter().flat_map(values).collect(),
        Value::Mapping(entries) => {
            let named = |name: &Node<'_>| name.scalar_text().is_some_and(is_name_of_a_key);
            let entries = entries.iter().filter(|(name, _)| named(name));
            entries.flat_map(|(_, value)| values(value)).collect()
        }
    }
}

/// Whether a single value may be a key: nothing and `true` are none.
fn may_be_key(scalar: &Scalar<'_>) -> bool {
    matches!(scalar.kind, ScalarKind::Text | ScalarKind::Number) && !scalar.text.is_empty()
}
