//! Which collections a client, or one of its keys, may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, Lint};
use crate::source::{Node, Reader, quote};
use crate::text::Place;

/// Which of the policy's collections; only a policy makes these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionIndex(pub(super) usize);

impl CollectionIndex {
    /// The position in the policy's collections.
    pub fn position(self) -> usize {
        self.0
    }
}

/// The collections of a policy by name. A collection that could not be read has a name, too:
/// what refers to it is no further mistake.
#[derive(Debug, Default)]
pub(super) struct CollectionNames {
    by_name: BTreeMap<String, CollectionIndex>,
    /// By their positions.
    names: Vec<String>,
}

impl CollectionNames {
    /// Adds the next collection.
    pub(super) fn push(&mut self, name: String) {
        self.by_name.insert(name.clone(), CollectionIndex(self.names.len()));
        self.names.push(name);
    }

    fn name(&self, index: CollectionIndex) -> &str {
        self.names.get(index.position()).map_or("", String::as_str)
    }
}

/// What a client may use.
#[derive(Debug, Clone, Default)]
pub(super) struct Grant {
    /// Sorted, none twice.
    pub(super) collections: Vec<CollectionIndex>,
    client: String,
}

impl Grant {
    /// Reads the field `collections` of a client.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        client: &str,
        node: Option<&Node<'_>>,
    ) -> Self {
        let collections = match node {
            Some(node) => read_names(reader, context, node),
            None => Vec::new(),
        };
        Self {
            collections: sorted(collections.into_iter().map(|(_, index)| index)),
            client: client.to_owned(),
        }
    }

    /// Reads the field `collections` of a key, which narrows this grant and never widens it.
    pub(super) fn narrow(
        &self,
        reader: &mut Reader,
        context: &Context,
        node: &Node<'_>,
    ) -> Arc<[CollectionIndex]> {
        let named = read_names(reader, context, node);
        self.narrow_to(reader, named, context)
    }

    /// The named collections that this grant has; a warning for each that it has not.
    pub(super) fn narrow_to(
        &self,
        reader: &mut Reader,
        named: Vec<(Place, CollectionIndex)>,
        context: &Context,
    ) -> Arc<[CollectionIndex]> {
        let granted = |index: &CollectionIndex| self.collections.binary_search(index).is_ok();
        for (place, index) in named.iter().filter(|(_, index)| !granted(index)) {
            let name = quote(context.collections.name(*index));
            let message = format!(
                "the key names collection {name}, which its client {} is not granted",
                quote(&self.client)
            );
            reader.report(
                Diagnostic::warning(Code::Lint(Lint::NeverGranted), *place, message).help(format!(
                    "a key narrows the grant of its client and never widens it: grant {name} to the client, or remove it here"
                )),
            );
        }
        sorted(named.into_iter().map(|(_, index)| index).filter(granted)).into()
    }
}

/// Reads a grant that stands for itself.
pub(super) fn own_grant(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
) -> Arc<[CollectionIndex]> {
    let named = read_names(reader, context, node);
    sorted(named.into_iter().map(|(_, index)| index)).into()
}

/// The collection with a name, reported when there is none.
pub(super) fn find_collection(
    reader: &mut Reader,
    context: &Context,
    place: Place,
    name: &str,
) -> Option<CollectionIndex> {
    let found = context.collections.by_name.get(name).copied();
    if found.is_none() {
        let known = context.collections.by_name.keys().map(String::as_str);
        let declare = "add it to `collections`";
        reader.unknown_reference(place, "collection", name, known, declare);
    }
    found
}

fn read_names(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
) -> Vec<(Place, CollectionIndex)> {
    let Some(entries) = reader.sequence(node, "a list of collection names") else {
        return Vec::new();
    };
    let named: Vec<(Place, CollectionIndex)> = entries
        .iter()
        .filter_map(|entry| {
            let name = reader.text_or_number(entry, "the name of a collection")?;
            let place = reader.place(entry);
            Some((place, find_collection(reader, context, place, name)?))
        })
        .collect();
    report_repeated(reader, context, &named);
    named
}

/// Reports collections that are named twice.
pub(super) fn report_repeated(
    reader: &mut Reader,
    context: &Context,
    named: &[(Place, CollectionIndex)],
) {
    let mut seen = BTreeSet::new();
    for (place, index) in named {
        if !seen.insert(*index) {
            let name = quote(context.collections.name(*index));
            let message = format!("collection {name} is given twice");
            reader.report(
                Diagnostic::error(Code::DuplicateName, *place, message)
                    .help("remove one of the two"),
            );
        }
    }
}

fn sorted(indexes: impl Iterator<Item = CollectionIndex>) -> Vec<CollectionIndex> {
    let mut indexes: Vec<CollectionIndex> = indexes.collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}
