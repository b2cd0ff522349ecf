//! What all keys of a document have to agree on.

use foldhash::{HashMap, HashMapExt};

use super::client::ClientDraft;
use super::context::Context;
use super::digest::Digest;
use super::key::Key;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, Reader, quote};

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
    let mut names: HashMap<&str, &Key> = HashMap::new();
    for ClientDraft { client, .. } in drafts {
        names.clear();
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
    let digests = context.digests.take();
    let begins =
        |digest: &Digest| digest.as_bytes().first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    // Sorting their beginnings moves a third of the bytes, and nearly all differ there.
    let mut order: Vec<(Option<u64>, u32)> =
        digests.iter().zip(0..).map(|((digest, _), at)| (begins(digest), at)).collect();
    order.sort_unstable();
    for alike in order.chunk_by(|(one, _), (other, _)| one == other).filter(|alike| alike.len() > 1)
    {
        let at = |(_, at): &(_, u32)| digests.get(usize::try_from(*at).ok()?);
        let mut alike: Vec<&(Digest, Place)> = alike.iter().filter_map(at).collect();
        alike.sort_unstable();
        for (first, second) in alike.iter().zip(alike.iter().skip(1)) {
            if first.0 == second.0 {
                let message = "two keys have the same digest";
                reader.report(
                    Diagnostic::error(Code::DuplicateDigest, second.1, message)
                        .help(
                            "each key belongs to one client: give each its own key, or remove one",
                        )
                        .related(first.1, "the other one is here"),
                );
            }
        }
    }
}
