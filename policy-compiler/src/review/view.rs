//! A difference with names instead of indexes: what `diff --json` writes, and what people are shown.

use serde::Serialize;

use super::answers::OtherAnswer;
use super::events::Event;
use super::gateway::SettingChange;
use super::times::Span;
use crate::model::show_time;

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
    /// The methods of the requests; null stands for all without a small letter that neither policy names.
    pub methods: Vec<Option<String>>,
    /// Whether all with a small letter that neither policy names are among them.
    pub small_letters: bool,
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
    /// Whether access was gained, or may have been.
    pub fn has_gain(&self) -> bool {
        !self.gained.is_empty() || self.settings.iter().any(|change| change.unbounded)
    }
}

impl SpanView {
    pub(super) fn new(span: &Span) -> Self {
        let from = (span.from != i64::MIN).then(|| show_time(span.from));
        Self { from, until: span.until.map(show_time) }
    }
}
