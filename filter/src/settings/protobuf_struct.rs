//! A `google.protobuf.Struct` as it stands on the wire: Envoy hands one over as it is, although
//! its documentation promises JSON.
//!
//! Only what settings need: a flat map of text, numbers and booleans. The wire format is that of
//! <https://protobuf.dev/programming-guides/encoding/>; the messages are those of
//! `google/protobuf/struct.proto`.

use serde::de::value::Error;
use serde::de::{Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

/// A value of the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Boolean(bool),
    /// Null, a list or a map: never a setting.
    Other,
}

/// The fields of a Struct in their order; `None` where the bytes are not one.
pub(super) fn fields(message: &[u8]) -> Option<Vec<(&str, Value<'_>)>> {
    let mut left = message;
    let mut fields = Vec::new();
    while !left.is_empty() {
        // Struct: map<string, Value> fields = 1; an entry has key = 1 and value = 2.
        let Record::Bytes(1, entry) = record(&mut left)? else { return None };
        let (mut key, mut value) = ("", Value::Other);
        let mut inside = entry;
        while !inside.is_empty() {
            match record(&mut inside)? {
                Record::Bytes(1, bytes) => key = core::str::from_utf8(bytes).ok()?,
                Record::Bytes(2, bytes) => value = read_value(bytes)?,
                _ => return None,
            }
        }
        fields.push((key, value));
    }
    Some(fields)
}

/// Value: number_value = 2, string_value = 3, bool_value = 4; null 1, struct 5 and list 6 are
/// never settings.
fn read_value(mut message: &[u8]) -> Option<Value<'_>> {
    let value = match record(&mut message)? {
        Record::Eight(2, bytes) => Value::Number(f64::from_le_bytes(bytes)),
        Record::Bytes(3, bytes) => Value::Text(core::str::from_utf8(bytes).ok()?),
        Record::Number(4, number) => Value::Boolean(number != 0),
        Record::Number(1, _) | Record::Bytes(5 | 6, _) => Value::Other,
        _ => return None,
    };
    message.is_empty().then_some(value)
}

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

impl<'a> IntoDeserializer<'a> for Value<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Boolean(value) => visitor.visit_bool(value),
            // The only numbers of the settings are counts; a Struct knows no integers.
            Self::Number(number) => match count(number) {
                Some(count) => visitor.visit_u64(count),
                None => visitor.visit_f64(number),
            },
            Self::Other => Err(serde::de::Error::invalid_type(
                Unexpected::Other("null, a list or a map"),
                &visitor,
            )),
        }
    }

    /// A word of an enum stands as text.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => {
                visitor.visit_enum(serde::de::value::BorrowedStrDeserializer::new(text))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
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
