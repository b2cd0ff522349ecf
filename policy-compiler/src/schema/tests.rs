//! Fields as the reader has them, and patterns as the parsers judge.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{patterns, policy_schema};
use crate::model::{
    AddressRange, Digest, HostPattern, Name, PathPattern, forms, parse_period, parse_time,
};

/// Every mapping that the reader knows.
const MAPPINGS: [(&str, &[&str]); 17] = [
    ("access profile", &forms::ACCESS_PROFILE),
    ("allowance", &forms::ALLOWANCE),
    ("client", &forms::CLIENT),
    ("client address", &forms::CLIENT_ADDRESS),
    ("collection", &forms::COLLECTION),
    ("credential source", &forms::CREDENTIAL_SOURCE),
    ("endpoint", &forms::ENDPOINT),
    ("forward", &forms::FORWARD),
    ("gateway", &forms::GATEWAY),
    ("key", &forms::KEY),
    ("legacy", &forms::LEGACY),
    ("limits", &forms::LIMITS),
    ("list entry", &forms::LIST_ENTRY),
    ("policy", &forms::POLICY),
    ("rule entry", &forms::RULE_ENTRY),
    ("usage policy", &forms::USAGE_POLICY),
    // The connection says nothing about hops.
    ("address of the connection", &["from"]),
];

#[test]
fn the_schema_has_the_fields_of_the_reader() {
    let schema = policy_schema();
    let described: BTreeSet<BTreeSet<&str>> = objects(&schema)
        .into_iter()
        .map(|properties| properties.keys().map(String::as_str).collect())
        .collect();
    let known: BTreeSet<BTreeSet<&str>> =
        MAPPINGS.iter().map(|(_, fields)| fields.iter().copied().collect()).collect();
    assert_eq!(described, known);
}

#[test]
fn every_field_is_described_for_hover_texts() {
    let schema = policy_schema();
    let objects = objects(&schema);
    assert!(objects.len() >= MAPPINGS.len());
    for (name, field) in objects.into_iter().flatten() {
        let description = field.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(description.ends_with('.') && description.len() > 8, "{name}: {field}");
    }
}

/// The properties of every mapping whose fields are fixed.
fn objects(schema: &Value) -> Vec<&serde_json::Map<String, Value>> {
    let mut found = Vec::new();
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                assert_eq!(fields.get("additionalProperties"), Some(&false.into()));
                found.push(properties);
            }
            found.extend(fields.values().flat_map(objects));
        }
        Value::Array(values) => found.extend(values.iter().flat_map(objects)),
        _ => {}
    }
    found
}

fn of(definition: &str) -> Validator {
    let mut schema = policy_schema();
    schema["$ref"] = format!("#/$defs/{definition}").into();
    for field in ["properties", "required", "type", "additionalProperties"] {
        schema.as_object_mut().unwrap().remove(field);
    }
    jsonschema::validator_for(&schema).unwrap()
}

type Parser = fn(&str) -> bool;

