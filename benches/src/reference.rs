//! The reference policy: what the budgets are stated for, in any size.

use std::net::{IpAddr, Ipv4Addr};

use fastrand::Rng;
use policy_table::Reason;
use policy_table::write::*;
use portcullis_bench_guest::Block;
use sha2::{Digest, Sha256};

/// How large a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Number of the first key; another one gives a policy of the same size with other keys.
    pub first: usize,
    /// Keys.
    pub keys: usize,
    /// Clients; keys are dealt to them in turn.
    pub clients: usize,
    /// Distinct address rules; each key has one of them. None: no key has a rule.
    pub address_rules: usize,
    /// Most prefixes of a rule; rules have so many, one less and two less in turn, at least one.
    pub prefixes: usize,
    /// Collections; each client is granted a quarter of them.
    pub collections: usize,
    /// Endpoints of each collection.
    pub endpoints: usize,
}

/// What a granted request has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The key in clear.
    pub key: String,
    /// Path and query.
    pub path: String,
    /// Where it comes from.
    pub address: Ipv4Addr,
}

/// Where a decision ends; each does all that the one before does, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the reasons")]
pub enum Ending {
    PathAmbiguous,
    EndpointUnknown,
    CredentialMissing,
    CredentialUnknown,
    Granted,
}

impl Ending {
    /// All of them, the earliest first.
    pub const ALL: [Self; 5] = [
        Self::PathAmbiguous,
        Self::EndpointUnknown,
        Self::CredentialMissing,
        Self::CredentialUnknown,
        Self::Granted,
    ];

    /// The reason that the decision gives.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::PathAmbiguous => Reason::PathAmbiguous,
            Self::EndpointUnknown => Reason::EndpointUnknown,
            Self::CredentialMissing => Reason::CredentialMissing,
            Self::CredentialUnknown => Reason::CredentialUnknown,
            Self::Granted => Reason::Granted,
        }
    }
}

/// Distinct sets of collections that clients are granted.
const GRANTS: usize = 50;

impl Reference {
    /// The policy of the budgets: 1,000,000 keys of 100,000 clients, 1,000 distinct address rules,
    /// 20 collections of 10 endpoints.
    pub const MILLION: Self = Self::with_keys(1_000_000);

    /// The policy of the budgets with another number of keys, ten a client.
    #[must_use]
    pub const fn with_keys(keys: usize) -> Self {
        Self {
            first: 0,
            keys,
            clients: keys.div_ceil(10),
            address_rules: 1_000,
            prefixes: 3,
            collections: 20,
            endpoints: 10,
        }
    }

    /// Its table, names of clients and keys left out.
    ///
    /// # Errors
    /// Where it does not fit a table.
    pub fn table(&self) -> Result<Vec<u8>, WriteError> {
        let collection_names: Vec<String> =
            (0..self.collections).map(|number| format!("api-{number:03}")).collect();
        let client_names: Vec<String> =
            (0..self.clients).map(|number| format!("c{number:07}")).collect();
        let mut writer = TableWriter::new(settings());
        writer.names(Names::Omit);
        let collections: Vec<_> = collection_names
            .iter()
            .map(|name| {
                let version = "v1";
                writer.collection(Collection { name, version, active: true, public: false })
            })
            .collect();
        for (collection, name) in collections.iter().zip(&collection_names) {
            for endpoint in 0..self.endpoints {
                writer.endpoint(endpoint_of(*collection, name, endpoint));
            }
        }
        let grants: Vec<Grant> = (0..GRANTS)
            .map(|number| {
                let granted: Vec<_> = self
                    .granted(number)
                    .filter_map(|collection| collections.get(collection).copied())
                    .collect();
                writer.grant(&granted)
            })
            .collect();
        let rules: Vec<AddressRule> =
            (0..self.address_rules).map(|number| self.address_rule(&mut writer, number)).collect();
        let clients: Vec<ClientHandle> = client_names
            .iter()
            .zip(grants.iter().cycle())
            .map(|(name, grant)| {
                let rule = AddressRule::ANY;
                writer.client(Client { name, active: true, rule, grant: *grant })
            })
            .collect();
        for (number, client) in (0..self.keys).zip(clients.iter().cycle()) {
            writer.key(Key {
                name: "k".into(),
                digest: Sha256::digest(key(self.first + number).as_bytes()).into(),
                client: *client,
                active: true,
                rule: rules.get(self.rule_of(number)).copied().unwrap_or(AddressRule::ANY),
                grant: None,
                not_before: None,
                expires: None,
            });
        }
        writer.finish()
    }

    /// A request that is granted, with the `number`th key, as [`Block::to_bytes`] makes it.
    #[must_use]
    pub fn request(&self, number: usize, random: &mut Rng) -> Vec<u8> {
        let Granted { key, path, address } = self.granted_request(number, random);
        request(key.as_bytes(), path.as_bytes(), Some(IpAddr::V4(address)))
    }

    /// The parts of a request that is granted: with the `number`th key, from an address of its
    /// rule, to an endpoint of a granted collection, chosen by `random`.
    #[must_use]
    pub fn granted_request(&self, number: usize, random: &mut Rng) -> Granted {
        let granted: Vec<usize> = self.granted(number % self.clients.max(1) % GRANTS).collect();
        let collection = random.choice(granted).unwrap_or(0);
        let endpoint = random.usize(..self.endpoints.max(1));
        let item = random.u32(..1_000_000);
        Granted {
            key: key(self.first + number),
            path: format!("/acme/api-{collection:03}/v1/resource-{endpoint:04}/{item}?page=2"),
            address: Ipv4Addr::from(self.allowed_address(self.rule_of(number), random)),
        }
    }

