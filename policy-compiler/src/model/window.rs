//! When a key is valid.

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Place, Reader, quote};

/// A validity window: it holds for `not_before <= now < expires`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    // INVARIANT: begin < end, unless there is no end.
    /// The first moment there is for no begin.
    begin: i64,
    /// The last moment there is for no end.
    end: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self { begin: i64::MIN, end: i64::MAX }
    }
}

impl Window {
    /// The window between two moments in Unix seconds; none when no moment lies in it.
    pub fn new(not_before: Option<i64>, expires: Option<i64>) -> Option<Self> {
        let holds = not_before.zip(expires).is_none_or(|(first, end)| first < end);
        holds.then_some(Self {
            begin: not_before.unwrap_or(i64::MIN),
            end: expires.unwrap_or(i64::MAX),
        })
    }

    /// The first moment, in Unix seconds.
    pub fn not_before(&self) -> Option<i64> {
        Some(self.begin).filter(|begin| *begin != i64::MIN)
    }

    /// The moment after the last, in Unix seconds.
    pub fn expires(&self) -> Option<i64> {
        Some(self.end).filter(|end| *end != i64::MAX)
    }

    /// Whether a moment in Unix seconds lies in it.
    pub fn contains(&self, now: i64) -> bool {
        self.begin <= now && (now < self.end || self.end == i64::MAX)
    }

    /// The window that also closes at a moment; none when no moment is left.
    pub(super) fn until(&self, end: i64) -> Option<Self> {
        Self::new(self.not_before(), Some(self.end.min(end)))
    }

    /// Reads both ends from texts and where they stand.
    pub(super) fn read(
        reader: &mut Reader,
        not_before: Option<(Place, &str)>,
        expires: Option<(Place, &str)>,
    ) -> Option<Self> {
        let first = not_before.map(|(place, text)| read_time(reader, place, text));
        let end = expires.map(|(place, text)| read_time(reader, place, text));
        let window = Self::new(first.flatten(), end.flatten());
        if let (None, Some((place, text)), Some((first, _))) = (window, expires, not_before) {
            reader.report(
                Diagnostic::error(
                    Code::EmptyWindow,
                    place,
                    "the key expires before it becomes valid",
                )
                .found(text)
                .help("`expires` must be later than `not_before`")
                .related(first, "it becomes valid here"),
            );
        }
        // A time that was not understood was reported.
        (first != Some(None) && end != Some(None)).then_some(window).flatten()
    }
}

/// Unix seconds of an RFC 3339 time with whole seconds and an offset, or of the midnight
/// (UTC) that begins a date.
pub fn parse_time(text: &str) -> Option<i64> {
    if text.len() == "2026-01-01".len() {
        return parse_time(&format!("{text}T00:00:00Z"));
    }
    let bytes = text.as_bytes();
    let shape =
        |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|byte| expected.contains(byte));
    let local =
        shape(4, b"-") && shape(7, b"-") && shape(10, b"Tt") && shape(13, b":") && shape(16, b":");
    let offset =
        matches!(text.get(19..)?.as_bytes(), [b'Z' | b'z'] | [b'+' | b'-', _, _, b':', _, _]);
    let timestamp: Timestamp = (local && offset).then(|| text.parse().ok()).flatten()?;
    Some(timestamp.as_second())
}

/// A moment as RFC 3339 writes it; the number where it lies beyond the years that have four digits.
pub fn show_time(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// Reads a time of the document.
pub(super) fn read_time_node(reader: &mut Reader, node: &Node<'_>) -> Option<i64> {
    let text = reader.text_or_number(node, "a time")?;
    let place = reader.place(node);
    read_time(reader, place, text)
}

fn read_time(reader: &mut Reader, place: Place, text: &str) -> Option<i64> {
    let time = parse_time(text);
    if time.is_none() {
        let text = reader.show(place, text);
        reader.report(
            Diagnostic::error(Code::InvalidTime, place, format!("{} is not a time", quote(&text)))
                .found(text)
                .help("write `2027-01-01T00:00:00Z` (RFC 3339, whole seconds, with an offset) or a date, which means midnight UTC"),
        );
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let cases = [
            ("2026-01-01", Some(1_767_225_600)),
            ("2026-01-01T00:00:00Z", Some(1_767_225_600)),
            ("2026-01-01t01:00:00+01:00", Some(1_767_225_600)),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01 00:00:00Z", None),
            ("2026-01-01T00:00:00.5Z", None),
            ("2026-01-01T00:00Z", None),
            ("2026-02-30", None),
            ("2026-13-01T00:00:00Z", None),
            ("1767225600", None),
            ("20260101", None),
            ("tomorrow", None),
            ("é", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_time(text), expected, "{text}");
        }
    }

    #[test]
    fn a_window_holds_a_moment() {
        assert_eq!(Window::new(Some(2), Some(2)), None);
        let window = Window::new(Some(1), Some(3)).unwrap();
        assert_eq!([0, 1, 2, 3].map(|now| window.contains(now)), [false, true, true, false]);
    }
}
