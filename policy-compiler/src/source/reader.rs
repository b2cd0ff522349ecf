//! Takes typed values from the tree and reports where that is not possible.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Node, Scalar, ScalarKind, Value};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_name, secret};
use crate::progress::Watcher;
use crate::text::{FileIndex, Place, SourceFile, Sources, Span};

/// A file that the document names, with another text than the file system has.
#[derive(Debug)]
pub(crate) struct Replaced {
    /// Its path, as the document leads to it.
    pub(crate) path: PathBuf,
    /// The text that counts.
    pub(crate) text: String,
}

/// After so many errors nobody is told what was probably meant: looking for it takes longer than reading the
/// document.
const MOST_SUGGESTIONS: usize = 50;

/// Longer texts are cut in messages.
const MAX_QUOTED_CHARACTERS: usize = 80;

/// What reading a document needs and gathers.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Diagnostics,
    /// Where relative paths of the document begin.
    pub(crate) base: PathBuf,
    /// A file that is not what the file system has.
    pub(crate) replaced: Option<Replaced>,
    /// The file that is being read.
    pub(crate) file: FileIndex,
    pub(crate) source: Arc<SourceFile>,
    /// Set where a key in clear text may stand: unexpected values are not repeated.
    pub(crate) guarded: bool,
    /// Is told how much of a file was read.
    pub(crate) watcher: Watcher,
}

impl Reader {
    pub(crate) fn place(&self, node: &Node<'_>) -> Place {
        self.place_of(node.span)
    }

