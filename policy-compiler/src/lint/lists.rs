//! IP lists that nothing refers to.

use std::collections::HashSet;

use super::{Lint, warning};
use crate::diagnostic::Diagnostics;
use crate::model::{AddressEntry, AddressList, AddressRule, Policy};
use crate::source::quote;

/// A list is used by a rule, or by a list that is used.
pub(super) fn check(policy: &Policy, rules: &[&AddressRule], diagnostics: &mut Diagnostics) {
    let mut used = HashSet::new();
    for rule in rules {
        visit(&rule.blocked, &mut used);
        visit(&rule.allowed, &mut used);
    }
    for list in policy.ip_lists.iter().filter(|list| !used.contains(list.name().as_str())) {
        let message = format!("nothing refers to IP list {}", quote(list.name().as_str()));
        diagnostics.push(
            warning(Lint::UnusedList, list.place(), message)
                .help("name it in `blocked_ips` or `allowed_ips`, or remove it"),
        );
    }
}

fn visit<'p>(list: &'p AddressList, used: &mut HashSet<&'p str>) {
    for entry in list.entries() {
        if let AddressEntry::List(named) = entry
            && used.insert(named.name().as_str())
        {
            visit(named.written(), used);
        }
    }
}
