//! The wire form of a header map.
//!
//! A count, then the lengths of every name and value, then the names and values, each followed
//! by a zero byte; all numbers are 32 bits, little-endian.

/// The wire form; no bytes at all for an empty map, as the reference host gives.
pub(crate) fn encode<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Vec<u8> {
    let (count, bytes) = pairs.clone().fold((0_usize, 0_usize), |(count, bytes), (name, value)| {
        (count + 1, bytes + name.len() + value.len() + 2)
    });
    if count == 0 {
        return Vec::new();
    }
    let mut wire = Vec::with_capacity(4 + count * 8 + bytes);
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

/// The pairs, or none at all when the form is broken in any way: the reference host says nothing
/// then, and so does this.
///
/// `limits` are the most bytes and the most pairs; more counts as broken.
pub(crate) fn decode(wire: &[u8], limits: Option<(usize, usize)>) -> Vec<(Vec<u8>, Vec<u8>)> {
    try_decode(wire, limits).unwrap_or_default()
}

fn try_decode(wire: &[u8], limits: Option<(usize, usize)>) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let (most_bytes, most_pairs) = limits.unwrap_or((usize::MAX, usize::MAX));
    if wire.len() > most_bytes {
        return None;
    }
    let (count, rest) = number(wire)?;
    if count > most_pairs {
        return None;
    }
    let size = count.checked_mul(8)?;
    let mut lengths = rest.get(..size)?;
    let mut content = rest.get(size..)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let (name_length, rest) = number(lengths)?;
        let (value_length, rest) = number(rest)?;
        lengths = rest;
        let (name, rest) = terminated(content, name_length)?;
        let (value, rest) = terminated(rest, value_length)?;
        content = rest;
        pairs.push((name.to_vec(), value.to_vec()));
    }
    content.is_empty().then_some(pairs)
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
        super::decode(wire, Some((1 << 20, MAXIMUM_PAIRS)))
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
