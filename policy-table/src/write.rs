//! Making tables.
//!
//! [`TableWriter`] takes a policy piece by piece, in any order, and puts everything into the one
//! order of the format: names sorted, keys by digest, equal rules, grants and attributes once.
//! The same content therefore gives the same bytes.

use alloc::borrow::Cow;
use alloc::vec::Vec;

pub use crate::addresses::write::AddressSet;
pub use crate::settings::*;

use crate::addresses::write::Rule;

mod assemble;
mod error;
mod keys;
mod names;
mod order;
pub(crate) mod sections;
mod unproved;
mod workers;

pub use error::WriteError;
pub use unproved::Unproved;
pub use workers::Workers;

/// Takes a policy and gives a table.
pub struct TableWriter<'a> {
    settings: Settings<'a>,
    names: Names,
    gateway_rule: AddressRule,
    rules: alloc::collections::BTreeMap<Rule, u32>,
    collections: Vec<Collection<'a>>,
    grants: alloc::collections::BTreeMap<Vec<u32>, u32>,
    endpoints: Vec<Endpoint<'a>>,
    clients: Vec<Client<'a>>,
    keys: keys::KeyList,
}

/// Whether a table has the names of its clients and keys. They may weigh more than all the rest;
/// without them, ids stand for them ([`Label::Id`](crate::Label::Id)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// All names.
    #[default]
    Include,
    /// Only names that the settings forward to the upstream.
    Omit,
}

/// An address rule given to a [`TableWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRule(Option<u32>);

impl AddressRule {
    /// No rule: any address, even none.
    pub const ANY: Self = Self(None);
}

/// A collection given to a [`TableWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectionHandle(u32);

/// A client given to a [`TableWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientHandle(u32);

/// A set of collections given to a [`TableWriter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant(u32);

/// A collection.
#[derive(Debug, Clone)]
pub struct Collection<'a> {
    /// Its name, distinct in a policy.
    pub name: &'a str,
    /// Its version; may be empty.
    pub version: &'a str,
    /// Whether it is switched on.
    pub active: bool,
    /// Whether it asks for no credential.
    pub public: bool,
}

/// An endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint<'a> {
    /// The collection it belongs to.
    pub collection: CollectionHandle,
    /// The hosts it is served on; never empty.
    pub hosts: Vec<HostPattern<'a>>,
    /// The segments of its path, base path included; at most [`MAX_SEGMENTS`](crate::MAX_SEGMENTS).
    pub path: Vec<Segment<'a>>,
    /// Whether any rest may follow (`/**`), none too.
    pub rest: bool,
    /// The methods it takes; `None` for every method.
    pub methods: Option<Vec<&'a str>>,
    /// Whether it is switched on.
    pub active: bool,
    /// Its name for people, such as `GET,POST /acme/orders-v1/orders/{id}`.
    pub name: Cow<'a, str>,
}

/// Which hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostPattern<'a> {
    /// This host, in lower case, without a port.
    Exact(Cow<'a, str>),
    /// This domain with exactly one label in front; `*.example.com` is `Wildcard("example.com")`.
    Wildcard(Cow<'a, str>),
    /// Any host.
    Any,
}

/// One segment of a path pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment<'a> {
    /// These bytes, escapes decoded; at most [`MAX_TEXT_BYTES`](crate::MAX_TEXT_BYTES).
    Literal(Cow<'a, [u8]>),
    /// Exactly one segment that is not empty.
    Parameter,
}

/// A client.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    /// Its name, distinct in a policy; printable ASCII, as it is sent in headers.
    pub name: &'a str,
    /// Whether it is switched on.
    pub active: bool,
    /// From where it may call.
    pub rule: AddressRule,
    /// What it may call.
    pub grant: Grant,
}

