//! What holds for every request.

use super::address_list::AddressRule;
use super::credential::CredentialSource;
use super::forward::Forward;
use super::header::HeaderName;
use super::lists::Lists;
use super::rule::read_rule;
use crate::diagnostic::{Code, Diagnostic, Lint};
use crate::source::{Fields, Node, Reader, quote};
pub use policy_table::key_format::MAX_PREFIX_BYTES;
pub use policy_table::settings::MAX_TRUSTED_HOPS;

/// How keys of a policy begin when it does not say so.
pub(crate) const DEFAULT_PREFIX: &str = "pc_live";

/// Where a key stands when the policy does not say so.
pub(crate) const DEFAULT_HEADER: &str = "x-api-key";

/// The protection space when the policy does not name one.
pub(crate) const DEFAULT_REALM: &str = "api";

/// The gateway's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gateway {
    /// Where the client's address comes from.
    pub client_address: ClientAddress,
    /// Where a key may stand, in this order.
    pub credentials: Vec<CredentialSource>,
    /// What the upstream is told.
    pub forward: Forward,
    /// Whether the upstream never sees the key.
    pub strip_credential: bool,
    /// What happens to a path that no endpoint matches.
    pub unmatched: Unmatched,
    /// What happens to a CORS preflight.
    pub preflight: Preflight,
    /// The protection space named in challenges.
    pub realm: Realm,
    /// How keys in the product's own format begin.
    pub key_prefix: KeyPrefix,
    /// Who may come from where.
    pub rule: AddressRule,
}

/// Where the client's address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAddress {
    /// The peer of the connection.
    Connection,
    /// An entry of `X-Forwarded-For`.
    XForwardedFor {
        /// Which entry, counted from the right; 1 to [`MAX_TRUSTED_HOPS`].
        trusted_hops: u8,
    },
}

/// What happens to a path that no endpoint matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmatched {
    /// 404.
    Deny,
    /// The request goes on.
    Allow,
}

/// What happens to a CORS preflight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflight {
    /// It is decided as any other request.
    Authorize,
    /// It goes on without a credential.
    Allow,
}

/// A protection space (RFC 9110, section 11.5): printable ASCII without `"` and `\`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realm(String);

/// How keys begin, before the `_`: 1 to 18 of `a-z`, `0-9` and `_`, not ending in `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl Realm {
    /// The text of the realm.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl KeyPrefix {
    /// The text of the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeyPrefix {
    fn default() -> Self {
        Self(DEFAULT_PREFIX.to_owned())
    }
}

pub(crate) const FIELDS: [&str; 10] = [
    "allowed_ips",
    "blocked_ips",
    "client_address",
    "credentials",
    "forward",
    "key_prefix",
    "preflight",
    "realm",
    "strip_credential",
    "unmatched",
];

pub(crate) const ADDRESS_FIELDS: [&str; 2] = ["from", "trusted_hops"];

impl Gateway {
    /// Reads the field `gateway`; the prefix is known by then.
    pub(super) fn read(
        reader: &mut Reader,
        node: Option<&Node<'_>>,
        lists: &Lists,
        key_prefix: KeyPrefix,
    ) -> Self {
        let mut gateway = Self {
            client_address: ClientAddress::Connection,
            credentials: HeaderName::known(DEFAULT_HEADER)
                .map(CredentialSource::Header)
                .into_iter()
                .collect(),
            forward: Forward::default(),
            strip_credential: true,
            unmatched: Unmatched::Deny,
            preflight: Preflight::Authorize,
            realm: Realm(DEFAULT_REALM.to_owned()),
            key_prefix,
            rule: AddressRule::default(),
        };
        let Some(node) = node else {
            return gateway;
        };
        let Some(fields) = Fields::read(reader, node, "the gateway", &FIELDS) else {
            return gateway;
        };
        let with = |field, set: &mut dyn FnMut(&Node<'_>)| {
            if let Some(node) = fields.get(field) {
                set(node);
            }
        };
        with("client_address", &mut |node| {
            replace(&mut gateway.client_address, ClientAddress::read(reader, node));
        });
        let mut known = true;
        with("credentials", &mut |node| {
            let read = CredentialSource::read_all(reader, node);
            known = read.is_some();
            replace(&mut gateway.credentials, read);
        });
        with("forward", &mut |node| {
            // Of credentials that could not be read nothing is said a second time.
            let credentials = if known { gateway.credentials.as_slice() } else { &[] };
            gateway.forward = Forward::read(reader, node, credentials);
        });
        with("strip_credential", &mut |node| {
            replace(&mut gateway.strip_credential, reader.boolean(node));
        });
        with("unmatched", &mut |node| {
            replace(&mut gateway.unmatched, reader.choice(node, &Unmatched::CHOICES));
        });
        with("preflight", &mut |node| {
            replace(&mut gateway.preflight, reader.choice(node, &Preflight::CHOICES));
        });
        with("realm", &mut |node| replace(&mut gateway.realm, Realm::read(reader, node)));
        gateway.rule = read_rule(reader, &fields, lists);
        gateway
    }
}

