//! Calls of host functions with arguments that may be good or odd.

use super::dice::Dice;
use super::vocabulary::{
    CODES, DATA, LENGTHS, NAMES, ODD_NAMES, OFFSETS, OWN, PROPERTIES, SENDABLE, name, number, text,
    value,
};

/// What a callback may do to what passes through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freedom {
    /// What nobody else will read: anything.
    Anything,
    /// What an upstream reads: nothing that Envoy would refuse to send.
    Sendable,
}

/// A call that changes or asks something, in a callback whose own map and buffer are these.
pub(super) fn call(
    dice: &mut Dice,
    map: Option<u32>,
    buffer: Option<u32>,
    freedom: Freedom,
) -> String {
    match dice.below(20) {
        0..=3 => read_map(dice, map),
        4..=8 => edit_map(dice, map, freedom),
        9..=10 => read_buffer(dice, buffer),
        11..=12 => edit_buffer(dice, buffer),
        13 => format!("proxy_get_property \"{}\" value", dice.one_of(PROPERTIES)),
        14 => format!("proxy_set_property \"{}\" {}", dice.one_of(OWN), value(dice)),
        15 => shared_data(dice),
        16 => metric(dice),
        17 => general(dice),
        18 => refused(dice),
        _ => format!("proxy_set_effective_context {}", dice.one_of(&["0", "1", "2", "2", "99"])),
    }
}

/// Shows the maps and buffers that may be open.
pub(super) fn glimpse(dice: &mut Dice, map: Option<u32>, buffer: Option<u32>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(map) = map {
        lines.push(format!("proxy_get_header_map_pairs {map} value"));
        lines.push(format!("proxy_get_header_map_size {map} word"));
    }
    if let Some(buffer) = buffer {
        lines.push(format!("proxy_get_buffer_bytes {buffer} 0 100 value"));
        lines.push(format!("proxy_get_buffer_status {buffer} word other"));
    }
    if dice.chance(30) {
        lines.push("proxy_get_property \"own\" value".to_owned());
    }
    lines
}

/// A reply of the module's own.
pub(super) fn reply(dice: &mut Dice) -> String {
    let headers = dice.one_of(&[
        "\"\"",
        "[\"x-reply\" \"1\"]",
        "[\"X-Two\" \"r\" \"x-two\" \"s\"]",
        "[\"content-type\" \"text/odd\"]",
        "[\"content-length\" \"3\"]",
        "[\"grpc-status\" \"3\"]",
        "[\"\" \"nameless\"]",
        "\"broken\"",
    ]);
    let code = dice.one_of(CODES);
    let details = dice.one_of(&["", "details", "two words", "\\xff"]);
    let body = dice.one_of(&["", "the body", "\\0"]);
    let grpc = dice.one_of(&["-1", "-1", "-1", "0", "7", "16", "17", "99"]);
    format!("proxy_send_local_response {code} \"{details}\" \"{body}\" {headers} {grpc}")
}

fn read_map(dice: &mut Dice, own: Option<u32>) -> String {
    let map = number(dice, own, 9);
    match dice.below(4) {
        0 => format!("proxy_get_header_map_pairs {map} value"),
        1 => format!("proxy_get_header_map_size {map} word"),
        _ => format!("proxy_get_header_map_value {map} {} value", name(dice)),
    }
}

fn edit_map(dice: &mut Dice, own: Option<u32>, freedom: Freedom) -> String {
    let map = number(dice, own, 9);
    let may_be_sent = freedom == Freedom::Sendable && map == "0";
    let (mut name, mut value) = (name(dice), value(dice));
    // Envoy breaks off a request with a name that is none.
    if freedom == Freedom::Sendable && ODD_NAMES.iter().any(|odd| text(odd) == name) {
        name = text("x-new");
    }
    let is_pseudo = name.starts_with("\":") || name.eq_ignore_ascii_case("\"host\"");
    // Without a forwarded protocol Envoy finds no route.
    if may_be_sent && name == "\"x-forwarded-proto\"" {
        return format!("proxy_replace_header_map_value {map} {name} \"https\"");
    }
    if may_be_sent && is_pseudo {
        let (known, sendable) = SENDABLE[dice.below(SENDABLE.len())];
        (name, value) = (text(known), text(sendable));
        return format!("proxy_replace_header_map_value {map} {name} {value}");
    }
    // Without a status there is no response.
    if name == "\":status\"" && map == "2" {
        value = "\"202\"".to_owned();
        return format!("proxy_replace_header_map_value {map} {name} {value}");
    }
    match dice.below(8) {
        0..=2 => format!("proxy_add_header_map_value {map} {name} {value}"),
        3..=4 => format!("proxy_replace_header_map_value {map} {name} {value}"),
        5..=6 => format!("proxy_remove_header_map_value {map} {name}"),
        _ => set_pairs(dice, &map, freedom),
    }
}

