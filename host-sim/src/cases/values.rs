//! Values in case files that have a form of their own.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;
use crate::properties::PropertyValue;

/// An address with its port.
pub(super) struct Address(pub(super) SocketAddr);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is not an address and a port: expected one like `192.0.2.1:1234` or \
                 `[2001:db8::1]:1234`"
            ))
        })
    }
}

/// A time in UTC, as RFC 3339 writes it.
pub(super) struct Time(pub(super) SystemTime);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_rfc3339(&text).map(Self).map_err(|error| {
            // What is out of range has the form of a time: digits that compare as text.
            let early = error == humantime::TimestampError::OutOfRange && *text < *"1970";
            let why =
                if early { "before 1970, where a module's clock begins" } else { "not a time" };
            D::Error::custom(format!("`{text}` is {why}: expected one like `2026-01-01T00:00:00Z`"))
        })
    }
}

/// A property: text, bytes, a number, true or false, or null for one that is not found.
pub(super) struct Property(pub(super) PropertyValue);

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropertyVisitor).map(Self)
    }
}

struct PropertyVisitor;

impl<'de> Visitor<'de> for PropertyVisitor {
    type Value = PropertyValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number, true, false, null, `{ hex: … }` or `{ base64: … }`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PropertyValue, E> {
        Ok(text.into())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<PropertyValue, E> {
        Ok(truth.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<PropertyValue, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<PropertyValue, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<PropertyValue, E> {
        Ok(number.into())
    }

    fn visit_unit<E: Error>(self) -> Result<PropertyValue, E> {
        Ok(PropertyValue::Absent)
    }

    fn visit_none<E: Error>(self) -> Result<PropertyValue, E> {
        Ok(PropertyValue::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PropertyValue, A::Error> {
        Bytes::deserialize(MapAccessDeserializer::new(map)).map(|bytes| bytes.0.into())
    }
}

/// A length of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delay(pub(super) Duration);

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is not a length of time: expected one like `20ms` or `1s`"
            ))
        })
    }
}

/// A body: in one piece, or a list of pieces that come one by one.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Whole(Bytes),
    Pieces(Vec<Bytes>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Bytes::default())
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "text (in quotes when it looks like a number, or like yes or no), `{ hex: … }`, `{ base64: … }` or a \
             list of pieces",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Body, E> {
        Ok(Body::Whole(Bytes::from(text.as_bytes())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Body, A::Error> {
        Bytes::deserialize(MapAccessDeserializer::new(map)).map(Body::Whole)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, pieces: A) -> Result<Body, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(pieces)).map(Body::Pieces)
    }
}

/// What a callback returns of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action(pub(super) u32);

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => formatter.write_str("continue"),
            1 => formatter.write_str("pause"),
            number => number.fmt(formatter),
        }
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ActionVisitor).map(Self)
    }
}

struct ActionVisitor;

impl Visitor<'_> for ActionVisitor {
    type Value = u32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`continue`, `pause` or the number of an action")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u32, E> {
        match text {
            "continue" => Ok(0),
            "pause" => Ok(1),
            other => Err(E::custom(format!(
                "`{other}` is not an action: expected `continue`, `pause` or its number"
            ))),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        u32::try_from(number)
            .map_err(|_| E::custom(format!("`{number}` is not an action: it has 32 bits")))
    }
}

/// What comes back of a call, or in a word that nothing does.
#[derive(Clone, Debug)]
pub(super) enum Reply<Answer> {
    Given(Answer),
    /// The connection breaks.
    Fails,
    /// There is no connection.
    Unreachable,
    Never,
}

impl<'de, Answer: Deserialize<'de>> Deserialize<'de> for Reply<Answer> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReplyVisitor(std::marker::PhantomData))
    }
}

struct ReplyVisitor<Answer>(std::marker::PhantomData<Answer>);

impl<'de, Answer: Deserialize<'de>> Visitor<'de> for ReplyVisitor<Answer> {
    type Value = Reply<Answer>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "an answer such as `{ status: … }`, or `unreachable`, or `fails`, or `never`",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Reply<Answer>, E> {
        match text {
            "fails" => Ok(Reply::Fails),
            "unreachable" => Ok(Reply::Unreachable),
            "never" => Ok(Reply::Never),
            other => Err(E::custom(format!(
                "`{other}` is not an answer: expected one such as `{{ status: … }}`, or `unreachable`, or `fails`, or `never`"
            ))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reply<Answer>, A::Error> {
        Answer::deserialize(MapAccessDeserializer::new(map)).map(Reply::Given)
    }
}
