//! One lie for each invariant that the reader proves, under a right checksum: each is refused, and
//! for that reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "test code: a panic is a failed test"
)]

mod support;

use policy_table::write::*;
use policy_table::{MAX_SEGMENTS, MAX_TEXT_BYTES, Table, TableError, Value};
use support::lies::{long_host, long_literal, long_texts};
use support::parts::{CHECKSUM_BYTES, ENTRY_BYTES, HEADER_BYTES, Parts};
use support::{endpoint, policy, settings};

trait Refused {
    /// What the reader says of a lie: part and rule.
    fn refusal(&self) -> (&'static str, &'static str);
}

impl Refused for Parts {
    fn refusal(&self) -> (&'static str, &'static str) {
        named(Table::from_bytes(&self.table()))
    }
}

fn named(result: Result<Table<'_>, TableError>) -> (&'static str, &'static str) {
    let error = result.err().expect("the lie was believed");
    (error.part, error.what)
}

fn parts() -> Parts {
    Parts::of(&policy(settings()))
}

#[test]
fn the_parts_of_a_table_make_the_table() {
    let bytes = policy(settings());
    assert_eq!(Parts::of(&bytes).table(), bytes);
}

#[test]
fn the_frame() {
    let sections = parts().sections().len();
    let count = u32::try_from(sections).unwrap();
    let lie = |position: usize, value: u32| {
        let bytes = parts()
            .framed(|table| table[position..position + 4].copy_from_slice(&value.to_le_bytes()));
        named(Table::from_bytes(&bytes))
    };
    assert_eq!(lie(12, count - 1), ("header", "number of sections"));
    assert_eq!(lie(12, count + 1), ("header", "number of sections"));
    assert_eq!(lie(20, 1), ("header", "reserved word"));
    assert_eq!(lie(HEADER_BYTES, 2), ("directory", "section id"));
    let last = HEADER_BYTES + (sections - 1) * ENTRY_BYTES;
    assert_eq!(lie(last, count + 1), ("directory", "section id"));
    assert_eq!(lie(HEADER_BYTES + 4, u32::MAX), ("cold", "length of the section"));
    let odd = parts().cut("grant_starts", 1);
    assert_eq!(odd.refusal(), ("grant_starts", "length of the section"));
    let more = parts().framed(|table| {
        table.push(0);
        let total = u32::try_from(table.len() + CHECKSUM_BYTES).unwrap();
        table[16..20].copy_from_slice(&total.to_le_bytes());
    });
    assert_eq!(named(Table::from_bytes(&more)), ("directory", "bytes after the last section"));
}

#[test]
fn a_refusal_says_the_value_that_stands_there() {
    let found = |lie: Parts| Table::from_bytes(&lie.table()).err().expect("a lie").found;
    assert_eq!(found(parts().set("grant_starts", 0, 1)), Value::Number(1));
    assert_eq!(found(parts().set("grant_starts", 1, 9)), Value::Number(9));
    assert_eq!(found(parts().set("rule_starts", 1, 5)), Value::Number(5));
    assert_eq!(found(parts().set("nodes", 2, 3)), Value::Number(3));
    assert_eq!(found(parts().cut("key_buckets", 8)), Value::Number(0));
    let mut twice = parts();
    let digest = twice.section("key_records")[..16].to_vec();
    twice.section("key_records")[17..33].copy_from_slice(&digest);
    assert_eq!(found(twice), Value::Bytes(*digest.first_chunk().unwrap()));
}

#[test]
fn grants() {
    let word = |position| parts().word("grant_members", position);
    assert_eq!(parts().set("grant_starts", 0, 1).refusal(), ("grant_starts", "first grant"));
    assert_eq!(parts().set("grant_starts", 1, 9).refusal(), ("grant_starts", "start of a grant"));
    assert_eq!(parts().set("grant_members", 0, 4).refusal(), ("grant_members", "collection"));
    // A grant with two members, the other way round and twice the same.
    let (first, second) = (word(1), word(2));
    let turned = parts().set("grant_members", 1, second).set("grant_members", 2, first);
    assert_eq!(turned.refusal(), ("grant_members", "collection"));
    assert_eq!(parts().set("grant_members", 1, second).refusal(), ("grant_members", "collection"));
    assert_eq!(
        parts().add("grant_members", &[0; 4]).refusal(),
        ("grant_starts", "end of the last grant")
    );
    assert_eq!(parts().cut("grant_starts", 4 * 3).refusal(), ("grant_starts", "first grant"));
}

