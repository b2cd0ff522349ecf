//! What the entries of a document may refer to.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::address_list::AddressRule;
use super::digest::Digest;
use super::gateway::KeyPrefix;
use super::grant::CollectionNames;
use super::legacy::Legacy;
use super::lists::Lists;
use crate::text::Place;

/// Everything that has a name, and what is shared.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) key_prefix: KeyPrefix,
    pub(super) legacy: Legacy,
    pub(super) lists: Lists,
    pub(super) collections: CollectionNames,
    pub(super) usage_policies: BTreeSet<String>,
    /// Every digest of the document and where it stands, also of keys with other mistakes; of key
    /// files only the latter, as all others are where their keys are.
    pub(super) digests: RefCell<Vec<(Digest, Place)>>,
    rules: RefCell<HashSet<Arc<AddressRule>>>,
}

impl Context {
    pub(super) fn new(key_prefix: KeyPrefix, legacy: Legacy, lists: Lists) -> Self {
        Self {
            key_prefix,
            legacy,
            lists,
            collections: CollectionNames::default(),
            usage_policies: BTreeSet::new(),
            digests: RefCell::default(),
            rules: RefCell::default(),
        }
    }

    /// The one copy of a rule that all keys with it share.
    pub(super) fn share_rule(&self, rule: AddressRule) -> Arc<AddressRule> {
        let mut rules = self.rules.borrow_mut();
        if let Some(shared) = rules.get(&rule) {
            return Arc::clone(shared);
        }
        let shared = Arc::new(rule);
        rules.insert(Arc::clone(&shared));
        shared
    }
}
