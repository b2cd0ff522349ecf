//! What all keys of a document have to agree on.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::client::Client;
use super::digest::Digest;
use super::key::Key;
use super::key_file::name_cells;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, secret};
use crate::source::quote;
use crate::text::{FileIndex, Place, Sources};

/// What is yet to be found out about the keys of a policy that was read: whether they agree. To
/// compare a million of them takes its time, which other work need not wait for.
#[derive(Debug)]
pub(crate) struct KeyComparison {
    pub(super) document: FileIndex,
    /// How many keys a client may have.
    pub(super) keys_per_client: usize,
    /// Every digest of the document, and of rows with other mistakes, and where it stands.
    pub(super) digests: Vec<(Digest, Place)>,
}

impl KeyComparison {
    /// Reports clients with too many keys, and names and digests that keys share.
    pub(crate) fn check(
        self,
        clients: &[Client],
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        let Self { document, keys_per_client, digests } = self;
        check_counts(clients, keys_per_client, diagnostics);
        let (beginnings, namesakes) = compare_names(clients, document);
        report_names(&namesakes, document, sources, diagnostics);
        check_digests(clients, document, digests, beginnings, diagnostics);
    }
}

/// Reports clients with more keys than the document allows.
fn check_counts(clients: &[Client], limit: usize, diagnostics: &mut Diagnostics) {
    for client in clients {
        let count = client.keys.len();
        if count > limit {
            let message = format!(
                "client {} has {count} keys, at most {limit} are allowed",
                quote(client.name.as_str())
            );
            diagnostics.push(
                Diagnostic::error(Code::TooMany, client.place.0, message).help(format!(
                    "remove keys that are no longer used, or raise `limits: {{ keys_per_client: {count} }}`"
                )),
            );
        }
    }
}

/// Two keys of a client that share a name.
struct Namesakes<'c> {
    client: &'c Client,
    first: &'c Key,
    second: &'c Key,
}

/// Finds names that two keys of a client share; within `keys` the mapping was checked.
///
/// Also returns how the digests of all keys of key files begin: to look at a million keys once more
/// would take as long again.
fn compare_names(clients: &[Client], document: FileIndex) -> (Vec<u64>, Vec<Namesakes<'_>>) {
    let mut beginnings = Vec::with_capacity(clients.iter().map(|client| client.keys.len()).sum());
    let mut namesakes = Vec::new();
    let mut names: HashMap<&str, &Key> = HashMap::new();
    for client in clients {
        // To empty the table of a large client would take as long for every small one behind it.
        if names.capacity() > client.keys.len().saturating_mul(8).saturating_add(64) {
            names = HashMap::default();
        } else {
            names.clear();
        }
        for key in &client.keys {
            if key.place.0.file != document {
                beginnings.push(key.digest.begins());
            }
            if let Some(first) = names.insert(key.name.as_str(), key) {
                namesakes.push(Namesakes { client, first, second: key });
            }
        }
    }
    (beginnings, namesakes)
}

fn report_names(
    namesakes: &[Namesakes<'_>],
    document: FileIndex,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let digests: HashSet<Place> =
        namesakes.iter().flat_map(|two| [two.first.place.0, two.second.place.0]).collect();
    let cells = name_cells(sources, &digests);
    let in_document = |key: &Key| key.place.0.file == document;
    let place = |key: &Key| cells.get(&key.place.0).copied().unwrap_or(key.place.0);
    for Namesakes { client, first, second } in namesakes {
        // In a key file it may be a key that slipped into the wrong column.
        let mut shown = second.name.as_str().to_owned();
        for key in [first, second].into_iter().filter(|key| !in_document(key)) {
            shown = secret::mask_tokens(&shown);
            if shown != key.name.as_str() {
                diagnostics.hide(place(key));
            }
        }
        let message = format!(
            "key {} of client {} is given twice",
            quote(&shown),
            quote(client.name.as_str())
        );
        let one_mapping = in_document(first)
            && in_document(second)
            && first.legacy.is_some() == second.legacy.is_some();
        // Of two in one mapping the second was reported.
        if !one_mapping {
            diagnostics.push(
                Diagnostic::error(Code::DuplicateName, place(second), message)
                    .found(shown)
                    .help("rename one of the two")
                    .related(place(first), "it was first given here"),
            );
        }
    }
}

/// Reports digests that two keys share, across all clients and files; `order` is how those of key
/// files begin.
fn check_digests(
    clients: &[Client],
    document: FileIndex,
    of_document: Vec<(Digest, Place)>,
    mut order: Vec<u64>,
    diagnostics: &mut Diagnostics,
) {
    // Most of a million keys differ where they begin: only of the others the rest is looked at.
    order.extend(of_document.iter().map(|(digest, _)| digest.begins()));
    order.sort_unstable();
    let pairs = order.iter().zip(order.iter().skip(1));
    let alike: HashSet<u64> =
        pairs.filter(|(one, other)| one == other).map(|(begin, _)| *begin).collect();
    if alike.is_empty() {
        return;
    }
    let keys = clients.iter().flat_map(|client| &client.keys);
    let of_files = keys.filter(|key| key.place.0.file != document);
    let of_files = of_files.map(|key| (key.digest, key.place.0));
    let mut digests: Vec<(Digest, Place)> = of_document
        .into_iter()
        .chain(of_files)
        .filter(|(digest, _)| alike.contains(&digest.begins()))
        .collect();
    digests.sort_unstable_by_key(|(digest, place)| (digest.kept(), *place));
    for (first, second) in digests.iter().zip(digests.iter().skip(1)) {
        if first.0.kept() != second.0.kept() {
            continue;
        }
        let (message, help) = if first.0 == second.0 {
            (
                "two keys have the same digest",
                "each key belongs to one client: give each its own key, or remove one",
            )
        } else {
            (
                "the digests of two keys begin with the same 128 bits",
                "a table keeps 128 bits of each: replace one of the keys",
            )
        };
        diagnostics.push(
            Diagnostic::error(Code::DuplicateDigest, second.1, message)
                .help(help)
                .related(first.1, "the other one is here"),
        );
    }
}
