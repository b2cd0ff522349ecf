//! The hosts of requests, as far as two tables tell them apart.

use std::collections::BTreeSet;

use policy_table::Table;
use policy_table::walk::HostPattern;

use super::fresh::fresh;

/// Hosts of which at least one matches whatever patterns any host matches: those that are named,
/// one under each domain, and one that has nothing to do with either.
pub(super) fn examples(tables: [&Table<'_>; 2]) -> Vec<String> {
    let (mut exact, mut domains) = (BTreeSet::new(), BTreeSet::new());
    for pattern in tables.iter().flat_map(|table| table.host_patterns()) {
        match pattern {
            HostPattern::Exact(name) => exact.insert(text(name)),
            HostPattern::Wildcard(domain) => domains.insert(text(domain)),
            HostPattern::Any => false,
        };
    }
    let below =
        |domain: &String| fresh("any", |label| exact.contains(&format!("{label}.{domain}")));
    let below: Vec<String> =
        domains.iter().map(|domain| format!("{}.{domain}", below(domain))).collect();
    // Without a dot it is under no domain.
    let elsewhere = fresh("elsewhere", |name| exact.contains(name));
    exact.into_iter().chain(below).chain([elsewhere]).collect()
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
