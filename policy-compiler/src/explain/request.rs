//! Requests as people and machines write them down.

use std::fmt;
use std::net::IpAddr;

use policy_table::PlainRequest;

use super::line::{Line, Text};
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
        let line = Line::read(line).map_err(InvalidRequest)?;
        let headers = line
            .headers
            .into_iter()
            .map(|(name, value)| Ok((bytes("headers", name)?, bytes("headers", value)?)));
        let address = line.address.map(|text| text.parse().map_err(|_| InvalidRequest::address()));
        let time = line.time.map(|text| parse_time(&text).ok_or_else(InvalidRequest::time));
        Ok(Self {
            method: bytes("method", line.method)?,
            host: bytes("host", line.host)?,
            path: bytes("path", line.path)?,
            headers: headers.collect::<Result<_, _>>()?,
            address: address.transpose()?,
            time: time.transpose()?.unwrap_or(now),
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

impl InvalidRequest {
    fn address() -> Self {
        Self("field `address` is not an IP address".to_owned())
    }

    fn time() -> Self {
        Self("field `time` is not a time: write `2027-01-01T00:00:00Z`".to_owned())
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for InvalidRequest {}

/// The bytes of a text of a field.
fn bytes(field: &str, text: Text) -> Result<Vec<u8>, InvalidRequest> {
    let invalid = || InvalidRequest(format!("a `base64` text of field `{field}` is not base64"));
    text.into_bytes().ok_or_else(invalid)
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
    fn what_is_wrong_is_named_with_its_column() {
        let cases = [
            (r#"{"method":"GET"}"#, "not a request at column 16: field `host` is missing"),
            (r#"{"method":"GET","metod":1}"#, "column 23: unknown field `metod`, expected one of"),
            (r#"{"method":"GET","method":1}"#, "column 24: field `method` is given twice"),
            (r#"{"headers":{"a":"b"}}"#, "field `headers` is not a list of `[name, value]`"),
            (r#"{"headers":[["a",1]]}"#, "field `headers` is not a list"),
            (r#"{"path":{"base64":1}}"#, "field `path` is not a text"),
            (r#"{"method":{"base64":"!"},"host":"","path":""}"#, "of field `method` is not base64"),
            ("[]", "not a request: expected an object"),
            ("{,", "not JSON at column 2: key must be a string"),
        ];
        for (line, expected) in cases {
            let error = RequestData::from_json(line, 0).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
            assert!(!error.contains("at line"), "{line}: {error}");
        }
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let line = r#"{"method":"GET","host":"a","path":"/"#;
        let short = RequestData::from_json(&format!("{line}\"}}"), 7);
        let long = format!("{line}\",\"headers\":null,\"address\":null,\"time\":null}}");
        assert_eq!(RequestData::from_json(&long, 7), short);
    }

    #[test]
    fn no_lines() {
        let lines = [
            "",
            "{}",
            r#""NOT-A-REAL-KEY""#,
            r#"{"NOT-A-REAL-KEY-0001":1}"#,
            r#"{"method":"GET","host":"a","path":"/","headers":{"x-api-key":"NOT-A-REAL-KEY"}}"#,
            r#"{"method":"GET","host":"a","path":"/","key":"NOT-A-REAL-KEY"}"#,
            r#"{"method":"GET","host":"a","path":"/","time":"NOT-A-REAL-KEY"}"#,
            r#"{"method":"GET","host":"a","path":"/","address":"NOT-A-REAL-KEY"}"#,
        ];
        for line in lines {
            let error = RequestData::from_json(line, 0).unwrap_err().to_string();
            assert!(!error.contains("NOT-A-REAL-KEY"), "{error}");
        }
    }
}