#[test]
fn address_rules() {
    assert_eq!(parts().set("rule_starts", 0, 1).refusal(), ("rule_starts", "first rule"));
    assert_eq!(parts().set("rule_starts", 2, 999).refusal(), ("v4_starts", "intervals of a rule"));
    assert_eq!(
        parts().set("rule_starts", 2, 0).refusal(),
        ("v4_starts", "first interval of a rule")
    );
    assert_eq!(parts().set("v4_starts", 0, 1).refusal(), ("v4_starts", "first interval of a rule"));
    let second = parts().word("v4_starts", 1);
    assert_eq!(parts().set("v4_starts", 2, second).refusal(), ("v4_starts", "interval of a rule"));
    assert_eq!(parts().set_byte("v4_outcomes", 0, 3).refusal(), ("v4_outcomes", "outcome"));
    let outcome = parts().section("v4_outcomes")[1];
    assert_eq!(parts().set_byte("v4_outcomes", 0, outcome).refusal(), ("v4_outcomes", "outcome"));
    assert_eq!(
        parts().set_byte("v6_starts", 0, 1).refusal(),
        ("v6_starts", "first interval of a rule")
    );
    assert_eq!(
        parts().add("v4_starts", &[0xFF; 4]).refusal(),
        ("v4_starts", "end of the last rule")
    );
    assert_eq!(parts().add("v4_outcomes", &[0]).refusal(), ("v4_outcomes", "number of outcomes"));
    assert_eq!(
        parts().add("v6_starts", &[0xFF; 16]).refusal(),
        ("v6_starts", "end of the last rule")
    );
    assert_eq!(parts().add("v6_outcomes", &[0]).refusal(), ("v6_outcomes", "number of outcomes"));
}

#[test]
fn routes() {
    assert_eq!(parts().set("hosts", 0, 3).refusal(), ("hosts", "kind of pattern"));
    assert_eq!(parts().set("hosts", 1, 0).refusal(), ("hosts", "hash of a pattern"));
    assert_eq!(parts().set("hosts", 2, 9_999).refusal(), ("hosts", "text of a pattern"));
    assert_eq!(parts().set("hosts", 3, 0).refusal(), ("hosts", "text of a pattern"));
    assert_eq!(
        parts().set("hosts", 0, 1).set("hosts", 4, 0).refusal(),
        ("hosts", "order of patterns")
    );
    // Texts that no request's host is read as, and that so would lead to another tree.
    for byte in *b"A@/ [:\0\xE9" {
        assert_eq!(parts().set_byte("text", 0, byte).refusal(), ("hosts", "text of a pattern"));
    }
    assert_eq!(parts().set("nodes", 0, 1).refusal(), ("nodes", "first node"));
    assert_eq!(parts().set("nodes", 1, 4).refusal(), ("nodes", "first node"));
    assert_eq!(parts().set("nodes", 2, 1).refusal(), ("nodes", "first node"));
    assert_eq!(parts().add("bindings", &[0; 4]).refusal(), ("nodes", "end of the nodes"));
    assert_eq!(parts().add("literals", &[0; 12]).refusal(), ("nodes", "end of the nodes"));
    // The second node: a literal less, a child more, bindings that run back.
    let second = |field: usize, step: u32| {
        let value = parts().word("nodes", 4 + field);
        parts().set("nodes", 4 + field, value + step).refusal()
    };
    assert_eq!(second(0, 1), ("nodes", "node"));
    assert_eq!(second(1, 2), ("nodes", "node"));
    assert_eq!(second(2, 100), ("nodes", "node"));
    assert_eq!(second(3, 100), ("nodes", "node"));
    assert_eq!(parts().set("literals", 0, 9_999).refusal(), ("literals", "hash of a literal"));
    assert_eq!(parts().set("literals", 1, 9_999).refusal(), ("literals", "text of a literal"));
    assert_eq!(parts().set("bindings", 0, 11).refusal(), ("bindings", "endpoint"));
    assert_eq!(parts().set("endpoints", 0, 4).refusal(), ("endpoints", "collection"));
    assert_eq!(parts().set("endpoints", 1, 0).refusal(), ("endpoints", "methods"));
    assert_eq!(parts().set("endpoints", 1, 1 << 31).refusal(), ("endpoints", "methods"));
    assert_eq!(parts().set("endpoints", 1, 1 << 9).refusal(), ("endpoints", "methods"));
    assert_eq!(parts().set("endpoints", 2, 2).refusal(), ("endpoints", "flags"));
    assert_eq!(parts().set("collections", 0, 4).refusal(), ("collections", "flags"));
}

