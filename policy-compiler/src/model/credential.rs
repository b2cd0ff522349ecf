//! Where a credential may stand in a request.

use policy_table::settings::MAX_USER_BYTES;

pub use policy_table::settings::MAX_CREDENTIAL_SOURCES;

use super::header::HeaderName;
use super::method::is_token;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, quote};

pub(crate) const KINDS: [&str; 5] = ["header", "bearer", "basic", "query", "cookie"];
const HELP: &str = "write `{ header: x-api-key }`, `{ bearer: true }`, `{ basic: user }`, `{ query: api_key }` or `{ cookie: api_key }`";

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// The value of a header.
    Header(HeaderName),
    /// `Authorization: Bearer <key>` (RFC 6750, section 2.1).
    Bearer,
    /// `Authorization: Basic` (RFC 7617) with this user name, the key as password.
    Basic(String),
    /// The value of a query parameter.
    Query(String),
    /// The value of a cookie.
    Cookie(String),
}

impl CredentialSource {
    /// Reads the field `credentials`: at least one source, none twice. People put a key here instead of
    /// the name of its place, so what may be one is not repeated.
    pub(super) fn read_all(reader: &mut Reader, node: &Node<'_>) -> Option<Vec<Self>> {
        let guarded = std::mem::replace(&mut reader.guarded, true);
        let sources = Self::read_guarded(reader, node);
        reader.guarded = guarded;
        sources
    }

    fn read_guarded(reader: &mut Reader, node: &Node<'_>) -> Option<Vec<Self>> {
        let entries = reader.sequence(node, "a list of credential sources")?;
        let place = reader.place(node);
        if entries.is_empty() {
            reader.report(
                Diagnostic::error(
                    Code::EmptyList,
                    place,
                    "`credentials` is empty, so no key could ever be sent",
                )
                .help("leave it out for `[ { header: x-api-key } ]`, or name a source"),
            );
        }
        let mut sources: Vec<(Self, &Node<'_>)> = Vec::new();
        // Those beyond the most are counted, and not compared with each other.
        let mut beyond = 0_usize;
        for entry in entries {
            let Some(source) = Self::read(reader, entry) else {
                continue;
            };
            match sources.iter().find(|(other, _)| *other == source) {
                Some((_, first)) => {
                    let (here, first) = (reader.place(entry), reader.place(first));
                    reader.report(
                        Diagnostic::error(
                            Code::DuplicateCredential,
                            here,
                            "this credential source is given twice",
                        )
                        .help("remove one of the two")
                        .related(first, "it was first given here"),
                    );
                }
                None if sources.len() >= MAX_CREDENTIAL_SOURCES => {
                    beyond = beyond.saturating_add(1)
                }
                None => sources.push((source, entry)),
            }
        }
        if beyond > 0 {
            let count = sources.len().saturating_add(beyond);
            let message = format!(
                "there are {count} credential sources, at most {MAX_CREDENTIAL_SOURCES} are looked at"
            );
            reader.report(
                Diagnostic::error(Code::TooMany, place, message)
                    .help("keep those that clients really use"),
            );
        }
        Some(sources.into_iter().map(|(source, _)| source).collect())
    }

    fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let fields = Fields::read(reader, node, "a credential source", &KINDS)?;
        // Each of several, too: whatever of it may be a key is hidden with what is wrong with it.
        let mut given: Vec<Option<Self>> = KINDS
            .iter()
            .filter_map(|kind| Some(Self::read_kind(reader, kind, fields.get(kind)?)))
            .collect();
        // A field with another name was reported already.
        if given.len() > 1 || node.is_empty_mapping() {
            let place = reader.place(node);
            let message = "a credential source is exactly one place";
            reader.report(Diagnostic::error(Code::InvalidValue, place, message).help(HELP));
            return None;
        }
        given.pop().flatten()
    }

    fn read_kind(reader: &mut Reader, kind: &str, node: &Node<'_>) -> Option<Self> {
        match kind {
            "header" => HeaderName::read(reader, node, true).map(Self::Header),
            "bearer" => bearer(reader, node),
            "basic" => user_name(reader, node).map(Self::Basic),
            "query" => parameter(reader, node).map(Self::Query),
            _ => cookie(reader, node).map(Self::Cookie),
        }
    }
}

fn bearer(reader: &mut Reader, node: &Node<'_>) -> Option<CredentialSource> {
    if reader.boolean(node)? {
        return Some(CredentialSource::Bearer);
    }
    let place = reader.place(node);
    reader.report(
        Diagnostic::error(Code::InvalidValue, place, "`bearer: false` names no place")
            .found("false")
            .help("remove the entry, or write `bearer: true`"),
    );
    None
}

/// A user name of RFC 7617, section 2: no colon, no control characters.
fn user_name(reader: &mut Reader, node: &Node<'_>) -> Option<String> {
    let text = reader.text_or_number(node, "a user name")?;
    let holds = (1..=MAX_USER_BYTES).contains(&text.len())
        && !text.contains(|c: char| c == ':' || c.is_control());
    checked(
        reader,
        node,
        text,
        holds,
        "a user name",
        "use a name of 255 bytes at most, without `:` and control characters",
    )
}

fn parameter(reader: &mut Reader, node: &Node<'_>) -> Option<String> {
    let text = reader.text(node, "the name of a query parameter")?;
    let holds = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"&=#%+?\"<>".contains(&byte));
    checked(
        reader,
        node,
        text,
        holds,
        "the name of a query parameter",
        "use a plain name such as `api_key`",
    )
}

/// A cookie name is a token (RFC 6265, section 4.1.1).
fn cookie(reader: &mut Reader, node: &Node<'_>) -> Option<String> {
    let text = reader.text(node, "the name of a cookie")?;
    let holds = is_token(text);
    checked(reader, node, text, holds, "the name of a cookie", "use a plain name such as `api_key`")
}

fn checked(
    reader: &mut Reader,
    node: &Node<'_>,
    text: &str,
    holds: bool,
    what: &str,
    help: &str,
) -> Option<String> {
    if !holds {
        let place = reader.place(node);
        let shown = reader.show(place, text);
        let message = format!("{} cannot be {what}", quote(&shown));
        reader.report(Diagnostic::error(Code::InvalidName, place, message).found(shown).help(help));
    }
    holds.then(|| text.to_owned())
}
