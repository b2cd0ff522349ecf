//! Keys of key files on their way to their clients.

use super::client::ClientDraft;
use super::key::Key;

/// Keys and the positions of their clients, in the order of the files.
#[derive(Debug, Default)]
pub(super) struct OwnedKeys {
    // In parts, so that what was handed out takes no memory while the rest is.
    parts: Vec<Vec<(usize, Key)>>,
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
            part.push((owner, key));
        }
        self.count = self.count.saturating_add(1);
    }

    /// Gives each client its keys, and no room for more.
    pub(super) fn hand_out(self, clients: &mut [ClientDraft]) {
        let mut counts = vec![0_usize; clients.len()];
        for (owner, _) in self.parts.iter().flatten() {
            if let Some(count) = counts.get_mut(*owner) {
                *count = count.saturating_add(1);
            }
        }
        for (client, count) in clients.iter_mut().zip(counts) {
            client.client.keys.reserve_exact(count);
        }
        for (owner, key) in self.parts.into_iter().flatten() {
            if let Some(client) = clients.get_mut(owner) {
                client.client.keys.push(key);
            }
        }
    }
}
