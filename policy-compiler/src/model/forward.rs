//! Headers that tell the upstream who was let in.

use policy_table::is_lookalike;

use super::credential::CredentialSource;
use super::header::HeaderName;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, quote};

/// Which header carries which name; each is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forward {
    /// Carries the name of the client.
    pub client: Option<HeaderName>,
    /// Carries the name of the key.
    pub key: Option<HeaderName>,
    /// Carries the name of the collection.
    pub collection: Option<HeaderName>,
}

pub(crate) const FIELDS: [&str; 3] = ["client", "key", "collection"];

impl Forward {
    /// Reads the field `forward`: names that differ from each other and from `credentials`.
    pub(super) fn read(
        reader: &mut Reader,
        node: &Node<'_>,
        credentials: &[CredentialSource],
    ) -> Self {
        let Some(fields) = Fields::read(reader, node, "`forward`", &FIELDS) else {
            return Self::default();
        };
        let mut taken: Vec<HeaderName> = Vec::new();
        let mut read = |field| {
            let node = fields.get(field)?;
            let name = HeaderName::read(reader, node, false)?;
            let carries_credential = credentials.iter().any(|source| match source {
                CredentialSource::Header(header) => are_one(header, &name),
                _ => false,
            });
            let problem = if carries_credential {
                Some("carries the credential")
            } else if taken.iter().any(|other| are_one(other, &name)) {
                Some("is forwarded twice")
            } else {
                None
            };
            if let Some(problem) = problem {
                let place = reader.place(node);
                reader.report(
                    Diagnostic::error(
                        Code::ReservedHeader,
                        place,
                        format!("header {} {problem}", quote(name.as_str())),
                    )
                    .found(name.as_str())
                    .help("choose a header of its own for each name; to some servers `-` and `_` are one"),
                );
                return None;
            }
            taken.push(name.clone());
            Some(name)
        };
        Self { client: read("client"), key: read("key"), collection: read("collection") }
    }
}

/// Whether a server could take one header for the other.
fn are_one(one: &HeaderName, other: &HeaderName) -> bool {
    one == other || is_lookalike(one.as_str().as_bytes(), other.as_str().as_bytes())
}
