//! A difference with names instead of indexes: what `diff --json` writes, and what people are shown.

use std::collections::BTreeMap;
use std::path::Path;

use policy_table::{CollectionIndex, Table};
use serde::Serialize;

use super::answers::{OtherAnswer, other_answers};
use super::classes::Class;
use super::difference::{Change, Difference};
use super::events::{Event, events, view};
use super::gains::{Direction, Owner};
use super::gateway::{SettingChange, setting_changes};
use super::times::Span;
use super::witness::Witness;
use super::words;
use crate::model::{show_range, show_time};
use crate::shell;

/// All differences of two policies.
#[derive(Debug, Serialize)]
pub struct DifferenceView {
    /// The old policy.
    pub old: PolicyView,
    /// The new policy.
    pub new: PolicyView,
    /// The time that was looked at.
    pub looked_at: SpanView,
    /// Access that only the new policy gives.
    pub gained: Vec<ChangeView>,
    /// Access that only the old policy gives.
    pub lost: Vec<ChangeView>,
    /// Settings that changed; those that are `unbounded` count as gains.
    pub settings: Vec<SettingChange>,
    /// Requests that neither lets in, and that are answered otherwise.
    pub answered_otherwise: Vec<OtherAnswer>,
    /// What changes by itself in the new policy, where the time that was looked at has an end.
    pub by_itself: Vec<Event>,
}

/// A policy, as the command was given it.
#[derive(Debug, Serialize)]
pub struct PolicyView {
    /// The path of the document or table.
    pub name: String,
    /// The id of its table.
    pub table_id: String,
}

/// A span of time, in RFC 3339; null where it has no begin or no end.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct SpanView {
    /// The first second.
    pub from: Option<String>,
    /// The first second after it.
    pub until: Option<String>,
}

/// Access that is gained or lost.
#[derive(Debug, Serialize)]
pub struct ChangeView {
    /// Whose it is; null for requests without a credential.
    pub client: Option<String>,
    /// The keys of that client that have it.
    pub keys: Vec<KeyView>,
    /// To what.
    pub access: Vec<AccessView>,
    /// From where.
    pub addresses: AddressesView,
    /// When.
    pub times: Vec<SpanView>,
    /// Where the key may stand; empty for requests without a credential.
    pub places: Vec<String>,
    /// A request that proves it.
    pub witness: Option<WitnessView>,
    /// Whether that is not wherever the policy looks for keys.
    #[serde(skip)]
    pub places_differ: bool,
    /// When, in words; none for all of the time that was looked at.
    #[serde(skip)]
    pub when: Option<String>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Its name, or the id that stands for it.
    pub name: String,
    /// The first 128 bits of its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// Endpoints of a collection, or requests that no collection has to do with.
#[derive(Debug, Serialize)]
pub struct AccessView {
    /// The collection; null for a preflight and for paths that no endpoint matches.
    pub collection: Option<String>,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Why it is let in: `granted`, `public`, `preflight` or `unmatched`.
    pub reason: &'static str,
    /// What is let in.
    pub endpoints: Vec<EndpointView>,
}

/// Requests to an endpoint.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EndpointView {
    /// Its methods and path pattern; null where it is none.
    pub endpoint: Option<String>,
    /// The methods of the requests; null stands for all that neither policy names.
    pub methods: Vec<Option<String>>,
    /// Where the other policy leads them: an endpoint with its collection, or a reason; left out
    /// where there is no other policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_policy: Option<String>,
    /// One of the requests.
    pub example: String,
    /// Whether the other policy has an endpoint of the same name and collection.
    #[serde(skip)]
    pub same_endpoint: bool,
}

/// A set of addresses.
#[derive(Debug, Serialize)]
pub struct AddressesView {
    /// Prefixes, addresses, or first and last address.
    pub ranges: Vec<String>,
    /// How many IPv4 addresses.
    pub ipv4: u64,
    /// How many IPv6 addresses; a text, as it can be more than a JSON reader can hold.
    pub ipv6: String,
    /// Whether requests whose client has no known address are among them.
    pub unknown: bool,
    /// In words.
    #[serde(skip)]
    pub words: String,
}

/// A request that one policy lets in and the other does not.
#[derive(Debug, Serialize)]
pub struct WitnessView {
    /// A command that tells how the policy that lets it in decides it.
    pub command: String,
    /// What the old policy decides; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<&'static str>,
    /// What the new policy decides.
    pub new: &'static str,
}

impl DifferenceView {
    /// The names behind a difference; `names` is how its policies were given.
    pub fn new(difference: &Difference<'_>, names: [&str; 2]) -> Self {
        let [old, new] = difference.tables;
        let policy = |table: &Table<'_>, name: &str| PolicyView {
            name: name.to_owned(),
            table_id: table.id().to_string(),
        };
        let [old_name, new_name] = names;
        let changes = |direction: Direction| {
            let changes = difference.changes(direction).iter();
            changes.map(|change| View { difference, direction, names }.change(change)).collect()
        };
        Self {
            old: policy(old, old_name),
            new: policy(new, new_name),
            looked_at: span_view(&difference.span),
            gained: changes(Direction::Gained),
            lost: changes(Direction::Lost),
            settings: setting_changes(old, new),
            answered_otherwise: other_answers(difference),
            by_itself: match difference.span.until {
                Some(_) => events(new, difference.span),
                None => Vec::new(),
            },
        }
    }

    /// Whether access was gained, or may have been.
    pub fn has_gain(&self) -> bool {
        !self.gained.is_empty() || self.settings.iter().any(|change| change.unbounded)
    }
}

