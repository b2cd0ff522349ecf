//! The one policy of all contenders: each client has one key and calls from its own office, or
//! from this machine.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use fastrand::Rng;
use policy_table::write::*;
use portcullis_benches::envoy::{Requests, message};
use portcullis_benches::reference::{key, settings};
use sha2::{Digest, Sha256};

/// Where requests come from: this machine. One client of ten may not call from here.
pub(crate) const HERE: (Ipv4Addr, u8) = (Ipv4Addr::new(127, 0, 0, 0), 8);

/// Distinct offices, and so distinct address rules.
const OFFICES: usize = 1_000;

/// Most distinct requests of a kind: so many that their keys do not all stay in a cache.
const REQUESTS: usize = 65_536;

/// What a request asks for, and how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keys from everywhere, each with every right.
    Granted,
    /// The key of the last client, where a list of policies is tried one by one.
    LastClient,
    /// A key as long as the others that nobody has.
    UnknownKey,
    /// A key that may not be used from here.
    BlockedAddress,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] =
        [Self::Granted, Self::LastClient, Self::UnknownKey, Self::BlockedAddress];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::LastClient => "granted to the last client",
            Self::UnknownKey => "unknown key",
            Self::BlockedAddress => "blocked address",
        }
    }

    /// Which keys, by their numbers.
    pub(crate) fn keys(self, keys: usize) -> Vec<usize> {
        let sample = |fits: fn(usize) -> bool| {
            let mut random = Rng::with_seed(keys as u64);
            let mut chosen: Vec<usize> = if keys <= REQUESTS {
                (0..keys).filter(|number| fits(*number)).collect()
            } else {
                let any = std::iter::repeat_with(|| random.usize(..keys));
                any.filter(|number| fits(*number)).take(REQUESTS).collect()
            };
            random.shuffle(&mut chosen);
            chosen
        };
        match self {
            Self::Granted => sample(|number| !is_away(number)),
            Self::LastClient => {
                (0..keys).rev().find(|number| !is_away(*number)).into_iter().collect()
            }
            // As many as there are right ones, behind their end.
            Self::UnknownKey => (keys..keys + keys.min(REQUESTS)).collect(),
            Self::BlockedAddress => sample(is_away),
        }
    }

    /// Requests of this kind with the key in `X-Api-Key`.
    pub(crate) fn with_keys(self, keys: usize, status: u16) -> Requests {
        let make = |number: &usize| message("/orders/4711?page=2", &[("x-api-key", &key(*number))]);
        Requests { messages: self.keys(keys).iter().map(make).collect(), status }
    }
}

/// The name of a client, which has the key of the same number.
pub(crate) fn client_name(number: usize) -> String {
    format!("client-{number:07}")
}

/// The address and prefix length of a client's office.
pub(crate) fn office(number: usize) -> (Ipv4Addr, u8) {
    let [.., high, low] = (number % OFFICES).to_be_bytes();
    (Ipv4Addr::new(10, high, low, 0), 24)
}

/// Whether a client may call from its office only.
pub(crate) fn is_away(number: usize) -> bool {
    number % 10 == 9
}

/// Where a client may call from.
pub(crate) fn networks(number: usize) -> Vec<(Ipv4Addr, u8)> {
    if is_away(number) { vec![office(number)] } else { vec![office(number), HERE] }
}

/// The policy as Portcullis has it, and what is varied in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) keys: usize,
    pub(crate) rules: Rules,
    pub(crate) client_address: ClientAddress,
    /// Strip the key; tell the upstream names of client and key.
    pub(crate) forward: bool,
    pub(crate) endpoints: usize,
}

/// The address rules of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// None.
    None,
    /// Of each key its [`networks`].
    Offices,
    /// On every key one rule of so many ranges; the last of them is [`HERE`].
    Ranges(usize),
}

impl Policy {
    /// The comparison's, with so many keys.
    pub(crate) fn with_keys(keys: usize) -> Self {
        Self {
            keys,
            rules: Rules::Offices,
            client_address: ClientAddress::Connection,
            forward: false,
            endpoints: 1,
        }
    }

    /// Its table, without names that the upstream does not get.
    pub(crate) fn table(&self) -> Result<Vec<u8>> {
        let names: Vec<String> = (0..self.keys).map(client_name).collect();
        let forward = if self.forward {
            Forward { client: Some("x-client-id"), key: Some("x-key-id"), collection: None }
        } else {
            Forward::default()
        };
        let client_address = self.client_address;
        let strip_credential = self.forward;
        let mut writer =
            TableWriter::new(Settings { client_address, forward, strip_credential, ..settings() });
        writer.names(Names::Omit);
        let collection = Collection { name: "orders", version: "v1", active: true, public: false };
        let collection = writer.collection(collection);
        for number in 0..self.endpoints {
            let first = collection_path(number);
            writer.endpoint(Endpoint {
                collection,
                hosts: vec![HostPattern::Any],
                path: vec![Segment::Literal(first.clone().into_bytes().into()), Segment::Parameter],
                rest: false,
                methods: Some(vec!["GET"]),
                active: true,
                name: format!("GET /{first}/{{id}}").into(),
            });
        }
        let grant = writer.grant(&[collection]);
        let rules: Vec<AddressRule> = match self.rules {
            Rules::None => vec![AddressRule::ANY],
            Rules::Offices => {
                (0..OFFICES).map(|office| rule(&mut writer, &networks(office))).collect()
            }
            Rules::Ranges(count) => {
                let offices = (1..count).map(distant);
                let ranges: Vec<_> = offices.chain([HERE]).collect();
                vec![rule(&mut writer, &ranges)]
            }
        };
        for (number, name) in names.iter().enumerate() {
            let rule = AddressRule::ANY;
            let client = writer.client(Client { name, active: true, rule, grant });
            writer.key(Key {
                name: "key-0".into(),
                digest: Sha256::digest(key(number).as_bytes()).into(),
                client,
                active: true,
                rule: rules.get(number % rules.len().max(1)).copied().context("no rule")?,
                grant: None,
                not_before: None,
                expires: None,
            });
        }
        writer.finish().context("the policy does not fit a table")
    }
}

/// The first segment of an endpoint's path.
pub(crate) fn collection_path(endpoint: usize) -> String {
    if endpoint == 0 { "orders".to_owned() } else { format!("orders-{endpoint}") }
}

/// Networks of which no two are adjacent, all below [`HERE`].
fn distant(number: usize) -> (Ipv4Addr, u8) {
    let first = 0x0100_0000 + u32::try_from(number).unwrap_or(u32::MAX / 0x1000) * 0x200;
    (Ipv4Addr::from(first), 24)
}

fn rule<'a>(writer: &mut TableWriter<'a>, networks: &[(Ipv4Addr, u8)]) -> AddressRule {
    let mut allowed = AddressSet::default();
    for (address, length) in networks {
        let first = u32::from(*address);
        allowed.insert_v4(first.into(), (first | (u32::MAX >> length)).into());
    }
    writer.address_rule(&AddressSet::default(), &allowed)
}
