//! The reference policy: what the budgets are stated for, in any size.

use fastrand::Rng;
use policy_table::write::*;
use sha2::{Digest, Sha256};

mod requests;

pub use requests::{Ending, Granted, request};

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

/// Distinct sets of collections that clients are granted.
const GRANTS: usize = 50;

impl Reference {
    /// The policy of the budgets with so many keys, ten a client: 1,000 distinct address rules, 20 collections of 10
    /// endpoints. The budgets are for 1,000,000 keys.
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
        self.table_with(settings(), Names::Omit)
    }

    /// The same with other settings.
    ///
    /// # Errors
    /// Where it does not fit a table.
    pub fn table_with(&self, settings: Settings<'_>, names: Names) -> Result<Vec<u8>, WriteError> {
        let collection_names: Vec<String> =
            (0..self.collections).map(|number| format!("api-{number:03}")).collect();
        let client_names: Vec<String> =
            (0..self.clients).map(|number| format!("c{number:07}")).collect();
        let mut writer = TableWriter::new(settings);
        writer.names(names);
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
                name: format!("k{number}").into(),
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
