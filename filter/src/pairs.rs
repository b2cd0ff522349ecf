//! A header map in the form in which hosts hand it over, read in place.
//!
//! The form is that of the proxy-wasm ABI 0.2.1: a count, then the length of each name and value,
//! all 32-bit little-endian, then names and values, each followed by a zero byte.

use policy_table::NameLengths;

/// The fields of a header map; borrows from the bytes that the host wrote.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    lengths: &'a [[[u8; 4]; 2]],
    text: &'a [u8],
    /// How long the names are: most of those that are asked for are not there.
    names: NameLengths,
}

impl<'a> Pairs<'a> {
    /// Reads a header map. `None` where the bytes are not one: a host that says so is not to be
    /// trusted with a guess at what it meant.
    #[must_use]
    pub fn parse(map: &'a [u8]) -> Option<Self> {
        // An empty map is no bytes, or a single zero byte.
        let Some((count, rest)) = map.split_first_chunk::<4>() else {
            let empty = Self { lengths: &[], text: &[], names: NameLengths::NONE };
            return matches!(map, [] | [0]).then_some(empty);
        };
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let (lengths, text) = rest.split_at_checked(count.checked_mul(8)?)?;
        let lengths = lengths.as_chunks::<4>().0.as_chunks::<2>().0;
        let (mut left, mut names) = (text.len(), NameLengths::NONE);
        for [name, value] in lengths {
            for length in [name, value] {
                let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
                left = left.checked_sub(length)?.checked_sub(1)?;
            }
            names = names.and_length(u32::from_le_bytes(*name) as usize);
        }
        (left == 0).then_some(Self { lengths, text, names })
    }

    /// Names and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        self.of(NameLengths::ALL)
    }

    /// All whose names have one of these lengths, and few others.
    pub fn of(&self, wanted: NameLengths) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let Self { lengths, text, names } = *self;
        let lengths = if names.meets(wanted) { lengths } else { &[] };
        let mut next = 0;
        lengths.iter().filter_map(move |[name, value]| {
            // INVARIANT: all of them lie in the text, as `parse` has proved.
            let [name, value] = [*name, *value].map(|length| u32::from_le_bytes(length) as usize);
            let (name_at, value_at) = (next, next + name + 1);
            next = value_at + value + 1;
            if !wanted.contains(name) {
                return None;
            }
            Some((text.get(name_at..name_at + name)?, text.get(value_at..value_at + value)?))
        })
    }
}

/// Writes a header map.
#[must_use]
pub fn serialize(fields: &[(&str, &str)]) -> Vec<u8> {
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut map = Vec::new();
    map.extend(word(fields.len()));
    for (name, value) in fields {
        map.extend(word(name.len()));
        map.extend(word(value.len()));
    }
    for (name, value) in fields {
        for text in [name, value] {
            map.extend(text.as_bytes());
            map.push(0);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let fields = [(":path", "/"), ("x-empty", ""), ("a", "1"), ("a", "2")];
        let map = serialize(&fields);
        let read: Vec<_> = Pairs::parse(&map).unwrap().iter().collect();
        let expected: Vec<_> =
            fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn fields_are_found_by_the_lengths_of_their_names() {
        let long = "x".repeat("name".len() + 64);
        let fields = [("name", "1"), ("other", "2"), ("", "3"), ("same", ""), (&long, "4")];
        let map = serialize(&fields);
        let found = |lengths| {
            let found = Pairs::parse(&map).unwrap().of(lengths);
            found.map(|(_, value)| value.to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(found(NameLengths::NONE.and(b"name")), [&b"1"[..], b"", b"4"]);
        assert_eq!(found(NameLengths::NONE.and(b"").and(b"other")), [b"2", b"3"]);
        assert_eq!(found(NameLengths::NONE), [b""; 0]);
        assert_eq!(found(NameLengths::ALL).len(), fields.len());
    }

    #[test]
    fn an_empty_map_has_three_forms() {
        for map in [&[][..], &[0], &[0, 0, 0, 0]] {
            assert_eq!(Pairs::parse(map).unwrap().iter().count(), 0);
        }
    }

    #[test]
    fn every_damaged_map_is_refused() {
        let map = serialize(&[("name", "value"), ("other", "thing")]);
        for length in 1..map.len() {
            assert!(Pairs::parse(&map[..length]).is_none(), "{length}");
        }
        for position in 0..20 {
            for value in [1, 0x7F, 0xFF] {
                let mut damaged = map.clone();
                damaged[position] ^= value;
                assert!(Pairs::parse(&damaged).is_none(), "{position}");
            }
        }
        let longer = [map.as_slice(), &[0]].concat();
        assert!(Pairs::parse(&longer).is_none());
    }
}
