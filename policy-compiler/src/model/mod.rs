//! The policy, typed: what can be built is valid.
//!
//! Each part reads itself from the document's tree (`read`), reports what is wrong with
//! it and goes on, so that one run reports everything. Parts refer to collections by
//! [`CollectionIndex`], which only a policy hands out.

mod address;
mod address_list;
mod clear_text;
mod client;
mod collection;
mod context;
mod credential;
mod digest;
mod document;
mod endpoint;
mod entries;
mod files;
pub(crate) mod forms;
mod forward;
mod gateway;
mod grant;
mod header;
mod host;
mod key;
mod key_file;
mod keys;
mod legacy;
mod list_draft;
mod lists;
mod method;
mod name;
mod path;
mod range;
mod routes;
mod rule;
mod usage;
mod window;

use std::sync::Arc;

pub(crate) use address::show_range;
pub use address::{AddressRange, InvalidRange, ParsedRange};
pub(crate) use address_list::LIST_PREFIX;
pub use address_list::{AddressEntry, AddressList, AddressRule, NamedList};
pub use client::Client;
pub use collection::Collection;
pub use credential::{CredentialSource, MAX_CREDENTIAL_SOURCES};
pub use digest::Digest;
pub(crate) use document::read_policy;
pub use endpoint::{Endpoint, Methods};
pub use forward::Forward;
pub use gateway::{
    ClientAddress, Gateway, KeyPrefix, MAX_PREFIX_BYTES, MAX_TRUSTED_HOPS, Preflight, Realm,
    Unmatched,
};
pub use grant::CollectionIndex;
pub use header::HeaderName;
pub use host::{HostName, HostPattern, InvalidHost};
pub use key::Key;
pub(crate) use key_file::{Ahead, Row, Rows};
pub(crate) use keys::KeyComparison;
pub use legacy::{AccessProfile, Legacy};
pub use method::{MAX_METHODS, Method};
pub use name::{MAX_NAME_BYTES, Name};
pub use path::{InvalidPath, MAX_SEGMENTS, PathPattern, Segment};
pub(crate) use routes::Shape;
pub use usage::{Allowance, UsagePolicy, parse_period};
pub(crate) use window::LAST_MOMENT;
pub use window::{Window, parse_time, show_time};

/// One policy, whole and consistent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// What holds for every request.
    pub gateway: Gateway,
    /// The named IP lists, by name.
    pub ip_lists: Vec<Arc<NamedList>>,
    /// Rate limits and quotas; not enforced yet.
    pub usage_policies: Vec<UsagePolicy>,
    /// The collections, in the order of the document.
    pub collections: Vec<Collection>,
    /// The dates of legacy access profiles.
    pub legacy: Legacy,
    /// The clients, in the order of the document.
    pub clients: Vec<Client>,
}

impl Policy {
    /// The collection that a client or key refers to.
    pub fn collection(&self, index: CollectionIndex) -> Option<&Collection> {
        self.collections.get(index.position())
    }
}
