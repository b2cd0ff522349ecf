//! Paths: which can be read in two ways, and the segments of those that cannot.

use policy_table::Reason;

use super::Check;

/// The decoded segments of a path; none for the paths without any: the empty one and `*`.
pub(super) fn segments(target: &[u8]) -> Check<Option<Vec<Vec<u8>>>> {
    if target.is_empty() || target == b"*" {
        return Ok(None);
    }
    let path = before_query(target);
    if path.first() != Some(&b'/') || path.iter().any(|byte| is_never_in_a_path(*byte)) {
        return Err(Reason::PathAmbiguous);
    }
    let raw: Vec<&[u8]> = path.split(|byte| *byte == b'/').skip(1).collect();
    let mut segments = Vec::new();
    for (position, segment) in raw.iter().enumerate() {
        let last = position + 1 == raw.len();
        let decoded = decode_once(segment).ok_or(Reason::PathAmbiguous)?;
        let text = std::str::from_utf8(&decoded).map_err(|_| Reason::PathAmbiguous)?;
        if text.contains([
            '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
        ]) {
            return Err(Reason::PathAmbiguous);
        }
        let dots = decoded == b"." || decoded == b"..";
        if dots || (decoded.is_empty() && !last) {
            return Err(Reason::PathAmbiguous);
        }
        segments.push(decoded);
    }
    Ok(Some(segments))
}

fn before_query(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}

fn is_never_in_a_path(byte: u8) -> bool {
    is_control(byte) || !byte.is_ascii() || matches!(byte, b' ' | b'#' | b'\\' | b';')
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7F
}

/// The segment with its escapes decoded; none if one is broken, or stands for a byte that two servers treat differently.
fn decode_once(segment: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut bytes = segment.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let byte = super::credentials::hex_pair(bytes.next()?, bytes.next()?)?;
        if is_control(byte) || matches!(byte, b'/' | b'\\' | b'?') {
            return None;
        }
        decoded.push(byte);
    }
    Some(decoded)
}
