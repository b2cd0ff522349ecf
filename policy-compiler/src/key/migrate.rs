//! Keys in the place of legacy access profiles.

use std::fmt;
use std::sync::Arc;

use super::End;
use crate::edit::Change;
use crate::model::{Client, CollectionIndex, Key, Name, Policy, Window, show_time};

/// What becomes of access profiles.
#[derive(Debug)]
pub struct Migration {
    /// What is to be changed.
    pub changes: Vec<Change>,
    /// What a profile says that a key cannot say, in words.
    pub lost: Vec<String>,
}

/// Why a profile does not become a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannotMigrate {
    /// It may use collections that its client is not granted.
    MoreThanTheClient {
        /// The client.
        client: Name,
        /// The profile.
        profile: Name,
        /// These collections.
        collections: Vec<Name>,
    },
    /// The key would end before it begins.
    NeverValid {
        /// The profile.
        profile: Name,
        /// The end, in Unix seconds.
        end: i64,
    },
}

/// The changes that make keys out of access profiles of a client: of the same name, digest, rules
/// and dates. The end that all profiles have stays the end of the key unless another `end` is
/// given; an earlier end of its own stays in any case. Collections that the client is not granted
/// are left out only where `narrow` says so.
///
/// # Errors
/// For the first profile that would lose or gain something that was not asked for.
pub fn migrate(
    policy: &Policy,
    client: &Client,
    profiles: &[&Key],
    end: Option<End>,
    narrow: bool,
) -> Result<Migration, CannotMigrate> {
    let mut migration = Migration { changes: Vec::new(), lost: Vec::new() };
    for profile in profiles {
        let name = &profile.name;
        let missing = beyond(client, profile);
        if !missing.is_empty() {
            let collections = missing.iter().filter_map(|index| policy.collection(*index));
            let collections: Vec<Name> = collections.map(|one| one.name.clone()).collect();
            if !narrow {
                return Err(CannotMigrate::MoreThanTheClient {
                    client: client.name.clone(),
                    profile: name.clone(),
                    collections,
                });
            }
            migration.lost.push(format!("`{name}` may no longer use {}", listed(&collections)));
        }
        migration.lost.extend(lost_policy(profile));
        let key = as_key(policy, client, profile, end)?;
        migration
            .changes
            .push(Change::MigrateProfile { client: client.name.clone(), key: key.into() });
    }
    Ok(migration)
}

fn as_key(
    policy: &Policy,
    client: &Client,
    profile: &Key,
    end: Option<End>,
) -> Result<Key, CannotMigrate> {
    let own = profile.legacy.as_ref().and_then(|legacy| legacy.expires);
    let others = match end {
        None => Some(policy.legacy.ends),
        Some(End::At(moment)) => Some(moment),
        Some(End::Never) => None,
    };
    let expires = own.into_iter().chain(others).min();
    let window = Window::new(profile.window.not_before(), expires).ok_or_else(|| {
        let (profile, end) = (profile.name.clone(), expires.unwrap_or(i64::MAX));
        CannotMigrate::NeverValid { profile, end }
    })?;
    let granted = |index: &CollectionIndex| client.grant.binary_search(index).is_ok();
    let grant = profile.grant.as_ref().map(|grant| {
        let kept: Arc<[CollectionIndex]> = grant.iter().copied().filter(granted).collect();
        kept
    });
    let expires_place = expires.map(|_| profile.place);
    Ok(Key { grant, window, legacy: None, expires_place, ..profile.clone() })
}

/// What a profile may use and its client may not.
fn beyond(client: &Client, profile: &Key) -> Vec<CollectionIndex> {
    let grant = profile.grant.iter().flat_map(|grant| grant.iter().copied());
    grant.filter(|index| client.grant.binary_search(index).is_err()).collect()
}

/// What a key does not have.
fn lost_policy(profile: &Key) -> Option<String> {
    let legacy = profile.legacy.as_ref()?;
    let usage_policy = legacy.usage_policy.as_ref()?;
    let name = &profile.name;
    Some(format!(
        "usage policy `{usage_policy}` of `{name}`: a key has none of its own, that of its client holds"
    ))
}

fn listed(names: &[Name]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

impl fmt::Display for CannotMigrate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreThanTheClient { client, profile, collections } => {
                let collections = listed(collections);
                write!(
                    formatter,
                    "access profile `{profile}` may use {collections}, which client `{client}` is not granted, and a key never has more than its client; grant {collections} to the client (all its keys without `collections` of their own may then use them), or leave them out with `--narrow`"
                )
            }
            Self::NeverValid { profile, end } => write!(
                formatter,
                "access profile `{profile}` would never be valid as a key that ends on {}; give a later end with `--expires`",
                show_time(*end)
            ),
        }
    }
}

impl std::error::Error for CannotMigrate {}
