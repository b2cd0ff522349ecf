//! From text to tree, within limits.

use serde_saphyr::budget::{Budget, BudgetBreach};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, MessageFormatter, Options, UserMessageFormatter};

use super::plain::read_plain;
use super::{Node, ScalarKind, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::progress::Watcher;
use crate::text::FileIndex;
use crate::text::{Place, Position, SourceFile, Span};

/// Twice what a document of a million keys needs, each with every field it can have.
pub(super) const MAX_NODES: usize = 64_000_000;

/// How many events aliases may stand for: aliases of aliases would otherwise make a short
/// document a huge one.
const MAX_REPLAYED: usize = 2_000_000;

/// The tree of a document; the first offence when it is no YAML or beyond the limits.
pub(crate) fn read_document<'t>(
    index: FileIndex,
    file: &'t SourceFile,
    watcher: &Watcher,
) -> Result<Node<'t>, Diagnostic> {
    match read_plain(file, watcher) {
        Some(root) => Ok(root),
        None => read_any(index, file),
    }
}

/// What YAML takes a plain scalar for; none where it is no scalar for itself.
pub(super) fn scalar_kind(text: &str) -> Option<ScalarKind> {
    // As an entry of a list: for itself `...` or `---` would be the mark of a document.
    let listed = format!("- {text}\n");
    match serde_saphyr::from_str_with_options(&listed, options()).ok()? {
        Value::Sequence(entries) => match entries.as_slice() {
            [Node { value: Value::Scalar(scalar), .. }] => Some(scalar.kind),
            _ => None,
        },
        Value::Scalar(_) | Value::Mapping(_) => None,
    }
}

/// Any document at all.
fn read_any(index: FileIndex, file: &SourceFile) -> Result<Node<'_>, Diagnostic> {
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
        // One anchor may serve every key; what aliases stand for is counted below.
        max_aliases: MAX_NODES,
        enforce_alias_anchor_ratio: false,
        max_recorded_anchor_events: MAX_REPLAYED / 10,
    };
    serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
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
    match original(error) {
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. }
        | Error::MultipleDocuments { .. } => {
            Diagnostic::error(Code::Syntax, place, "a second YAML document begins here")
                .help("a policy is one document: remove the `---` and what follows it")
        }
        Error::AliasReplayLimitExceeded { .. }
        | Error::Budget { breach: BudgetBreach::RecordedAnchorEvents { .. }, .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            let message = "the aliases of the document stand for too much";
            Diagnostic::error(Code::DocumentLimit, place, message)
                .help("give an IP list a name in `ip_lists` and refer to it as `{ list: name }`")
        }
        Error::Budget { .. } => {
            let message = "the document is too large or too deeply nested";
            Diagnostic::error(Code::DocumentLimit, place, message)
                .help("move keys to key files and addresses to list files")
        }
        original => {
            let message = UserMessageFormatter.format_message(original);
            Diagnostic::error(Code::Syntax, place, message.replace(char::is_control, " "))
                .help("correct the YAML; nothing else was looked at")
        }
    }
}

/// The error itself, without the aliases that led to it.
fn original(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    error
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

#[cfg(test)]
mod tests {
    use std::fs;

    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::text::{FileKind, Sources};

    /// The tree of a text as both ways see it: nothing for what is not plain.
    fn both_ways(text: &str) -> Option<(String, String)> {
        let mut sources = Sources::default();
        let (index, file) = sources.add(PathBuf::new(), text.to_owned(), FileKind::Document);
        let plain = read_plain(&file, &Watcher::default())?;
        let any = read_any(index, &file);
        Some((format!("{plain:?}"), format!("{:?}", any.as_ref().unwrap())))
    }

    #[test]
    fn a_plain_document_is_what_any_document_is() {
        let mut plain = 0;
        for entry in fs::read_dir("tests/documents").unwrap() {
            let path = entry.unwrap().path();
            if let Some((plainly, anyhow)) =
                fs::read_to_string(&path).ok().and_then(|text| both_ways(&text))
            {
                assert_eq!(plainly, anyhow, "{}", path.display());
                plain += 1;
            }
        }
        assert!(plain > 10, "{plain}");
    }

    #[test]
    fn what_is_plain() {
        for text in [
            "a: {b: [1, 0x1f, ~, true, x]}\n",
            "# text\n---\na: 2026-01-01 # day\n",
            // Marks of documents only where a line begins with them.
            "- ...\n- ---\n- [---, ...]\n",
        ] {
            let (plainly, anyhow) = both_ways(text).unwrap();
            assert_eq!(plainly, anyhow);
        }
        for text in
            ["a: &b c", "a: !x c", "? [a]\n: b", "%YAML 1.2\n---\na", "a: b\n---\nc", "[", ""]
        {
            assert_eq!(both_ways(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn scalars_are_taken_for_the_same(
            text in "[-+.]{0,2}(0[xXoObB]|[0-9]{1,3}|inf|Infinity|nan|NaN|null|yes|No|on|off|TRUE|false|~|[a-f0-9]{64}|e)?[-+._0-9eExa-fN]{0,6}",
        ) {
            for text in [format!("- {text}\n"), format!("{{k: {text}}}"), format!("{text}: 1\n")] {
                if let Some((plainly, anyhow)) = both_ways(&text) {
                    prop_assert_eq!(plainly, anyhow);
                }
            }
        }

        #[test]
        fn texts_are_taken_for_the_same(text in "([a-c]: |- |\\[|\\]|\\{|\\}|, |\n|\n  |\n    |[a-c1.é'\"#|>&*?]){0,24}") {
            if let Some((plainly, anyhow)) = both_ways(&text) {
                prop_assert_eq!(plainly, anyhow, "{}", text);
            }
        }
    }
}
