//! One IP entry: an address, a prefix or a range.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Consecutive addresses of one family. An IPv4-mapped IPv6 address (RFC 4291, section
/// 2.5.5.2) is the IPv4 address it maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange(Bounds);

// INVARIANT: first <= last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Bounds {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, Ipv6Addr),
}

/// An entry that was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedRange {
    /// The addresses.
    pub range: AddressRange,
    /// The prefix that was meant, when the one that was written had host bits set.
    pub canonical: Option<IpNet>,
}

/// Why an entry was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidRange {
    /// It is no address, or its address part is none.
    NotAnAddress,
    /// The part after the slash is no number or too large for the family.
    PrefixLength {
        /// The longest prefix of the family: 32 or 128.
        longest: u8,
    },
    /// The range ends before it begins.
    Reversed,
    /// One end is IPv4, the other IPv6.
    MixedFamilies,
}

impl AddressRange {
    /// Reads an address, a prefix (`203.0.113.0/24`) or a range (`first-last`).
    ///
    /// # Errors
    /// The reason why the text is none of these.
    pub fn parse(text: &str) -> Result<ParsedRange, InvalidRange> {
        if let Some((address, length)) = text.split_once('/') {
            return Self::parse_prefix(address, length);
        }
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (address(first.trim())?, address(last.trim())?),
            None => (address(text)?, address(text)?),
        };
        Ok(ParsedRange {
            range: Self::between(first.to_canonical(), last.to_canonical())?,
            canonical: None,
        })
    }

    /// The first address.
    pub fn first(&self) -> IpAddr {
        match self.0 {
            Bounds::V4(first, _) => first.into(),
            Bounds::V6(first, _) => first.into(),
        }
    }

    /// The last address.
    pub fn last(&self) -> IpAddr {
        match self.0 {
            Bounds::V4(_, last) => last.into(),
            Bounds::V6(_, last) => last.into(),
        }
    }

    /// Whether an address is in the range. An IPv6 range never holds an IPv4 address, even
    /// where it spans the mapped ones.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.0, address.to_canonical()) {
            (Bounds::V4(first, last), IpAddr::V4(address)) => (first..=last).contains(&address),
            (Bounds::V6(first, last), IpAddr::V6(address)) => (first..=last).contains(&address),
            _ => false,
        }
    }

    fn parse_prefix(text: &str, length: &str) -> Result<ParsedRange, InvalidRange> {
        let address = address(text)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let invalid = InvalidRange::PrefixLength { longest };
        let plain = !length.starts_with('+') && (length == "0" || !length.starts_with('0'));
        let length = length.parse().ok().filter(|_| plain).ok_or(invalid)?;
        let written = IpNet::new(address, length).map_err(|_| invalid)?;
        let meant = written.trunc();
        let ends = match (meant.network(), meant.broadcast()) {
            // Mapped addresses are IPv4; a wider prefix is about IPv6 alone.
            (first, last) if length >= 96 => (first.to_canonical(), last.to_canonical()),
            ends => ends,
        };
        Ok(ParsedRange {
            range: Self::between(ends.0, ends.1)?,
            canonical: (meant != written).then_some(meant),
        })
    }

    fn between(first: IpAddr, last: IpAddr) -> Result<Self, InvalidRange> {
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                Ok(Self(Bounds::V4(first, last)))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                Ok(Self(Bounds::V6(first, last)))
            }
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                Err(InvalidRange::Reversed)
            }
            _ => Err(InvalidRange::MixedFamilies),
        }
    }
}

impl InvalidRange {
    /// What is wrong with the entry, for a message after the entry itself.
    pub fn problem(self) -> String {
        match self {
            Self::NotAnAddress => "is not an IP address, prefix or range".to_owned(),
            Self::PrefixLength { longest } => {
                format!("has a prefix length that is not a number from 0 to {longest}")
            }
            Self::Reversed => "ends before it begins".to_owned(),
            Self::MixedFamilies => "begins in one address family and ends in the other".to_owned(),
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::NotAnAddress => {
                "write an address (`203.0.113.7`), a prefix (`203.0.113.0/24`), a range (`203.0.113.10-203.0.113.20`) or `{ list: name }`; each number of an IPv4 address is 0 to 255 without leading zeros"
            }
            Self::PrefixLength { .. } => {
                "write the number of leading bits, for instance `203.0.113.0/24`"
            }
            Self::Reversed => "write the lower address first",
            Self::MixedFamilies => "write one range for IPv4 and one for IPv6",
        }
    }
}

