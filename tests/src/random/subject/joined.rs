//! What becomes of several lines of a header.

use crate::request::Request;

/// Headers of which Envoy, and host-sim as Envoy does, keeps one line, with a comma between the values of several; of all
/// such, those that a decision looks into.
const JOINED: &[&str] = &["authorization", "x-forwarded-for"];

/// The header lines of a request as the filter sees them; `cleaned` is what is left of each value.
pub(super) fn joined(
    request: &Request,
    cleaned: impl Fn(&[u8]) -> &[u8],
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut headers = request.headers.clone();
    for name in JOINED {
        let values = request.header(name).map(&cleaned);
        let values: Vec<&[u8]> = values.filter(|value| !value.is_empty()).collect();
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_bytes()));
        if !values.is_empty() {
            headers.push((name.as_bytes().to_vec(), values.join(b",".as_slice())));
        }
    }
    headers
}
