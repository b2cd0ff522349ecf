//! What a module changed in headers.

use crate::headers::Headers;

/// The difference between the headers that came and those that the module left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderChanges {
    /// Headers that were not there before.
    pub added: Headers,
    /// Headers that are not there any more, with the values they had.
    pub removed: Headers,
    /// Headers that have other values than before, or more, or fewer.
    pub replaced: Vec<Replaced>,
}

/// A header whose values changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its name.
    pub name: Vec<u8>,
    /// The values it had, in order.
    pub before: Vec<Vec<u8>>,
    /// The values it has, in order.
    pub after: Vec<Vec<u8>>,
}

impl HeaderChanges {
    /// Whether everything is as it was. (The order of the headers counts for nothing.)
    pub fn are_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.replaced.is_empty()
    }

    pub(crate) fn between(before: &Headers, after: &Headers) -> Self {
        let mut changes = Self::default();
        let (old, new) = (before.by_name(), after.by_name());
        for name in before.names() {
            match (old.get(name), new.get(name)) {
                (Some(old), None) => add_all(&mut changes.removed, name, old),
                (Some(old), Some(new)) if old != new => changes.replaced.push(Replaced {
                    name: name.to_vec(),
                    before: owned(old),
                    after: owned(new),
                }),
                _ => {}
            }
        }
        for name in after.names().filter(|name| !old.contains_key(name)) {
            add_all(&mut changes.added, name, new.get(name).map_or(&[], Vec::as_slice));
        }
        changes
    }
}

fn add_all(headers: &mut Headers, name: &[u8], values: &[&[u8]]) {
    values.iter().for_each(|value| headers.add(name, *value));
}

fn owned(values: &[&[u8]]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_change_is_told() {
        let before: Headers =
            [("same", "1"), ("gone", "2"), ("new-value", "3"), ("more", "4")].into_iter().collect();
        let after: Headers =
            [("more", "4"), ("more", "5"), ("same", "1"), ("new-value", "6"), ("added", "7")]
                .into_iter()
                .collect();
        let changes = HeaderChanges::between(&before, &after);
        assert_eq!(changes.added, [("added", "7")].into_iter().collect());
        assert_eq!(changes.removed, [("gone", "2")].into_iter().collect());
        let replaced: Vec<_> = changes
            .replaced
            .iter()
            .map(|change| (change.name.as_slice(), change.after.len()))
            .collect();
        assert_eq!(replaced, [(&b"new-value"[..], 1), (b"more", 2)]);
        assert!(!changes.are_none());
    }

    #[test]
    fn order_is_no_change() {
        let one: Headers = [("a", "1"), ("b", "2")].into_iter().collect();
        let two: Headers = [("b", "2"), ("a", "1")].into_iter().collect();
        assert!(HeaderChanges::between(&one, &two).are_none());
    }
}
