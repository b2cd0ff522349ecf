//! Reads `blocked_ips` and `allowed_ips`.

use std::sync::Arc;

use super::address_list::{AddressEntry, AddressList, AddressRule, LIST_PREFIX, NamedList};
use super::entries::entries;
use super::lists::{Lists, NO_LIST};
use super::range::parse_range;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, Value};
use crate::text::Place;

pub(crate) const ENTRY_FIELDS: [&str; 1] = ["list"];

/// The IP rule of a gateway, client or key; no fields, no rule.
pub(super) fn read_rule(
    reader: &mut Reader,
    fields: &Fields<'_, '_>,
    lists: &Lists,
) -> AddressRule {
    let read = |reader: &mut Reader, field| match fields.get(field) {
        Some(node) => read_list(reader, node, lists),
        None => AddressList::default(),
    };
    let blocked = read(reader, "blocked_ips");
    let said = reader.diagnostics.errors();
    let allowed = read(reader, "allowed_ips");
    if let Some(node) = fields.get("allowed_ips") {
        let place = reader.place(node);
        refuse_void(reader, place, &allowed, said);
    }
    AddressRule { blocked, allowed }
}

/// A list of entries, or one comma-separated string.
fn read_list(reader: &mut Reader, node: &Node<'_>, lists: &Lists) -> AddressList {
    if let Value::Sequence(nodes) = &node.value {
        return nodes.iter().filter_map(|node| read_entry(reader, node, lists)).collect();
    }
    let Some(text) = reader.text(node, "a list of IP addresses") else {
        return AddressList::default();
    };
    let file = Arc::clone(&reader.source);
    entries(text, file.slice(node.span), node.span)
        .filter_map(|(entry, span)| {
            let place = reader.place_of(span);
            Some((parse_entry(reader, place, entry, lists)?, place))
        })
        .collect()
}

/// One entry of a list in the document, and where it stands.
fn read_entry(
    reader: &mut Reader,
    node: &Node<'_>,
    lists: &Lists,
) -> Option<(AddressEntry, Place)> {
    if let Value::Mapping(_) = node.value {
        let fields = Fields::read(reader, node, "an IP entry", &ENTRY_FIELDS)?;
        let name = fields.require(reader, node, "list", "write `{ list: name }`")?;
        let text = reader.text_or_number(name, "the name of an IP list")?;
        let place = reader.place(name);
        return Some((AddressEntry::List(find_list(reader, place, text, lists)?), place));
    }
    let text = reader.text_or_number(node, "an IP address, prefix, range or `{ list: name }`")?;
    let place = reader.place(node);
    Some((parse_entry(reader, place, text, lists)?, place))
}

/// One entry as text: a range, or `list:name`.
pub(super) fn parse_entry(
    reader: &mut Reader,
    place: Place,
    text: &str,
    lists: &Lists,
) -> Option<AddressEntry> {
    match text.strip_prefix(LIST_PREFIX) {
        Some(name) => find_list(reader, place, name.trim(), lists).map(AddressEntry::List),
        None => parse_range(reader, place, text).map(AddressEntry::Range),
    }
}

/// An allow list that comes to nothing would let everybody in. Where its entries or lists have mistakes,
/// these are why; `said` is how many errors were said before it was read.
pub(super) fn refuse_void(reader: &mut Reader, place: Place, allowed: &AddressList, said: usize) {
    let faulty = allowed.is_faulty() || reader.diagnostics.errors() > said;
    if !allowed.entries().is_empty() && allowed.is_empty() && !faulty {
        reader.report(
            Diagnostic::error(
                Code::EmptyList,
                place,
                "the named lists of `allowed_ips` hold no address, so any address would be let in",
            )
            .help("fill the lists, or leave `allowed_ips` out to let in any address"),
        );
    }
}

fn find_list(
    reader: &mut Reader,
    place: Place,
    name: &str,
    lists: &Lists,
) -> Option<Arc<NamedList>> {
    let found = lists.get(name);
    if found.is_none() {
        reader.unknown_reference(place, "IP list", name, lists.names(), NO_LIST);
    }
    found
}
