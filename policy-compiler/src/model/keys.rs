//! What all keys of a document have to agree on.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::client::Client;
use super::digest::Digest;
use super::key::Key;
use super::key_file::name_cells;
use super::name::Name;
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
    /// Keys with mistakes, and the positions of their clients, rising.
    pub(super) faulty: Vec<(usize, FaultyKey)>,
}

/// A key that could not be read: it counts, and its name is taken.
#[derive(Debug)]
pub(super) struct FaultyKey {
    /// None where that is the mistake.
    pub(super) name: Option<Name>,
    /// Where its name stands; in a key file, its digest.
    pub(super) place: Place,
    pub(super) is_profile: bool,
}

impl KeyComparison {
    /// Reports clients with too many keys, and names and digests that keys share.
    pub(crate) fn check(
        self,
        clients: &[Client],
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        let Self { document, keys_per_client, digests, faulty } = self;
        check_counts(clients, &faulty, keys_per_client, diagnostics);
        let (beginnings, mut namesakes) = compare_names(clients, document);
        compare_faulty(clients, &faulty, &mut namesakes);
        report_names(&namesakes, document, sources, diagnostics);
        check_digests(clients, document, digests, beginnings, diagnostics);
    }
}

/// Reports clients with more keys than the document allows.
fn check_counts(
    clients: &[Client],
    faulty: &[(usize, FaultyKey)],
    limit: usize,
    diagnostics: &mut Diagnostics,
) {
    let mut faulty = faulty.chunk_by(|(one, _), (other, _)| one == other).peekable();
    for (position, client) in clients.iter().enumerate() {
        let of_client = |keys: &&[(usize, FaultyKey)]| {
            keys.first().is_some_and(|(owner, _)| *owner == position)
        };
        let more = faulty.next_if(of_client).map_or(0, <[_]>::len);
        let count = client.keys.len().saturating_add(more);
        if count > limit {
            let message = format!(
                "client {} has {count} keys, at most {limit} are allowed",
                quote(client.name.as_str())
            );
            diagnostics.push(
                Diagnostic::error(Code::TooMany, client.place.0, message).help(format!(
                    "remove keys that are no longer used (`portcullis key revoke --remove`), also those that have expired or that a rotation has replaced, or raise `limits: {{ keys_per_client: {count} }}`"
                )),
            );
        }
    }
}

/// Two keys of a client that share a name.
struct Namesakes<'c> {
    client: &'c Client,
    name: &'c Name,
    first: Given,
    second: Given,
}

/// Where a key is given, and as what.
#[derive(Clone, Copy)]
struct Given {
    place: Place,
    is_profile: bool,
}

impl Given {
    fn of(key: &Key) -> Self {
        Self { place: key.place.0, is_profile: key.legacy.is_some() }
    }
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
                let (first, second) = (Given::of(first), Given::of(key));
                namesakes.push(Namesakes { client, name: &key.name, first, second });
            }
        }
    }
    (beginnings, namesakes)
}

/// Finds names that a key with mistakes shares with another of its client.
fn compare_faulty<'c>(
    clients: &'c [Client],
    faulty: &'c [(usize, FaultyKey)],
    namesakes: &mut Vec<Namesakes<'c>>,
) {
    for of_client in faulty.chunk_by(|(one, _), (other, _)| one == other) {
        let client = of_client.first().and_then(|(position, _)| clients.get(*position));
        let Some(client) = client else { continue };
        // Of those that are compared with each other the first, so that each other one is told once.
        let keys = client.keys.iter().rev().map(|key| (&key.name, Given::of(key)));
        let mut names: HashMap<&Name, Given> = keys.collect();
        for (_, FaultyKey { name, place, is_profile }) in of_client {
            let Some(name) = name else { continue };
            let given = Given { place: *place, is_profile: *is_profile };
            let Some(other) = names.insert(name, given) else { continue };
            let is_first = given.place < other.place;
            let (first, second) = if is_first { (given, other) } else { (other, given) };
            namesakes.push(Namesakes { client, name, first, second });
        }
    }
}

fn report_names(
    namesakes: &[Namesakes<'_>],
    document: FileIndex,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let digests: HashSet<Place> =
        namesakes.iter().flat_map(|two| [two.first.place, two.second.place]).collect();
    let cells = name_cells(sources, &digests);
    let in_document = |key: &Given| key.place.file == document;
    let place = |key: &Given| cells.get(&key.place).copied().unwrap_or(key.place);
    for Namesakes { client, name, first, second } in namesakes {
        // In a key file it may be a key that slipped into the wrong column.
        let mut shown = name.as_str().to_owned();
        for key in [first, second].into_iter().filter(|key| !in_document(key)) {
            shown = secret::mask_tokens(&shown);
            if shown != name.as_str() {
                diagnostics.hide(place(key));
            }
        }
        let message = format!(
            "key {} of client {} is given twice",
            quote(&shown),
            quote(client.name.as_str())
        );
        let one_mapping =
            in_document(first) && in_document(second) && first.is_profile == second.is_profile;
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
