//! Policies whose address rules are long lists, and requests from inside and outside of them.

use std::net::IpAddr;

use fastrand::Rng;
use ipnet::IpNet;
use policy_table::write::*;
use sha2::{Digest, Sha256};

use crate::networks::Networks;
use crate::reference::{key, request, settings};

/// Where the lists stand.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// Nowhere: what everything else costs.
    Nowhere,
    /// One list that every request must pass.
    Gateway(&'a Networks),
    /// A list on each key, dealt in turn.
    Keys(&'a [Networks]),
}

/// What a list says of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// No others pass.
    Allowed,
    /// All others pass.
    Blocked,
}

/// A policy of one client that may call one endpoint, `GET /orders/{id}`, and has no key yet; names
/// are left out.
#[must_use]
pub fn one_client(settings: Settings<'_>) -> (TableWriter<'_>, ClientHandle) {
    let mut writer = TableWriter::new(settings);
    writer.names(Names::Omit);
    let collection = Collection { name: "orders", version: "v1", active: true, public: false };
    let collection = writer.collection(collection);
    writer.endpoint(Endpoint {
        collection,
        hosts: vec![HostPattern::Any],
        path: vec![Segment::Literal(b"orders".into()), Segment::Parameter],
        rest: false,
        methods: Some(vec!["GET"]),
        active: true,
        name: "GET /orders/{id}".into(),
    });
    let grant = writer.grant(&[collection]);
    let client = writer.client(Client { name: "c", active: true, rule: AddressRule::ANY, grant });
    (writer, client)
}

/// A table with this many keys that may call one endpoint, `GET /orders/{id}`, from these networks or from all others.
///
/// # Errors
/// Where it does not fit a table.
pub fn table(keys: usize, place: Place<'_>, says: Says) -> Result<Vec<u8>, WriteError> {
    let (mut writer, client) = one_client(settings());
    let mut rule = |list: &Networks| match says {
        Says::Allowed => writer.address_rule(&AddressSet::default(), &list.set()),
        Says::Blocked => writer.address_rule(&list.set(), &AddressSet::default()),
    };
    let (gateway, rules) = match place {
        Place::Nowhere => (AddressRule::ANY, Vec::new()),
        Place::Gateway(list) => (rule(list), Vec::new()),
        Place::Keys(lists) => (AddressRule::ANY, lists.iter().map(rule).collect()),
    };
    writer.gateway_rule(gateway);
    for number in 0..keys {
        writer.key(Key {
            name: "k".into(),
            digest: Sha256::digest(key(number).as_bytes()).into(),
            client,
            active: true,
            rule: rules.get(number % rules.len().max(1)).copied().unwrap_or(AddressRule::ANY),
            grant: None,
            not_before: None,
            expires: None,
        });
    }
    writer.finish()
}

/// A request for the endpoint of [`table`].
#[must_use]
pub fn request_from(address: IpAddr, key_number: usize) -> Vec<u8> {
    request(key(key_number).as_bytes(), b"/orders/4711", Some(address))
}

/// Which addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Anywhere in a network, every network as likely.
    Hit {
        /// Of IPv6, else of IPv4.
        v6: bool,
    },
    /// Just behind the end of a network: the search goes to the last step.
    Miss {
        /// Of IPv6, else of IPv4.
        v6: bool,
    },
    /// In the smallest networks of IPv6, as deep in the address space as there are any.
    Deep,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Hit { v6: false },
        Self::Hit { v6: true },
        Self::Deep,
        Self::Miss { v6: false },
        Self::Miss { v6: true },
    ];

    /// For people and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit { v6: false } => "IPv4 hit",
            Self::Hit { v6: true } => "IPv6 hit",
            Self::Deep => "IPv6 deep hit",
            Self::Miss { v6: false } => "IPv4 miss",
            Self::Miss { v6: true } => "IPv6 miss",
        }
    }

    /// Whether the addresses are in the list.
    #[must_use]
    pub fn is_hit(self) -> bool {
        !matches!(self, Self::Miss { .. })
    }

    /// Such an address; `None` where a list has none, or all that were tried were no miss.
    pub fn address(self, networks: &Networks, random: &mut Rng) -> Option<IpAddr> {
        let fits = |network: &&IpNet| match self {
            Self::Hit { v6 } | Self::Miss { v6 } => matches!(network, IpNet::V6(_)) == v6,
            Self::Deep => network.prefix_len() > 64,
        };
        let fitting: Vec<&IpNet> = networks.prefixes().iter().filter(fits).collect();
        if self.is_hit() {
            return random.choice(fitting).map(|network| inside(network, random));
        }
        (0..1_000)
            .filter_map(|_| random.choice(&fitting).and_then(|network| behind(network)))
            .find(|address| !networks.contains(*address))
    }
}

fn inside(network: &IpNet, random: &mut Rng) -> IpAddr {
    match network {
        IpNet::V4(network) => {
            let first = u32::from(network.network());
            IpAddr::V4((first | (random.u32(..) & u32::from(network.hostmask()))).into())
        }
        IpNet::V6(network) => {
            let first = u128::from(network.network());
            IpAddr::V6((first | (random.u128(..) & u128::from(network.hostmask()))).into())
        }
    }
}

fn behind(network: &IpNet) -> Option<IpAddr> {
    match network {
        IpNet::V4(network) => {
            Some(IpAddr::V4(u32::from(network.broadcast()).checked_add(1)?.into()))
        }
        IpNet::V6(network) => {
            Some(IpAddr::V6(u128::from(network.broadcast()).checked_add(1)?.into()))
        }
    }
}