/// A key.
#[derive(Debug, Clone)]
pub struct Key<'a> {
    /// Its name; printable ASCII, as it is sent in headers.
    pub name: Cow<'a, str>,
    /// The SHA-256 of the key, distinct in a policy.
    pub digest: [u8; 32],
    /// Whose key it is.
    pub client: ClientHandle,
    /// Whether it is switched on.
    pub active: bool,
    /// From where it may be used.
    pub rule: AddressRule,
    /// What it may call, where that is not what its client may.
    pub grant: Option<Grant>,
    /// First second of validity, Unix time.
    pub not_before: Option<i64>,
    /// First second after validity, Unix time.
    pub expires: Option<i64>,
}

impl<'a> TableWriter<'a> {
    /// A table with these settings and nothing in it: every path is unknown.
    #[must_use]
    pub fn new(settings: Settings<'a>) -> Self {
        Self {
            settings,
            names: Names::Include,
            gateway_rule: AddressRule::ANY,
            rules: alloc::collections::BTreeMap::new(),
            collections: Vec::new(),
            grants: alloc::collections::BTreeMap::new(),
            endpoints: Vec::new(),
            clients: Vec::new(),
            keys: keys::KeyList::default(),
        }
    }

    /// Which names of clients and keys the table is to have.
    pub fn names(&mut self, names: Names) {
        self.names = names;
    }

    /// A rule: blocked wins, and an empty `allowed` is any address.
    pub fn address_rule(&mut self, blocked: &AddressSet, allowed: &AddressSet) -> AddressRule {
        if blocked.is_empty() && allowed.is_empty() {
            return AddressRule::ANY;
        }
        let next = self.rules.len();
        AddressRule(Some(
            *self.rules.entry(Rule::new(blocked, allowed)).or_insert(crate::wire::length(next)),
        ))
    }

    /// The rule that every request must pass.
    pub fn gateway_rule(&mut self, rule: AddressRule) {
        self.gateway_rule = rule;
    }

    /// Adds a collection.
    pub fn collection(&mut self, collection: Collection<'a>) -> CollectionHandle {
        self.collections.push(collection);
        CollectionHandle(crate::wire::length(self.collections.len() - 1))
    }

    /// Adds an endpoint.
    pub fn endpoint(&mut self, endpoint: Endpoint<'a>) {
        self.endpoints.push(endpoint);
    }

    /// A set of collections.
    pub fn grant(&mut self, collections: &[CollectionHandle]) -> Grant {
        let mut members: Vec<u32> = collections.iter().map(|collection| collection.0).collect();
        members.sort_unstable();
        members.dedup();
        let next = self.grants.len();
        Grant(*self.grants.entry(members).or_insert(crate::wire::length(next)))
    }

    /// Adds a client.
    pub fn client(&mut self, client: Client<'a>) -> ClientHandle {
        self.clients.push(client);
        ClientHandle(crate::wire::length(self.clients.len() - 1))
    }

    /// Adds a key.
    pub fn key(&mut self, key: Key<'a>) {
        self.keys.push(key);
    }

    fn keeps_client_names(&self) -> bool {
        self.names == Names::Include || self.settings.forward.client.is_some()
    }

    fn keeps_key_names(&self) -> bool {
        self.names == Names::Include || self.settings.forward.key.is_some()
    }

    /// The table. It has been read back and proved.
    ///
    /// # Errors
    /// Where the content does not fit the format; see [`WriteError`].
    pub fn finish(self) -> Result<Vec<u8>, WriteError> {
        let table = self.assemble(&workers::Alone)?;
        table.prove(|_| ())?;
        Ok(table.into_bytes())
    }

    /// The table, yet to be proved: whoever has something else to do with its bytes can do both at
    /// once. The same bytes, whoever works.
    ///
    /// # Errors
    /// Where the content does not fit the format; see [`WriteError`].
    pub fn assemble(self, workers: &impl Workers) -> Result<Unproved, WriteError> {
        assemble::assemble(self, workers).map(Unproved)
    }
}
