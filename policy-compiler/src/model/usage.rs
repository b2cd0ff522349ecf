//! Usage policies: rate limits and quotas. They are understood, but not enforced yet.

use super::context::Context;
use super::name::Name;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Fields, Node, Reader, quote};
use crate::text::Origin;

/// How much a client may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsagePolicy {
    /// Its name.
    pub name: Name,
    /// How fast.
    pub rate: Option<Allowance>,
    /// How much in all.
    pub quota: Option<Allowance>,
    /// Where it stands.
    pub place: Origin,
}

/// A number of requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// At least 1.
    pub requests: u64,
    /// The period in seconds, at least 1.
    pub seconds: u64,
}

pub(crate) const FIELDS: [&str; 2] = ["rate", "quota"];

pub(crate) const ALLOWANCE_FIELDS: [&str; 2] = ["requests", "per"];

/// The most requests that can be allowed.
pub(crate) const MAX_REQUESTS: u64 = 1_000_000_000_000;

/// The longest period, in days.
pub(crate) const MAX_DAYS: u64 = 3_650;

impl UsagePolicy {
    pub(super) fn read(reader: &mut Reader, name_node: &Node<'_>, node: &Node<'_>) -> Option<Self> {
        let name = Name::read(reader, name_node, "usage policy");
        let fields = Fields::read(reader, node, "a usage policy", &FIELDS)?;
        let mut read = |field| fields.get(field).and_then(|node| Allowance::read(reader, node));
        let (rate, quota) = (read("rate"), read("quota"));
        if fields.get("rate").is_none() && fields.get("quota").is_none() {
            let place = reader.place(node);
            reader.report(
                Diagnostic::error(
                    Code::MissingField,
                    place,
                    "a usage policy needs `rate` or `quota`",
                )
                .help("write `rate: { requests: 100, per: 1m }`"),
            );
        }
        Some(Self { name: name?, rate, quota, place: Origin(reader.place(name_node)) })
    }
}

impl Allowance {
    fn read(reader: &mut Reader, node: &Node<'_>) -> Option<Self> {
        let help = "write `{ requests: 100, per: 1m }`";
        let fields = Fields::read(reader, node, "a rate or quota", &ALLOWANCE_FIELDS)?;
        let requests = fields
            .require(reader, node, "requests", help)
            .and_then(|node| reader.number(node, 1..=MAX_REQUESTS));
        let seconds =
            fields.require(reader, node, "per", help).and_then(|node| period(reader, node));
        Some(Self { requests: requests?, seconds: seconds? })
    }
}

/// Reads the name of a usage policy.
pub(super) fn read_usage_policy(
    reader: &mut Reader,
    context: &Context,
    node: &Node<'_>,
) -> Option<Name> {
    let text = reader.text_or_number(node, "the name of a usage policy")?;
    if context.usage_policies.contains(text) {
        return Name::new(text);
    }
    let place = reader.place(node);
    let declare = "add it to `usage_policies`";
    reader.unknown_reference(place, "usage policy", text, &context.usage_policies, declare);
    None
}

/// The seconds of a number and a unit: `30s`, `1m`, `12h`, `30d`; at most ten years.
pub fn parse_period(text: &str) -> Option<u64> {
    const DAY: u64 = 24 * 60 * 60;
    let units = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', DAY)];
    units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)))
        .filter(|(count, _)| !count.starts_with('+'))
        .and_then(|(count, seconds)| count.parse::<u64>().ok()?.checked_mul(seconds))
        .filter(|seconds| (1..=MAX_DAYS * DAY).contains(seconds))
}

fn period(reader: &mut Reader, node: &Node<'_>) -> Option<u64> {
    let text = reader.text_or_number(node, "a period such as `1m`")?;
    let seconds = parse_period(text);
    if seconds.is_none() {
        let place = reader.place(node);
        reader.report(
            Diagnostic::error(
                Code::InvalidDuration,
                place,
                format!("{} is not a period", quote(text)),
            )
            .found(text)
            .help("write a number and a unit: `30s`, `1m`, `12h` or `30d`, at most `3650d`"),
        );
    }
    seconds
}
