//! Reads the whole document, in the order in which its parts refer to each other.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::Policy;
use super::clear_text::refuse_keys;
use super::client::{ClientDraft, read_paths};
use super::collection::Collection;
use super::context::Context;
use super::files::read_file;
use super::gateway::{Gateway, KeyPrefix};
use super::key_file::{Ahead, ClientNames, Owners, ReadAhead, hand_out, read_key_file};
use super::keys::KeyComparison;
use super::legacy::Legacy;
use super::lists::Lists;
use super::routes;
use super::usage::UsagePolicy;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, named, quote};
use crate::text::{FileKind, Place};

/// The version of the document's format.
pub(crate) const VERSION: u64 = 1;

/// How many keys a client has when the document does not say so.
pub(crate) const DEFAULT_KEYS_PER_CLIENT: u64 = 10;

/// How many a document may ask for.
pub(crate) const MAX_KEYS_PER_CLIENT: u64 = 10_000_000;

pub(crate) const FIELDS: [&str; 9] = [
    "clients",
    "collections",
    "gateway",
    "ip_lists",
    "key_files",
    "legacy",
    "limits",
    "usage_policies",
    "version",
];

pub(crate) const LIMIT_FIELDS: [&str; 1] = ["keys_per_client"];

/// The policy as far as it could be read, and what is yet to be found out about it; whether it is
/// whole, the reader's diagnostics say.
pub(crate) fn read_policy(
    reader: &mut Reader,
    root: &Node<'_>,
    ahead: Ahead,
) -> Option<(Policy, KeyComparison)> {
    let key_prefix = KeyPrefix::read(reader, root.entry("gateway"));
    reader.diagnostics.set_key_prefix(key_prefix.as_str());
    let policy = read_fields(reader, root, key_prefix, ahead);
    // Afterwards: of two things to say about one key, that of the field that has it is said.
    refuse_keys(reader, root);
    policy
}

fn read_fields(
    reader: &mut Reader,
    root: &Node<'_>,
    key_prefix: KeyPrefix,
    ahead: Ahead,
) -> Option<(Policy, KeyComparison)> {
    let fields = Fields::read(reader, root, "a policy", &FIELDS)?;
    read_version(reader, root, &fields);
    let keys_per_client = read_limits(reader, &fields);
    let legacy = Legacy::read(reader, fields.get("legacy"));
    let lists = Lists::read(reader, fields.get("ip_lists"));
    let gateway = Gateway::read(reader, fields.get("gateway"), &lists, key_prefix.clone());
    let mut context = Context::new(key_prefix, legacy, lists);
    let usage_policies = read_usage_policies(reader, &mut context, &fields);
    let (collections, placed) = read_collections(reader, &mut context, &fields);
    let bounded =
        [routes::check_count, routes::check_methods].map(|check| check(reader, &collections));
    if bounded == [true; 2] {
        routes::check_overlaps(reader, &collections, &placed);
    }
    let mut drafts = read_clients(reader, &context, &fields);
    read_key_files(reader, &context, &fields, &mut drafts, ahead);
    let faulty = drafts.iter_mut().enumerate().flat_map(|(position, draft)| {
        std::mem::take(&mut draft.faulty).into_iter().map(move |key| (position, key))
    });
    let faulty = faulty.collect();
    let (document, digests) = (reader.file, context.digests.take());
    let keys = KeyComparison { document, keys_per_client, digests, faulty };
    let policy = Policy {
        gateway,
        ip_lists: context.lists.all(),
        usage_policies,
        collections,
        legacy,
        clients: drafts.into_iter().map(|draft| draft.client).collect(),
    };
    Some((policy, keys))
}

/// Reports something that the format has and this version does not.
pub(super) fn report_unsupported(reader: &mut Reader, node: &Node<'_>, what: &str) {
    let place = reader.place(node);
    reader.report(
        Diagnostic::error(
            Code::Unsupported,
            place,
            format!("{what} is not supported by this version yet"),
        )
        .help("remove it; this version knows `auth: key` with `keys` and `key_files`"),
    );
}

fn read_version(reader: &mut Reader, root: &Node<'_>, fields: &Fields<'_, '_>) {
    let help = "begin the document with `version: 1`";
    let Some(node) = fields.require(reader, root, "version", help) else {
        return;
    };
    let version = reader.number(node, 0..=9_999);
    if version.is_some_and(|version| version != VERSION) {
        let place = reader.place(node);
        reader.report(
            Diagnostic::error(
                Code::Unsupported,
                place,
                "this version reads documents of version 1 only",
            )
            .found(node.scalar_text().unwrap_or_default())
            .help(help),
        );
    }
}

