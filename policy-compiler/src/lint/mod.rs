//! What is allowed, but hardly meant.
//!
//! One file a family of lints. Three are raised where a document is read, because a model keeps
//! nothing of what they are about: host bits that are cleared, collections that a key cannot
//! have, and zero hops.

mod access;
mod clients;
mod collections;
mod endpoints;
mod entries;
mod intervals;
mod keys;
mod limits;
mod lists;
mod neighbours;
mod paths;
mod unmatched;
mod usage;

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::{AddressRule, CollectionIndex, Policy};
use crate::text::Place;

pub use crate::diagnostic::Lint;
pub(crate) use limits::MOST_RANGES;

/// What lints go by, beside the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LintOptions {
    /// The moment to look at in Unix seconds; without it nothing is said about dates.
    pub at: Option<i64>,
    /// How many seconds after it are soon.
    pub within: i64,
    /// Whether each finding in a list or key file is told, rather than their number.
    pub every: bool,
}

/// 30 days.
const SOON: i64 = 30 * 24 * 60 * 60;

impl Default for LintOptions {
    fn default() -> Self {
        Self { at: None, within: SOON, every: false }
    }
}

/// Looks for what its author should look at.
pub(crate) fn check(policy: &Policy, options: &LintOptions, diagnostics: &mut Diagnostics) {
    let mut sets = intervals::Sets::default();
    let Survey { rules, granted } = Survey::of(policy);
    if !limits::check(&rules, &mut sets, diagnostics) {
        return;
    }
    entries::check(policy, &rules, &mut sets, diagnostics);
    access::check(policy, &mut sets, diagnostics);
    lists::check(policy, &rules, diagnostics);
    clients::check(policy, &granted, diagnostics);
    keys::check(policy, options, diagnostics);
    endpoints::check(policy, diagnostics);
    collections::check(policy, diagnostics);
    usage::check(policy, diagnostics);
    unmatched::check(policy, diagnostics);
}

/// What is found in one look at all keys.
struct Survey<'p> {
    /// Every rule once, however many clients and keys share it.
    rules: Vec<&'p AddressRule>,
    /// Whether some client may use a collection, by whichever key: by position.
    granted: Vec<bool>,
}

impl<'p> Survey<'p> {
    fn of(policy: &'p Policy) -> Self {
        let mut rules = vec![&policy.gateway.rule];
        let mut seen = HashSet::new();
        let mut granted = vec![false; policy.collections.len()];
        let mut grant = |collections: &[CollectionIndex]| {
            for collection in collections {
                if let Some(granted) = granted.get_mut(collection.position()) {
                    *granted = true;
                }
            }
        };
        for client in &policy.clients {
            let mut add = |rule: &'p Arc<AddressRule>| {
                if seen.insert(Arc::as_ptr(rule)) {
                    rules.push(rule.as_ref());
                }
            };
            add(&client.rule);
            grant(&client.grant);
            for key in &client.keys {
                add(&key.rule);
                grant(key.grant.as_deref().unwrap_or_default());
            }
        }
        Self { rules, granted }
    }
}

fn warning(lint: Lint, place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(Code::Lint(lint), place, message)
}
