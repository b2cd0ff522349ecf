//! `portcullis client`.

use clap::{Args, Subcommand};

use super::edit::{EditArguments, Edited, UNTOUCHED, edit};
use super::{Outcome, find, output};
use crate::edit::Change;
use crate::escape::shown;

/// Switches clients on and off
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portcullis client deactivate --client acme policy.yaml")]
pub(super) struct ClientArguments {
    #[command(subcommand)]
    verb: ClientVerb,
}

#[derive(Debug, Subcommand)]
enum ClientVerb {
    /// Switches a client on
    #[command(
        after_help = "Example:\n  portcullis client activate --client acme policy.yaml\n\nIts keys that are switched off stay so."
    )]
    Activate(SwitchArguments),
    /// Switches a client off, with all its keys
    #[command(
        after_help = "Example:\n  portcullis client deactivate --client acme policy.yaml\n\nRequests with any of its keys are denied as `client_inactive` as soon as the new table is loaded;\nthe keys are not touched."
    )]
    Deactivate(SwitchArguments),
}

#[derive(Debug, Args)]
struct SwitchArguments {
    /// The client
    #[arg(long)]
    client: String,
    #[command(flatten)]
    edit: EditArguments,
}

pub(super) fn run(arguments: &ClientArguments) -> Outcome {
    match &arguments.verb {
        ClientVerb::Activate(arguments) => switch(arguments, true),
        ClientVerb::Deactivate(arguments) => switch(arguments, false),
    }
}

fn switch(arguments: &SwitchArguments, active: bool) -> Outcome {
    let edited = edit(&arguments.edit, UNTOUCHED, |policy| {
        let client = find::client(policy, &arguments.client)?;
        let change = Change::SetClientActive { client: client.name.clone(), active };
        Ok(if client.active == active { Vec::new() } else { vec![change] })
    });
    match edited {
        Edited::Ended(outcome) => outcome,
        Edited::Written(path) => {
            let (client, done) = (&arguments.client, if active { "on" } else { "off" });
            output::say_line(format!("client `{client}` is switched {done} in {}", shown(&path)));
            Outcome::Success
        }
    }
}
