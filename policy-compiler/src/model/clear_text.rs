//! The refusal of keys in clear text, wherever in a document one stands.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::secret::keys_in;
use crate::source::{Node, Reader, Value};

/// Reports every key that Portcullis made and that a text or a name of the document has. It looks
/// at the whole tree, so that no field has to think of it, and no field is forgotten.
pub(super) fn refuse_keys(reader: &mut Reader, node: &Node<'_>) {
    match &node.value {
        Value::Scalar(scalar) => {
            for key in keys_in(&scalar.text) {
                let place = reader.part_of_scalar(node, key.start, key.len());
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