fn set_pairs(dice: &mut Dice, map: &str, freedom: Freedom) -> String {
    let needed = match (map, freedom) {
        ("0", Freedom::Sendable) => {
            "\":method\" \"POST\" \":path\" \"/set\" \":authority\" \"set.example\" \":scheme\" \"http\" \"x-forwarded-proto\" \"http\" "
        }
        ("2", _) => "\":status\" \"203\" ",
        _ => "",
    };
    let mut others = String::new();
    for _ in 0..dice.below(4) {
        let name = match dice.one_of(NAMES) {
            "x-forwarded-proto" => text("x-one"),
            name => text(name),
        };
        others += &format!("{name} {} ", value(dice));
    }
    if freedom == Freedom::Anything && map == "0" && dice.chance(20) {
        let broken = dice.one_of(&[
            "\"\"",
            "\"broken\"",
            "\"\\0\\0\\0\\0\"",
            "[\"\" \"nameless\"]",
            "[\"host\" \"h\"]",
        ]);
        return format!("proxy_set_header_map_pairs {map} {broken}");
    }
    format!("proxy_set_header_map_pairs {map} [{needed}{others}]")
}

fn read_buffer(dice: &mut Dice, own: Option<u32>) -> String {
    let buffer = number(dice, own, 8);
    if dice.chance(30) {
        return format!("proxy_get_buffer_status {buffer} word other");
    }
    format!(
        "proxy_get_buffer_bytes {buffer} {} {} value",
        dice.one_of(OFFSETS),
        dice.one_of(LENGTHS)
    )
}

fn edit_buffer(dice: &mut Dice, own: Option<u32>) -> String {
    let buffer = number(dice, own, 8);
    let (offset, length) = (dice.one_of(OFFSETS), dice.one_of(LENGTHS));
    format!("proxy_set_buffer_bytes {buffer} {offset} {length} {}", text(dice.one_of(DATA)))
}

/// The numbers of values are not shown, and match none, since they count what every scenario sets.
fn shared_data(dice: &mut Dice) -> String {
    let key = dice.one_of(&["", "key", "other"]);
    if dice.chance(50) {
        return format!("proxy_get_shared_data \"{key}\" value 64");
    }
    let compare = dice.one_of(&["0", "0", "4294967295"]);
    format!("proxy_set_shared_data \"{key}\" {} {compare}", value(dice))
}

/// Of metrics that no other scenario has.
fn metric(dice: &mut Dice) -> String {
    let id = dice.one_of(&["0", "1", "2", "4", "5", "6", "8", "9", "10", "99"]);
    let number = dice.one_of(&["0", "1", "7", "-1", "4611686018427387904"]);
    match dice.below(4) {
        0 => format!("proxy_define_metric {} \"METRIC\" word", dice.one_of(&["0", "1", "2", "3"])),
        1 => format!("proxy_record_metric {id} {number}"),
        2 => format!("proxy_increment_metric {id} {number}"),
        _ => format!("proxy_get_metric {id} long"),
    }
}

fn general(dice: &mut Dice) -> String {
    dice.one_of(&[
        "proxy_log 2 \"a line of its own\"",
        "proxy_log 9 \"a line of its own\"",
        "proxy_get_log_level word",
        "proxy_get_status word value",
        "proxy_get_current_time_nanoseconds moment",
        "proxy_done",
        "proxy_resolve_shared_queue \"absent\" \"queue\" word",
        "proxy_dequeue_shared_queue 0 value",
        "proxy_enqueue_shared_queue 4294967295 \"lost\"",
    ])
    .to_owned()
}

/// Callouts that do not begin, and calls for those that there are not.
fn refused(dice: &mut Dice) -> String {
    dice.one_of(&[
        "proxy_http_call \"absent\" [\":method\" \"GET\" \":path\" \"/\" \":authority\" \"a\"] \"\" \"\" 1000 word",
        "proxy_http_call \"upstream\" [\":path\" \"/\" \":authority\" \"a\"] \"\" \"\" 1000 word",
        "proxy_http_call \"upstream\" [\":method\" \"GET\" \":path\" \"/\" \":authority\" \"a\"] \"\" \"\" -1 word",
        "proxy_grpc_call \"absent\" \"service\" \"method\" \"\" \"\" 1000 word",
        "proxy_grpc_stream \"absent\" \"service\" \"method\" \"\" word",
        "proxy_grpc_send 9 \"message\" 0",
        "proxy_grpc_close 9",
        "proxy_grpc_cancel 10",
        "proxy_continue_stream 2",
        "proxy_continue_stream 3",
        "proxy_continue_stream 4",
        "proxy_close_stream 4",
    ])
    .to_owned()
}
