//! Credentials: where they may stand, and the one that counts.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use policy_compiler::model::{CredentialSource, Gateway};
use policy_table::Reason;

use super::Check;
use crate::request::Request;

/// The longest credential, in bytes.
const LONGEST: usize = 1024;

/// The longest user name and password together, in base64; of what is longer this much says whose it is.
const LONGEST_TOKEN: usize = 2728;

/// What one place of a request holds.
#[derive(Clone, PartialEq, Eq)]
enum Credential {
    Plain(Vec<u8>),
    /// Something that was meant to be a credential and cannot be read.
    Unreadable,
}

impl Credential {
    fn is_empty(&self) -> bool {
        *self == Self::Plain(Vec::new())
    }
}

/// The one credential of a request, from all sources together.
pub(super) fn single(gateway: &Gateway, request: &Request) -> Check<Vec<u8>> {
    let mut all: Vec<Credential> = Vec::new();
    for source in &gateway.credentials {
        let found = from(source, request)?;
        if found.len() > 1 {
            return Err(Reason::CredentialAmbiguous);
        }
        all.extend(found);
    }
    let Some(first) = all.first() else { return Err(Reason::CredentialMissing) };
    if all.iter().any(|other| other != first) {
        return Err(Reason::CredentialAmbiguous);
    }
    match first {
        Credential::Plain(bytes) => Ok(bytes.clone()),
        Credential::Unreadable => Err(Reason::CredentialMalformed),
    }
}

/// The bytes without blanks and tabs at either end.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The byte that two hexadecimal digits stand for.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Everything that one source holds; what is empty counts as none.
fn from(source: &CredentialSource, request: &Request) -> Check<Vec<Credential>> {
    let found = match source {
        CredentialSource::Header(name) => request
            .header(name.as_str())
            .map(|value| Credential::Plain(trim(value).to_vec()))
            .collect(),
        CredentialSource::Bearer => {
            authorization(request, "bearer", |token| Some(Credential::Plain(token.to_vec())))?
        }
        CredentialSource::Basic(user) => {
            authorization(request, "basic", |token| basic(token, user))?
        }
        CredentialSource::Query(name) => query(&request.path, name),
        CredentialSource::Cookie(name) => cookies(request, name),
    };
    let given = found.into_iter().filter(|credential| !credential.is_empty());
    Ok(given.map(readable).collect())
}

/// What is too long is not read at all.
fn readable(credential: Credential) -> Credential {
    match credential {
        Credential::Plain(bytes) if bytes.len() > LONGEST => Credential::Unreadable,
        credential => credential,
    }
}

/// What the lines of `Authorization` hold of a scheme. Of several lines, which a proxy may have joined
/// with a comma (RFC 9110, section 5.3), nobody can say which one counts.
fn authorization(
    request: &Request,
    scheme: &str,
    read: impl Fn(&[u8]) -> Option<Credential>,
) -> Check<Vec<Credential>> {
    let values = request.header("authorization").map(trim).filter(|value| !value.is_empty());
    let lines: Vec<&[u8]> = values.flat_map(|value| value.split(|byte| *byte == b',')).collect();
    let mut found = Vec::new();
    for line in lines.iter().copied().map(trim) {
        let Some((word, rest)) = line.split_at_checked(scheme.len()) else { continue };
        let ends = rest.is_empty() || rest.starts_with(b" ") || rest.starts_with(b"\t");
        if ends && word.eq_ignore_ascii_case(scheme.as_bytes()) {
            found.extend(read(trim(rest)).filter(|credential| !credential.is_empty()));
        }
    }
    match found.is_empty() || lines.len() == 1 {
        true => Ok(found),
        false => Err(Reason::CredentialAmbiguous),
    }
}

/// The password of this user (RFC 7617); none of another user.
fn basic(token: &[u8], user: &str) -> Option<Credential> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    if token.is_empty() {
        return None;
    }
    let is_long = token.len() > LONGEST_TOKEN;
    let head: Vec<u8> = token.iter().copied().take(LONGEST_TOKEN).collect();
    let Ok(decoded) = GeneralPurpose::new(&STANDARD, config).decode(head) else {
        return Some(Credential::Unreadable);
    };
    let Some(colon) = decoded.iter().position(|byte| *byte == b':') else {
        return Some(Credential::Unreadable);
    };
    let (name, password) = decoded.split_at(colon);
    let password = password.iter().copied().skip(1).collect::<Vec<u8>>();
    if name != user.as_bytes() {
        None
    } else if is_long {
        Some(Credential::Unreadable)
    } else {
        Some(Credential::Plain(password))
    }
}

fn query(target: &[u8], name: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    let Some((_, query)) = split_once(target, b'?') else { return found };
    for parameter in query.split(|byte| *byte == b'&') {
        let (known, value) = split_at_equals(parameter);
        if percent_decoded(known) == name.as_bytes() {
            found.push(Credential::Plain(percent_decoded(value)));
        }
    }
    found
}

fn cookies(request: &Request, name: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    for header in request.header("cookie") {
        for pair in header.split(|byte| *byte == b';') {
            let (known, value) = split_at_equals(pair);
            if trim(known) == name.as_bytes() {
                found.push(Credential::Plain(trim(value).to_vec()));
            }
        }
    }
    found
}

fn split_at_equals(text: &[u8]) -> (&[u8], &[u8]) {
    split_once(text, b'=').unwrap_or((text, &[]))
}

/// What stands before the first such byte, and what after it.
fn split_once(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |other| *other == byte);
    Some((parts.next()?, parts.next()?))
}

/// Escapes decoded once; a broken one stays as it stands.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        match after {
            [high, low, further @ ..] if *byte == b'%' && hex_pair(*high, *low).is_some() => {
                decoded.extend(hex_pair(*high, *low));
                rest = further;
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}