/// Many host names and literals may share one text: were they of any length, a table of a few
/// megabytes could keep the proof of their order busy for hours.
#[test]
fn texts_are_short_so_that_the_proof_of_their_order_is() {
    for table in long_texts() {
        assert!(Table::from_bytes(&table).is_ok());
    }
    let too_long = MAX_TEXT_BYTES + 1;
    let literal = long_literal(&parts(), too_long);
    assert_eq!(named(Table::from_bytes(&literal)), ("literals", "text of a literal"));
    let host = long_host(&parts(), too_long);
    assert_eq!(named(Table::from_bytes(&host)), ("hosts", "text of a pattern"));
}

#[test]
fn literals_rise_within_a_node() {
    let mut parts = parts();
    // The literals of the root for any host: the longest run.
    let literals = parts.section("literals");
    assert!(literals.len() > 4 * 12);
    literals[2 * 12..4 * 12].rotate_left(12);
    let turned = parts;
    assert_eq!(turned.refusal(), ("literals", "order of literals"));
}

#[test]
fn a_tree_is_no_deeper_than_its_bound() {
    let deep = |segments: usize| {
        let mut writer = TableWriter::new(settings());
        let collection =
            writer.collection(Collection { name: "c", version: "", active: true, public: true });
        let path = vec![Segment::Parameter; segments];
        writer.endpoint(Endpoint { path, ..endpoint(collection, "", &[], "/", true) });
        writer.finish()
    };
    assert!(deep(MAX_SEGMENTS).is_ok());
    let error = deep(MAX_SEGMENTS + 1).unwrap_err().to_string();
    assert!(error.contains("depth of the tree in nodes"), "{error}");
}

#[test]
fn clients_and_keys() {
    assert_eq!(parts().set("classes", 0, 9).refusal(), ("classes", "grant"));
    assert_eq!(parts().set("classes", 1, 9).refusal(), ("classes", "address rule"));
    assert_eq!(parts().set("classes", 2, 2).refusal(), ("classes", "flags"));
    assert_eq!(parts().set_byte("clients", 0, 3).refusal(), ("clients", "class"));
    assert_eq!(parts().set("attributes", 0, 9).refusal(), ("attributes", "address rule"));
    assert_eq!(parts().set("attributes", 1, 9).refusal(), ("attributes", "grant"));
    assert_eq!(parts().set("attributes", 2, 2).refusal(), ("attributes", "flags"));
    // The window that is not always: its end at its begin.
    let (begin_low, begin_high) = (parts().word("windows", 4), parts().word("windows", 5));
    let empty = parts().set("windows", 6, begin_low).set("windows", 7, begin_high);
    assert_eq!(empty.refusal(), ("windows", "validity window"));

    assert_eq!(parts().set("key_buckets", 0, 1).refusal(), ("key_buckets", "first bucket"));
    assert_eq!(parts().set("key_buckets", 1, 8).refusal(), ("key_records", "bytes of records"));
    assert_eq!(
        parts().add("key_buckets", &7_u32.to_le_bytes()).refusal(),
        ("key_buckets", "number of buckets")
    );
    assert_eq!(parts().cut("key_records", 1).refusal(), ("key_records", "bytes of records"));
    let record = 17;
    assert_eq!(parts().section("key_records").len(), 7 * record);
    let first = parts().section("key_records")[..16].to_vec();
    let mut twice = parts();
    twice.section("key_records")[record..record + 16].copy_from_slice(&first);
    assert_eq!(twice.refusal(), ("key_records", "digest"));
    // Client 3 of three (two bits), attributes that are no longer there (two bits for three as
    // for four), and a window beyond the last.
    assert_eq!(parts().set_byte("key_records", 16, 3).refusal(), ("key_records", "client"));
    assert_eq!(parts().cut("attributes", 12).refusal(), ("key_records", "attributes"));
    assert_eq!(parts().set_byte("key_records", 16, 0x30).refusal(), ("key_records", "window"));
}