/// The shortest way to write it.
impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&show_range((self.first(), self.last())))
    }
}

/// A range as a prefix where it is one, else as first and last address.
pub(crate) fn show_range((first, last): (IpAddr, IpAddr)) -> String {
    if first == last {
        return first.to_string();
    }
    let (bits, differing, above) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (first.to_bits(), last.to_bits());
            let differing = first ^ last;
            (32, u128::from(differing), u128::from(first & differing))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let differing = first.to_bits() ^ last.to_bits();
            (128, differing, first.to_bits() & differing)
        }
        _ => (0, 1, 1), // a range has one family
    };
    // The differing bits are the lowest, all clear in the first and so all set in the last.
    let low = differing.trailing_ones();
    if above == 0 && differing.count_ones() == low {
        format!("{first}/{}", bits - low.min(bits))
    } else {
        format!("{first}-{last}")
    }
}

fn address(text: &str) -> Result<IpAddr, InvalidRange> {
    text.parse().map_err(|_| InvalidRange::NotAnAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_shown_the_shortest_way() {
        let cases = [
            ("10.0.0.0", "10.0.0.255", "10.0.0.0/24"),
            ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.2", "10.0.0.1-10.0.0.2"),
            ("10.0.0.2", "10.0.0.5", "10.0.0.2-10.0.0.5"),
            ("10.0.0.0", "10.0.0.2", "10.0.0.0-10.0.0.2"),
            ("0.0.0.0", "255.255.255.255", "0.0.0.0/0"),
            ("2001:db8::", "2001:db8::1", "2001:db8::/127"),
        ];
        for (first, last, expected) in cases {
            assert_eq!(show_range((first.parse().unwrap(), last.parse().unwrap())), expected);
        }
    }

    fn ends(text: &str) -> Result<String, InvalidRange> {
        AddressRange::parse(text).map(|parsed| match (parsed.range.first(), parsed.range.last()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        })
    }

    #[test]
    fn entries() {
        let cases = [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.0/24", "203.0.113.0-203.0.113.255"),
            ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
            ("198.51.100.10-198.51.100.20", "198.51.100.10-198.51.100.20"),
            ("198.51.100.10 - 198.51.100.20", "198.51.100.10-198.51.100.20"),
            ("2001:db8::/127", "2001:db8::-2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.0/120", "203.0.113.0-203.0.113.255"),
            ("::ffff:0:0/96", "0.0.0.0-255.255.255.255"),
            ("::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ];
        for (text, expected) in cases {
            assert_eq!(ends(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn no_entries() {
        let (not, reversed, mixed) =
            (InvalidRange::NotAnAddress, InvalidRange::Reversed, InvalidRange::MixedFamilies);
        let length = |longest| InvalidRange::PrefixLength { longest };
        let cases = [
            ("", not),
            ("123.456.123.456", not),
            ("010.0.0.1", not),
            ("10.0.0", not),
            ("fe80::1%eth0", not),
            ("10.0.0.0/33", length(32)),
            ("10.0.0.0/", length(32)),
            ("10.0.0.0/+8", length(32)),
            ("10.0.0.0/08", length(32)),
            ("::/129", length(128)),
            ("10.0.0.2-10.0.0.1", reversed),
            ("10.0.0.1-::1", mixed),
            ("::ffff:10.0.0.1-::ffff:ffff:ffff:1", mixed),
        ];
        for (text, expected) in cases {
            assert_eq!(ends(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn host_bits_name_the_prefix_that_was_meant() {
        let parsed = AddressRange::parse("106.226.100.3/20").unwrap();
        assert_eq!(parsed.canonical.unwrap().to_string(), "106.226.96.0/20");
        assert_eq!(parsed.range.to_string(), "106.226.96.0/20");
        assert_eq!(ends("106.226.100.3/20").unwrap(), "106.226.96.0-106.226.111.255");
        assert_eq!(AddressRange::parse("10.0.0.0/8").unwrap().canonical, None);
    }

    #[test]
    fn a_wide_ipv6_prefix_holds_no_ipv4() {
        let all = AddressRange::parse("::/0").unwrap().range;
        assert!(!all.contains("203.0.113.7".parse().unwrap()));
        assert!(!all.contains("::ffff:203.0.113.7".parse().unwrap()));
        assert!(all.contains("2001:db8::1".parse().unwrap()));
    }
}
