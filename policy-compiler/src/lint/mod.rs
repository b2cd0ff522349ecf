//! What is allowed, but hardly meant.
//!
//! One file a family of rules; each has a code of its own and only ever warns.

use crate::diagnostic::Diagnostics;
use crate::model::Policy;

/// Looks for what its author should look at.
pub(crate) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    // The families come with the lints; reading already warns where it changes a meaning.
    let _ = (policy, diagnostics);
}
