//! `portcullis init`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, output};
use crate::escape::shown;
use crate::init::{FIRST_POLICY, SCHEMA_FILE};
use crate::schema::policy_schema;
use crate::shell;

/// Writes a first policy with comments, and its schema for the editor
///
/// Nothing is overwritten. What to do next is told on stderr.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis init\n  portcullis init gateways/orders\n  portcullis init gateways/orders.yaml\n\nExits 2 when a file is there already."
)]
pub(super) struct InitArguments {
    /// The folder that gets `policy.yaml`, or a name that ends in `.yaml` or `.yml`
    #[arg(value_name = "FOLDER", default_value = ".")]
    place: PathBuf,
}

pub(super) fn run(arguments: &InitArguments) -> Outcome {
    let policy = policy_path(&arguments.place);
    let schema = policy.with_file_name(SCHEMA_FILE);
    let schema_text = match serde_json::to_string_pretty(&policy_schema()) {
        Ok(text) => format!("{text}\n"),
        Err(error) => return output::refuse(format!("cannot write JSON: {error}")),
    };
    if let Some(folder) = policy.parent().filter(|folder| !folder.as_os_str().is_empty())
        && let Err(error) = fs::create_dir_all(folder)
    {
        return output::refuse(format!("cannot make `{}`: {error}", shown(folder)));
    }
    // The policy first: where there is one already, nothing else is written beside it.
    if let Err(error) = write_new(&policy, FIRST_POLICY) {
        return refuse_file(&policy, &error);
    }
    // The schema of another policy in the same folder is the same one.
    let same = fs::read(&schema).is_ok_and(|there| there == schema_text.as_bytes());
    if !same && let Err(error) = write_new(&schema, &schema_text) {
        let _ = fs::remove_file(&policy);
        return refuse_file(&schema, &error);
    }
    tell(&policy, &schema);
    Outcome::Success
}

fn policy_path(place: &Path) -> PathBuf {
    let is_file = place.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
    match place.to_str() {
        _ if is_file => place.to_owned(),
        Some(".") => PathBuf::from("policy.yaml"),
        _ => place.join("policy.yaml"),
    }
}

/// Writes a file that is not there yet, whole or not at all.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn refuse_file(path: &Path, error: &io::Error) -> Outcome {
    let path = shown(path);
    match error.kind() {
        io::ErrorKind::AlreadyExists => output::refuse(format!(
            "`{path}` is there already, and nothing is overwritten; name another folder or file"
        )),
        _ => output::refuse(format!("cannot write `{path}`: {error}")),
    }
}

fn tell(policy: &Path, schema: &Path) {
    let table = policy.with_extension("table");
    output::say_line(format!("wrote {} and, for the editor, {}", shown(policy), shown(schema)));
    output::say_line("next:");
    let policy = shell::path(policy);
    output::say_line(format!("  portcullis key new --client acme --name first {policy}"));
    output::say_line(format!("  portcullis check {policy}"));
    output::say_line(format!("  portcullis compile {policy} -o {}", shell::path(&table)));
    if !is_ignored(&table) {
        output::say_line("a table is made from its policy: `*.table` belongs into `.gitignore`");
    }
}

/// Whether the folder's own `.gitignore` has a line for tables.
fn is_ignored(table: &Path) -> bool {
    let ignored = fs::read_to_string(table.with_file_name(".gitignore")).unwrap_or_default();
    ignored.lines().any(|line| line.trim() == "*.table")
}
