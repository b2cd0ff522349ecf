//! Edits of the text of a document: one place changes, everything else stays as it is.
//!
//! What these functions write is a proposal. Whether it means what it is to mean is judged by
//! whoever reads the whole policy again.

mod comments;
mod insert;
mod place;
mod remove;
mod set;
mod style;

use super::Change;
use super::error::NoPlace;
use crate::model::{Name, Policy, show_time};
use insert::{Comments, Entry};

/// The text with a change made to it; `policy` is what it means without.
pub(super) fn edit(text: &str, change: &Change, policy: &Policy) -> Result<String, NoPlace> {
    let client = change.client().as_str();
    let path = |key: &'_ Name| {
        let section = section(policy, client, key.as_str());
        ["clients", client, section, key.as_str()].map(str::to_owned)
    };
    match change {
        Change::AddKey { key, .. } => {
            insert::key(text, client, &Entry::new(key, policy, Comments::default()))
        }
        Change::SetClientActive { active, .. } => {
            let path = ["clients", client].map(str::to_owned);
            set::field(text, &path, "active", &active.to_string())
        }
        Change::SetKeyActive { key, active, .. } => {
            set::field(text, &path(key), "active", &active.to_string())
        }
        Change::SetKeyExpires { key, expires, .. } => {
            set::field(text, &path(key), "expires", &show_time(*expires))
        }
        Change::RemoveKey { key, .. } => {
            remove::entry(text, &path(key), remove::OtherComments::Stay)
        }
        Change::MigrateProfile { key, .. } => {
            let path = path(&key.name);
            let moved = remove::OtherComments::Moved;
            // What goes is known when the key is there: its section may be all that goes.
            let bare = insert::key(text, client, &Entry::new(key, policy, Comments::default()))?;
            let remove::Removal { part, name, .. } = remove::removal(&bare, &path, moved)?;
            let above = comments::within(&bare, &(part.start..name))?;
            let inside = comments::within(&bare, &(name..part.end))?;
            let entry = Entry::new(key, policy, Comments { above, inside });
            remove::entry(&insert::key(text, client, &entry)?, &path, moved)
        }
    }
}

/// Where the document has a key of a client.
fn section(policy: &Policy, client: &str, key: &str) -> &'static str {
    let client = policy.clients.iter().find(|other| other.name.as_str() == client);
    let key = client.and_then(|client| client.keys.iter().find(|other| other.name.as_str() == key));
    match key.is_some_and(|key| key.legacy.is_some()) {
        true => "access_profiles",
        false => "keys",
    }
}
