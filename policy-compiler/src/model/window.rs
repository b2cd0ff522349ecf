//! When a key is valid.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Reader, quote};
use crate::text::Place;

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

/// Where Unix time begins.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// The first moment that RFC 3339 can write, in Unix seconds: the year 0.
const FIRST_MOMENT: i64 = -62_167_219_200;

/// The last moment that RFC 3339 can write, in Unix seconds: the end of the year 9999.
pub(crate) const LAST_MOMENT: i64 = 253_402_300_799;

/// Unix seconds of an RFC 3339 time with whole seconds and an offset, or of the midnight
/// (UTC) that begins a date. Its years are 0000 to 9999, in UTC too; leap seconds, of which Unix time
/// has none, are refused.
pub fn parse_time(text: &str) -> Option<i64> {
    let (day, rest) = text.as_bytes().split_at_checked("2026-01-01".len())?;
    let date = match day {
        [_, _, _, _, b'-', _, _, b'-', _, _] => {
            Date::new(number(day, 0..4)?, short(day, 5..7)?, short(day, 8..10)?).ok()?
        }
        _ => return None,
    };
    let (time, offset) = match rest {
        [] => (Time::midnight(), 0),
        [b'T' | b't', _, _, b':', _, _, b':', _, _, offset @ ..] => {
            let time = Time::new(short(rest, 1..3)?, short(rest, 4..6)?, short(rest, 7..9)?, 0);
            (time.ok()?, seconds_of(offset)?)
        }
        _ => return None,
    };
    let local = date.to_datetime(time).duration_since(EPOCH).as_secs();
    local.checked_sub(offset).filter(|seconds| written(*seconds).is_some())
}

/// A moment as RFC 3339 writes it. What lies beyond the years that have four digits is shown as the first
/// or the last moment of these: it has no form, and people, programs and options read forms.
pub fn show_time(seconds: i64) -> String {
    let seconds = seconds.clamp(FIRST_MOMENT, LAST_MOMENT);
    format!("{}Z", EPOCH.saturating_add(SignedDuration::from_secs(seconds)))
}

/// The moment in UTC, where that is a year of four digits (RFC 3339, section 1).
fn written(seconds: i64) -> Option<DateTime> {
    let time = EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()?;
    (0..=9999).contains(&time.year()).then_some(time)
}

/// The seconds of an offset from UTC (RFC 3339, section 5.6: hours to 23, minutes to 59).
fn seconds_of(offset: &[u8]) -> Option<i64> {
    match offset {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(offset, 1..3)?, number(offset, 4..6)?);
            let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60;
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

/// A number of at most four digits.
fn number(text: &[u8], at: Range<usize>) -> Option<i16> {
    text.get(at)?.iter().try_fold(0_i16, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
    })
}

/// A number of two digits.
fn short(text: &[u8], at: Range<usize>) -> Option<i8> {
    number(text, at).and_then(|number| i8::try_from(number).ok())
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
            ("0000-01-01", Some(-62_167_219_200)),
            ("9999-12-31", Some(253_402_214_400)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("9999-12-31T23:59:59-00:01", None),
            ("0000-01-01T00:00:00+00:01", None),
            ("10000-01-01", None),
            ("2026-01-01T12:30:60Z", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T00:00:00-23:59", Some(1_767_225_600 + 86_340)),
            ("2026-01-01T00:00:00+24:00", None),
            ("2026-01-01T00:00:00+01:60", None),
            ("+026-01-01", None),
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
    fn times_are_written_as_they_are_read() {
        let (first, last) = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z");
        assert_eq!([first, last].map(parse_time), [FIRST_MOMENT, LAST_MOMENT].map(Some));
        for text in [first, "1969-12-31T23:59:59Z", last] {
            assert_eq!(parse_time(text).map(show_time).as_deref(), Some(text));
        }
        for (beyond, expected) in [
            (i64::MIN, first),
            (FIRST_MOMENT - 1, first),
            (LAST_MOMENT + 1, last),
            (i64::MAX, last),
        ] {
            assert_eq!(show_time(beyond), expected);
        }
    }

    #[test]
    fn a_window_holds_a_moment() {
        assert_eq!(Window::new(Some(2), Some(2)), None);
        let window = Window::new(Some(1), Some(3)).unwrap();
        assert_eq!([0, 1, 2, 3].map(|now| window.contains(now)), [false, true, true, false]);
    }
}
