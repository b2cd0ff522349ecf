//! A first policy: what `portcullis init` writes.

/// The document, with comments for who has never seen one. It names the schema beside it.
pub const FIRST_POLICY: &str = include_str!("policy.yaml");

/// What the document calls the file with its schema.
pub const SCHEMA_FILE: &str = "policy.schema.json";