impl Unmatched {
    /// How the document writes it.
    pub(crate) const CHOICES: [(&'static str, Self); 2] =
        [("deny", Self::Deny), ("allow", Self::Allow)];
}

impl Preflight {
    /// How the document writes it.
    pub(crate) const CHOICES: [(&'static str, Self); 2] =
        [("authorize", Self::Authorize), ("allow", Self::Allow)];
}

impl ClientAddress {
    /// How the document writes where it comes from, and whether that is the header.
    pub(crate) const SOURCES: [(&'static str, bool); 2] =
        [("connection", false), ("x-forwarded-for", true)];

    fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let fields = Fields::read(reader, node, "`client_address`", &ADDRESS_FIELDS)?;
        let help = "write `{ from: connection }` or `{ from: x-forwarded-for, trusted_hops: 1 }`";
        let from = fields.require(reader, node, "from", help)?;
        let forwarded = reader.choice(from, &Self::SOURCES)?;
        let hops = fields.get("trusted_hops");
        match (forwarded, hops) {
            (false, None) => Some(Self::Connection),
            (false, Some(hops)) => {
                let place = reader.place(hops);
                reader.report(
                    Diagnostic::error(
                        Code::InvalidValue,
                        place,
                        "`trusted_hops` says nothing about the address of the connection",
                    )
                    .help("remove it, or write `from: x-forwarded-for`"),
                );
                None
            }
            (true, _) => {
                let help = "say how many proxies of yours add to the header: `trusted_hops: 1`";
                let hops = fields.require(reader, node, "trusted_hops", help)?;
                if hops.scalar_text() == Some("0") {
                    report_zero_hops(reader, hops);
                    return None;
                }
                let hops = reader.number(hops, 1..=u64::from(MAX_TRUSTED_HOPS))?;
                let trusted_hops = u8::try_from(hops).ok()?;
                Some(Self::XForwardedFor { trusted_hops })
            }
        }
    }
}

impl Realm {
    fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let text = reader.text_or_number(node, "the name of a protection space")?;
        let holds = !text.is_empty()
            && text
                .bytes()
                .all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && !b"\"\\".contains(&byte));
        if !holds {
            let place = reader.place(node);
            reader.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    place,
                    format!("{} cannot be a realm", quote(text)),
                )
                .found(text)
                .help("use printable ASCII without `\"` and `\\`"),
            );
        }
        holds.then(|| Self(text.to_owned()))
    }
}

impl KeyPrefix {
    /// Reads `gateway.key_prefix` before anything else: messages mask what begins with it.
    pub(super) fn read(reader: &mut Reader, gateway: Option<&Node<'_>>) -> Self {
        let read = gateway
            .and_then(|gateway| gateway.entry("key_prefix"))
            .and_then(|node| Self::read_value(reader, node));
        read.unwrap_or_default()
    }

    fn read_value(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let text = reader.text(node, "the prefix of keys")?;
        let holds = (1..=MAX_PREFIX_BYTES).contains(&text.len())
            && !text.ends_with('_')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !holds {
            let place = reader.place(node);
            reader.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    place,
                    format!("{} cannot be the prefix of keys", quote(text)),
                )
                .found(text)
                .help(format!(
                    "use 1 to {MAX_PREFIX_BYTES} of `a-z`, `0-9` and `_`, not ending in `_`"
                )),
            );
        }
        holds.then(|| Self(text.to_owned()))
    }
}

/// No proxy of ours wrote any of the header: callers would choose their address.
fn report_zero_hops(reader: &mut Reader, node: &Node<'_>) {
    let place = reader.place(node);
    let message = "`x-forwarded-for` is trusted with zero hops, so callers could name any address";
    reader.report(
        Diagnostic::error(Code::Lint(Lint::ZeroHops), place, message)
            .found("0")
            .help("count the proxies of yours in front, 1 at least, or write `from: connection`"),
    );
}

fn replace<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
