//! What is allowed, but hardly meant.
//!
//! One file a family of rules; each rule has a code of its own and only ever warns.

mod usage;

use crate::diagnostic::Diagnostics;
use crate::model::Policy;

/// Looks for what its author should look at.
pub(crate) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    usage::check(policy, diagnostics);
}
