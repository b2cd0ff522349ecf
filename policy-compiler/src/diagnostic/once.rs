//! A key in clear text is told once, before all else that is wrong with the text it is in.

use super::{Code, Diagnostic, Diagnostics};
use crate::source::Place;

impl Diagnostics {
    /// Leaves out what else is said of texts that a key in clear text is in: it follows from that.
    /// All is in the order of places.
    pub(super) fn tell_keys_once(&mut self) {
        let mut keys: Vec<Place> = Vec::new();
        self.list.retain(|diagnostic| {
            let Some(place) = key_place(diagnostic) else { return true };
            // Keys do not overlap: what does is the same one.
            let told = keys.last().is_some_and(|last| overlap(*last, place));
            if !told {
                keys.push(place);
            }
            !told
        });
        if keys.is_empty() {
            return;
        }
        self.list.retain(|diagnostic| {
            key_place(diagnostic).is_some()
                || !diagnostic.place.is_some_and(|place| is_on(&keys, place))
        });
    }
}

fn key_place(diagnostic: &Diagnostic) -> Option<Place> {
    diagnostic.place.filter(|_| diagnostic.code == Code::ClearTextKey)
}

/// Whether a place has something in common with one of these, of which no two have.
fn is_on(places: &[Place], place: Place) -> bool {
    let after = places.partition_point(|other| {
        (other.file, other.span.end()) <= (place.file, place.span.start())
    });
    places.get(after).is_some_and(|other| overlap(*other, place))
}

/// Whether two places have text in common.
fn overlap(one: Place, other: Place) -> bool {
    one.file == other.file
        && one.span.start() < other.span.end()
        && other.span.start() < one.span.end()
}
