//! Look-ups against the plainest possible reading of the same content.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "test code: a panic is a failed test"
)]

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy_table::write::*;
use policy_table::{Request, Table, decide};
use proptest::prelude::*;
use support::{digest, endpoint, get, settings};

/// A table with one endpoint, one client and these keys, named by their number.
fn table_of(digests: &[[u8; 32]], rule: Option<(&AddressSet, &AddressSet)>) -> Vec<u8> {
    filled(TableWriter::new(settings()), digests, rule)
}

fn filled(
    mut writer: TableWriter<'static>,
    digests: &[[u8; 32]],
    rule: Option<(&AddressSet, &AddressSet)>,
) -> Vec<u8> {
    let collection =
        writer.collection(Collection { name: "all", version: "", active: true, public: false });
    writer.endpoint(endpoint(collection, "", &[], "/**", true));
    let grant = writer.grant(&[collection]);
    let rule =
        rule.map_or(AddressRule::ANY, |(blocked, allowed)| writer.address_rule(blocked, allowed));
    let client = writer.client(Client { name: "client", active: true, rule, grant });
    for (number, digest) in digests.iter().enumerate() {
        writer.key(Key {
            name: number.to_string().into(),
            digest: *digest,
            client,
            active: true,
            rule: AddressRule::ANY,
            grant: None,
            not_before: None,
            // Some distinct attributes, so that the tail of a record has a width.
            expires: Some(i64::MAX - 1 - i64::try_from(number % 300).unwrap()),
        });
    }
    writer.finish().unwrap()
}

#[test]
fn every_key_is_found_and_no_other() {
    for count in [0, 1, 2, 8, 9, 16, 17, 255, 256, 257, 5_000, 70_000] {
        let digests: Vec<_> = (0..count).map(|number| digest(&format!("key {number}"))).collect();
        let bytes = table_of(&digests, None);
        let table = Table::from_bytes(&bytes).unwrap();
        assert_eq!(table.counts().keys, count);
        for number in (0..count).step_by(1 + count / 2_000) {
            let decision = get("/").key(&format!("key {number}")).decide(&table);
            assert_eq!(table.key_name(decision.key.unwrap()).as_str(), number.to_string());
        }
        for number in count..count + 1_000 {
            assert_eq!(get("/").key(&format!("key {number}")).decide(&table).key, None);
        }
    }
}

#[test]
fn where_names_are_left_out_ids_stay_the_same() {
    let mut settings = settings();
    settings.forward = Forward::default();
    for count in [1, 8, 9, 500, 5_000, 70_000] {
        let digests: Vec<_> = (0..count).map(|number| digest(&format!("key {number}"))).collect();
        let mut writer = TableWriter::new(settings.clone());
        writer.names(Names::Omit);
        let bytes = filled(writer, &digests, None);
        let table = Table::from_bytes(&bytes).unwrap();
        for number in (0..count).step_by(1 + count / 500) {
            let decision = get("/").key(&format!("key {number}")).decide(&table);
            let id: String =
                digests[number][..8].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(table.key_name(decision.key.unwrap()).as_str(), format!("key-{id}"));
            // `printf client | sha256sum` begins like this.
            assert_eq!(table.client_name(decision.client.unwrap()), "client-948fe603f61d");
        }
    }
}

#[test]
fn a_window_may_be_open_on_either_side_and_lie_beyond_32_bits() {
    let (begin, end) = (-5_000_000_000, 5_000_000_007);
    let (early, late) = ("key_not_yet_valid", "key_expired");
    for (not_before, expires, expected) in [
        (None, None, ["granted", "granted", "granted", "granted"]),
        (Some(begin), None, [early, "granted", "granted", "granted"]),
        (None, Some(end), ["granted", "granted", "granted", late]),
        (Some(begin), Some(end), [early, "granted", "granted", late]),
    ] {
        let mut writer = TableWriter::new(settings());
        let collection =
            writer.collection(Collection { name: "all", version: "", active: true, public: false });
        writer.endpoint(endpoint(collection, "", &[], "/**", true));
        let grant = writer.grant(&[collection]);
        let client =
            writer.client(Client { name: "c", active: true, rule: AddressRule::ANY, grant });
        writer.key(Key {
            name: "k".into(),
            digest: digest("key"),
            client,
            active: true,
            rule: AddressRule::ANY,
            grant: None,
            not_before,
            expires,
        });
        let bytes = writer.finish().unwrap();
        for (now, reason) in [begin - 1, begin, end - 1, end].into_iter().zip(expected) {
            assert_eq!(get("/").key("key").at(now).reason(&bytes), reason, "{now}");
        }
    }
}

