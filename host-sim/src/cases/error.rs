//! Why a text is no case file, in the words of case files.

use std::fmt;

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};

/// Why a text is no case file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", Place(*.line, *.column), Excerpt(*.column, .source_line))]
pub struct CaseFileError {
    /// The line, counted from 1; 0 where it is not known.
    pub line: u64,
    /// The column, counted from 1; 0 where it is not known.
    pub column: u64,
    /// What is wrong there.
    pub message: String,
    /// That line, as it is in the file.
    pub source_line: String,
}

impl CaseFileError {
    pub(super) fn new(text: &str, error: &Error) -> Self {
        let error = error.without_snippet();
        let (line, column) =
            error.location().map_or((0, 0), |location| (location.line(), location.column()));
        let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
        let source_line = index.and_then(|index| text.lines().nth(index)).unwrap_or_default();
        let message = message(original(error), || scalar_at(source_line, column));
        Self { line, column, message, source_line: source_line.to_owned() }
    }
}

const FIELDS: &str = "expected fields, each a name with a colon and a value";
const CALL: &str = "expected one kind of call, `http`, `grpc` or `grpc_stream`, with its fields";
/// What is meant by serde's `a tuple of size 2`: headers, trailers and metadata are such lists.
const PAIR: &str = "a name and a value, such as `[x-name, value]`";

/// The library's own words are those of a parser and of the types that it fills; what stands at
/// the place is asked for where they do not say it.
fn message(error: &Error, found: impl FnOnce() -> String) -> String {
    match error {
        Error::Eof { .. } => "the file ends here: expected `cases:` and a list".to_owned(),
        Error::MultipleDocuments { .. }
        | Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            "a second YAML document begins here: expected one; remove the `---` and what follows it"
                .to_owned()
        }
        Error::Unexpected { expected: "mapping start", .. } => FIELDS.to_owned(),
        Error::Unexpected { expected: "sequence start", .. } => {
            "expected a list, such as `[one, two]` or lines that begin with `- `".to_owned()
        }
        Error::Unexpected { expected: "string scalar", .. } => "expected text".to_owned(),
        Error::NullIntoString { .. } => "expected text, found nothing".to_owned(),
        Error::TaggedScalarCannotDeserializeIntoString { .. } | Error::BinaryNotUtf8 { .. } => {
            "expected text without a tag; bytes are written as `{ hex: … }` or `{ base64: … }`"
                .to_owned()
        }
        Error::InvalidScalar { ty, .. } => {
            format!("expected {}, found {}", kind(ty), found())
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("expected {}, found {}", wanted(expected), there(unexpected))
        }
        Error::SerdeInvalidLength { len, expected, .. } => {
            format!("expected {}, found {len} of them", wanted(expected))
        }
        Error::SerdeUnknownVariant { variant, .. } => format!("unknown call `{variant}`: {CALL}"),
        Error::ExpectedStringKeyForExternallyTaggedEnum { .. }
        | Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedMappingEndAfterEnumVariantValue { .. } => CALL.to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` stands twice"),
        Error::UnknownAnchor { .. } => {
            "no anchor has this name: a text that begins with `*` stands in quotes".to_owned()
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            "the file is too large, too deeply nested, or its aliases stand for too much".to_owned()
        }
        _ => UserMessageFormatter.format_message(error).into_owned(),
    }
}

/// The error itself, without the alias that led to it.
fn original(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    error
}

/// What a type of ours means to who writes a case.
fn kind(ty: &str) -> &str {
    match ty {
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number, 0 or more",
        "boolean" => "`true` or `false`",
        other => other,
    }
}

fn wanted(expected: &str) -> &str {
    if expected == "a tuple of size 2" { PAIR } else { expected }
}

fn there(unexpected: &str) -> &str {
    match unexpected {
        "sequence" => "a list",
        "map" => "fields",
        "unit value" => "nothing",
        other => other,
    }
}

/// The value that begins at a column, or, where there is none, after the colon there.
fn scalar_at(line: &str, column: u64) -> String {
    let before = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let rest: String = line.chars().skip(before).collect();
    let rest = rest.trim_start_matches(':').trim_start();
    let value: String = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest.split_inclusive(quote).take(2).collect(),
        _ => rest.split([',', ']', '}', '#']).next().unwrap_or_default().trim().to_owned(),
    };
    if value.is_empty() { "nothing".to_owned() } else { format!("`{value}`") }
}

/// `3:16: `, in front of a message.
struct Place(u64, u64);

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(0, _) => Ok(()),
            Self(line, column) => write!(formatter, "{line}:{column}: "),
        }
    }
}

/// The line, with a mark under the column; of a line that is longer than people read, what is
/// around the column.
struct Excerpt<'a>(u64, &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters before the column, and from it on.
        const AROUND: usize = 100;
        let Self(column, line) = self;
        if line.is_empty() {
            return Ok(());
        }
        let before = usize::try_from(*column).unwrap_or(0).saturating_sub(1);
        let skipped = before.saturating_sub(AROUND);
        let part: String = line.chars().skip(skipped).take(2 * AROUND).collect();
        let mark = if skipped > 0 { "…" } else { "" };
        let blanks = " ".repeat(before - skipped + mark.chars().count());
        write!(formatter, "\n    {mark}{part}\n    {blanks}^")
    }
}
