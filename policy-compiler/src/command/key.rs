//! `portcullis key`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Outcome, output};
use crate::diagnostic::did_you_mean;
use crate::key::{Addition, CannotAdd, NewKey, add_key};
use crate::load::load_text;
use crate::model::{Name, Policy, Window, parse_time};
use crate::source::read_text;

/// Makes keys
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis key new --client acme --name ci policy.yaml")]
pub(super) struct KeyArguments {
    #[command(subcommand)]
    verb: KeyVerb,
}

#[derive(Debug, Subcommand)]
enum KeyVerb {
    New(NewArguments),
}

/// Makes a key, prints it once and adds its digest to the policy
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key new --client acme --name ci --expires 2027-01-01 policy.yaml\n\nThe key goes to stdout and nowhere else: what is kept is its SHA-256. Comments, order and\nline ends of the document stay as they are. Exits 1 when the document does not take the key."
)]
struct NewArguments {
    /// The client that gets the key
    #[arg(long)]
    client: String,
    /// The name of the key within the client
    #[arg(long)]
    name: String,
    /// The end of its validity: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// The begin of its validity: a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// The policy document
    policy: PathBuf,
}

pub(super) fn run(arguments: &KeyArguments) -> Outcome {
    let KeyVerb::New(arguments) = &arguments.verb;
    new_key(arguments)
}

fn new_key(arguments: &NewArguments) -> Outcome {
    let Some(name) = Name::new(&arguments.name) else {
        return output::refuse(
            "a key name is 1 to 128 printable ASCII characters, no space at either end",
        );
    };
    let window = match read_window(arguments) {
        Ok(window) => window,
        Err(problem) => return output::refuse(problem),
    };
    let path = arguments.policy.as_path();
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => return output::refuse(format!("cannot read `{}`: {error}", path.display())),
    };
    let shown = path.display().to_string();
    let base = path.parent().unwrap_or(Path::new(""));
    let policy = match load_text(&shown, text.clone(), base) {
        Ok(loaded) => loaded.policy,
        Err(report) => {
            output::show(&report);
            return untouched("correct the policy first");
        }
    };
    if let Err(problem) = check_names(&policy, arguments) {
        return untouched(problem);
    }
    let key = match NewKey::generate(&policy.gateway.key_prefix) {
        Ok(key) => key,
        Err(error) => return output::refuse(error),
    };
    let addition = Addition {
        client: &arguments.client,
        name: &name,
        digest: key.digest(),
        not_before: arguments.not_before.as_deref(),
        expires: arguments.expires.as_deref(),
        window,
    };
    match add_key(&shown, &text, base, &policy, &addition) {
        Ok(edited) => keep(path, &edited, key),
        Err(error) => refuse_addition(&error),
    }
}

/// Writes the document, and only then shows the key.
fn keep(path: &Path, edited: &str, key: NewKey) -> Outcome {
    if let Err(error) = output::replace_file(path, edited.as_bytes()) {
        return output::refuse(format!("cannot write `{}`: {error}", path.display()));
    }
    output::say_line(format!(
        "added its digest to {}; this is the only time the key is shown:",
        path.display()
    ));
    output::data(key.reveal())
}

fn read_window(arguments: &NewArguments) -> Result<Window, String> {
    let read = |text: &Option<String>| match text {
        Some(text) => parse_time(text).map(Some).ok_or_else(|| {
            format!("`{text}` is not a time: write `2027-01-01` or `2027-01-01T00:00:00Z`")
        }),
        None => Ok(None),
    };
    Window::new(read(&arguments.not_before)?, read(&arguments.expires)?)
        .ok_or_else(|| "`--expires` must be later than `--not-before`".to_owned())
}

fn check_names(policy: &Policy, arguments: &NewArguments) -> Result<(), String> {
    let names = || policy.clients.iter().map(|client| client.name.as_str());
    let client = policy.clients.iter().find(|client| client.name.as_str() == arguments.client);
    let Some(client) = client else {
        let suggestion = did_you_mean(&arguments.client, names())
            .unwrap_or_else(|| "add it to `clients` first".to_owned());
        return Err(format!("there is no client `{}`; {suggestion}", arguments.client));
    };
    if client.keys.iter().any(|key| key.name.as_str() == arguments.name) {
        return Err(format!(
            "client `{}` has a key `{}` already; choose another name",
            arguments.client, arguments.name
        ));
    }
    Ok(())
}

fn refuse_addition(error: &CannotAdd) -> Outcome {
    match error {
        CannotAdd::Edit(reason) => {
            untouched(format!("{reason}; write them as a block mapping or in braces"))
        }
        CannotAdd::Invalid(report) => {
            output::show(report);
            untouched("with this key the policy would not hold")
        }
        CannotAdd::OtherMeaning => untouched(
            "the key cannot be added without changing something else; write the client's keys as a block mapping",
        ),
    }
}

fn untouched(problem: impl std::fmt::Display) -> Outcome {
    output::say_line(format!("error: {problem}"));
    output::say_line("no key was made, the document is as it was");
    Outcome::Failure
}