#[test]
fn digests_need_not_be_uniform() {
    // Digests of a test or an attacker: all in one bucket, or in few.
    let wanted = digest("wanted");
    for spread in [1_u8, 2, 255] {
        let mut digests: Vec<[u8; 32]> = (0..2_000_u16)
            .map(|number| {
                let mut digest = wanted;
                digest[0] = digest[0].wrapping_add((number % u16::from(spread)) as u8);
                digest[14..16].copy_from_slice(&number.to_be_bytes());
                digest
            })
            .collect();
        digests.push(wanted);
        digests.sort_unstable();
        digests.dedup_by_key(|digest| digest[..16].to_vec());
        let bytes = table_of(&digests, None);
        let table = Table::from_bytes(&bytes).unwrap();
        let decision = get("/").key("wanted").decide(&table);
        assert_eq!(decision.reason.code(), "granted", "{spread}");
    }
}

#[test]
fn the_same_digest_twice_is_refused() {
    let mut writer = TableWriter::new(settings());
    let grant = writer.grant(&[]);
    let client = writer.client(Client { name: "c", active: true, rule: AddressRule::ANY, grant });
    for name in ["one", "two"] {
        writer.key(Key {
            name: name.into(),
            digest: digest("same"),
            client,
            active: true,
            rule: AddressRule::ANY,
            grant: None,
            not_before: None,
            expires: None,
        });
    }
    let error = writer.finish().unwrap_err().to_string();
    assert!(error.contains("`one`") && error.contains("`two`"), "{error}");
}

/// A request from an address, to anything.
struct From(IpAddr);

impl Request for From {
    fn method(&self) -> &[u8] {
        b"GET"
    }
    fn host(&self) -> &[u8] {
        b"host"
    }
    fn path(&self) -> &[u8] {
        b"/"
    }
    fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        [(&b"x-api-key"[..], &b"key"[..])].into_iter()
    }
    fn connection_address(&self) -> Option<IpAddr> {
        Some(self.0)
    }
    fn now(&self) -> Option<i64> {
        Some(0)
    }
}

fn v4_ranges() -> impl Strategy<Value = Vec<(u32, u32)>> {
    // A small space makes ranges meet, nest and overlap; the ends of the space are in it.
    let edge = prop_oneof![0..20_u32, (u32::MAX - 20)..=u32::MAX, any::<u32>()];
    proptest::collection::vec((edge.clone(), edge).prop_map(|(a, b)| (a.min(b), a.max(b))), 0..8)
}

fn v6_ranges() -> impl Strategy<Value = Vec<(u128, u128)>> {
    let edge = prop_oneof![0..20_u128, (u128::MAX - 20)..=u128::MAX, any::<u128>()];
    proptest::collection::vec((edge.clone(), edge).prop_map(|(a, b)| (a.min(b), a.max(b))), 0..8)
}

fn address_set(v4: &[(u32, u32)], v6: &[(u128, u128)]) -> AddressSet {
    let mut set = AddressSet::default();
    for (first, last) in v4 {
        set.insert_v4((*first).into(), (*last).into());
    }
    for (first, last) in v6 {
        set.insert_v6((*first).into(), (*last).into());
    }
    set
}

