//! API keys as the document gives them.

use std::sync::Arc;

use super::address_list::AddressRule;
use super::clear_text::{refuse_field, refuse_values};
use super::context::Context;
use super::digest::Digest;
use super::grant::{CollectionIndex, Grant, own_grant};
use super::legacy::AccessProfile;
use super::name::Name;
use super::rule::read_rule;
use super::window::Window;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, Value, unknown_field};
use crate::text::Origin;

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
    /// What it may be used for instead of its client's grant: a part of that for a key, any
    /// collections for a legacy access profile.
    pub grant: Option<Arc<[CollectionIndex]>>,
    /// When it is valid.
    pub window: Window,
    /// What it says as a legacy access profile, if it is one.
    pub legacy: Option<Box<AccessProfile>>,
    /// Where its name stands; in a key file, its digest.
    pub place: Origin,
    /// Where its `expires` stands.
    pub expires_place: Option<Origin>,
}

/// What the document calls it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'g> {
    /// A key, which narrows this grant of its client.
    Key(&'g Grant),
    /// A legacy access profile, which may have a grant of its own.
    Profile,
}

pub(crate) const FIELDS: [&str; 7] =
    ["active", "allowed_ips", "blocked_ips", "collections", "expires", "not_before", "sha256"];

pub(crate) const PROFILE_FIELDS: [&str; 9] = [
    "active",
    "allowed_ips",
    "blocked_ips",
    "collections",
    "created",
    "expires",
    "not_before",
    "sha256",
    "usage_policy",
];

/// Where the digest of a key comes from.
const SHA256_HELP: &str = "the SHA-256 of the key, as `portcullis key hash` prints it";

impl Form<'_> {
    /// What messages call it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Profile => "access profile",
        }
    }
}

impl Key {
    /// Reads one entry of `keys` or `access_profiles`. Nothing that may be a key in clear text
    /// is repeated.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        name_node: &Node<'_>,
        node: &Node<'_>,
        form: Form<'_>,
    ) -> Option<Self> {
        let guarded = std::mem::replace(&mut reader.guarded, true);
        let key = Self::read_guarded(reader, context, name_node, node, form);
        reader.guarded = guarded;
        key
    }

    fn read_guarded(
        reader: &mut Reader,
        context: &Context,
        name_node: &Node<'_>,
        node: &Node<'_>,
        form: Form<'_>,
    ) -> Option<Self> {
        let name = Name::read(reader, name_node, form.noun());
        if !matches!(node.value, Value::Mapping(_)) {
            report_no_fields(reader, name_node, node, form);
            return None;
        }
        let (fields, refused) = read_fields(reader, node, form)?;
        let digest = read_digest(reader, context, node, &fields, refused);
        let active = fields.get("active").and_then(|node| reader.boolean(node));
        let rule = read_rule(reader, &fields, &context.lists);
        let mut time = |field| {
            let node = fields.get(field)?;
            let text = reader.text_or_number(node, "a time")?;
            Some((reader.place(node), text))
        };
        let (not_before, expires) = (time("not_before"), time("expires"));
        let mut window = Window::read(reader, not_before, expires);
        let collections = fields.get("collections");
        let (grant, legacy) = match form {
            Form::Key(grant) => (collections.map(|node| grant.narrow(reader, context, node)), None),
            Form::Profile => {
                let expires = window.and_then(|window| window.expires());
                let profile = AccessProfile::read(reader, context, &fields, expires);
                let not_before = not_before.map(|(place, _)| place);
                window = window.and_then(|window| context.legacy.cap(reader, window, not_before));
                (collections.map(|node| own_grant(reader, context, node)), Some(profile.into()))
            }
        };
        Some(Self {
            name: name?,
            digest: digest?,
            active: active.unwrap_or(true),
            rule: context.share_rule(rule),
            grant,
            window: window?,
            legacy,
            place: Origin(reader.place(name_node)),
            expires_place: expires.map(|(place, _)| Origin(place)),
        })
    }
}

/// The fields, and whether a key in clear text was among them.
fn read_fields<'n, 't>(
    reader: &mut Reader,
    node: &'n Node<'t>,
    form: Form<'_>,
) -> Option<(Fields<'n, 't>, bool)> {
    let (what, known) = match form {
        Form::Key(_) => ("a key", FIELDS.as_slice()),
        Form::Profile => ("an access profile", PROFILE_FIELDS.as_slice()),
    };
    let mut refused = false;
    let fields = Fields::read_or(reader, node, what, known, |reader, name, value| {
        reader.hide(value);
        if refuse_field(reader, name, value) {
            refused = true;
        } else {
            unknown_field(reader, name, what, known);
        }
    })?;
    Some((fields, refused))
}

fn read_digest(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
    fields: &Fields<'_, '_>,
    refused: bool,
) -> Option<Digest> {
    // A key in clear text was reported; that the digest is missing follows from it.
    let value = match fields.get("sha256") {
        None if refused => None,
        _ => fields.require(reader, node, "sha256", &format!("write {SHA256_HELP}")),
    }?;
    let text = reader.text_or_number(value, "the SHA-256 of a key")?;
    let place = reader.place(value);
    let digest = Digest::read(reader, context, place, text)?;
    context.digests.borrow_mut().push((digest, place));
    Some(digest)
}

/// `production: <text>`, most likely the key itself, or nothing at all.
fn report_no_fields(reader: &mut Reader, name: &Node<'_>, node: &Node<'_>, form: Form<'_>) {
    let help = "write `{ sha256: ... }`";
    if refuse_values(reader, node, "the fields of a key", help) {
        return;
    }
    if node.scalar_text() == Some("") {
        let place = reader.place(name);
        let message = format!("the {} has no fields", form.noun());
        let help = format!("{help} with {SHA256_HELP}");
        reader.report(Diagnostic::error(Code::MissingField, place, message).help(help));
    } else {
        reader.wrong_type(node, "the fields of a key", help);
    }
}
