//! Collections: named, versioned sets of endpoints.

use foldhash::{HashSet, HashSetExt};

use super::endpoint::{Endpoint, Methods};
use super::host::HostPattern;
use super::name::Name;
use super::path::PathPattern;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, quote};
use crate::text::Origin;

/// A set of endpoints that a client is granted as one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// Its name.
    pub name: Name,
    /// Its version, for people.
    pub version: Option<Name>,
    /// Whether it is switched on.
    pub active: bool,
    /// Whether anybody may use it without a credential.
    pub public: bool,
    /// Which hosts it answers for; never empty.
    pub hosts: Vec<HostPattern>,
    /// What the path of each endpoint begins with.
    pub base_path: PathPattern,
    /// Its endpoints; never empty.
    pub endpoints: Vec<Endpoint>,
    /// Where its name stands.
    pub place: Origin,
}

pub(crate) const FIELDS: [&str; 6] =
    ["active", "base_path", "endpoints", "hosts", "public", "version"];

impl Collection {
    /// Reads one entry of `collections`; also says whether it is known where its paths begin. Where it is
    /// not, they are as if they began at the root, so that they can be compared with each other.
    pub(super) fn read(
        reader: &mut Reader,
        name_node: &Node<'_>,
        node: &Node<'_>,
    ) -> Option<(Self, bool)> {
        let name = Name::read(reader, name_node, "collection");
        let fields = Fields::read(reader, node, "a collection", &FIELDS)?;
        let version = fields.get("version").and_then(|node| read_version(reader, node));
        let active = fields.get("active").and_then(|node| reader.boolean(node));
        let public = fields.get("public").and_then(|node| reader.boolean(node));
        let hosts = match fields.get("hosts") {
            Some(node) => read_hosts(reader, node),
            None => vec![HostPattern::Any],
        };
        let base = match fields.get("base_path") {
            Some(node) => read_base_path(reader, node),
            None => Some(PathPattern::root()),
        };
        let is_placed = base.is_some();
        let base_path = base.unwrap_or_else(PathPattern::root);
        let endpoints = match fields.get("endpoints") {
            Some(node) => Endpoint::read_all(reader, node, &base_path),
            None => vec![Endpoint {
                path: base_path.clone().with_rest(),
                methods: Methods::All,
                active: true,
                place: Origin(reader.place(name_node)),
            }],
        };
        let collection = Self {
            name: name?,
            version,
            active: active.unwrap_or(true),
            public: public.unwrap_or(false),
            hosts,
            base_path,
            endpoints,
            place: Origin(reader.place(name_node)),
        };
        Some((collection, is_placed))
    }
}

fn read_version(reader: &mut Reader, node: &Node<'_>) -> Option<Name> {
    let text = reader.text_or_number(node, "a version")?;
    let version = Name::new(text);
    if version.is_none() {
        let place = reader.place(node);
        reader.report(
            Diagnostic::error(
                Code::InvalidName,
                place,
                format!("{} cannot be a version", quote(text)),
            )
            .found(text)
            .help("write a short text such as `v1`"),
        );
    }
    version
}

fn read_hosts(reader: &mut Reader, node: &Node<'_>) -> Vec<HostPattern> {
    let Some(entries) = reader.sequence(node, "a list of hosts") else {
        return Vec::new();
    };
    if entries.is_empty() {
        let place = reader.place(node);
        reader.report(
            Diagnostic::error(
                Code::EmptyList,
                place,
                "`hosts` is empty, so the collection would match nothing",
            )
            .help("leave it out for any host, or name one"),
        );
    }
    let mut hosts: Vec<HostPattern> = Vec::with_capacity(entries.len());
    let mut seen = HashSet::new();
    for entry in entries {
        let Some(host) = HostPattern::read(reader, entry) else {
            continue;
        };
        if !seen.insert(host.clone()) {
            let place = reader.place(entry);
            reader.report(
                Diagnostic::error(
                    Code::DuplicateName,
                    place,
                    format!("host `{host}` is given twice"),
                )
                .help("remove one of the two"),
            );
        } else {
            hosts.push(host);
        }
    }
    hosts
}

/// A path without trailing slash and `**`; `/` is the root.
fn read_base_path(reader: &mut Reader, node: &Node<'_>) -> Option<PathPattern> {
    let text = reader.text(node, "a path")?;
    let (problem, help) = match PathPattern::parse(text) {
        Ok(path) if path.rest() => (
            format!("base path {} ends in `**`", quote(text)),
            "leave the `**` out; without `endpoints` everything below the base path is meant",
        ),
        Ok(_) if text.len() > 1 && text.ends_with('/') => {
            (format!("base path {} ends in `/`", quote(text)), "leave the last `/` out")
        }
        Ok(path) => return Some(path),
        Err(invalid) => {
            super::endpoint::report_path(reader, node, text, invalid);
            return None;
        }
    };
    let place = reader.place(node);
    reader.report(Diagnostic::error(Code::InvalidPath, place, problem).found(text).help(help));
    None
}
