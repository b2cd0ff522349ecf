//! `portcullis schema`.

use clap::Args;

use super::{Outcome, output};
use crate::schema::policy_schema;

/// Writes the JSON Schema of the policy document, for editors
///
/// An editor with a YAML language server checks a document against it while one types, completes
/// its fields and tells what they mean. It judges form; what one part of a document says about
/// another is found by `portcullis check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis schema > policy.schema.json\n\nThe first line of a document names its schema:\n  # yaml-language-server: $schema=policy.schema.json"
)]
pub(super) struct SchemaArguments {}

pub(super) fn run(SchemaArguments {}: &SchemaArguments) -> Outcome {
    output::json(&policy_schema())
}
