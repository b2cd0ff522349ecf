//! Endpoints: methods and a path pattern.

use foldhash::{HashSet, HashSetExt};

use super::method::Method;
use super::path::{InvalidPath, PathPattern};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, quote};
use crate::text::Origin;

/// Some methods of some paths.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The whole path, base path included.
    pub path: PathPattern,
    /// Which methods.
    pub methods: Methods,
    /// Whether it is switched on.
    pub active: bool,
    /// Where it stands.
    pub place: Origin,
}

/// Which methods an endpoint has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Methods {
    /// Every method, also those that nobody has heard of.
    All,
    /// These, sorted, none twice; never empty.
    Only(Vec<Method>),
}

pub(crate) const FIELDS: [&str; 3] = ["active", "methods", "path"];

impl Endpoint {
    /// Reads the field `endpoints`.
    pub(super) fn read_all(reader: &mut Reader, node: &Node<'_>, base: &PathPattern) -> Vec<Self> {
        let Some(entries) = reader.sequence(node, "a list of endpoints") else {
            return Vec::new();
        };
        if entries.is_empty() {
            let place = reader.place(node);
            reader.report(
                Diagnostic::error(
                    Code::EmptyList,
                    place,
                    "`endpoints` is empty, so the collection would match nothing",
                )
                .help("leave it out to cover the base path and everything below it"),
            );
        }
        entries.iter().filter_map(|entry| Self::read(reader, entry, base)).collect()
    }

    /// What people call it: `GET,POST /acme/orders-v1/orders/{id}`, `*` for every method.
    pub fn name(&self) -> String {
        match &self.methods {
            Methods::All => format!("* {}", self.path),
            Methods::Only(methods) => {
                let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
                format!("{} {}", names.join(","), self.path)
            }
        }
    }

    fn read(reader: &mut Reader, node: &Node<'_>, base: &PathPattern) -> Option<Self> {
        let fields = Fields::read(reader, node, "an endpoint", &FIELDS)?;
        let path = fields
            .require(
                reader,
                node,
                "path",
                "write `path: /orders`; `path: /` is the base path itself",
            )
            .and_then(|node| read_path(reader, node, base));
        let methods = match fields.get("methods") {
            Some(node) => Methods::read(reader, node),
            None => Some(Methods::All),
        };
        let active = fields.get("active").and_then(|node| reader.boolean(node));
        Some(Self {
            path: path?,
            methods: methods?,
            active: active.unwrap_or(true),
            place: Origin(reader.place(node)),
        })
    }
}

impl Methods {
    /// Whether a method is one of them.
    pub fn has(&self, method: &Method) -> bool {
        match self {
            Self::All => true,
            Self::Only(methods) => methods.contains(method),
        }
    }

    /// Whether a request could have a method of both.
    pub fn intersects(&self, other: &Self) -> bool {
        match other {
            Self::All => true,
            Self::Only(theirs) => theirs.iter().any(|method| self.has(method)),
        }
    }

    /// Whether it has every method that two others have in common.
    pub(crate) fn has_common(&self, ours: &Self, theirs: &Self) -> bool {
        let Self::Only(methods) = self else { return true };
        let has = |common: &Method| methods.contains(common);
        match (ours, theirs) {
            (Self::All, Self::All) => false,
            (Self::All, Self::Only(only)) | (Self::Only(only), Self::All) => only.iter().all(has),
            (Self::Only(ours), Self::Only(theirs)) => {
                ours.iter().filter(|method| theirs.contains(method)).all(has)
            }
        }
    }

    fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let entries = reader.sequence_of(node, "a list of methods", Method::standard)?;
        let place = reader.place(node);
        if entries.is_empty() {
            reader.report(
                Diagnostic::error(
                    Code::EmptyList,
                    place,
                    "`methods` is empty, so the endpoint would match nothing",
                )
                .help("leave it out for every method"),
            );
        }
        let mut methods = Vec::with_capacity(entries.len());
        let mut seen = HashSet::new();
        for entry in entries {
            let Some(method) = Method::read(reader, entry) else {
                continue;
            };
            if !seen.insert(method.clone()) {
                let place = reader.place(entry);
                reader.report(
                    Diagnostic::error(
                        Code::DuplicateName,
                        place,
                        format!("method `{method}` is given twice"),
                    )
                    .help("remove one of the two"),
                );
            } else {
                methods.push(method);
            }
        }
        methods.sort_unstable();
        (!methods.is_empty()).then_some(Self::Only(methods))
    }
}

fn read_path(reader: &mut Reader, node: &Node<'_>, base: &PathPattern) -> Option<PathPattern> {
    let text = reader.text(node, "a path")?;
    match PathPattern::parse(text).and_then(|path| base.join(&path)) {
        Ok(path) => Some(path),
        Err(invalid) => {
            report_path(reader, node, text, invalid);
            None
        }
    }
}

/// Reports a text that is no path pattern.
pub(super) fn report_path(reader: &mut Reader, node: &Node<'_>, text: &str, invalid: InvalidPath) {
    let place = reader.place(node);
    let code = match invalid {
        InvalidPath::Ambiguous(_) => Code::AmbiguousPath,
        _ => Code::InvalidPath,
    };
    reader.report(
        Diagnostic::error(code, place, format!("path {} {}", quote(text), invalid.problem()))
            .found(text)
            .help(invalid.help()),
    );
}
