//! Keys of key files on their way to their clients.

use super::client::ClientDraft;
use super::key::Key;

/// Keys and the positions of their clients, in the order of the files.
#[derive(Debug, Default)]
pub(super) struct OwnedKeys {
    // In parts, so that no key is moved for want of room.
    parts: Vec<Vec<(usize, Option<Key>)>>,
    count: usize,
}

/// Keys in one part.
const PART: usize = 1 << 14;

impl OwnedKeys {
    pub(super) fn add(&mut self, owner: usize, key: Key) {
        if self.count.is_multiple_of(PART) {
            self.parts.push(Vec::with_capacity(PART));
        }
        if let Some(part) = self.parts.last_mut() {
            part.push((owner, Some(key)));
        }
        self.count = self.count.saturating_add(1);
    }

    /// Gives each client its keys, and no room for more.
    pub(super) fn hand_out(mut self, clients: &mut [ClientDraft]) {
        // Client by client: to fetch keys from anywhere costs less than to put them anywhere.
        let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(self.count);
        for (at, part) in (0..).zip(&self.parts) {
            order.extend((0..).zip(part).map(|(within, (owner, _))| (length(*owner), at, within)));
        }
        order.sort_unstable();
        for keys in order.chunk_by(|(one, ..), (other, ..)| one == other) {
            let owner = keys.first().and_then(|(owner, ..)| usize::try_from(*owner).ok());
            let Some(client) = owner.and_then(|owner| clients.get_mut(owner)) else { continue };
            client.client.keys.reserve_exact(keys.len());
            client.client.keys.extend(keys.iter().filter_map(|(_, at, within)| {
                let part = self.parts.get_mut(usize::try_from(*at).ok()?)?;
                part.get_mut(usize::try_from(*within).ok()?)?.1.take()
            }));
        }
    }
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
