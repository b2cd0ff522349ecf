//! Clients that cannot do anything, and collections that are of no use to anybody.

use super::keys::shown_name;
use super::{Lint, warning};
use crate::diagnostic::Diagnostics;
use crate::model::{Client, CollectionIndex, Policy};
use crate::source::quote;

/// What is switched off is so on purpose, and nothing is said about it.
pub(super) fn check(policy: &Policy, granted: &[bool], diagnostics: &mut Diagnostics) {
    for client in policy.clients.iter().filter(|client| client.active) {
        check_client(client, diagnostics);
    }
    for (collection, granted) in policy.collections.iter().zip(granted) {
        if collection.active && !collection.public && !granted {
            let message =
                format!("no client is granted collection {}", quote(collection.name.as_str()));
            diagnostics.push(warning(Lint::UnusedCollection, collection.place.0, message).help(
                "name it in the `collections` of a client, switch it off with `active: false`, or remove it",
            ));
        }
    }
}

fn check_client(client: &Client, diagnostics: &mut Diagnostics) {
    let name = || quote(client.name.as_str());
    if !client.keys.iter().any(|key| key.active) {
        let which = if client.keys.is_empty() { "" } else { " that is switched on" };
        diagnostics.push(
            warning(
                Lint::ClientWithoutKeys,
                client.place.0,
                format!("client {} has no key{which}", name()),
            )
            .help(
                "make one with `portcullis key new`, or switch the client off with `active: false`",
            ),
        );
    }
    if grants(client).next().is_none() {
        diagnostics.push(
            warning(
                Lint::ClientWithoutCollections,
                client.place.0,
                format!("client {} is granted no collection", name()),
            )
            .help("name some in its `collections`, or switch the client off with `active: false`"),
        );
        return;
    }
    for key in client.keys.iter().filter(|key| key.active) {
        if key.grant.as_deref().unwrap_or(&client.grant).is_empty() {
            let key_name = shown_name(client, key);
            diagnostics.push(
                warning(
                    Lint::ClientWithoutCollections,
                    key.place.0,
                    format!("key {key_name} of client {} is granted no collection", name()),
                )
                .help(match key.grant {
                    Some(_) => {
                        "name some in its `collections`, leave them out for all of its client's, or switch it off with `active: false`"
                    }
                    None => {
                        "name some in the `collections` of its client, or switch it off with `active: false`"
                    }
                }),
            );
        }
    }
}

/// Everything that a client may use, by whichever key.
fn grants(client: &Client) -> impl Iterator<Item = CollectionIndex> {
    let own = client.keys.iter().filter_map(|key| key.grant.as_deref()).flatten();
    client.grant.iter().chain(own).copied()
}
