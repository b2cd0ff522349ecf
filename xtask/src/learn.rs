//! `cargo xtask learn`: which way the branches of the filter go.

use anyhow::Result;

use crate::bench::{built, released};
use crate::workspace::Workspace;
use crate::{build, step};

/// Counts the branches of the filter as it is, and builds it again with what was learned.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    built(workspace)?;
    step::loud("learn-branches", &mut workspace.command(released(workspace, "learn-branches")))?;
    build::run(workspace)
}
