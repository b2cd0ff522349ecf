//! Tables: a small policy that has something for every check, and others that are small or large in
//! one way.

use std::borrow::Cow;

use policy_table::write::*;

use super::parts::Parts;
use super::{NOW, digest, endpoint, set, settings};

pub fn policy(settings: Settings<'static>) -> Vec<u8> {
    let mut writer = TableWriter::new(settings);
    let blocked = set(&[("192.0.2.0", "192.0.2.255")]);
    let blocked = writer.address_rule(&blocked, &AddressSet::default());
    writer.gateway_rule(blocked);
    filled(writer)
}

/// The same policy, with or without the names of clients and keys.
pub fn policy_with(settings: Settings<'static>, names: Names) -> Vec<u8> {
    let mut writer = TableWriter::new(settings);
    writer.names(names);
    filled(writer)
}

/// The same policy for every address.
pub fn policy_without_gateway_rule(settings: Settings<'static>) -> Vec<u8> {
    filled(TableWriter::new(settings))
}

fn filled(mut writer: TableWriter<'static>) -> Vec<u8> {
    let switched = |name, active, public| Collection { name, version: "v1", active, public };
    let orders = writer.collection(switched("orders", true, false));
    let reports = writer.collection(switched("reports", true, false));
    let health = writer.collection(switched("health", true, true));
    let closed = writer.collection(switched("closed", false, false));
    for (collection, host, methods, pattern, active) in [
        (orders, "", &["GET", "POST"][..], "/orders", true),
        (orders, "", &["GET"], "/orders/{id}", true),
        (orders, "", &["GET"], "/orders/latest", true),
        (orders, "", &["DELETE"], "/orders/{id}", false),
        (orders, "", &["GET"], "/orders/{id}/lines/{line}", true),
        (orders, "api.example.com", &["GET"], "/orders/{id}", true),
        (orders, "*.example.com", &[], "/tenant/**", true),
        (reports, "", &[], "/reports/**", true),
        (reports, "", &["GET"], "/caf\u{e9}", true),
        (health, "", &[], "/healthz/**", true),
        (closed, "", &[], "/closed/**", true),
    ] {
        writer.endpoint(endpoint(collection, host, methods, pattern, active));
    }
    let both = writer.grant(&[orders, reports]);
    let only_orders = writer.grant(&[orders]);
    let office = writer.address_rule(
        &set(&[("203.0.113.99", "203.0.113.99")]),
        &set(&[("203.0.113.0", "203.0.113.255"), ("2001:db8::", "2001:db8::ffff")]),
    );
    let not_here =
        writer.address_rule(&set(&[("198.51.100.0", "198.51.100.255")]), &AddressSet::default());
    let acme =
        writer.client(Client { name: "acme", active: true, rule: AddressRule::ANY, grant: both });
    let globex =
        writer.client(Client { name: "globex", active: true, rule: not_here, grant: only_orders });
    let initech = writer.client(Client {
        name: "initech",
        active: false,
        rule: AddressRule::ANY,
        grant: both,
    });
    let mut key = |name: &'static str, client, rule, grant, active, not_before, expires| {
        writer.key(Key {
            name: name.into(),
            digest: digest(name),
            client,
            active,
            rule,
            grant,
            not_before,
            expires,
        });
    };
    let any = AddressRule::ANY;
    key("acme-plain", acme, any, None, true, None, None);
    key("acme-office", acme, office, None, true, None, None);
    key("acme-narrow", acme, any, Some(only_orders), true, None, None);
    key("acme-off", acme, any, None, false, None, None);
    key("acme-window", acme, any, None, true, Some(NOW - 10), Some(NOW + 10));
    key("globex-plain", globex, any, None, true, None, None);
    key("initech-plain", initech, any, None, true, None, None);
    writer.finish().unwrap()
}

/// A table with one of everything.
pub fn small() -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    let collection =
        writer.collection(Collection { name: "orders", version: "", active: true, public: false });
    writer.endpoint(endpoint(collection, "", &["GET"], "/orders/{id}", true));
    let grant = writer.grant(&[collection]);
    let rule = writer.address_rule(&set(&[("10.0.0.0", "10.0.0.255")]), &AddressSet::default());
    let client = writer.client(Client { name: "acme", active: true, rule, grant });
    writer.key(key("acme-plain", client, Some(grant)));
    writer.finish().unwrap()
}

/// A policy with so many classes that a client needs two bytes to name its own.
pub fn many_classes() -> Parts {
    let mut parts = Parts::of(&policy(settings()));
    let first = parts.bytes("classes")[..12].to_vec();
    parts.section("classes").extend(first.repeat(300));
    let clients = parts.bytes("clients").iter().flat_map(|class| [*class, 0]).collect();
    *parts.section("clients") = clients;
    parts
}

/// A table with so many keys, of two clients: a bucket holds eight on average at most.
pub fn many_keys(count: usize) -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    writer.names(Names::Omit);
    let grant = writer.grant(&[]);
    let client = |name| Client { name, active: true, rule: AddressRule::ANY, grant };
    let clients = [writer.client(client("one")), writer.client(client("two"))];
    for number in 0..count {
        writer.key(key(format!("key {number}"), clients[number % 2], None));
    }
    writer.finish().unwrap()
}

/// A table with one endpoint of so many parameters.
pub fn deep(segments: usize) -> Vec<u8> {
    let mut writer = TableWriter::new(settings());
    let collection =
        writer.collection(Collection { name: "c", version: "", active: true, public: true });
    let path = vec![Segment::Parameter; segments];
    writer.endpoint(Endpoint { path, ..endpoint(collection, "", &[], "/", true) });
    writer.finish().unwrap()
}

fn key<'a>(name: impl Into<Cow<'a, str>>, client: ClientHandle, grant: Option<Grant>) -> Key<'a> {
    let name = name.into();
    Key {
        digest: digest(&name),
        name,
        client,
        active: true,
        rule: AddressRule::ANY,
        grant,
        not_before: None,
        expires: None,
    }
}
