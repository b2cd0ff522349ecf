//! Events as people's calendars take them: iCalendar (RFC 5545).

use sha2::{Digest, Sha256};

use super::events::{Event, EventKind};
use super::times::Span;
use crate::escape::hexadecimal;
use crate::model::{Legacy, show_time};

/// The two dates of legacy access profiles, as far as they lie in a span.
pub fn legacy_events(legacy: &Legacy, span: Span) -> Vec<Event> {
    let dates = [(EventKind::Frozen, legacy.frozen_after), (EventKind::ProfilesEnd, legacy.ends)];
    let dates = dates.into_iter().filter(|(_, moment)| span.contains(*moment));
    dates
        .map(|(event, moment)| Event {
            moment,
            time: show_time(moment),
            event,
            client: None,
            keys: Vec::new(),
        })
        .collect()
}

/// A calendar of events; `now` is when it was made. The same event has the same UID in every
/// calendar, so that it is not there twice once it is imported again.
pub fn to_ics(events: &[Event], now: i64) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Portcullis//portcullis calendar//EN".to_owned(),
    ];
    for event in events {
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}@portcullis", uid(event)),
            format!("DTSTAMP:{}", stamp(now)),
            format!("DTSTART:{}", stamp(event.moment)),
            format!("SUMMARY:{}", escape(&event.title())),
            "TRANSP:TRANSPARENT".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
    }
    if events.is_empty() {
        // A calendar has one component at least (section 3.6): the time zone of its times.
        lines.extend(UTC.map(str::to_owned));
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| fold(line)).collect()
}

/// Section 3.6.5.
const UTC: [&str; 8] = [
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
];

/// Section 3.3.5: `20270101T000000Z`.
fn stamp(moment: i64) -> String {
    show_time(moment).replace(['-', ':'], "")
}

fn uid(event: &Event) -> String {
    let mut hash = Sha256::new();
    for part in [event.event.code(), &event.time, event.client.as_deref().unwrap_or_default()] {
        hash.update(part);
        hash.update([0]);
    }
    hexadecimal(hash.finalize().first_chunk::<16>().map_or(&[], |first| first.as_slice()))
}

/// Section 3.3.11.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Section 3.1: lines end with CRLF and have 75 octets at most; what follows stands behind a blank.
fn fold(line: &str) -> String {
    let (mut folded, mut octets) = (String::new(), 0);
    for character in line.chars() {
        if octets + character.len_utf8() > 75 {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(character);
        octets += character.len_utf8();
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_characters() {
        let long = "é".repeat(100);
        let folded = fold(&long);
        assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", ""), long + "\r\n");
    }

    #[test]
    fn an_event_is_written() {
        let legacy = Legacy::default();
        let events = legacy_events(&legacy, Span::ALWAYS);
        let calendar = to_ics(&events, 0);
        assert!(calendar.contains("DTSTART:20260701T000000Z\r\n"), "{calendar}");
        assert_eq!(calendar.matches("BEGIN:VEVENT\r\n").count(), 2);
        assert!(!calendar.contains("VTIMEZONE"), "{calendar}");
        assert!(to_ics(&[], 0).contains("\r\nBEGIN:VTIMEZONE\r\n"), "one component at least");
        let uids = |calendar: &str| -> Vec<String> {
            calendar.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
        };
        assert_eq!(uids(&calendar), uids(&to_ics(&events, 5)), "they are the same another day");
    }
}
