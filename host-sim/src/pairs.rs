//! The wire form of a header map.
//!
//! A count, then the lengths of every name and value, then the names and values, each followed
//! by a zero byte; all numbers are 32 bits, little-endian.

/// What the two lengths of a pair take.
const LENGTHS: usize = 8;

/// The wire form; no bytes at all for an empty map, as the reference host gives.
pub(crate) fn encode<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Vec<u8> {
    let (count, bytes) = pairs.clone().fold((0_usize, 0_usize), |(count, bytes), (name, value)| {
        (count + 1, bytes + name.len() + value.len() + 2)
    });
    if count == 0 {
        return Vec::new();
    }
    let mut wire = Vec::with_capacity(4 + count * LENGTHS + bytes);
    wire.extend(length(count));
    for (name, value) in pairs.clone() {
        wire.extend(length(name.len()));
        wire.extend(length(value.len()));
    }
    for (name, value) in pairs {
        wire.extend_from_slice(name);
        wire.push(0);
        wire.extend_from_slice(value);
        wire.push(0);
    }
    wire
}

/// Name and value of every pair of a wire form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs<'a> {
    lengths: &'a [u8],
    content: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name_length, lengths) = number(self.lengths)?;
        let (value_length, lengths) = number(lengths)?;
        let (name, content) = terminated(self.content, name_length)?;
        let (value, content) = terminated(content, value_length)?;
        *self = Self { lengths, content };
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.lengths.len() / LENGTHS;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Pairs<'_> {}

/// The pairs, or none at all when the form is broken in any way: the reference host says nothing
/// then, and so does this.
///
/// `limits` are the most bytes and the most pairs; more counts as broken.
pub(crate) fn decode(wire: &[u8], limits: Option<(usize, usize)>) -> Pairs<'_> {
    try_decode(wire, limits).unwrap_or_default()
}

fn try_decode(wire: &[u8], limits: Option<(usize, usize)>) -> Option<Pairs<'_>> {
    let (most_bytes, most_pairs) = limits.unwrap_or((usize::MAX, usize::MAX));
    if wire.len() > most_bytes {
        return None;
    }
    let (count, rest) = number(wire)?;
    if count > most_pairs {
        return None;
    }
    let (lengths, content) = rest.split_at_checked(count.checked_mul(LENGTHS)?)?;
    let pairs = Pairs { lengths, content };
    let mut rest = pairs.clone();
    rest.by_ref().for_each(drop);
    (rest.lengths.is_empty() && rest.content.is_empty()).then_some(pairs)
}

fn terminated(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    let (text, rest) = bytes.split_at_checked(length)?;
    let (&0, rest) = rest.split_first()? else {
        return None;
    };
    Some((text, rest))
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

/// No length here reaches 4 GiB: guest memory is smaller.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAXIMUM_PAIRS: usize = 1024;

    fn decode(wire: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        owned(super::decode(wire, Some((1 << 20, MAXIMUM_PAIRS))))
    }

    fn owned(pairs: Pairs<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
        pairs.map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    }

    fn wire(pairs: &[(&str, &str)]) -> Vec<u8> {
        encode(pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
    }

    #[test]
    fn round_trip() {
        let pairs = decode(&wire(&[("a", "1"), ("", ""), ("a", "22")]));
        assert_eq!(
            pairs,
            [(b"a".to_vec(), b"1".to_vec()), (vec![], vec![]), (b"a".to_vec(), b"22".to_vec())]
        );
    }

    #[test]
    fn the_form_is_that_of_the_specification() {
        assert_eq!(wire(&[("k", "vw")]), b"\x01\0\0\0\x01\0\0\0\x02\0\0\0k\0vw\0");
        assert_eq!(wire(&[]), b"");
    }

    #[test]
    fn anything_broken_is_an_empty_map() {
        let good = wire(&[("name", "value"), ("x", "y")]);
        for end in 0..good.len() {
            assert_eq!(decode(&good[..end]), [], "cut at {end}");
        }
        let mut trailing = good.clone();
        trailing.push(0);
        assert_eq!(decode(&trailing), []);
        let mut not_terminated = good;
        *not_terminated.last_mut().unwrap() = b'!';
        assert_eq!(decode(&not_terminated), []);
        assert_eq!(decode(&u32::MAX.to_le_bytes()), []);
    }

    #[test]
    fn more_pairs_than_the_limit_are_an_empty_map() {
        let pairs = vec![("a", "b"); MAXIMUM_PAIRS + 1];
        assert_eq!(decode(&wire(&pairs)), []);
        assert_eq!(decode(&wire(&pairs[1..])).len(), MAXIMUM_PAIRS);
        assert_eq!(super::decode(&wire(&pairs), None).len(), MAXIMUM_PAIRS + 1);
    }
}
