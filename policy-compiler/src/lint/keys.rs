//! Keys at the end of their validity.

use super::{Lint, LintOptions, warning};
use crate::diagnostic::{Diagnostic, Diagnostics, secret};
use crate::model::{Client, Key, Policy, show_time};
use crate::source::quote;
use crate::text::Origin;

/// Looks at keys that are switched on, when there is a moment to look at.
pub(super) fn check(policy: &Policy, options: &LintOptions, diagnostics: &mut Diagnostics) {
    let Some(at) = options.at else {
        return;
    };
    let soon = at.saturating_add(options.within);
    for client in policy.clients.iter().filter(|client| client.active) {
        for key in client.keys.iter().filter(|key| key.active) {
            if let Some(expires) = key.window.expires().filter(|expires| *expires <= soon) {
                diagnostics.push(report(policy, client, key, expires, expires <= at));
            }
        }
    }
}

/// The name of a key in backticks. In a key file it may be a key that slipped into the wrong
/// column.
pub(super) fn shown_name(client: &Client, key: &Key) -> String {
    let name = key.name.as_str();
    if key.place.0.file == client.place.0.file {
        quote(name)
    } else {
        quote(&secret::mask_tokens(name))
    }
}

fn report(policy: &Policy, client: &Client, key: &Key, expires: i64, over: bool) -> Diagnostic {
    let name = shown_name(client, key);
    let client = quote(client.name.as_str());
    let time = show_time(expires);
    let Origin(place) = key.expires_place.unwrap_or(key.place);
    if ends_with_all(policy, key) {
        let verb = if over { "ended" } else { "ends" };
        let message =
            format!("access profile {name} of client {client} {verb} with all others at {time}");
        return warning(Lint::ProfileEnds, key.place.0, message).help(
            "give its users a key of `keys`, made with `portcullis key new`, and remove the access profile",
        );
    }
    let (lint, verb) = match over {
        true => (Lint::KeyExpired, "expired"),
        false => (Lint::KeyExpiresSoon, "expires"),
    };
    let help = match over {
        true => {
            "remove it, or switch it off with `active: false`, if nobody uses it any more; else make a new one with `portcullis key new`"
        }
        false => {
            "make a new one with `portcullis key new` and hand it out while this one still works"
        }
    };
    warning(lint, place, format!("key {name} of client {client} {verb} at {time}")).help(help)
}

/// Whether it is the end of all access profiles that ends this one; its own may be the same.
fn ends_with_all(policy: &Policy, key: &Key) -> bool {
    key.legacy
        .as_ref()
        .is_some_and(|profile| profile.expires.is_none_or(|own| own >= policy.legacy.ends))
}
