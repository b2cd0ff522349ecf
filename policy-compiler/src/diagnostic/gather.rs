//! One warning for a file, instead of one for each of its lines.

use std::collections::BTreeMap;

use super::{Code, Diagnostics};
use crate::text::FileIndex;

impl Diagnostics {
    /// Keeps the first finding of a lint in each list and key file, and counts the others:
    /// such files come from elsewhere, and nobody corrects them line by line.
    pub(crate) fn gather(&mut self, document: FileIndex) {
        let mut kept = Vec::with_capacity(self.list.len());
        let mut first: BTreeMap<(Code, FileIndex), (usize, usize)> = BTreeMap::new();
        self.list.sort_by_key(|diagnostic| diagnostic.place);
        for diagnostic in self.list.drain(..) {
            let group = match (diagnostic.code, diagnostic.place) {
                (code @ Code::Lint(_), Some(place)) if place.file != document => {
                    Some((code, place.file))
                }
                _ => None,
            };
            if let Some((_, more)) = group.and_then(|group| first.get_mut(&group)) {
                *more = more.saturating_add(1);
                continue;
            }
            if let Some(group) = group {
                first.insert(group, (kept.len(), 0));
            }
            kept.push(diagnostic);
        }
        for (position, more) in first.into_values().filter(|(_, more)| *more > 0) {
            if let Some(diagnostic) = kept.get_mut(position) {
                diagnostic.message =
                    format!("{}; {more} more like this in the file", diagnostic.message);
            }
        }
        self.list = kept;
    }
}
