//! What all keys of a document have to agree on.

use std::collections::HashMap;

use super::client::ClientDraft;
use super::context::Context;
use super::key::Key;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Reader, quote};

/// Reports clients with more keys than the document allows.
pub(super) fn check_counts(reader: &mut Reader, context: &Context, drafts: &[ClientDraft]) {
    for ClientDraft { client, .. } in drafts {
        let (count, limit) = (client.keys.len(), context.keys_per_client);
        if count > limit {
            let message = format!(
                "client {} has {count} keys, at most {limit} are allowed",
                quote(client.name.as_str())
            );
            reader.report(
                Diagnostic::error(Code::TooMany, client.place.0, message).help(format!(
                    "remove keys that are no longer used, or raise `limits: {{ keys_per_client: {count} }}`"
                )),
            );
        }
    }
}

/// Reports names that two keys of a client share; within `keys` the mapping was checked.
pub(super) fn check_names(reader: &mut Reader, drafts: &[ClientDraft]) {
    for ClientDraft { client, .. } in drafts {
        let mut names: HashMap<&str, &Key> = HashMap::with_capacity(client.keys.len());
        for key in &client.keys {
            let Some(first) = names.insert(key.name.as_str(), key) else {
                continue;
            };
            let message = format!(
                "key {} of client {} is given twice",
                quote(key.name.as_str()),
                quote(client.name.as_str())
            );
            let in_document = |key: &Key| key.place.0.file == reader.file;
            let one_mapping = in_document(first)
                && in_document(key)
                && first.legacy.is_some() == key.legacy.is_some();
            // Of two in one mapping the second was reported.
            if !one_mapping {
                reader.report(
                    Diagnostic::error(Code::DuplicateName, key.place.0, message)
                        .found(key.name.as_str())
                        .help("rename one of the two")
                        .related(first.place.0, "it was first given here"),
                );
            }
        }
    }
}

/// Reports digests that two keys share, across all clients and files.
pub(super) fn check_digests(reader: &mut Reader, context: &Context) {
    let mut digests = context.digests.take();
    digests.sort_unstable();
    for (first, second) in digests.iter().zip(digests.iter().skip(1)) {
        if first.0 == second.0 {
            let message = "two keys have the same digest";
            reader.report(
                Diagnostic::error(Code::DuplicateDigest, second.1, message)
                    .help("each key belongs to one client: give each its own key, or remove one")
                    .related(first.1, "the other one is here"),
            );
        }
    }
}