/// What the schema and the parser say must be the same, for each of these texts.
fn same(definition: &str, parser: Parser, texts: impl IntoIterator<Item = String>) {
    let validator = of(definition);
    let (mut taken, mut refused) = (0, 0);
    for text in texts {
        let expected = parser(&text);
        assert_eq!(validator.is_valid(&json!(text)), expected, "{definition}: `{text}`");
        if expected { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 2 && refused > 2, "{definition}: {taken} taken, {refused} refused");
}

fn is_range(text: &str) -> bool {
    match AddressRange::parse(text) {
        Ok(_) => true,
        // Order is no form.
        Err(invalid) => invalid == crate::model::InvalidRange::Reversed,
    }
}

fn texts(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn values_by_example() {
    same(
        "ip_text",
        is_range,
        texts(
            "203.0.113.7 0.0.0.0 255.255.255.255 256.0.0.1 01.2.3.4 1.2.3 1.2.3.4.5 10.0.0.0/0 10.0.0.0/32 10.0.0.0/33 10.0.0.0/08 10.0.0.0/ \
         :: ::1 1:: 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:: 1:2:3:4::5:6:7:8 1::2::3 12345:: g:: \
         ::1.2.3.4 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5::1.2.3.4 1:2:3:4:5:6:7:1.2.3.4 1.2.3.4:: ::ffff:1.2.3.4 \
         ::/0 ::/128 ::/129 2001:db8::/32 fe80::1%eth0 \
         1.2.3.4-1.2.3.9 1.2.3.9-1.2.3.4 1.2.3.4-::1 ::1-::2 ::ffff:1.2.3.4-1.2.3.9 1.2.3.4-0:0:0:0:0:FFFF:102:309 1.2.3.4- -1.2.3.4 1.2.3.4-5",
        ),
    );
    same(
        "time",
        |text| parse_time(text).is_some(),
        texts(
            "2026-01-01 2024-02-29 2023-02-29 2000-02-29 1900-02-29 2026-02-30 2026-04-31 2026-12-31 2026-13-01 2026-00-01 2026-01-00 \
         2026-01-01T00:00:00Z 2026-01-01t23:59:59z 2026-01-01T24:00:00Z 2026-01-01T00:60:00Z 2026-01-01T23:59:60Z 2026-01-01T00:00:61Z \
         2026-01-01T00:00:00+01:00 2026-01-01T00:00:00-25:59 2026-01-01T00:00:00+26:00 2026-01-01T00:00:00+01 2026-01-01T00:00:00 \
         2026-01-01T00:00:00.5Z 2026-01-01T00:00Z 20260101 tomorrow 0000-01-01 9999-12-31 9999-12-31T23:59:59Z \
         2026-01-01T00:00:00+23:59 2026-01-01T00:00:00-24:00 2026-01-01T00:00:00+01:60",
        ),
    );
    same(
        "period",
        |text| parse_period(text).is_some(),
        texts(
            "1s 0s 315360000s 315360001s 5256000m 5256001m 87600h 87601h 3650d 3651d 3649d 4000d 007d 1w 1 s +1s 12h 30d 1.5h 1S",
        ),
    );
    same(
        "sha256",
        |text| Digest::parse(text).is_some(),
        [
            "0".repeat(64),
            "aB".repeat(32),
            "f".repeat(64),
            "0".repeat(63),
            "0".repeat(65),
            "g".repeat(64),
            String::new(),
        ],
    );
    same(
        "host",
        |text| HostPattern::parse(text).is_ok(),
        texts(
            "api.example.com API.example.com *.example.com *.*.com * a_b.example localhost api..com .com com. -a.com a-.com a--b.com \
         api.example.com:443 https://a a/b 1.2.3.4 1.2.3.256 *.1.2.3.4 1.2.3 a.1 a.1b ::1 [::1] [1.2.3.4] [::1 ::g x.0 *.com",
        ),
    );
    same(
        "path",
        |text| PathPattern::parse(text).is_ok(),
        texts(
            "/ /orders /orders/ /orders/{id} /{a}/{b}/** /** /**/ /a/**/b /a* /* // /a//b a {id} /{} /{i d} /a{id} /{id /./a /.. /a/.. /a/../b \
         /%2e /%2E%2e/a /.%2e /... /a.b /%2f /%5C /%3f /%3F /%3e /%4f /%00 /%1f /%7f /%7e /%20 /%zz /%2 /%c3%a9 /%e2%80%8d /%E2%80%8E /%e2%80%ae /%E2%80%AF /%e2%81%8e /%e2%82%ac /é /a;b /a?b /a#b /a\\b /{a.b-c_d}",
        ),
    );
    same(
        "name",
        |text| Name::new(text).is_some(),
        ["a", "a b", "!", "~", " a", "a ", "", "é", "a\tb", "\u{7f}"]
            .map(str::to_owned)
            .into_iter()
            .chain([128, 129].map(|length| "x".repeat(length))),
    );
}

#[test]
fn a_base_path_is_a_path_without_rest_and_last_slash() {
    let validator = of("base_path");
    let holds = |text: &str| validator.is_valid(&json!(text));
    assert!(["/", "/a", "/a/{b}"].into_iter().all(holds));
    assert!(!["", "a", "/a/", "/**", "/a/**", "//", "/a/."].into_iter().any(holds));
}

#[test]
fn comma_separated_entries() {
    let validator = of("ip_list");
    let holds = |text: &str| validator.is_valid(&json!(text));
    let good =
        ["", " ", "1.2.3.4", " 1.2.3.4 ,::1", "list:office, 1.2.3.0/24", "1.2.3.4 - 1.2.3.5"];
    assert!(good.into_iter().all(holds));
    let bad = [",", "1.2.3.4,", "1.2.3.4 ::1", "list:", "list: , ::1", "office", "1.2.3.4;::1"];
    assert!(!bad.into_iter().any(holds));
}

#[test]
fn numbers_of_a_range() {
    for to in [9_u64, 10, 32, 128, 255, 1_000] {
        for from in [0, 1] {
            let pattern = json!({ "pattern": format!("^{}$", patterns::numbers(from, to)) });
            let validator = jsonschema::validator_for(&pattern).unwrap();
            for number in 0..to * 11 {
                let expected = (from..=to).contains(&number);
                assert_eq!(
                    validator.is_valid(&json!(number.to_string())),
                    expected,
                    "{number} {to}"
                );
            }
            assert!(!validator.is_valid(&json!("01")));
        }
    }
}

/// Each with texts that are right or nearly so.
static RANDOM: LazyLock<[(Validator, Parser); 4]> = LazyLock::new(|| {
    [
        (of("ip_text"), is_range),
        (of("time"), |text| parse_time(text).is_some()),
        (of("path"), |text| PathPattern::parse(text).is_ok()),
        (of("host"), |text| HostPattern::parse(text).is_ok()),
    ]
});

proptest! {
    #[test]
    fn values_at_random(
        texts in proptest::collection::vec((
            "(::)?([0-9a-f]{1,5}::?){0,7}(:|[0-9a-f]{1,4}|[0-9]{1,3}([.][0-2]?[0-9]{1,2}){3})(/1?[0-9]{1,2}| ?- ?::2)?",
            "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-2][0-9]:[0-6][0-9]))?",
            "/?((a|[.]|%2[0-9eEfF]|%[0-9a-f]{2}|%c3%[8-9ab][0-9]|%(e[0d2f]|f[014])(%[89ab][0-9]){2,3}|[{]b[}]|[*]|;|é| )?/){0,3}([*][*]|[.]{0,2}|c)?",
            "([*][.])?([a-zA-Z0-9_-]{0,3}[.]){0,3}[a-z0-9-]{0,3}",
        ), 20),
    ) {
        for (address, time, path, host) in texts {
            for (text, (validator, parser)) in [address, time, path, host].into_iter().zip(RANDOM.iter()) {
                prop_assert_eq!(validator.is_valid(&json!(text)), parser(&text), "{}", text);
            }
        }
    }
}