#[test]
fn client_attributes_and_window_fit_64_bits() {
    let mut wide = parts();
    let many = 1_usize << 22;
    let class = wide.section("clients")[0];
    wide.section("clients").resize(many, class);
    let attributes = wide.section("attributes")[..12].to_vec();
    *wide.section("attributes") = attributes.repeat(many);
    let window = wide.section("windows")[..16].to_vec();
    *wide.section("windows") = window.repeat(many);
    assert_eq!(wide.refusal(), ("key_records", "width of a record"));
}

#[test]
fn ids_stand_for_names_that_are_left_out() {
    let plain = Settings { forward: Forward::default(), ..settings() };
    let unnamed = || Parts::of(&support::policy_with(plain.clone(), Names::Omit));
    assert_eq!(unnamed().section("client_ids").len(), 3 * 6);
    assert_eq!(unnamed().cut("client_ids", 6).refusal(), ("client_ids", "number of ids"));
    assert_eq!(unnamed().add("client_ids", &[0; 6]).refusal(), ("client_ids", "number of ids"));
    assert_eq!(parts().add("client_ids", &[0; 18]).refusal(), ("client_ids", "number of ids"));
    // What the upstream is told must be there. The settings end with the prefix of keys, and the
    // names of the upstream's headers begin after the credentials.
    let cold = unnamed().section("cold").clone();
    let credentials = cold.windows(7).rposition(|bytes| bytes == b"api_key").unwrap() + 7;
    assert_eq!(cold[credentials..credentials + 3], [0; 3], "no header is forwarded");
    for (position, part) in [(0, "client names"), (1, "key names")] {
        let mut forwarding = cold[..credentials + position].to_vec();
        forwarding.push(1);
        forwarding.extend(4_u64.to_le_bytes());
        forwarding.extend(b"x-id");
        forwarding.extend(&cold[credentials + position + 1..]);
        let mut lie = unnamed();
        *lie.section("cold") = forwarding;
        assert_eq!(lie.refusal(), (part, "names"));
    }
}

#[test]
fn a_key_stands_in_the_bucket_that_its_digest_names() {
    let keys = 200_u32; // 16 buckets, so that the first kept byte repeats four bits
    let mut writer = TableWriter::new(settings());
    let grant = writer.grant(&[]);
    let client = writer.client(Client { name: "c", active: true, rule: AddressRule::ANY, grant });
    for number in 0..keys {
        writer.key(Key {
            name: "k".into(),
            digest: support::digest(&number.to_string()),
            client,
            active: true,
            rule: AddressRule::ANY,
            grant: None,
            not_before: None,
            expires: None,
        });
    }
    let bytes = writer.finish().unwrap();
    let mut parts = Parts::of(&bytes);
    assert_eq!(parts.section("key_buckets").len(), 17 * 4);
    let last = parts.word("key_buckets", 15);
    let first_of_last = last as usize * 16;
    assert!(parts.section("key_records")[first_of_last] >= 0xF0);
    assert_eq!(
        parts.set_byte("key_records", first_of_last, 0x0F).refusal(),
        ("key_records", "digest")
    );
    let turned = Parts::of(&bytes).set("key_buckets", 3, 199);
    assert_eq!(turned.refusal().0, "key_records");
}

