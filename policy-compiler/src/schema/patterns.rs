//! The forms of values as regular expressions that every dialect reads: ECMA-262, RE2 and
//! the one of Rust, so without look-around. A unit test holds each against its parser.

use crate::model::forms::MAX_DAYS;

/// See [`Name`](crate::model::Name).
pub(super) const NAME: &str = "^[!-~](?:[ -~]{0,126}[!-~])?$";

/// A token (RFC 9110, section 5.6.2).
pub(super) const TOKEN: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

pub(super) const REALM: &str = r"^[ !#-\[\]-~]+$";

pub(super) const KEY_PREFIX: &str = "^[a-z0-9_]*[a-z0-9]$";

pub(super) const SHA256: &str = "^[0-9a-fA-F]{64}$";

pub(super) const USER_NAME: &str = r"^[^:\x00-\x1f\x7f-\x9f]+$";

pub(super) const QUERY_PARAMETER: &str = r##"^[!$'-*,-:;@-~]+$"##;

/// A segment that is `.` or `..`, plain or encoded.
pub(super) const DOT_SEGMENT: &str = "/(?:[.]|%2[eE]){1,2}(?:/|$)";

/// A last label that is a number: what ends in one is an address.
pub(super) const ENDS_IN_A_NUMBER: &str = r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$";

fn segment() -> String {
    let letter = letter();
    format!(
        r"(?:\{{[A-Za-z0-9_.-]+\}}|(?:[^\s{{}}*?#\\;%/\x00-\x1f\x7f-\x9f]|%(?:[27][0-9a-eA-E]|5[0-9abd-fABD-F]|3[0-9a-eA-E]|[46][0-9a-fA-F])|{letter})+)"
    )
}

/// A letter beyond ASCII as escapes of its bytes (RFC 3629, section 4).
fn letter() -> String {
    let digit = "[0-9a-fA-F]";
    let tail = format!("%[89abAB]{digit}");
    let two = format!("%(?:[cC][2-9a-fA-F]|[dD]{digit}){tail}");
    let three =
        format!("(?:%[eE]0%[abAB]{digit}|%[eE][13-9a-cA-CeEfF]{tail}|%[eE][dD]%[89]{digit}){tail}");
    // No marks of direction: see `is_direction_mark`.
    let after_80 = format!("%(?:8[0-9a-dA-D]|9{digit}|[aA][0-9fF]|[bB]{digit})");
    let e2 = format!("%[eE]2(?:%80{after_80}|%(?:8[1-9a-fA-F]|[9abAB]{digit}){tail})");
    let four = format!("(?:%[fF]0%[9abAB]{digit}|%[fF][1-3]{tail}|%[fF]4%8{digit}){tail}{tail}");
    format!("(?:{two}|{three}|{e2}|{four})")
}

/// One of some words, in whatever case.
pub(super) fn any_case(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().copied().map(in_any_case).collect();
    format!("^(?:{})$", words.join("|"))
}

/// What begins so, in whatever case.
pub(super) fn beginning_in_any_case(beginning: &str) -> String {
    format!("^{}", in_any_case(beginning))
}

fn in_any_case(word: &str) -> String {
    word.chars().map(either_case).collect()
}

/// A path pattern.
pub(super) fn path() -> String {
    let segment = segment();
    format!(r"^/(?:{segment}/)*(?:{segment}|\*\*)?$")
}

/// A path without `**` and without a slash at the end.
pub(super) fn base_path() -> String {
    let segment = segment();
    format!(r"^/(?:(?:{segment}/)*{segment})?$")
}

/// Labels with an optional `*.` in front. That they are 253 bytes at most is left to `check`.
pub(super) fn domain_name() -> String {
    let label = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
    format!(r"^(?:\*\.)?{label}(?:\.{label})*$")
}

/// An address in the place of a host name.
pub(super) fn host_address() -> String {
    let (v4, v6) = (ipv4(), ipv6());
    format!(r"^(?:{v4}|{v6}|\[{v6}\])$")
}

/// One IP entry as text.
pub(super) fn ip_entry() -> String {
    format!("^(?:{}|{LISTED})$", range())
}

