//! `portcullis key`.

mod check;
mod hash;
mod list;
mod make;
mod new;
mod rotate;
mod switch;

use clap::{Args, Subcommand};

use super::Outcome;

/// Makes, rotates, switches, lists and judges keys
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  portcullis key new --client acme --name ci policy.yaml\n  portcullis key list policy.yaml"
)]
pub(super) struct KeyArguments {
    #[command(subcommand)]
    verb: KeyVerb,
}

#[derive(Debug, Subcommand)]
enum KeyVerb {
    New(new::NewArguments),
    Rotate(rotate::RotateArguments),
    Refresh(rotate::RefreshArguments),
    Revoke(switch::RevokeArguments),
    Activate(switch::ActivateArguments),
    Deactivate(switch::DeactivateArguments),
    List(list::ListArguments),
    Check(check::CheckArguments),
    Hash(hash::HashArguments),
}

pub(super) fn run(arguments: &KeyArguments) -> Outcome {
    match &arguments.verb {
        KeyVerb::New(arguments) => new::run(arguments),
        KeyVerb::Rotate(arguments) => rotate::run(arguments),
        KeyVerb::Refresh(arguments) => rotate::refresh(arguments),
        KeyVerb::Revoke(arguments) => switch::revoke(arguments),
        KeyVerb::Activate(arguments) => switch::activate(arguments),
        KeyVerb::Deactivate(arguments) => switch::deactivate(arguments),
        KeyVerb::List(arguments) => list::run(arguments),
        KeyVerb::Check(arguments) => check::run(arguments),
        KeyVerb::Hash(arguments) => hash::run(arguments),
    }
}
