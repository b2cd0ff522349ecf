//! The command `portcullis`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    policy_compiler::command::run()
}
