//! The error that a key stands in clear text, which comes before all else that is wrong with the
//! text it is in.

use super::secret::holds_key;
use super::{Code, Diagnostic, Diagnostics, Severity};
use crate::text::{Place, Sources};

/// How to get from a key to what may stand in a document.
pub(crate) const HASH_HELP: &str = "store only its digest, as `portcullis key hash` prints it, or make a new key with `portcullis key new`; a key that stood here is to be replaced";

impl Diagnostic {
    /// The error that a key stands at a place.
    pub(crate) fn clear_text(place: Place, message: impl Into<String>) -> Self {
        Self::error(Code::ClearTextKey, place, message).help(HASH_HELP)
    }

    /// The same at a place where no more is known of it.
    pub(crate) fn key_here(place: Place) -> Self {
        Self::clear_text(place, "a key stands here in clear text")
    }
}

impl Diagnostics {
    /// Says of texts that are errors because they are keys that Portcullis made just that, also in
    /// list and key files, where no cell and no entry takes a key for something else.
    pub(super) fn tell_keys(&mut self, sources: &Sources) {
        for diagnostic in &mut self.list {
            let Some(place) = diagnostic.place else { continue };
            let text = sources.file(place.file).map_or("", |file| file.slice(place.span));
            let other = diagnostic.code != Code::ClearTextKey;
            if other && diagnostic.severity == Severity::Error && holds_key(text) {
                *diagnostic = Diagnostic::key_here(place);
            }
        }
    }

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
