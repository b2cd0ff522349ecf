use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy_table::settings::{ClientAddress, CredentialSource, Forward, Preflight, Unmatched};
use policy_table::write::TableWriter;

use super::*;

pub(crate) fn settings() -> policy_table::settings::Settings<'static> {
    policy_table::settings::Settings {
        client_address: ClientAddress::Connection,
        credentials: [CredentialSource::Bearer].into_iter().collect(),
        forward: Forward::default(),
        strip_credential: true,
        unmatched: Unmatched::Deny,
        preflight: Preflight::Authorize,
        realm: "api",
        key_prefix: "pc_test",
    }
}

fn table() -> Vec<u8> {
    TableWriter::new(settings()).finish().unwrap()
}

fn refusal(configuration: impl Into<Vec<u8>>) -> String {
    Loaded::from_configuration(configuration.into(), None).err().unwrap().to_string()
}

#[test]
fn a_table_is_a_configuration() {
    let bytes = table();
    let loaded = Loaded::from_configuration(bytes.clone(), None).unwrap();
    assert_eq!(loaded.table().id(), Table::from_bytes(&bytes).unwrap().id());
    assert_eq!(loaded.settings, Settings::default());
}

#[test]
fn json_around_a_table_is_a_configuration() {
    let text = STANDARD.encode(table());
    for json in [
        format!(r#"{{"table":"{text}"}}"#),
        format!(r#" {{ "mode": "enforce", "table": "{}" }}"#, text.trim_end_matches('=')),
        format!(r#"{{"table":"{}"}}"#, text.replace('=', "\\u003d").replace('/', "\\/")),
    ] {
        assert!(Loaded::from_configuration(json.into_bytes(), None).is_ok());
    }
    let json =
        format!(r#"{{"table":"{text}","filter_state":true,"mode":"shadow","client_metrics":7}}"#);
    let loaded = Loaded::from_configuration(json.into_bytes(), None).unwrap();
    assert_eq!(
        loaded.settings,
        Settings { mode: Mode::Shadow, filter_state: true, client_metrics: 7 }
    );
}

#[test]
fn anything_else_is_refused_with_what_and_what_to_do() {
    assert!(refusal("").contains("found nothing; pass the file"));
    assert!(
        refusal("hello")
            .contains("length of the table in header at 0: expected at least 24, found 5")
    );
    assert!(refusal("{}").contains("expected a field `table`, found none"));
    assert!(
        refusal(r#"{"table":"","mode":"off"}"#)
            .contains("`mode`: expected `enforce` or `shadow`, found `off`")
    );
    assert!(refusal(r#"{"table":"","tabel":""}"#).contains("found a field `tabel`"));
    assert!(
        refusal(r#"{"table":"","client_metrics":10001}"#)
            .contains("expected a whole number up to 10000, found 10001")
    );
    assert!(refusal(r#"{"table":"!"}"#).contains("expected base64 of a table"));
    assert!(refusal(r#"{"table":""}"#).contains("expected at least 24, found 0"));
    assert!(
        refusal(b"{\"table\":\"\xFF\"}".as_slice()).contains("fields of the plugin configuration")
    );
    let mut future = table();
    future[8] = 2;
    assert!(refusal(future).contains("format version in header at 8: expected 1, found 2"));
}

#[test]
fn of_a_text_in_the_wrong_place_a_message_has_the_beginning() {
    let text = "T\u{1}".repeat(1_000_000);
    let json = text.replace('\u{1}', "\\u0001");
    for configuration in [format!(r#"{{"mode":"{json}"}}"#), format!(r#"{{"{json}":"x"}}"#)] {
        let message = refusal(configuration);
        let beginning = format!("`{}…`", "T\\u{1}".repeat(20));
        assert!(message.contains(&beginning) && message.len() < 500, "{message:.600}");
    }
}

/// A record of the protobuf wire format: a field number and bytes.
fn record(field: u8, bytes: &[u8]) -> Vec<u8> {
    let mut record = vec![field << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        record.push(u8::try_from(length % 0x80).unwrap() | 0x80);
        length /= 0x80;
    }
    record.push(u8::try_from(length).unwrap());
    record.extend(bytes);
    record
}

fn entry(key: &str, value: &[u8]) -> Vec<u8> {
    record(1, &[record(1, key.as_bytes()), record(2, value)].concat())
}

#[test]
fn a_struct_around_a_table_is_a_configuration() {
    let table = entry("table", &record(3, STANDARD.encode(table()).as_bytes()));
    let mode = entry("mode", &record(3, b"shadow"));
    let filter_state = entry("filter_state", &[4 << 3, 1]);
    let clients = entry("client_metrics", &[&[2 << 3 | 1][..], &7_f64.to_le_bytes()].concat());
    let loaded =
        Loaded::from_configuration([&*mode, &*table, &*clients, &*filter_state].concat(), None)
            .unwrap();
    assert_eq!(
        loaded.settings,
        Settings { mode: Mode::Shadow, filter_state: true, client_metrics: 7 }
    );
    assert!(Loaded::from_configuration(table.clone(), None).is_ok());

    assert!(refusal(mode.clone()).contains("expected a field `table`, found none"));
    assert!(
        refusal([&*table, &*entry("tabel", &[4 << 3, 1])].concat())
            .contains("found a field `tabel`")
    );
    assert!(refusal([&*table, &*table].concat()).contains("expected `table` once, found it twice"));
    assert!(
        refusal([&*table, &*entry("mode", &[1 << 3, 0])].concat())
            .contains("found null, a list or a map")
    );
    assert!(
        refusal([&*table, &*entry("mode", &record(3, b"off"))].concat())
            .contains("`mode`: expected `enforce` or `shadow`, found `off`")
    );
    let half = entry("client_metrics", &[&[2 << 3 | 1][..], &0.5_f64.to_le_bytes()].concat());
    assert!(refusal([&*table, &*half].concat()).contains("found a number that is no count"));
    // Whatever is cut off is no Struct, and then no table.
    for length in 1..table.len() {
        assert!(Loaded::from_configuration(table[..length].to_vec(), None).is_err(), "{length}");
    }
}

#[test]
fn json_may_begin_with_a_line_break() {
    let json = format!("\n{{\"table\":\"{}\"}}", STANDARD.encode(table()));
    assert!(Loaded::from_configuration(json.into_bytes(), None).is_ok());
}
