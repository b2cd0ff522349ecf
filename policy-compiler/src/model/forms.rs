//! What each mapping of a document may hold: the reader's own lists of fields, for the schema.

pub(crate) use super::client::FIELDS as CLIENT;
pub(crate) use super::collection::FIELDS as COLLECTION;
pub(crate) use super::credential::KINDS as CREDENTIAL_SOURCE;
pub(crate) use super::document::{
    DEFAULT_KEYS_PER_CLIENT, FIELDS as POLICY, LIMIT_FIELDS as LIMITS, MAX_KEYS_PER_CLIENT, VERSION,
};
pub(crate) use super::endpoint::FIELDS as ENDPOINT;
pub(crate) use super::forward::FIELDS as FORWARD;
pub(crate) use super::gateway::{
    ADDRESS_FIELDS as CLIENT_ADDRESS, DEFAULT_HEADER, DEFAULT_PREFIX, DEFAULT_REALM,
    FIELDS as GATEWAY,
};
pub(crate) use super::header::{
    CREDENTIALS as CREDENTIAL_HEADERS, RESERVED as RESERVED_HEADERS,
    RESERVED_PREFIX as RESERVED_HEADER_PREFIX,
};
pub(crate) use super::key::{FIELDS as KEY, PROFILE_FIELDS as ACCESS_PROFILE};
pub(crate) use super::legacy::FIELDS as LEGACY;
pub(crate) use super::list_draft::ENTRY_FIELDS as LIST_ENTRY;
pub(crate) use super::method::STANDARD as STANDARD_METHODS;
pub(crate) use super::rule::ENTRY_FIELDS as RULE_ENTRY;
pub(crate) use super::usage::{
    ALLOWANCE_FIELDS as ALLOWANCE, FIELDS as USAGE_POLICY, MAX_DAYS, MAX_REQUESTS,
};
