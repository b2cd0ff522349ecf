//! What an edit is meant to do, said in terms of the model.

use std::sync::Arc;

use crate::model::{AddressRule, Client, Key, Name, Policy, Window};

/// One change of a policy.
#[derive(Debug, Clone)]
pub enum Change {
    /// The client gets a key.
    AddKey {
        /// The client.
        client: Name,
        /// The key as it is to be.
        key: Box<Key>,
        /// A key of the client in whose file it is to stand; the document without one.
        beside: Option<Name>,
    },
    /// A client is switched on or off.
    SetClientActive {
        /// The client.
        client: Name,
        /// Whether it is on.
        active: bool,
    },
    /// A key is switched on or off.
    SetKeyActive {
        /// Its client.
        client: Name,
        /// The key.
        key: Name,
        /// Whether it is on.
        active: bool,
    },
    /// A key ends at a moment in Unix seconds.
    SetKeyExpires {
        /// Its client.
        client: Name,
        /// The key.
        key: Name,
        /// The moment after its last.
        expires: i64,
    },
    /// A key is taken out.
    RemoveKey {
        /// Its client.
        client: Name,
        /// The key.
        key: Name,
    },
    /// A legacy access profile becomes this key, of the same name.
    MigrateProfile {
        /// Its client.
        client: Name,
        /// The key as it is to be.
        key: Box<Key>,
    },
}

impl Change {
    /// The client that is changed.
    pub(super) fn client(&self) -> &Name {
        match self {
            Self::AddKey { client, .. }
            | Self::SetClientActive { client, .. }
            | Self::SetKeyActive { client, .. }
            | Self::SetKeyExpires { client, .. }
            | Self::RemoveKey { client, .. }
            | Self::MigrateProfile { client, .. } => client,
        }
    }

    /// The key that says in which file the change belongs.
    pub(super) fn anchor(&self) -> Option<&Name> {
        match self {
            Self::AddKey { beside, .. } => beside.as_ref(),
            Self::SetClientActive { .. } => None,
            Self::SetKeyActive { key, .. }
            | Self::SetKeyExpires { key, .. }
            | Self::RemoveKey { key, .. } => Some(key),
            Self::MigrateProfile { key, .. } => Some(&key.name),
        }
    }

    /// The key that is added.
    fn added(&self) -> Option<&Key> {
        match self {
            Self::AddKey { key, .. } | Self::MigrateProfile { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Makes the change; whether that was possible.
    pub(super) fn apply(&self, policy: &mut Policy) -> bool {
        let ends = policy.legacy.ends;
        let rule = self.added().map_or_else(Arc::default, |key| shared_rule(policy, &key.rule));
        let Some(client) = policy.clients.iter_mut().find(|client| client.name == *self.client())
        else {
            return false;
        };
        match self {
            Self::AddKey { key, .. } => {
                let is_new = position(client, &key.name).is_none();
                client.keys.push(Key { rule, ..key.as_ref().clone() });
                is_new
            }
            Self::SetClientActive { active, .. } => {
                client.active = *active;
                true
            }
            Self::SetKeyActive { key, active, .. } => {
                with_key(client, key, |key| key.active = *active)
            }
            Self::SetKeyExpires { key, expires, .. } => {
                with_key(client, key, |key| set_expires(key, *expires, ends))
            }
            Self::RemoveKey { key, .. } => remove(client, key).is_some(),
            Self::MigrateProfile { key, .. } => {
                let was_profile = remove(client, &key.name).is_some_and(|old| old.legacy.is_some());
                client.keys.push(Key { rule, ..key.as_ref().clone() });
                was_profile
            }
        }
    }
}

/// The one copy of a rule that everybody shares who has it, as in a policy that was read.
fn shared_rule(policy: &Policy, rule: &Arc<AddressRule>) -> Arc<AddressRule> {
    let of_client = |client: &Client| {
        let rules = client.keys.iter().map(|key| &key.rule).chain([&client.rule]);
        rules.into_iter().find(|other| *other == rule).map(Arc::clone)
    };
    policy.clients.iter().find_map(of_client).unwrap_or_else(|| Arc::clone(rule))
}

/// An access profile keeps what it says itself, and ends with all of them at the latest.
fn set_expires(key: &mut Key, expires: i64, ends: i64) {
    let mut end = expires;
    if let Some(profile) = &mut key.legacy {
        profile.expires = Some(expires);
        end = end.min(ends);
    }
    key.expires_place.get_or_insert(key.place);
    // A window that cannot be is refused when the text is read.
    key.window = Window::new(key.window.not_before(), Some(end)).unwrap_or(key.window);
}

fn with_key(client: &mut Client, name: &Name, change: impl FnOnce(&mut Key)) -> bool {
    client.keys.iter_mut().find(|key| key.name == *name).map(change).is_some()
}

fn remove(client: &mut Client, name: &Name) -> Option<Key> {
    position(client, name).map(|at| client.keys.remove(at))
}

fn position(client: &Client, name: &Name) -> Option<usize> {
    client.keys.iter().position(|key| key.name == *name)
}