fn holds<T: Ord>(ranges: &[(T, T)], address: &T) -> bool {
    ranges.iter().any(|(first, last)| first <= address && address <= last)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_address_rule_is_what_its_lists_say(
        blocked_v4 in v4_ranges(), allowed_v4 in v4_ranges(),
        blocked_v6 in v6_ranges(), allowed_v6 in v6_ranges(),
    ) {
        let blocked = address_set(&blocked_v4, &blocked_v6);
        let allowed = address_set(&allowed_v4, &allowed_v6);
        let bytes = table_of(&[digest("key")], Some((&blocked, &allowed)));
        let table = Table::from_bytes(&bytes).unwrap();
        let any = allowed_v4.is_empty() && allowed_v6.is_empty();
        let expected = |is_blocked: bool, is_allowed: bool| match (is_blocked, is_allowed || any) {
            (true, _) => "client_ip_blocked",
            (_, true) => "granted",
            _ => "client_ip_not_allowed",
        };
        let mut edges_v4 = vec![0, 1, u32::MAX];
        for (first, last) in blocked_v4.iter().chain(&allowed_v4) {
            edges_v4.extend([first.saturating_sub(1), *first, *last, last.saturating_add(1)]);
        }
        for address in edges_v4 {
            let expected = expected(holds(&blocked_v4, &address), holds(&allowed_v4, &address));
            let plain = Ipv4Addr::from(address);
            prop_assert_eq!(decide(&table, &From(plain.into())).reason.code(), expected);
            prop_assert_eq!(decide(&table, &From(plain.to_ipv6_mapped().into())).reason.code(), expected);
        }
        let mut edges_v6 = vec![0, 1, u128::MAX];
        for (first, last) in blocked_v6.iter().chain(&allowed_v6) {
            edges_v6.extend([first.saturating_sub(1), *first, *last, last.saturating_add(1)]);
        }
        for address in edges_v6 {
            if Ipv6Addr::from(address).to_ipv4_mapped().is_some() {
                continue;
            }
            let expected = expected(holds(&blocked_v6, &address), holds(&allowed_v6, &address));
            prop_assert_eq!(decide(&table, &From(Ipv6Addr::from(address).into())).reason.code(), expected);
        }
    }

    #[test]
    fn the_order_of_the_calls_does_not_change_a_byte(seed in any::<u64>()) {
        prop_assert_eq!(shuffled(0), shuffled(seed));
    }
}

/// A policy whose pieces are given in an order that depends on `seed`.
fn shuffled(seed: u64) -> Vec<u8> {
    let order = |count: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|number| digest(&format!("{seed} {number}")));
        if seed == 0 { (0..count).collect() } else { order }
    };
    let mut writer = TableWriter::new(settings());
    let names: Vec<&'static str> = vec!["c0", "c1", "c2", "c3", "c4", "c5"];
    let mut collections = vec![None; names.len()];
    for number in order(names.len()) {
        let collection =
            Collection { name: names[number], version: "", active: true, public: number == 3 };
        collections[number] = Some(writer.collection(collection));
    }
    let collections: Vec<_> = collections.into_iter().flatten().collect();
    let patterns = ["/a", "/a/{x}", "/a/b", "/b/**", "/{x}/c", "/d/{x}/e/**"];
    for number in order(patterns.len() * 2) {
        let (collection, host) =
            (collections[number % 6], if number < 6 { "" } else { "*.example.com" });
        writer.endpoint(endpoint(collection, host, &["GET"], patterns[number % 6], true));
    }
    let mut clients = vec![None; names.len()];
    for number in order(names.len()) {
        let mut members: Vec<_> =
            order(number).into_iter().map(|member| collections[member]).collect();
        members.rotate_left(number / 2);
        let grant = writer.grant(&members);
        let ranges: Vec<(u32, u32)> = order(number)
            .into_iter()
            .map(|range| (range as u32 * 10, range as u32 * 10 + 12))
            .collect();
        let rule = writer.address_rule(&address_set(&ranges, &[]), &AddressSet::default());
        clients[number] =
            Some(writer.client(Client { name: names[number], active: number != 2, rule, grant }));
    }
    for number in order(50) {
        let client = clients[number % 6].unwrap();
        let grant = (number % 3 == 0).then(|| writer.grant(&[collections[number % 6]]));
        let rule = writer
            .address_rule(&AddressSet::default(), &address_set(&[(number as u32 % 5, 1_000)], &[]));
        writer.key(Key {
            name: format!("k{number}").into(),
            digest: digest(&number.to_string()),
            client,
            active: number % 7 != 0,
            rule,
            grant,
            not_before: None,
            expires: (number % 2 == 0).then_some(1_000),
        });
    }
    writer.finish().unwrap()
}
