//! A proved table.

use crate::addresses::AddressRules;
use crate::attributes::{AttributeTable, Windows};
use crate::bytes::same;
use crate::clients::Clients;
use crate::cold::Cold;
use crate::credential::Places;
use crate::envelope::{Envelope, SectionSize, TableId};
use crate::error::{Part, TableError, Value};
use crate::format::{MAX_METHODS, Section};
use crate::grants::Grants;
use crate::index::{ClientIndex, CollectionIndex, EndpointIndex, KeyIndex};
use crate::keys::{Keys, Referred};
use crate::label::Label;
use crate::names::{Alphabet, Names};
use crate::routes::{MethodSet, Routes};
use crate::settings::{Settings, is_token_byte};

/// A compiled policy: a view of bytes that were proved to be one.
///
/// # Invariants
/// Every index in a table points to something that exists, everything that is searched is
/// sorted, and the route trees are trees of bounded depth: [`Table::from_bytes`] is the only way
/// to make one, and it proves all of that.
pub struct Table<'a> {
    envelope: Envelope<'a>,
    pub(crate) settings: Settings<'a>,
    pub(crate) credential_places: Places,
    pub(crate) gateway_rule: u32,
    methods: arrayvec::ArrayVec<&'a str, MAX_METHODS>,
    names: Names<'a>,
    pub(crate) grants: Grants<'a>,
    pub(crate) rules: AddressRules<'a>,
    pub(crate) routes: Routes<'a>,
    pub(crate) clients: Clients<'a>,
    pub(crate) attributes: AttributeTable<'a>,
    pub(crate) windows: Windows<'a>,
    pub(crate) keys: Keys<'a>,
}

/// How many of each thing a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Clients.
    pub clients: usize,
    /// Keys.
    pub keys: usize,
    /// Collections.
    pub collections: usize,
    /// Endpoints.
    pub endpoints: usize,
    /// Distinct address rules.
    pub address_rules: usize,
    /// Intervals of all address rules together.
    pub address_ranges: usize,
    /// Distinct sets of collections.
    pub grants: usize,
    /// Distinct combinations of address rule, grant and switch that keys have.
    pub key_attributes: usize,
    /// Distinct windows of validity that keys have.
    pub key_windows: usize,
}

