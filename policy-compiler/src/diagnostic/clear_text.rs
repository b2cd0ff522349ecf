//! The error that a key stands in clear text, which comes before all else that is wrong with the
//! text it is in.

use std::collections::BTreeMap;

use super::secret::KeyEnds;
use super::{Code, Diagnostic, Diagnostics, Severity};
use crate::text::{FileIndex, Place, Sources};

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
    /// list and key files, where no cell and no entry takes a key for something else. Very many errors
    /// may be about one long text, so each file is searched once.
    pub(super) fn tell_keys(&mut self, sources: &Sources) {
        let mut keys: BTreeMap<FileIndex, KeyEnds> = BTreeMap::new();
        for diagnostic in &mut self.list {
            let Some(place) = diagnostic.place else { continue };
            if diagnostic.severity != Severity::Error || diagnostic.code == Code::ClearTextKey {
                continue;
            }
            let keys = keys.entry(place.file).or_insert_with(|| {
                KeyEnds::of(sources.file(place.file).map_or("", |file| file.text()))
            });
            if keys.any_in(place.span.start()..place.span.end()) {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::text::{FileKind, Span};

    /// Where an entry is written with escapes, its place is the whole text. Searched for each error, this one
    /// would take hours.
    #[test]
    fn a_text_with_very_many_errors_is_searched_once() {
        let text = "_".repeat(1 << 20);
        let mut sources = Sources::default();
        let place = Span::new(0, text.len());
        let (file, _) = sources.add("policy.yaml".into(), text, FileKind::Document);
        let mut diagnostics = Diagnostics::default();
        for _ in 0..100_000 {
            let place = Place { file, span: place };
            diagnostics.push(Diagnostic::error(Code::InvalidAddress, place, "no address"));
        }
        let begin = Instant::now();
        diagnostics.tell_keys(&sources);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
