//! API keys as the document gives them.

use std::sync::Arc;

use super::address_list::AddressRule;
use super::context::Context;
use super::digest::{Digest, HASH_HELP};
use super::grant::{CollectionIndex, Grant};
use super::name::Name;
use super::rule::read_rule;
use super::window::Window;
use crate::diagnostic::secret::is_name_of_a_key;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Origin, Place, Reader, Value, unknown_field};

/// One key of a client; only its digest is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// Its name, unique within the client.
    pub name: Name,
    /// Its SHA-256.
    pub digest: Digest,
    /// Whether it is switched on.
    pub active: bool,
    /// From where it may be used; shared by all keys that say the same.
    pub rule: Arc<AddressRule>,
    /// What it may be used for, when that is less than its client's grant.
    pub grant: Option<Arc<[CollectionIndex]>>,
    /// When it is valid.
    pub window: Window,
    /// Where its digest stands.
    pub place: Origin,
}

const FIELDS: [&str; 7] =
    ["active", "allowed_ips", "blocked_ips", "collections", "expires", "not_before", "sha256"];

impl Key {
    /// Reads one entry of `keys`. Nothing that may be a key in clear text is repeated.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        name_node: &Node<'_>,
        node: &Node<'_>,
        grant: &Grant,
    ) -> Option<Self> {
        let guarded = std::mem::replace(&mut reader.guarded, true);
        let key = Self::read_guarded(reader, context, name_node, node, grant);
        reader.guarded = guarded;
        key
    }

    fn read_guarded(
        reader: &mut Reader,
        context: &Context,
        name_node: &Node<'_>,
        node: &Node<'_>,
        grant: &Grant,
    ) -> Option<Self> {
        let name = Name::read(reader, name_node, "key");
        if let Value::Scalar(_) = node.value {
            return clear_text_instead_of_key(reader, node);
        }
        let mut refused = false;
        let fields = Fields::read_or(reader, node, "a key", &FIELDS, |reader, name, value| {
            reader.hide(value);
            let field = name.scalar_text().unwrap_or_default().to_ascii_lowercase();
            if is_name_of_a_key(&field) {
                refused = true;
                let place = reader.place(value);
                reader.report(
                    Diagnostic::error(
                        Code::ClearTextKey,
                        place,
                        format!("field `{field}` holds a key in clear text"),
                    )
                    .help(HASH_HELP),
                );
            } else {
                unknown_field(reader, name, "a key", &FIELDS);
            }
        })?;
        let digest = read_digest(reader, context, node, &fields, refused);
        let active = fields.get("active").and_then(|node| reader.boolean(node));
        let rule = read_rule(reader, &fields, &context.lists);
        let grant = fields.get("collections").and_then(|node| grant.narrow(reader, context, node));
        let mut time = |field| {
            let node = fields.get(field)?;
            let text = reader.text_or_number(node, "a time")?;
            Some((reader.place(node), text))
        };
        let (not_before, expires) = (time("not_before"), time("expires"));
        let window = Window::read(reader, not_before, expires);
        let (digest, place) = digest?;
        Some(Self {
            name: name?,
            digest,
            active: active.unwrap_or(true),
            rule: context.share_rule(rule),
            grant,
            window: window?,
            place: Origin(place),
        })
    }
}

fn read_digest(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
    fields: &Fields<'_, '_>,
    refused: bool,
) -> Option<(Digest, Place)> {
    // A key in clear text was reported; that the digest is missing follows from it.
    let value = match fields.get("sha256") {
        None if refused => None,
        _ => fields.require(
            reader,
            node,
            "sha256",
            "write the SHA-256 of the key: `printf %s \"$KEY\" | sha256sum`",
        ),
    }?;
    let text = reader.text_or_number(value, "the SHA-256 of a key")?;
    let place = reader.place(value);
    let digest = Digest::read(reader, context, place, text)?;
    Some((digest, place))
}

/// `production: <text>`: most likely the key itself.
fn clear_text_instead_of_key(reader: &mut Reader, node: &Node<'_>) -> Option<Key> {
    reader.hide(node);
    let place = reader.place(node);
    let found = node.description();
    reader.report(
        Diagnostic::error(
            Code::ClearTextKey,
            place,
            format!("expected the fields of a key, found {found} that may be the key itself"),
        )
        .help(format!("write `{{ sha256: ... }}`; {HASH_HELP}")),
    );
    None
}
