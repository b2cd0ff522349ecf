//! `portcullis profile`.

use clap::{Args, Subcommand};

use super::edit::{EditArguments, Edited, UNTOUCHED, edit, read_end};
use super::{Outcome, find, output};
use crate::escape::shown;
use crate::key::{End, migrate};
use crate::model::{Client, Key};

/// Makes keys out of legacy access profiles
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis profile migrate --client acme policy.yaml")]
pub(super) struct ProfileArguments {
    #[command(subcommand)]
    verb: ProfileVerb,
}

#[derive(Debug, Subcommand)]
enum ProfileVerb {
    Migrate(MigrateArguments),
}

/// Makes keys out of the access profiles of a client
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis profile migrate --client acme --dry-run policy.yaml\n  portcullis profile migrate --client acme --name warehouse --expires 2027-07-01 policy.yaml\n\nCallers notice nothing: a key has the name, the digest, the addresses and the dates of its profile,\nand its comments. It ends when all profiles end, unless `--expires` says otherwise; an end of its\nown that is earlier stays. A key never has more than its client: a profile that has is refused, and\nwhat the client must be granted is said. The usage policy of a profile is lost, and so is `created`."
)]
struct MigrateArguments {
    /// The client
    #[arg(long)]
    client: String,
    /// Only this access profile; repeatable
    #[arg(long)]
    name: Vec<String>,
    /// The end of the keys: a date, an RFC 3339 time or `never` [default: that of all profiles]
    #[arg(long, value_name = "TIME", value_parser = read_end)]
    expires: Option<End>,
    /// Leave out collections that the client is not granted
    #[arg(long)]
    narrow: bool,
    #[command(flatten)]
    edit: EditArguments,
}

pub(super) fn run(arguments: &ProfileArguments) -> Outcome {
    let ProfileVerb::Migrate(arguments) = &arguments.verb;
    let mut count = 0;
    let edited = edit(&arguments.edit, UNTOUCHED, |policy| {
        let client = find::client(policy, &arguments.client)?;
        let profiles = profiles(client, &arguments.name)?;
        count = profiles.len();
        if profiles.is_empty() {
            output::say_line(format!("client `{}` has no access profiles", client.name));
            return Err(Outcome::Success);
        }
        let migration = migrate(policy, client, &profiles, arguments.expires, arguments.narrow)
            .map_err(output::fail)?;
        for lost in &migration.lost {
            output::say_line(format!("lost: {lost}"));
        }
        Ok(migration.changes)
    });
    match edited {
        Edited::Ended(outcome) => outcome,
        Edited::Written(path) => {
            let keys =
                if count == 1 { "access profile is a key" } else { "access profiles are keys" };
            output::say_line(format!("{count} {keys} now in {}", shown(&path)));
            Outcome::Success
        }
    }
}

/// The profiles with these names; all without names.
fn profiles<'p>(client: &'p Client, names: &[String]) -> Result<Vec<&'p Key>, Outcome> {
    if names.is_empty() {
        return Ok(client.keys.iter().filter(|key| key.legacy.is_some()).collect());
    }
    let mut found: Vec<&Key> = Vec::new();
    for name in names {
        let key = find::key_or_profile(client, "access profile", name)?;
        if key.legacy.is_none() {
            return Err(output::fail(format!("`{name}` is a key already; leave it out")));
        }
        if !found.iter().any(|other| other.name == key.name) {
            found.push(key);
        }
    }
    Ok(found)
}
