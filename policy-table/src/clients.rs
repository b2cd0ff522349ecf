//! Clients, and the attributes that keys share.

use crate::addresses::AddressRules;
use crate::error::{Part, TableError, Value, number};
use crate::format::{ACTIVE, NONE, Section};
use crate::grants::Grants;
use crate::index::ClientIndex;
use crate::wire::{Records, index, records, word, words};

/// The clients of a table. What many clients have in common is stored once, as a class.
#[derive(Clone, Copy)]
pub(crate) struct Clients<'a> {
    classes: Records<'a, 3>,
    clients: Records<'a, 1>,
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class {
    /// The collections granted.
    pub(crate) grant: u32,
    /// The client's address rule, or [`NONE`].
    pub(crate) rule: u32,
    pub(crate) active: bool,
}

/// What keys have besides a digest and a client; each distinct combination is stored once.
#[derive(Clone, Copy)]
pub(crate) struct AttributeTable<'a>(Records<'a, 7>);

/// The attributes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attributes {
    /// First second of validity, Unix time.
    pub(crate) not_before: Option<i64>,
    /// First second after validity, Unix time.
    pub(crate) expires: Option<i64>,
    /// The key's address rule, or [`NONE`].
    pub(crate) rule: u32,
    /// The collections granted to this key, or [`NONE`] for all of the client's.
    pub(crate) grant: u32,
    pub(crate) active: bool,
}

impl<'a> Clients<'a> {
    /// Proves that every client has a class and every class a grant and a rule that exist.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        grants: &Grants<'_>,
        rules: &AddressRules<'_>,
    ) -> Result<Self, TableError> {
        let clients = Self {
            classes: records(section(Section::Classes)),
            clients: records(section(Section::Clients)),
        };
        let part = Part("classes");
        for (at, class) in clients.classes.iter().enumerate() {
            let [grant, rule, flags] = words(class);
            part.below("grant", at, grant, grants.count())?;
            rules.prove_index(part, at, rule)?;
            prove_flags(part, at, flags, ACTIVE)?;
        }
        for (at, [class]) in clients.clients.iter().enumerate() {
            Part("clients").below(
                "class",
                at,
                u32::from_le_bytes(*class),
                clients.classes.len(),
            )?;
        }
        Ok(clients)
    }

    /// How many clients there are.
    pub(crate) fn count(&self) -> usize {
        self.clients.len()
    }

    /// What `client` may do.
    pub(crate) fn class(&self, client: ClientIndex) -> Option<Class> {
        let class = word(self.clients, index(client.0))?;
        let [grant, rule, flags] = words(self.classes.get(index(class))?);
        Some(Class { grant, rule, active: flags == ACTIVE })
    }
}

impl<'a> AttributeTable<'a> {
    /// Proves that rules and grants exist and no validity window is empty.
    pub(crate) fn read(
        section: impl Fn(Section) -> &'a [u8],
        grants: &Grants<'_>,
        rules: &AddressRules<'_>,
    ) -> Result<Self, TableError> {
        let table = Self(records(section(Section::Attributes)));
        let part = Part("attributes");
        for (at, record) in table.0.iter().enumerate() {
            let [.., flags] = words(record);
            prove_flags(part, at, flags, ACTIVE)?;
            let attributes = Attributes::from_words(words(record));
            rules.prove_index(part, at, attributes.rule)?;
            if attributes.grant != NONE {
                part.below("grant", at, attributes.grant, grants.count())?;
            }
            let holds = match (attributes.not_before, attributes.expires) {
                (Some(not_before), Some(expires)) => not_before < expires,
                _ => true,
            };
            let expected = Value::Words("an end after the begin");
            part.ensure(holds, "validity window", at, expected, Value::Words("an empty window"))?;
        }
        Ok(table)
    }

    /// How many distinct combinations there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The attributes at `position`.
    pub(crate) fn get(&self, position: u32) -> Option<Attributes> {
        self.0.get(index(position)).map(|record| Attributes::from_words(words(record)))
    }
}

impl Attributes {
    fn from_words(words: [u32; 7]) -> Self {
        let [begin_low, begin_high, end_low, end_high, rule, grant, flags] = words;
        let time = |low: u32, high: u32| (u64::from(high) << 32 | u64::from(low)).cast_signed();
        let (begin, end) = (time(begin_low, begin_high), time(end_low, end_high));
        Self {
            not_before: (begin != i64::MIN).then_some(begin),
            expires: (end != i64::MAX).then_some(end),
            rule,
            grant,
            active: flags == ACTIVE,
        }
    }

    /// The record of these attributes; no begin is the earliest second, no end the latest.
    #[cfg(feature = "write")]
    pub(crate) fn to_bytes(self) -> [u8; 28] {
        let mut record = [0; 28];
        let fields = self
            .not_before
            .unwrap_or(i64::MIN)
            .to_le_bytes()
            .into_iter()
            .chain(self.expires.unwrap_or(i64::MAX).to_le_bytes())
            .chain(self.rule.to_le_bytes())
            .chain(self.grant.to_le_bytes())
            .chain(u32::from(self.active).to_le_bytes());
        for (slot, byte) in record.iter_mut().zip(fields) {
            *slot = byte;
        }
        record
    }
}

/// Proves that only known flags are set: an unknown one could be a restriction.
pub(crate) fn prove_flags(part: Part, at: usize, flags: u32, known: u32) -> Result<(), TableError> {
    let expected = number(crate::wire::index(known));
    part.ensure(flags & !known == 0, "flags", at, expected, Value::Number(flags.into()))
}
