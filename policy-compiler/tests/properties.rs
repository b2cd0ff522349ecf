//! Random IP lists, paths and documents.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use policy_compiler::diagnostic::Style;
use policy_compiler::model::{AddressRange, HostPattern, PathPattern, Segment, parse_time};
use policy_compiler::{compile_text, load_text};
use proptest::prelude::*;

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))),
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_range_or_an_error(text in "\\PC{0,40}") {
        let _ = AddressRange::parse(&text);
        let _ = HostPattern::parse(&text);
        let _ = PathPattern::parse(&text);
        let _ = parse_time(&text);
    }

    #[test]
    fn any_text_is_a_policy_or_a_report(text in "\\PC{0,80}") {
        judge(&text);
    }

    #[test]
    fn a_damaged_document_is_a_policy_or_a_report(
        start in 0_usize..4_000, length in 0_usize..60, insert in r"[\[\]{}:,'&*#|\n -]{0,4}|NOT-A-REAL-KEY-0001",
    ) {
        let sample: Vec<char> = include_str!("documents/valid-sample.yaml").chars().collect();
        let start = start.min(sample.len());
        let end = (start + length).min(sample.len());
        let damaged: String = sample[..start].iter().copied().chain(insert.chars()).chain(sample[end..].iter().copied()).collect();
        judge(&damaged);
    }

    #[test]
    fn nearly_an_address(text in "[0-9a-f:./-]{0,24}") {
        if let Ok(parsed) = AddressRange::parse(&text) {
            prop_assert!(parsed.range.first() <= parsed.range.last());
            prop_assert_eq!(parsed.range.first().is_ipv4(), parsed.range.last().is_ipv4());
        }
    }

    #[test]
    fn a_prefix_holds_what_shares_its_bits(address in address(), other in address(), length in 0_u32..=128) {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let ((left, width), (right, other_width)) = (bits(address), bits(other));
        let length = length.min(width);
        let parsed = AddressRange::parse(&format!("{address}/{length}")).unwrap();
        let shared = |bits: u128| bits.checked_shr(width - length).unwrap_or(0);
        let expected = width == other_width && shared(left) == shared(right);
        prop_assert_eq!(parsed.range.contains(other), expected);
        let host_bits = shared(left).checked_shl(width - length).unwrap_or(0) != left;
        prop_assert_eq!(parsed.canonical.is_some(), host_bits);
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        let plain = AddressRange::parse(&address.to_string()).unwrap();
        let mapped = AddressRange::parse(&address.to_ipv6_mapped().to_string()).unwrap();
        prop_assert_eq!(plain, mapped);
    }

    #[test]
    fn literal_segments_are_decoded_once(segments in prop::collection::vec(prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 1..6),
        2 => prop::collection::vec(any::<char>(), 1..4).prop_map(|text| String::from_iter(text).into_bytes()),
    ], 1..5)) {
        let encode = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>();
        let text: String = segments.iter().map(|segment| format!("/{}", encode(segment))).collect();
        let ambiguous = segments.iter().any(|segment| {
            matches!(segment.as_slice(), b"." | b"..")
                || std::str::from_utf8(segment).is_ok_and(|text| text.contains(policy_table::is_direction_mark))
                || std::str::from_utf8(segment).is_err()
                || segment.iter().any(|byte| matches!(byte, b'/' | b'\\' | b'?' | 0..0x20 | 0x7f))
        });
        match PathPattern::parse(&text) {
            Ok(pattern) => {
                prop_assert!(!ambiguous);
                let expected: Vec<Segment> = segments.into_iter().map(|bytes| Segment::Literal(bytes.into())).collect();
                prop_assert_eq!(pattern.segments(), expected.as_slice());
            }
            Err(_) => prop_assert!(ambiguous, "{}", text),
        }
    }

    #[test]
    fn the_order_of_maps_does_not_change_the_table(seed in any::<u64>()) {
        let sorted = compile(&document(&mut |_| {}));
        let mut state = seed | 1;
        let shuffled = compile(&document(&mut |parts: &mut Vec<String>| {
            for last in (1..parts.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                parts.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
            }
        }));
        prop_assert_eq!(sorted, shuffled);
    }
}

/// Reads a text; a report can be shown, and has a word for each thing that it is about.
fn judge(text: &str) {
    let base = Path::new("tests/documents");
    let report = match load_text("policy.yaml", text.to_owned(), base, &Default::default()) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    };
    let json = serde_json::to_string(&report.as_json()).unwrap();
    let shown = report.render(Style::Plain) + &report.to_string() + &json;
    for diagnostic in report.diagnostics() {
        assert!(shown.contains(diagnostic.code.name()) && !diagnostic.help.is_empty(), "{text}");
    }
}

fn compile(text: &str) -> Vec<u8> {
    match compile_text("policy.yaml", text.to_owned(), Path::new(""), &Default::default()) {
        Ok(compiled) => compiled.table,
        Err(report) => panic!("{report}\n{text}"),
    }
}

/// One policy, with the entries of every mapping in the order that `order` gives them.
fn document(order: &mut impl FnMut(&mut Vec<String>)) -> String {
    let mut join = |mut parts: Vec<String>, separator: &str| {
        order(&mut parts);
        parts.join(separator)
    };
    let lists = join(
        (0..6).map(|n| format!("  list-{n}: [ 10.{n}.0.0/16, 2001:db8:{n}::/48 ]")).collect(),
        "\n",
    );
    let collections = (0..5).map(|n| {
        let fields = vec![
            format!("base_path: /base-{n}"),
            format!("version: v{n}"),
            "endpoints: [ { path: \"/a/{id}\", methods: [GET, PUT] }, { methods: [POST], path: /b } ]".to_owned(),
        ];
        format!("  collection-{n}: {{ {} }}", join(fields, ", "))
    }).collect();
    let collections = join(collections, "\n");
    let clients = (0..8)
        .map(|client| {
            let keys = (0..5)
                .map(|key| {
                    let fields = vec![
                        format!(
                            "sha256: {0:032x}{0:032x}",
                            (client * 5 + key + 1) * 7_919_u128.pow(8)
                        ),
                        format!(
                            "allowed_ips: [ {{ list: list-{} }}, 192.0.2.{key} ]",
                            (client + key) % 6
                        ),
                        format!("expires: 20{}-01-01", 30 + key),
                        format!("active: {}", key != 3),
                    ];
                    format!("key-{key}: {{ {} }}", join(fields, ", "))
                })
                .collect();
            let fields = vec![
                format!(
                    "collections: [ collection-{}, collection-{} ]",
                    client % 5,
                    (client + 2) % 5
                ),
                format!("keys: {{ {} }}", join(keys, ", ")),
                format!("blocked_ips: \"list:list-{}, 198.51.100.{client}\"", client % 6),
            ];
            format!("  client-{client}: {{ {} }}", join(fields, ", "))
        })
        .collect();
    let clients = join(clients, "\n");
    let parts = vec![
        "version: 1".to_owned(),
        "gateway: { realm: test, blocked_ips: [ { list: list-1 } ] }".to_owned(),
        format!("ip_lists:\n{lists}"),
        format!("collections:\n{collections}"),
        format!("clients:\n{clients}"),
    ];
    join(parts, "\n") + "\n"
}