    pub(crate) fn place_of(&self, span: Span) -> Place {
        Place { file: self.file, span }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a value of the wrong type.
    pub(crate) fn wrong_type(&mut self, node: &Node<'_>, expected: &str, help: &str) {
        let place = self.place(node);
        let mut message = format!("expected {expected}, found {}", node.description());
        let text = node.scalar_text().filter(|text| !text.is_empty());
        if self.guarded {
            self.hide(node);
        } else if let Some(text) = text {
            message = format!("{message} {}", quote(text));
        }
        let mut diagnostic = Diagnostic::error(Code::WrongType, place, message).help(help);
        if let Some(text) = text.filter(|_| !self.guarded) {
            diagnostic = diagnostic.found(text);
        }
        self.report(diagnostic);
    }

    /// Keeps everything below a node out of all messages.
    pub(crate) fn hide(&mut self, node: &Node<'_>) {
        match &node.value {
            Value::Scalar(_) => {
                let place = self.place(node);
                self.diagnostics.hide(place);
            }
            Value::Sequence(entries) => entries.iter().for_each(|entry| self.hide(entry)),
            Value::Mapping(entries) => entries.iter().for_each(|(name, value)| {
                self.hide(name);
                self.hide(value);
            }),
        }
    }

    /// Hides the value of a field that is not known, when it may be a key.
    pub(crate) fn hide_suspicious(&mut self, name: &Node<'_>, value: &Node<'_>) {
        let named = name.scalar_text().is_some_and(secret::is_name_of_a_key);
        match &value.value {
            Value::Scalar(scalar) => {
                if named || secret::mask_tokens(&scalar.text) != scalar.text {
                    self.hide(value);
                }
            }
            Value::Sequence(entries) => {
                entries.iter().for_each(|entry| self.hide_suspicious(name, entry));
            }
            Value::Mapping(entries) => {
                entries.iter().for_each(|(inner, entry)| {
                    self.hide_suspicious(inner, inner);
                    self.hide_suspicious(inner, entry);
                });
            }
        }
    }

    /// Hides what is within a name that is a list or a mapping, and so is none.
    pub(crate) fn hide_within(&mut self, name: &Node<'_>) {
        if name.scalar_text().is_none() {
            self.hide(name);
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::Boolean(value), .. }) => Some(*value),
            _ => {
                self.wrong_type(
                    node,
                    "`true` or `false`",
                    "write `true` or `false`, without quotes",
                );
                None
            }
        }
    }

    /// Text; not a number or truth value that only looks like it.
    pub(crate) fn text<'n>(&mut self, node: &'n Node<'_>, expected: &str) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::Text, text }) => Some(text),
            _ => {
                let help = match node.value {
                    Value::Scalar(Scalar { kind: ScalarKind::Null, .. }) => {
                        "give it a value, or leave the field out"
                    }
                    Value::Scalar(_) => "put it in quotes when it is meant as text",
                    _ => "write a single value here",
                };
                self.wrong_type(node, expected, help);
                None
            }
        }
    }

    /// Text, or a number taken as it is written (`version: 1.10`).
    pub(crate) fn text_or_number<'n>(
        &mut self,
        node: &'n Node<'_>,
        expected: &str,
    ) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::Number, text }) => Some(text),
            _ => self.text(node, expected),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, node: &Node<'_>, bounds: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::Number, text }) => {
                let number = text.parse().ok().filter(|number| bounds.contains(number));
                if number.is_none() {
                    let place = self.place(node);
                    self.report(
                        Diagnostic::error(
                            Code::InvalidNumber,
                            place,
                            format!("{} is not {expected}", quote(text)),
                        )
                        .found(text.as_ref())
                        .help(format!("write {expected}")),
                    );
                }
                number
            }
            _ => {
                self.wrong_type(node, &expected, "write the number in digits, without quotes");
                None
            }
        }
    }

    /// The entries of a list.
    pub(crate) fn sequence<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        expected: &str,
    ) -> Option<&'n [Node<'t>]> {
        self.sequence_of(node, expected, str::to_owned)
    }

    /// The same; `write` makes an entry of the text that stands there without being in a list.
    pub(crate) fn sequence_of<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        expected: &str,
        write: impl FnOnce(&str) -> String,
    ) -> Option<&'n [Node<'t>]> {
        if let Value::Sequence(entries) = &node.value {
            return Some(entries);
        }
        let text = node.scalar_text().filter(|text| !self.guarded && is_plain_entry(text));
        let help = match text {
            Some(text) => format!("write `[ {} ]`", write(text)),
            None => "write `[ ... ]`, or leave the field out".to_owned(),
        };
        self.wrong_type(node, expected, &help);
        None
    }

    /// The names and values of a mapping, in the order of the document.
    pub(crate) fn mapping<'n, 't>(
        &mut self,
        node: &'n Node<'t>,
        expected: &str,
    ) -> Option<&'n [(Node<'t>, Node<'t>)]> {
        match &node.value {
            Value::Mapping(entries) => Some(entries),
            _ => {
                self.wrong_type(
                    node,
                    expected,
                    "write `name: value` pairs, or leave the field out",
                );
                None
            }
        }
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&mut self, node: &Node<'_>, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let expected = names.join(" or ");
        let text = self.text(node, &expected)?;
        let choice = choices.iter().find(|(name, _)| *name == text);
        if choice.is_none() {
            let place = self.place(node);
            self.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    place,
                    format!("{} is not known here", quote(text)),
                )
                .found(text)
                .help(format!("write {expected}")),
            );
        }
        choice.map(|(_, value)| *value)
    }

    /// A value for a message. Where a key may stand, what looks like one is masked.
    pub(crate) fn show(&mut self, place: Place, text: &str) -> String {
        let masked = secret::mask_tokens(text);
        if !self.guarded || masked == text {
            return text.to_owned();
        }
        self.diagnostics.hide(place);
        masked
    }

    /// Reports a name of something that is not there; `known` are the names that there are, and `declare`
    /// says how there would be another.
    pub(crate) fn unknown_reference(
        &mut self,
        place: Place,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = impl AsRef<str>>,
        declare: &str,
    ) {
        let few = self.diagnostics.errors() < MOST_SUGGESTIONS;
        let meant = if few { did_you_mean_name(name, known) } else { None };
        // What is nearly a name of the policy is one with a slip of the hand, and no key.
        let name = if meant.is_some() { name.to_owned() } else { self.show(place, name) };
        let help = match meant {
            Some(question) => format!("{question} If not, {declare}"),
            None => format!("{declare}, or correct the name"),
        };
        let message = format!("there is no {what} {}", quote(&name));
        self.report(
            Diagnostic::error(Code::UnknownReference, place, message).found(name).help(help),
        );
    }
}

/// Whether a text is short and could stand in a list, or be the entries of one, as it is.
fn is_plain_entry(text: &str) -> bool {
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | b',' | b' ');
    (1..=MAX_QUOTED_CHARACTERS).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A user's text in backticks, cut when it is long.
pub(crate) fn quote(text: &str) -> String {
    let mut characters = text.chars();
    let shown: String = (&mut characters)
        .take(MAX_QUOTED_CHARACTERS)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let more = if characters.next().is_some() { "..." } else { "" };
    format!("`{shown}{more}`")
}
