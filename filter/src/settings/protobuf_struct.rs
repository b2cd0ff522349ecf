//! A `google.protobuf.Struct` as it stands on the wire: Envoy hands one over as it is, although
//! its documentation promises JSON.
//!
//! Only what settings need: a flat map of text, numbers and booleans. The wire format is that of
//! <https://protobuf.dev/programming-guides/encoding/>; the messages are those of
//! `google/protobuf/struct.proto`.

use std::borrow::Cow;

use super::fields::Value;

/// The fields of a Struct in their order; `None` where the bytes are not one.
pub(super) fn fields(message: &[u8]) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    let mut left = message;
    let mut fields = Vec::new();
    while !left.is_empty() {
        // Struct: map<string, Value> fields = 1; an entry has key = 1 and value = 2.
        let Record::Bytes(1, entry) = record(&mut left)? else { return None };
        let (mut key, mut value) = ("", NEVER);
        let mut inside = entry;
        while !inside.is_empty() {
            match record(&mut inside)? {
                Record::Bytes(1, bytes) => key = core::str::from_utf8(bytes).ok()?,
                Record::Bytes(2, bytes) => value = read_value(bytes)?,
                _ => return None,
            }
        }
        fields.push((key.into(), value));
    }
    Some(fields)
}

/// Value: number_value = 2, string_value = 3, bool_value = 4; null 1, struct 5 and list 6 are
/// never settings.
fn read_value(mut message: &[u8]) -> Option<Value<'_>> {
    let value = match record(&mut message)? {
        Record::Eight(2, bytes) => match count(f64::from_le_bytes(bytes)) {
            Some(count) => Value::Count(count),
            None => Value::Other("a number that is no count"),
        },
        Record::Bytes(3, bytes) => Value::Text(core::str::from_utf8(bytes).ok()?.into()),
        Record::Number(4, number) => Value::Boolean(number != 0),
        Record::Number(1, _) | Record::Bytes(5 | 6, _) => NEVER,
        _ => return None,
    };
    message.is_empty().then_some(value)
}

/// What no setting has.
const NEVER: Value<'_> = Value::Other("null, a list or a map");

/// A field number and what stands there.
enum Record<'a> {
    Number(u64, u64),
    Eight(u64, [u8; 8]),
    Bytes(u64, &'a [u8]),
}

fn record<'a>(left: &mut &'a [u8]) -> Option<Record<'a>> {
    let tag = number(left)?;
    let field = tag >> 3;
    match tag & 7 {
        0 => Some(Record::Number(field, number(left)?)),
        1 => {
            let (bytes, rest) = left.split_first_chunk::<8>()?;
            *left = rest;
            Some(Record::Eight(field, *bytes))
        }
        2 => {
            let length = usize::try_from(number(left)?).ok()?;
            let (bytes, rest) = left.split_at_checked(length)?;
            *left = rest;
            Some(Record::Bytes(field, bytes))
        }
        _ => None,
    }
}

/// A number of seven bits a byte, the lowest first.
fn number(left: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = left.split_first()?;
        *left = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A number without a fraction, as a count.
fn count(number: f64) -> Option<u64> {
    // Counts of settings are small; beyond this a Struct's numbers are not exact anyway.
    let largest = f64::from(u32::MAX);
    let whole = number >= 0.0 && number <= largest && number.fract() == 0.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to the largest of 32 bits"
    )]
    whole.then_some(number as u64)
}
