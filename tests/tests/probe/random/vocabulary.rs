//! Names, values and numbers, good and odd ones.

use super::dice::Dice;

pub(super) const NAMES: &[&str] = &[
    "x-one",
    "x-two",
    "X-Two",
    "x-empty",
    "x-bytes",
    "x-new",
    "x-new",
    "X-NEW",
    "x-trailer",
    "x-absent",
    "user-agent",
    "x-forwarded-proto",
    "x-forwarded-for",
    "cookie",
    "set-cookie",
    "accept",
    "content-type",
    "via",
    "etag",
    "grpc-status",
    "x-request-id",
    "origin",
    "vary",
    "authorization",
    "te",
    "server",
];
pub(super) const ODD_NAMES: &[&str] =
    &["", " x-two", "x-two\\0", "x-\\xff", "a b", "x:y", "\\xc3\\xa9", "n*300"];
const PSEUDO: &[&str] =
    &[":path", ":method", ":authority", "host", "Host", ":scheme", ":status", ":odd", ":"];
/// What a request needs on its way to an upstream is only given another value, and this is it.
pub(super) const SENDABLE: &[(&str, &str)] = &[
    (":path", "/other?x=1"),
    (":path", "/"),
    (":method", "PUT"),
    (":authority", "other.example"),
    ("host", "host.example"),
    (":scheme", "https"),
];
const VALUES: &[&str] =
    &["", "1", "two words", " edge ", "\\xff\\xfe", "a,b", "a=1", "UPPER", "/odd"];
pub(super) const DATA: &[&str] = &["", "X", "replaced", "\\0\\xff"];
pub(super) const OFFSETS: &[&str] = &["0", "0", "0", "1", "3", "6", "7", "100", "4294967295"];
pub(super) const LENGTHS: &[&str] = &["0", "0", "1", "3", "6", "100", "4294967295"];
pub(super) const CODES: &[&str] = &[
    "200", "200", "201", "204", "304", "400", "403", "404", "500", "503", "0", "99", "600", "65736",
];

pub(super) const PROPERTIES: &[&str] = &[
    "",
    "\\0",
    "unknown",
    "request\\0path",
    "request\\0url_path",
    "request\\0query",
    "request\\0host",
    "request\\0scheme",
    "request\\0method",
    "request\\0useragent",
    "request\\0id",
    "request\\0protocol",
    "request\\0referer",
    "request\\0headers\\0x-two",
    "request\\0headers\\0X-One",
    "request\\0headers\\0x-new",
    "request\\0headers\\0cookie",
    "request\\0size",
    "request\\0total_size",
    "request\\0headers_bytes",
    "response\\0code",
    "response\\0flags",
    "response\\0grpc_status",
    "response\\0headers\\0x-two",
    "response\\0trailers\\0x-trailer",
    "response\\0code_details",
    "response\\0size",
    "plugin_name",
    "plugin_root_id",
    "own",
    "own\\0part",
    "filter_state\\0wasm.own",
    "connection\\0mtls",
    "connection\\0requested_server_name",
    "metadata",
];
pub(super) const OWN: &[&str] =
    &["", "own", "own\\0part", "request\\0path", "plugin_name", "wasm.own"];

pub(super) fn number(dice: &mut Dice, own: Option<u32>, bound: usize) -> String {
    match own {
        Some(own) if dice.chance(70) => own.to_string(),
        _ => dice.below(bound).to_string(),
    }
}

pub(super) fn name(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 => text(dice.one_of(ODD_NAMES)),
        1..=2 => text(dice.one_of(PSEUDO)),
        _ => text(dice.one_of(NAMES)),
    }
}

/// In quotes; `n*300` is 300 times `n`.
pub(super) fn text(word: &str) -> String {
    match word.split_once('*') {
        Some((repeated, times)) => format!("\"{repeated}\"*{times}"),
        None => format!("\"{word}\""),
    }
}

pub(super) fn value(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 => "\"v\"*200".to_owned(),
        _ => text(dice.one_of(VALUES)),
    }
}
