//! What would make a table too large for any proxy: an error, and told here because lints have the lists as
//! sets.

use super::intervals::Sets;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::{AddressEntry, AddressRule};

/// The most ranges that all rules may have together, each list counted in each rule that names it: a table of
/// 166 MB where all are IPv4, of which each worker of a proxy has a copy.
pub(crate) const MOST_RANGES: usize = 1 << 24;

/// Counts the ranges of all rules, those of a list in each rule that names it: a table keeps each rule
/// by itself. Whether a table has room for them.
pub(super) fn check(
    rules: &[&AddressRule],
    sets: &mut Sets,
    diagnostics: &mut Diagnostics,
) -> bool {
    let mut count = 0_usize;
    let entries = rules.iter().flat_map(|rule| [&rule.blocked, &rule.allowed]);
    for entry in entries.flat_map(|list| list.entries()) {
        count = count.saturating_add(match entry {
            AddressEntry::Range(_) => 1,
            AddressEntry::List(list) => sets.named(list).len(),
        });
    }
    let is_within = count <= MOST_RANGES;
    if !is_within {
        let message = format!(
            "the address rules come to {count} ranges, each list counted in each different rule that names it; expected at most {MOST_RANGES}"
        );
        diagnostics.push(Diagnostic::of_document(
            Code::TooMany,
            message,
            "give a long list to the gateway or to clients, where all share one rule, rather than to keys that have addresses of their own beside it",
        ));
    }
    is_within
}
