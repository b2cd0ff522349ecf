//! Keys of key files on their way to their clients.

use std::sync::Arc;

use super::part::{Block, Part, share_of};
use super::plain::PlainRow;
use crate::model::client::ClientDraft;
use crate::model::key::Key;
use crate::model::window::Window;
use crate::text::Origin;
use crate::threads;

/// Gives each client its keys, in the order of the files, and no room for more.
pub(in crate::model) fn hand_out(mut parts: Vec<Part>, clients: &mut [ClientDraft]) {
    let mut settled: Vec<(usize, Key)> = Vec::new();
    for part in &mut parts {
        settled.append(&mut part.settled);
        for (owner, key) in part.faulty.drain(..) {
            if let Some(draft) = clients.get_mut(owner) {
                draft.faulty.push(key);
            }
        }
    }
    let mut counts = vec![0_usize; clients.len()];
    for (owner, _) in &settled {
        count(&mut counts, *owner);
    }
    let share = share_of(clients.len());
    let shares: Vec<Share<'_>> = clients
        .chunks_mut(share)
        .zip(counts.chunks_mut(share))
        .enumerate()
        .map(|(number, (clients, counts))| {
            let rows = parts.iter_mut().map(|part| part.take_share(number)).collect();
            Share { first: number.saturating_mul(share), clients, counts, rows }
        })
        .collect();
    threads::each(shares, &|_| (), |share, _| share.hand_out(&parts));
    // Rows that were not plain come last, and then go where they stood.
    let mut mixed: Vec<usize> = settled.iter().map(|(owner, _)| *owner).collect();
    for (owner, key) in settled {
        if let Some(draft) = clients.get_mut(owner) {
            draft.client.keys.push(key);
        }
    }
    mixed.sort_unstable();
    mixed.dedup();
    for owner in mixed {
        if let Some(ClientDraft { client, .. }) = clients.get_mut(owner) {
            let document = client.place.0.file;
            // Keys of the document keep their places before all others.
            let place = |key: &Key| Some(key.place.0).filter(|place| place.file != document);
            client.keys.sort_by_key(place);
        }
    }
}

/// Neighbouring clients and what is for them.
struct Share<'c> {
    /// The position of the first client.
    first: usize,
    clients: &'c mut [ClientDraft],
    /// How many keys each gets of rows that are not plain.
    counts: &'c mut [usize],
    /// The plain rows, of each part.
    rows: Vec<Vec<Block>>,
}

impl Share<'_> {
    /// Gives the clients the keys of plain rows, each block's room free for what comes next.
    fn hand_out(self, parts: &[Part]) {
        let Self { first, clients, counts, rows } = self;
        let position =
            |row: &PlainRow| usize::try_from(row.owner).unwrap_or(usize::MAX).saturating_sub(first);
        for row in rows.iter().flatten().flatten() {
            count(counts, position(row));
        }
        for (draft, count) in clients.iter_mut().zip(counts) {
            draft.client.keys.reserve_exact(*count);
        }
        for (part, blocks) in parts.iter().zip(rows) {
            for row in blocks.into_iter().flatten() {
                let draft = clients.get_mut(position(&row));
                if let (Some(draft), Some(key)) = (draft, part.key(row)) {
                    draft.client.keys.push(key);
                }
            }
        }
    }
}

fn count(counts: &mut [usize], position: usize) {
    if let Some(count) = counts.get_mut(position) {
        *count = count.saturating_add(1);
    }
}

impl Part {
    /// The key of a plain row.
    fn key(&self, row: PlainRow) -> Option<Key> {
        let dates = row.dates.and_then(|at| self.dates.get(index(at.get()).checked_sub(1)?));
        let window = dates.map_or(Window::default(), |dates| dates.window);
        let expires = dates.filter(|_| window.expires().is_some());
        Some(Key {
            name: row.name,
            digest: row.digest,
            active: row.active,
            rule: Arc::clone(self.rules.get(index(row.rule))?),
            grant: None,
            window,
            legacy: None,
            place: Origin(self.place(row.place)),
            expires_place: expires.map(|dates| Origin(self.place(dates.expires))),
        })
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
