//! The places in which credentials stand: authorization, cookie and query.

use crate::path::hexadecimal;

/// A header value without the blanks and tabs around it (RFC 9110, section 5.5).
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// What follows a scheme, given in lower case; `None` for another one.
pub(super) fn after_scheme<'r>(authorization: &'r [u8], scheme: &[u8]) -> Option<&'r [u8]> {
    let (found, rest) = trim(authorization).split_at_checked(scheme.len())?;
    let separated = rest.first().is_none_or(|byte| *byte == b' ' || *byte == b'\t');
    (separated && found.eq_ignore_ascii_case(scheme)).then(|| trim(rest))
}

/// Names and values of a `Cookie` header (RFC 6265, section 4.2.1). Values are taken as they
/// stand, quotes included, since servers disagree about those.
pub(super) fn cookie_pairs(cookie: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    cookie.split(|byte| *byte == b';').map(|pair| (cookie_name(pair), trim(split_at(pair, b'=').1)))
}

/// The name in one of these pairs.
#[must_use]
pub fn cookie_name(pair: &[u8]) -> &[u8] {
    trim(split_at(pair, b'=').0)
}

/// Names and values of a query, as they stand, not decoded.
pub fn query_parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|byte| *byte == b'&').map(|pair| split_at(pair, b'='))
}

fn split_at(pair: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let end = pair.iter().position(|byte| *byte == separator);
    match end.and_then(|end| pair.split_at_checked(end)) {
        Some((name, value)) => (name, value.get(1..).unwrap_or_default()),
        None => (pair, &[]),
    }
}

/// The bytes of a query part, each escape decoded once; a broken escape stays as it stands.
pub(crate) fn percent_decoded(part: &[u8]) -> impl Iterator<Item = u8> {
    let mut left = part;
    core::iter::from_fn(move || {
        let (first, rest) = left.split_first()?;
        if *first == b'%'
            && let Some((&[high, low], after)) = rest.split_first_chunk::<2>()
            && let Some(byte) =
                hexadecimal(high).zip(hexadecimal(low)).map(|(high, low)| high << 4 | low)
        {
            left = after;
            return Some(byte);
        }
        left = rest;
        Some(*first)
    })
}
