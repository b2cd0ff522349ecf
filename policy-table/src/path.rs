//! The path of a request, read in the only way in which it can be read.

use core::cmp::Ordering;

use arrayvec::ArrayVec;

use crate::bytes;
use crate::format::MAX_SEGMENTS;

/// A path on which two servers could not disagree: it has passed check 3.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a> {
    /// What stands between the `/` in front and the query; `None` for a path without that `/`
    /// (`*` of RFC 9112, section 3.2.4, or none as in CONNECT), which matches no endpoint.
    pub(crate) segments: Option<Segments<'a>>,
    /// What stands after the `?`.
    pub(crate) query: Option<&'a [u8]>,
}

/// Segments with slashes between them: one at least, which may be empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segments<'a> {
    text: &'a [u8],
    /// Whether there is an escape (RFC 3986, section 2.1) among them.
    escaped: bool,
}

/// Segments, each split off when it is first asked for and then known: a tree may ask for one at each of its nodes.
pub(crate) struct Walk<'a> {
    left: Option<Segments<'a>>,
    known: ArrayVec<Segment<'a>, { MAX_SEGMENTS + 1 }>,
}

/// One segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    text: &'a [u8],
    /// The hash of its bytes, escapes decoded.
    pub(crate) hash: u32,
    escaped: bool,
}

/// Why a path could be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmbiguousPath {
    /// A `.` or `..` segment, plain or escaped (RFC 3986, section 5.2.4).
    DotSegment,
    /// `//`: some servers merge slashes.
    EmptySegment,
    /// A backslash, plain or escaped: some servers take it for a slash.
    Backslash,
    /// An escaped slash.
    EscapedSlash,
    /// An escaped `?`: some servers decode it before they cut the query off.
    EscapedQuestionMark,
    /// A letter that only says which way to read, which is no part of an address (RFC 3987, section 4.1): some servers
    /// leave it out, and `.%E2%80%8E.` is `..` to them.
    DirectionMark,
    /// A control byte, plain or escaped, or a blank.
    ControlByte,
    /// A byte that is not ASCII and not escaped, which no path has (RFC 3986, section 3.3): some servers take
    /// 0x85 and 0xA0, as they are in Latin-1 or within a letter of UTF-8, for a blank that ends the path.
    NotAscii,
    /// Escapes of bytes that are no UTF-8: some servers leave these out, and `.%ff.` is `..` to them.
    NotUtf8,
    /// `%` without two hexadecimal digits.
    BrokenEscape,
    /// `;`: some servers cut parameters off (RFC 3986, section 3.3).
    Parameter,
    /// `#`: a fragment is no part of a request.
    Fragment,
    /// Neither empty, nor `*`, nor with a slash in front.
    NoSlash,
}

impl<'a> Path<'a> {
    /// Reads a request's path with its query, as `:path` carries it.
    pub(crate) fn read(path_and_query: &'a [u8]) -> Result<Self, AmbiguousPath> {
        // Nearly all paths are made of bytes that mean only themselves.
        if let Some((b'/', text)) = path_and_query.split_first()
            && let Some((text, query)) =
                bytes::end_of_plain_path(text).and_then(|end| text.split_at_checked(end))
        {
            let segments = Segments { text, escaped: false };
            return Ok(Self { segments: Some(segments), query: query.get(1..) });
        }
        Self::read_byte_by_byte(path_and_query)
    }

    #[cold]
    #[inline(never)]
    fn read_byte_by_byte(path_and_query: &'a [u8]) -> Result<Self, AmbiguousPath> {
        let (path, query) = split_query(path_and_query);
        let segments = match path.split_first() {
            Some((b'/', text)) => Some(Segments { text, escaped: scan(text)? }),
            _ if matches!(path_and_query, b"" | b"*") => None,
            _ => return Err(AmbiguousPath::NoSlash),
        };
        Ok(Self { segments, query })
    }
}

impl<'a> Segments<'a> {
    /// The first segment and, where a slash follows it, the others.
    fn split(self) -> (Segment<'a>, Option<Self>) {
        let (text, hash, after) = bytes::split_at_slash(self.text);
        let hash = if self.escaped { bytes::hash_of(decoded(text)) } else { hash };
        let segment = Segment { text, hash, escaped: self.escaped };
        (segment, after.map(|text| Self { text, ..self }))
    }
}

impl<'a> Walk<'a> {
    /// Along these segments.
    pub(crate) fn along(segments: Segments<'a>) -> Self {
        Self { left: Some(segments), known: ArrayVec::new() }
    }

    /// The segment with this number, counted from 0 and asked for in their order; `None` after the last.
    pub(crate) fn segment(&mut self, number: usize) -> Option<Segment<'a>> {
        if let Some(known) = self.known.get(number) {
            return Some(*known);
        }
        let (segment, rest) = self.left?.split();
        self.left = rest;
        // INVARIANT: there is room, as no tree is deeper.
        let _ = self.known.try_push(segment);
        Some(segment)
    }
}

impl Segment<'_> {
    /// Whether nothing stands there.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it is `literal`, escapes decoded, so that nothing is copied.
    pub(crate) fn is(&self, literal: &[u8]) -> bool {
        if self.escaped { self.order_of(literal).is_eq() } else { bytes::same(literal, self.text) }
    }

    /// How `literal` compares with it, escapes decoded.
    #[cold]
    #[inline(never)]
    pub(crate) fn order_of(&self, literal: &[u8]) -> Ordering {
        literal.iter().copied().cmp(decoded(self.text))
    }
}

