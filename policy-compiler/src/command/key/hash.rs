//! `portcullis key hash`.

use clap::Args;
use serde::Serialize;

use super::super::stdin::read_key;
use super::super::{Outcome, output};
use crate::model::Digest;

/// Prints the SHA-256 of a key that another system issued
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key hash < key.txt\n\nReads one line from standard input, without its end. The key is no argument, as others could\nsee it, and is not repeated. What is printed goes to `sha256` in the document or a key file."
)]
pub(super) struct HashArguments {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Hash {
    sha256: String,
}

pub(super) fn run(arguments: &HashArguments) -> Outcome {
    let digest = match read_key() {
        Ok(key) => Digest::of(&key).to_string(),
        Err(outcome) => return outcome,
    };
    if arguments.json { output::json(&Hash { sha256: digest }) } else { output::data(digest) }
}
