//! The form of a case file.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;
use super::{Case, Expectation};
use crate::properties::PropertyValue;
use crate::request::{Request, Response};

/// Requests to run through a proxy-wasm module, and what is expected of each.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFile {
    /// They are run in this order, in one VM.
    cases: Vec<CaseEntry>,
}

/// One request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaseEntry {
    /// What the case is called.
    name: String,
    /// The request.
    #[serde(default)]
    request: RequestEntry,
    /// What the upstream answers: an empty 200 unless given.
    #[serde(default)]
    response: ResponseEntry,
    /// What is expected. Without it the case only prints.
    expect: Option<Expectation>,
}

/// A request as it reaches the module.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestEntry {
    /// `GET` unless given.
    method: Option<String>,
    /// Path and query: `/` unless given.
    path: Option<Bytes>,
    /// The host that is asked: `localhost` unless given.
    authority: Option<Bytes>,
    /// `http` unless given.
    scheme: Option<String>,
    /// Further headers, each a name and a value. A name may stand more than once.
    #[serde(default)]
    headers: Vec<(Bytes, Bytes)>,
    /// The body.
    #[serde(default)]
    body: Bytes,
    /// The client's address and port: `127.0.0.1:40000` unless given.
    source_address: Option<Address>,
    /// What the module's clock shows; the wall clock unless given.
    time: Option<Time>,
    /// Properties by path, such as `xds.route_name`, also those that would otherwise follow from
    /// the request.
    #[serde(default)]
    properties: BTreeMap<String, Property>,
}

/// What the upstream answers.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResponseEntry {
    /// 200 unless given.
    status: Option<u16>,
    /// Further headers, each a name and a value.
    #[serde(default)]
    headers: Vec<(Bytes, Bytes)>,
    /// The body.
    #[serde(default)]
    body: Bytes,
}

impl CaseFile {
    pub(super) fn into_cases(self) -> Vec<Case> {
        self.cases.into_iter().map(CaseEntry::into_case).collect()
    }
}

impl CaseEntry {
    fn into_case(self) -> Case {
        let time = self.request.time.as_ref().map(|Time(time)| *time);
        let request = self.request.into_request().answered_by(self.response.into_response());
        Case { name: self.name, request, time, expectation: self.expect }
    }
}

impl RequestEntry {
    fn into_request(self) -> Request {
        let method = self.method.as_deref().unwrap_or("GET");
        let path = self.path.unwrap_or_else(|| Bytes(b"/".to_vec()));
        let mut request = Request::new(method, path.0).body(self.body.0);
        if let Some(authority) = self.authority {
            request = request.authority(authority.0);
        }
        if let Some(scheme) = self.scheme {
            request = request.scheme(scheme);
        }
        if let Some(Address(address)) = self.source_address {
            request = request.source_address(address);
        }
        for (name, value) in self.headers {
            request = request.header(name.0, value.0);
        }
        for (path, Property(value)) in self.properties {
            request = request.property(path.as_str(), value);
        }
        request
    }
}

impl ResponseEntry {
    fn into_response(self) -> Response {
        let response = Response::new(self.status.unwrap_or(200)).body(self.body.0);
        self.headers
            .into_iter()
            .fold(response, |response, (name, value)| response.header(name.0, value.0))
    }
}

/// An address with its port.
pub(super) struct Address(SocketAddr);

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

/// A time as RFC 3339 writes it.
pub(super) struct Time(SystemTime);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_rfc3339(&text).map(Self).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is not a time: expected one like `2026-01-01T00:00:00Z`"
            ))
        })
    }
}

/// A property: text, bytes, a number, true or false, or null for one that is not found.
pub(super) struct Property(PropertyValue);

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

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<PropertyValue, A::Error> {
        let deserializer = serde::de::value::MapAccessDeserializer::new(map);
        Bytes::deserialize(deserializer).map(|bytes| bytes.0.into())
    }
}