/// What the writer says of settings that the reader refuses.
fn settings_refusal(change: impl Fn(&mut Settings<'static>)) -> (&'static str, &'static str) {
    let mut changed = settings();
    change(&mut changed);
    match TableWriter::new(changed).finish() {
        Err(WriteError::Refused(error)) => (error.part, error.what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_can_do_no_harm() {
    for name in ["", "X-Key", "a b", "a\r\nb", "a:b"] {
        let refusal =
            settings_refusal(|settings| settings.credentials[0] = CredentialSource::Header(name));
        assert_eq!(refusal, ("settings", "credential header"), "{name:?}");
        let refusal = settings_refusal(|settings| settings.forward.key = Some(name));
        assert_eq!(refusal, ("settings", "forwarded header"), "{name:?}");
    }
    for source in [CredentialSource::Query(""), CredentialSource::Cookie("")] {
        let refusal = settings_refusal(|settings| settings.credentials[0] = source);
        assert_eq!(refusal, ("settings", "credential name"));
    }
    for trusted_hops in [0, 17] {
        let refusal = settings_refusal(|settings| {
            settings.client_address = ClientAddress::XForwardedFor { trusted_hops }
        });
        assert_eq!(refusal, ("settings", "trusted hops"));
    }
    for realm in ["a\"b", "a\\b", "a\nb", "\u{e9}"] {
        assert_eq!(
            settings_refusal(|settings| settings.realm = realm),
            ("settings", "realm"),
            "{realm:?}"
        );
    }
    for prefix in ["", "nineteen_characters", "a b"] {
        assert_eq!(
            settings_refusal(|settings| settings.key_prefix = prefix),
            ("settings", "key prefix"),
            "{prefix:?}"
        );
    }
    let mut longest = settings();
    longest.key_prefix = "eighteen_character";
    longest.realm = "two words";
    longest.credentials[0] = CredentialSource::Header("x-!#$%&'*+.^_`|~9");
    assert!(TableWriter::new(longest).finish().is_ok());
}

#[test]
fn names_can_be_sent_in_headers() {
    for name in ["a\nb", "\u{e9}", "a\u{7f}"] {
        let mut writer = TableWriter::new(settings());
        let grant = writer.grant(&[]);
        writer.client(Client { name, active: true, rule: AddressRule::ANY, grant });
        match writer.finish() {
            Err(WriteError::Refused(error)) => {
                assert_eq!((error.part, error.what), ("client names", "name"))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn methods_are_tokens_and_no_more_than_a_set_can_hold() {
    let with = |methods: Vec<&'static str>| {
        let mut writer = TableWriter::new(settings());
        let collection =
            writer.collection(Collection { name: "c", version: "", active: true, public: true });
        writer.endpoint(Endpoint {
            methods: Some(methods),
            ..endpoint(collection, "", &[], "/", true)
        });
        writer.finish()
    };
    let names: Vec<&'static str> = (0..32).map(|number| &*format!("M{number}").leak()).collect();
    assert!(with(names[..31].to_vec()).is_ok());
    let error = with(names).unwrap_err().to_string();
    assert!(error.contains("too many methods: expected at most 31, found 32"), "{error}");
    assert!(with(vec!["A B"]).unwrap_err().to_string().contains("methods in cold"));
    assert!(with(vec![""]).unwrap_err().to_string().contains("methods in cold"));
}

#[test]
fn the_cold_section() {
    assert_eq!(parts().cut("cold", 1).refusal(), ("cold", "names and settings"));
    assert_eq!(parts().add("cold", &[0]).refusal(), ("cold", "length of the section"));
    assert_eq!(parts().set("cold", 0, 2).refusal(), ("cold", "names and settings"));
    // The last names are those of keys: their ends, then a length and their text.
    let mut found = parts();
    let cold = found.section("cold").clone();
    let text: usize = [
        "acme-plain",
        "acme-office",
        "acme-narrow",
        "acme-off",
        "acme-window",
        "globex-plain",
        "initech-plain",
    ]
    .iter()
    .map(|name| name.len())
    .sum();
    let ends = cold.len() - text - 8 - 7 * 4;
    let end =
        |position: usize, value: u8| parts().set_byte("cold", ends + position * 4, value).refusal();
    assert_eq!(end(0, 200), ("key names", "end of a name"));
    assert_eq!(end(1, 0), ("key names", "end of a name"));
    assert_eq!(end(6, (text - 1) as u8), ("key names", "length of the names"));
}
