//! `portcullis key activate`, `deactivate` and `revoke`.

use clap::Args;

use super::super::edit::{EditArguments, Edited, UNTOUCHED, edit};
use super::super::moment::Moment;
use super::super::{Outcome, find, output};
use crate::edit::Change;
use crate::escape::shown;
use crate::key::Status;
use crate::model::{Client, Key, Policy};

/// Switches a key on
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key activate --client acme --name production policy.yaml\n\nA key whose time is over is not brought back by this: it says so."
)]
pub(super) struct ActivateArguments {
    #[command(flatten)]
    key: WhichKey,
    #[command(flatten)]
    moment: Moment,
    #[command(flatten)]
    edit: EditArguments,
}

/// Switches a key off, until `key activate`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portcullis key deactivate --client acme --name production policy.yaml\n\nRequests with the key are denied as `key_inactive` as soon as the new table is loaded."
)]
pub(super) struct DeactivateArguments {
    #[command(flatten)]
    key: WhichKey,
    #[command(flatten)]
    edit: EditArguments,
}

/// Ends a key for good
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis key revoke --client acme --name production policy.yaml\n  portcullis key revoke --client acme --name production --remove policy.yaml\n\nThe key is switched off and its validity ends now, so that `key activate` alone does not bring it\nback; its name and digest stay, so that `key check` still tells whose it was. A key that is not\nvalid yet is only switched off. Requests with it are\ndenied as `key_inactive`. With `--remove` the key goes, with the comments in it and\ndirectly above it, and requests with it are denied as `credential_unknown`."
)]
pub(super) struct RevokeArguments {
    #[command(flatten)]
    key: WhichKey,
    /// Take the key out of the document
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    moment: Moment,
    #[command(flatten)]
    edit: EditArguments,
}

#[derive(Debug, Args)]
struct WhichKey {
    /// The client
    #[arg(long)]
    client: String,
    /// The name of the key
    #[arg(long)]
    name: String,
}

impl WhichKey {
    fn find<'p>(&self, policy: &'p Policy) -> Result<(&'p Client, &'p Key), Outcome> {
        let client = find::client(policy, &self.client)?;
        Ok((client, find::key(client, &self.name)?))
    }
}

pub(super) fn activate(arguments: &ActivateArguments) -> Outcome {
    let now = arguments.moment.now();
    let edited = edit(&arguments.edit, UNTOUCHED, |policy| {
        let (client, key) = arguments.key.find(policy)?;
        let status = Status::of(client, &Key { active: true, ..key.clone() }, now);
        if status != Status::Active {
            output::say_line(format!("note: switched on, the key is still {}", status.words()));
        }
        Ok(switched(client, key, true))
    });
    finish(edited, &arguments.key, "switched on")
}

pub(super) fn deactivate(arguments: &DeactivateArguments) -> Outcome {
    let edited = edit(&arguments.edit, UNTOUCHED, |policy| {
        let (client, key) = arguments.key.find(policy)?;
        Ok(switched(client, key, false))
    });
    finish(edited, &arguments.key, "switched off")
}

pub(super) fn revoke(arguments: &RevokeArguments) -> Outcome {
    let now = arguments.moment.now();
    let mut done = if arguments.remove { "taken out" } else { "revoked" };
    let edited = edit(&arguments.edit, UNTOUCHED, |policy| {
        let (client, key) = arguments.key.find(policy)?;
        let names = || (client.name.clone(), key.name.clone());
        if arguments.remove {
            let (client, key) = names();
            return Ok(vec![Change::RemoveKey { client, key }]);
        }
        let mut changes = switched(client, key, false);
        let begins = key.window.not_before();
        if begins.is_some_and(|first| now < first) {
            // It cannot end before it begins.
            done = "switched off";
            output::say_line(
                "note: the key is not valid yet, so that it is only switched off, until `key activate`; `--remove` takes it out",
            );
        } else if key.window.expires().is_none_or(|end| end > now) {
            let (client, key) = names();
            // Nor in the second in which it does.
            let expires = begins.map_or(now, |first| now.max(first.saturating_add(1)));
            changes.push(Change::SetKeyExpires { client, key, expires });
        }
        Ok(changes)
    });
    finish(edited, &arguments.key, done)
}

/// The change that is needed, if one is.
fn switched(client: &Client, key: &Key, active: bool) -> Vec<Change> {
    let change =
        Change::SetKeyActive { client: client.name.clone(), key: key.name.clone(), active };
    if key.active == active { Vec::new() } else { vec![change] }
}

fn finish(edited: Edited, key: &WhichKey, done: &str) -> Outcome {
    match edited {
        Edited::Ended(outcome) => outcome,
        Edited::Written(path) => {
            output::say_line(format!(
                "key `{}` of client `{}` is {done} in {}",
                key.name,
                key.client,
                shown(&path)
            ));
            Outcome::Success
        }
    }
}