/// Splits at the first `?` into path and query.
#[must_use]
pub fn split_query(path_and_query: &[u8]) -> (&[u8], Option<&[u8]>) {
    match bytes::find(path_and_query, b'?') {
        Some(mark) => match path_and_query.split_at_checked(mark) {
            Some((path, query)) => (path, query.get(1..)),
            None => (path_and_query, None),
        },
        None => (path_and_query, None),
    }
}

/// The bytes of a segment whose escapes are known to be whole, each decoded once.
pub(crate) fn decoded(segment: &[u8]) -> impl Iterator<Item = u8> + Clone {
    let mut left = segment.iter().copied();
    core::iter::from_fn(move || match left.next()? {
        b'%' => Some(hexadecimal(left.next()?)? << 4 | hexadecimal(left.next()?)?),
        byte => Some(byte),
    })
}

/// The value of a hexadecimal digit.
pub(crate) fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Refuses every way in which servers are known to disagree; says whether there are escapes.
fn scan(segments: &[u8]) -> Result<bool, AmbiguousPath> {
    let mut escaped = false;
    let mut segment = Seen::default();
    let mut shape = Ok(());
    let mut left = segments.iter();
    while let Some(byte) = left.next() {
        match byte {
            b'\\' => return Err(AmbiguousPath::Backslash),
            b';' => return Err(AmbiguousPath::Parameter),
            b'#' => return Err(AmbiguousPath::Fragment),
            b'%' => {
                escaped = true;
                let byte = escape(&mut left)?;
                segment.add(byte);
                prove_letter(byte, &mut left)?;
            }
            b'/' => {
                // An empty segment is a slash too many; not at the end, where a path may have one.
                shape = shape.and(if segment.is_empty() {
                    Err(AmbiguousPath::EmptySegment)
                } else {
                    segment.prove()
                });
                segment = Seen::default();
            }
            0..=b' ' | 0x7F => return Err(AmbiguousPath::ControlByte),
            0x80.. => return Err(AmbiguousPath::NotAscii),
            byte => segment.add(*byte),
        }
    }
    // What single bytes say goes before what segments say.
    shape.and(segment.prove()).map(|()| escaped)
}

/// What was seen of a segment.
#[derive(Default)]
struct Seen {
    dots: u8,
    /// Whether there was anything but dots.
    other: bool,
}

impl Seen {
    fn add(&mut self, byte: u8) {
        match byte {
            b'.' => self.dots = self.dots.saturating_add(1),
            _ => self.other = true,
        }
    }

    fn is_empty(&self) -> bool {
        !self.other && self.dots == 0
    }

    fn prove(&self) -> Result<(), AmbiguousPath> {
        let dot_segment = !self.other && matches!(self.dots, 1 | 2);
        if dot_segment { Err(AmbiguousPath::DotSegment) } else { Ok(()) }
    }
}

/// The byte that the two digits after a `%` stand for, where it is none that servers disagree about.
fn escape<'b>(left: &mut impl Iterator<Item = &'b u8>) -> Result<u8, AmbiguousPath> {
    let mut digit = || left.next().copied().and_then(hexadecimal);
    let Some((high, low)) = digit().zip(digit()) else {
        return Err(AmbiguousPath::BrokenEscape);
    };
    match high << 4 | low {
        b'/' => Err(AmbiguousPath::EscapedSlash),
        b'?' => Err(AmbiguousPath::EscapedQuestionMark),
        b'\\' => Err(AmbiguousPath::Backslash),
        0..b' ' | 0x7F => Err(AmbiguousPath::ControlByte),
        byte => Ok(byte),
    }
}

/// Proves that a byte that was escaped is a letter of UTF-8, with the escapes that follow it.
fn prove_letter<'b>(
    first: u8,
    left: &mut impl Iterator<Item = &'b u8>,
) -> Result<(), AmbiguousPath> {
    let length = match first {
        0..0x80 => return Ok(()),
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    };
    let mut letter = [first, 0, 0, 0];
    for byte in letter.iter_mut().take(length).skip(1) {
        let is_escaped = left.next() == Some(&b'%');
        *byte = if is_escaped { escape(left)? } else { return Err(AmbiguousPath::NotUtf8) };
    }
    let letter = letter.get(..length).and_then(|letter| core::str::from_utf8(letter).ok());
    match letter.ok_or(AmbiguousPath::NotUtf8)?.chars().any(is_direction_mark) {
        true => Err(AmbiguousPath::DirectionMark),
        false => Ok(()),
    }
}

/// Whether a letter says which way to read and nothing else (RFC 3987, section 4.1).
#[must_use]
pub fn is_direction_mark(letter: char) -> bool {
    matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn parts<'a>(path: Result<Path<'a>, AmbiguousPath>) -> impl PartialEq + core::fmt::Debug + 'a {
        path.map(|path| (path.segments.map(|found| (found.text, found.escaped)), path.query))
    }

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_a_path_is_what_it_is_byte_by_byte(
            rest in prop::collection::vec(
                prop_oneof![9 => Just(b'a'), 3 => Just(b'/'), 2 => prop::sample::select(b"?.%2fcCaA9;#\\ \x7F\xE9Z~-".to_vec())],
                0..40,
            ),
        ) {
            let path: Vec<u8> = [b"/", rest.as_slice()].concat();
            for path in [path.as_slice(), &rest] {
                prop_assert_eq!(parts(Path::read(path)), parts(Path::read_byte_by_byte(path)));
            }
        }
    }
}
