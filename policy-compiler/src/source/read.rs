//! From text to tree, within limits.

use serde_saphyr::budget::Budget;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Options, UserMessageFormatter};

use super::{Node, Place, ScalarKind, SourceFile, Span, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileIndex;

/// Twice what a document of a million keys needs, each with every field it can have.
const MAX_NODES: usize = 64_000_000;

/// The tree of a document; the first offence when it is no YAML or beyond the limits.
pub(crate) fn read_document(index: FileIndex, file: &SourceFile) -> Result<Node<'_>, Diagnostic> {
    let mut root: Node<'_> = serde_saphyr::from_str_with_options(file.text(), options())
        .map_err(|error| syntax_error(index, &error))?;
    settle_numbers(&mut root, file);
    Ok(root)
}

fn options() -> Options {
    let budget: Option<Budget> = serde_saphyr::budget! {
        max_reader_input_bytes: None,
        max_events: MAX_NODES.saturating_mul(2),
        max_nodes: MAX_NODES,
        max_depth: 32,
        max_documents: 1,
        max_total_scalar_bytes: 1 << 30,
    };
    serde_saphyr::options! {
        budget: budget,
        // Both are reported by the model, with everything else that is wrong.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        // Only `true` and `false` are truth values: a client may be called `no`.
        strict_booleans: true,
        // A digest such as `12e456...` reads like a number without end.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        // Excerpts are made by the report, which knows what must not be shown.
        with_snippet: false,
    }
}

fn syntax_error(index: FileIndex, error: &serde_saphyr::Error) -> Diagnostic {
    let span = error.location().map(|location| {
        let span = location.span();
        let narrow = |bytes: Option<u64>| u32::try_from(bytes.unwrap_or(0)).unwrap_or(u32::MAX);
        Span { offset: narrow(span.byte_offset()), length: narrow(span.byte_len()) }
    });
    let place = Place { file: index, span: span.unwrap_or_default() };
    let (code, help) = match error {
        serde_saphyr::Error::Budget { .. } => (
            Code::DocumentLimit,
            "split the document: keys may stand in key files, addresses in list files",
        ),
        _ => (Code::Syntax, "correct the YAML; nothing after this place was looked at"),
    };
    let message = error.without_snippet().render_with_formatter(&UserMessageFormatter);
    Diagnostic::error(code, place, message).help(help)
}

/// Numbers keep the text they were written with.
fn settle_numbers<'t>(node: &mut Node<'t>, file: &'t SourceFile) {
    match &mut node.value {
        Value::Scalar(scalar) => {
            if scalar.kind == ScalarKind::Number {
                scalar.text = file.slice(node.span).into();
            }
        }
        Value::Sequence(entries) => {
            for entry in entries {
                settle_numbers(entry, file);
            }
        }
        Value::Mapping(entries) => {
            for (name, value) in entries {
                settle_numbers(name, file);
                settle_numbers(value, file);
            }
        }
    }
}