/// One direction of a difference.
pub(super) struct View<'d, 't> {
    pub(super) difference: &'d Difference<'t>,
    pub(super) direction: Direction,
    pub(super) names: [&'d str; 2],
}

impl<'t> View<'_, 't> {
    pub(super) fn change(&self, change: &Change<'t>) -> ChangeView {
        let [_, table] = self.direction.order(self.difference.tables);
        let (client, keys) = match &change.owner {
            Owner::Anyone => (None, Vec::new()),
            Owner::Keys(client, keys) => {
                let keys = keys.iter().filter_map(|key| view(table, *key));
                (Some(table.client_name(*client).to_string()), keys.collect())
            }
        };
        let count = change.origins.count();
        ChangeView {
            client,
            keys,
            access: self.access(change),
            addresses: AddressesView {
                ranges: change.origins.ranges().map(show_range).collect(),
                ipv4: count.v4,
                ipv6: count.v6.to_string(),
                unknown: change.origins.has_unknown(),
                words: words::origins(&change.origins),
            },
            times: change.times.iter().map(span_view).collect(),
            places: change.places.iter().map(words::place).collect(),
            places_differ: !change.places.is_empty()
                && change.places.len() < table.settings().credentials.len(),
            witness: self.witness(change),
            when: words::times(&change.times, self.difference.span),
        }
    }

    /// The classes of a change by collection.
    fn access(&self, change: &Change<'t>) -> Vec<AccessView> {
        let [_, table] = self.direction.order(self.difference.tables);
        let mut access: BTreeMap<(Option<CollectionIndex>, &str), Vec<EndpointView>> =
            BTreeMap::new();
        for class in change.classes.iter().filter_map(|at| self.difference.classes.get(*at)) {
            let [_, own] = self.direction.order(class.routes);
            let facts = own.endpoint().and_then(|endpoint| table.endpoint_facts(endpoint));
            let reason = match facts {
                Some(facts) if facts.public => "public",
                Some(_) => "granted",
                None if own.preflight => "preflight",
                None => "unmatched",
            };
            let key = (facts.map(|facts| facts.collection), reason);
            access.entry(key).or_default().push(self.endpoint(class));
        }
        let views = access.into_iter().map(|((collection, reason), mut endpoints)| {
            endpoints.sort();
            let version = collection.map(|collection| table.collection_version(collection));
            AccessView {
                collection: collection.map(|one| table.collection_name(one).to_owned()),
                version: version.filter(|version| !version.is_empty()).map(str::to_owned),
                reason,
                endpoints,
            }
        });
        views.collect()
    }

    fn endpoint(&self, class: &Class) -> EndpointView {
        let [other_table, table] = self.direction.order(self.difference.tables);
        let [other, own] = self.direction.order(class.routes);
        let methods = self.difference.methods(class);
        let example = &class.example;
        EndpointView {
            endpoint: own.endpoint().map(|endpoint| table.endpoint_name(endpoint).to_owned()),
            methods: methods.map(|method| (!method.other).then(|| method.name.clone())).collect(),
            same_endpoint: own.words(table) == other.words(other_table),
            other_policy: Some(other.words(other_table)),
            example: format!("{} {}{}", example.method, example.host, example.path),
        }
    }

    fn witness(&self, change: &Change<'t>) -> Option<WitnessView> {
        let class = self.difference.classes.get(*change.classes.first()?)?;
        let witness = self.difference.witness(self.direction, change, class)?;
        let [old, new] = self.difference.tables;
        let [_, name] = self.direction.order(self.names);
        Some(WitnessView {
            command: command(&witness, name),
            old: Some(witness.decide(old).reason.code()),
            new: witness.decide(new).reason.code(),
        })
    }
}

/// The command that explains a request. What standard input had is gone: where it was read from, people
/// put the name of a file.
fn command(witness: &Witness<'_>, policy: &str) -> String {
    let example = &witness.example;
    let policy = if policy == "-" { "POLICY".to_owned() } else { shell::path(Path::new(policy)) };
    let mut words = vec!["portcullis".to_owned(), "explain".to_owned(), policy];
    let mut option = |name: &str, value: String| {
        let value = shell::word(&value);
        // Such a value would be taken for an option.
        if value.starts_with('-') {
            words.push(format!("{name}={value}"));
        } else {
            words.extend([name.to_owned(), value]);
        }
    };
    option("--method", example.method.clone());
    option("--host", example.host.clone());
    option("--path", example.path.clone());
    for (name, value) in &witness.headers {
        option("--header", format!("{name}: {value}"));
    }
    if let Some((digest, place)) = &witness.key {
        option("--sha256", hexadecimal(digest));
        option("--place", words::place(place));
    }
    if let Some(address) = witness.address {
        option("--address", address.to_string());
    }
    option("--at", show_time(witness.time));
    words.join(" ")
}

pub(super) fn span_view(span: &Span) -> SpanView {
    let from = (span.from != i64::MIN).then(|| show_time(span.from));
    SpanView { from, until: span.until.map(show_time) }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
