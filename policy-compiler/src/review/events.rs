//! What changes by itself: keys of a table that become valid or expire.

use std::collections::BTreeMap;

use policy_table::{ClientIndex, KeyIndex, Table};
use serde::Serialize;

use super::times::Span;
use super::view::KeyView;
use crate::escape::hexadecimal;
use crate::model::show_time;

/// What happens to keys of a client at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, in Unix seconds.
    #[serde(skip)]
    pub moment: i64,
    /// When, in RFC 3339.
    pub time: String,
    /// What.
    pub event: EventKind,
    /// The client; null where it is about all.
    pub client: Option<String>,
    /// Its keys.
    pub keys: Vec<KeyView>,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Keys become valid.
    Starts,
    /// Keys expire.
    Expires,
    /// No legacy access profile may be created any more.
    Frozen,
    /// All legacy access profiles end.
    ProfilesEnd,
}

impl EventKind {
    /// Its name, as JSON has it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Expires => "expires",
            Self::Frozen => "frozen",
            Self::ProfilesEnd => "profiles_end",
        }
    }
}

/// Everything that happens in a span of time to keys that are switched on, in its order.
pub fn events(table: &Table<'_>, span: Span) -> Vec<Event> {
    let mut events: BTreeMap<(i64, EventKind, ClientIndex), Vec<KeyIndex>> = BTreeMap::new();
    for key in table.keys() {
        let on = table.client_facts(key.client).is_some_and(|client| client.active) && key.active;
        let ends = [(EventKind::Starts, key.not_before), (EventKind::Expires, key.expires)];
        for (kind, moment) in ends {
            if let Some(moment) = moment.filter(|moment| on && span.contains(*moment)) {
                events.entry((moment, kind, key.client)).or_default().push(key.key);
            }
        }
    }
    let events = events.into_iter().map(|((moment, event, client), keys)| {
        let keys = key_views(table, &keys);
        let client = Some(table.client_name(client).to_string());
        Event { moment, time: show_time(moment), event, client, keys }
    });
    events.collect()
}

/// Keys in the order of their names.
pub(super) fn key_views(table: &Table<'_>, keys: &[KeyIndex]) -> Vec<KeyView> {
    let mut keys: Vec<KeyView> = keys.iter().filter_map(|key| view(table, *key)).collect();
    keys.sort_by(|one, other| one.name.cmp(&other.name));
    keys
}

fn view(table: &Table<'_>, key: KeyIndex) -> Option<KeyView> {
    let sha256 = hexadecimal(&table.key_facts(key)?.digest);
    Some(KeyView { name: table.key_name(key).to_string(), sha256 })
}
