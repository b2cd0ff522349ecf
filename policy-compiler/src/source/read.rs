//! From text to tree, within limits.

use serde_saphyr::budget::{Budget, BudgetBreach};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Options, UserMessageFormatter};

use super::{Node, Place, Position, ScalarKind, SourceFile, Span, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileIndex;

/// Twice what a document of a million keys needs, each with every field it can have.
const MAX_NODES: usize = 64_000_000;

/// The tree of a document; the first offence when it is no YAML or beyond the limits.
pub(crate) fn read_document(index: FileIndex, file: &SourceFile) -> Result<Node<'_>, Diagnostic> {
    let mut root: Node<'_> = serde_saphyr::from_str_with_options(file.text(), options())
        .map_err(|error| syntax_error(index, file, &error))?;
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

fn syntax_error(index: FileIndex, file: &SourceFile, error: &Error) -> Diagnostic {
    let span = error.location().map_or(Span::default(), |location| {
        let line = usize::try_from(location.line()).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column()).unwrap_or(usize::MAX);
        file.span_at(Position { line, column })
    });
    let place = Place { file: index, span };
    match error {
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. }
        | Error::MultipleDocuments { .. } => {
            Diagnostic::error(Code::Syntax, place, "a second YAML document begins here")
                .help("a policy is one document: remove the `---` and what follows it")
        }
        Error::Budget { .. } => {
            let message = "the document is too large or too deeply nested";
            Diagnostic::error(Code::DocumentLimit, place, message)
                .help("move keys to key files and addresses to list files")
        }
        _ => Diagnostic::error(Code::Syntax, place, problem(error))
            .help("correct the YAML; nothing else was looked at"),
    }
}

/// The parser's words without the place, which is told apart.
fn problem(error: &Error) -> String {
    let message = error.without_snippet().render_with_formatter(&UserMessageFormatter);
    match message.rsplit_once(" at line ") {
        Some((problem, _)) => problem.to_owned(),
        None => message,
    }
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