/// IP entries with commas between them, or nothing.
pub(super) fn ip_entries() -> String {
    let entry = format!(r"\s*(?:{}|{LISTED})\s*", range());
    format!(r"^(?:\s*|{entry}(?:,{entry})*)$")
}

/// RFC 3339 with whole seconds, or a date.
pub(super) fn time() -> String {
    let leap = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
    let day = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";
    let clock = "[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";
    let offset = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
    format!("^(?:[0-9]{{4}}-{day}|{leap}-02-29)(?:{clock}{offset})?$")
}

/// A number and a unit, at most [`MAX_DAYS`].
pub(super) fn period() -> String {
    let units = [("s", 24 * 60 * 60), ("m", 24 * 60), ("h", 24), ("d", 1)];
    let units: Vec<String> = units
        .iter()
        .map(|(unit, a_day)| format!("{}{unit}", numbers(1, MAX_DAYS.saturating_mul(*a_day))))
        .collect();
    format!("^0*(?:{})$", units.join("|"))
}

const LISTED: &str = r"list:[^,]*[^\s,][^,]*";

/// An address, a prefix or a range.
fn range() -> String {
    let (v4, v6) = (ipv4(), ipv6());
    // An IPv4-mapped address is its IPv4 form, and may stand beside one.
    let mapped = format!("[0:]+:[fF]{{4}}:(?:{v4}|{GROUP}:{GROUP})");
    let (short, long) = (numbers(0, 32), numbers(0, 128));
    let either = format!("(?:{v4}|{mapped})");
    format!(r"{v4}(?:/{short})?|{v6}(?:/{long})?|{either}\s*-\s*{either}|{v6}\s*-\s*{v6}")
}

fn ipv4() -> String {
    let byte = numbers(0, 255);
    format!(r"{byte}(?:\.{byte}){{3}}")
}

const GROUP: &str = "[0-9a-fA-F]{1,4}";

/// Eight groups, the last two also as IPv4, or fewer around a `::` (RFC 4291, section 2.2).
fn ipv6() -> String {
    let groups = |count: usize| match count.checked_sub(1) {
        None => String::new(),
        Some(more) => format!("{GROUP}(?::{GROUP}){{{more}}}"),
    };
    let v4 = ipv4();
    let mut forms = vec![groups(8), format!("{}:{v4}", groups(6))];
    for before in 0..=7_usize {
        let head = groups(before);
        let after = 7_usize.saturating_sub(before);
        let tail = match after {
            0 => String::new(),
            1 => format!("(?:{GROUP})?"),
            _ => format!(
                "(?:(?:{GROUP}:){{0,{}}}{GROUP}|(?:{GROUP}:){{0,{}}}{v4})?",
                after.saturating_sub(1),
                after.saturating_sub(2)
            ),
        };
        forms.push(format!("{head}::{tail}"));
    }
    format!("(?:{})", forms.join("|"))
}

/// The whole numbers of a range without leading zeros.
pub(super) fn numbers(from: u64, to: u64) -> String {
    let digits = to.to_string();
    let mut forms = Vec::new();
    if from == 0 {
        forms.push("0".to_owned());
    }
    // Fewer digits than the last one has.
    match digits.len() {
        0 | 1 => {}
        2 => forms.push("[1-9]".to_owned()),
        length => forms.push(format!("[1-9][0-9]{{0,{}}}", length.saturating_sub(2))),
    }
    // As many: the same up to one place, and a lower digit there.
    let mut before = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let rest = digits.len().saturating_sub(place).saturating_sub(1);
        let lowest = if place == 0 { '1' } else { '0' };
        if let Some(below) =
            char::from_u32(u32::from(digit).saturating_sub(1)).filter(|below| *below >= lowest)
        {
            let any = if rest == 0 { String::new() } else { format!("[0-9]{{{rest}}}") };
            forms.push(format!("{before}[{lowest}-{below}]{any}"));
        }
        before.push(digit);
    }
    forms.push(before);
    format!("(?:{})", forms.join("|"))
}

fn either_case(character: char) -> String {
    let (upper, lower) = (character.to_ascii_uppercase(), character.to_ascii_lowercase());
    if upper == lower { character.to_string() } else { format!("[{upper}{lower}]") }
}
