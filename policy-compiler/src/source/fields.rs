//! The fields of one mapping: known ones by name, unknown and repeated ones reported.

use foldhash::{HashMap, HashMapExt};

use super::meant::field_meant;
use super::reader::quote;
use super::{Node, Reader};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::text::Span;

/// The known fields that are present.
#[derive(Debug)]
pub(crate) struct Fields<'n, 't> {
    found: Vec<(&'static str, &'n Node<'t>, &'n Node<'t>)>,
}

impl<'n, 't> Fields<'n, 't> {
    /// Reads the fields of `what` ("a client"); none when the node is no mapping.
    pub(crate) fn read(
        reader: &mut Reader,
        node: &'n Node<'t>,
        what: &str,
        known: &[&'static str],
    ) -> Option<Self> {
        Self::read_or(reader, node, what, known, |reader, name, value| {
            reader.hide_suspicious(name, value);
            unknown_field(reader, name, what, known);
        })
    }

    /// The same, with another answer to fields that are not known.
    pub(crate) fn read_or(
        reader: &mut Reader,
        node: &'n Node<'t>,
        what: &str,
        known: &[&'static str],
        mut unknown: impl FnMut(&mut Reader, &'n Node<'t>, &'n Node<'t>),
    ) -> Option<Self> {
        let entries = reader.mapping(node, &format!("the fields of {what}"))?;
        let mut found: Vec<(&'static str, &Node<'_>, &Node<'_>)> =
            Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let text = name.scalar_text().unwrap_or_default();
            let Some(field) = known.iter().find(|field| **field == text) else {
                unknown(reader, name, value);
                continue;
            };
            match found.iter().find(|(other, ..)| other == field) {
                Some((_, first, _)) => {
                    if reader.guarded {
                        reader.hide(value);
                    }
                    let first = first.span;
                    duplicate(reader, name, "field", text, first);
                }
                None => found.push((field, name, value)),
            }
        }
        Some(Self { found })
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: &str) -> Option<&'n Node<'t>> {
        self.found.iter().find(|(name, ..)| *name == field).map(|(_, _, value)| *value)
    }

    /// The value of a field that must be there; `owner` is pointed at when it is not.
    pub(crate) fn require(
        &self,
        reader: &mut Reader,
        owner: &Node<'_>,
        field: &str,
        help: &str,
    ) -> Option<&'n Node<'t>> {
        let value = self.get(field);
        if value.is_none() {
            let place = reader.place(owner);
            reader.report(
                Diagnostic::error(Code::MissingField, place, format!("field `{field}` is missing"))
                    .help(help),
            );
        }
        value
    }
}

/// Reports a field that is not known.
pub(crate) fn unknown_field(
    reader: &mut Reader,
    name: &Node<'_>,
    what: &str,
    known: &[&'static str],
) {
    let place = reader.place(name);
    reader.hide_within(name);
    let text = name.scalar_text().unwrap_or_default();
    let meant = field_meant(text, known).or_else(|| did_you_mean(text, known.iter().copied()));
    // What is nearly a field is one with a slip of the hand, and no key.
    let shown = if meant.is_some() { text.to_owned() } else { reader.show(place, text) };
    let message = match text {
        "" => format!("{} cannot name a field of {what}", name.description()),
        _ => format!("unknown field {} of {what}", quote(&shown)),
    };
    let listed: Vec<String> = known.iter().map(|field| format!("`{field}`")).collect();
    let help = if text == "<<" {
        "merge keys are not supported: write the fields out, or use an alias for a whole value"
            .to_owned()
    } else {
        match meant {
            Some(suggestion) => suggestion,
            None => format!("remove it; {what} has {}", listed.join(", ")),
        }
    };
    reader.report(Diagnostic::error(Code::UnknownField, place, message).found(shown).help(help));
}

/// The entries of a mapping by the names that the user gave them; repeated names are reported.
pub(crate) fn named<'n, 't>(
    reader: &mut Reader,
    node: &'n Node<'t>,
    what: &str,
) -> Vec<(&'n Node<'t>, &'n Node<'t>)> {
    let Some(entries) = reader.mapping(node, &format!("a mapping of {what} names")) else {
        return Vec::new();
    };
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
    let mut named = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let text = name.scalar_text().unwrap_or_default();
        // What is no name at all is reported as such.
        match first.get(text).filter(|_| !text.is_empty()) {
            Some(span) => {
                let span = *span;
                duplicate(reader, name, what, text, span);
            }
            None => {
                first.insert(text, name.span);
            }
        }
        // A repeated one too: its own mistakes are to be reported as well.
        named.push((name, value));
    }
    named
}

fn duplicate(reader: &mut Reader, name: &Node<'_>, what: &str, text: &str, first: Span) {
    let place = reader.place(name);
    let first = reader.place_of(first);
    reader.show(first, text);
    let text = &reader.show(place, text);
    reader.report(
        Diagnostic::error(
            Code::DuplicateName,
            place,
            format!("{what} {} is given twice", quote(text)),
        )
        .found(text.as_str())
        .help("remove one of the two, or rename it")
        .related(first, "it was first given here"),
    );
}
