//! Addresses, times and places in words.

use policy_table::settings::CredentialSource;

use super::origins::Origins;
use super::times::Span;
use crate::counted::{counted, grouped};
use crate::model::{show_range, show_time};

/// Origins in words: `203.0.113.0/24 and 2 more ranges (768 IPv4 addresses)`.
pub(super) fn origins(origins: &Origins) -> String {
    let everywhere = Origins::everywhere();
    if *origins == everywhere {
        return "anywhere".to_owned();
    }
    let (count, all) = (origins.count(), everywhere.count());
    if count == all {
        return "every known address".to_owned();
    }
    if (count.v4, count.v6) == (0, 0) {
        return "an unknown address only".to_owned();
    }
    let (all_v4, all_v6) = (count.v4 == all.v4, count.v6 == all.v6);
    let partial =
        origins.ranges().filter(|(first, _)| !(if first.is_ipv4() { all_v4 } else { all_v6 }));
    let ranges: Vec<String> = partial.map(show_range).collect();
    let whole = [(all_v4, "all of IPv4"), (all_v6, "all of IPv6")];
    let whole = whole.into_iter().filter(|(all, _)| *all).map(|(_, name)| name.to_owned());
    let shown =
        whole.chain(ranges.iter().take(SHOWN_RANGES).cloned()).collect::<Vec<_>>().join(", ");
    let more = match ranges.len().saturating_sub(SHOWN_RANGES) {
        0 => String::new(),
        more => format!(" and {}", counted(more, "more range")),
    };
    let counts = [
        (count.v4 > 0 && !all_v4).then(|| counted(count.v4, "IPv4 address")),
        (count.v6 > 0 && !all_v6).then(|| match count.v6 {
            1 => "1 IPv6 address".to_owned(),
            more => format!("{} IPv6 addresses", rounded(more)),
        }),
        origins.has_unknown().then(|| "also where no address is known".to_owned()),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() { shown } else { format!("{shown}{more} ({})", counts.join(", ")) }
}

/// How many ranges are shown before the rest is counted.
const SHOWN_RANGES: usize = 3;

/// A number that is easier to read as a power of two where it is large.
fn rounded(count: u128) -> String {
    match count.checked_ilog2() {
        Some(power) if power >= 32 && count.is_power_of_two() => format!("2^{power}"),
        Some(power) if power >= 32 => format!("over 2^{power}"),
        _ => grouped(count),
    }
}

/// Spans in words, within what was looked at; nothing where that is all of it.
pub(super) fn times(times: &[Span], looked_at: Span) -> Option<String> {
    if times == [looked_at] {
        return None;
    }
    let words: Vec<String> = times
        .iter()
        .map(|span| {
            let from =
                (span.from > looked_at.from).then(|| format!("from {}", show_time(span.from)));
            let until = match span.until {
                until if until == looked_at.until => None,
                until => until.map(|until| format!("until {}", show_time(until))),
            };
            let words: Vec<String> = from.into_iter().chain(until).collect();
            words.join(" ")
        })
        .collect();
    Some(words.join(" and "))
}

/// A place as `explain --place` takes it.
pub fn place(place: &CredentialSource<'_>) -> String {
    match place {
        CredentialSource::Header(name) => format!("header:{name}"),
        CredentialSource::Bearer => "bearer".to_owned(),
        CredentialSource::Basic { user } => format!("basic:{user}"),
        CredentialSource::Query(name) => format!("query:{name}"),
        CredentialSource::Cookie(name) => format!("cookie:{name}"),
    }
}

/// The place that `explain --place` names.
pub fn read_place(text: &str) -> Option<CredentialSource<'_>> {
    match text.split_once(':') {
        None => (text == "bearer").then_some(CredentialSource::Bearer),
        Some(("header", name)) => Some(CredentialSource::Header(name)),
        Some(("basic", user)) => Some(CredentialSource::Basic { user }),
        Some(("query", name)) => Some(CredentialSource::Query(name)),
        Some(("cookie", name)) => Some(CredentialSource::Cookie(name)),
        Some(_) => None,
    }
}