fn read_limits(reader: &mut Reader, fields: &Fields<'_, '_>) -> usize {
    let limit = fields.get("limits").and_then(|node| {
        let limits = Fields::read(reader, node, "`limits`", &LIMIT_FIELDS)?;
        let node = limits.get("keys_per_client")?;
        reader.number(node, 1..=MAX_KEYS_PER_CLIENT)
    });
    usize::try_from(limit.unwrap_or(DEFAULT_KEYS_PER_CLIENT)).unwrap_or(usize::MAX)
}

fn read_usage_policies(
    reader: &mut Reader,
    context: &mut Context,
    fields: &Fields<'_, '_>,
) -> Vec<UsagePolicy> {
    let Some(node) = fields.get("usage_policies") else {
        return Vec::new();
    };
    let entries = named(reader, node, "usage policy");
    let read = |(name, value): (&Node<'_>, &Node<'_>)| {
        context.usage_policies.insert(name.scalar_text().unwrap_or_default().to_owned());
        UsagePolicy::read(reader, name, value)
    };
    entries.into_iter().filter_map(read).collect()
}

/// The collections, and whether it is known where the paths of each begin.
fn read_collections(
    reader: &mut Reader,
    context: &mut Context,
    fields: &Fields<'_, '_>,
) -> (Vec<Collection>, Vec<bool>) {
    let Some(node) = fields.get("collections") else {
        return (Vec::new(), Vec::new());
    };
    let mut collections = Vec::new();
    for (name, value) in named(reader, node, "collection") {
        context.collections.push(name.scalar_text().unwrap_or_default().to_owned());
        collections.extend(Collection::read(reader, name, value));
    }
    collections.into_iter().unzip()
}

fn read_clients(
    reader: &mut Reader,
    context: &Context,
    fields: &Fields<'_, '_>,
) -> Vec<ClientDraft> {
    let Some(node) = fields.get("clients") else {
        return Vec::new();
    };
    named(reader, node, "client")
        .into_iter()
        .filter_map(|(name, value)| ClientDraft::read(reader, context, name, value))
        .collect()
}

/// All its keys would be given twice.
fn report_named_twice(reader: &mut Reader, place: Place, path: &str, first: Place) {
    reader.report(
        Diagnostic::error(
            Code::DuplicateName,
            place,
            format!("key file {} is named twice", quote(path)),
        )
        .found(path)
        .help("remove one of the two: a key has one client")
        .related(first, "it was first named here"),
    );
}

/// The key files of single clients, then those of the document.
fn read_key_files(
    reader: &mut Reader,
    context: &Context,
    fields: &Fields<'_, '_>,
    drafts: &mut [ClientDraft],
    ahead: Ahead,
) {
    let mut files: Vec<(Place, String, Owners<'_>)> = Vec::new();
    for (position, draft) in drafts.iter_mut().enumerate() {
        let paths = std::mem::take(&mut draft.key_files).into_iter();
        files.extend(paths.map(|(place, path)| (place, path, Owners::One(position))));
    }
    let names;
    let mut read = ReadAhead::default();
    if let Some(node) = fields.get("key_files") {
        read = ahead.finish(&|done, total| reader.watcher.read(done, total));
        let own = || drafts.iter().map(|draft| draft.client.name.clone()).collect();
        names = read.names(drafts).unwrap_or_else(|| ClientNames::new(own()));
        let paths = read_paths(reader, node).into_iter();
        files.extend(paths.map(|(place, path)| (place, path, Owners::Named(&names))));
    }
    let mut parts = Vec::new();
    // Any cell may be a key that slipped into the wrong column.
    let guarded = std::mem::replace(&mut reader.guarded, true);
    let mut known: HashMap<PathBuf, Place> = HashMap::new();
    for (place, path, owners) in files {
        if let Some(first) = fs::canonicalize(reader.base.join(&path))
            .ok()
            .and_then(|file| known.insert(file, place))
        {
            report_named_twice(reader, place, &path, first);
            continue;
        }
        let (text, content) = match owners {
            Owners::Named(_) => read.take(&reader.base.join(&path)).unzip(),
            Owners::One(_) => (None, None),
        };
        if let Some((index, file)) = read_file(reader, place, &path, FileKind::KeyFile, text) {
            let content = content.flatten();
            parts.extend(read_key_file(reader, context, (index, &file), owners, drafts, content));
        }
    }
    reader.guarded = guarded;
    hand_out(parts, drafts);
}