    /// As [`request`](Self::request), but made to end where `ending` says; all parts are as long
    /// as in one that is granted, so that the differences are the steps between.
    #[must_use]
    pub fn request_ending(&self, ending: Ending, number: usize, random: &mut Rng) -> Vec<u8> {
        let request = self.request(number, random);
        let replaced = |from: &[u8], to: &[u8]| {
            let mut request = request.clone();
            let places: Vec<usize> = request
                .windows(from.len())
                .enumerate()
                .filter_map(|(at, window)| (window == from).then_some(at))
                .collect();
            for at in places {
                if let Some(place) = request.get_mut(at..at + from.len()) {
                    place.copy_from_slice(to);
                }
            }
            request
        };
        match ending {
            Ending::PathAmbiguous => replaced(b"?page=2", b";?age=2"),
            Ending::EndpointUnknown => replaced(b"/resource-", b"/unknown-x"),
            Ending::CredentialMissing => replaced(b"x-api-key", b"x-api-kez"),
            Ending::CredentialUnknown => replaced(b"not-a-real-key", b"not-an-old-key"),
            Ending::Granted => request,
        }
    }

    /// The number of the address rule of a key. Neighbouring keys have unrelated ones.
    fn rule_of(&self, key: usize) -> usize {
        Rng::with_seed(key as u64).usize(..self.address_rules.max(1))
    }

    /// How many prefixes a rule has.
    fn prefix_count(&self, rule: usize) -> usize {
        self.prefixes.saturating_sub(rule % self.prefixes.clamp(1, 3)).max(1)
    }

    /// The first address of a rule's prefix number `number`. Each prefix is a /24 of its own,
    /// and no two of them are adjacent: an odd factor sends every number to another place.
    fn prefix(&self, rule: usize, number: usize) -> u32 {
        let place = rule.wrapping_add(number.wrapping_mul(self.address_rules.max(1)));
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        (place.wrapping_mul(0x9E37_79B1) & 0x007F_FFFF) << 9
    }

    fn allowed_address(&self, rule: usize, random: &mut Rng) -> u32 {
        self.prefix(rule, random.usize(..self.prefix_count(rule))) | random.u32(..256)
    }

    fn address_rule(&self, writer: &mut TableWriter<'_>, rule: usize) -> AddressRule {
        let mut allowed = AddressSet::default();
        for number in 0..self.prefix_count(rule) {
            let first = self.prefix(rule, number);
            allowed.insert_v4(first.into(), (first | 0xFF).into());
        }
        writer.address_rule(&AddressSet::default(), &allowed)
    }

    /// The collections of a grant: a quarter of all, from another place for each grant.
    fn granted(&self, grant: usize) -> impl Iterator<Item = usize> {
        let collections = self.collections.max(1);
        (0..collections.div_ceil(4))
            .map(move |step| (grant * 7 + step * (grant / collections + 1)) % collections)
    }
}

/// The clear text of key number `number`: 40 bytes, one block of SHA-256.
#[must_use]
pub fn key(number: usize) -> String {
    format!("not-a-real-key-of-a-bench-{number:014}")
}

/// A request with this key, about ten header fields, from this address.
#[must_use]
pub fn request(key: &[u8], path: &[u8], address: Option<IpAddr>) -> Vec<u8> {
    let (method, host) = (b"GET", b"api.example.com");
    let headers: [(&[u8], &[u8]); 10] = [
        (b":authority", host),
        (b":path", path),
        (b":method", method),
        (b":scheme", b"https"),
        (b"user-agent", b"curl/8.5.0"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, deflate"),
        (b"x-api-key", key),
        (b"x-forwarded-proto", b"https"),
        (b"x-request-id", b"7f8b1a36-7a86-4f07-9d0a-3f1f5be1a0c4"),
    ];
    Block { address, method, host, path, key, headers: &headers }.to_bytes()
}

/// Key in `X-Api-Key`, address of the connection, nothing forwarded.
#[must_use]
pub fn settings() -> Settings<'static> {
    Settings {
        client_address: ClientAddress::Connection,
        credentials: [CredentialSource::Header("x-api-key")].into_iter().collect(),
        forward: Forward::default(),
        strip_credential: false,
        unmatched: Unmatched::Deny,
        preflight: Preflight::Authorize,
        realm: "bench",
        key_prefix: "pc_bench",
    }
}

fn endpoint_of(collection: CollectionHandle, name: &str, number: usize) -> Endpoint<'static> {
    let literal = |text: String| Segment::Literal(text.into_bytes().into());
    Endpoint {
        collection,
        hosts: vec![HostPattern::Exact("api.example.com".into())],
        path: vec![
            literal("acme".into()),
            literal(name.to_owned()),
            literal("v1".into()),
            literal(format!("resource-{number:04}")),
            Segment::Parameter,
        ],
        rest: false,
        methods: Some(vec!["GET", "POST"]),
        active: true,
        name: format!("GET,POST /acme/{name}/v1/resource-{number:04}/{{id}}").into(),
    }
}
