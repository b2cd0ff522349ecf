//! Clients, and what many of them have in common.

use crate::addresses::AddressRules;
use crate::error::{Part, TableError, Value, number};
use crate::format::{ACTIVE, CLIENT_ID_BYTES, Section};
use crate::grants::Grants;
use crate::index::ClientIndex;
use crate::wire::{Records, bytes_below, index, length, little_endian, records, words};

/// The clients of a table. What many clients have in common is stored once, as a class.
#[derive(Clone, Copy)]
pub(crate) struct Clients<'a> {
    classes: Records<'a, 3>,
    /// A class for each client, in as few bytes as hold every class.
    clients: &'a [u8],
    class_bytes: usize,
    /// What stands for each name where names are left out; else empty.
    ids: &'a [[u8; CLIENT_ID_BYTES]],
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class {
    /// The collections granted.
    pub(crate) grant: u32,
    /// The client's address rule, or [`NONE`](crate::format::NONE).
    pub(crate) rule: u32,
    pub(crate) active: bool,
}

/// Bytes that hold every class of a table with so many; one at least, so that clients can be counted.
pub(crate) fn class_bytes(classes: usize) -> usize {
    bytes_below(length(classes)).max(1)
}

impl<'a> Clients<'a> {
    /// Proves that every client has a class and every class a grant and a rule that exist.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        grants: &Grants<'_>,
        rules: &AddressRules<'_>,
    ) -> Result<Self, TableError> {
        let classes = records(section(Section::Classes));
        let clients = Self {
            classes,
            clients: section(Section::Clients),
            class_bytes: class_bytes(classes.len()),
            ids: section(Section::ClientIds).as_chunks().0,
        };
        let part = Part("classes");
        for (at, class) in classes.iter().enumerate() {
            let [grant, rule, flags] = words(class);
            part.below("grant", at, grant, grants.count())?;
            rules.prove_index(part, at, rule)?;
            prove_flags(part, at, flags, ACTIVE)?;
        }
        let (part, bytes) = (Part("clients"), clients.clients.len());
        let whole = Value::Words("a whole number of classes");
        let holds = bytes.is_multiple_of(clients.class_bytes);
        part.ensure(holds, "length of the section", 0, whole, number(bytes))?;
        for at in 0..clients.count() {
            part.below("class", at, clients.class_number(at).unwrap_or(u32::MAX), classes.len())?;
        }
        Ok(clients)
    }

    /// Proves that each client has an id where its name is left out, and only there.
    pub(crate) fn prove_ids(&self, named: bool) -> Result<(), TableError> {
        let expected = if named { 0 } else { self.count() };
        let found = self.ids.len();
        Part("client_ids").ensure(
            found == expected,
            "number of ids",
            0,
            number(expected),
            number(found),
        )
    }

    /// How many clients there are.
    pub(crate) fn count(&self) -> usize {
        self.clients.len().checked_div(self.class_bytes).unwrap_or(0)
    }

    /// What `client` may do.
    pub(crate) fn class(&self, client: ClientIndex) -> Option<Class> {
        let class = self.class_number(index(client.0))?;
        let [grant, rule, flags] = words(self.classes.get(index(class))?);
        Some(Class { grant, rule, active: flags == ACTIVE })
    }

    /// What stands for the name of `client` where names are left out.
    pub(crate) fn id(&self, client: ClientIndex) -> Option<[u8; CLIENT_ID_BYTES]> {
        self.ids.get(index(client.0)).copied()
    }

    fn class_number(&self, client: usize) -> Option<u32> {
        let start = client.checked_mul(self.class_bytes)?;
        let class = self.clients.get(start..start.checked_add(self.class_bytes)?)?;
        u32::try_from(little_endian(class)).ok()
    }
}

/// Proves that only known flags are set: an unknown one could be a restriction.
pub(crate) fn prove_flags(part: Part, at: usize, flags: u32, known: u32) -> Result<(), TableError> {
    // Known flags are the lowest bits.
    let expected = Value::AtMost(known.into());
    part.ensure(flags & !known == 0, "flags", at, expected, Value::Number(flags.into()))
}
