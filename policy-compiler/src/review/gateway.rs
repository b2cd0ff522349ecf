//! Differences of two gateways that requests do not show.

use policy_table::Table;
use policy_table::settings::{ClientAddress, Settings};
use serde::Serialize;

/// A setting that both tables have, with other values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The field of the policy document.
    pub setting: &'static str,
    /// What the old table has.
    pub old: String,
    /// What the new table has.
    pub new: String,
    /// Whether access may be gained by it, and nobody can say by whom: then it counts as a gain.
    pub unbounded: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// Settings whose change lets in whom no comparison can name, and those that change what an
/// upstream or a caller is told.
pub fn setting_changes(old: &Table<'_>, new: &Table<'_>) -> Vec<SettingChange> {
    let settings: [(&str, Show, bool, &str); 5] = [
        (
            "gateway.client_address",
            client_address,
            has_rules(old) || has_rules(new),
            "requests may get another client address, so that every IP rule may decide otherwise",
        ),
        (
            "gateway.key_prefix",
            |settings| format!("`{}`", settings.key_prefix),
            true,
            "keys that begin with a prefix need its checksum: others may become valid",
        ),
        (
            "gateway.strip_credential",
            |settings| settings.strip_credential.to_string(),
            false,
            "whether the upstream sees keys",
        ),
        ("gateway.forward", forward, false, "what the upstream is told"),
        (
            "gateway.realm",
            |settings| format!("`{}`", settings.realm),
            false,
            "what a challenge for a credential names",
        ),
    ];
    let changes = settings.into_iter().map(|(setting, show, unbounded, meaning)| SettingChange {
        setting,
        old: show(old.settings()),
        new: show(new.settings()),
        unbounded,
        meaning,
    });
    changes.filter(|change| change.old != change.new).collect()
}

/// Whether a request's address counts for anything.
fn has_rules(table: &Table<'_>) -> bool {
    table.address_rules().next().is_some()
}

/// Shows a setting.
type Show = fn(&Settings<'_>) -> String;

fn client_address(settings: &Settings<'_>) -> String {
    match settings.client_address {
        ClientAddress::Connection => "connection".to_owned(),
        ClientAddress::XForwardedFor { trusted_hops } => {
            format!("x-forwarded-for, trusted_hops {trusted_hops}")
        }
    }
}

fn forward(settings: &Settings<'_>) -> String {
    let forward = settings.forward;
    let names =
        [("client", forward.client), ("key", forward.key), ("collection", forward.collection)];
    let names: Vec<String> = names
        .iter()
        .filter_map(|(what, header)| Some(format!("{what} as `{}`", (*header)?)))
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