impl<'a> Table<'a> {
    /// Proves that `bytes` are a table of this format version. Allocates nothing; takes time
    /// proportional to the length, most of it for one SHA-256.
    ///
    /// # Errors
    /// The first rule of `docs/format.md` that does not hold.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, TableError> {
        let envelope = Envelope::open(bytes)?;
        let section = |section| envelope.section(section);
        let cold = Cold::read(section(Section::Cold))?;
        let routes = Routes::read(section, cold.methods.len())?;
        let grants = Grants::read(section, routes.collection_count())?;
        let rules = AddressRules::read(section)?;
        rules.prove_index(Part("cold"), 0, cold.gateway_rule)?;
        let clients = Clients::read(section, &grants, &rules)?;
        let attributes = AttributeTable::read(section, &grants, &rules)?;
        let windows = Windows::read(section)?;
        let referred = Referred {
            clients: clients.count(),
            attributes: attributes.count(),
            windows: windows.count(),
        };
        let keys = Keys::read(section, referred)?;
        let names = cold.names;
        names.collections.prove("collection names", routes.collection_count())?;
        names.versions.prove("collection versions", routes.collection_count())?;
        names.endpoints.prove("endpoint names", routes.endpoint_count())?;
        Alphabet::Sent.prove(names.collections, "collection names")?;
        Alphabet::Shown.prove(names.versions, "collection versions")?;
        Alphabet::Shown.prove(names.endpoints, "endpoint names")?;
        let forward = cold.settings.forward;
        for (part, list, count, forwarded) in [
            ("client names", names.clients, clients.count(), forward.client.is_some()),
            ("key names", names.keys, keys.count(), forward.key.is_some()),
        ] {
            if let Some(list) = list {
                list.prove(part, count)?;
                Alphabet::Sent.prove(list, part)?;
            }
            let expected = Value::Words("names, as the settings forward them");
            let holds = list.is_some() || !forwarded;
            Part(part).ensure(holds, "names", 0, expected, Value::Words("none"))?;
        }
        clients.prove_ids(names.clients.is_some())?;
        Ok(Self {
            envelope,
            credential_places: Places::of(&cold.settings),
            settings: cold.settings,
            gateway_rule: cold.gateway_rule,
            methods: cold.methods,
            names,
            grants,
            rules,
            routes,
            clients,
            attributes,
            windows,
            keys,
        })
    }

    /// The SHA-256 of the whole table.
    #[must_use]
    pub fn id(&self) -> TableId {
        self.envelope.id
    }

    /// The gateway's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings<'a> {
        &self.settings
    }

    /// How many of each thing it holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            clients: self.clients.count(),
            keys: self.keys.count(),
            collections: self.routes.collection_count(),
            endpoints: self.routes.endpoint_count(),
            address_rules: self.rules.count(),
            address_ranges: self.rules.intervals(),
            grants: self.grants.count(),
            key_attributes: self.attributes.count(),
            key_windows: self.windows.count(),
        }
    }

    /// The sections and what they weigh.
    pub fn sections(&self) -> impl Iterator<Item = SectionSize> + use<> {
        self.envelope.sizes()
    }

    /// The client at `position`; `None` where there are not so many.
    #[must_use]
    pub fn client(&self, position: usize) -> Option<ClientIndex> {
        let position = u32::try_from(position).ok()?;
        (crate::wire::index(position) < self.clients.count()).then_some(ClientIndex(position))
    }

    /// The key at `position`, in the order of digests; `None` where there are not so many.
    #[must_use]
    pub fn key(&self, position: usize) -> Option<KeyIndex> {
        let position = u32::try_from(position).ok()?;
        (crate::wire::index(position) < self.keys.count()).then_some(KeyIndex(position))
    }

    /// Whether it has the names of clients; else ids stand for them.
    #[must_use]
    pub fn has_client_names(&self) -> bool {
        self.names.clients.is_some()
    }

    /// Whether it has the names of keys; else ids stand for them.
    #[must_use]
    pub fn has_key_names(&self) -> bool {
        self.names.keys.is_some()
    }

    /// The name of a client, or the id that stands for it.
    #[must_use]
    pub fn client_name(&self, client: ClientIndex) -> Label<'a> {
        match self.names.clients {
            Some(names) => Label::Name(names.get(client.0)),
            None => Label::client(self.clients.id(client).unwrap_or_default()),
        }
    }

    /// The name of a key, or the id that stands for it.
    #[must_use]
    pub fn key_name(&self, key: KeyIndex) -> Label<'a> {
        match self.names.keys {
            Some(names) => Label::Name(names.get(key.0)),
            None => Label::key(self.keys.id(key).unwrap_or_default()),
        }
    }

    /// The name of a collection.
    #[must_use]
    pub fn collection_name(&self, collection: CollectionIndex) -> &'a str {
        self.names.collections.get(collection.0)
    }

    /// The version of a collection.
    #[must_use]
    pub fn collection_version(&self, collection: CollectionIndex) -> &'a str {
        self.names.versions.get(collection.0)
    }

    /// The name of an endpoint: its methods and its path pattern.
    #[must_use]
    pub fn endpoint_name(&self, endpoint: EndpointIndex) -> &'a str {
        self.names.endpoints.get(endpoint.0)
    }

    /// The collection of an endpoint.
    #[must_use]
    pub fn endpoint_collection(&self, endpoint: EndpointIndex) -> Option<CollectionIndex> {
        self.routes.collection_of(endpoint)
    }

    /// What a 405 says in `Allow` (RFC 9110, section 10.2.1): the names of the methods in a set, then, where methods that
    /// the table does not name are in it, too, the common ones among these.
    pub fn allow(&self, set: MethodSet) -> impl Iterator<Item = &'a str> {
        let unnamed = COMMON_METHODS.into_iter().filter(|name| !self.methods.contains(name));
        self.method_names(set).chain(unnamed.filter(move |_| set.has_others()))
    }

    /// The names of the methods in a set, in the order of the table.
    pub fn method_names(&self, set: MethodSet) -> impl Iterator<Item = &'a str> {
        self.methods
            .iter()
            .enumerate()
            .filter(move |(position, _)| set.contains(*position))
            .map(|(_, name)| *name)
    }

    /// The set of one method; methods are compared in their case (RFC 9110, section 9.1).
    pub(crate) fn method(&self, method: &[u8]) -> MethodSet {
        let position = self.methods.iter().position(|name| same(name.as_bytes(), method));
        match position {
            Some(position) => MethodSet::one(position),
            None if is_in_large_letters(method) => MethodSet::OTHER,
            None => MethodSet::default(),
        }
    }
}

/// Methods that most servers know (RFC 9110, section 9.3; RFC 5789).
const COMMON_METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Whether a method is a token without small letters: some servers make large ones of them, and what was not judged as
/// `DELETE` is one; what is no token may be read as more than a method.
fn is_in_large_letters(method: &[u8]) -> bool {
    // Nearly all have nothing else.
    let is_one =
        |byte: &u8| byte.is_ascii_uppercase() || !byte.is_ascii_lowercase() && is_token_byte(byte);
    !method.is_empty() && method.iter().all(is_one)
}
