//! From the pieces of a policy to sections: sorts, numbers, and writes each once.

use alloc::vec::Vec;

use arrayvec::ArrayVec;

use super::keys::{KeyList, Share};
use super::names::{NameLists, NameWriter};
use super::order::{Distinct, marked, numbered, order_of, renumber, sorted_positions};
use super::sections::Sections;
use super::{AddressRule, Grant, TableWriter, Workers, WriteError};
use crate::attributes::Attributes;
use crate::clients::{Class, class_bytes};
use crate::cold::Cold;
use crate::format::{ACTIVE, MAX_METHODS, NONE, PUBLIC, Section};
use crate::keys::Layout;
use crate::keys::write::KeyWriter;
use crate::label::client_id;
use crate::routes::write::RouteWriter;
use crate::wire::{index, length};

pub(super) fn assemble(
    mut policy: TableWriter<'_>,
    workers: &impl Workers,
) -> Result<Vec<u8>, WriteError> {
    let mut sections = Sections::default();
    let rules = write_rules(&policy, &mut sections);
    let collections = sorted_positions(&policy.collections, |collection| collection.name);
    let grants = write_grants(&policy, &collections, &mut sections);
    let methods = method_names(&policy)?;

    let mut names = NameLists::default();
    for position in order_of(&collections) {
        let Some(collection) = policy.collections.get(position) else { continue };
        let public = if collection.public { PUBLIC } else { 0 };
        sections.words(Section::Collections, &[flag(collection.active) | public]);
        names.collections.push(collection.name);
        names.versions.push(collection.version);
    }

    let mut endpoints = core::mem::take(&mut policy.endpoints);
    endpoints.sort_by(|left, right| {
        let place = |endpoint: &super::Endpoint<'_>| renumber(&collections, endpoint.collection.0);
        (place(left), &left.name, &left.path, left.rest, &left.hosts, &left.methods).cmp(&(
            place(right),
            &right.name,
            &right.path,
            right.rest,
            &right.hosts,
            &right.methods,
        ))
    });
    let mut routes = RouteWriter::default();
    for (position, endpoint) in endpoints.iter().enumerate() {
        routes.bind(endpoint, length(position));
        let set = method_set(endpoint.methods.as_deref(), &methods);
        let collection = renumber(&collections, endpoint.collection.0);
        sections.words(Section::Endpoints, &[collection, set, flag(endpoint.active)]);
        names.endpoints.push(&endpoint.name);
    }
    routes.write(&mut sections);

    let clients = write_clients(&policy, &rules, &grants, &mut sections, &mut names);
    let named = policy.keeps_key_names();
    let keys = core::mem::take(&mut policy.keys);
    let numbers = (rules.as_slice(), grants.as_slice(), clients.as_slice());
    write_keys(keys, named, numbers, workers, &mut sections, &mut names)?;

    let cold = Cold {
        settings: policy.settings.clone(),
        gateway_rule: rule_number(&rules, policy.gateway_rule),
        methods,
        names: names.view(policy.keeps_client_names(), policy.keeps_key_names()),
    };
    // Nothing else can stand in the way of the encoding.
    let too_large = |_| WriteError::TooLarge { what: "names and settings", limit: "1 GiB" };
    *sections.of(Section::Cold) = cold.write().map_err(too_large)?;
    sections.into_table()
}

/// Writes the rules that are used, in the order of their content; from handle to number.
fn write_rules(policy: &TableWriter<'_>, sections: &mut Sections) -> Vec<u32> {
    let used = [policy.gateway_rule]
        .into_iter()
        .chain(policy.clients.iter().map(|client| client.rule))
        .chain(policy.keys.rules())
        .filter_map(|rule| rule.0);
    let used = marked(policy.rules.len(), used);
    let mut numbers = alloc::vec![NONE; policy.rules.len()];
    let (mut count, mut v4, mut v6) = (0, 0, 0);
    for (rule, handle) in &policy.rules {
        if !used.get(index(*handle)).is_some_and(|used| *used) {
            continue;
        }
        sections.words(Section::RuleStarts, &[v4, v6]);
        for (start, outcome) in &rule.v4 {
            sections.words(Section::V4Starts, &[*start]);
            sections.of(Section::V4Outcomes).push(*outcome as u8);
        }
        for (start, outcome) in &rule.v6 {
            sections.of(Section::V6Starts).extend(start.to_le_bytes());
            sections.of(Section::V6Outcomes).push(*outcome as u8);
        }
        v4 += length(rule.v4.len());
        v6 += length(rule.v6.len());
        if let Some(number) = numbers.get_mut(index(*handle)) {
            *number = count;
        }
        count += 1;
    }
    sections.words(Section::RuleStarts, &[v4, v6]);
    numbers
}

