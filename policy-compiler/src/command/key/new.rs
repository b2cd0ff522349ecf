//! `portcullis key new`.

use clap::Args;

use super::super::edit::{EditArguments, Edited, edit};
use super::super::moment::read_time;
use super::super::{Outcome, find, output};
use super::make::{Made, NO_KEY, new_name, read_name};
use crate::edit::Change;
use crate::key::new_key;
use crate::model::{Window, show_time};

/// Makes a key, prints it once and adds its digest to the policy
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis key new --client acme --name ci --expires 2027-01-01 policy.yaml\n  portcullis key new --client acme --name ci --dry-run policy.yaml\n\nThe key goes to stdout and nowhere else: what is kept is its SHA-256. Comments, order and\nline ends of the document stay as they are. Exits 1 when the document does not take the key."
)]
pub(super) struct NewArguments {
    /// The client that gets the key
    #[arg(long)]
    client: String,
    /// The name of the key within the client
    #[arg(long)]
    name: String,
    /// The end of its validity: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    expires: Option<i64>,
    /// The begin of its validity: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    not_before: Option<i64>,
    #[command(flatten)]
    edit: EditArguments,
}

pub(super) fn run(arguments: &NewArguments) -> Outcome {
    let Some(window) = Window::new(arguments.not_before, arguments.expires) else {
        return output::refuse("`--expires` must be later than `--not-before`");
    };
    if let Some(end) = arguments.expires.filter(|end| *end <= crate::command::now()) {
        output::say_line(format!("note: the key ends {}, which is past", show_time(end)));
    }
    let name = match read_name(&arguments.name) {
        Ok(name) => name,
        Err(outcome) => return outcome,
    };
    let mut made = None;
    let edited = edit(&arguments.edit, NO_KEY, |policy| {
        let client = find::client(policy, &arguments.client)?;
        let name = new_name(client, &arguments.name)?;
        let (digest, key) = Made::make(policy, arguments.edit.dry_run)?;
        made = Some(key);
        let key = new_key(name, digest, window, Default::default(), None).into();
        Ok(vec![Change::AddKey { client: client.name.clone(), key, beside: None }])
    });
    match (edited, made) {
        (Edited::Written(path), Some(made)) => made.show(&path, &name),
        (Edited::Written(_), None) => Outcome::Success,
        (Edited::Ended(outcome), _) => outcome,
    }
}
