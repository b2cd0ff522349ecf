//! Clients and their keys.

use std::sync::Arc;

use super::address_list::AddressRule;
use super::clear_text::{refuse_field, refuse_values};
use super::context::Context;
use super::document::report_unsupported;
use super::grant::{CollectionIndex, Grant};
use super::key::{Form, Key};
use super::keys::FaultyKey;
use super::name::Name;
use super::rule::read_rule;
use super::usage::read_usage_policy;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, Value, named, quote, unknown_field};
use crate::text::{Origin, Place};

/// A logical group of users.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Client {
    /// Its name.
    pub name: Name,
    /// Words for people.
    pub description: Option<String>,
    /// Whether it is switched on.
    pub active: bool,
    /// The collections that it may use: sorted, none twice.
    pub grant: Vec<CollectionIndex>,
    /// The name of its usage policy.
    pub usage_policy: Option<Name>,
    /// From where it may come.
    pub rule: Arc<AddressRule>,
    /// Its keys: those of the document, its legacy access profiles, those of key files.
    pub keys: Vec<Key>,
    /// Where its name stands.
    pub place: Origin,
}

/// A client and what is needed to read its key files.
#[derive(Debug)]
pub(super) struct ClientDraft {
    pub(super) client: Client,
    pub(super) grant: Grant,
    /// Its keys that could not be read.
    pub(super) faulty: Vec<FaultyKey>,
    /// Paths of its key files, and where they are named.
    pub(super) key_files: Vec<(Place, String)>,
}

pub(crate) const FIELDS: [&str; 10] = [
    "access_profiles",
    "active",
    "allowed_ips",
    "auth",
    "blocked_ips",
    "collections",
    "description",
    "key_files",
    "keys",
    "usage_policy",
];

impl ClientDraft {
    /// Reads one entry of `clients`, without its key files.
    pub(super) fn read(
        reader: &mut Reader,
        context: &Context,
        name_node: &Node<'_>,
        node: &Node<'_>,
    ) -> Option<Self> {
        let name = Name::read(reader, name_node, "client");
        let fields = read_fields(reader, node)?;
        read_auth(reader, &fields);
        let description = fields
            .get("description")
            .and_then(|node| reader.text_or_number(node, "a description"))
            .map(str::to_owned);
        let active = fields.get("active").and_then(|node| reader.boolean(node));
        let client_name = name_node.scalar_text().unwrap_or_default();
        let grant = Grant::read(reader, context, client_name, fields.get("collections"));
        let usage_policy =
            fields.get("usage_policy").and_then(|node| read_usage_policy(reader, context, node));
        let rule = read_rule(reader, &fields, &context.lists);
        let (mut keys, mut faulty) = (Vec::new(), Vec::new());
        for (field, form) in [("keys", Form::Key(&grant)), ("access_profiles", Form::Profile)] {
            if let Some(node) = fields.get(field) {
                read_keys(reader, context, node, form, (&mut keys, &mut faulty));
            }
        }
        let key_files = match fields.get("key_files") {
            Some(node) => read_paths(reader, node),
            None => Vec::new(),
        };
        let client = Client {
            name: name?,
            description,
            active: active.unwrap_or(true),
            grant: grant.collections.clone(),
            usage_policy,
            rule: context.share_rule(rule),
            keys,
            place: Origin(reader.place(name_node)),
        };
        Some(Self { client, grant, faulty, key_files })
    }
}

/// The paths of key files and where they are named.
pub(super) fn read_paths(reader: &mut Reader, node: &Node<'_>) -> Vec<(Place, String)> {
    let Some(entries) = reader.sequence(node, "a list of file paths") else {
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| {
            let path = reader.text(entry, "the path of a key file")?;
            Some((reader.place(entry), path.to_owned()))
        })
        .collect()
}

fn read_fields<'n, 't>(reader: &mut Reader, node: &'n Node<'t>) -> Option<Fields<'n, 't>> {
    let what = "a client";
    Fields::read_or(reader, node, what, &FIELDS, |reader, name, value| {
        if !refuse_field(reader, name, value) {
            reader.hide_suspicious(name, value);
            unknown_field(reader, name, what, &FIELDS);
        }
    })
}

fn read_keys(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
    form: Form<'_>,
    (keys, faulty): (&mut Vec<Key>, &mut Vec<FaultyKey>),
) {
    // A list or a text in this place may hold keys in clear text.
    let guarded = std::mem::replace(&mut reader.guarded, true);
    let mut refused = false;
    if !matches!(node.value, Value::Mapping(_)) {
        reader.hide(node);
        let what = format!("a mapping of {} names", form.noun());
        refused = refuse_values(reader, node, &what, "write `name: { sha256: ... }`");
    }
    let entries = if refused { Vec::new() } else { named(reader, node, form.noun()) };
    reader.guarded = guarded;
    for (name, value) in entries {
        match Key::read(reader, context, name, value, form) {
            Some(key) => keys.push(key),
            None => faulty.push(FaultyKey {
                name: name.scalar_text().and_then(Name::new),
                place: reader.place(name),
                is_profile: matches!(form, Form::Profile),
            }),
        }
    }
}

fn read_auth(reader: &mut Reader, fields: &Fields<'_, '_>) {
    let Some(node) = fields.get("auth") else {
        return;
    };
    let Some(text) = reader.text(node, "an auth method") else {
        return;
    };
    match text {
        "key" => {}
        "jwt" | "oidc" | "oauth2" => {
            report_unsupported(reader, node, &format!("auth method {}", quote(text)));
        }
        _ => {
            let place = reader.place(node);
            let message = format!("{} is not an auth method", quote(text));
            reader.report(
                Diagnostic::error(Code::InvalidValue, place, message)
                    .found(text)
                    .help("write `auth: key`, or leave it out"),
            );
        }
    }
}