/// Writes the grants that are used, in the order of their members; from handle to number.
fn write_grants(
    policy: &TableWriter<'_>,
    collections: &[u32],
    sections: &mut Sections,
) -> Vec<u32> {
    let used = policy.clients.iter().map(|client| client.grant).chain(policy.keys.grants());
    let used = marked(policy.grants.len(), used.map(|grant| grant.0));
    let mut sorted: Vec<(Vec<u32>, u32)> = Vec::new();
    for (members, handle) in &policy.grants {
        if used.get(index(*handle)).is_some_and(|used| *used) {
            let mut members: Vec<u32> =
                members.iter().map(|member| renumber(collections, *member)).collect();
            members.sort_unstable();
            sorted.push((members, *handle));
        }
    }
    sorted.sort_unstable();
    let mut numbers = alloc::vec![NONE; policy.grants.len()];
    let mut start = 0;
    for (number, (members, handle)) in sorted.iter().enumerate() {
        sections.words(Section::GrantStarts, &[start]);
        sections.words(Section::GrantMembers, members);
        start += length(members.len());
        if let Some(slot) = numbers.get_mut(index(*handle)) {
            *slot = length(number);
        }
    }
    sections.words(Section::GrantStarts, &[start]);
    numbers
}

/// Writes clients and classes; from handle to number.
fn write_clients<'a>(
    policy: &TableWriter<'a>,
    rules: &[u32],
    grants: &[u32],
    sections: &mut Sections,
    names: &mut NameLists,
) -> Vec<u32> {
    let mut classes = Distinct::default();
    let class_of: Vec<u32> = policy
        .clients
        .iter()
        .map(|client| {
            classes.position(Class {
                grant: renumber(grants, client.grant.0),
                rule: rule_number(rules, client.rule),
                active: client.active,
            })
        })
        .collect();
    let (classes, class_numbers) = numbered(classes.values.into_iter());
    for class in &classes {
        sections.words(Section::Classes, &[class.grant, class.rule, flag(class.active)]);
    }
    let clients = sorted_positions(&policy.clients, |client| client.name);
    let width = class_bytes(classes.len());
    for position in order_of(&clients) {
        let Some(client) = policy.clients.get(position) else { continue };
        let class = class_of.get(position).map_or(NONE, |class| renumber(&class_numbers, *class));
        let class = class.to_le_bytes();
        sections.of(Section::Clients).extend(class.get(..width).unwrap_or_default());
        if policy.keeps_client_names() {
            names.clients.push(client.name);
        } else {
            sections.of(Section::ClientIds).extend(client_id(client.name));
        }
    }
    clients
}

fn write_keys(
    keys: KeyList,
    named: bool,
    (rules, grants, clients): (&[u32], &[u32], &[u32]),
    workers: &impl Workers,
    sections: &mut Sections,
    names: &mut NameLists,
) -> Result<(), WriteError> {
    let (count, name_bytes) = (keys.len(), keys.name_bytes());
    let keys = keys.number(|rule, grant, active| Attributes {
        rule: rule_number(rules, rule),
        grant: grant.map_or(NONE, |grant: Grant| renumber(grants, grant.0)),
        active,
    });
    for Attributes { rule, grant, active } in &keys.attributes {
        sections.words(Section::Attributes, &[*rule, *grant, flag(*active)]);
    }
    for window in &keys.windows {
        sections.of(Section::Windows).extend(window.to_bytes());
    }
    let (attributes, windows) = (keys.attributes.len(), keys.windows.len());
    let layout =
        Layout::new(length(count), length(clients.len()), length(attributes), length(windows));
    let layout = layout.ok_or(WriteError::TooLarge {
        what: "the numbers of a key's client, address rule and dates together",
        limit: "64 bits",
    })?;
    let numbers = &keys.numbers;
    let write = |share: Share| share.write(layout, named, clients, numbers);
    let shares = workers.each(keys.shares, write).into_iter().collect::<Result<Vec<_>, _>>()?;
    let (shares, key_names): (Vec<KeyWriter>, Vec<NameWriter>) = shares.into_iter().unzip();
    if named {
        names.keys.reserve(count, name_bytes);
        key_names.iter().for_each(|share| names.keys.append(share));
    }
    let (buckets, records) = KeyWriter::sections(layout, &shares);
    *sections.of(Section::KeyBuckets) = buckets;
    *sections.of(Section::KeyRecords) = records;
    Ok(())
}

fn method_names<'a>(
    policy: &TableWriter<'a>,
) -> Result<ArrayVec<&'a str, MAX_METHODS>, WriteError> {
    let endpoints = policy.endpoints.iter().filter_map(|endpoint| endpoint.methods.as_ref());
    let mut named: Vec<&str> = endpoints.flatten().copied().collect();
    named.sort_unstable();
    named.dedup();
    let mut methods = ArrayVec::new();
    for method in &named {
        methods.try_push(*method).map_err(|_| WriteError::TooMany {
            what: "methods",
            limit: MAX_METHODS,
            found: named.len(),
        })?;
    }
    Ok(methods)
}

fn method_set(wanted: Option<&[&str]>, methods: &[&str]) -> u32 {
    let Some(wanted) = wanted else {
        return crate::MethodSet::ALL.0;
    };
    let named = methods.iter().enumerate().filter(|(_, name)| wanted.contains(name));
    named.fold(0, |set, (position, _)| set | crate::MethodSet::one(position).0)
}

fn rule_number(numbers: &[u32], rule: AddressRule) -> u32 {
    rule.0.map_or(NONE, |handle| renumber(numbers, handle))
}

fn flag(active: bool) -> u32 {
    if active { ACTIVE } else { 0 }
}
