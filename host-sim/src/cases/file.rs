//! The form of a case file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::bytes::Bytes;
use super::values::{Address, Body, Property, Time};
use super::{Case, Expectation, ExpectedCallout};
use crate::given::given;
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
    /// The calls to other services that are expected of the module, and what is answered. Calls to
    /// one service are answered in this order. Without it, calls are neither answered nor looked at.
    #[serde(default, deserialize_with = "given")]
    callouts: Option<Vec<ExpectedCallout>>,
    /// What is expected. Without it the case only prints, and fails where the module traps.
    #[serde(default, deserialize_with = "something")]
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
    /// The body, or a list of pieces that reach the module one by one.
    #[serde(default)]
    body: Body,
    /// Trailers, each a name and a value.
    #[serde(default)]
    trailers: Vec<(Bytes, Bytes)>,
    /// Whether the request ends; true unless given. Without its end the upstream does not answer.
    ends: Option<bool>,
    /// The client's address and port: `127.0.0.1:40000` unless given.
    source_address: Option<Address>,
    /// What the module's clock shows; the wall clock unless given.
    time: Option<Time>,
    /// Properties by path, such as `xds.route_name`, also those that would otherwise follow from
    /// the request.
    #[serde(default)]
    properties: BTreeMap<String, Property>,
}

/// A response.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseEntry {
    /// 200 unless given.
    status: Option<u16>,
    /// Further headers, each a name and a value.
    #[serde(default)]
    headers: Vec<(Bytes, Bytes)>,
    /// The body, or a list of pieces that reach the module one by one.
    #[serde(default)]
    body: Body,
    /// Trailers, each a name and a value.
    #[serde(default)]
    trailers: Vec<(Bytes, Bytes)>,
    /// Whether the response ends; true unless given.
    ends: Option<bool>,
}

/// An expectation that holds whatever happens would look like one that was checked.
fn something<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Expectation>, D::Error> {
    let expectation: Option<Expectation> = Option::deserialize(deserializer)?;
    if expectation.as_ref().is_none_or(|expectation| *expectation == Expectation::default()) {
        return Err(D::Error::custom(
            "nothing is expected here: give it a field, such as `status: 200`, or leave `expect` out",
        ));
    }
    Ok(expectation)
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
        Case { name: self.name, request, time, callouts: self.callouts, expectation: self.expect }
    }
}

impl RequestEntry {
    fn into_request(self) -> Request {
        let method = self.method.as_deref().unwrap_or("GET");
        let path = self.path.unwrap_or_else(|| Bytes(b"/".to_vec()));
        let mut request = match self.body {
            Body::Whole(body) => Request::new(method, path.0).body(body.0),
            Body::Pieces(pieces) => pieces
                .iter()
                .fold(Request::new(method, path.0), |request, piece| request.chunk(&piece.0)),
        };
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
        for (name, value) in self.trailers {
            request = request.trailer(name.0, value.0);
        }
        if self.ends == Some(false) {
            request = request.unfinished();
        }
        for (path, Property(value)) in self.properties {
            request = request.property(path.as_str(), value);
        }
        request
    }
}

impl ResponseEntry {
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(self.status.unwrap_or(200));
        for (name, value) in self.headers {
            response = response.header(name.0, value.0);
        }
        response = match self.body {
            Body::Whole(body) => response.body(body.0),
            Body::Pieces(pieces) => {
                pieces.iter().fold(response, |response, piece| response.chunk(&piece.0))
            }
        };
        for (name, value) in self.trailers {
            response = response.trailer(name.0, value.0);
        }
        if self.ends == Some(false) { response.unfinished() } else { response }
    }
}
