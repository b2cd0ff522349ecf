//! What passes because no endpoint matches it.

use super::{Lint, warning};
use crate::diagnostic::Diagnostics;
use crate::model::{HostPattern, Policy, Unmatched};
use crate::source::quote;

/// The host is what the caller says that it is: an upstream that does not look at it answers under any name.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    if policy.gateway.unmatched != Unmatched::Allow {
        return;
    }
    let protected = policy.collections.iter().filter(|one| one.active && !one.public);
    for collection in protected.filter(|one| !one.hosts.contains(&HostPattern::Any)) {
        let message = format!(
            "collection {} asks for a credential on its hosts only, and `unmatched: allow` lets requests to others pass",
            quote(collection.name.as_str())
        );
        diagnostics.push(warning(Lint::OtherHostsPass, collection.place.0, message).help(
            "leave `hosts` out, so that the collection is protected under every name, or write `unmatched: deny`",
        ));
    }
}
