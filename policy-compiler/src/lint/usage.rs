//! Usage policies.

use super::{Lint, warning};
use crate::diagnostic::Diagnostics;
use crate::model::Policy;

/// Nobody should rely on limits that are not enforced. One warning says it.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    let Some(first) = policy.usage_policies.first() else {
        return;
    };
    diagnostics.push(
        warning(
            Lint::NotEnforced,
            first.place.0,
            "usage policies are not enforced by this version yet",
        )
        .help("no request is refused for its rate or quota: limit rates in the proxy meanwhile"),
    );
}
