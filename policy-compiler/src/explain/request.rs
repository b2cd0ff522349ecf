//! Requests as people and machines write them down.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy_table::PlainRequest;
use serde::Deserialize;

use crate::model::parse_time;

/// A request with everything that a decision may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestData {
    /// The method, as sent.
    pub method: Vec<u8>,
    /// The authority or `Host`.
    pub host: Vec<u8>,
    /// Path and query.
    pub path: Vec<u8>,
    /// All header fields in their order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The address of the connection's peer.
    pub address: Option<IpAddr>,
    /// The moment of the request in Unix seconds.
    pub time: i64,
}

/// Why a line is no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRequest(String);

impl RequestData {
    /// Reads `{"method", "host", "path", "headers": [[name, value], ...], "address", "time"}`.
    /// Texts that are not UTF-8 are written `{"base64": "..."}`; headers and address may be
    /// left out, and so may the time, which is `now` then.
    ///
    /// # Errors
    /// What is wrong with the line; what may be a key in it is not repeated.
    pub fn from_json(line: &str, now: i64) -> Result<Self, InvalidRequest> {
        let line: Line = serde_json::from_str(line).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => InvalidRequest::of_other_data(&error),
            _ => InvalidRequest(format!("not JSON: {error}")),
        })?;
        let headers = line
            .headers
            .into_iter()
            .map(|(name, value)| Ok((name.into_bytes()?, value.into_bytes()?)));
        let address = line.address.map(|text| parse_address(&text)).transpose()?;
        let time = line.time.map(|text| read_time(&text)).transpose()?;
        Ok(Self {
            method: line.method.into_bytes()?,
            host: line.host.into_bytes()?,
            path: line.path.into_bytes()?,
            headers: headers.collect::<Result<_, _>>()?,
            address,
            time: time.unwrap_or(now),
        })
    }

    /// Hands the request to `then` in the form that a decision takes.
    pub fn with_plain<T>(&self, then: impl FnOnce(&PlainRequest<'_>) -> T) -> T {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        then(&PlainRequest {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            headers: &headers,
            address: self.address,
            now: self.time,
        })
    }
}

/// An address as a request carries it.
///
/// # Errors
/// When the text is none.
pub(crate) fn parse_address(text: &str) -> Result<IpAddr, InvalidRequest> {
    text.parse().map_err(|_| InvalidRequest(format!("`{text}` is not an IP address")))
}

/// A moment in Unix seconds.
///
/// # Errors
/// When the text is no date and no RFC 3339 time.
pub(crate) fn read_time(text: &str) -> Result<i64, InvalidRequest> {
    parse_time(text).ok_or_else(|| {
        InvalidRequest(format!("`{text}` is not a time: write `2027-01-01T00:00:00Z`"))
    })
}

impl InvalidRequest {
    /// JSON that is no request.
    fn of_other_data(error: &serde_json::Error) -> Self {
        // Such a message repeats values, and any value may be a key: only the name of a field that is
        // missing is taken from it.
        let message = error.to_string();
        let missing =
            message.strip_prefix("missing field ").and_then(|rest| rest.split_once(" at "));
        let found = missing.map(|(field, _)| format!(", found no {field}")).unwrap_or_default();
        Self(format!(
            "not a request at column {}: expected `method`, `host`, `path`, `headers` as a list of name and value, `address`, `time`{found}",
            error.column()
        ))
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidRequest {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    method: Text,
    host: Text,
    path: Text,
    #[serde(default)]
    headers: Vec<(Text, Text)>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    time: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Encoded(Encoded),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    base64: String,
}

impl Text {
    fn into_bytes(self) -> Result<Vec<u8>, InvalidRequest> {
        match self {
            Self::Plain(text) => Ok(text.into_bytes()),
            Self::Encoded(Encoded { base64 }) => STANDARD
                .decode(base64)
                .map_err(|_| InvalidRequest("a `base64` text is not base64".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let line = r#"{"method":"GET","host":"a","path":"/","headers":[["x",{"base64":"/w=="}]],"address":"192.0.2.1","time":"1970-01-01T00:00:05Z"}"#;
        let request = RequestData::from_json(line, 7).unwrap();
        assert_eq!(request.headers, [(b"x".to_vec(), vec![0xff])]);
        assert_eq!(request.time, 5);
        let short = RequestData::from_json(r#"{"method":"GET","host":"a","path":"/"}"#, 7).unwrap();
        assert_eq!((short.time, short.address), (7, None));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = RequestData::from_json(r#"{"method":"GET"}"#, 0).unwrap_err().to_string();
        assert!(error.ends_with(", found no `host`"), "{error}");
    }

    #[test]
    fn no_lines() {
        let lines = [
            "",
            "{}",
            r#"{"method":"GET","host":"a","path":"/","headers":{"x-api-key":"NOT-A-REAL-KEY"}}"#,
            r#"{"method":"GET","host":"a","path":"/","key":"NOT-A-REAL-KEY"}"#,
            r#"{"method":"GET","host":"a","path":"/","time":"soon"}"#,
            r#"{"method":"GET","host":"a","path":"/","address":"here"}"#,
        ];
        for line in lines {
            let error = RequestData::from_json(line, 0).unwrap_err().to_string();
            assert!(!error.contains("NOT-A-REAL-KEY"), "{error}");
        }
    }
}
